"""The segment net: its encoder is SqueezeNet, it is saved and loaded whole."""

import numpy as np
import pytest
import torch
from published import write_squeezenet
from torch.nn import functional as F

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.encoder import SCALE, SqueezeNetEncoder
from ppp.modules.segment.model import SegmentModel
from ppp.modules.squeezenet import MEAN_BGR, Fire

TINY = SegmentConfig(decoder_channels=(8, 8, 8, 8), size=64, multiple=16, flip=False)


@pytest.fixture(scope="module")
def tiny():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return SegmentModel(TINY).eval()


def test_saved_and_loaded_it_says_the_same(tiny, tmp_path):
    tiny.save_pretrained(tmp_path / "m")
    again = SegmentModel.from_pretrained(tmp_path / "m")
    assert again.config == TINY and again.label_set == PORTRAIT
    painting = torch.rand(1, 3, 48, 64)
    assert torch.equal(again(painting), tiny(painting))


def test_saved_half_it_says_nearly_the_same(tiny, tmp_path):
    tiny.save_pretrained(tmp_path / "m", half=True)
    painting = torch.rand(1, 3, 48, 64)
    assert torch.allclose(SegmentModel.from_pretrained(tmp_path / "m")(painting), tiny(painting), atol=2e-2)


def test_config_carries_another_label_set(tmp_path):
    pets = LabelSet(("edge", "grass", "cat"), ((0, 0, 0), (0, 200, 0), (90, 90, 90)), (-1, -1, 1))
    model = SegmentModel(SegmentConfig(decoder_channels=(8, 8, 8), size=32, multiple=8, labels=pets.to_json()))
    model.save_pretrained(tmp_path / "m")
    again = SegmentModel.from_pretrained(tmp_path / "m")
    assert again.label_set == pets
    assert again(torch.rand(1, 3, 32, 32)).shape == (1, 3, 32, 32)


def test_odd_configs_are_refused():
    with pytest.raises(UserError, match="multiple 8 does not fit"):
        SegmentConfig(decoder_channels=(8, 8, 8, 8), multiple=8)
    with pytest.raises(UserError, match="size 16 is too small"):
        SegmentConfig(size=16)
    with pytest.raises(UserError, match="no encoder 'resnetty'"):
        SegmentModel(SegmentConfig(encoder="resnetty"))


def test_fire_is_squeeze_then_both_expansions_joined():
    fire = Fire(6, 2, 3)
    x = torch.rand(1, 6, 5, 5)
    squeezed = fire.squeeze(x).relu()
    wanted = torch.cat([fire.expand1(squeezed).relu(), fire.expand3(squeezed).relu()], 1)
    assert torch.allclose(fire(x), wanted)


def _published(file, image_bgr):
    """SqueezeNet v1.0 up to fire4 as its authors describe it: BGR 0..255 minus the mean, straight from the arrays."""
    arrays = np.load(file)

    def conv(x, name, **more):
        weight, bias = (torch.from_numpy(arrays[f"{name}.{k}"].astype(np.float32)) for k in ("weight", "bias"))
        return F.conv2d(x, weight, bias, **more).relu()

    x = torch.from_numpy(image_bgr.astype(np.float32)).permute(2, 0, 1)[None] - torch.tensor(MEAN_BGR).view(1, 3, 1, 1)
    x = F.max_pool2d(conv(x, "conv1", stride=2, padding=3), 3, 2, ceil_mode=True)
    for n in (2, 3, 4):
        squeezed = conv(x, f"fire{n}/conv1x1_1")
        wide = conv(squeezed, f"fire{n}/conv3x3_2", padding=1)
        x = torch.cat([conv(squeezed, f"fire{n}/conv1x1_2"), wide], 1)
    return x


def test_imagenet_start_computes_what_was_published(tmp_path):
    # Made-up weights in the file's format: the arithmetic (channel order, mean, scale) is what is under test.
    arrays = write_squeezenet(tmp_path / "w.npz")
    encoder = SqueezeNetEncoder(depth=5)
    assert encoder.load_imagenet(tmp_path / "w.npz") == len(arrays) - 1 == 50

    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None] / 255.0
    with torch.no_grad():
        ours = encoder(rgb)
    wanted = _published(tmp_path / "w.npz", image) / SCALE
    assert [f.shape[1] for f in ours] == encoder.out_channels == [3, 96, 256, 512, 512, 512]
    assert [f.shape[-1] for f in ours] == [96, 48, 24, 12, 6, 3]
    assert torch.allclose(ours[2], wanted, rtol=1e-3, atol=1e-3 * float(wanted.std()))
    assert wanted.std() > 0.01


def test_missing_or_odd_start_is_said(tmp_path):
    with pytest.raises(UserError, match="no encoder weights at"):
        SqueezeNetEncoder().load_imagenet(tmp_path / "none.npz")
    np.savez(tmp_path / "odd.npz", **{"conv1.weight": np.zeros((1, 3, 3, 3))})
    with pytest.raises(UserError, match="has shape"):
        SqueezeNetEncoder().load_imagenet(tmp_path / "odd.npz")
    SqueezeNetEncoder(depth=3)
