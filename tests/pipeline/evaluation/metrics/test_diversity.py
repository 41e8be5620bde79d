"""Many pasts, and the ruler that tells pictures apart."""

import numpy as np
import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.perceptual import SQUEEZENET_FILE, shared_data
from ppp.pipeline.evaluation import metrics
from ppp.pipeline.evaluation.metrics.perceptual_metric import structure
from ppp.pipeline.frame_arrays import shrink

WEIGHTS = shared_data() / "teachers" / SQUEEZENET_FILE
needs_weights = pytest.mark.skipif(not WEIGHTS.is_file(), reason="no SqueezeNet in the shared data folder")


def test_processes_that_differ_in_pace_alone_are_no_other_past(scene, processes):
    painting, _ = scene
    true = processes["simulate"]
    slow = true[np.repeat(np.arange(40), 2)]
    assert metrics.spread([true, slow], painting) == {"spread_l1": 0}
    assert metrics.spread([processes["partfade"]] * 3, painting) == {"spread_l1": 0}
    assert metrics.spread([true], painting) == {}
    both = metrics.spread([true, processes["partfade"]], painting)
    assert both["spread_l1"] > 0.05
    three = metrics.spread([true, true, processes["partfade"]], painting)
    assert three["spread_l1"] == pytest.approx(both["spread_l1"] * 2 / 3), "the mean over pairs"


def test_spread_at_equal_progress_by_hand():
    """Two processes that paint the left and the right half first: at 0.4 and 0.2 both have the same half left."""
    painting = np.zeros((8, 8, 3), np.float32)
    left, right = np.ones((2, 3, 8, 8, 3), np.float32)
    left[1, :, :4], right[1, :, 4:] = 0, 0
    left[2] = right[2] = 0
    # levels 0.8 and 0.6 are reached with half the canvas (every pixel differs), 0.4 and 0.2 with the whole one
    assert metrics.spread([left, right], painting)["spread_l1"] == pytest.approx(0.5)


@needs_weights
def test_the_ruler_names_its_figures_and_orders_pictures(scene, processes):
    painting, labels = scene
    ruler, told = metrics.find_perceptual_metric("squeezenet")
    assert ruler is not None and "squeezenet" in told and ruler.key("end") == "end_squeezenet"
    noisy = np.clip(painting + np.random.default_rng(0).normal(0, 0.1, painting.shape), 0, 1).astype(np.float32)
    near, far = ruler(np.stack([noisy, np.ones_like(painting)]), np.stack([painting] * 2))
    assert 0 < near < far
    assert ruler(painting[None], painting[None])[0] == 0
    figures = metrics.score(processes["crossfade"], painting, labels, 10, ruler=ruler)
    assert figures["end_squeezenet"] < 0.05
    beside = metrics.compare_to_reference(processes["simulate"], processes["simulate"], labels, ruler)
    assert beside["aligned_squeezenet"] == 0
    spread = metrics.spread([processes["simulate"], processes["partfade"]], painting, ruler)
    assert spread["spread_squeezenet"] > 0.1


@needs_weights
def test_small_pictures_have_no_perceptual_distance():
    ruler, _ = metrics.find_perceptual_metric("squeezenet")
    assert ruler is not None
    tiny = np.zeros((2, 16, 40, 3), np.float32)
    assert np.isnan(ruler(tiny, tiny)).all()
    with pytest.raises(ValueError, match="one size"):
        ruler(tiny, tiny[:, :8])


def test_without_weights_there_is_no_ruler_and_it_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("PPP_DATA", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    metrics.find_perceptual_metric.cache_clear()
    ruler, told = metrics.find_perceptual_metric("auto")
    assert ruler is None and "squeezenet" in told and "vgg16" in told and "does not exist" in told
    with pytest.raises(UserError, match="has no weights"):
        metrics.find_perceptual_metric("vgg16")
    with pytest.raises(UserError, match="no perceptual loss 'lpips'"):
        metrics.find_perceptual_metric("lpips")
    ruler, told = metrics.find_perceptual_metric("none")
    assert ruler is None and "not asked for" in told
    metrics.find_perceptual_metric.cache_clear()


def test_shrink_and_structure():
    frames = np.random.default_rng(0).random((2, 64, 256, 3)).astype(np.float32)
    assert shrink(frames).shape == (2, 32, 128, 3) and shrink(frames[:, :, :100]).shape == (2, 64, 100, 3)
    np.testing.assert_allclose(structure(frames, frames), 1)
    assert np.isnan(structure(frames[:, :8], frames[:, :8])).all()
