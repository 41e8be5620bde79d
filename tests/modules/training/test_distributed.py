"""One training in two real processes (torchrun, gloo, CPU): it runs over shards, and does what one process does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from machines import train
from recorded import simulated
from safetensors.numpy import load_file

from ppp.cli.main import main

SCRIPT = Path(__file__).parents[2] / "machines.py"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    for number in range(2):
        simulated(folder / "data" / f"p{number}", number, n_frames=5)
    packed = folder / "shards"
    shard = ["data", "shard", str(folder / "data"), "-o", str(packed), "--per-shard", "1", "--jobs", "1", "--quiet"]
    assert main(shard) == 0
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [*torchrun, str(SCRIPT), str(folder), str(packed)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def weights(run: Path) -> dict[str, np.ndarray]:
    (file,) = (run / "model").glob("*.safetensors")
    return load_file(file)


def test_two_processes_of_two_samples_are_one_of_four(trained, tmp_path):
    train(tmp_path / "alone", 4)
    train(tmp_path / "other", 2)
    alone, both, other = (weights(run) for run in (tmp_path / "alone", trained / "straight", tmp_path / "other"))
    for name in alone:
        assert np.allclose(alone[name], both[name], rtol=0, atol=1e-6), name
    assert max(np.abs(alone[name] - other[name]).max() for name in alone) > 1e-4, "the bound tells them apart"


def test_frames_train_over_shards_in_two_processes(trained):
    run = trained / "frames"
    assert [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()][-1] == 3
    assert all(np.isfinite(value).all() for value in weights(run).values())
    assert len(list((run / "checkpoints").iterdir())) == 1
