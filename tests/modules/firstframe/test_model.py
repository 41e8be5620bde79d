"""The first frame's two generators and what `paint` promises."""

import pytest
import torch

from ppp.modules.errors import UserError
from ppp.modules.firstframe.generators import GlobalGenerator
from ppp.modules.firstframe.model import STARTS, FirstFrameConfig, FirstFrameModel, palette_map, part_palette
from ppp.modules.labels import PORTRAIT, label_edges
from ppp.modules.layers import count_parameters

SMALL = {
    "default": FirstFrameConfig(widths=(4, 8, 8, 8), blocks=1),
    "paper": FirstFrameConfig("paper", paper_width=2),
}


def _inputs(b=2, h=40, w=56, seed=0):
    torch.manual_seed(seed)
    labels = torch.randint(1, 10, (b, h // 8, w // 8)).repeat_interleave(8, 1).repeat_interleave(8, 2)
    return PORTRAIT.one_hot(labels), label_edges(labels), labels


@pytest.mark.parametrize("variant", SMALL)
@pytest.mark.parametrize("size", [(40, 56), (16, 16), (1, 1), (3, 70), (33, 17)])
def test_any_size_comes_back_in_range(variant, size):
    model = FirstFrameModel(SMALL[variant])
    labels = torch.randint(0, 10, (2, *size))
    frame = model.paint(PORTRAIT.one_hot(labels), label_edges(labels), "mass", torch.rand(2, 10, 3), torch.rand(2, 3))
    assert frame.shape == (2, 3, *size) and frame.isfinite().all()
    assert frame.min() >= 0 and frame.max() <= 1


@pytest.mark.parametrize("variant", SMALL)
def test_gradients_reach_every_parameter(variant):
    model = FirstFrameModel(SMALL[variant])
    one_hot, edges, _ = _inputs(h=64, w=64)
    model(model.condition(one_hot, edges, "block", torch.rand(2, 10, 3), torch.rand(2, 3))).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        # an instance norm right behind takes any constant away: a bias there can have no gradient
        assert parameter.grad.abs().sum() > 0 or (variant == "paper" and name.endswith("bias")), name


def test_the_paper_variant_is_pix2pixhds_global_generator():
    with torch.device("meta"):
        model = FirstFrameModel(FirstFrameConfig("paper"))
        generator = model.generator
        assert isinstance(generator, GlobalGenerator)
        convolutions = [m for m in generator.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.ConvTranspose2d)]
        assert [c.out_channels for c in convolutions[:5]] == [64, 128, 256, 512, 1024]
        assert len(convolutions) == 1 + 4 + 2 * 9 + 4 + 1
        assert {c.out_channels for c in convolutions[5:23]} == {1024}
        assert convolutions[0].in_channels == 11 and convolutions[0].kernel_size == (7, 7)
        assert 182e6 < count_parameters(model) < 183e6  # 182.4 million, as published


def test_the_paper_variant_sees_labels_and_edges_only():
    model = FirstFrameModel(SMALL["paper"]).eval()
    one_hot, edges, _ = _inputs()
    one = model.paint(one_hot, edges, "sketch", torch.rand(2, 10, 3), torch.rand(2, 3))
    two = model.paint(one_hot, edges)
    assert torch.equal(one, two)
    assert not torch.equal(two, model.paint(one_hot.flip(3), edges))


def test_every_input_of_the_default_variant_matters():
    torch.manual_seed(1)
    model = FirstFrameModel(SMALL["default"]).eval()
    one_hot, edges, _ = _inputs()
    palette, ground = torch.rand(2, 10, 3), torch.rand(2, 3)
    frame = model.paint(one_hot, edges, "mass", palette, ground)
    others = {
        "classes": model.paint(torch.zeros_like(one_hot), edges, "mass", palette_map(_inputs()[2], palette), ground),
        "edges": model.paint(one_hot, 1 - edges, "mass", palette, ground),
        "start": model.paint(one_hot, edges, "block", palette, ground),
        "palette": model.paint(one_hot, edges, "mass", 1 - palette, ground),
        "no palette": model.paint(one_hot, edges, "mass", None, ground),
        "ground": model.paint(one_hot, edges, "mass", palette, 1 - ground),
    }
    for name, other in others.items():
        assert (frame - other).abs().max() > 1e-4, name


def test_palette_per_class_and_palette_map_are_one():
    model = FirstFrameModel(SMALL["default"]).eval()
    one_hot, edges, labels = _inputs()
    palette = torch.rand(2, 10, 3)
    a = model.paint(one_hot, edges, "block", palette)
    b = model.paint(one_hot, edges, "block", palette_map(labels, palette))
    assert torch.allclose(a, b, atol=1e-5)


def test_parts_without_names_and_without_pixels_are_legal():
    labels = torch.randint(0, 14, (1, 32, 32))
    painting = torch.rand(1, 3, 32, 32)
    palette = part_palette(painting, labels, 20)
    assert palette.shape == (1, 20, 3) and palette.isfinite().all()
    assert torch.equal(palette[0, 19], torch.full((3,), 0.5)), "a part without pixels has a colour, too"
    zeros = torch.zeros(1, 10, 32, 32)
    frame = FirstFrameModel(SMALL["default"]).paint(zeros, label_edges(labels), "mass", palette_map(labels, palette))
    assert frame.isfinite().all()


def test_palette_is_the_mean_colour_of_each_part():
    labels = torch.tensor([[[1, 1], [2, 2]]])
    painting = torch.tensor([[[[0.0, 1.0], [0.2, 0.4]]] * 3]).reshape(1, 3, 2, 2)
    palette = part_palette(painting, labels, 3)
    assert torch.allclose(palette[0, 1], torch.full((3,), 0.5)) and torch.allclose(palette[0, 2], torch.full((3,), 0.3))


@pytest.mark.parametrize("variant", SMALL)
def test_saved_and_loaded_it_paints_the_same(variant, tmp_path):
    model = FirstFrameModel(SMALL[variant]).eval()
    model.save_pretrained(tmp_path / "m")
    again = FirstFrameModel.from_pretrained(tmp_path / "m")
    one_hot, edges, _ = _inputs()
    assert again.config == model.config
    assert torch.equal(model.paint(one_hot, edges), again.paint(one_hot, edges))


def test_the_shipped_size_is_small_and_quick():
    from torch.utils.flop_counter import FlopCounterMode

    model = FirstFrameModel()
    assert sum(p.numel() for p in model.parameters()) * 2 < 6 * 2**20
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.paint(torch.zeros(1, 10, 256, 256), torch.zeros(1, 1, 256, 256))
    assert counter.get_total_flops() < 2e9


def test_wrong_inputs_are_refused(tmp_path):
    model = FirstFrameModel(SMALL["default"])
    one_hot, edges, _ = _inputs()
    with pytest.raises(ValueError, match="block"):
        model.paint(one_hot, edges, "doodle")
    with pytest.raises(ValueError, match="do not fit"):
        model.paint(one_hot[:, :4], edges)
    with pytest.raises(ValueError, match="palette"):
        model.paint(one_hot, edges, palette=torch.rand(2, 3, 5, 5))
    with pytest.raises(ValueError, match="variant"):
        FirstFrameConfig("huge")
    with pytest.raises(UserError):
        FirstFrameModel.from_pretrained(tmp_path)


def test_starts_are_those_of_the_simulated_painter():
    from ppp.modules.data.simulate import STARTS as PAINTERS

    assert STARTS == PAINTERS
