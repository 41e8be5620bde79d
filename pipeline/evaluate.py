"""Running systems over pictures and scoring what they paint: the work behind `ppp evaluate`, one picture at a time.

A *system* is a frames stage: the pipeline's own (`model`), the same network untrained (`untrained`), a registered block
(`partfade`, `crossfade`, `simulate`), or any other source. All systems paint the same picture with the same parts and
the same plan, so that figures differ by the hand alone. Nothing is written but thumbnails.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .. import __version__
from ..modules.errors import PPPError, UserError
from ..modules.files import atomic_file, file_sha256
from ..modules.finish import fit, resize
from ..modules.labels import PORTRAIT
from ..modules.plans import make_plan
from ..modules.plans.plan import Plan
from . import metrics
from .blocks import PartsBlock
from .graph import Block
from .images import read_picture
from .pipeline import Pipeline
from .registry import BLOCKS
from .values import Parts

MODEL, UNTRAINED = "model", "untrained"
SEEDLESS = ("partfade", "crossfade")  # the same for every seed and plan: one run says it all
THUMB, STATES = 144, 9  # longest side of a state on a contact sheet, and how many states
REPEATED = 6  # frames that are painted again to see whether one seed gives one process


@dataclass(frozen=True)
class Settings:
    """What holds for a whole evaluation.

    systems: name -> source of the frames stage (None: the pipeline's own). seeds: each is one plan and one hand.
    baseline_seeds: how many of the seeds the systems other than `model` and `simulate` run. rollout: frames of the
    model's long run, 0 for none. size: longest side that pictures are painted at. labels: "predicted" (by the segment
    stage, as a user would meet it) or "given" (the data's own map, where there is one). thumbs: where contact
    sheets' states go, or None. kept: where the figures of each picture and system are kept, or None.
    """

    weights: str
    systems: dict[str, str | None]
    stages: dict[str, str]
    frames: int = 40
    seeds: tuple[int, ...] = (0, 1, 2)
    baseline_seeds: int = 1
    rollout: int = 100
    size: int = 256
    plan: str = "artist"
    labels: str = "predicted"
    device: str = "cpu"
    thumbs: Path | None = None
    kept: Path | None = None


@dataclass(frozen=True)
class Sitting:
    """One picture to be painted by every system. labels, quality: the data's own label map and its grade, if any."""

    name: str
    image: Path
    labels: Path | None
    kind: str
    quality: str
    settings: Settings


@lru_cache(maxsize=16)
def _pipeline(weights: str, stages: tuple[tuple[str, str], ...], device: str) -> Pipeline:
    """One pipeline per set of stages and process: weights are loaded once."""
    return Pipeline.from_pretrained(weights, device=device, **dict(stages))


def pipeline_of(settings: Settings, system: str = MODEL) -> Pipeline:
    """The pipeline of a system; segment and firstframe are shared by all of them."""
    stages = dict(settings.stages)
    source = settings.systems.get(system)
    if source is not None:
        stages["frames"] = source
    return _pipeline(settings.weights, tuple(sorted(stages.items())), settings.device)


def save_untrained(settings: Settings, folder: Path) -> None:
    """The frames stage's own network with fresh weights (torch seed 0), as `ppp train frames --steps 0` makes it."""
    import torch

    model = pipeline_of(settings).stage("frames").model
    if model is None:
        raise UserError(
            "The system 'untrained' cannot be made.",
            "The frames stage in use is no network.",
            "Leave it out of --systems, or give a trained frames stage.",
        )
    torch.manual_seed(0)
    type(model)(model.config).save_pretrained(folder)


def evaluate_picture(sitting: Sitting) -> dict[str, Any]:
    """All figures of one picture: {name, kind, group, parts, named, segmentation, runs: [...], pairs: {...}}.

    `runs` has one dict per system and seed (figures of `metrics.score`, system, seed, seconds); `pairs` half-way
    differences of pairs of runs, by system.
    """
    settings = sitting.settings
    full = read_picture(sitting.image)
    size = fit(full.rgb.shape, settings.size)
    painting = np.clip(resize(full.rgb, size), 0, 1)
    truth = PORTRAIT.load_png(sitting.labels, (full.width, full.height)) if sitting.labels else None
    parts, segmentation = _parts(sitting, full.rgb, truth, size)
    result: dict[str, Any] = {
        "name": sitting.name,
        "kind": sitting.kind,
        "group": "photos" if sitting.kind == "photo" else "paintings" if sitting.kind else "pictures",
        "width": size[0],
        "height": size[1],
        "named": parts.label_set.named,
        "parts": parts.names,
        "segmentation": segmentation,
        "runs": [],
        "pairs": {},
    }
    if not settings.systems:
        return result
    plans = {seed: _plan(settings, painting, parts, seed) for seed in settings.seeds}
    for system in settings.systems:
        kept = _kept(settings, sitting, system)
        if kept is not None and kept.is_file():
            found = json.loads(kept.read_text("utf-8"))
        else:
            found = _system(settings, system, painting, parts, plans, sitting.name)
            if kept is not None:
                with atomic_file(kept) as part:
                    part.write_text(json.dumps(found), "utf-8")
        result["runs"] += found["runs"]
        result["pairs"][system] = found["pairs"]
        if "rollout" in found:
            result["rollout"] = found["rollout"]
    return result


def _kept(settings: Settings, sitting: Sitting, system: str) -> Path | None:
    """Where the figures of one system and picture are kept, so that an interrupted evaluation goes on where it was.

    The name depends on all that could change them: the picture, the settings, and the weights that take part.
    """
    if settings.kept is None:
        return None
    pipeline = pipeline_of(settings, system)
    stages = ["segment"] if system in BLOCKS["frames"] else list(pipeline.sources)
    told: dict[str, Any] = {stage: pipeline.stage(stage).sha256 for stage in stages}
    told |= {
        "picture": file_sha256(sitting.image),
        "system": settings.systems[system] if told.get("frames") is None else "",
    }
    told |= {name: getattr(settings, name) for name in ("frames", "seeds", "size", "plan", "labels", "device")}
    told |= {"baseline_seeds": settings.baseline_seeds, "rollout": settings.rollout, "version": __version__}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return settings.kept / f"{sitting.name}--{system}--{digest}.json"


def _system(
    settings: Settings, system: str, painting: np.ndarray, parts: Parts, plans: dict[int, Plan], name: str
) -> dict[str, Any]:
    """All runs of one system on one picture: {runs, pairs[, rollout]}."""
    many = system in (MODEL, "simulate")
    seeds = settings.seeds[: None if many else 1 if system in SEEDLESS else settings.baseline_seeds]
    runs, halves, opening = [], [], np.zeros(0)
    for seed in seeds:
        frames, seconds = _paint(settings, system, painting, parts, plans[seed], seed)
        figures = metrics.score(frames, painting, parts.labels, len(parts.label_set), plans[seed].degrees)
        runs.append({"system": system, "seed": seed, "habit": plans[seed].habit, "seconds": seconds, **figures})
        halves.append(frames[len(frames) // 2].copy())
        opening = frames[:REPEATED].copy() if seed == seeds[0] else opening
        if settings.thumbs and seed == settings.seeds[0]:
            write_strip(settings.thumbs / f"{name}--{system}.png", frames, painting)
    found: dict[str, Any] = {"runs": runs}
    found["pairs"] = _pairs(settings, system, painting, parts, plans, halves, opening)
    if settings.rollout and system == MODEL:
        found["rollout"] = _rollout(settings, painting, parts)
    return found


def _parts(
    sitting: Sitting, painting: np.ndarray, truth: np.ndarray | None, size: tuple[int, int]
) -> tuple[Parts, list[list[int]] | None]:
    """The parts all systems work with, at the size of the run; and the segment stage's overlap with the truth."""
    block = pipeline_of(sitting.settings).stage("segment").block
    assert isinstance(block, Block)
    given = block(painting=painting)
    found: Parts = given["labels"]
    overlap = None
    if truth is not None and sitting.quality == "A" and found.label_set.hash == PORTRAIT.hash:
        overlap = metrics.intersection_over_union(found.labels, truth, len(PORTRAIT)).tolist()
    if sitting.settings.labels == "given" and truth is not None:
        found = Parts(truth, PORTRAIT)
    else:
        found = PartsBlock(lambda note: None)(painting=painting, **given)["labels"]
    small = cv2.resize(found.labels, size, interpolation=cv2.INTER_NEAREST_EXACT)
    return replace(found, labels=small), overlap


def _plan(settings: Settings, painting: np.ndarray, parts: Parts, seed: int, frames: int = 0) -> Plan:
    return make_plan(settings.plan, painting, parts.labels, parts.label_set, frames or settings.frames, seed)


def _paint(
    settings: Settings, system: str, painting: np.ndarray, parts: Parts, plan: Plan, seed: int, stop: int | None = None
) -> tuple[np.ndarray, float]:
    """Frames (N, H, W, 3) as they would be written, the first `stop` of them, and the seconds they took."""
    started = time.perf_counter()
    lapse = pipeline_of(settings, system)(painting, plan.n_frames, seed, plan, segmentation=parts)
    try:
        frames = np.stack(list(islice(lapse, stop)))
    except PPPError as error:
        raise PPPError(f"{system}: {error.what}", error.why, error.fix) from error
    return frames, time.perf_counter() - started


def _pairs(
    settings: Settings,
    system: str,
    painting: np.ndarray,
    parts: Parts,
    plans: dict[int, Plan],
    halves: list[np.ndarray],
    opening: np.ndarray,
) -> dict[str, float]:
    """Half-way differences: between seeds, between hands at one plan, to another plan; and one seed painted twice.

    halves: the middle frames of the full runs; opening: the first frames of the first of them. Only as many frames
    are painted as it takes to get half way. What an untrained net paints differently says nothing: left out.
    """

    def difference(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.abs(one - other).mean())

    first, middle = settings.seeds[0], settings.frames // 2
    pairs = [difference(a, b) for i, a in enumerate(halves) for b in halves[i + 1 :]]
    found = {}
    if len(settings.seeds) > 1 and system != UNTRAINED:
        other = settings.seeds[1]
        hand, _ = _paint(settings, system, painting, parts, plans[first], other, middle + 1)
        found["one_plan"] = difference(halves[0], hand[-1])
        if len(halves) == 1:  # a baseline that ran one seed in full
            second, _ = _paint(settings, system, painting, parts, plans[other], other, middle + 1)
            pairs.append(difference(halves[0], second[-1]))
        found["seeds"] = float(np.mean(pairs))
    if system == MODEL:
        label_set = parts.label_set
        drawn = make_plan("random", painting, parts.labels, label_set, settings.frames, first)
        other_plan, _ = _paint(settings, system, painting, parts, drawn, first, middle + 1)
        found["plans"] = difference(halves[0], other_plan[-1])
        again, _ = _paint(settings, system, painting, parts, plans[first], first, REPEATED)
        found["again"] = float(np.abs(again - opening).max())
    return found


def _rollout(settings: Settings, painting: np.ndarray, parts: Parts) -> dict[str, float]:
    """A long run of the model: does it stay on the way?"""
    seed = settings.seeds[0]
    plan = _plan(settings, painting, parts, seed, settings.rollout)
    frames, _ = _paint(settings, MODEL, painting, parts, plan, seed)
    curve = metrics.distance_curve(frames, painting)
    worst = metrics.worst_over_start(curve)
    return {
        "frames": settings.rollout,
        "worst_over_start": worst,
        "collapsed": float(worst > metrics.COLLAPSE),
        "not_away": metrics.not_away(curve),
        "end_psnr": metrics.end_figures(frames[-1], painting)["end_psnr"],
    }


def write_strip(path: Path, frames: np.ndarray, painting: np.ndarray) -> None:
    """STATES frames evenly from the second to the last, then the painting, side by side at THUMB pixels."""
    chosen = [frames[i] for i in np.round(np.linspace(1, len(frames) - 1, STATES)).astype(int)]
    size = fit(painting.shape, THUMB)
    cells = [np.clip(resize(picture, size).reshape(size[1], size[0], 3), 0, 1) for picture in [*chosen, painting]]
    gap = np.ones((size[1], 3, 3), np.float32)
    strip = np.concatenate([part for cell in cells for part in (cell, gap)][:-1], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", np.round(strip[..., ::-1] * 255).astype(np.uint8))
    if not done:
        raise OSError(f"{path} could not be encoded")
    data.tofile(path)
