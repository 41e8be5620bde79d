"""What docs/ablations.md varies: each switch does what it says, and at the standards nothing is other than it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scenes import head

from ppp.modules.data.processes.process import find_processes
from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.degree import average_over_parts
from ppp.modules.frames.conditioning import Condition
from ppp.modules.frames.config import FramesConfig, FramesTraining
from ppp.modules.frames.dataset import SequenceDataset
from ppp.modules.frames.inference import set_painting
from ppp.modules.frames.losses import mixture_ce, stroke_mask_bce
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.prediction import next_frame
from ppp.modules.frames.torch_network import TorchFramesNetwork
from ppp.modules.frames.train import LATER, FramesTask, NoLatentTask, task
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import make_plan
from ppp.modules.plans.plan import UNSPECIFIED
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig

TINY = FramesConfig(width=8, style=2, local=4, blocks=1)
OFF = {"skips": False, "field": False, "latent": False}
VARIED = [{name: value} for name, value in OFF.items()] + [{"predict": "free"}, {"predict": "difference"}]


@pytest.fixture(scope="module")
def processes(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    painting, labels = head()
    source = folder / "source.png"
    source.write_bytes(b"a picture")
    for seed in range(2):
        plan = make_plan("artist", painting, labels, PORTRAIT, 12, seed)
        write_simulated(folder / f"{seed}", painting, labels, PORTRAIT, plan, seed, source)
    return folder


class Still:
    """A loop whose optimisers do nothing."""

    def __init__(self, made: FramesTask) -> None:
        self.models = made.models()

    @staticmethod
    def optimise(name, loss, clip=0.0):
        return float(loss.detach())


def _batch() -> dict[str, torch.Tensor]:
    """Two sequences of three steps of noise, 32 px."""
    g = torch.Generator().manual_seed(3)
    painting = torch.rand(2, 3, 32, 32, generator=g)
    states = torch.rand(2, 10, 3, 32, 32, generator=g)
    states[:, -1] = painting
    finish = torch.randint(0, 11, (2, 3, 32, 32), generator=g)
    return {
        "frames": torch.rand(2, 4, 3, 32, 32, generator=g),
        "painting": painting,
        "states": states,
        "labels": torch.randint(1, 10, (2, 32, 32), generator=g),
        "degrees": torch.rand(2, 3, 16, generator=g),
        "field": torch.rand(2, 3, 32, 32, generator=g),
        "finish": torch.where(finish == 10, UNSPECIFIED, finish).to(torch.uint8),
        "named": torch.ones(2),
    }


def _losses(config: FramesConfig, **training) -> list[dict[str, float]]:
    """The terms of a pair-wise step and of one on the model's own output, with fresh weights."""
    torch.manual_seed(11)
    kind = FramesTask if config.latent else NoLatentTask
    made = kind(SequenceDataset([]), config, FramesTraining(steps=4, gan_from=0, kl_from=0, **training))
    found = []
    for step in (0, 3):
        torch.manual_seed(step)
        found.append(
            {
                name: float(torch.as_tensor(value).detach())
                for name, value in made.step(_batch(), step, Still(made)).items()
            }
        )
    return found


def test_the_standards_are_as_they_were_before_there_were_switches():
    """Numbers of the code before; equal seeds draw equal weights, so a layer more or less would show."""
    assert FramesConfig() == FramesConfig(skips=True, field=True, latent=True, predict="mixture")
    for found, before in zip(_losses(TINY), BEFORE, strict=True):
        assert found.keys() == before.keys()
        assert found == pytest.approx(before, rel=1e-3, abs=1e-5)


BEFORE = [
    {
        "own": 0.100653,
        "l1": 2.74828,
        "touch": 0.897397,
        "choice": 1.70453,
        "kl": 0,
        "coarse": 0.0298409,
        "many": 0.113505,
        "gan": -0.0338835,
        "loss": 5.56032,
        "d": 1.98935,
    },
    {"sequence": 1.43594, "gan": -0.0399186, "loss": 1.39602, "d": 2.03173},
]


@pytest.mark.parametrize("varied", VARIED, ids=str)
def test_a_varied_model_is_trained_in_both_phases_saved_and_used(processes, tmp_path, varied):
    run = RunConfig(out=tmp_path / "run", steps=4, batch=2, device="cpu", quiet=True, log_every=1, sheet_every=4)
    torch.manual_seed(0)
    sizes = {"width": 8, "style": 2, "local": 4, "blocks": 1}
    made = task([processes], {"crop": 48, "gan_from": 0, **sizes, **varied}, run)
    first = {name: p.detach().clone() for name, p in made.model.named_parameters()}
    assert fit(made, run).reason == "done"
    still = [name for name, p in made.model.named_parameters() if torch.equal(p, first[name])]
    # The style's tone is nothing where z is nothing.
    assert still == (["decoder.head.style_to_tint.weight"] if varied == {"latent": False} else [])
    again = FramesModel.from_pretrained(tmp_path / "run")
    assert {name: getattr(again.config, name) for name in varied} == varied
    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 6, 0)
    predictor = set_painting(TorchFramesNetwork(again), painting, labels, PORTRAIT, plan.ground)
    canvas = np.ones_like(painting)
    for frame in (2, 3):
        canvas, strokes = predictor.paint_step(canvas, plan.step(frame), 0, frame)
        assert strokes is None, "without a layout the masks are composed"
    assert np.isfinite(canvas).all()
    assert 0 <= canvas.min() < canvas.max() <= 1


def test_without_skips_the_up_samplers_see_the_bottom_only():
    torch.manual_seed(0)
    plain = FramesModel(replace(TINY, skips=False)).decoder
    seen = []
    plain.head.up_weight.middle.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    x = _inputs()
    plain(plain.prepare(x["painting"], x["labels"], x["edges"], x["states"]), *x["step"], torch.zeros(1, 6, 1, 1))
    assert seen[0].shape[1] == 2 * TINY.width  # the bottom's channels, no others
    assert sum(p.numel() for p in plain.parameters()) < sum(p.numel() for p in FramesModel(TINY).decoder.parameters())


def _inputs(side: int = 32) -> dict[str, object]:
    g = torch.Generator().manual_seed(0)

    def rand(*shape):
        return torch.rand(*shape, generator=g)

    condition = Condition(rand(1, 6, side, side), rand(1, 1, side, side), torch.zeros(1, 10, side, side))
    return {
        "painting": rand(1, 3, side, side), "labels": torch.zeros(1, 10, side, side),
        "edges": rand(1, 1, side, side), "states": rand(1, 10, 3, side, side),
        "step": (rand(1, 3, side, side), condition),
    }  # fmt: skip


def test_a_difference_is_added_and_there_is_no_weight_to_teach():
    torch.manual_seed(0)
    model = FramesModel(replace(TINY, predict="difference")).eval()
    x = _inputs()
    prepared = model.prepare(x["painting"], x["labels"], x["edges"], x["states"])
    canvas, condition = x["step"]
    found = model.predict(prepared, *x["step"], torch.zeros(1, 6, 1, 1))
    assert found.adds
    found.free[..., :16] = -2.0  # darker than black
    frame = next_frame(found, prepared.states, canvas)
    assert torch.equal(frame[..., 16:], (canvas + found.free).clamp(0, 1)[..., 16:])
    assert frame[..., :16].abs().max() == 0
    changed = torch.ones(1, 1, 32, 32)
    assert stroke_mask_bce(found, changed, 1 - changed, changed) == 0
    assert mixture_ce(found, x["states"], canvas, changed, condition.finish) == 0
    losses = _losses(replace(TINY, predict="difference"))
    assert losses[0]["touch"] == losses[0]["choice"] == 0 < losses[0]["l1"]


def test_a_free_stroke_is_a_colour_and_has_a_weight():
    torch.manual_seed(0)
    model = FramesModel(replace(TINY, predict="free")).eval()
    x = _inputs()
    prepared = model.prepare(x["painting"], x["labels"], x["edges"], x["states"])
    found = model.predict(prepared, *x["step"], torch.zeros(1, 6, 1, 1))
    assert found.mix is None
    assert 0 < found.free.min() < found.free.max() < 1
    losses = _losses(replace(TINY, predict="free"))
    assert losses[0]["choice"] == 0 < losses[0]["touch"]


def test_without_latent_nothing_is_encoded_and_every_seed_paints_alike():
    for terms in _losses(replace(TINY, latent=False)):
        assert not {"kl", "many"} & terms.keys()
    model = FramesModel(replace(TINY, latent=False)).eval()
    assert not [name for name in model.state_dict() if name.startswith("encoder")]
    draws = [model.latent.draw(32, 48, *(torch.Generator().manual_seed(seed) for seed in (s, s + 9))) for s in (1, 2)]
    assert torch.equal(*draws)
    assert draws[0].abs().max() == 0


def test_without_discriminator_there_is_none():
    pairs, sequence = _losses(TINY, gan=False)
    assert not {"gan", "d"} & (pairs.keys() | sequence.keys())
    made = FramesTask(SequenceDataset([]), TINY, FramesTraining(gan=False))
    assert made.models().keys() == made.optimisers().keys() == {"model"}


def test_average_over_parts_leaves_one_value_per_part():
    labels = np.array([[0, 0, 1, 1, 2, 2]])
    finish = np.array([[UNSPECIFIED, 6, 7, 7, 4, UNSPECIFIED]], np.uint8)
    finish[0, 3] = 5
    field, far = average_over_parts(np.array([0.25, 0.5, 0.0]), finish, labels, UNSPECIFIED)
    assert field.tolist() == [[0.25, 0.25, 0.5, 0.5, 0.0, 0.0]]
    assert far.tolist() == [
        [6, 6, 5, 5, UNSPECIFIED, UNSPECIFIED]
    ]  # of equally many the lower; nothing where nothing is requested


def test_without_field_samples_and_predictor_have_one_value_per_part(processes):
    local, partwise = (SequenceDataset(find_processes([processes]), crop=48, field=field) for field in (True, False))
    alike = []
    for index in range(2):
        one, other = local.sample(0, 0, index), partwise.sample(0, 0, index)
        for name in ("frames", "painting", "labels", "degrees"):
            assert np.array_equal(one[name], other[name])
        for step in range(3):
            where = other["field"][step]
            assert np.allclose(where, other["degrees"][step][other["labels"]])
            assert all(
                len(np.unique(other["finish"][step][other["labels"] == p])) == 1 for p in np.unique(one["labels"])
            )
        alike.append(np.allclose(one["field"], other["field"]))
    assert not all(alike)  # a step may paint all of its parts

    painting, labels = head()
    plan = make_plan("artist", painting, labels, PORTRAIT, 12, 0)
    step = next(s for s in map(plan.step, range(2, 12)) if s.degrees.max() > 0.1 and s.field.max() > 0.5)
    moved = replace(step, field=np.ascontiguousarray(step.field[:, ::-1]))
    for field in (True, False):
        torch.manual_seed(0)
        model = FramesModel(replace(TINY, field=field)).eval()
        predictor = set_painting(TorchFramesNetwork(model), painting, labels, PORTRAIT, plan.ground)
        frames = [predictor.paint_step(np.ones_like(painting), requested, 0, 1)[0] for requested in (step, moved)]
        assert np.array_equal(*frames) != field


def test_intervals_reach_samples_and_balance(processes, tmp_path):
    run = RunConfig(out=tmp_path, steps=1)
    made = task([processes], {"intervals": [2, 4]}, run)
    assert made.dataset.intervals == made.dataset.balance.intervals == (2, 4)
    process = made.dataset.processes[0]
    rng = np.random.default_rng(0)
    steps = set()
    for _ in range(40):
        numbers = made.dataset._draw_frames(process, None, rng)
        steps |= {b - a for a, b in zip(numbers, numbers[1:], strict=False) if b != 11}
    assert steps == {2, 4}


def test_what_is_standard_is_not_named_so_that_older_runs_go_on(processes, tmp_path):
    run = RunConfig(out=tmp_path, steps=1)
    plain = task([processes], {}, run).describe()
    assert not set(LATER) & (plain["config"].keys() | plain["training"].keys())
    varied = task([processes], {**OFF, "gan": False, "intervals": [5], "keep": 0.0, "predict": "free"}, run).describe()
    assert {name: varied["config"][name] for name in (*OFF, "predict")} == {**OFF, "predict": "free"}
    assert (varied["training"]["gan"], varied["training"]["intervals"]) == (False, (5,))
    assert varied["config"]["keep"] == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"skips": "no"}, "skips"), ({"gan": 0}, "gan"), ({"predict": "sum"}, "sum"), ({"intervals": []}, "intervals"),
        ({"intervals": [0, 1]}, "intervals"), ({"intervals": [1.5]}, "intervals"), ({"n_classes": 3}, "n_classes"),
        ({"variant": "paper", "skips": False}, "paper"), ({"variant": "paper", "predict": "difference"}, "paper"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(processes, tmp_path, options, named):
    with pytest.raises(UserError, match=named):
        task([processes], options, RunConfig(out=tmp_path, steps=1))
