"""What a client may cost: time, memory, disk and places; a token beyond this computer; files whole or not at all."""

import asyncio
import threading
import time
import zipfile
from dataclasses import replace
from io import BytesIO
from weakref import WeakKeyDictionary

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from serving import LIMITS, give, png
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse

from ppp.cli.serve import painting as painting_module
from ppp.cli.serve.connections import close_waiting
from ppp.cli.serve.event_log import EventLog
from ppp.cli.serve.painting import Painting
from ppp.cli.serve.request_limits import RequestLimits
from ppp.cli.serve.runs import ARCHIVE, RunOptions
from ppp.cli.serve.server import create_app
from ppp.cli.serve.worker import Worker
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.port_values import Parts


class Halves:
    """A pipeline that only finds parts: background above, a face below."""

    def segment(self, data):
        with Image.open(BytesIO(data)) as image:
            width, height = image.size
        return halves(width, height), []


def halves(width, height):
    labels = np.full((height, width), 1, np.uint8)
    labels[height // 2 :] = PORTRAIT.index("face")
    return Parts(labels, PORTRAIT)


@pytest.fixture
def client(serving):
    return serving(load=Halves)


def painted(width, height, folder, **more):
    found = Painting("token", folder, (width, height), (64, 64), (), **more)
    found.segmentation = halves(width, height)
    return found


# ---- corrections


def brush(part="hair", width=0.5, count=4000):
    points = [[i % 2, (i // 2) % 2] for i in range(count)]
    return {"tool": "brush", "part": part, "width": width, "points": points}


def fill(number):
    return {"tool": "fill", "part": ("hair", "clothes")[number % 2], "at": [0.5, 0.1]}


@pytest.mark.parametrize(
    "edits",
    [
        [brush()], [brush(width=0.05)] * 9, [fill(i) for i in range(1000)],
        [{"tool": "merge", "part": "hair", "into": "face"}] * 1000,
    ],
)  # fmt: skip
def test_small_corrections_of_much_work_are_refused_in_a_moment(serving, edits):
    client = serving(replace(LIMITS, max_edit_work=500_000), Halves)
    token = give(client)["id"]
    started = time.monotonic()
    answer = client.put(f"/api/paintings/{token}/edits", json={"edits": edits})
    assert answer.status_code == 422 and "too much work" in answer.text
    assert time.monotonic() - started < 5
    assert client.get(f"/api/paintings/{token}").json()["edits"] == 0
    usual = [brush(width=0.02, count=30), *(fill(i) for i in range(8))]
    assert client.put(f"/api/paintings/{token}/edits", json={"edits": usual}).status_code == 200


def test_corrections_are_made_once_and_not_for_each_request(tmp_path, monkeypatch):
    calls = []
    real = painting_module.apply_edits
    monkeypatch.setattr(painting_module, "apply_edits", lambda *given: calls.append(1) or real(*given))
    found = painted(60, 80, tmp_path)
    from ppp.cli.serve.label_edits import LabelEdits

    found.set_edits(LabelEdits(edits=[fill(0)]).edits)
    states = [found.to_json() for _ in range(5)]
    assert found.labels_png() is found.labels_png()
    assert len(calls) == 1
    shares = {part["name"]: part["share"] for part in states[0]["parts"]}
    assert shares["hair"] == pytest.approx(0.5) and shares["background"] == 0
    found.set_edits([])
    assert {part["name"]: part["share"] for part in found.to_json()["parts"]}["background"] == pytest.approx(0.5)


def test_many_requests_for_a_large_painting_take_no_memory_each(tmp_path):
    import tracemalloc

    found = painted(4000, 3000, tmp_path)
    tracemalloc.start()
    threads = [threading.Thread(target=found.to_json) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000  # two bytes a pixel, once; they were 96 MB for each request


# ---- bodies and deadlines


async def echo(scope, receive, send):
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def ask(app, *messages, method="PUT", path="/api/x", wait=0.0, slow_reader=False):
    """Send a request piece by piece -> what came back."""
    pieces, answers = list(messages), []

    async def receive():
        await asyncio.sleep(wait if pieces else 60)
        return pieces.pop(0)

    async def send(message):
        if slow_reader:
            await asyncio.sleep(60)
        answers.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 20))
    return answers


def body(data, more=True):
    return {"type": "http.request", "body": data, "more_body": more}


QUICK = replace(LIMITS, max_json_bytes=1000, upload_timeout=0.3, min_upload_rate=10_000, send_timeout=0.3)


def test_a_body_without_an_end_is_cut_off():
    assert ask(RequestLimits(echo, QUICK), body(b"x" * 900, False))[1]["body"] == b"900"
    assert ask(RequestLimits(echo, QUICK), *[body(b"x" * 400)] * 9)[0]["status"] == 413


@pytest.mark.parametrize("path", ["/api/x", "/api/paintings", "/api/paintings/t/plans"])
def test_an_upload_that_drips_is_ended(path):
    started = time.monotonic()
    answers = ask(RequestLimits(echo, QUICK), *[body(b"x")] * 200, method="POST", path=path, wait=0.05)
    assert answers[0]["status"] == 408
    assert time.monotonic() - started < 2


def test_who_does_not_read_the_answer_is_left():
    with pytest.raises(TimeoutError):
        ask(RequestLimits(echo, QUICK), body(b"", False), slow_reader=True)


def test_a_stream_of_events_may_last():
    async def stream(scope, receive, send):
        async def pieces():
            for _ in range(4):
                await asyncio.sleep(0.15)
                yield "x"

        await receive()
        await StreamingResponse(pieces())(scope, receive, send)

    answers = ask(RequestLimits(stream, QUICK), body(b"", False), method="GET")
    assert b"".join(answer.get("body", b"") for answer in answers) == b"xxxx"


def test_json_has_a_limit_of_its_own(client):
    token = give(client)["id"]
    big = b'{"edits": [' + b" " * LIMITS.max_json_bytes + b"]}"
    answer = client.put(f"/api/paintings/{token}/edits", content=big)
    assert answer.status_code == 413 and answer.json()["error"]["what"]

    def pieces():  # without saying beforehand how much it will be
        for _ in range(12):
            yield b" " * (LIMITS.max_json_bytes // 10)

    assert client.put(f"/api/paintings/{token}/edits", content=pieces()).status_code == 413


class Connection:
    def __init__(self, cycle=None):
        self.cycle, self.transport, self.closed = cycle, self, False

    def close(self):
        self.closed = True


class Cycle:
    def __init__(self, response_complete):
        self.response_complete = response_complete


def test_connections_without_a_request_are_closed():
    half, busy, kept = Connection(), Connection(Cycle(False)), Connection(Cycle(True))
    waiting = WeakKeyDictionary()
    for now in range(0, 30, 5):
        kept.cycle = Cycle(True)  # another request was answered meanwhile
        close_waiting({half, busy, kept}, waiting, 12, now)
        assert half.closed == (now > 12)
    assert not busy.closed and not kept.closed
    busy.cycle.response_complete = True
    for now in range(30, 60, 5):
        close_waiting({busy}, waiting, 12, now)
    assert busy.closed


# ---- places and disk


def test_open_event_streams_have_a_limit(serving):
    client = serving(replace(LIMITS, max_listeners=0), Halves)
    token = give(client)["id"]
    assert client.get(f"/api/paintings/{token}/events").status_code == 429


def test_events_of_a_removed_run_are_dropped_and_the_others_keep_their_numbers():
    log = EventLog()
    for run in ("a", "b", "a"):
        log.push("waiting", run=run, wish="x" * 1000)
    log.forget("a")
    log.close()

    async def read():
        return [text async for text in log.read()]

    (only,) = asyncio.run(read())
    assert only.startswith("id: 2\n")


def test_runs_that_are_cancelled_again_and_again_leave_nothing(client):
    store, worker = client.app.state.context.store, Worker(Halves, 3, print)
    painting = store.painting(give(client)["id"])
    for seed in range(20):
        runs = store.new_runs(painting, [RunOptions(seed=seed, order=["background"] * 250)])
        worker.paint(runs)
        worker.cancel(runs[0])
    assert sum(len(data) for _, data in painting.events._events) < 8_000  # one wish has 3 KB
    assert not any(run.folder.exists() for run in runs)


def finished_run(client, token, size=1000):
    store = client.app.state.context.store
    (run,) = store.new_runs(store.painting(token), [RunOptions(frames=4)])
    (run.result / "frames").mkdir(parents=True)
    for name in ("timelapse.mp4", "frames/00000.png"):
        (run.result / name).write_bytes(bytes(size))
    (run.folder / "plan.toml").write_text("")
    run.list_files()
    run.state = "done"
    return run


def test_the_disk_has_a_quota_and_old_runs_make_room(serving):
    client = serving(replace(LIMITS, max_disk_bytes=430_000), Halves)
    token = give(client)["id"]
    runs = [finished_run(client, token, 60_000) for _ in range(4)]
    assert client.post("/api/paintings", content=png()).status_code == 201
    assert [client.get(f"/api/runs/{run.token}").status_code for run in runs] == [404, 200, 200, 200]
    client.app.state.context.store.painting(token).folder.joinpath("more").write_bytes(bytes(500_000))
    answer = client.post("/api/paintings", content=png())
    assert answer.status_code == 507 and "disk" in answer.text
    answer = client.post(f"/api/paintings/{token}/runs", json={"runs": [{"frames": 4}]})
    assert answer.status_code == 507


# ---- races


@pytest.mark.parametrize("name", ["timelapse.mp4", ARCHIVE])
def test_a_file_that_is_deleted_while_it_is_sent_comes_whole(client, name):
    token = give(client)["id"]
    run = finished_run(client, token, 3_000_000)
    from ppp.cli.serve.routes import result_file

    response = result_file(run, name)
    client.app.state.context.store.remove_run(run)  # between the answer's beginning and its end
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        await asyncio.sleep(60)

    asyncio.run(response({"type": "http", "method": "GET", "headers": []}, receive, send))
    data = b"".join(message.get("body", b"") for message in sent)
    assert len(data) == int(dict(sent[0]["headers"])[b"content-length"])
    if name == ARCHIVE:
        assert zipfile.ZipFile(BytesIO(data)).testzip() is None
    assert not run.folder.exists()
    assert client.get(f"/api/runs/{run.token}/files/{name}").status_code == 404


def test_a_removed_run_has_no_files(tmp_path, client):
    run = finished_run(client, give(client)["id"])
    run.remove()
    from ppp.cli.serve.errors import RequestError
    from ppp.cli.serve.routes import result_file

    with pytest.raises(RequestError) as error:
        result_file(run, "timelapse.mp4")
    assert error.value.status == 404


def test_a_run_of_a_painting_that_is_gone_is_a_404(client):
    store = client.app.state.context.store
    painting = store.painting(give(client)["id"])
    store.remove_painting(painting)
    with pytest.raises(UserError, match="does not exist any more"):
        store.new_runs(painting, [RunOptions()])


# ---- the token


def test_without_the_token_nothing_is_answered():
    app = create_app(Halves, replace(LIMITS, token="secret"))
    with TestClient(app, base_url="http://192.168.0.7:8000", follow_redirects=False) as client:
        for path in ("/", "/app.js", "/api/options", "/openapi.json", "/?token=other", "/api/options?token="):
            assert client.get(path).status_code == 401
        assert client.post("/api/paintings", content=png()).status_code == 401
        assert client.get("/api/options", headers={"Authorization": "Bearer secret"}).status_code == 200
        assert client.get("/api/options?token=secret").status_code == 200
        assert client.get("/api/options").status_code == 401
        page = client.get("/?token=secret")
        assert page.status_code == 303 and page.headers["location"] == "/"
        assert "HttpOnly" in page.headers["set-cookie"]
        assert client.get("/").status_code == client.get("/api/options").status_code == 200  # with the cookie
        assert client.post("/api/paintings", content=png(), headers={"Origin": "http://evil"}).status_code == 403
