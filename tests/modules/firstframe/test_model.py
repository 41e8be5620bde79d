"""The first frame's two generators, and the model around them."""

import numpy as np
import pytest
import torch

from ppp.modules.firstframe.conditioning import CONDITIONS, class_planes, default_condition
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.generator import mix
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.firstframe.paper import GlobalGenerator
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT

SMALL = {
    "default": FirstFrameConfig(widths=(4, 8, 8, 8), blocks=1),
    "paper": FirstFrameConfig("paper", paper_width=2),
}


def _labels(h=40, w=56, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 10, (h // 8, w // 8)).repeat(8, 0).repeat(8, 1)


def _maps(h=40, w=56, seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"colours": (h, w, 9), "light": (h, w), "ground": (3,), "where": (h, w, 3)}
    return {name: rng.random(shape, np.float32) for name, shape in shapes.items()}


def _condition(model, labels, start="mass", named=True, **maps):
    classes = class_planes(labels, PORTRAIT, 10) * np.float32(named)
    return torch.from_numpy(CONDITIONS[model.config.variant](labels, classes, start, **maps))[None]


@pytest.mark.parametrize("variant", SMALL)
@pytest.mark.parametrize("size", [(40, 56), (16, 16), (1, 1), (3, 70), (33, 17)])
def test_any_size_comes_back_in_range(variant, size):
    model = FirstFrameModel(SMALL[variant])
    labels = np.random.default_rng(0).integers(0, 10, size)
    frame = model(_condition(model, labels, **_maps(*size)).repeat(2, 1, 1, 1))
    assert frame.shape == (2, 3, *size) and frame.isfinite().all()
    assert frame.min() >= 0 and frame.max() <= 1


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
        assert 182e6 < sum(p.numel() for p in model.parameters()) < 183e6  # 182.4 million, as published


def test_the_paper_variant_sees_labels_and_edges_only():
    model = FirstFrameModel(SMALL["paper"]).eval()
    labels = _labels()
    one = model(_condition(model, labels, "sketch", **_maps()))
    two = model(_condition(model, labels, "block"))
    assert torch.equal(one, two)
    assert not torch.equal(two, model(_condition(model, labels[:, ::-1], "block")))


def test_every_input_of_the_default_variant_matters():
    torch.manual_seed(1)
    model = FirstFrameModel(SMALL["default"]).eval()
    labels, maps = _labels(), _maps()
    frame = model(_condition(model, labels, **maps))
    others = {
        "classes": _condition(model, labels, named=False, **maps),
        "edges": _condition(model, np.kron([[1, 2], [2, 1]], np.ones((20, 28), int)), named=False, **maps),
        "start": _condition(model, labels, "block", **maps),
        "colours": _condition(model, labels, **{**maps, "colours": 1 - maps["colours"]}),
        "light": _condition(model, labels, **{**maps, "light": 1 - maps["light"]}),
        "no palette": _condition(model, labels, **{**maps, "colours": None}),
        "ground": _condition(model, labels, **{**maps, "ground": 1 - maps["ground"]}),
        "where": _condition(model, labels, **{**maps, "where": maps["where"][..., ::-1]}),
        "no step": _condition(model, labels, **{**maps, "where": None}),
    }
    for name, other in others.items():
        assert (frame - model(other)).abs().max() > 1e-4, name


def test_zeros_for_where_are_not_the_same_as_no_step():
    """A step that lays no paint (a toned ground) is known; a label map without a plan has none."""
    torch.manual_seed(1)
    model = FirstFrameModel(SMALL["default"]).eval()
    labels, maps = _labels(), _maps()
    nothing, _ = model.scores(_condition(model, labels, **{**maps, "where": np.zeros_like(maps["where"])}))
    unknown, _ = model.scores(_condition(model, labels, **{**maps, "where": None}))
    assert (nothing - unknown).abs().max() > 1e-3


def test_untrained_it_expects_what_the_palette_and_the_step_say():
    """Zero corrections: the ground outside of the step, inside the tone that the light calls for."""
    model = FirstFrameModel(SMALL["default"]).eval()
    torch.nn.init.zeros_(model.generator.head.weight)
    torch.nn.init.zeros_(model.generator.head.bias)
    labels = _labels(16, 48)
    where, light = np.zeros((16, 48, 3), np.float32), np.zeros((16, 48), np.float32)
    where[:, 12:, 0] = 1
    light[:, 24:36], light[:, 36:] = 0.5, 1.0
    colours = np.broadcast_to(np.repeat([0.2, 0.4, 0.6], 3), (16, 48, 9))
    maps = {"colours": colours, "light": light, "ground": np.full(3, 0.9), "where": where}
    row = model(_condition(model, labels, **maps))[0, 0, 8]
    assert torch.allclose(row[[6, 18, 30, 42]], torch.tensor([0.9, 0.2, 0.4, 0.6]), atol=0.01)
    block = model(_condition(model, labels, "block", **{**maps, "where": None}))[0, 0, 8]
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
    condition = _condition(model, _labels(), "block")
    assert again.config == model.config
    assert torch.equal(model(condition), again(condition))


def test_the_shipped_size_is_small_and_quick():
    from torch.utils.flop_counter import FlopCounterMode

    model = FirstFrameModel()
    assert sum(p.numel() for p in model.parameters()) * 2 < 6 * 2**20
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, model.generator.in_channels, 256, 256))
    assert counter.get_total_flops() < 2e9


def test_wrong_inputs_are_refused(tmp_path):
    labels = _labels()
    classes = class_planes(labels, PORTRAIT, 10)
    with pytest.raises(ValueError, match="doodle|not in tuple"):
        default_condition(labels, classes, "doodle")
    with pytest.raises(ValueError, match="broadcast"):
        default_condition(labels, classes[:, :4], "block")
    with pytest.raises(ValueError, match="broadcast"):
        default_condition(labels, classes, "block", where=np.zeros((9, 9, 3)))
    for config, said in (({"variant": "huge"}, "huge"), ({"widths": (8, 8)}, "four"), ({"temperature": 0.0}, "above")):
        with pytest.raises(UserError, match=said):
            FirstFrameConfig(**config)
    with pytest.raises(UserError):
        FirstFrameModel.from_pretrained(tmp_path)
