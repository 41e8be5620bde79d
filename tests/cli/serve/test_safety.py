"""What the server refuses: other web pages, other names, too much, what is no picture, what is malformed."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from serving import LIMITS, events, give, over, paint, png, until

from ppp.cli.main import main
from ppp.cli.serve.access_control import is_allowed_host
from ppp.cli.serve.attachments import MAX_ATTACHMENTS
from ppp.modules.io.errors import UserError

PAGE = Path(__file__).parents[3] / "cli" / "serve" / "page"


@pytest.fixture
def client(quick):
    """What is refused is the same whatever paints."""
    return quick


def refused(answer, status, *words):
    """An answer is an error of the form that every error has."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error.keys() == {"what", "why", "fix"} and error["what"]
    for word in words:
        assert word in " ".join(error.values())
    assert "Traceback" not in answer.text and "/tmp" not in answer.text
    return error


# ---- who is answered


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:8000", True), ("localhost", True), ("LOCALHOST:1", True), ("[::1]:8000", True),
        ("192.168.0.7:80", True),
        ("studio.lan:8000", True), ("evil.example:8000", False), ("localhost.evil.example", False), ("", False),
        ("127.0.0.1.evil.example", False), ("evil.example@127.0.0.1", False), ("127.0.0.1/evil", False),
        ("127.0.0.1:x", False),
        ("[::1", False), ("a b", False),
    ],
)  # fmt: skip
def test_names_that_mean_this_server(host, ours):
    assert is_allowed_host(host, ("studio.lan",)) is ours


def test_another_name_is_refused_so_that_none_can_be_pointed_here(client):
    for path in ("/", "/app.js", "/api/options"):
        refused(client.get(path, headers={"Host": "evil.example:8000"}), 421, "evil.example")
    refused(client.post("/api/paintings", content=png(), headers={"Host": "evil.example"}), 421)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_web_pages_are_refused(client, headers):
    painting = give(client)
    refused(client.post("/api/paintings", content=png(), headers=headers), 403, "Another web page")
    refused(client.post("/api/paintings/example", headers=headers), 403)
    refused(client.delete(f"/api/paintings/{painting['id']}", headers=headers), 403)
    refused(client.get(f"/api/paintings/{painting['id']}/picture.jpg", headers=headers), 403)
    assert client.get(f"/api/paintings/{painting['id']}").status_code == 200


def test_the_own_page_and_a_link_to_it_are_answered(client):
    own = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/paintings", content=png(), headers=own).status_code == 201
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_every_answer_carries_the_headers_of_safety(client):
    for path in ("/", "/app.js", "/api/options", "/nothing", "/api/runs/none"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
        assert headers["cache-control"] in ("no-cache", "no-store")


def test_the_page_needs_nothing_from_elsewhere_and_no_inline_script():
    for file in PAGE.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "").replace("'http://", "")
        assert "http:" not in text and "https:" not in text and "//cdn" not in text, file
    html = (PAGE / "index.html").read_text("utf-8")
    assert "<style" not in html and " style=" not in html and " onclick=" not in html
    assert html.count("<script") == 1 and '<script type="module" src="app.js">' in html


def test_all_files_of_the_page_are_served_and_no_others(client):
    for file in PAGE.iterdir():
        answer = client.get("/" if file.name == "index.html" else f"/{file.name}")
        assert answer.content == file.read_bytes()
    for path in (
        "/../server.py",
        "/%2e%2e/app.py",
        "/page/app.js",
        "/app.py",
        "/api",
        "/docs",
        "//etc/passwd",
        "/..%2f..%2fmain.py",
    ):
        refused(client.get(path), 404)


# ---- what is taken in


def test_too_many_bytes(client):
    big = b"\x89PNG" + bytes(LIMITS.max_upload_bytes)
    refused(client.post("/api/paintings", content=big), 413, "0 MB")

    def chunks():  # without saying beforehand how much it will be
        for _ in range(100):
            yield bytes(LIMITS.max_upload_bytes // 50)

    refused(client.post("/api/paintings", content=chunks()), 413)
    assert list(client.app.state.context.store.root.iterdir()) == []


def test_too_many_pixels_are_refused_by_the_header(client):
    data = io.BytesIO()
    Image.new("1", (5000, 4000)).save(data, "PNG")
    assert len(data.getvalue()) < 10_000
    refused(client.post("/api/paintings", content=data.getvalue()), 413, "5000x4000", "0 million")
    bomb = bytearray(data.getvalue())
    bomb[16:24] = b"\x7f\xff\xff\xff" * 2
    import zlib

    bomb[29:33] = zlib.crc32(bytes(bomb[12:29])).to_bytes(4, "big")
    refused(client.post("/api/paintings", content=bytes(bomb)), 413, "far too many")
    assert list(client.app.state.context.store.root.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 400, "empty"),
        (b"hello", 422, "text"),
        (b"%PDF-1.4", 422, "PDF"),
        (b"http://example.org/a.png", 422, "text"),
        (png()[: len(png()) // 2], 422, "truncated"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "SVG"),
        (bytes(range(256)), 422, "picture"),
    ],
)
def test_what_is_no_picture(client, data, status, words):
    refused(client.post("/api/paintings", content=data), status, words)
    assert list(client.app.state.context.store.root.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "L"), ("TIFF", "CMYK"), ("GIF", "P"), ("WEBP", "RGBA"), ("PNG", "LA")]
)
def test_any_picture_is_taken(client, kind, mode):
    data = io.BytesIO()
    Image.open(io.BytesIO(png())).convert(mode).save(data, kind)
    assert give(client, data.getvalue())["parts"]


def test_work_that_is_too_much(client):
    painting = give(client)
    address = f"/api/paintings/{painting['id']}/runs"
    refused(client.post(address, json={"runs": [{"frames": LIMITS.max_frames + 1}]}), 422, str(LIMITS.max_frames))
    large = give(client, png(np.full((400, 400, 3), 0.5)))
    answer = client.post(f"/api/paintings/{large['id']}/runs", json={"runs": [{"frames": 40}]})
    refused(answer, 422, "12 or fewer")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'{"runs": []}', b'{"runs": [{}, {}, {}, {}, {}, {}, {}]}',
        b'{"runs": [{"frames": 1}]}',
        b'{"runs": [{"frames": "40"}]}', b'{"runs": [{"frames": 4.5}]}', b'{"runs": [{"frames": true}]}',
        b'{"runs": [{"seed": -1}]}', b'{"runs": [{"seed": 1e300}]}', b'{"runs": [{"painting": "/etc/passwd"}]}',
        b'{"runs": [{"plan": 3}]}', b'{"runs": [{"frames": NaN}]}', b"\xff\xfe", b"[" * 100_000,
    ],
)  # fmt: skip
def test_malformed_wishes(client, body):
    painting = give(client)
    answer = client.post(
        f"/api/paintings/{painting['id']}/runs", content=body, headers={"Content-Type": "application/json"}
    )
    refused(answer, 400 if answer.status_code == 400 else 422)
    assert client.get(f"/api/paintings/{painting['id']}").json()["runs"] == []


def test_a_wish_that_names_what_does_not_exist_is_refused_with_what_does(client):
    painting = give(client)
    address = f"/api/paintings/{painting['id']}/runs"
    refused(client.post(address, json={"runs": [{"plan": "dataset=/etc/passwd"}]}), 422, "artist")
    refused(client.post(address, json={"runs": [{"habit": "monet"}]}), 422, "lineart")
    refused(client.post(address, json={"runs": [{"order": ["faec"]}]}), 422, "Did you mean face?")
    refused(client.post(address, json={"runs": [{"degrees": {"edge": 1}}]}), 422, "edge")
    for wrong in (
        {"degrees": {"face": 1.1}},
        {"degrees": {"face": "1"}},
        {"passes": 0},
        {"passes": 6},
        {"order": "face"},
    ):
        refused(client.post(address, json={"runs": [wrong]}), 422)
    twice = over(client, paint(client, painting, {"order": ["face", "face"]})[0])
    assert twice["state"] == "failed" and "twice" in twice["error"]["what"]


def test_a_plan_file_is_told_all_its_mistakes_and_has_a_limit(client):
    painting = give(client)
    address = f"/api/paintings/{painting['id']}/plans"
    wrong = b'order = ["faec"]\nframes = "many"\npalette = 3\n[parts.hair]\ndegree = 2\n'
    found = ("4 mistakes", "Did you mean face?", "palette", "many", "not a number from 0 to 1")
    refused(client.post(address, content=wrong), 422, *found)
    refused(client.post(address, content=b"order = ["), 422, "The plan file is not valid TOML")
    refused(client.post(address, content=b"\xff\xfe"), 422, "UTF-8")
    refused(client.post(address, content=b""), 400, "empty")
    refused(client.post(address, content=b"x = " + b"[\n" * 100_000), 422)
    refused(client.post(address, content=b"#" * (LIMITS.max_plan_bytes + 1)), 413, "256 KB")
    refused(client.post(address, content=b"a." * 100_000 + b"a = 1"), 422, "200005 characters")
    endless = b'plan = "own"\n[[steps]]\nrepeat = 1000000000000\ndegrees = {face = 0.5}\n'
    refused(client.post(address, content=endless), 422, "too many")
    told = b'plan = "own"\n[[steps]]\nframe = 2\nrepeat = 3\ndegrees = {face = 0.5}\n'
    book = client.post(address, content=told)
    assert book.status_code == 201 and book.json()["frames"] == 5, book.text
    runs = f"/api/paintings/{painting['id']}/runs"
    answer = client.post(runs, json={"runs": [{"frames": 9, "book": book.json()["id"]}]})
    refused(answer, 422, "a plan for 5 frames, but 9 were requested")
    assert over(client, paint(client, painting, {"frames": 5, "book": book.json()["id"]})[0])["state"] == "done"
    for other in ("../upload", "/etc/passwd", "plan.toml"):
        refused(client.post(runs, json={"runs": [{"book": other}]}), 422, "does not exist any more")


def test_a_canvas_that_cannot_be_gone_on_from(client):
    painting = give(client)
    address = f"/api/paintings/{painting['id']}/canvases"
    refused(client.post(address, content=b"hello"), 422, "text")
    refused(client.post(address, content=png(np.zeros((40, 80, 3)))), 422, "cannot be used to start from", "80x40")
    refused(client.post(address, content=bytes(LIMITS.max_upload_bytes + 1)), 413)
    small = client.post(address, content=png(np.full((36, 32, 3), 0.8))).json()
    assert (small["width"], small["height"]) == (32, 36) and "scaled to the painting's 64x72" in small["notes"][0]
    for other in ("../upload", "/etc/passwd", "upload"):
        answer = client.post(f"/api/paintings/{painting['id']}/runs", json={"runs": [{"begun": {"canvas": other}}]})
        refused(answer, 422, "does not exist any more")
    folder = client.app.state.context.store.painting(painting["id"]).folder
    for _ in range(15):
        assert client.post(address, content=png()).status_code == 201
    assert sum(path.name.startswith("canvas-") for path in folder.iterdir()) == MAX_ATTACHMENTS, "the oldest go"
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_a_run_that_fails_says_why_and_the_next_one_runs(client):
    painting = give(client)
    file = client.app.state.context.store.painting(painting["id"]).file
    kept = file.read_bytes()
    file.write_bytes(kept[:200])  # a disk that lost half of it
    state = over(client, paint(client, painting)[0])
    assert state["state"] == "failed"
    assert "truncated" in state["error"]["why"]
    file.write_bytes(kept)
    assert over(client, paint(client, painting)[0])["state"] == "done"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/paintings/none", 404), ("GET", "/api/paintings/..%2f..", 404), ("GET", "/api/runs/none", 404),
        ("GET", "/api/runs/none/frames/0.jpg", 404), ("GET", "/api/runs/none/files/..%2fprocess.json", 404),
        ("POST", "/api/runs/none/cancel", 404), ("DELETE", "/api/paintings/none", 404),
        ("PATCH", "/api/paintings", 405),
        ("GET", "/api/paintings", 405), ("GET", "/api/nothing", 404), ("PUT", "/api/paintings/none/edits", 404),
    ],
)  # fmt: skip
def test_addresses_that_are_not_there(client, method, path, status):
    refused(client.request(method, path, json={"edits": []} if method == "PUT" else None), status)


def test_only_what_a_run_wrote_can_be_fetched(client):
    painting = give(client)
    run = over(client, paint(client, painting)[0])
    for name in ("frames", "%2e%2e%2fupload", "..%2f..%2fupload", "frames%2f00000.png", "nothing.png", "%00"):
        refused(client.get(f"/api/runs/{run['id']}/files/{name}"), 404)
    for name in ("..", "../../upload", "/etc/passwd", "", "frames"):  # which no client sends as it stands
        assert client.app.state.context.store.run(run["id"]).file(name) is None
    for index in ("99", "-1"):
        refused(client.get(f"/api/runs/{run['id']}/frames/{index}.jpg"), 404)
    refused(client.get(f"/api/runs/{run['id']}/frames/x.jpg"), 422)


@given(
    path=st.sampled_from(
        ["/api/paintings", "/api/paintings/{p}/runs", "/api/paintings/{p}/edits", "/api/runs/{p}/cancel"]
    ),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["runs", "edits", "tool", "part", "frames", "seed", "points", "x"]),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    kind=st.sampled_from(["application/json", "image/png", "text/plain", ""]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_nothing_breaks(lasting, path, method, body, kind):
    client, token = lasting
    if method == "DELETE":
        path, token = "/api/runs/{p}", "none"
    answer = client.request(method, path.format(p=token), content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["error"]["what"]


@pytest.fixture(scope="module")
def lasting(load_quick):
    """One server for all examples of a property."""
    from fastapi.testclient import TestClient

    from ppp.cli.serve.server import create_app

    app = create_app(load_quick, replace(LIMITS, max_paintings=1000))
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client, give(client)["id"]


# ---- the command


def test_a_port_that_is_taken_and_an_address_that_is_not_ours(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    assert "--port" in capsys.readouterr().err
    assert main(["serve", "--host", "no such host"]) == 2
    assert main(["serve", "--port", "70000"]) == 2
    capsys.readouterr()


def test_weights_that_do_not_load_end_the_server_and_say_why(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        from ppp.cli.serve import serve

        serve(port=0, weights=str(tmp_path / "gone"), quiet=True)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_command_serves_a_page_and_leaves_nothing_when_it_ends(tiny_pipeline, tmp_path):
    """As a person does it: start, open, paint, Ctrl-C in the middle of a run with the page still listening."""
    import httpx

    code = "import sys; from ppp.cli.main import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--port", "0", "--weights", str(tiny_pipeline), "--device", "cpu"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    try:
        address = process.stdout.readline().strip()
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as http:
            assert "<title>" in until(lambda: page_of(http)).text
            painting = http.post("/api/paintings", content=png()).json()["id"]
            heard = []
            with http.stream("GET", f"/api/paintings/{painting}/events") as stream:
                for text in stream.iter_text():
                    told = [name for _, name, _ in events(text)]
                    if "parts" in told:
                        assert http.post(f"/api/paintings/{painting}/runs", json={"runs": [{"frames": 200}]}).is_success
                    heard += told
                    if heard.count("frame") > 2:
                        break
                assert [p.name.startswith("ppp-serve-") for p in tmp_path.iterdir()] == [True]
                process.send_signal(signal.SIGINT)
                assert process.wait(30) in (0, 130)
    finally:
        process.kill()
        process.wait()
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in process.stderr.read()


def page_of(http):
    import httpx

    try:
        return http.get("/")
    except httpx.TransportError:
        return None
