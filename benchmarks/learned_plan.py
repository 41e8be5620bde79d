"""Measure a trained planner (plan `learned`) on processes of simulated artists and pictures that it has not seen.

    python benchmarks/learned_plan.py PICTURES… --frames FRAMES [--limit 16] [--seeds 3] [--odd 120] [--json]

FRAMES is a frames model with a planner. Of each picture of the val split an artist of a drawn medium is the truth. The
next steps: intersection over union of what they paint with what is predicted, as much of it as the true step paints;
five ahead the planner goes on from its own canvas. `learned` is told where the last step painted, `canvas alone` is
not; both are means over seeds. Whole plans: order in which parts are begun (Kendall's tau) and what is painted at the
same share of the time. Beside it, told the same medium: plan `artist` of other seeds; the habit most likely for the
picture, the mean of its seeds; what is unfinished and near to the last step; all that is not finished. `--odd` tunes
the planner for so many steps on ten processes of an artist who paints from near to far. All plans are carried out
without strokes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ppp.modules.brush.media import MEDIA
from ppp.modules.data.pictures import PictureFile, find_pictures, pick_evenly
from ppp.modules.degree import TOUCHED_DIFFERENCE, difference
from ppp.modules.frames.planner.config import PlannerTraining
from ppp.modules.frames.planner.dataset import PlanStepDataset
from ppp.modules.frames.planner.inference import TorchProposer, load_proposer
from ppp.modules.frames.planner.moments import FRAMES, Moments, moments_of_plan, read_labelled
from ppp.modules.frames.planner.train import PlannerTask
from ppp.modules.plans import make_context, make_plan
from ppp.modules.plans.habits import draw_habit
from ppp.modules.plans.subject import find_subject
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig

AHEAD = 5
BEGUN = 0.1  # share of a part that is painted when it counts as begun
PACE = 1 / (FRAMES - 1)
ODD = {"name": "reverse", "habit": "objects"}  # near to far, each thing to its end


@dataclass(frozen=True)
class Painted:
    """A picture, and plans of it."""

    file: PictureFile
    medium: str

    @cached_property
    def loaded(self) -> tuple[Any, Any, Any]:
        return read_labelled(self.file)

    def moments(self, seed: int, *, name: str = "artist", **more: Any) -> Moments:
        """Plan it and carry the plan out without strokes."""
        plan = make_plan(name, *self.loaded, FRAMES, seed, medium=self.medium, **more)
        return moments_of_plan(plan, *self.loaded)

    @cached_property
    def likely_habit(self) -> str:
        """The habit that most seeds draw for it."""
        painting, labels, label_set = self.loaded
        subject, suited = find_subject(painting, labels, label_set, self.medium), MEDIA[self.medium].habits
        drawn = Counter(draw_habit(float(painting.mean()), subject, seed, suited) for seed in range(60))
        return drawn.most_common(1)[0][0]


def overlap(scores: np.ndarray, true: np.ndarray) -> float:
    """Intersection over union of a true region with as many pixels of the highest scores."""
    noise = np.random.default_rng(0).random(scores.shape) * 1e-6
    chosen = np.zeros(true.size, bool)
    chosen[np.argsort(-(scores + noise), axis=None)[: true.sum()]] = True
    return float((chosen & true.ravel()).sum() / (chosen | true.ravel()).sum())


def soon(process: Moments, step: int) -> np.ndarray:
    """How soon after `step` each pixel is painted next, (h,w) in [0,1]."""
    later = process.field[step:]
    wait = np.where(later.any(axis=0), later.argmax(axis=0), len(process.field))
    return np.asarray(np.exp(-wait / 2.0))


def near(where: np.ndarray) -> np.ndarray:
    """How near each pixel is to a region (h,w) bool, (h,w) in ]0,1]."""
    away = cv2.distanceTransform((~where).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(1 / (1 + away)) if where.any() else np.ones(where.shape)


class Context:
    """What a planner is asked about, for canvases of a true process."""

    def __init__(self, truth: Moments) -> None:
        painting = truth.painting.astype(np.float32) / 255
        self.context = make_context(painting, truth.labels, truth.label_set, truth.ground, None, truth.medium)
        self.truth = truth

    def ahead(self, planner: TorchProposer, step: int, count: int, seed: int, *, told: bool) -> np.ndarray:
        """Predict the field `count` steps ahead of the canvas before `step`; those between paint on that canvas.

        told: whether the planner is told where the step before painted.
        """
        canvas, trail = self.truth.frames[step].astype(np.float32) / 255, self.truth.field[step - 1] if told else None
        for number in range(step, step + count):
            proposal = planner(self.context, canvas, self.truth.medium, PACE, seed, trail)
            if number < step + count - 1:
                chosen = np.argsort(-proposal.field, axis=None)[: self.truth.field[number].sum()]
                rows, columns = np.unravel_index(chosen, proposal.field.shape)
                canvas, trail = canvas.copy(), np.zeros(proposal.field.shape, bool)
                trail[rows, columns] = True
                canvas[rows, columns] = self.context.states[
                    proposal.finish.argmax(axis=0)[rows, columns], rows, columns
                ]
        return proposal.field

    def unfinished(self, step: int) -> np.ndarray:
        left = difference(self.truth.frames[step].astype(np.float32) / 255, self.context.painting)
        return (left > TOUCHED_DIFFERENCE / 2).astype(np.float32)


def begun(process: Moments, first: int = 0) -> np.ndarray:
    """Find the step from `first` on in which each part is begun, (P,) of those that are there."""
    done = np.cumsum(process.field[first:], axis=0) > 0
    parts = process.label_set.present(process.labels)
    shares = np.stack([done[:, process.labels == part].mean(axis=1) for part in parts])
    return np.where((shares > BEGUN).any(axis=1), (shares > BEGUN).argmax(axis=1), len(done))


def tau(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Kendall's tau-b of two times (P,)."""
    a, b = (np.sign(times[:, None] - times[None]) for times in (ours, theirs))
    both = np.sqrt(float((a != 0).sum()) * float((b != 0).sum()))
    return float((a * b).sum() / both) if both else float("nan")


def change_overlap(ours: Moments, theirs: Moments) -> float:
    """Mean intersection over union of what is painted in each tenth of the time."""
    found = []
    for steps in np.array_split(np.arange(1, FRAMES - 1), 10):
        a, b = (process.field[steps].any(axis=0) for process in (ours, theirs))
        found.append((a & b).sum() / max((a | b).sum(), 1))
    return float(np.mean(found))


def next_steps(picture: Painted, planner: TorchProposer, artist: int, seeds: int) -> Iterator[tuple[str, str, float]]:
    """Yield (row, figure, value) of the next steps of one true process."""
    truth = picture.moments(artist)
    asked = Context(truth)
    others = [picture.moments(artist + 1 + seed) for seed in range(seeds)]
    likely = [picture.moments(artist + 11 + seed, habit=picture.likely_habit) for seed in range(seeds)]
    for start in np.linspace(1, FRAMES - 2 - AHEAD, 6).astype(int).tolist():
        for count in (1, AHEAD):
            step, figure = start + count - 1, f"IoU {count} ahead"
            true = truth.field[step]
            if true.sum() < 8:
                continue
            for row, told in (("learned", True), ("canvas alone", False)):
                fields = [asked.ahead(planner, start, count, seed, told=told) for seed in range(seeds)]
                yield row, figure, overlap(np.mean(fields, axis=0), true)
            yield "artist", figure, float(np.mean([overlap(soon(one, step), true) for one in others]))
            yield "habit", figure, overlap(np.mean([soon(one, step) for one in likely], axis=0), true)
            yield "last step", figure, overlap(near(truth.field[start - 1]) * (asked.unfinished(start) + 0.5), true)
            yield "unfinished", figure, overlap(asked.unfinished(start), true)


def whole_plans(picture: Painted, planner: TorchProposer, artist: int, seeds: int) -> Iterator[tuple[str, str, float]]:
    """Yield (row, figure, value) of plans from the bare canvas and from half way."""
    truth = picture.moments(artist)
    half = FRAMES // 2
    canvas = truth.frames[half].astype(np.float32) / 255
    small = replace(picture)
    small.__dict__["loaded"] = (truth.painting.astype(np.float32) / 255, truth.labels, truth.label_set)
    for seed in range(artist + 1, artist + 1 + seeds):
        for row, more in (
            ("learned", {"name": "learned", "proposer": planner}),
            ("artist", {}),
            ("habit", {"habit": picture.likely_habit}),
        ):
            ours = picture.moments(seed, **more)
            yield row, "order, tau", tau(begun(ours), begun(truth))
            yield row, "painted in a tenth, IoU", change_overlap(ours, truth)
            on = small.moments(seed, canvas=canvas, **more)
            yield row, "order from half way, tau", tau(begun(on), begun(truth, half))
            end = np.abs(ours.frames[-1].astype(int) - ours.painting).max()
            yield row, "finished at frame N", float(end <= 1)
            still = [not field.any() for field in ours.field[1:]]
            yield row, "dead steps", float(np.mean(still))


class OddProcess:
    """A source of the planner's training: one process of the odd artist."""

    def __init__(self, picture: Painted) -> None:
        self.picture, self.name = picture, picture.file.name

    def moments(self, artist: int) -> Moments:
        return self.picture.moments(0, **ODD)


def tuned(frames: Path, pictures: list[Painted], steps: int, out: Path) -> TorchProposer:
    """Tune the planner of a frames model on processes of the odd artist."""
    planner = load_proposer(frames)
    assert planner is not None
    sources: Any = [OddProcess(picture) for picture in pictures]
    training = PlannerTraining(steps=steps, init=str(frames), lr=1e-3)
    run = RunConfig(out=out, steps=steps, batch=4, device="cpu", quiet=True, ema_decay=0.95, precision="bf16-mixed",
                    sheet_every=10**6)  # fmt: skip
    fit(PlannerTask(PlanStepDataset(sources, planner.config, artists=1), planner.config, training), run)
    found = load_proposer(out)
    assert found is not None
    return found


def odd_order(planner: TorchProposer, pictures: list[Painted], seeds: int) -> float:
    """Mean tau of learned plans with those of the odd artist."""
    found = []
    for picture in pictures:
        truth = begun(picture.moments(0, **ODD))
        plans = (picture.moments(seed, name="learned", proposer=planner) for seed in range(1, 1 + seeds))
        found += [tau(begun(plan), truth) for plan in plans]
    return float(np.nanmean(found))


def pick(folders: list[Path], split: str, limit: int, media: list[str]) -> list[Painted]:
    files = [file for folder in folders for file in find_pictures([folder], split) if file.labels is not None]
    return [Painted(file, media[i % len(media)]) for i, file in enumerate(pick_evenly(files, limit))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path, nargs="+", help="folders of pictures with label maps")
    parser.add_argument("--frames", type=Path, required=True, help="a frames model with a planner")
    parser.add_argument("--limit", type=int, default=16, help="pictures of the val split")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each plan")
    parser.add_argument("--odd", type=int, default=120, help="steps of tuning on the odd artist; 0: none")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    planner = load_proposer(arguments.frames)
    if planner is None:
        parser.error(f"{arguments.frames} has no planner")
    media = list(MEDIA)
    held_out = pick(arguments.pictures, "val", arguments.limit, media)
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, picture in enumerate(held_out):
        for measure in (next_steps, whole_plans):
            for row, figure, value in measure(picture, planner, 1000 + 50 * number, arguments.seeds):
                values[figure][row].append(value)
        print(f"{number + 1} of {len(held_out)} pictures", file=sys.stderr, flush=True)
    rows = ("learned", "canvas alone", "artist", "habit", "last step", "unfinished")
    table = {
        figure: {row: float(np.nanmean(found[row])) for row in rows if row in found} for figure, found in values.items()
    }
    if arguments.odd:
        oil = [replace(picture, medium="oil") for picture in held_out[:8]]
        train = [replace(picture, medium="oil") for picture in pick(arguments.pictures, "train", 10, media)]
        with tempfile.TemporaryDirectory() as folder:
            after = tuned(arguments.frames, train, arguments.odd, Path(folder) / "run")
            table["order of the odd artist, tau: before, after"] = {
                "learned": odd_order(planner, oil, arguments.seeds),
                "artist": float("nan"),
                "tuned": odd_order(after, oil, arguments.seeds),
            }
    if arguments.json:
        print(json.dumps(table, indent=2))
        return
    columns = (*rows, "tuned")
    print(f"| figure | {' | '.join(columns)} |\n| --- |{' --: |' * len(columns)}")
    for figure, found in table.items():
        cells = [f"{found[row]:.3f}" if row in found and np.isfinite(found[row]) else "" for row in columns]
        print(f"| {figure} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
