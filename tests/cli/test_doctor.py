"""`ppp doctor`: every fault is really made, found, named in one line, and comes with its remedy."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ppp.cli.main import main
from ppp.modules.io.files import file_sha256
from ppp.pipeline import doctor
from ppp.pipeline.doctor import FAULT, OK, WARNING
from ppp.pipeline.memory import available, needed

# torch registers what torchvision's compiled half should have brought: the failure of a pair that does not match
TORCHVISION = """
import torch
torch.library.register_fake("torchvision::nms", lambda *a: None)
"""


def test_a_whole_machine_is_said_to_be_whole(tiny_pipeline, tmp_path, capsys):
    words = ["doctor", "--weights", str(tiny_pipeline), "-o", str(tmp_path / "new" / "out"), "--size", "320x240"]
    assert main([*words, "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line[9:29].strip() for line in lines]
    assert names == [
        "packages", "torch", "device", "weights segment", "weights firstframe", "weights frames", "video", "memory",
        "output",
    ]  # fmt: skip
    assert not any(line.startswith("fault") for line in lines)
    assert not (tmp_path / "new").exists() and list(tmp_path.iterdir()) == []


def test_several_faults_are_told_at_once_as_json(tiny_pipeline, tmp_path, capsys):
    """Damaged weights, a device that is not there, a picture beyond any machine, a place that is a file."""
    broken = tmp_path / "weights"
    shutil.copytree(tiny_pipeline, broken)
    file = broken / "firstframe" / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 16
    file.write_bytes(data)
    (tmp_path / "file").write_text("")
    words = ["--weights", str(broken), "--device", "cuda:97", "--size", "900000x900000", "-o", str(tmp_path / "file")]
    assert main(["doctor", *words, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert all(set(check) == {"name", "state", "found", "remedy"} for check in told["checks"])
    faults = {check["name"]: check for check in told["checks"] if check["state"] == FAULT}
    assert set(faults) == {"weights firstframe", "device", "memory", "output"}
    assert "damaged" in faults["weights firstframe"]["found"]
    assert "is a file" in faults["output"]["found"]
    for check in faults.values():
        assert check["remedy"] and "\n" not in check["found"] + check["remedy"]


def test_weights_that_are_missing_or_of_another_stage(tiny_pipeline, tmp_path):
    (finding,) = doctor._weights(str(tmp_path / "none"), {})
    assert (finding.name, finding.state) == ("weights", FAULT) and finding.remedy
    wrong = {f.name: f for f in doctor._weights(str(tiny_pipeline), {"frames": str(tiny_pipeline / "segment")})}
    assert "'frames' is needed" in wrong["weights frames"].found and wrong["weights segment"].state == OK


def test_a_torch_for_the_cpu_alone_is_told_from_one_without_a_card(monkeypatch):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a card")
    for built, remedy in (("13.2", "nvidia-smi"), (None, "CUDA builds")):
        monkeypatch.setattr(torch.version, "cuda", built)
        monkeypatch.setattr(torch.version, "hip", None)
        finding = doctor._device("cuda")
        assert finding.state == FAULT and remedy in finding.remedy, built
    assert doctor._device("cpu").state == OK


def test_torchvision_of_another_torch(tmp_path):
    """In a process of its own: a torchvision whose compiled half is not there shadows the installed one."""
    (tmp_path / "torchvision.py").write_text(TORCHVISION)
    code = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from ppp.pipeline.doctor import _torch\n"
        "print(json.dumps([f.to_json() for f in _torch()]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    (finding,) = json.loads(done.stdout)
    assert finding["state"] == FAULT and "are incompatible" in finding["found"]
    assert "pip install" in finding["remedy"]


def test_torchvision_made_for_another_torch_though_it_loads(monkeypatch):
    monkeypatch.setattr(doctor, "_requires", lambda name: ["numpy", "torch==1.0.0"])
    (finding,) = doctor._torch()
    assert finding.state == FAULT and "made for torch 1.0.0" in finding.found


def test_without_an_encoder_for_mp4_webm_is_left(monkeypatch):
    """PyAV cannot be imported, as where it is not installed."""
    monkeypatch.setitem(sys.modules, "av", None)
    finding = doctor._video()
    assert finding.state == WARNING and "webm" in finding.found and "pip install av" in finding.remedy


def test_a_package_that_does_not_load_or_is_too_old(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    faults = [f for f in doctor._packages() if f.state == FAULT]
    assert [f.name for f in faults] == ["rich"] and "does not load" in faults[0].found
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "_min_version", lambda name: "999.1" if name == "numpy" else "0.1")
    faults = [f for f in doctor._packages() if f.state == FAULT]
    assert [f.name for f in faults] == ["numpy"] and "999.1" in faults[0].found


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS") or not Path("/proc/self/statm").exists(), reason="Linux alone")
def test_a_limit_on_this_process_counts():
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    room = needed(1000, 1000) - 50_000_000
    try:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + room, before[1]))
        finding, free = doctor._memory(1000, 1000), available()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert finding.state == FAULT and "scale the picture down" in finding.remedy
    assert free is not None and free <= room
    assert needed(2000, 2000) > needed(1000, 1000) > needed(1, 1)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of another kind")
def test_a_folder_one_may_not_write_to(tmp_path):
    """For root nothing is forbidden, so root becomes somebody else for a moment."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65534)
        finding = doctor._output(folder / "out", 10, 10)
    finally:
        os.seteuid(me)
    assert finding.state == FAULT and finding.remedy
    assert doctor._output(tmp_path, 10, 10).state == OK
    assert list(tmp_path.iterdir()) == [folder]


def test_a_size_that_is_none_is_refused(capsys):
    for size in ("big", "0x5", "5x", "-3"):
        assert main(["doctor", f"--size={size}"]) == 2
        assert "--size" in capsys.readouterr().err


def test_the_shipped_weights_are_whole():
    """What doctor says of them is what their config.json records."""
    folder = Path(doctor.__file__).parents[1] / "weights" / "portrait"
    for stage in ("segment", "firstframe", "frames"):
        config = json.loads((folder / stage / "config.json").read_text("utf-8"))
        assert config["sha256"] == file_sha256(folder / stage / "model.safetensors")
