"""Figures of a process against values by hand; and baselines that must lose where they are no painters."""

import numpy as np
import pytest

from ppp.modules.data.synthetic.painter import simulate
from ppp.modules.degree import measure
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.pipeline import frame_arrays
from ppp.pipeline.evaluation import metrics


@pytest.fixture(scope="module")
def figures(scene, plan, processes):
    painting, labels = scene
    return {
        name: metrics.score_process(frames, painting, labels, len(PORTRAIT), plan.degrees)
        for name, frames in processes.items()
    }


def test_a_process_against_itself_is_perfect(scene, processes):
    painting, _ = scene
    painted = processes["simulate"]
    assert metrics.final_frame_metrics(painting, painting) == pytest.approx(
        {"end_psnr": metrics.MAX_PSNR, "end_l1": 0, "end_ssim": 1}
    )
    requested = np.stack(
        [measure(a, b, painting, scene[1], len(PORTRAIT)) for a, b in zip(painted[:-1], painted[1:], strict=True)]
    )
    found = metrics.plan_adherence_metrics(painted, painting, scene[1], len(PORTRAIT), requested)
    assert found["obey_spearman"] == pytest.approx(1)
    assert found["obey_mae"] == found["obey_mae_asked"] == 0
    assert found["leakage"] < 0.02


def test_the_simulated_painter_passes(figures):
    found = figures["simulate"]
    assert found["valid"] == 1 and found["collapsed"] == 0
    assert found["end_psnr"] == metrics.MAX_PSNR
    assert found["foreign"] == 0 and found["cast"] < 0.05


def test_a_crossfade_loses_on_opacity_and_locality(figures):
    fade, painted = figures["crossfade"], figures["simulate"]
    assert fade["opacity"] == pytest.approx(0.1, abs=0.01)
    assert painted["opacity"] > fade["opacity"] + 0.25
    assert fade["per_tenth"] > painted["per_tenth"] + 0.2


def test_partfade_loses_on_outlines_and_dead_steps(figures):
    fade, painted = figures["partfade"], figures["simulate"]
    assert fade["outlines"] > painted["outlines"] + 0.1
    assert fade["dead"] > painted["dead"] + 0.1


def test_shuffled_frames_lose_on_order_and_undo(figures):
    shuffled, painted = figures["shuffled"], figures["simulate"]
    assert shuffled["not_away"] < 0.7 < 0.85 < painted["not_away"]
    assert shuffled["undone"] > painted["undone"] + 0.3


def strokes(n: int = 11) -> tuple[np.ndarray, np.ndarray]:
    """A canvas of white that gets one full-height stripe of black per step: everything about it is known."""
    painting = np.zeros((20, 10 * (n - 1), 3), np.float32)
    frames = np.ones((n, *painting.shape), np.float32)
    for i in range(1, n):
        frames[i:, :, 10 * (i - 1) : 10 * i] = 0
    return frames, painting


def test_stripes_by_hand():
    frames, painting = strokes()
    curve = frame_arrays.distance_curve(frames, painting)
    np.testing.assert_allclose(curve, np.linspace(1, 0, 11), atol=1e-6)
    assert metrics.monotone_share(curve) == 1 and metrics.peak_over_start(curve) == 1
    assert metrics.dead_steps(frames) == 0 and metrics.undone(frames, painting) == 0
    assert metrics.changed_per_tenth(frames) == pytest.approx(0.1)
    assert metrics.changed_per_step(frames) == pytest.approx(0.1)
    assert metrics.opacity(frames) == 1
    # Frames that repeat are dead steps; the tenths then hold the same change
    twice = np.repeat(frames, 2, axis=0)
    assert metrics.dead_steps(twice) == pytest.approx(11 / 21)
    assert metrics.monotone_share(frame_arrays.distance_curve(twice, painting)) == 1


def test_undone_counts_painted_pixels_that_were_final_and_left():
    frames, painting = strokes()
    frames[5, :, :5] = 0.5  # left again, and restored
    assert metrics.undone(frames, painting) == pytest.approx(0.05)
    frames[5, :, :5] = 0.09  # within the tolerance
    assert metrics.undone(frames, painting) == 0
    lucky = np.zeros_like(frames)  # the canvas already has the colour: nobody painted it
    lucky[3] = 1
    assert metrics.undone(lucky, painting) == 0


def test_collapse_and_moving_away():
    frames, painting = strokes()
    frames[4] = frames[3]
    frames[4, :, :20] = 1
    curve = frame_arrays.distance_curve(frames, painting)
    assert metrics.monotone_share(curve) == pytest.approx(0.9)
    black, white = np.zeros((2, 8, 8, 3), np.float32), np.ones((8, 8, 3), np.float32)
    black[0] = 0.2
    assert metrics.peak_over_start(frame_arrays.distance_curve(black, white)) == pytest.approx(1 / 0.8)
    labels = np.zeros((8, 8), np.uint8)
    assert metrics.score_process(black, white, labels, 1)["collapsed"] == 1


def test_outlines_by_hand():
    frames, _ = strokes()
    labels = np.zeros((20, 100), np.uint8)
    labels[:, 50:] = 1
    found = metrics.outline_metrics(frames, labels)
    # Nine outlines between ten stripes, each drawn twice (end of one, start of the next); one is the parts' own.
    assert found["outlines"] == pytest.approx(2 / 18)
    assert found["outlines_chance"] == pytest.approx(6 / 100)
    every = np.repeat(np.arange(10), 10)[None].repeat(20, 0).astype(np.uint8)
    assert metrics.outline_metrics(frames, every)["outlines"] == 1
    assert np.isnan(metrics.outline_metrics(np.ones((3, 9, 9, 3), np.float32), np.zeros((9, 9), np.uint8))["outlines"])


def test_obedience_by_hand():
    painting = np.zeros((10, 20, 3), np.float32)
    labels = np.zeros((10, 20), np.uint8)
    labels[:, 10:] = 1
    frames = np.ones((4, 10, 20, 3), np.float32)
    frames[2:, :5, :10] = 0  # step 2: half of part 0
    frames[3:, :, :10] = 0  # step 3: the rest of part 0
    frames[3:, 0, 10:] = 0  # ... and a tenth of part 1, which nobody requested for
    requested = np.array([[0.9, 0.9, 0.3], [0.4, 0, 0], [1.0, 0, 0]], np.float32)
    found = metrics.plan_adherence_metrics(frames, painting, labels, 3, requested)
    # pairs: (.4, .5) (0, 0) (1, 1) (0, .1); row 0 and the class without pixels do not count
    assert found["obey_mae"] == pytest.approx((0.1 + 0 + 0 + 0.1) / 4)
    assert found["obey_mae_asked"] == pytest.approx(0.05)
    assert found["obey_spearman"] == pytest.approx(0.9486833)
    assert found["leakage"] == pytest.approx(10 / 200)
    with pytest.raises(ValueError, match="requested must be"):
        metrics.plan_adherence_metrics(frames, painting, labels, 3, requested[:2])
    done = metrics.plan_adherence_metrics(np.zeros_like(frames), painting, labels, 3, requested)
    assert np.isnan(done["obey_spearman"]) and np.isnan(done["obey_mae"]), "finished parts do not count"


def test_colours_that_come_from_nowhere(scene, processes):
    painting, labels = scene
    painted = processes["simulate"]
    args = (painting, labels, len(PORTRAIT))
    assert metrics.out_of_gamut(painted, painting) == 0
    tinted = painted.copy()
    tinted[20, :, :40, 2] = np.clip(tinted[20, :, :40, 2] + 0.5, 0, 1)  # a blue veil over the left half
    assert metrics.out_of_gamut(tinted, painting) > 0.3
    assert metrics.colour_cast(tinted, *args) > metrics.colour_cast(painted, *args) + 0.05
    # Green exists in this picture, so the hull allows it; in the hair it is a cast.
    green = painted.copy()
    hair = labels == PORTRAIT.index("face")
    green[20][hair] = (0.25, 0.5, 0.1)
    assert metrics.colour_cast(green, *args) > 0.1
    grey = np.linspace(0, 1, 3 * 64, dtype=np.float32).reshape(3, 8, 8, 1).repeat(3, 3)
    assert metrics.out_of_gamut(grey, grey[-1]) == 0
    flat = np.full((3, 8, 8, 3), 0.5, np.float32)
    assert metrics.out_of_gamut(flat, flat[0]) == 0


def test_bad_frames_are_told_apart(scene):
    painting, labels = scene
    frames = np.stack([np.ones_like(painting), painting])
    assert metrics.is_valid(frames)
    for value in (np.nan, np.inf, -0.01, 1.01):
        bad = frames.copy()
        bad[1, 0, 0, 0] = value
        assert not metrics.is_valid(bad)
        assert metrics.score_process(bad, painting, labels, len(PORTRAIT))["valid"] == 0
    bytes_in = (frames * 255).round().astype(np.uint8)
    np.testing.assert_allclose(frame_arrays.as_frames(iter(bytes_in)), frames, atol=0.002)
    for wrong in ([painting], [painting[..., 0], painting[..., 0]]):
        with pytest.raises(ValueError, match="two frames"):
            frame_arrays.as_frames(wrong)


def test_metrics_of_the_last_frame_by_hand():
    painting = np.full((16, 16, 3), 0.5, np.float32)
    found = metrics.final_frame_metrics(painting + 0.1, painting)
    assert found["end_psnr"] == pytest.approx(20, abs=1e-3) and found["end_l1"] == pytest.approx(0.1)
    assert "end_ssim" not in metrics.final_frame_metrics(painting[:4], painting[:4])


def test_intersection_over_union_adds_up_over_pictures():
    truth, found = np.array([[0, 0, 1, 1]]), np.array([[0, 1, 1, 2]])
    counts = metrics.intersection_and_union(found, truth, 3)
    assert counts.tolist() == [[1, 2], [1, 3], [0, 1]]
    assert (counts + counts)[1, 0] / (counts + counts)[1, 1] == pytest.approx(1 / 3)


def test_parts_in_the_planned_order_and_in_another():
    """Three stripes: planned one after the other; painted so, the other way round, and all at once."""
    labels = np.repeat(np.arange(3), 4)[None].repeat(8, 0).astype(np.uint8)
    painting = np.zeros((8, 12, 3), np.float32)
    requested = np.eye(3, dtype=np.float32)

    def painted(order) -> np.ndarray:
        frames = np.ones((4, *painting.shape), np.float32)
        for step, parts in enumerate(order, 1):
            for part in parts:
                frames[step:, :, labels[0] == part] = 0
        return frames

    args = (painting, labels, 3)
    assert metrics.part_order_tau(painted([[0], [1], [2]]), *args, requested) == pytest.approx(1)
    assert metrics.part_order_tau(painted([[2], [1], [0]]), *args, requested) == pytest.approx(-1)
    assert metrics.part_order_tau(painted([[], [], [0, 1, 2]]), *args, requested) == 0
    halves = np.array([[0.95, 0.5, 0], [0, 0.5, 0], [0, 0, 0.5]])  # never quite finished: the last request counts
    assert metrics.part_order_tau(painted([[0], [1], [2]]), *args, halves) == pytest.approx(1)
    one = np.eye(3)[[0, 0, 0]]
    assert np.isnan(metrics.part_order_tau(painted([[0], [1], [2]]), *args, one)), "one part has no order"


@pytest.mark.parametrize("habit", ["objects", "lineart", "masses", "watercolour"])
def test_painters_keep_the_order_of_the_plan(scene, habit):
    painting, labels = scene
    kept, lost = [], []
    for seed in (3, 4, 5):
        plan = make_plan("artist", painting, labels, PORTRAIT, 40, seed, habit=habit)
        frames = np.stack(list(simulate(painting, labels, PORTRAIT, 40, seed, plan)))
        backwards = np.concatenate([frames[:1], (frames[-1] - frames[::-1] + frames[0])[1:].clip(0, 1)])
        both = [metrics.part_order_tau(f, painting, labels, len(PORTRAIT), plan.degrees) for f in (frames, backwards)]
        kept.append(both[0])
        lost.append(both[1])
    # One of three may finish two parts in one breath, which has no order.
    assert np.mean(kept) > 0.5 and np.mean(lost) < np.mean(kept) - 0.3
    assert all(back <= forth for back, forth in zip(lost, kept, strict=True))
