"""Plan `dataset`: degrees as they were seen, whatever the number of frames; the file that keeps them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import edit, recorded, simulated
from scenes import head

from ppp.cli.main import main
from ppp.modules.data.processes.degree_rows import MAX_ROWS, degree_rows
from ppp.modules.data.processes.process import find_processes
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.sampled import SLOTS, dataset_degrees, load_rows, resample, save_rows

CONTEXT = make_context(*head(), PORTRAIT, np.array([0.9, 0.9, 0.9], np.float32))
HAIR, EYES, FACE = (PORTRAIT.index(name) for name in ("hair", "eyes", "face"))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 9))
def test_what_is_left_does_not_depend_on_the_number_of_steps(before, after, seed):
    degrees = np.random.default_rng(seed).random((before, 3)) * 0.9 * np.array([1, 0.1, 0])
    found = resample(degrees, after)
    assert found.shape == (after, 3) and found.min() >= 0 and found.max() <= 1
    assert np.prod(1 - found.astype(np.float64), axis=0) == pytest.approx(np.prod(1 - degrees, axis=0), abs=1e-3)


def test_resampling_by_hand():
    assert resample(np.array([[0.5], [0.5]]), 1)[0, 0] == pytest.approx(0.75)
    assert resample(np.array([[0.75]]), 2)[:, 0] == pytest.approx([0.5, 0.5])
    assert resample(np.array([[1.0], [0.0]]), 2)[:, 0].tolist() == [1.0, 0.0]
    assert resample(np.array([[0.3], [0.0], [0.8]]), 3)[:, 0] == pytest.approx([0.3, 0, 0.8])


def test_degrees_are_drawn_from_those_of_about_the_same_time():
    """Hair is only painted early in this data, eyes only late: so it is in every plan."""
    times = np.repeat(np.linspace(0, 1, SLOTS), 10)
    rows = np.zeros((len(times), 11), np.float32)
    rows[:, 0] = times
    rows[times < 0.3, 1 + HAIR], rows[times > 0.6, 1 + EYES] = 0.25, 0.4
    for n_frames in (20, 40, 200):
        wanted = dataset_degrees(CONTEXT, n_frames, rows, np.random.default_rng(0))
        assert wanted.shape == (n_frames - 1, 10) and wanted[0].max() == 0
        time = np.arange(n_frames - 1) / (n_frames - 2)
        before_end = time <= 0.9
        assert wanted[time < 0.2][1:, HAIR].min() > 0 and wanted[(time > 0.4) & before_end][:, HAIR].max() == 0
        assert wanted[time < 0.5][:, EYES].max() == 0 and wanted[(time > 0.75) & before_end][:, EYES].min() > 0
        assert wanted[before_end][:, FACE].max() == 0 and (wanted[~before_end] == 1).all()
        if n_frames == 40:
            assert wanted[3, HAIR] == pytest.approx(0.25) and wanted[32, EYES] == pytest.approx(0.4)


def test_as_much_is_painted_by_the_same_time_in_any_number_of_frames():
    rows = np.column_stack([np.tile(np.linspace(0, 1, SLOTS), 4), np.full((4 * SLOTS, 10), 0.06)]).astype(np.float32)
    left = []
    for n_frames in (12, 40, 300):
        wanted = dataset_degrees(CONTEXT, n_frames, rows, np.random.default_rng(1))
        half = wanted[1 : 1 + round((n_frames - 2) / 2), HAIR]
        left.append(float(np.prod(1 - half)))
    assert left == pytest.approx([0.94**19] * 3, rel=0.12)


def test_other_parts_borrow_degrees_that_were_seen():
    painting, _ = head()
    labels = np.ones(painting.shape[:2], np.uint8)
    labels[30:] = 2
    context = make_context(painting, labels, cluster_label_set(2), np.array([0.9, 0.9, 0.9], np.float32))
    rows = np.zeros((50, 11), np.float32)
    rows[:, 0], rows[:, 1 + HAIR] = np.linspace(0, 1, 50), 0.2
    wanted = dataset_degrees(context, 40, rows, np.random.default_rng(0))
    assert wanted[5] == pytest.approx([0.2] * 3)  # of the one part that was ever painted


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for seed in range(3):
        simulated(folder / f"{seed}", seed, n_frames=20 + 10 * seed)
    return folder


def test_rows_are_what_was_measured(data):
    processes = find_processes([data])
    names, rows = degree_rows(processes[1:2])
    assert names == PORTRAIT.names and rows.shape == (SLOTS, 11)
    measured = processes[1].step_degrees()[1:]
    left = [np.prod(1 - np.minimum(d[:, FACE].astype(float), 0.9995)) for d in (rows[:, 1:], measured)]
    assert left[0] == pytest.approx(left[1], abs=0.01)
    assert rows[:, 0].tolist() == pytest.approx(np.linspace(0, 1, SLOTS).tolist())
    _, few = degree_rows(processes * 10)
    assert len(few) == MAX_ROWS and len(np.unique(few[:, 0])) == SLOTS  # every moment is among them
    assert np.array_equal(few, degree_rows(processes * 10)[1])


def test_degrees_set_by_hand_count(data, tmp_path):
    folder = simulated(tmp_path / "one", 0, n_frames=40)
    (folder / "degrees.json").write_text(json.dumps({str(step): {"mouth": 0.123} for step in range(1, 40)}))
    _, rows = degree_rows(find_processes([folder]))
    assert rows[:, 1 + PORTRAIT.index("mouth")] == pytest.approx(np.full(SLOTS, 0.123))


def test_records_nobody_labelled_have_no_rows(tmp_path):
    recorded(tmp_path / "film")
    edit(recorded(tmp_path / "other", labels=True), steps=[])
    assert len(degree_rows(find_processes([tmp_path]))[1]) == 0


def test_the_file_keeps_them(data, tmp_path):
    names, rows = degree_rows(find_processes([data]))
    path = tmp_path / "degrees.json"
    save_rows(path, names, rows)
    assert load_rows(path) == pytest.approx(rows, abs=1e-4)
    order = list(reversed(range(10)))
    save_rows(path, [names[i] for i in order], rows[:, [0, *(1 + i for i in order)]])
    assert load_rows(path) == pytest.approx(rows, abs=1e-4)  # by name, not by place
    plan = make_plan("dataset", *head(), PORTRAIT, 30, 1, degree_rows=load_rows(path))
    assert plan.degrees.shape == (29, 10) and plan.degrees.max() > 0


def test_a_file_of_today_is_read_tomorrow(tmp_path):
    path = tmp_path / "degrees.json"
    path.write_text(
        '{"schema": 1, "kind": "degrees", "slots": 38, "parts": ["a", "b"], "rows": [[0, 0.5, 1], [1, 0, 0.25]]}'
    )
    assert load_rows(path).tolist() == [[0, 0.5, 1], [1, 0, 0.25]]
    save_rows(path, ["a"], np.array([[0.5, 0.25]]))
    assert json.loads(path.read_text()) == {
        "schema": 1, "kind": "degrees", "slots": 38, "parts": ["a"], "rows": [[0.5, 0.25]]
    }  # fmt: skip
    for wrong in ('{"kind": "degrees", "schema": 2, "parts": ["a"], "rows": [[0, 1]]}', '{"kind": "x", "schema": 1}'):
        path.write_text(wrong)
        with pytest.raises(UserError, match="does not hold degrees, or is from a newer ppp"):
            load_rows(path)


@pytest.mark.filterwarnings("error")
def test_few_frames_are_drawn_like_many():
    rows = np.column_stack([np.linspace(0, 1, 60), np.full((60, 10), 0.2)]).astype(np.float32)
    two, three = (dataset_degrees(CONTEXT, n, rows, np.random.default_rng(0)) for n in (2, 3))
    assert two.shape == (1, 10) and two.max() == 0, "the first frame is the artist's"
    assert three.shape == (2, 10) and three[0].max() == 0 and (three[1] == 1).all()


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        "[]",
        '{"kind": "other", "schema": 1}',
        '{"kind": "degrees", "schema": 1, "parts": ["a"], "rows": []}',
        '{"kind": "degrees", "schema": 1, "parts": ["a"], "rows": [[0, 0.5, 0.5]]}',
        '{"kind": "degrees", "schema": 1, "parts": ["a"], "rows": [[0, 1.5]]}',
        '{"kind": "degrees", "schema": 1, "parts": ["a"], "rows": [[0, NaN]]}',
    ],
)
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "degrees.json"
    path.write_text(content)
    with pytest.raises(UserError, match="ppp data check|do not fit|0 to 1"):
        load_rows(path)
    with pytest.raises(UserError, match="ppp data check"):
        load_rows(tmp_path / "none.json")


def test_run_paints_by_a_file_of_degrees(data, tmp_path, tiny_pipeline, capsys):
    import cv2

    painting, _ = head()
    cv2.imwrite(str(tmp_path / "a.png"), (painting[..., ::-1] * 255).round().astype(np.uint8))
    save_rows(tmp_path / "degrees.json", *degree_rows(find_processes([data])))
    command = ["run", str(tmp_path / "a.png"), "--weights", str(tiny_pipeline), "--frames", "6", "--quiet"]
    out = tmp_path / "out"
    assert main([*command, "-o", str(out), "--plan", f"dataset={tmp_path / 'degrees.json'}"]) == 0
    assert json.loads((out / "process.json").read_text())["plan"]["name"] == "dataset"
    assert main([*command, "-o", str(tmp_path / "no"), "--plan", "dataset"]) == 2  # the untrained model has seen none
    assert "dataset=FILE" in capsys.readouterr().err
    assert main([*command, "-o", str(tmp_path / "no"), "--plan", "dataset=nothing.json"]) == 2
    assert not (tmp_path / "no").exists()
