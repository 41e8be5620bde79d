"""The loop: a resumed run is the uninterrupted one, damage is survived, breakdowns are named."""

import errno
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from faults.training import assert_same, lines, newest
from torch import nn
from torch.nn import functional as F

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.io.errors import PPPError, UserError
from ppp.modules.io.pretrained import load_model, save_model
from ppp.modules.losses import hinge_d, hinge_g
from ppp.modules.training.checkpoint import checkpoint_folders
from ppp.modules.training.dataloader import epoch_order, make_batches
from ppp.modules.training.loop import NotFinite, fit
from ppp.modules.training.settings import RunConfig
from ppp.modules.training.task import Task, sample_rng, warmup_cosine

STEPS = 8


class Crops:
    """16-pixel crops of two sitters."""

    def __init__(self):
        self.paintings = [draw_sitter(48, seed)[0] for seed in (0, 1)]

    def __len__(self):
        return 7

    def name(self, index):
        return f"crop {index}"

    def sample(self, seed, epoch, index):
        rng = sample_rng(seed, epoch, index)
        y, x = rng.integers(0, 32, 2)
        crop = self.paintings[index % 2][y : y + 16, x : x + 16]
        return {"painting": np.ascontiguousarray(crop.transpose(2, 0, 1))}


class Denoise(Task):
    """A small denoiser against a small critic: two models, two optimisers, noise, dropout, running statistics."""

    stage = "segment"
    exported_model = "generator"

    def __init__(self, samples, bad=None, stop_after=None, stop_with=signal.SIGTERM):
        self.dataset, self.bad, self.stop_after, self.stop_with = samples, bad, stop_after, stop_with
        torch.manual_seed(5)
        self.generator = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.2), nn.Conv2d(8, 3, 3, padding=1)
        )
        self.critic = nn.Conv2d(3, 1, 3)
        self.total = 0.0

    def models(self):
        return {"generator": self.generator, "critic": self.critic}

    def optimisers(self):
        return {
            "generator": torch.optim.Adam(self.generator.parameters()),
            "critic": torch.optim.SGD(self.critic.parameters(), momentum=0.9),
        }

    def lr(self, step):
        return warmup_cosine(step, STEPS, 1e-2, warmup=2)

    def step(self, batch, step, loop):
        painting = batch["painting"]
        if self.bad is not None and self.bad in batch["index"].tolist():
            painting = painting * float("nan")
        fake = loop.models["generator"](painting + 0.1 * torch.randn_like(painting))
        critic = loop.models["critic"]
        d = hinge_d(critic(painting), critic(fake.detach()))
        loop.optimise("critic", d)
        l1 = F.l1_loss(fake, painting)
        g = l1 + 0.1 * hinge_g(critic(fake))
        norm = loop.optimise("generator", g, clip=1.0)
        self.total += float(g.detach())
        if step + 1 == self.stop_after:
            for worker in multiprocessing.active_children():  # a signal to the whole group reaches them as well
                os.kill(worker.pid, self.stop_with)
            os.kill(os.getpid(), self.stop_with)
        return {"d": d, "g": g, "l1": l1, "norm": norm}

    def save(self, folder):
        save_model(folder, self.stage, {}, self.generator.state_dict())

    def describe(self):
        return {"kind": "denoise"}

    def state(self):
        return {"total": self.total}

    def load_state(self, state):
        self.total = state["total"]


@pytest.fixture(scope="module")
def crops():
    torch.set_num_threads(1)
    return Crops()


def settings(out, **more):
    return RunConfig(**{"out": out, "steps": STEPS, "batch": 3, "log_every": 3, "save_every": 4, "quiet": True} | more)


@pytest.fixture(scope="module")
def whole(crops, tmp_path_factory):
    """A run without interruption."""
    out = tmp_path_factory.mktemp("whole")
    assert fit(Denoise(crops), settings(out)).reason == "done"
    return out


def test_run_writes_what_it_promises(whole):
    assert [row["step"] for row in lines(whole)] == [3, 6, 8]
    assert set(lines(whole)[0]) == {"step", "lr", "d", "g", "l1", "norm"}
    assert [f.name for f in checkpoint_folders(whole)] == ["step-00000008", "step-00000004"]
    assert json.loads((whole / "run.json").read_text())["run"]["seed"] == 0
    _, state = load_model(whole, "segment")
    assert_same(state, newest(whole)["ema"]["shadow"])


def test_learns(crops, tmp_path):
    fit(Denoise(crops), settings(tmp_path, steps=60, log_every=20, save_every=100))
    first, _, last = lines(tmp_path)
    assert last["l1"] < 0.8 * first["l1"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_resume_after_a_signal_equals_the_uninterrupted_run(crops, whole, tmp_path, number, code):
    before = signal.getsignal(number)
    stopped = fit(Denoise(crops, stop_after=5, stop_with=number), settings(tmp_path))
    assert (stopped.step, stopped.exit_code) == (5, code)
    assert signal.getsignal(number) is before
    # Weights that start elsewhere must not matter: everything comes from the checkpoint.
    again = Denoise(crops)
    nn.init.constant_(again.critic.weight, 3.0)
    assert fit(again, settings(tmp_path)).step == STEPS
    assert_same(newest(tmp_path), newest(whole))
    assert lines(tmp_path) == lines(whole)


def test_resume_after_a_crash_repeats_the_lost_steps(crops, whole, tmp_path):
    fit(Denoise(crops, stop_after=4), settings(tmp_path))
    with (tmp_path / "log.jsonl").open("a") as file:  # steps that were logged after the checkpoint, then power loss
        file.write('{"step": 6, "seconds": 1.0, "d": 9.0}\n{"step": 7, "sec')
    left = [tmp_path / name for name in ("checkpoints/.step-00000006.ppp-half_one", ".model.ppp-half_two")]
    for folder in left:
        folder.mkdir()
    fit(Denoise(crops), settings(tmp_path))
    assert not any(folder.exists() for folder in left)
    assert lines(tmp_path) == lines(whole)
    assert_same(newest(tmp_path), newest(whole))


KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
import torch
from ppp.modules.training import checkpoint
from ppp.modules.training.loop import fit
from test_loop import Crops, Denoise, settings

def die(path):
    if "step-00000006" in str(path):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(path)

# the state is written, its hash is not
whole, checkpoint.file_sha256 = checkpoint.file_sha256, die
torch.set_num_threads(1)
fit(Denoise(Crops()), settings(Path(sys.argv[1]), save_every=2))
"""


def test_killed_inside_a_checkpoint_write(crops, whole, tmp_path):
    """At random moments, and with a real stage, tests/faults/kill_resume.py does it."""
    paths = [str(Path(__file__).parent), *sys.path]
    child = [sys.executable, "-c", KILLED_WHILE_SAVING, str(tmp_path)]
    done = subprocess.run(child, env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)}, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-500:]
    (left,) = (tmp_path / "checkpoints").glob(".step-00000006.*")
    assert [f.name for f in checkpoint_folders(tmp_path)] == ["step-00000004", "step-00000002"]
    fit(Denoise(crops), settings(tmp_path))
    assert not left.exists()
    assert_same(newest(tmp_path), newest(whole))
    assert lines(tmp_path) == lines(whole)


def test_two_trainings_in_one_folder_are_kept_apart(crops, tmp_path):
    class Nosy(Denoise):
        def step(self, batch, step, loop):
            if step == 2:
                with pytest.raises(UserError, match="being trained in"):
                    fit(Denoise(crops), settings(tmp_path))
            return super().step(batch, step, loop)

    assert fit(Nosy(crops), settings(tmp_path)).step == STEPS
    assert fit(Denoise(crops), settings(tmp_path)).reason == "done"  # it is free again


def test_a_second_ctrl_c_leaves_at_once(crops, tmp_path):
    class Impatient(Denoise):
        def step(self, batch, step, loop):
            if step == 5:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)
            return super().step(batch, step, loop)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        fit(Impatient(crops), settings(tmp_path))
    assert newest(tmp_path)["step"] == 4  # neither was the step in hand finished, nor anything saved
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("full", ["checkpoint", "model"])
def test_a_full_disk_leaves_the_last_checkpoint_good(crops, whole, tmp_path, full):
    """Full is: no file may grow beyond so many bytes, fewer than the file in question has."""
    fit(Denoise(crops, stop_after=5), settings(tmp_path))
    there = [f.name for f in checkpoint_folders(tmp_path)]
    own, checkpoint = (tmp_path / "model" / "model.safetensors", checkpoint_folders(tmp_path)[0] / "state.pt")
    assert own.stat().st_size < checkpoint.stat().st_size // 2
    limit = checkpoint.stat().st_size // 2 if full == "checkpoint" else own.stat().st_size // 2

    class Room(Denoise):
        def save(self, folder):  # called when the checkpoint is written already
            if full == "model":
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
            super().save(folder)

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        if full == "checkpoint":
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        with pytest.raises(PPPError, match="state after step 8 could not be written") as caught:
            fit(Room(crops), settings(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert os.strerror(errno.EFBIG) in caught.value.why
    if full == "checkpoint":
        assert [f.name for f in checkpoint_folders(tmp_path)] == there
    load_model(tmp_path, "segment")  # the model from before is whole
    fit(Denoise(crops), settings(tmp_path))
    assert_same(newest(tmp_path), newest(whole))
    assert lines(tmp_path) == lines(whole)


def test_workers_do_not_change_the_run(crops, whole, tmp_path):
    stopped = fit(Denoise(crops, stop_after=5), settings(tmp_path, workers=2))
    assert (stopped.step, stopped.reason) == (5, "SIGTERM")
    fit(Denoise(crops), settings(tmp_path, workers=2))
    assert lines(tmp_path) == lines(whole)
    assert_same(newest(tmp_path), newest(whole))


def test_workers_are_not_sent_the_models(crops, tmp_path):
    task = Denoise(crops)
    task.layers = [torch.zeros(1) for _ in range(300)]  # more than can be handed to another process, as MobileNetV2's
    assert next(make_batches(task, settings(tmp_path, workers=1), 0))["index"].numel()


@pytest.mark.parametrize("damage", ["bytes", "no hashes", "empty"])
def test_damaged_checkpoint_falls_back_and_says_so(crops, whole, tmp_path, capsys, damage):
    fit(Denoise(crops, stop_after=7), settings(tmp_path))
    folder = checkpoint_folders(tmp_path)[0]
    if damage == "bytes":
        data = bytearray((folder / "state.pt").read_bytes())
        data[len(data) // 2] ^= 1
        (folder / "state.pt").write_bytes(bytes(data))
    elif damage == "empty":
        (folder / "state.pt").write_bytes(b"")
    else:
        (folder / "hashes.json").unlink()
    fit(Denoise(crops), settings(tmp_path))
    assert "step-00000007 is damaged" in capsys.readouterr().err
    assert_same(newest(tmp_path), newest(whole))
    assert lines(tmp_path) == lines(whole)


def test_all_checkpoints_damaged_is_an_error(crops, tmp_path):
    fit(Denoise(crops, stop_after=5), settings(tmp_path))
    for folder in checkpoint_folders(tmp_path):
        (folder / "state.pt").write_bytes(b"nothing")
    with pytest.raises(UserError, match="all 2 are damaged"):
        fit(Denoise(crops), settings(tmp_path))


def test_nan_stops_before_any_weight_changes_and_names_the_batch(crops, tmp_path):
    bad = int(epoch_order(0, 0, len(crops))[4])  # comes in the second batch of three
    task = Denoise(crops, bad=bad)
    with pytest.raises(NotFinite) as caught:
        fit(task, settings(tmp_path, save_every=1))
    assert caught.value.what == "training stopped at step 1: the loss of critic is nan"
    assert f"crop {bad}" in caught.value.why and "epoch 0" in caught.value.why
    state = newest(tmp_path)
    assert state["step"] == 1  # the checkpoint of the step before is the newest
    assert_same(dict(task.critic.state_dict()), dict(state["models"]["critic"]))
    assert all(torch.isfinite(p).all() for p in task.critic.parameters())


def test_infinite_logged_number_stops_too(crops, tmp_path):
    class Odd(Denoise):
        def step(self, batch, step, loop):
            return {**super().step(batch, step, loop), "odd": float("inf")}

    with pytest.raises(NotFinite, match="odd is inf"):
        fit(Odd(crops), settings(tmp_path))


def test_other_settings_are_not_continued(crops, whole):
    with pytest.raises(UserError, match="different: batch, seed"):
        fit(Denoise(crops), settings(whole, seed=1, batch=2))
    with pytest.raises(UserError, match="already holds a run"):
        fit(Denoise(crops), settings(whole, resume="never"))


def test_zero_steps_write_an_untrained_model(crops, tmp_path):
    task = Denoise(crops)
    assert fit(task, settings(tmp_path, steps=0)).step == 0
    _, state = load_model(tmp_path, "segment")
    assert_same(state, dict(task.generator.state_dict()))


def test_time_budget_stops_and_saves(crops, tmp_path):
    outcome = fit(Denoise(crops), settings(tmp_path, minutes=1e-9))
    assert (outcome.step, outcome.reason, outcome.exit_code) == (1, "minutes", 0)
    assert newest(tmp_path)["step"] == 1


@pytest.mark.parametrize(
    ("option", "value"), [("steps", -1), ("batch", 0), ("precision", "8"), ("resume", "yes"), ("ema_decay", 1.0)]
)
def test_run_config_names_the_option(tmp_path, option, value):
    with pytest.raises(UserError, match="--" + option.removesuffix("_decay")):
        settings(tmp_path, **{option: value})


def test_unknown_device_is_an_error_of_the_user(crops, tmp_path):
    with pytest.raises(UserError, match="--device tpu"):
        fit(Denoise(crops), settings(tmp_path, device="tpu"))
