"""Paintings of any size to label maps of the same size."""

import numpy as np
import pytest
import torch

from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.postprocess import keep_portrait_parts
from ppp.modules.segment.torch_network import TorchSegmentNetwork

TINY = SegmentConfig(decoder_channels=(8, 8, 8, 8), size=64, multiple=16, flip=False)


@pytest.fixture(scope="module")
def tiny():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return SegmentModel(TINY).eval()


def picture(height, width, seed=0):
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


def segment(predictor, painting):
    """Label map and confidence of a painting (H,W,3)."""
    return predictor.label(predictor.look(painting), painting.shape[:2])


def scores(model, painting):
    """What the network itself says, (K,H,W)."""
    with torch.no_grad():
        return model(torch.from_numpy(painting).permute(2, 0, 1)[None]).softmax(1)[0].numpy()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (10, 400), (400, 10), (64, 64), (37, 90), (200, 130)])
def test_any_size_comes_back_at_its_own_size(tiny, height, width):
    labels, confidence = segment(SegmentPredictor(TorchSegmentNetwork(tiny)), picture(height, width))
    assert labels.shape == confidence.shape == (height, width)
    assert labels.dtype == np.uint8 and labels.max() < 10
    assert confidence.dtype == np.float32 and confidence.min() >= 1 / 10 - 1e-6 and confidence.max() <= 1


def test_it_is_argmax_and_max_of_the_softmax_at_the_run_size(tiny):
    painting = picture(64, 48)  # 64 is the size it runs at and 48 a multiple: no scaling, no padding
    probabilities = scores(tiny, painting)
    labels, confidence = segment(SegmentPredictor(TorchSegmentNetwork(tiny), clean=False), painting)
    assert np.array_equal(labels, probabilities.argmax(0))
    assert np.allclose(confidence, probabilities.max(0), atol=1e-6)


def test_padding_does_not_reach_the_result(tiny):
    painting = picture(64, 50)
    padded = np.pad(painting, ((0, 0), (0, 14), (0, 0)), mode="edge")
    wanted = scores(tiny, padded).argmax(0)[..., :50]
    assert np.array_equal(segment(SegmentPredictor(TorchSegmentNetwork(tiny), clean=False), painting)[0], wanted)


def test_flip_makes_the_result_symmetric(tiny):
    painting = picture(64, 64)
    both, plain = SegmentPredictor(TorchSegmentNetwork(tiny), flip=True), SegmentPredictor(TorchSegmentNetwork(tiny))
    a, b = segment(both, painting)[0], segment(both, painting[:, ::-1])[0]
    assert (a == b[:, ::-1]).mean() > 0.999  # sums in another order may tip a tie
    assert not np.array_equal(segment(plain, painting)[0], segment(plain, painting[:, ::-1])[0][:, ::-1])


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 4), (0, 8, 3)])
def test_wrong_shape_is_said(tiny, shape):
    with pytest.raises(ValueError, match=r"must be \(H,W,3\)"):
        segment(SegmentPredictor(TorchSegmentNetwork(tiny)), np.zeros(shape, np.float32))


def test_another_runtime_takes_the_networks_place():
    """Numpy in, numpy out; the answer is corrected, and the confidence is kept."""
    labels = np.full((100, 100), PORTRAIT.index("background"), np.uint8)
    labels[10:60, 20:70], labels[70:85, 25:45] = PORTRAIT.index("face"), PORTRAIT.index("face")
    labels[25:33, 28:62], labels[36:44, 42:48], labels[48:54, 36:56] = (
        PORTRAIT.index(name) for name in ("eyes", "nose", "mouth")
    )

    class Runtime:
        config = SegmentConfig(decoder_channels=(8, 8, 8), size=100, multiple=8, flip=False)

        def predict(self, painting):
            assert painting.shape == (3, 104, 104) and painting.dtype == np.float32
            found = np.full((10, 104, 104), 0.05, np.float32)
            np.put_along_axis(found[:, :100, :100], labels[None].astype(int), 0.55, axis=0)
            return found

    raw, sure = segment(SegmentPredictor(Runtime(), clean=False), picture(100, 100))
    corrected, confidence = segment(SegmentPredictor(Runtime()), picture(100, 100))
    assert np.array_equal(raw, labels) and np.array_equal(confidence, sure)
    assert np.array_equal(corrected, keep_portrait_parts(labels, PORTRAIT)) and not np.array_equal(corrected, raw)
