"""One training in two real processes (torchrun, gloo, CPU): all stages go through all their phases, over shards, too.

What they learn is what one process learns, and what is killed goes on.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from machines import CASES, run_case, train
from recorded import simulated
from safetensors.numpy import load_file

from ppp.cli.main import main

SCRIPT = Path(__file__).parents[2] / "machines.py"


def torchrun(*words, restarts=0):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["--max-restarts", str(restarts), str(SCRIPT), *map(str, words)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-6000:]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for number in range(2):
        simulated(folder / f"p{number}", number, n_frames=5)
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("machines")
    shard = ["data", "shard", str(data), "-o", str(folder / "shards"), "--per-shard", "1", "--jobs", "1", "--quiet"]
    assert main(shard) == 0
    torchrun("all", folder, data)
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
    run = trained / "shards-frames"
    assert [json.loads(line)["step"] for line in (run / "log.jsonl").read_text().splitlines()][-1] == 3
    assert all(np.isfinite(value).all() for value in weights(run).values())
    assert len(list((run / "checkpoints").iterdir())) == 1


def losses(run: Path) -> np.ndarray:
    return np.array([json.loads(line)["loss"] for line in (run / "log.jsonl").read_text("utf-8").splitlines()])


@pytest.mark.parametrize("name", CASES)
def test_every_stage_goes_through_all_its_phases(trained, name):
    """The script itself compares the two processes' weights, bit by bit."""
    found = losses(trained / name)
    assert len(found) == 6 and np.isfinite(found).all()


@pytest.mark.parametrize("name", ["frames", "segment"])
def test_the_losses_are_those_of_one_process_with_both_batches(trained, data, tmp_path, name):
    """Within 6 % in the mean: z, dropped names and statistics of normalised batches are each process's own."""
    both, alone = losses(trained / name), losses(run_case(name, data, tmp_path, 2))
    assert both.mean() == pytest.approx(alone.mean(), rel=0.06)
    assert both[0] == pytest.approx(alone[0], rel=0.03), "before anything is learned"


def test_a_killed_process_comes_back_and_ends_as_if_resumed_by_hand(trained, data):
    torchrun("killed", trained, data, restarts=1)
    assert (trained / "killed").exists(), "it was killed"
    restarted, by_hand = weights(trained / "restarted"), weights(trained / "by hand")
    assert all(np.array_equal(restarted[name], by_hand[name]) for name in by_hand)
    assert (trained / "restarted" / "log.jsonl").read_text("utf-8").count("\n") == 1
