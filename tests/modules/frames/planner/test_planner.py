"""The planner: what it learns from, that it takes over an artist's order, and how it travels with a frames model."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from scenes import head, save_head

from ppp.modules.data.processes.process import find_processes
from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.frames.config import FramesConfig
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.planner.config import PlannerConfig, PlannerTraining
from ppp.modules.frames.planner.dataset import PlanStepDataset, find_sources
from ppp.modules.frames.planner.inference import TorchProposer, load_proposer
from ppp.modules.frames.planner.model import PlanNetwork, planner_folder
from ppp.modules.frames.planner.moments import Moments, moments_of_plan, moments_of_process
from ppp.modules.frames.planner.train import PlannerTask
from ppp.modules.frames.train import task
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.plans import make_plan
from ppp.modules.plans.order import first_pass_order
from ppp.modules.plans.plan import UNSPECIFIED
from ppp.modules.things import thing_label_set
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig
from ppp.pipeline.pipeline import Pipeline

TINY = PlannerConfig(size=64, widths=(16, 16, 24, 24), style=2)
KINDS = ["sky", "mountain", "water", "tree"]


def scene(seed: int) -> tuple[np.ndarray, np.ndarray, LabelSet]:
    """Draw a picture (64,64) of four things behind one another, in places of their own."""
    rng = np.random.default_rng(seed)
    things = thing_label_set(KINDS)
    y, x = np.mgrid[0:64, 0:64].astype(np.float32)
    labels = np.full((64, 64), 1, np.uint8)
    labels[y > rng.uniform(15, 25) + 4 * np.sin(x / rng.uniform(5, 9))] = 2
    labels[y > rng.uniform(36, 44)] = 3
    labels[np.hypot(x - rng.uniform(16, 48), y - rng.uniform(28, 40)) < rng.uniform(11, 15)] = 4
    colours = rng.uniform(0.1, 0.8, (5, 3)).astype(np.float32)
    painting = np.clip(colours[labels] + rng.normal(0, 0.04, (64, 64, 3)), 0, 1)
    return painting.astype(np.float32), labels, things


class OddArtist:
    """A source of processes of one artist: thing by thing, from near to far."""

    def __init__(self, seed: int) -> None:
        self.seed, self.name = seed, f"odd {seed}"

    def moments(self, artist: int) -> Moments:
        plan = make_plan("reverse", *scene(self.seed), 16, self.seed, medium="oil", habit="objects")
        return moments_of_plan(plan, *scene(self.seed))


def frames_model(folder: Path) -> Path:
    FramesModel(FramesConfig(width=8, style=2, local=4, blocks=1)).save_pretrained(folder)
    return folder


def training(tmp_path: Path, steps: int = 4, **more) -> tuple[RunConfig, PlannerTraining]:
    run = RunConfig(out=tmp_path / "run", steps=steps, batch=4, device="cpu", quiet=True, log_every=1,
                    sheet_every=10**6, save_every=10**6, channels_last=False, ema_decay=0.8)  # fmt: skip
    return run, PlannerTraining(steps=steps, init=str(frames_model(tmp_path / "frames")), lr=3e-3, **more)


def far_first(plan, things: LabelSet) -> float:
    """Share of pairs of parts whose farther one is begun first."""
    places = [int(things.depth_order[part]) for part in first_pass_order(plan.spec.passes) if part >= 0]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    return float(np.mean([a < b for a, b in pairs]))


def test_it_takes_over_an_order(tmp_path):
    """Trained on one who paints from near to far it plans so for other pictures; untrained it does not."""
    torch.manual_seed(0)
    run, settings = training(tmp_path, 60)
    made = PlannerTask(PlanStepDataset([OddArtist(seed) for seed in range(8)], TINY, artists=1), TINY, settings)

    def share(proposer: TorchProposer) -> float:
        plans = [
            (make_plan("learned", *scene(seed), 12, seed, medium="oil", proposer=proposer), scene(seed)[2])
            for seed in range(100, 106)
        ]
        return float(np.mean([far_first(*each) for each in plans]))

    before = share(TorchProposer(made.planner))
    assert fit(made, run).reason == "done"
    proposer = load_proposer(tmp_path / "run")
    assert proposer is not None
    assert share(proposer) < 0.2
    assert before > 0.3


def test_a_run_is_a_frames_stage_that_plans(tmp_path):
    """Its weights are those of `init`; a pipeline that is saved keeps the planner, and training goes on with it."""
    run, settings = training(tmp_path)
    sources = [OddArtist(0), OddArtist(1)]
    made = PlannerTask(PlanStepDataset(sources, TINY, moments=2), TINY, settings)
    assert fit(made, run).reason == "done"
    with torch.no_grad():
        assert made.sample_grid(0).shape == (2 * 64, 4 * 64, 3)
    log = [json.loads(line) for line in (run.out / "log.jsonl").read_text().splitlines()]
    assert {"field", "finish", "kl"} <= log[-1].keys()
    stored = FramesModel.from_pretrained(run.out).state_dict()
    assert all(torch.equal(stored[k], v) for k, v in FramesModel.from_pretrained(settings.init).state_dict().items())

    pipeline = Pipeline.from_pretrained("portrait", frames=str(run.out))
    pipeline.save_pretrained(tmp_path / "whole")
    again = Pipeline.from_pretrained(tmp_path / "whole").proposer()
    pairs = zip(again.model.state_dict().values(), made.planner.state_dict().values(), strict=True)
    assert again.config == TINY
    assert all(one.shape == other.shape for one, other in pairs)

    further = PlannerTask(made.dataset, TINY, PlannerTraining(init=str(run.out)))
    assert torch.equal(further.planner.enter.weight, again.model.enter.weight)
    afresh = PlannerTask(made.dataset, TINY, PlannerTraining(init=str(run.out), afresh=True))
    assert not torch.equal(afresh.planner.enter.weight, again.model.enter.weight)


def test_a_damaged_planner_is_refused(tmp_path):
    frames = frames_model(tmp_path / "frames")
    assert planner_folder(frames) is None
    assert load_proposer(frames) is None
    PlanNetwork(TINY).save_pretrained(frames / "planner")
    assert load_proposer(frames) is not None
    weights = frames / "planner" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError):
        load_proposer(frames)


def test_without_a_frames_model_it_says_so(tmp_path):
    save_head(tmp_path)
    with pytest.raises(UserError) as caught:
        task([tmp_path], {"variant": "planner"}, RunConfig(out=tmp_path / "run", steps=1))
    assert "init=" in str(caught.value)


@pytest.fixture(scope="module")
def process(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("processes")
    painting, labels = head()
    (folder / "source.png").write_bytes(b"a picture")
    plan = make_plan("artist", painting, labels, PORTRAIT, 12, 0)
    write_simulated(folder / "one", painting, labels, PORTRAIT, plan, 0, folder / "source.png")
    return folder


def test_a_simulated_process_teaches_its_plan(process):
    found = find_processes([process])[0]
    learned = moments_of_process(found)
    assert len(learned.frames) == 12
    assert learned.field.shape == learned.finish.shape == (11, 72, 64)
    planned = found.plan["field"][4] > 127
    assert (learned.field[4] == planned).mean() > 0.98
    assert np.array_equal(learned.finish[4], found.plan["finish"][4])


def test_a_recorded_process_teaches_what_changed(process, tmp_path):
    """Without a plan: where the frames differ, brought to the level that is nearest, or to one that is not known."""
    copy = tmp_path / "recorded"
    copy.mkdir()
    for file in (process / "one").rglob("*.*"):
        if file.name != "plan.npz":
            target = copy / file.relative_to(process / "one")
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
    info = json.loads((copy / "process.json").read_text())
    info |= {"kind": "recorded", "provenance": "", "plan": None, "steps": [], "cuts": [3]}
    (copy / "process.json").write_text(json.dumps(info))
    recorded, planned = moments_of_process(find_processes([copy])[0]), moments_of_process(find_processes([process])[0])
    assert not recorded.field[2].any(), "nothing is learned across a cut"
    both = (recorded.field[4:9] & planned.field[4:9]).sum()
    assert both > 0.5 * recorded.field[4:9].sum() > 0
    known = recorded.finish != UNSPECIFIED
    assert 0.02 < known.mean() < 0.9
    assert not (known & ~recorded.field).any()


def test_samples_are_pure_and_kept_plans_are_read(tmp_path):
    save_head(tmp_path)
    sources = find_sources([tmp_path], tmp_path / "cache")
    assert len(sources) == 1
    samples = [PlanStepDataset(sources, PlannerConfig(size=80), artists=2).sample(3, 1, 0) for _ in range(2)]
    assert len(list((tmp_path / "cache").iterdir())) == 1
    fresh = PlanStepDataset(find_sources([tmp_path], None), PlannerConfig(size=80), artists=2).sample(3, 1, 0)
    for other in (samples[1], fresh):
        assert all(np.array_equal(samples[0][name], other[name]) for name in samples[0])
    assert samples[0]["field"].shape == (4, 80, 80)
    assert set(np.unique(samples[0]["field"])) <= {0.0, 1.0}
    assert (samples[0]["finish"][samples[0]["field"] > 0] != UNSPECIFIED).all()


def test_the_planner_that_ships_plans_as_painters_do():
    """Masses before features, laid in with the first level of the medium, and finished."""
    proposer = load_proposer(Path(__file__).resolve().parents[4] / "weights" / "portrait" / "frames")
    assert proposer is not None
    for medium, first in (("oil", "flat"), ("watercolour", "wash"), ("ink", "lined")):
        for seed in (0, 1):
            passes = make_plan("learned", *head(), PORTRAIT, 24, seed, medium=medium, proposer=proposer).spec.passes
            parts = [planned.part for planned in passes if planned.part >= 0]
            begun = {PORTRAIT.names[part]: parts.index(part) for part in parts}
            assert all(begun["face"] < begun[name] for name in ("eyes", "mouth")), (medium, seed)
            masses = [
                planned.finish for planned in passes if PORTRAIT.names[planned.part] in ("face", "hair", "clothes")
            ]
            assert masses[0] == first, (medium, seed)
            assert {planned.finish for planned in passes if planned.part >= 0} >= {first, "painting"}
