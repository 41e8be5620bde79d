"""Weights of the hub come from its cache where there is no network, in the revision that is asked for."""

import shutil
import socket

import pytest

from ppp.modules.io.errors import UserError
from ppp.pipeline.loading import load_stage
from ppp.pipeline.pipeline import Pipeline

ONE, TWO = "1" * 40, "2" * 40


@pytest.fixture
def hub(tiny_pipeline, tmp_path, monkeypatch):
    """A hub's cache as a download leaves it: two commits of me/tiny, the second without a frames stage."""
    from huggingface_hub import constants

    cache = tmp_path / "hub" / "models--me--tiny"
    for commit in (ONE, TWO):
        shutil.copytree(tiny_pipeline, cache / "snapshots" / commit)
    shutil.rmtree(cache / "snapshots" / TWO / "frames")
    (cache / "refs").mkdir()
    for name, commit in (("main", ONE), ("v2", TWO)):
        (cache / "refs" / name).write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    tried = []

    def refuse(*arguments, **_):
        tried.append(arguments)
        raise OSError("there is no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return tried


def test_a_pipeline_of_the_hub_without_a_network(hub):
    pipeline = Pipeline.from_pretrained("me/tiny", device="cpu")
    assert pipeline.origin["pipeline"] == "me/tiny"
    assert ONE in str(pipeline.sources["frames"]) and pipeline.stage("frames").sha256
    assert hub  # it was tried to reach it


def test_a_revision_is_a_branch_a_tag_or_a_commit(hub):
    for name, options in (("me/tiny@v2", {}), ("me/tiny", {"revision": "v2"}), ("me/tiny", {"revision": TWO})):
        pipeline = Pipeline.from_pretrained(name, device="cpu", **options)
        assert TWO in str(pipeline.sources["segment"])
        assert pipeline.origin["pipeline"] == f"{name}@{options['revision']}" if options else name
    with pytest.raises(UserError, match="hub gave"):
        Pipeline.from_pretrained("me/tiny", revision="v3", device="cpu")


def test_only_the_hub_has_revisions(tiny_pipeline):
    for name in ("portrait", tiny_pipeline, str(tiny_pipeline)):
        with pytest.raises(UserError, match="no revision 'v2'"):
            Pipeline.from_pretrained(name, revision="v2")


def test_what_lies_here_needs_no_network(hub, tiny_pipeline):
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    for stage in ("segment", "firstframe", "frames"):
        assert pipeline.stage(stage).sha256
    assert hub == []
    with pytest.raises(UserError, match="no such folder"):
        load_stage("frames", "not/there/at/all", "cpu")
    assert hub == []
