"""The block `simulate`: a plan carried out in strokes, in every medium; and `--medium` on the command line."""

import json
from itertools import islice

import numpy as np
import pytest
from PIL import Image
from scenes import head, save_head

from ppp.cli.main import main
from ppp.modules.brush import draw_strokes
from ppp.modules.brush.media import MEDIA
from ppp.modules.brush.media.detect import detect_medium
from ppp.modules.brush.pass_layout import bare_canvas
from ppp.modules.data.synthetic.painter import SimulatedPainter
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.modules.plans.edits import Skip
from ppp.pipeline.pipeline import Pipeline

N = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with painting.png and labels.png."""
    folder = tmp_path_factory.mktemp("brush")
    save_head(folder)
    return folder


def paint(folder, medium=None, **options):
    pipeline = Pipeline.from_pretrained("portrait", frames="simulate", device="cpu")
    return pipeline(
        folder / "painting.png",
        options.pop("n_frames", N),
        segmentation=folder / "labels.png",
        medium=medium,
        **options,
    )


@pytest.fixture(scope="module")
def painted(place):
    """Each medium's time lapse, and its frames."""
    lapses = {medium: paint(place, medium) for medium in MEDIA}
    return {medium: (lapse, np.stack(list(lapse))) for medium, lapse in lapses.items()}


@pytest.mark.parametrize("medium", MEDIA)
def test_a_medium_paints_the_painting(painted, medium):
    lapse, frames = painted[medium]
    assert len(frames) == N and lapse.plan.habit in MEDIA[medium].habits
    assert frames.min() >= 0 and frames.max() <= 1
    np.testing.assert_array_equal(frames[-1], lapse.picture.rgb)
    assert lapse.process["closing"] == "input" and {step["by"] for step in lapse.process["steps"]} == {"simulate"}
    far = np.abs(frames - lapse.picture.rgb).mean(axis=(1, 2, 3))
    assert far[-1] < far[N // 2] < far[1]


@pytest.mark.parametrize("medium", ["oil", "watercolour"])
def test_its_strokes_make_each_frame_of_the_one_before(painted, medium):
    """But for the step that closes the picture, and small sizes, where strokes of several passes at once differ."""
    lapse, frames = painted[medium]
    states = list(lapse.states())
    assert states[0][1] is None and all(strokes is not None for _, strokes in states[1:])
    assert sum(len(strokes) for _, strokes in states[1:]) > 100
    for number in range(2, N - 1):
        strokes, canvas = states[number][1], frames[number - 1].copy()
        assert set(strokes.step) <= {number}
        draw_strokes(canvas, strokes, painting=lapse.picture.rgb)
        assert np.abs(canvas - frames[number]).mean() < 1.6 / 255


def test_media_and_seeds_differ_and_equal_runs_do_not(place, painted):
    states = [frames[N // 2] for _, frames in painted.values()]
    states.append(np.stack(list(islice(paint(place, "oil", seed=2), N // 2 + 1)))[-1])
    assert all(np.abs(a - b).mean() > 0.01 for i, a in enumerate(states) for b in states[:i])
    again = np.stack(list(islice(painted["watercolour"][0], N // 2)))
    np.testing.assert_array_equal(again, painted["watercolour"][1][: N // 2])


def test_skipped_parts_are_left_alone(place):
    lapse = paint(place, "digital", edits=[Skip("clothes")], n_frames=4)
    clothes = lapse.parts.labels == PORTRAIT.index("clothes")
    states = list(lapse.states())
    assert all(strokes is not None for _, strokes in states[1:]), "strokes travel on beside pixels that are put back"
    frames = [frame for frame, _ in states]
    for frame in frames[2:]:
        np.testing.assert_array_equal(frame[clothes], frames[1][clothes])


def test_the_brush_stays_near_the_parts_that_a_step_works_on():
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 12, 0, habit="objects", medium="oil")
    painter = SimulatedPainter(painting, labels, PORTRAIT, plan, 0)
    canvas, strayed = bare_canvas(plan, *labels.shape), []
    for number in range(1, plan.n_frames):
        after, _ = painter.paint_step(canvas, number)
        if number > 1:
            degrees = plan.degrees[number - 1]
            idle = np.isin(labels, np.flatnonzero(degrees == 0))
            touched = (np.abs(after - canvas).max(axis=2) > 0.05) & idle
            strayed.append(touched.sum() / max(idle.sum(), 1))
        canvas = after
    assert np.mean(strayed) < 0.02


@pytest.mark.parametrize("medium", ["oil", "digital"])
def test_a_process_goes_on_with_its_strokes(medium):
    """In the middle of a pass, too: what is laid does not depend on the step in which somebody began."""
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 12, 0, habit="masses", medium=medium)
    middle = next(i for i in range(4, 12) if any(piece.begin > 0 for piece in plan.slices[i - 1]))
    canvas, one = bare_canvas(plan, *labels.shape), SimulatedPainter(painting, labels, PORTRAIT, plan, 0)
    for number in range(1, middle):
        canvas, _ = one.paint_step(canvas, number)
    other = SimulatedPainter(painting, labels, PORTRAIT, plan, 0)
    (canvas, strokes), (again, same) = one.paint_step(canvas, middle), other.paint_step(canvas, middle)
    np.testing.assert_array_equal(canvas, again)
    assert strokes == same


def test_the_medium_is_seen_from_the_painting(place, painted):
    lapse = paint(place)
    assert lapse.plan.medium == detect_medium(lapse.picture.rgb)
    expected = painted[lapse.plan.medium][1]
    np.testing.assert_array_equal(np.stack(list(islice(lapse, 3))), expected[:3])
    requested = list(islice(paint(place, "ink"), 3))
    np.testing.assert_array_equal(np.stack(requested), painted["ink"][1][:3])


def test_a_canvas_is_continued(place, tmp_path):
    painting, _ = head()
    canvas = (painting * 255).round().astype(np.uint8)
    canvas[:, 40:] = 200
    Image.fromarray(canvas).save(tmp_path / "canvas.png")
    frames = list(paint(place, "digital", canvas=tmp_path / "canvas.png", n_frames=4))
    np.testing.assert_allclose(frames[0], canvas / np.float32(255), atol=1e-6)
    np.testing.assert_array_equal(frames[-1], np.asarray(Image.open(place / "painting.png")) / np.float32(255))


def test_medium_on_the_command_line(place, tmp_path, capsys):
    fixed = [str(place / "painting.png"), "--segmentation", str(place / "labels.png"), "--frames", "4", "-q"]
    assert main(["run", *fixed, "--medium", "watercolour", "-o", str(tmp_path / "a")]) == 0
    manifest = json.loads((tmp_path / "a" / "process.json").read_text())
    assert manifest["plan"]["recipe"]["habit"] == "watercolour"
    assert main(["replay", str(tmp_path / "a" / "process.json"), "-o", str(tmp_path / "b"), "-q"]) == 0
    for frame in (tmp_path / "a" / "frames").iterdir():
        assert frame.read_bytes() == (tmp_path / "b" / "frames" / frame.name).read_bytes()
    capsys.readouterr()
    assert main(["plan", fixed[0], *fixed[1:3], "--medium", "INK", "-q"]) == 0
    assert 'habit = "lineart"' in capsys.readouterr().out
    assert main(["run", *fixed, "--medium", "watercolr", "-o", str(tmp_path / "c")]) == 2
    said = capsys.readouterr().err
    assert "watercolr" in said and "Did you mean" in said and all(name in said for name in MEDIA)
    assert main(["run", *fixed, "--finish", "burnish", "-o", str(tmp_path / "c")]) == 2
    assert "painting, brush" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("medium", MEDIA)
def test_the_brush_may_have_the_last_word(place, painted, medium):
    """No pixel is pasted then: the end is near the painting, and shows how it was made."""
    lapse = paint(place, medium, ending="brush")
    frames = np.stack(list(lapse))
    assert lapse.process["closing"] == "model"
    left = np.abs(frames - lapse.picture.rgb).mean(axis=(1, 2, 3))
    assert 0.002 < left[-1] < 0.4 * left[0]
    assert (frames[-1] != lapse.picture.rgb).any(axis=2).mean() > 0.5
    np.testing.assert_array_equal(frames[0], painted[medium][1][0])
