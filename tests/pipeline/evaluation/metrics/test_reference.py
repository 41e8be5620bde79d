"""Beside a true process: itself is perfect, its pace does not matter, and whatever paints in another way loses."""

import numpy as np
import pytest

from ppp.modules.data.synthetic.painter import simulate
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.pipeline.evaluation import metrics


@pytest.fixture(scope="module")
def beside(scene, processes):
    """Figures beside the simulated painter's process, of all the others and of another artist of the same habit."""
    painting, labels = scene
    other = make_plan("artist", painting, labels, PORTRAIT, 40, 4, habit="objects")
    painted = {**processes, "other": np.stack(list(simulate(painting, labels, PORTRAIT, 40, 4, other)))}
    return {
        name: metrics.compare_to_reference(frames, processes["simulate"], labels) for name, frames in painted.items()
    }


def test_a_process_beside_itself_is_perfect(beside):
    assert beside["simulate"] == pytest.approx(
        {
            "aligned_l1": 0, "aligned_ssim": 1, "change_iou": 1,
            "order_finished": 1, "order_worked": 1, "order": 1,
        }
    )  # fmt: skip


def test_pace_and_pauses_do_not_matter(scene, processes):
    """The same process, slow at first and with every later frame twice."""
    true = processes["simulate"]
    index = np.concatenate([np.repeat(np.arange(10), 3), np.repeat(np.arange(10, 40), 2)])
    found = metrics.compare_to_reference(true[index], true, scene[1])
    assert found["aligned_l1"] == 0 and found["change_iou"] > 0.99
    assert found["order_finished"] > 0.9 and found["order_worked"] > 0.9


def test_a_crossfade_from_white_loses_on_order_and_place(beside):
    fade, other = beside["crossfade"], beside["other"]
    assert fade["order_finished"] == fade["order_worked"] == fade["order"] == 0
    assert fade["change_iou"] < 0.1
    assert other["order"] > fade["order"] + 0.2 and other["change_iou"] > 1.5 * fade["change_iou"]
    assert other["aligned_ssim"] > fade["aligned_ssim"]


def test_shuffled_frames_lose_on_order_and_place(beside, scene, processes):
    assert beside["shuffled"]["change_iou"] < 0.4
    # A region that is finished early is so in most of the frames in any order, so a lucky order keeps some: on average.
    true, orders, away = processes["simulate"], [], []
    for seed in range(6):
        mixed = true.copy()
        mixed[1:-1] = true[1:-1][np.random.default_rng(seed).permutation(len(true) - 2)]
        orders.append(metrics.order_metrics(mixed, true, scene[1])["order"])
        away.append(metrics.compare_to_reference(mixed, true, scene[1])["aligned_l1"])
    assert np.mean(away) > 0.02
    assert np.mean(orders) < 0.85 and max(orders) < 0.95


def stripes(order, n: int = 41) -> np.ndarray:
    """White, then eight columns of cells turn black, one after the other, five frames each."""
    frames = np.ones((n, 64, 64, 3), np.float32)
    for place, column in enumerate(order):
        frames[5 * place + 3 :, :, 8 * column : 8 * column + 8] = 0
    return frames


def test_order_by_hand():
    labels = np.zeros((64, 64), np.uint8)
    true = stripes(range(8))
    assert metrics.order_metrics(stripes(range(8)), true, labels)["order"] == pytest.approx(1, abs=0.01)
    # One part covers everything: it is finished with the last column and worked on in the middle, whatever the order.
    back = metrics.order_metrics(stripes(range(7, -1, -1)), true, labels)
    assert back["order_finished"] < -0.9 and back["order_worked"] < -0.9
    swapped = metrics.order_metrics(stripes([1, 0, 3, 2, 5, 4, 7, 6]), true, labels)
    assert swapped["order_worked"] == pytest.approx(1 - 2 * 4 / 28, abs=0.05)
    assert np.isnan(metrics.order_metrics(true, np.ones_like(true), labels)["order"]), "nothing happens in the true one"


def test_times_of_a_region_by_hand():
    frames = np.ones((5, 2, 2, 3), np.float32)
    frames[2:, 0] = 0.5
    frames[3:, 0] = 0
    regions = np.array([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]], np.float32)  # the upper and the lower row
    finished, worked, change = metrics.region_times(frames, regions)
    np.testing.assert_allclose(finished, [3 / 4, 0])
    np.testing.assert_allclose(worked, [(1.5 / 4 + 2.5 / 4) / 2, 0.5])
    np.testing.assert_allclose(change, [1, 0])


def test_alignment_is_monotone_and_whole():
    rng = np.random.default_rng(0)
    true = np.cumsum(rng.random((9, 8, 8, 3)), 0).astype(np.float32) / 9
    path = metrics.align_frames(true[[0, 0, 1, 3, 4, 4, 4, 6, 8]], true)
    assert path[0].tolist() == [0, 0] and path[-1].tolist() == [8, 8]
    steps = np.diff(path, axis=0)
    assert steps.min() >= 0 and steps.max() <= 1 and (steps.sum(1) > 0).all()
    for ours, theirs in ((1, 0), (2, 1), (3, 3), (5, 4), (8, 8)):
        assert [ours, theirs] in path.tolist()


def test_overlap_of_changes_by_hand():
    true = stripes(range(8))[::5]  # nine frames, a column of cells a step
    path = np.stack([np.arange(9)] * 2, 1)
    assert metrics.change_iou(true, true, path) == 1
    wide = stripes(range(8))[::5]
    for step in range(1, 9):  # every step paints the next column as well
        wide[step:, :, : min(64, 8 * step + 8)] = 0
    # step 1 paints two columns for one, those after it the next one instead of their own, the last one nothing
    assert metrics.change_iou(wide, true, path) == pytest.approx(0.5 / 8)
    assert np.isnan(metrics.change_iou(true, np.ones_like(true), path))


class MeanDifference:
    """A distance of pictures in place of a network's, whose values can be told beforehand."""

    def key(self, name: str) -> str:
        return f"{name}_l1"

    def __call__(self, ones: np.ndarray, others: np.ndarray) -> np.ndarray:
        return np.abs(ones - others).mean(axis=(1, 2, 3))


def test_distance_profiles_tell_the_pace(scene, processes):
    fade, true = processes["crossfade"], processes["simulate"]
    assert metrics.distance_profile(fade, MeanDifference()) == pytest.approx(np.linspace(1, 0, 11), abs=0.03)
    assert metrics.distance_profile(fade[[0, -1]], MeanDifference()) == pytest.approx(np.linspace(1, 0, 11))
    assert np.isnan(metrics.distance_profile(np.stack([true[-1]] * 12), MeanDifference())).all()
    late = true[np.concatenate([np.repeat(np.arange(10), 5), np.arange(10, 40)])]
    hasty = fade[np.rint((len(fade) - 1) * np.linspace(0, 1, 40) ** 0.5).astype(int)]  # painters' own is nearly even
    figures = [metrics.compare_to_reference(frames, true, scene[1], MeanDifference()) for frames in (true, late, hasty)]
    same, slower, other = (found["profile_apart_l1"] for found in figures)
    assert same == 0 < 0.05 < slower
    assert other > 0.05
    early, tardy = (metrics.score_process(f, *scene, len(PORTRAIT), None, MeanDifference()) for f in (true, late))
    assert early["profile_l1"] + 0.05 < tardy["profile_l1"] < 1
