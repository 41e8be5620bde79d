"""The simulated painter: it ends with the painting, in whole strokes, locally, and two hands differ."""

import json

import numpy as np
import pytest
from scenes import head

from ppp.modules.brush import bare_ground
from ppp.modules.data.processes.process import find_processes
from ppp.modules.data.synthetic.painter import first_frame, simulate
from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.frames.dataset import SequenceDataset
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import HABITS, make_plan
from ppp.modules.plans.plan import UNSPECIFIED
from ppp.modules.plans.spec import STARTS


@pytest.mark.parametrize("habit", HABITS)
def test_a_process(habit):
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 30, 4, habit=habit)
    frames = list(simulate(painting, labels, PORTRAIT, 30, 4, plan))
    assert len(frames) == 30
    assert np.abs(frames[0] - np.array(plan.bare, np.float32)).max() < 0.05, "the bare surface, with its grain"
    assert np.array_equal(frames[-1], painting)
    assert all(f.dtype == np.float32 and f.min() >= 0 and f.max() <= 1 for f in frames)
    changed = [float((np.abs(b - a).max(axis=2) > 0.05).mean()) for a, b in zip(frames[1:], frames[2:], strict=False)]
    assert np.mean(np.array(changed) < 0.35) > 0.8  # people work locally
    errors = [float(np.abs(f - painting).mean()) for f in frames[1:]]
    assert np.mean(np.diff(errors) <= 1e-6) > 0.8


@pytest.mark.parametrize("habit", HABITS)
def test_something_is_done_in_every_step(habit):
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 30, 4, habit=habit)
    frames = list(simulate(painting, labels, PORTRAIT, 30, 4, plan))
    changed = [float((np.abs(b - a).max(axis=2) > 0.05).mean()) for a, b in zip(frames[1:], frames[2:], strict=False)]
    assert np.mean(np.array(changed) < 0.002) < 0.2


def test_paint_is_opaque():
    painting, labels = head()
    frames = np.stack(list(simulate(painting, labels, PORTRAIT, 40, 2)))
    change = np.abs(np.diff(frames[1:], axis=0)).mean(axis=3)
    biggest = change.max(axis=0) / np.maximum(change.sum(axis=0), 1e-6)
    assert biggest[change.sum(axis=0) > 0.1].mean() > 0.45


def test_same_seed_same_process_other_hand_other_process():
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 20, 1)
    one, same, other = (np.stack(list(simulate(painting, labels, PORTRAIT, 20, s, plan))) for s in (1, 1, 2))
    assert np.array_equal(one, same)
    assert np.abs(one[10] - other[10]).mean() > 0.01


@pytest.mark.parametrize("start", STARTS)
def test_first_frames(start):
    painting, labels = head()
    ground = np.array([0.6, 0.5, 0.4], np.float32)
    frames = [first_frame(painting, labels, PORTRAIT, start, ground, seed) for seed in range(6)]
    surface = ground if start == "toned" else bare_ground("canvas", ground, *labels.shape)
    bare = [(np.abs(frame - surface).max(axis=2) < 1e-4).mean() for frame in frames]
    # Some lay the first mass under all that will stand before it, the others leave most of the ground.
    low, most, high = {"toned": (1, 1, 1), "sketch": (0.5, 0.5, 0.99), "mass": (0, 0.1, 0.97), "block": (0, 0, 0.05)}[
        start
    ]
    assert min(bare) >= low and most <= np.median(bare) <= high


def test_an_unknown_start_is_refused():
    with pytest.raises(ValueError, match="toned"):
        first_frame(*head(), PORTRAIT, "glaze", (0.5, 0.5, 0.5), 0)


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    painting, labels = head()
    source = folder / "source.png"
    source.write_bytes(b"a picture")
    for seed in range(3):
        plan = make_plan("artist", painting, labels, PORTRAIT, 12, seed)
        write_simulated(folder / f"{seed}", painting, labels, PORTRAIT, plan, seed, source)
    return find_processes([folder])


def test_written_processes_read_back(processes):
    painting, labels = head()
    assert len(processes) == 3
    process = processes[0]
    assert np.array_equal(process.labels(), labels)
    assert np.abs(process.painting() / 255.0 - painting).max() <= 0.5 / 255 + 1e-6
    assert [p.name for p in process.frame_paths] == [f"{i:05d}.png" for i in range(12)]
    assert process.info["kind"] == "simulated"
    assert len(process.info["steps"]) == 11
    assert process.plan["field"].shape[0] == 11


def test_frames_are_sorted_by_number(processes, tmp_path):
    folder = tmp_path / "p"
    (folder / "frames").mkdir(parents=True)
    (folder / "process.json").write_text(json.dumps({"schema": 1, "kind": "recorded"}))
    for name in ("10", "9", "100"):
        (folder / "frames" / f"{name}.png").write_bytes(b"")
    assert [p.stem for p in find_processes([tmp_path])[0].frame_paths] == ["9", "10", "100"]


def test_sequences(processes):
    samples = SequenceDataset(processes, steps=3, crop=48)
    one, same, other = samples.sample(0, 0, 1), samples.sample(0, 0, 1), samples.sample(0, 1, 1)
    assert one["frames"].shape == (4, 3, 48, 48)
    assert one["states"].shape[1:] == (3, 48, 48)
    assert one["degrees"].shape == (3, 256)
    assert one["field"].shape == one["finish"].shape == (3, 48, 48)
    assert all(np.array_equal(one[k], same[k]) for k in one)
    assert not np.array_equal(one["frames"], other["frames"])
    assert one["frames"].min() >= 0
    assert one["frames"].max() <= 1


def test_every_interval_starts_anywhere_and_the_end_is_appended(processes):
    samples = SequenceDataset(processes, steps=3, crop=48)
    found = [samples._draw_frames(processes[0], None, np.random.default_rng(i)) for i in range(300)]
    steps = {b - a for numbers in found for a, b in zip(numbers, numbers[1:], strict=False) if b != 11}
    assert steps == {1, 3, 5}
    assert {numbers[0] for numbers in found} >= set(range(1, 11))
    assert any(11 in numbers and numbers[0] + 5 > 11 for numbers in found)


def test_the_field_says_where_paint_goes(processes):
    samples = SequenceDataset(processes, steps=1, crop=64, augment=False, intervals=(1,))
    inside, outside = [], []
    for index in range(3):
        for epoch in range(6):
            got = samples.sample(0, epoch, index)
            changed = np.abs(got["frames"][1] - got["frames"][0]).max(axis=0) > 0.05
            inside.append(changed[got["field"][0] > 0.9])  # empty when the step works elsewhere
            outside.append(changed[got["field"][0] < 0.01])  # empty in the last look over everything
    assert np.concatenate(inside).mean() > 0.4
    assert np.concatenate(outside).mean() < 0.12


def test_recorded_processes_get_a_field_from_what_changed(processes):
    process = processes[0]
    process.__dict__["plan"] = None
    try:
        got = SequenceDataset([process], steps=1, crop=64).sample(0, 3, 0)
        assert (got["finish"] == UNSPECIFIED).all()
        assert got["field"].max() > 0
    finally:
        del process.__dict__["plan"]


def test_no_processes_is_the_users_fault(tmp_path):
    with pytest.raises(UserError, match="no painting processes"):
        find_processes([tmp_path])
