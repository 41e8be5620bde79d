"""Training of the frames stage on real small processes, made here: both phases, both variants."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scenes import head

from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.finish_levels import LEVELS, level
from ppp.modules.frames import losses
from ppp.modules.frames.batch import SequenceBatch
from ppp.modules.frames.config import FramesConfig, FramesTraining
from ppp.modules.frames.inference import set_painting
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.paper.config import PAPER_WEIGHTS, PaperConfig
from ppp.modules.frames.prediction import FramePrediction
from ppp.modules.frames.torch_network import TorchFramesNetwork
from ppp.modules.frames.train import FramesTask, task
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.plans import make_plan
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig


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


def _task(processes: Path, run: RunConfig, variant: str = "default") -> FramesTask:
    made = task([processes], {"variant": variant, "crop": 48, "gan_from": 0}, run)
    if variant == "default":
        config = FramesConfig(width=8, style=2, local=4, blocks=1, degree_rows=made.config.degree_rows)
    else:
        config = PaperConfig(width=4, style=8, blocks=1)
    return type(made)(made.dataset, config, made.training)


def _run(out: Path, **more) -> RunConfig:
    return RunConfig(
        out=out, steps=4, batch=2, device="cpu", quiet=True, log_every=1, sheet_every=2, channels_last=False, **more
    )


@pytest.mark.parametrize("variant", ["default", "paper"])
def test_both_phases_run_and_the_run_loads(processes, tmp_path, variant):
    run = _run(tmp_path / "run")
    made = _task(processes, run, variant)
    assert [made.in_sequence_phase(s) for s in range(4)] == ([False] * 3 + [True])
    assert fit(made, run).reason == "done"
    assert FramesModel.from_pretrained(tmp_path / "run").config.variant == variant
    assert (tmp_path / "run" / "sheets" / "00000002.png").stat().st_size > 1000


def test_training_learns(processes, tmp_path):
    run = RunConfig(out=tmp_path / "run", steps=150, batch=2, device="cpu", quiet=True, log_every=150, save_every=150,
                    channels_last=False, ema_decay=0.8)  # fmt: skip
    made = _task(processes, run)
    made.training = FramesTraining(steps=150, lr=3e-3, crop=48, sequence=1.0, gan_from=1000)
    batch = made.collate([made.dataset.sample(9, 0, i) for i in range(2)])
    sequences = SequenceBatch.of(batch, made.config, 0.0)

    def error() -> float:
        flat = sequences.flat()
        with torch.no_grad():
            prepared = made.model.prepare(sequences.painting, sequences.classes, sequences.edges, sequences.states)
            total = 0.0
            for i in range(sequences.length):
                step = sequences.at(i)
                frame = made.model(prepared, step.before, step.condition, torch.zeros(2, 6, 3, 3))
                total += float((frame - step.after).abs().mean())
        assert len(flat.before) == 2 * sequences.length
        return total

    before = error()
    fit(made, run)
    assert error() < 0.6 * before


def watched(made, monkeypatch):
    """Watch a task's model: the canvases it paints on, the (before, after) it encodes, and an idle loop."""
    canvases, encoded = [], []
    predict, encode = made.model.predict, made.model.encode
    monkeypatch.setattr(
        made.model, "predict", lambda p, canvas, *more: canvases.append(canvas) or predict(p, canvas, *more)
    )
    monkeypatch.setattr(made.model, "encode", lambda *args: encoded.append(args[1:3]) or encode(*args))

    class Loop:
        models = made.models()

        @staticmethod
        def optimise(name, loss, clip=0.0):
            return 0.0

    return canvases, encoded, Loop()


def test_no_kl_and_own_outputs_in_the_sequence_phase(processes, tmp_path, monkeypatch):
    run = _run(tmp_path / "run")
    made = _task(processes, run)
    batch = made.collate([made.dataset.sample(0, 0, i) for i in range(2)])
    canvases, encoded, loop = watched(made, monkeypatch)
    values = made.step(batch, 3, loop)
    assert "kl" not in values
    assert not encoded
    frames = batch["frames"]
    assert torch.equal(canvases[0], frames[:, 0])
    assert not torch.allclose(canvases[1], frames[:, 1])  # what it made itself, not the truth
    assert canvases[1].requires_grad
    values = made.step(batch, 0, loop)
    assert values["kl"] >= 0
    assert encoded


def test_in_the_sequence_phase_z_may_tell_how_the_truth_comes_of_the_models_own_canvas(
    processes, tmp_path, monkeypatch
):
    made = _task(processes, _run(tmp_path / "run"))
    made.training = replace(made.training, sequence_z="encoder")
    batch = made.collate([made.dataset.sample(0, 0, i) for i in range(2)])
    canvases, encoded, loop = watched(made, monkeypatch)
    made.step(batch, 3, loop)
    assert len(encoded) == made.training.length
    for index, (before, after) in enumerate(encoded):
        assert torch.equal(before, canvases[index])
        assert not before.requires_grad
        assert torch.equal(after, batch["frames"][:, index + 1])
    with pytest.raises(UserError, match="prior or encoder"):
        replace(made.training, sequence_z="none")


def test_the_discriminator_sees_different_real_and_fake_frames(processes, tmp_path, monkeypatch):
    run = _run(tmp_path / "run")
    for variant in ("default", "paper"):
        made = _task(processes, run, variant)
        batch = made.collate([made.dataset.sample(0, 0, i) for i in range(2)])
        seen = []
        judge = made.critic.forward
        monkeypatch.setattr(made.critic, "forward", lambda *a, judge=judge, seen=seen: seen.append(a[2]) or judge(*a))

        class Loop:
            models = made.models()

            @staticmethod
            def optimise(name, loss, clip=0.0):
                return 0.0

        made.step(batch, 0, Loop())
        real, fake = seen[:2]
        assert not torch.allclose(real, fake)
        assert not fake.requires_grad  # the discriminator's own step does not move the model
        assert seen[2].requires_grad  # the model's does


def test_paper_learning_rate_decays_over_the_last_third(processes, tmp_path):
    run = RunConfig(out=tmp_path, steps=600)
    made = task([processes], {"variant": "paper"}, run)
    assert made.training.lr == 2e-4
    assert made.training.crop == 256
    assert made.training.drop_names == 0
    assert made.lr(0) == made.lr(399) == 2e-4
    assert made.lr(500) == pytest.approx(1e-4)
    assert made.lr(599) == pytest.approx(1e-6)
    assert not made.in_sequence_phase(399)
    assert made.in_sequence_phase(400)
    assert (PAPER_WEIGHTS.l1, PAPER_WEIGHTS.perceptual, PAPER_WEIGHTS.gan, PAPER_WEIGHTS.tv) == (100, 10, 10, 1)


def test_loss_terms():
    states = torch.stack([torch.zeros(3, 4, 4), torch.ones(3, 4, 4)])[None]
    changed = torch.ones(1, 1, 4, 4)
    logits = torch.tensor([-9.0, 9.0])[None, :, None, None].expand(1, 2, 4, 4)
    right = FramePrediction(None, states[:, 0], changed, logits)
    unspecified = torch.zeros(1, 2, 4, 4)
    assert losses.mixture_ce(right, states, states[:, 1], changed, unspecified) < 1e-3
    assert losses.mixture_ce(right, states, states[:, 0], changed, unspecified) > 5
    assert losses.opacity_entropy(torch.full((1, 1, 2, 2), 0.5)).item() == pytest.approx(1.0)
    assert losses.opacity_entropy(changed).item() == 0
    field, finish = torch.ones(1, 1, 2, 2), torch.zeros(1, len(LEVELS), 2, 2)
    finish[:, level("flat")] = 1.0
    alike, apart = torch.zeros(1, 3, 2, 2), torch.full((1, 3, 2, 2), 0.03)
    assert losses.diversity_hinge(alike, alike, field, finish).item() == pytest.approx(0.04)
    assert losses.diversity_hinge(alike, apart, field, finish).item() == pytest.approx(0.01)
    assert losses.diversity_hinge(alike, alike, field, finish.roll(3, dims=1)).item() == 0  # the painting is one
    before, after = torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 2)
    after[..., 0, 0] = 0.5
    is_changed, is_not = losses.changed_pixels(before, after)
    assert is_changed.flatten().tolist() == [1, 0, 0, 0]
    assert is_not.flatten().tolist() == [0, 1, 1, 1]
    assert losses.weighted_l1(before, after, is_changed).item() > (after - before).abs().mean().item()


def test_a_flat_laid_dark_is_still_the_flat():
    flat, form = level("flat"), level("form")
    states = torch.zeros(1, len(LEVELS), 3, 4, 4)
    states[:, flat], states[:, form] = 0.6, 0.52
    laid, changed = torch.full((1, 3, 4, 4), 0.51), torch.ones(1, 1, 4, 4)
    finish = torch.zeros(1, len(LEVELS), 4, 4)
    finish[:, flat] = 1.0
    assert losses.estimate_tint(states, laid, changed, finish).flatten().tolist() == pytest.approx([-0.09] * 3)
    logits = torch.full((1, len(LEVELS), 4, 4), -9.0)
    logits[:, flat] = 9.0
    right = FramePrediction(None, laid, changed, logits)
    assert losses.mixture_ce(right, states, laid, changed, finish) < 1e-3
    assert losses.mixture_ce(right, states, laid, changed, torch.zeros_like(finish)) > 5  # as if it were the form


def test_names_are_dropped_from_some_samples(processes, tmp_path):
    made = _task(processes, _run(tmp_path))
    batch = made.collate([made.dataset.sample(0, 0, i) for i in range(2)])
    assert SequenceBatch.of(batch, made.config, 0.0).classes.sum() > 0
    assert SequenceBatch.of(batch, made.config, 1.0).classes.sum() == 0


def test_the_predictor_is_deterministic_and_stays_in_range():
    painting, labels = head()
    torch.manual_seed(0)
    model = FramesModel(FramesConfig(width=8, style=2, local=4, blocks=1)).eval()
    plan = make_plan("artist", painting, labels, PORTRAIT, 6, 0)
    results = []
    for seed in (0, 0, 1):
        predictor = set_painting(TorchFramesNetwork(model), painting, labels, PORTRAIT, plan.ground)
        canvas = np.ones_like(painting)
        for frame in range(2, 6):
            canvas, _ = predictor.paint_step(canvas, plan.step(frame), 100 * seed, 100 * seed + frame)
        results.append(canvas)
    assert np.array_equal(results[0], results[1])
    assert not np.array_equal(results[0], results[2])
    assert results[0].min() >= 0
    assert results[0].max() <= 1


def test_training_can_start_from_a_model(processes, tmp_path):
    FramesModel(FramesConfig(n_classes=10)).save_pretrained(tmp_path / "first")
    made = task([processes], {"init": str(tmp_path / "first")}, _run(tmp_path / "run"))
    first = FramesModel.from_pretrained(tmp_path / "first").state_dict()
    assert all(torch.equal(v, first[k]) for k, v in made.model.state_dict().items())
    other = task([processes], {}, _run(tmp_path / "run"))
    assert not all(torch.equal(v, first[k]) for k, v in other.model.state_dict().items())


def test_a_perceptual_loss_that_is_asked_for_counts(processes, tmp_path):
    made = _task(processes, _run(tmp_path))
    made.perceptual = torch.nn.MSELoss()  # any distance between frames: that it is used is what counts here
    batch = made.collate([made.dataset.sample(0, 0, i) for i in range(2)])

    class Loop:
        models = made.models()

        @staticmethod
        def optimise(name, loss, clip=0.0):
            return 0.0

    assert made.step(batch, 0, Loop())["perceptual"] > 0
    made.perceptual = None
    assert "perceptual" not in made.step(batch, 0, Loop())


def test_unknown_options_are_refused(processes, tmp_path):
    with pytest.raises(UserError, match="speed"):
        task([processes], {"speed": 3}, _run(tmp_path))


def test_pictures_of_many_things_are_learned_beside_portraits(processes, tmp_path):
    """Layered art has more parts than a portrait: degrees of a batch have one shape."""
    labels = (np.mgrid[:48, :60][0] // 8 * 4 + np.mgrid[:48, :60][1] // 15).astype(np.uint8)
    parts = LabelSet.from_json({"classes": [{"name": f"part {i}"} for i in range(24)]})
    painting = np.random.default_rng(0).random((24, 3), np.float32)[labels]
    plan = make_plan("artist", painting, labels, parts, 12, 0)
    (tmp_path / "source.png").write_bytes(b"a picture")
    write_simulated(tmp_path / "many" / "one", painting, labels, parts, plan, 0, tmp_path / "source.png")
    run = _run(tmp_path / "run")
    made = task([processes, tmp_path / "many"], {"crop": 48}, run)
    samples = [made.dataset.sample(0, 0, index) for index in range(len(made.dataset))]
    assert {sample["degrees"].shape for sample in samples} == {(3, 256)}
    assert made.collate(samples)["degrees"].shape[1:] == (3, 256)
    fit(made, run)
