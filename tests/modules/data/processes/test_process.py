"""Reading processes: records without labels, cuts, degrees set by hand, and how they all reach training."""

import json

import numpy as np
import pytest
from recorded import edit, recorded, simulated
from scenes import head

from ppp.modules.data.processes.pairs import INTERVALS, all_pairs, sequence_window
from ppp.modules.data.processes.process import Process, find_processes, join_steps, unique_process_names
from ppp.modules.data.processes.sampler import DegreeBalance, pair_degrees
from ppp.modules.degree import MODES, measure
from ppp.modules.frames.dataset import SequenceDataset
from ppp.modules.frames.train import task
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.training.settings import RunConfig

HAIR, FACE = PORTRAIT.index("hair"), PORTRAIT.index("face")


def test_a_record_without_labels_is_refused_with_what_to_do(tmp_path):
    folder = recorded(tmp_path / "film")
    process = Process(folder)
    assert not process.labelled and not process.begins_bare and len(process.frame_paths) == 12
    for use in (process.labels, lambda: find_processes([tmp_path], labelled=True), lambda: process.label_set):
        with pytest.raises(UserError, match="ppp data label"):
            use()
    run = RunConfig(out=tmp_path / "run", steps=1)
    with pytest.raises(UserError, match="ppp data label"):
        task([tmp_path], {}, run)
    assert find_processes([tmp_path])[0].folder == folder  # but it can be found, to be labelled


def test_training_never_sees_a_pair_across_a_cut(tmp_path):
    process = Process(recorded(tmp_path / "film", cuts=(4, 9), labels=True))
    samples = SequenceDataset([process], steps=3, crop=32)
    drawn = [samples._draw_frames(process, None, np.random.default_rng(i)) for i in range(400)]
    pairs = {(a, b) for numbers in drawn for a, b in zip(numbers, numbers[1:], strict=False) if a != b}
    assert pairs == set(all_pairs(12, (4, 9), INTERVALS))  # every pair is drawn, and no other
    assert samples.sample(0, 0, 0)["frames"].shape == (4, 3, 32, 32)


def test_a_process_in_shreds_is_refused(tmp_path):
    process = Process(recorded(tmp_path / "film", n_frames=3, cuts=(1, 2), labels=True))
    with pytest.raises(UserError, match="cuts"):
        SequenceDataset([process]).sample(0, 0, 0)


def test_hand_set_degrees_win_and_reach_training(tmp_path):
    folder = recorded(tmp_path / "film", labels=True)
    written = {str(step): {"hair": 0.37, "face": 0.0} for step in range(1, 12)}
    (folder / "degrees.json").write_text(json.dumps(written))
    process = Process(folder)
    samples = SequenceDataset([process], steps=1, crop=32, intervals=(1,))
    others = []
    for epoch in range(12):
        got = samples.sample(0, epoch, 0)["degrees"][0]
        assert got[HAIR] == pytest.approx(0.37) and got[FACE] == 0
        others.append(got[PORTRAIT.index("background")])
    assert len(set(others)) > 3  # what nobody set is measured
    # Long steps join what was set: 1 - (1 - 0.37)^3, and nothing three times is nothing.
    edit(folder, steps=[])
    got = Process(folder).apply_manual_degrees(2, 5, np.zeros(10, np.float32), "progress")
    assert got[HAIR] == pytest.approx(1 - 0.63**3, abs=1e-5) and got[FACE] == 0


def test_a_degree_set_for_one_step_of_three_joins_the_measured_others(tmp_path):
    folder = simulated(tmp_path / "painted")
    (folder / "degrees.json").write_text(json.dumps({"4": {"background": 0.5}}))
    process = Process(folder)
    rows = process.step_degrees()
    back = PORTRAIT.index("background")
    assert rows[3, back] == 0.5
    measured = np.zeros(10, np.float32)
    joined = process.apply_manual_degrees(2, 5, measured, "progress")
    assert joined[back] == pytest.approx(1 - np.prod(1 - rows[2:5, back]), abs=1e-6)
    assert np.array_equal(process.apply_manual_degrees(5, 8, measured, "progress"), measured)
    # Steps of which nothing is known in this mode leave the pair as it was measured.
    assert np.array_equal(process.apply_manual_degrees(2, 5, measured, "area"), measured)
    assert process.apply_manual_degrees(3, 4, measured, "area")[back] == 0.5


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"0": {"hair": 0.2}}, "step 0"),
        ({"12": {"hair": 0.2}}, "step 12"),
        ({"3": {"hair": 1.2}}, "0 to 1"),
        ({"3": {"tail": 0.2}}, "tail"),
        ({"3": 0.2}, "cannot be read"),
        ([1], "cannot be read"),
        ({"x": {"hair": 0.2}}, "cannot be read"),
        ({"3": {"hair": float("nan")}}, "0 to 1"),
    ],
)
def test_wrong_hand_set_degrees_are_the_users_error(tmp_path, written, says):
    folder = simulated(tmp_path / "painted")
    (folder / "degrees.json").write_text(json.dumps(written))
    with pytest.raises(UserError, match=says):
        SequenceDataset([Process(folder)], crop=32).sample(0, 0, 0)


def test_steps_joined_are_what_is_measured_over_all_of_them(tmp_path):
    process = Process(simulated(tmp_path / "painted", n_frames=20))
    painting, labels = process.painting() / 255.0, process.labels()
    rows = process.step_degrees()
    pairs = [(a, b) for a, b in all_pairs(20) if a > 0]
    found = pair_degrees(rows, pairs)
    true = np.stack(
        [measure(process.frame(a) / 255.0, process.frame(b) / 255.0, painting, labels, 10) for a, b in pairs]
    )
    # Exact but for the least degree of touched parts, for steps that move away, and where nearly nothing is left.
    assert np.median(np.abs(found - true)) < 0.01 and np.mean(np.abs(found - true) < 0.06) > 0.9
    assert join_steps(np.array([[0.5, 0.0], [0.5, 1.0]]), "progress").tolist() == [0.75, 1.0]
    assert join_steps(np.array([[0.2], [0.4]]), "contribution")[0] == pytest.approx(0.3)


def test_step_degrees_by_mode(tmp_path):
    folder = simulated(tmp_path / "painted")
    assert Process(folder).step_degrees("area") is None
    degrees = {mode: {"hair": 0.1 * (i + 1)} for i, mode in enumerate(MODES)}
    edit(folder, steps=[{"frame": i, "by": "recorded", "degrees": degrees} for i in range(1, 12)])
    process = Process(folder)
    assert [process.step_degrees(mode)[3, HAIR] for mode in MODES] == pytest.approx([0.1, 0.2, 0.3])
    edit(folder, steps=[{"frame": i} for i in range(1, 5)])
    assert Process(folder).step_degrees() is None


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("painted")
    for seed in range(4):
        simulated(folder / f"{seed}", seed, n_frames=24)
    return find_processes([folder])


def _evenness(processes, balance) -> float:
    """Sum the distance from uniform of the degrees that training samples."""
    samples = SequenceDataset(processes, steps=3, crop=32, balance=balance)
    counts = np.zeros(5)
    for index, process in enumerate(processes):
        rows = process.step_degrees()
        table = samples._shared(index).sequences
        for epoch in range(250):
            numbers = samples._draw_frames(process, table, np.random.default_rng([epoch, index]))
            pairs = [(a, b) for a, b in zip(numbers, numbers[1:], strict=False) if a != b]
            counts += np.histogram(pair_degrees(rows, pairs), [0.03, 0.194, 0.388, 0.582, 0.776, 1.01])[0]
    return float(np.abs(counts / counts.sum() - 0.2).sum())


def test_balanced_draws_are_more_even(painted):
    balance = DegreeBalance.fit(painted)
    assert balance.weights.min() >= 1 and balance.weights.max() <= 10
    assert _evenness(painted, balance) < 0.85 * _evenness(painted, None)


def test_balanced_samples_depend_on_seed_epoch_and_index_alone(painted):
    one, other = (SequenceDataset(painted, crop=32, balance=DegreeBalance.fit(painted)) for _ in range(2))
    other.sample(0, 5, 2)  # what was drawn before does not matter
    for epoch, index in ((0, 0), (3, 2)):
        a, b = one.sample(1, epoch, index), other.sample(1, epoch, index)
        assert all(np.array_equal(a[k], b[k]) for k in a)


def test_balancing_is_the_default_but_not_the_papers(painted, tmp_path):
    run = RunConfig(out=tmp_path / "run", steps=1)
    folders = [process.folder for process in painted]
    assert task(folders, {}, run).dataset.balance is not None
    assert task(folders, {"balanced": False}, run).dataset.balance is None
    assert task(folders, {"variant": "paper"}, run).dataset.balance is None


def test_odds_are_those_of_sequences_that_exist(painted):
    balance = DegreeBalance.fit(painted, steps=2, intervals=(1, 5))
    table = balance.tabulate(painted[0])
    odds = table.odds(balance.weights)
    assert odds.sum() == pytest.approx(1) and odds.min() > 0
    assert len(odds) == len(table.sequences) == 2 * 22  # frames 1 to 22, both intervals; frame 0 is bare
    assert all(len(sequence_window(start, k, 2, 24)) == 3 for start, k in table.sequences)
    assert balance.tabulate(Process(painted[0].folder)).sequences == table.sequences


def test_records_without_degrees_are_drawn_as_they_come(tmp_path, painted):
    process = Process(recorded(tmp_path / "film", labels=True))
    balance = DegreeBalance.fit([process])
    assert balance.tabulate(process) is None and (balance.weights == 1).all()
    assert SequenceDataset([process], crop=32, balance=balance).sample(0, 0, 0)["frames"].shape == (4, 3, 32, 32)


def test_names_tell_processes_apart(tmp_path):
    def names(*paths):
        return unique_process_names([Process(tmp_path / path) for path in paths])

    assert names("a/film", "b/other") == ["film", "other"]
    assert names("x/anna/process-00", "x/bert/process-00") == ["anna/process-00", "bert/process-00"]
    assert names("x/a/p", "y/a/p") == ["x/a/p", "y/a/p"]
    assert names() == []


def test_the_tests_own_records_keep_their_pictures(tmp_path):
    painting, labels = head()
    process = Process(recorded(tmp_path / "film", labels=True))
    assert np.array_equal(process.labels(), labels) and process.plan is None
    assert np.abs(process.painting() / 255.0 - painting).max() < 0.003
