"""The networks that run are those of segmentation_models_pytorch that were trained: same names, same numbers."""

from pathlib import Path

import pytest
import torch

from ppp.modules.segment.config import SETTINGS, SegmentConfig
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.train import SmpSegmentModel

SHIPPED = Path(__file__).resolve().parents[3] / "weights" / "portrait" / "segment"
DEEPLAB = SETTINGS["default"][1]


def networks(config):
    """Ours with weights and statistics at random, and smp's with the same."""
    torch.manual_seed(0)
    ours, theirs = SegmentModel(config), SmpSegmentModel(config)
    assert type(theirs.net).__module__.startswith("segmentation_models_pytorch") or config.decoder == "deeplab"
    for name, value in ours.named_buffers():
        if name.endswith("running_var"):
            value.uniform_(0.5, 2)
        elif name.endswith("running_mean"):
            value.normal_()
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())  # in this order, in which optimisers count parameters
    theirs.load_state_dict(state)
    return ours, theirs


@pytest.mark.parametrize(
    "config",
    [SegmentConfig(decoder_channels=(12, 10, 8, 6, 4)[:depth], scenes=depth == 4) for depth in (3, 4, 5)] + [DEEPLAB],
    ids=["unet 3", "unet 4", "unet 5", "deeplab"],
)
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_network_is_that_of_smp(config, training):
    ours, theirs = networks(config)
    picture, grads = torch.rand(2, 3, 64, 96), []
    for net in (ours.train(training), theirs.train(training)):
        planes = net(picture)
        planes.square().mean().backward()
        grads.append([planes, *(p.grad for p in net.parameters())])
    for a, b in zip(*grads, strict=True):
        assert torch.allclose(a, b, rtol=1e-5, atol=1e-6)
    assert all(torch.allclose(a, b) for a, b in zip(ours.buffers(), theirs.buffers(), strict=True))


@torch.inference_mode()
def test_shipped_weights_say_the_same_in_both():
    ours, theirs = (kind.from_pretrained(SHIPPED) for kind in (SegmentModel, SmpSegmentModel))
    picture = torch.rand(1, 3, 96, 128)
    assert torch.allclose(ours(picture), theirs(picture), atol=1e-5)
    portrait = SmpSegmentModel(ours.portrait.config).eval()
    portrait.load_state_dict(ours.portrait.state_dict())
    assert torch.allclose(ours.portrait(picture), portrait(picture), atol=1e-5)


def test_untrained_u_net_is_smp_s():
    states = []
    for kind in (SegmentModel, SmpSegmentModel):
        torch.manual_seed(3)
        states.append(kind(SegmentConfig(decoder_channels=(8, 6, 4), size=64, multiple=8)).state_dict())
    assert all(torch.equal(a, b) for a, b in zip(*(s.values() for s in states), strict=True))


def test_encoders_without_a_twin_here_are_smp_s():
    model = SegmentModel(SegmentConfig("resnet18", decoder_channels=(8, 8, 8), multiple=8, size=64)).eval()
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, 10, 64, 64)
