"""The first frame's two generators and what `paint` promises."""

from dataclasses import replace

import pytest
import torch

from ppp.modules.firstframe.generator import GlobalGenerator, mix
from ppp.modules.firstframe.model import STARTS, FirstFrameCondition, FirstFrameConfig, FirstFrameModel, hide
from ppp.modules.io.errors import UserError
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


def _told(b=2, h=40, w=56, start="mass"):
    return FirstFrameCondition(
        start, torch.rand(b, 9, h, w), torch.rand(b, 1, h, w), torch.rand(b, 3), torch.rand(b, 3, h, w)
    )


@pytest.mark.parametrize("variant", SMALL)
@pytest.mark.parametrize("size", [(40, 56), (16, 16), (1, 1), (3, 70), (33, 17)])
def test_any_size_comes_back_in_range(variant, size):
    model = FirstFrameModel(SMALL[variant])
    labels = torch.randint(0, 10, (2, *size))
    frame = model.paint(PORTRAIT.one_hot(labels), label_edges(labels), _told(2, *size))
    assert frame.shape == (2, 3, *size) and frame.isfinite().all()
    assert frame.min() >= 0 and frame.max() <= 1


@pytest.mark.parametrize("variant", SMALL)
def test_gradients_reach_every_parameter(variant):
    model = FirstFrameModel(SMALL[variant])
    one_hot, edges, _ = _inputs(h=64, w=64)
    model(model.condition(one_hot, edges, _told(h=64, w=64))).square().mean().backward()
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
    one = model.paint(one_hot, edges, _told(start="sketch"))
    two = model.paint(one_hot, edges)
    assert torch.equal(one, two)
    assert not torch.equal(two, model.paint(one_hot.flip(3), edges))


def test_every_input_of_the_default_variant_matters():
    torch.manual_seed(1)
    model = FirstFrameModel(SMALL["default"]).eval()
    one_hot, edges, _ = _inputs()
    told = _told()
    frame = model.paint(one_hot, edges, told)
    others = {
        "classes": model.paint(torch.zeros_like(one_hot), edges, told),
        "edges": model.paint(one_hot, 1 - edges, told),
        "start": model.paint(one_hot, edges, replace(told, start="block")),
        "colours": model.paint(one_hot, edges, replace(told, colours=1 - told.colours)),
        "light": model.paint(one_hot, edges, replace(told, light=1 - told.light)),
        "no palette": model.paint(one_hot, edges, replace(told, colours=None)),
        "ground": model.paint(one_hot, edges, replace(told, ground=1 - told.ground)),
        "where": model.paint(one_hot, edges, replace(told, where=told.where.flip(1))),
        "no step": model.paint(one_hot, edges, replace(told, where=None)),
    }
    for name, other in others.items():
        assert (frame - other).abs().max() > 1e-4, name


def test_zeros_for_where_are_not_the_same_as_no_step():
    """A step that lays no paint (a toned ground) is told; a label map without a plan is not."""
    torch.manual_seed(1)
    model = FirstFrameModel(SMALL["default"]).eval()
    one_hot, edges, _ = _inputs()
    told = _told()
    nothing, _ = model.scores(model.condition(one_hot, edges, replace(told, where=torch.zeros_like(told.where))))
    unknown, _ = model.scores(model.condition(one_hot, edges, replace(told, where=None)))
    assert (nothing - unknown).abs().max() > 1e-3


def test_what_is_hidden_is_as_if_never_told():
    model = FirstFrameModel(SMALL["default"])
    one_hot, edges, _ = _inputs()
    told = _told()
    condition = model.condition(one_hot, edges, told)
    hide(condition, torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.0]))
    whole = model.condition(one_hot, edges, told)
    assert torch.equal(condition[:1], model.condition(one_hot, edges, replace(told, colours=None, light=None))[:1])
    assert torch.equal(condition[1:], model.condition(one_hot, edges, replace(told, where=None))[1:])
    hide(whole, torch.ones(2), torch.ones(2))
    assert torch.equal(whole, model.condition(one_hot, edges, told))


def test_untaught_it_expects_what_the_palette_and_the_step_say():
    """Zero corrections: the ground outside of the step, inside the tone that the light calls for."""
    model = FirstFrameModel(SMALL["default"]).eval()
    torch.nn.init.zeros_(model.generator.head.weight)
    torch.nn.init.zeros_(model.generator.head.bias)
    one_hot, edges, _ = _inputs(1, 16, 48)
    where, light = torch.zeros(1, 3, 16, 48), torch.zeros(1, 1, 16, 48)
    where[:, 0, :, 12:] = 1
    light[..., 24:36], light[..., 36:] = 0.5, 1.0
    colours = torch.tensor([0.2, 0.4, 0.6]).repeat_interleave(3).reshape(1, 9, 1, 1).expand(1, 9, 16, 48)
    told = FirstFrameCondition("mass", colours, light, torch.full((3,), 0.9), where)
    row = model.paint(one_hot, edges, told)[0, 0, 8]
    assert torch.allclose(row[[6, 18, 30, 42]], torch.tensor([0.9, 0.2, 0.4, 0.6]), atol=0.01)
    block = model.paint(one_hot, edges, replace(told, start="block", where=None))[0, 0, 8]
    assert torch.allclose(block[[6, 18]], torch.tensor([0.2, 0.2]), atol=0.01)


def test_the_picture_is_mixed_of_ground_tones_and_a_free_colour():
    scores = torch.full((1, 5, 1, 5), -50.0)
    scores[0, range(5), 0, range(5)] = 50.0
    ground, free = torch.full((1, 3, 1, 5), 0.1), torch.full((1, 3, 1, 5), 0.9)
    tones = torch.tensor([0.2, 0.3, 0.4]).repeat_interleave(3).reshape(1, 9, 1, 1).expand(1, 9, 1, 5)
    assert torch.allclose(mix(scores, ground, tones, free)[0, 0, 0], torch.tensor([0.1, 0.2, 0.3, 0.4, 0.9]))
    assert torch.allclose(mix(torch.zeros_like(scores), ground, tones, free), torch.tensor(0.38))


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
        model.paint(one_hot, edges, FirstFrameCondition("doodle"))
    with pytest.raises(ValueError, match="do not fit"):
        model.paint(one_hot[:, :4], edges)
    with pytest.raises(ValueError, match="colours"):
        model.paint(one_hot, edges, FirstFrameCondition(colours=torch.rand(2, 9, 5, 5)))
    with pytest.raises(ValueError, match="where"):
        model.paint(one_hot, edges, FirstFrameCondition(where=torch.rand(2, 1, 40, 56)))
    with pytest.raises(ValueError, match="variant"):
        FirstFrameConfig("huge")
    with pytest.raises(UserError):
        FirstFrameModel.from_pretrained(tmp_path)


def test_starts_are_those_of_the_plans():
    from ppp.modules.plans.spec import STARTS as PLANNED

    assert STARTS == PLANNED
