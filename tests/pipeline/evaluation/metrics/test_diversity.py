"""Diversity of processes, and the perceptual metric."""

import numpy as np
import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.perceptual import SQUEEZENET_FILE, shared_data
from ppp.pipeline import diversity
from ppp.pipeline.evaluation import metrics
from ppp.pipeline.evaluation.metrics.perceptual_metric import ssim
from ppp.pipeline.frame_arrays import shrink

WEIGHTS = shared_data() / "teachers" / SQUEEZENET_FILE
needs_weights = pytest.mark.skipif(not WEIGHTS.is_file(), reason="no SqueezeNet in the shared data folder")


def _spread(processes, painting, perceptual=None):
    start = float(np.mean([np.abs(frames[0] - painting).mean() for frames in processes]))
    return diversity.spread_of([diversity.at_levels(frames, painting, start) for frames in processes], perceptual)


def test_processes_that_differ_in_pace_alone_are_no_other_past(scene, processes):
    painting, _ = scene
    true = processes["simulate"]
    slow = true[np.repeat(np.arange(40), 2)]
    assert _spread([true, slow], painting) == {"spread_l1": 0}
    assert _spread([processes["partfade"]] * 3, painting) == {"spread_l1": 0}
    assert _spread([true], painting) == {}
    both = _spread([true, processes["partfade"]], painting)
    # Of the way from the ground to the painting, which is short on a ground in the painting's tones.
    assert both["spread_l1"] > 0.1 * np.abs(true[0] - painting).mean()
    three = _spread([true, true, processes["partfade"]], painting)
    assert three["spread_l1"] == pytest.approx(both["spread_l1"] * 2 / 3), "the mean over pairs"


def test_spread_at_equal_progress_by_hand():
    """Two processes that paint the left and the right half first: at 0.4 and 0.2 both have the same half left."""
    painting = np.zeros((8, 8, 3), np.float32)
    left, right = np.ones((2, 3, 8, 8, 3), np.float32)
    left[1, :, :4], right[1, :, 4:] = 0, 0
    left[2] = right[2] = 0
    # levels 0.8 and 0.6 are reached with half the canvas (every pixel differs), 0.4 and 0.2 with the whole one
    assert _spread([left, right], painting)["spread_l1"] == pytest.approx(0.5)


@needs_weights
def test_the_metric_names_its_values_and_orders_pictures(scene, processes):
    painting, labels = scene
    metric, sentence = metrics.find_perceptual_metric("squeezenet")
    assert metric is not None and "squeezenet" in sentence and metric.key("end") == "end_squeezenet"
    noisy = np.clip(painting + np.random.default_rng(0).normal(0, 0.1, painting.shape), 0, 1).astype(np.float32)
    near, far = metric(np.stack([noisy, np.ones_like(painting)]), np.stack([painting] * 2))
    assert 0 < near < far
    assert metric(painting[None], painting[None])[0] == 0
    figures = metrics.score_process(processes["crossfade"], painting, labels, 10, perceptual=metric)
    assert figures["end_squeezenet"] < 0.05
    beside = metrics.compare_to_reference(processes["simulate"], processes["simulate"], labels, metric)
    assert beside["aligned_squeezenet"] == 0
    spread = _spread([processes["simulate"], processes["partfade"]], painting, metric)
    assert spread["spread_squeezenet"] > 0.1


@needs_weights
def test_small_pictures_have_no_perceptual_distance():
    metric, _ = metrics.find_perceptual_metric("squeezenet")
    assert metric is not None
    tiny = np.zeros((2, 16, 40, 3), np.float32)
    assert np.isnan(metric(tiny, tiny)).all()
    with pytest.raises(ValueError, match="one size"):
        metric(tiny, tiny[:, :8])


def test_without_weights_there_is_no_metric_and_it_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PPP_DATA", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    metrics.find_perceptual_metric.cache_clear()
    metric, sentence = metrics.find_perceptual_metric("auto")
    assert metric is None and "squeezenet" in sentence and "vgg16" in sentence and "does not exist" in sentence
    with pytest.raises(UserError, match="has no weights"):
        metrics.find_perceptual_metric("vgg16")
    with pytest.raises(UserError, match="no perceptual loss 'lpips'"):
        metrics.find_perceptual_metric("lpips")
    metric, sentence = metrics.find_perceptual_metric("none")
    assert metric is None and "not asked for" in sentence
    metrics.find_perceptual_metric.cache_clear()


def test_shrink_and_ssim():
    frames = np.random.default_rng(0).random((2, 64, 256, 3)).astype(np.float32)
    assert shrink(frames).shape == (2, 32, 128, 3) and shrink(frames[:, :, :100]).shape == (2, 64, 100, 3)
    np.testing.assert_allclose(ssim(frames, frames), 1)
    assert np.isnan(ssim(frames[:, :8], frames[:, :8])).all()
