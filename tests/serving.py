"""Talking to a server as the page does, for the tests of it."""

import io
import json
import time

import numpy as np
from PIL import Image
from scenes import head

from ppp.cli.serve.server_settings import ServerSettings

LIMITS = ServerSettings(
    max_upload_bytes=300_000,
    max_upload_pixels=200_000,
    max_frames=60,
    max_work=2_000_000,
    max_queued=3,
    max_paintings=4,
)


def png(picture=None):
    """The bytes of a PNG of `picture` (H,W,3) float, of a small portrait if not given."""
    rgb = head()[0] if picture is None else picture
    data = io.BytesIO()
    Image.fromarray((np.asarray(rgb) * 255).round().astype(np.uint8)).save(data, "PNG")
    return data.getvalue()


def give(client, data=None):
    """Upload a picture -> what the server says of it, parts and all."""
    answer = client.post("/api/paintings", content=png() if data is None else data)
    assert answer.status_code == 201, answer.text
    token = answer.json()["id"]
    return until(lambda: (state := client.get(f"/api/paintings/{token}").json())["parts"] and state)


def paint(client, painting, *wishes):
    """Ask for runs -> what the server says of them."""
    wanted = [{"frames": 4, **wish} for wish in wishes or ({},)]
    answer = client.post(f"/api/paintings/{painting['id']}/runs", json={"runs": wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()["runs"]


def over(client, run):
    """Wait for a run to be over -> its last state."""
    return until(
        lambda: (
            (state := client.get(f"/api/runs/{run['id']}").json())["state"] in ("done", "failed", "cancelled") and state
        )
    )


def until(true, seconds=180):
    """Ask again until the answer is true -> the answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := true():
            return answer
        time.sleep(0.02)
    raise AssertionError("it never came to be")


def events(text):
    """The events of a server-sent event stream: [(number, name, data)]."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in lines:
            found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found
