"""A pipeline pushed to a hub (a stand-in on this machine), with a card, and loaded from there again."""

import base64
import json
import shutil
import threading
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ppp.modules.io.errors import PPPError, UserError
from ppp.pipeline.hub import push_folder
from ppp.pipeline.pipeline import Pipeline

hub_client = pytest.importorskip("huggingface_hub", reason="comes with what training needs")
ROOT = Path(__file__).resolve().parents[2]


class Hub(BaseHTTPRequestHandler):
    """What the client asks of a hub to make a repository, commit to it and download it; files are kept in memory."""

    def answer(self, body, status=200, **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(data), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_POST(self):
        body, hub = self.rfile.read(int(self.headers["Content-Length"])), self.server
        hub.asked.append((self.path, self.headers.get("Authorization")))
        if self.path == "/api/repos/create":
            hub.made.append(json.loads(body))
            self.answer({"url": f"{hub.address}/me/tiny"})
        elif self.path == "/api/validate-yaml":
            self.answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            modes = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
            self.answer({"files": modes})
        elif "/commit/" in self.path and hub.full:
            self.answer({"error": "no space"}, 507)
        else:
            lines = [json.loads(line) for line in body.splitlines()]
            hub.summary = lines[0]["value"]["summary"]
            hub.files |= {
                one["value"]["path"]: base64.b64decode(one["value"]["content"]) for one in lines if one["key"] == "file"
            }
            self.answer({"commitUrl": f"{hub.address}/me/tiny/commit/{'1' * 40}", "commitOid": "1" * 40})

    def do_GET(self):
        hub = self.server
        if "/resolve/" in self.path:
            data = hub.files.get(self.path.split("/resolve/")[1].partition("/")[2].partition("?")[0])
            tag = {} if data is None else {"ETag": f'"{sha1(data).hexdigest()}"', "X_Repo_Commit": "1" * 40}
            self.answer(data or b"", 404 if data is None else 200, **tag)
        elif "/tree/" in self.path:
            files = hub.files.items()
            self.answer([{"type": "file", "path": n, "size": len(d), "oid": sha1(d).hexdigest()} for n, d in files])
        else:
            names = [{"rfilename": name} for name in hub.files]
            self.answer({"id": "me/tiny", "sha": "1" * 40, "siblings": names, "tags": [], "private": False})

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub on this machine that the client knows as the only one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.address = f"http://127.0.0.1:{server.server_port}"
    server.files, server.made, server.asked, server.full = {}, [], [], False
    from huggingface_hub import constants

    for name, value in (
        ("ENDPOINT", server.address), ("HF_HUB_CACHE", str(tmp_path / "cache")), ("HF_HUB_OFFLINE", False),
        ("HUGGINGFACE_CO_URL_TEMPLATE", server.address + "/{repo_id}/resolve/{revision}/{filename}"),
    ):  # fmt: skip
        monkeypatch.setattr(constants, name, value)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_pipeline_is_pushed_with_a_card_and_loads_from_there(hub, tiny_pipeline):
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu", frames="simulate")
    address = pipeline.push_to_hub("me/tiny", private=True, token="hf_mine", message="First of all")
    assert address == f"{hub.address}/me/tiny/commit/{'1' * 40}" and hub.summary == "First of all"
    assert hub.made[0]["name"] == "tiny" and hub.made[0]["organization"] == "me"
    assert all(who == "Bearer hf_mine" for _, who in hub.asked)
    assert {"pipeline.json", "README.md", "segment/config.json", "segment/model.safetensors"} <= hub.files.keys()
    assert not any(name.startswith("frames/") for name in hub.files), "a block without weights is named, not sent"
    card = hub_client.ModelCard(hub.files["README.md"].decode())
    assert card.data.pipeline_tag == "image-to-video" and "me/tiny" in card.text
    again = Pipeline.from_pretrained("me/tiny", device="cpu")
    assert again.sources["frames"] == "simulate" and again.origin["pipeline"] == "me/tiny"
    assert again.stage("segment").sha256 == pipeline.stage("segment").sha256


def test_what_the_hub_refuses_is_said(hub, tiny_pipeline, tmp_path, monkeypatch):
    folder = shutil.copytree(tiny_pipeline, tmp_path / "mine")
    with pytest.raises(UserError, match="OWNER/NAME"):
        push_folder(folder, "tiny")
    with pytest.raises(UserError, match="no pipeline"):
        push_folder(folder / "segment", "me/tiny")
    with monkeypatch.context() as patch, pytest.raises(UserError, match="huggingface_hub"):
        patch.setattr("ppp.pipeline.hub.find_spec", lambda name: None)
        push_folder(folder, "me/tiny")
    assert hub.asked == []
    hub.full = True
    with pytest.raises(PPPError, match="could not be pushed") as caught:
        push_folder(folder, "me/tiny")
    assert "hf auth login" in caught.value.fix and any("/commit/" in path for path, _ in hub.asked)


def test_the_shipped_card_can_be_read_by_the_hub():
    folder = ROOT / "weights" / "portrait"
    data = hub_client.ModelCard.load(folder / "README.md").data
    assert (data.library_name, data.pipeline_tag) == ("painting-process-predict", "image-to-video")
    assert data.license == "other" and (folder / data.license_link).is_file()
    assert {"painting", "time-lapse"} <= set(data.tags)
    assert {result.metric_type for result in data.eval_results} == {"mean_iou"}
