"""The model folder: what is saved comes back, and each kind of wrong folder is told apart."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from ppp import __version__
from ppp.modules.io.errors import UserError
from ppp.modules.io.model_folder import manifest_sha256, read_manifest
from ppp.modules.io.pretrained import (
    PretrainedModel,
    file_sha256,
    load_model,
    load_state,
    save_model,
)


@dataclass
class Config:
    width: int = 4
    kernel: tuple[int, ...] = (3, 3)


class Small(PretrainedModel):
    stage = "segment"
    Config = Config

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.body = nn.Sequential(nn.Conv2d(3, config.width, config.kernel), nn.BatchNorm2d(config.width))


@pytest.fixture
def model():
    torch.manual_seed(0)
    model = Small(Config())
    model.body(torch.rand(2, 3, 8, 8))  # gives the running statistics values of their own
    return model


@pytest.fixture
def folder(model, tmp_path):
    model.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def edit(folder, **changes):
    """As a person edits it who does as the message says: without the line of its own hash."""
    path = folder / "config.json"
    manifest = {**json.loads(path.read_text()), **changes}
    del manifest["config_sha256"]
    path.write_text(json.dumps(manifest))


def test_round_trip(model, folder):
    loaded = Small.from_pretrained(folder)
    assert loaded.config == Config()
    assert not loaded.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor), name


def test_config_json(model, folder):
    manifest = json.loads((folder / "config.json").read_text())
    assert manifest == {
        "format": 1,
        "stage": "segment",
        "config": {"width": 4, "kernel": [3, 3]},
        "sha256": file_sha256(folder / "model.safetensors"),
        "config_sha256": manifest_sha256(manifest),
        "ppp_version": __version__,
    }
    assert sorted(p.name for p in folder.iterdir()) == ["config.json", "model.safetensors"]


def test_extra_is_kept_and_cannot_overwrite(model, tmp_path):
    model.save_pretrained(tmp_path / "a", extra={"steps": 7})
    assert read_manifest(tmp_path / "a")["steps"] == 7
    with pytest.raises(ValueError, match="sha256"):
        model.save_pretrained(tmp_path / "b", extra={"sha256": "x"})
    assert not (tmp_path / "b").exists()


def test_half_is_smaller_and_close(model, tmp_path):
    state = {**model.state_dict(), "large": torch.tensor([1e6]), "count": torch.tensor([3])}
    save_model(tmp_path / "half", "segment", {}, state, half=True)
    _, loaded = load_model(tmp_path / "half", "segment")
    assert torch.allclose(loaded["body.0.weight"], state["body.0.weight"], atol=2e-4)
    assert not torch.equal(loaded["body.0.weight"], state["body.0.weight"])
    # these would lose too much, or become infinite
    for exact in ("body.1.running_var", "body.1.running_mean", "large", "count"):
        assert torch.equal(loaded[exact], state[exact])
    assert all(t.dtype in (torch.float32, torch.int64) for t in loaded.values())


def test_tied_tensors_are_stored(tmp_path):
    shared = torch.rand(3)
    save_model(tmp_path / "tied", "frames", {}, {"a": shared, "b": shared, "c": torch.rand(2, 3).T})
    _, state = load_model(tmp_path / "tied", "frames")
    assert torch.equal(state["a"], shared) and torch.equal(state["b"], shared)  # nothing is lost unasked
    assert state["c"].shape == (3, 2)


def test_saving_again_replaces(model, folder):
    with torch.no_grad():
        model.body[0].weight.zero_()
    model.save_pretrained(folder)
    assert Small.from_pretrained(folder).body[0].weight.abs().max() == 0


def test_a_folder_with_other_things_is_not_replaced(model, tmp_path):
    (tmp_path / "precious.txt").write_text("keep")
    with pytest.raises(UserError, match=r"precious\.txt"):
        model.save_pretrained(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "keep"


def test_a_training_run_is_loadable(model, tmp_path):
    model.save_pretrained(tmp_path / "run" / "model")
    assert Small.from_pretrained(tmp_path / "run").config == Config()
    # A folder's own model comes before one that lies in it.
    Small(Config(width=5)).save_pretrained(tmp_path / "run" / "model" / "model")
    assert Small.from_pretrained(tmp_path / "run" / "model").config == Config()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="files cannot be kept from growing here")
def test_a_full_disk_is_told_as_one_and_leaves_nothing(tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            save_model(tmp_path / "large", "segment", {}, {"weight": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG and caught.value.filename.endswith("model.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_missing(tmp_path):
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError, match=r"no config\.json"):
            load_model(folder, "segment")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "was not written by ppp"),
        ("{}", "was not written by ppp"),
        ('{"format": 1, "config": {}}', "was not written by ppp"),
        ('{"format": 1, "stage": "segment", "config": 3}', "was not written by ppp"),
    ],
)
def test_damaged_config(folder, text, says):
    (folder / "config.json").write_text(text)
    with pytest.raises(UserError, match=says):
        load_model(folder, "segment")


def test_damaged_weights(folder):
    path = folder / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged"):
        load_model(folder, "segment")
    path.write_bytes(data[:50])
    edit(folder, sha256=file_sha256(path))
    with pytest.raises(UserError, match="damaged"):
        load_model(folder, "segment")
    path.unlink()
    with pytest.raises(UserError, match=r"no model\.safetensors"):
        load_model(folder, "segment")


def test_a_changed_value_in_a_config_that_is_still_valid(folder):
    """A digit, a key, a text: each as a flipped bit may leave it, and nothing else would tell."""
    path = folder / "config.json"
    whole = path.read_text()
    for was, now in (("4,", "5,"), ("3\n", "7\n"), (__version__, "0.0.9"), ("kernel", "kerneL")):
        path.write_text(whole.replace(was, now, 1))
        assert path.read_text() != whole
        with pytest.raises(UserError, match=r"config\.json is damaged.*\n.*delete its line \"config_sha256\""):
            load_model(folder, "segment")
    # The remedy for a person who meant it, and folders from before there was such a line.
    lines = whole.replace(__version__, "0.0.9").splitlines()
    path.write_text("\n".join(line for line in lines if "config_sha256" not in line))
    assert Small.from_pretrained(folder).config == Config()
    # Only what it says counts, not how it is spaced.
    path.write_text(json.dumps(json.loads(whole)))
    assert read_manifest(folder)["config_sha256"] == json.loads(whole)["config_sha256"]


def test_the_hash_of_a_config_is_that_of_its_json(tmp_path):
    """Tuples become lists and numbers as keys become text on the way; the folder must load all the same."""
    save_model(tmp_path / "odd", "frames", {"sizes": (1, 2.5, 1e-17), "by": {10: "a", 9: None}}, {}, extra={"é": "☃"})
    assert load_model(tmp_path / "odd", "frames")[0] == {"sizes": [1, 2.5, 1e-17], "by": {"10": "a", "9": None}}
    assert manifest_sha256({"a": (1,), "config_sha256": "x"}) == manifest_sha256({"a": [1]}) != manifest_sha256({})


def test_a_config_that_was_laid_out_anew_says_the_same(folder):
    path = folder / "config.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(told.items())), indent=None))
    assert load_model(folder, "segment")[0] == told["config"]


def test_wrong_stage(folder):
    with pytest.raises(UserError, match="stage is 'segment', but 'frames' is needed"):
        load_model(folder, "frames")


def test_newer_format(folder):
    edit(folder, format=2, ppp_version="9.9")
    with pytest.raises(UserError, match=r"format 2, written by ppp 9\.9"):
        load_model(folder, "segment")


def test_missing_and_extra_keys(model, folder):
    _, state = load_model(folder, "segment")
    state["strange"] = state.pop("body.0.bias")
    before = {name: t.clone() for name, t in model.state_dict().items()}
    with pytest.raises(UserError, match=r"1 tensors are missing, such as body\.0\.bias; 1 tensors are unexpected"):
        load_state(model, state, folder)
    assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())
    _, state = load_model(folder, "segment")
    with pytest.raises(UserError, match=r"1 tensors are unexpected, such as strange\."):
        load_state(model, {**state, "strange": torch.zeros(1)}, "here")
    del state["body.0.bias"], state["body.1.bias"]
    with pytest.raises(UserError, match=r"2 tensors are missing, such as body\.0\.bias\."):
        load_state(model, state, "here")


def test_wrong_shape(folder):
    edit(folder, config={"width": 5, "kernel": [3, 3]})
    with pytest.raises(UserError, match=r"shape \(4.*expects \(5"):
        Small.from_pretrained(folder)


@pytest.mark.parametrize(
    "config",
    [
        {"width": 4096, "kernel": [4096, 4096]}, {"width": 10**9, "kernel": [3, 3]}, {"width": -(10**9)},
        {"width": 4, "kernel": [3] * 5000}, {"width": float("nan")}, {"width": float("inf")}, {"blocks": 10**6},
        {"labels": {"names": [{"size": 10**7}]}},
    ],
)  # fmt: skip
def test_a_config_of_a_few_bytes_takes_no_memory(folder, config):
    import tracemalloc

    edit(folder, config=config)
    before = peak_rss()
    tracemalloc.start()
    with pytest.raises(UserError, match=r"holds|expects|does not match"):
        Small.from_pretrained(folder)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert peak_rss() - before < 200_000  # KB; 4096 kernels of 4096 x 4096 would be 800 GB


def peak_rss() -> int:
    resource = pytest.importorskip("resource", reason="Windows does not tell")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(model, tmp_path, value):
    with torch.no_grad():
        model.body[1].running_mean[2] = value
    model.save_pretrained(tmp_path / "bad")
    with pytest.raises(UserError, match=r"NaN or infinity, in body\.1\.running_mean"):
        Small.from_pretrained(tmp_path / "bad")


def test_config_of_another_model(folder):
    edit(folder, config={"depth": 5})
    with pytest.raises(UserError, match="does not match Small"):
        Small.from_pretrained(folder)


def test_every_message_has_three_lines(folder):
    edit(folder, stage="frames")
    with pytest.raises(UserError) as info:
        load_model(folder, "segment")
    assert info.value.why
    assert info.value.fix
    assert len(str(info.value).splitlines()) == 3


def test_nothing_is_unpickled(folder):
    """Reading a model must not be able to run code: the loading path never reaches pickle or torch.load."""
    code = (
        "import pickle, sys, torch\n"
        "from ppp.modules.io.pretrained import load_model\n"
        "def refuse(*a, **k): raise SystemExit('unpickled')\n"
        "torch.load = pickle.load = pickle.loads = pickle.Unpickler = refuse\n"
        "load_model(sys.argv[1], 'segment')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
