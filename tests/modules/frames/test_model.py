"""The frames stage: shapes, ranges, gradients, Equation 2, and that the paper variant is the paper."""

import json
import pickle

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from ppp.modules.frames.conditioning import Condition
from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.discriminator import FrameDiscriminator
from ppp.modules.frames.masks import equation2
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.paper.config import PaperConfig, kl_weight
from ppp.modules.frames.paper.discriminator import PaperDiscriminator
from ppp.modules.frames.paper.model import PaperFramesModel
from ppp.modules.frames.postprocess import dark_light_anchors, project_tint, sharpen_mixture, sharpen_weight
from ppp.modules.frames.prediction import FramePrediction, Prepared, next_frame, stroke
from ppp.modules.io.errors import UserError
from ppp.modules.losses import kl_standard_normal

TINY = FramesConfig(width=8, style=2, local=4, blocks=1)
TINY_PAPER = PaperConfig(width=4, style=16, blocks=2)
MODELS = [(FramesModel, TINY), (PaperFramesModel, TINY_PAPER)]


def _inputs(config, height=64, width=48, batch=2):
    g = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.rand(*shape, generator=g)

    states = max(config.n_states, 1)
    return {
        "painting": rand(batch, 3, height, width),
        "labels": torch.zeros(batch, config.n_classes, height, width).index_fill_(1, torch.tensor([1]), 1.0),
        "edges": (rand(batch, 1, height, width) > 0.9).float(),
        "states": rand(batch, states, 3, height, width),
        "canvas": rand(batch, 3, height, width),
        "after": rand(batch, 3, height, width),
        "condition": Condition(
            rand(batch, config.granularity + 1, height, width).softmax(1),
            rand(batch, 1, height, width),
            torch.zeros(batch, states, height, width),
        ),
    }


def _encode(model, x):
    degrees = x["condition"].degree_map
    return model.encode(x["painting"], x["canvas"], x["after"], x["labels"], x["edges"], degrees)


def _predict(model, x, z=None):
    prepared = model.prepare(x["painting"], x["labels"], x["edges"], x["states"])
    if z is None:
        height, width = x["canvas"].shape[-2:]
        draws = [
            model.latent.draw(height, width, torch.Generator().manual_seed(i), torch.Generator().manual_seed(i + 9))
            for i in range(len(x["canvas"]))
        ]
        z = torch.cat(draws)
    return prepared, model.predict(prepared, x["canvas"], x["condition"], z)


@pytest.mark.parametrize(("kind", "config"), MODELS, ids=["default", "paper"])
@pytest.mark.parametrize("size", [(64, 48), (16, 32), (112, 16)])
def test_shapes_and_ranges(kind, config, size):
    torch.manual_seed(0)
    model = kind(config).eval()
    x = _inputs(config, *size)
    if config.variant == "paper" and min(size) < 32:
        pytest.skip("instance normalisation needs more than one value at the bottom")
    prepared, prediction = _predict(model, x)
    frame = next_frame(prediction, prepared.states, x["canvas"])
    assert frame.shape == (2, 3, *size)
    assert 0 <= frame.min() <= frame.max() <= 1
    assert prediction.weight.shape == (2, 1, *size)
    assert 0 <= prediction.weight.min() <= prediction.weight.max() <= 1
    if config.n_states:
        assert torch.allclose(prediction.mix.sum(1), torch.ones(2, *size), atol=1e-5)
        assert prediction.free.abs().max() <= config.free_limit
    else:
        assert prediction.mix is None


def test_equation_2_exactly():
    g = torch.Generator().manual_seed(1)
    colour, canvas = torch.rand(1, 3, 4, 4, generator=g), torch.rand(1, 3, 4, 4, generator=g)
    weight = torch.rand(1, 1, 4, 4, generator=g)
    assert torch.equal(equation2(colour, weight, canvas), weight * colour + (1 - weight) * canvas)
    assert torch.equal(equation2(colour, torch.zeros_like(weight), canvas), canvas)
    assert torch.equal(equation2(colour, torch.ones_like(weight), canvas), colour)


def test_the_stroke_is_mixed_from_the_states():
    states = torch.stack([torch.zeros(3, 2, 2), torch.ones(3, 2, 2)])[None]
    mix = torch.tensor([0.25, 0.75])[None, :, None, None].expand(1, 2, 2, 2)
    prediction = FramePrediction(mix, torch.full((1, 3, 2, 2), 0.1), torch.ones(1, 1, 2, 2))
    assert torch.allclose(stroke(prediction, states), torch.full((1, 3, 2, 2), 0.85))
    free = FramePrediction(None, torch.full((1, 3, 2, 2), 0.3), torch.ones(1, 1, 2, 2))
    assert torch.equal(next_frame(free, states, torch.zeros(1, 3, 2, 2)), free.free)


def test_kl_is_torchs_and_follows_the_papers_schedule():
    mu, logvar = torch.randn(3, 5), torch.randn(3, 5)
    expected = kl_divergence(Normal(mu, (0.5 * logvar).exp()), Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(kl_standard_normal(mu, logvar), expected, atol=1e-5)
    assert [kl_weight(e) for e in (0, 19, 20, 40)] == pytest.approx([0.05, 0.05, 0.055, 0.0605])
    assert kl_weight(399) == pytest.approx(0.05 * 1.1**19)
    with pytest.raises(ValueError, match="epoch"):
        kl_weight(-1)


def test_style_is_one_for_the_whole_picture():
    model = FramesModel(TINY)
    x = _inputs(TINY)
    mu, logvar = _encode(model, x)
    assert mu.shape == logvar.shape == (2, 6, 4, 3)
    assert mu[:, :2].std(dim=(2, 3)).max() < 1e-6
    assert mu[:, 2:].std(dim=(2, 3)).min() > 1e-6
    generators = [torch.Generator().manual_seed(s) for s in (1, 2, 1, 3)]
    one, other = model.latent.draw(64, 48, *generators[:2]), model.latent.draw(64, 48, *generators[2:])
    assert torch.equal(one[:, :2], other[:, :2])
    assert not torch.equal(one[:, 2:], other[:, 2:])


def test_z_changes_what_the_model_does():
    torch.manual_seed(0)
    model = FramesModel(TINY).eval()
    x = _inputs(TINY)
    frames = []
    for seed in (1, 2):
        z = torch.randn(2, 6, 4, 3, generator=torch.Generator().manual_seed(seed))
        prepared, prediction = _predict(model, x, z)
        frames.append(next_frame(prediction, prepared.states, x["canvas"]))
    assert (frames[0] - frames[1]).abs().max() > 1e-4


def test_masks_are_sharper_at_inference_and_the_same_in_training():
    torch.manual_seed(0)
    x = _inputs(TINY)
    weights = {}
    for sharpness in (1.0, 3.0):
        torch.manual_seed(0)
        model = FramesModel(FramesConfig(**{**vars(TINY), "sharpness": sharpness}))
        torch.nn.init.constant_(model.decoder.head.weight.bias, 0.5)  # leans to painting: 0.62 or so
        for mode in (True, False):
            weights[sharpness, mode] = _predict(model.train(mode), x, torch.zeros(2, 6, 4, 3))[1].weight
    assert torch.allclose(weights[1.0, True], weights[3.0, True])
    assert weights[1.0, False].mean().item() == pytest.approx(0.62, abs=0.02)
    assert weights[3.0, False].mean().item() == pytest.approx(0.9, abs=0.03)


def test_what_is_unlikely_is_left_out_altogether():
    found = []
    for logit in (-2.0, -0.2, 0.2, 2.0):
        choice = torch.tensor([1.0, 0.0])[None, :, None, None].expand(1, 2, 8, 8)
        mix, opacity = sharpen_mixture(choice, 3.0), sharpen_weight(torch.full((1, 1, 8, 8), logit), 3.0)
        assert opacity.unique().numel() == 1
        found.append(opacity.mean().item())
    assert found[0] == 0
    assert found[3] == 1
    assert 0 < found[1] < 0.5 < found[2] < 1
    # A single pixel that disagrees with all around it is not painted.
    lonely = torch.full((1, 1, 9, 9), -3.0)
    lonely[..., 4, 4] = 50.0
    assert sharpen_weight(lonely, 3.0).max() == 0
    assert mix[0, 0, 0, 0] == pytest.approx(torch.sigmoid(torch.tensor(3.0)).item())


def test_the_tint_leads_one_way_everywhere():
    def grey(*values: float) -> torch.Tensor:
        return torch.tensor(values).view(1, 1, 1, -1).expand(1, 3, 1, -1)

    painting = torch.linspace(0, 1, 64 * 64).view(1, 1, 64, 64).expand(1, 3, 64, 64)
    anchors = dark_light_anchors(painting)
    darks, lights = anchors[0, :, 0].tolist()
    assert darks == pytest.approx(0.025, abs=1e-3) and lights == pytest.approx(0.975, abs=1e-3)
    loose = torch.tensor([1.0, 1.0, 0.5, 0.0]).view(1, 1, 1, 4)  # a first coat twice, planes of light, the picture
    laid = torch.tensor([1.0, 1.0, 0.0, 1.0]).view(1, 1, 1, 4)
    colour = grey(0.825, 0.225, 0.425, 0.9)
    lean = grey(-0.4, -0.1, 0.3, 0.2)  # where paint is laid, half of the way to the darks; elsewhere it does not know
    # Two pixels are too few to be sure of a tone; many say it clearly.
    wide = [x.repeat(1, 1, 50, 1) for x in (lean, loose, laid, colour)]
    even = project_tint(*wide, anchors, 0.0)[0, 0, 0].tolist()
    assert even == pytest.approx([-0.4, -0.1, -0.1, 0.0], abs=2e-3)
    assert torch.allclose(project_tint(*wide, anchors, 1.0), wide[0])
    assert project_tint(*wide, anchors, 0.5)[0, 0, 0].tolist() == pytest.approx([-0.4, -0.1, 0.1, 0.1], abs=2e-3)
    lighter = project_tint(-wide[0], *wide[1:], anchors, 0.0)
    assert (lighter[..., :3] > 0).all() and lighter[0, 0, 0, 0] < lighter[0, 0, 0, 1], "dark gives way to light most"
    assert not project_tint(lean, loose, torch.zeros_like(laid), colour, anchors, 0.0).any()


def test_paper_numbers():
    config = PaperConfig()
    assert (config.size, config.z_size, config.blocks, config.hard_bins) == (256, 256, 9, True)
    assert (config.degree_mode, config.n_states, config.local) == ("area", 0, 0)
    # {x_T, x_t, labels, edges, degree map}: 3 + 3 + 10 + 1 + 6
    assert config.condition_channels == 23
    model = PaperFramesModel(TINY_PAPER)
    names = [type(m).__name__ for m in model.decoder.modules()]
    assert names.count("ResBlock") == 2
    assert sum(m.stride == (2, 2) for m in model.decoder.modules() if isinstance(m, torch.nn.Conv2d)) == 4
    assert names.count("Upsample") == 8  # two up-samplers of four


@pytest.mark.parametrize(
    ("kind", "config"), [(FrameDiscriminator, TINY), (PaperDiscriminator, TINY_PAPER)], ids=["default", "paper"]
)
def test_discriminator_ends_without_normalisation_and_tells_frames_apart(kind, config):
    torch.manual_seed(0)
    critic = kind(config, width=8)
    last = critic.net.layers[-1]
    assert isinstance(last, torch.nn.Conv2d)
    x = _inputs(config)
    rest = (x["labels"], x["edges"], x["condition"])
    real, fake = (critic(x["painting"], x["canvas"], x[k], *rest)[-1] for k in ("after", "canvas"))
    assert real.shape == fake.shape
    assert not torch.allclose(real, fake)


def test_saved_and_loaded(tmp_path):
    torch.manual_seed(0)
    model = FramesModel(FramesConfig(**{**vars(TINY), "degree_rows": ((0.5, *[0.1] * 10),)})).eval()
    model.save_pretrained(tmp_path / "m")
    again = FramesModel.from_pretrained(tmp_path / "m")
    assert again.config == model.config
    x = _inputs(TINY)
    z = torch.zeros(2, 6, 4, 3)
    assert torch.equal(_predict(model, x, z)[1].weight, _predict(again, x, z)[1].weight)


def test_a_stored_config_chooses_the_class_and_keeps_its_names(tmp_path):
    torch.manual_seed(0)
    for kind, config in MODELS:
        kind(config).save_pretrained(tmp_path / config.variant)
        stored = json.loads((tmp_path / config.variant / "config.json").read_text())["config"]
        assert (stored["variant"], stored["decided"], stored["free"]) == (config.variant, 3.0, 0.15)
        assert {"tone", "uneven", "keep"} < stored.keys()
        again = FramesModel.from_pretrained(tmp_path / config.variant)
        assert (type(again), again.config) == (kind, config)


def test_layers_keep_the_names_that_files_of_weights_have():
    model = FramesModel(TINY)
    names = {name.split(".")[1] for name in model.state_dict() if name.startswith("decoder.")}
    assert {"asked", "join", "join_strokes", "deep", "up_stroke", "weight", "palette", "asked_weight"} < names
    assert not {"head", "condition", "bottleneck"} & names
    other = FramesModel(TINY)
    other.load_state_dict(model.state_dict())
    sent = pickle.loads(pickle.dumps(model))  # as loading processes get it
    for again in (other, sent):
        assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
        assert again.state_dict().keys() == model.state_dict().keys()


@pytest.mark.parametrize("wrong", [{"variant": "fast"}, {"size": 250}, {"degree_mode": "speed"}, {"multiple": 24}])
def test_wrong_configs_are_refused(wrong):
    with pytest.raises(UserError):
        FramesConfig(**wrong)


def test_prepared_is_computed_once_per_painting():
    model = FramesModel(TINY).eval()
    x = _inputs(TINY)
    prepared = model.prepare(x["painting"], x["labels"], x["edges"], x["states"])
    assert isinstance(prepared, Prepared)
    assert prepared.features.shape == (2, 8, 16, 12)
    assert np.isfinite(prepared.features.detach().numpy()).all()
