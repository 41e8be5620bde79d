"""`ppp serve` under load: many clients, cancelled runs, slow, broken and huge uploads, fuzzing, foreign pages.

Runs the real command in a process of its own, and twenty clients whose actions are drawn with a seed. Every response
must be a deliberate one; memory, files and processes are checked from outside.
"""

from __future__ import annotations

import io
import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from PIL import Image

from .documents import JUNK
from .pictures import scene
from .results import TrialResults

TIMES = 500  # requests
AT_ONCE = 20
ENORMOUS = 10**9  # bytes of an upload that is rejected early
GROWTH = 1.10  # ratio of memory after all requests to memory after the first half
UNKNOWN_TOKEN = "tokens of nobody"


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command on a free port, with its temporary files in `folder`/tmp; gives its address and process."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    words = ["serve", "--port", "0", "--stage", "segment=clusters", "--stage", "frames=crossfade", "--device", "cpu"]
    child = subprocess.Popen(
        [sys.executable, "-m", "ppp.cli.main", *words, "--quiet"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=folder, env={**os.environ, "TMPDIR": str(folder / "tmp"), "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        assert child.stdout is not None
        yield child.stdout.readline().strip().rstrip("/"), child
    finally:
        child.kill()
        child.wait()


def run(times: int, seed: int, folder: Path) -> TrialResults:
    """Send `times` requests, AT_ONCE at a time; then check memory, files and shutdown."""
    results, lock = TrialResults(), threading.Lock()
    with serving(folder) as (address, child):
        client = Client(address, seed)
        client.wait()

        def request(number: int) -> None:
            draw = random.Random(seed * 1_000_003 + number)
            name, act = draw.choice(ACTS)
            one = TrialResults()
            with one.trial(f"{number} {name}", name):
                act(client, draw)
            with lock:
                results.tried += 1
                results.failures += one.failures
                results.kinds.update(one.kinds)

        # Memory that the first runs keep is not a leak: they are done beforehand.
        for _ in range(4):
            client.round(random.Random(seed), "/api/paintings/example")
        first = max(1, times // 2)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(request, range(first)))
        client.clear()
        before = memory(child.pid)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(request, range(first, times)))
        client.clear()
        with results.trial("memory", "after"):
            after = memory(child.pid)
            assert after <= before * GROWTH, f"{before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after"
        with results.trial("files", "after"):
            inside = sorted(path.name for path in folder.iterdir())
            assert inside == ["tmp"], inside
            assert [path.name.startswith("ppp-serve-") for path in (folder / "tmp").iterdir()] == [True]
        with results.trial("alive", "after"):
            assert child.poll() is None
            client.round(random.Random(seed))
        with results.trial("end", "after"):
            child.send_signal(signal.SIGINT)
            assert child.wait(60) in (0, 130)
            assert "Traceback" not in (child.stderr.read() if child.stderr else "")
            assert not list((folder / "tmp").iterdir())
    return results


def memory(pid: int) -> float:
    """Return the resident memory of a process in bytes, after its cleanup every five seconds. Linux."""
    time.sleep(6)
    return float(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def picture(draw: random.Random) -> bytes:
    data = io.BytesIO()
    Image.fromarray(scene((draw.randint(1, 90), draw.randint(1, 90)))).save(data, draw.choice(["PNG", "JPEG", "GIF"]))
    return data.getvalue()


class Client:
    """HTTP client that checks every response. `http`: for a server inside this process."""

    def __init__(self, address: str, seed: int, http: Any = None) -> None:
        import httpx

        self.address = address
        self.http = http or httpx.Client(base_url=address, trust_env=False, timeout=120)
        self.openapi: dict[str, Any] = {}
        self.paintings: list[str] = []
        self.runs: list[str] = []

    def ask(self, method: str, path: str, allowed: tuple[int, ...] = (), **more: Any) -> Any:
        """Send a request; AssertionError for a server error, or an error without explanation."""
        answer = self.http.request(method, path, **more)
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["what"] and error.keys() == {"what", "why", "fix"}, answer.text[:300]
            assert "Traceback" not in answer.text and "ppp-serve-" not in answer.text
        if answer.status_code == 201 and "id" in answer.json():  # of a painting, also one that fuzzing created
            self.paintings.append(answer.json()["id"])
        assert "access-control-allow-origin" not in answer.headers
        shown = f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        assert not allowed or answer.status_code in allowed, shown
        return answer

    def wait(self) -> None:
        """Wait until the server answers and its pipeline is loaded, that is, a painting's parts are found."""
        import httpx

        end = time.monotonic() + 300
        while time.monotonic() < end:
            try:
                self.openapi = self.ask("GET", "/openapi.json").json()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        token = self.give(random.Random(0))
        while time.monotonic() < end and not self.ask("GET", f"/api/paintings/{token}").json()["parts"]:
            time.sleep(0.1)

    def give(self, draw: random.Random, address: str = "/api/paintings") -> str:
        """Upload a picture and return its token; an older or unknown one when the server has no room."""
        self.ask("POST", address, (201, 429), content=picture(draw))
        return self.paintings[-1] if self.paintings else UNKNOWN_TOKEN

    def round(self, draw: random.Random, address: str = "/api/paintings") -> None:
        """Upload a painting and run it to the end."""
        token, end = quote(self.give(draw, address), safe=""), time.monotonic() + 300
        batch = {"runs": [{"frames": 3}]}
        while time.monotonic() < end:
            answer = self.ask("POST", f"/api/paintings/{token}/runs", (201, 404, 409, 429), json=batch)
            if answer.status_code != 409:  # its parts are known
                break
            time.sleep(0.1)
        if answer.status_code != 201:
            return
        run = answer.json()["runs"][0]["id"]
        self.runs.append(run)
        while time.monotonic() < end:
            state = self.ask("GET", f"/api/runs/{run}", (200, 404))
            if state.status_code == 404 or state.json()["state"] in ("done", "cancelled"):
                return  # another client may have deleted it
            assert state.json()["state"] != "failed", state.text
            time.sleep(0.1)
        raise AssertionError("the run never came to its end")

    def clear(self) -> None:
        """Delete everything."""
        for token in [*self.paintings]:
            self.ask("DELETE", f"/api/paintings/{quote(token, safe='')}", (204, 404))
        self.paintings, self.runs = [], []

    def token(self, draw: random.Random) -> str:
        """Draw the token of a painting or run that exists or did, or an invalid one."""
        known = [*self.paintings[-8:], *self.runs[-8:]]
        junk = [UNKNOWN_TOKEN, "..", "../../etc/passwd", "%00", "a" * 300, "é", ""]
        return draw.choice(known) if known and draw.random() < 0.8 else draw.choice(junk)


def fuzz(client: Client, draw: random.Random) -> None:
    """Fuzz: send a request from the server's OpenAPI description, with valid or invalid values."""
    path, methods = draw.choice(sorted(client.openapi["paths"].items()))
    method, about = draw.choice(sorted(methods.items()))
    for name in ("painting", "run", "index", "name"):
        value = client.token(draw) if name in ("painting", "run") else draw.choice(["0", "-1", "x", "..", "sheet.png"])
        path = path.replace("{" + name + "}", quote(value, safe=""))
    if path.endswith("/events"):
        return  # a stream that ends with the painting: `listen` reads it
    more: dict[str, Any] = {"headers": {"Content-Type": draw.choice(["application/json", "text/plain", ""])}}
    body = about.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        value = random_value(body, client.openapi, draw)
        more["content"] = json.dumps(value).encode() if draw.random() < 0.9 else bytes(draw.randbytes(50))
    elif draw.random() < 0.3:
        more["content"] = draw.randbytes(draw.randint(0, 300))
    client.ask(method.upper(), path, **more)


def random_value(schema: dict[str, Any], openapi: dict[str, Any], draw: random.Random, deep: int = 0) -> Any:
    """Draw a value for a JSON schema (of OpenAPI); one in six is invalid."""
    if draw.random() < 1 / 6 or deep > 6:
        return draw.choice(JUNK)
    if "$ref" in schema:
        return random_value(
            openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]], openapi, draw, deep + 1
        )
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return random_value(draw.choice(schema[several]), openapi, draw, deep + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", draw.choice(schema.get("enum", [None])))
    kind = schema.get("type")
    if kind == "object":
        made = {name: random_value(one, openapi, draw, deep + 1) for name, one in schema.get("properties", {}).items()
                if name in schema.get("required", ()) or draw.random() < 0.4}  # fmt: skip
        return made | ({draw.choice(["face", "x"]): draw.random()} if "additionalProperties" in schema else {})
    if kind == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})] * draw.randint(0, 3)
        return [random_value(one, openapi, draw, deep + 1) for one in items]
    if kind == "integer":
        return draw.choice([2, 3, 4, 0, -1, 5, 300, 301, 2**53, 2**53 - 1])
    if kind == "number":
        return draw.choice([0.0, 0.5, 1.0, -1.0, 1.5, 1e300])
    return draw.choice(["artist", "random", "face", "brush", "fill", "hair", "", "x" * 70, "dataset=/etc/passwd"])


def foreign(client: Client, draw: random.Random) -> None:
    """Send a request of another web page, or for another host name."""
    headers = draw.choice([{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                           {"Host": "evil.example"}])  # fmt: skip
    view = f"/api/paintings/{quote(client.token(draw), safe='')}/picture.jpg"
    asks = [("POST", "/api/paintings"), ("GET", "/api/options"), ("DELETE", "/api/runs/x"), ("GET", view)]
    method, path = draw.choice(asks)
    client.ask(method, path, (403, 421), headers=headers, content=picture(draw) if method == "POST" else None)


def cancel(client: Client, draw: random.Random) -> None:
    """Cancel or delete runs at once, or delete their painting."""
    token = quote(client.give(draw), safe="")
    batch = {"runs": [{"frames": draw.randint(2, 40)} for _ in range(draw.randint(1, 3))]}
    answer = client.ask("POST", f"/api/paintings/{token}/runs", (201, 404, 409, 429), json=batch)
    for run in answer.json().get("runs", []):
        client.runs.append(run["id"])
        how = draw.choice([("POST", "/cancel"), ("DELETE", "")])
        client.ask(how[0], f"/api/runs/{run['id']}{how[1]}", (202, 204, 404))
    if draw.random() < 0.5:
        client.ask("DELETE", f"/api/paintings/{token}", (204, 404))


def bad_picture(client: Client, draw: random.Random) -> None:
    """Upload what is not a picture, or half of one."""
    data = picture(draw)
    content = draw.choice([b"", b"hello", data[: len(data) // 2], draw.randbytes(500), b"%PDF-1.4"])
    client.ask("POST", "/api/paintings", (400, 422, 429), content=content)


def broken(client: Client, draw: random.Random) -> None:
    """Break off an upload, at once or after a while."""
    with _connection(client) as line:
        line.sendall(_head(client, 100_000) + picture(draw)[:50])
        time.sleep(draw.choice([0.0, 0.5]))


def slow(client: Client, draw: random.Random) -> None:
    """Upload slowly, which must work."""
    data = picture(draw)
    with _connection(client) as line:
        line.sendall(_head(client, len(data)))
        for at in range(0, len(data), max(1, len(data) // 5)):
            line.sendall(data[at : at + max(1, len(data) // 5)])
            time.sleep(0.1)
        assert line.recv(12)[9:12] in (b"201", b"429")


def enormous(client: Client, draw: random.Random) -> None:
    """Upload a gigabyte, announced or not: rejected long before its end."""
    with _connection(client) as line:
        announced = draw.random() < 0.5
        line.sendall(_head(client, ENORMOUS if announced else None))
        sent, block = 0, bytes(1 << 20)
        while sent < ENORMOUS and not select.select([line], [], [], 0)[0]:
            line.sendall(block if announced else b"%x\r\n" % len(block) + block + b"\r\n")
            sent += len(block)
        assert sent < ENORMOUS // 4, f"{sent} bytes were sent before the answer came"
        assert line.recv(12)[9:12] in (b"413", b"429")


def listen(client: Client, draw: random.Random) -> None:
    """Listen to events for a moment and disconnect."""
    with _connection(client) as line:
        path = f"/api/paintings/{quote(client.token(draw), safe='')}/events"
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: {client.address.split('//')[1]}\r\n\r\n".encode())
        assert line.recv(12)[9:12] in (b"200", b"404", b"307", b"405")


def _head(client: Client, length: int | None) -> bytes:
    how = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return f"POST /api/paintings HTTP/1.1\r\nHost: {client.address.split('//')[1]}\r\n{how}\r\n\r\n".encode()


def _connection(client: Client) -> socket.socket:
    host, _, port = client.address.split("//")[1].rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=60)


ACTS: list[tuple[str, Callable[[Client, random.Random], None]]] = [
    ("round", Client.round), ("nonsense", fuzz), ("nonsense", fuzz), ("nonsense", fuzz),
    ("foreign", foreign), ("cancel", cancel), ("bad picture", bad_picture), ("broken upload", broken),
    ("slow upload", slow), ("enormous upload", enormous), ("listener", listen),
]  # fmt: skip
