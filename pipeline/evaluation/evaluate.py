"""Running systems over pictures and scoring what they paint: the work behind `ppp evaluate`, one picture at a time.

A *system* is a frames stage: the pipeline's own (`model`), the same network untrained (`untrained`), a registered block
(`partfade`, `crossfade`, `simulate`), or any other source. All systems paint the same picture with the same parts and
the same plan, so that figures differ by the hand alone. Nothing is written but thumbnails.

Beside the systems stand the processes that were given: true ones (`truth`), predicted ones, and other tools' frames.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from ... import __version__
from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.io.errors import PPPError, UserError
from ...modules.io.files import atomic_file, file_sha256
from ...modules.labels import PORTRAIT
from ...modules.plans import make_plan
from ...modules.plans.plan import Plan
from ..blocks.parts import PartsBlock
from ..blocks.registry import BLOCKS
from ..graph.graph import Block
from ..images import read_picture
from ..pipeline import Pipeline
from ..values import Parts
from . import metrics
from .cases import EvalCase, EvalSettings
from .external_frames import read_process, read_sequence
from .filmstrip import write_strip
from .scorer import Scorer

MODEL, UNTRAINED = "model", "untrained"
TRUTH, PREDICTED = "truth", "predicted"  # what the given processes are called in the tables
SEEDLESS = ("partfade", "crossfade")  # the same for every seed and plan: one run says it all
OTHER_SEED = 1_000_003  # added to a seed that a simulated truth was painted with: it would be the truth again
REPEATED = 6  # frames that are painted again to see whether one seed gives one process


@lru_cache(maxsize=16)
def _pipeline(weights: str, stages: tuple[tuple[str, str], ...], device: str) -> Pipeline:
    """One pipeline per set of stages and process: weights are loaded once."""
    return Pipeline.from_pretrained(weights, device=device, **dict(stages))


def pipeline_of(settings: EvalSettings, system: str = MODEL) -> Pipeline:
    """The pipeline of a system; segment and firstframe are shared by all of them."""
    stages = dict(settings.stages)
    source = settings.systems.get(system)
    if source is not None:
        stages["frames"] = source
    return _pipeline(settings.weights, tuple(sorted(stages.items())), settings.device)


def save_untrained(settings: EvalSettings, folder: Path) -> None:
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


def evaluate_picture(sitting: EvalCase) -> dict[str, Any]:
    """All figures of one painting: {name, kind, group, parts, named, segmentation, notes, runs: [...], pairs: {...}}.

    `runs` has one dict per system and seed (figures of `Scorer.figures`, system, seed, seconds); `pairs` differences
    between the runs of a system, by system.
    """
    settings = sitting.settings
    full = sitting.processes[0].painting() if sitting.processes else read_picture(sitting.image).rgb
    size = fit_size(full.shape, settings.size)
    parts, segmentation = _parts(sitting, full, size)
    result: dict[str, Any] = {
        "name": sitting.name,
        "kind": sitting.kind,
        "group": "processes" if sitting.processes else _group(sitting.kind),
        "width": size[0],
        "height": size[1],
        "named": parts.label_set.named,
        "parts": parts.names,
        "segmentation": segmentation,
        "notes": [],
        "runs": [],
        "pairs": {},
    }
    if not (settings.systems or sitting.processes or sitting.others):
        return result
    painting = np.clip(resize(_as_float(full), size), 0, 1)
    true = [read_process(process, size) for process in sitting.truths]
    ruler, _ = metrics.find_perceptual_metric(settings.perceptual)
    yard = Scorer(painting, parts, [frames for frames, _ in true], ruler)
    settings = replace(settings, seeds=_fresh(settings.seeds, sitting))
    _add_given(result, yard, sitting, true)
    plans = {seed: _plan(settings, yard, seed) for seed in settings.seeds} if settings.systems else {}
    for system in settings.systems:
        kept = _kept(settings, sitting, system)
        if kept is not None and kept.is_file():
            found = json.loads(kept.read_text("utf-8"))
        else:
            found = _system(settings, system, yard, plans, sitting.name)
            if kept is not None:
                with atomic_file(kept) as part:
                    part.write_text(json.dumps(found), "utf-8")
        result["runs"] += found["runs"]
        result["pairs"][system] = found["pairs"]
        if "rollout" in found:
            result["rollout"] = found["rollout"]
    return result


def _group(kind: str) -> str:
    return "photos" if kind == "photo" else "paintings" if kind else "pictures"


def _as_float(picture: np.ndarray) -> np.ndarray:
    return picture.astype(np.float32) / 255 if picture.dtype == np.uint8 else picture


def _fresh(seeds: tuple[int, ...], sitting: EvalCase) -> tuple[int, ...]:
    """The seeds, but none that a simulated truth was painted with."""
    used = {process.info.get("seed") for process in sitting.truths}
    return tuple(seed + OTHER_SEED if seed in used else seed for seed in seeds)


def _add_given(
    result: dict[str, Any], yard: Scorer, sitting: EvalCase, true: list[tuple[np.ndarray, np.ndarray | None]]
) -> None:
    """The figures of what was painted elsewhere, as runs of systems of their own."""
    size = (result["width"], result["height"])
    rest = [[frames for j, (frames, _) in enumerate(true) if j != i] for i in range(len(true))]
    _add(result, yard, sitting, TRUTH, [(*one, others) for one, others in zip(true, rest, strict=True)])
    predicted = [read_process(process, size) for process in sitting.predicted]
    _add(result, yard, sitting, PREDICTED, [(*one, None) for one in predicted])
    for name, paths in sitting.others:
        sequences = []
        for path in paths:
            frames, note = read_sequence(path, size)
            sequences.append((frames, None, None))
            result["notes"] += [note] if note else []
        _add(result, yard, sitting, name, sequences)


def _add(
    result: dict[str, Any],
    yard: Scorer,
    sitting: EvalCase,
    system: str,
    given: Sequence[tuple[np.ndarray, np.ndarray | None, list[np.ndarray] | None]],
) -> None:
    """Score (frames, asked, the truths to stand beside or None for all) as one system."""
    if not given:
        return
    for number, (frames, asked, truths) in enumerate(given):
        figures = yard.figures(frames, asked, truths=truths)
        result["runs"].append({"system": system, "seed": number, "frames": len(frames), **figures})
    thumbs = sitting.settings.thumbs
    if thumbs:
        write_strip(thumbs / f"{sitting.name}--{system}.png", given[0][0], yard.painting)
    result["pairs"][system] = yard.spread([yard.states(frames) for frames, _, _ in given])


def _kept(settings: EvalSettings, sitting: EvalCase, system: str) -> Path | None:
    """Where the figures of one system and picture are kept, so that an interrupted evaluation goes on where it was.

    The name depends on all that could change them: the picture, the settings, and the weights that take part with
    their configs (some entries change what is done with the same weights).
    """
    if settings.kept is None:
        return None
    pipeline = pipeline_of(settings, system)
    stages = ["segment"] if system in BLOCKS["frames"] else list(pipeline.sources)
    weights = {stage: pipeline.stage(stage).sha256 for stage in stages}
    models = {stage: pipeline.stage(stage).model for stage in stages}
    told: dict[str, Any] = {
        "weights": weights,
        "configs": {stage: asdict(model.config) for stage, model in models.items() if model is not None},
        "picture": _fingerprint(sitting),
        "system": settings.systems[system] if weights.get("frames") is None else "",
    }
    told |= {name: getattr(settings, name) for name in ("frames", "seeds", "size", "plan", "labels", "device")}
    told |= {"baseline_seeds": settings.baseline_seeds, "rollout": settings.rollout, "version": __version__}
    if settings.perceptual != "auto":
        told["perceptual"] = settings.perceptual
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return settings.kept / f"{sitting.name}--{system}--{digest}.json"


def _fingerprint(sitting: EvalCase) -> str:
    """Tells the painting, and the processes that runs stand beside, from all others."""
    if not sitting.processes:
        return file_sha256(sitting.image)
    held = hashlib.sha256()
    for process in sitting.processes:
        for name in ("process.json", *process.frame_names):
            held.update(hashlib.sha256(process.files.read(name)).digest())
        held.update(process.labels().tobytes() if process.labelled else b"")
    return held.hexdigest()


def _system(settings: EvalSettings, system: str, yard: Scorer, plans: dict[int, Plan], name: str) -> dict[str, Any]:
    """All runs of one system on one picture: {runs, pairs[, rollout]}."""
    many = system in (MODEL, "simulate")
    seeds = settings.seeds[: None if many else 1 if system in SEEDLESS else settings.baseline_seeds]
    runs, halves, states, opening = [], [], [], np.zeros(0)
    for seed in seeds:
        frames, seconds = _paint(settings, system, yard, plans[seed], seed)
        figures = yard.figures(frames, plans[seed].degrees)
        runs.append({"system": system, "seed": seed, "habit": plans[seed].habit, "seconds": seconds, **figures})
        halves.append(frames[len(frames) // 2].copy())
        states.append(yard.states(frames))
        opening = frames[:REPEATED].copy() if seed == seeds[0] else opening
        if settings.thumbs and seed == settings.seeds[0]:
            write_strip(settings.thumbs / f"{name}--{system}.png", frames, yard.painting)
    found: dict[str, Any] = {"runs": runs}
    found["pairs"] = _pairs(settings, system, yard, plans, halves, states, opening)
    if settings.rollout and system == MODEL:
        found["rollout"] = _rollout(settings, yard)
    return found


def _parts(sitting: EvalCase, painting: np.ndarray, size: tuple[int, int]) -> tuple[Parts, list[list[int]] | None]:
    """The parts all systems work with, at the size of the run; and the segment stage's overlap with the truth.

    painting: (H,W,3) at full size. A process that has a label map brings its own, unless the segment stage is asked.
    """
    asked = sitting.settings.labels
    labelled = next((process for process in sitting.processes if process.labelled), None)
    if labelled is not None and asked == "given":
        return Parts(resize_labels(labelled.labels(), size), labelled.label_set), None
    block = pipeline_of(sitting.settings).stage("segment").block
    assert isinstance(block, Block)
    picture = _as_float(painting)
    given = block(painting=picture)
    found: Parts = given["labels"]
    truth = PORTRAIT.load_png(sitting.labels, found.labels.shape[::-1]) if sitting.labels else None
    overlap = None
    if truth is not None and sitting.quality == "A" and found.label_set.hash == PORTRAIT.hash:
        overlap = metrics.intersection_over_union(found.labels, truth, len(PORTRAIT)).tolist()
    if asked == "given" and truth is not None:
        found = Parts(truth, PORTRAIT)
    else:
        found = PartsBlock(lambda note: None)(painting=picture, **given)["labels"]
    return replace(found, labels=resize_labels(found.labels, size)), overlap


def _plan(settings: EvalSettings, yard: Scorer, seed: int, frames: int = 0, name: str = "") -> Plan:
    parts, count = yard.parts, frames or settings.frames
    return make_plan(name or settings.plan, yard.painting, parts.labels, parts.label_set, count, seed)


def _paint(
    settings: EvalSettings, system: str, yard: Scorer, plan: Plan, seed: int, stop: int | None = None
) -> tuple[np.ndarray, float]:
    """Frames (N, H, W, 3) as they would be written, the first `stop` of them, and the seconds they took."""
    started = time.perf_counter()
    lapse = pipeline_of(settings, system)(yard.painting, plan.n_frames, seed, plan, segmentation=yard.parts)
    try:
        frames = np.stack(list(islice(lapse, stop)))
    except PPPError as error:
        raise PPPError(f"{system}: {error.what}", error.why, error.fix) from error
    return frames, time.perf_counter() - started


def _pairs(
    settings: EvalSettings,
    system: str,
    yard: Scorer,
    plans: dict[int, Plan],
    halves: list[np.ndarray],
    states: list[np.ndarray],
    opening: np.ndarray,
) -> dict[str, float]:
    """Half-way differences: between seeds, between hands at one plan, to another plan; and one seed painted twice.

    halves: the middle frames of the full runs; states: theirs at equal progress, for the spread; opening: the first
    frames of the first of them. Only as many frames are painted as it takes to get half way. What an untrained net
    paints differently says nothing: left out.
    """

    def difference(one: np.ndarray, other: np.ndarray) -> float:
        return float(np.abs(one - other).mean())

    first, middle = settings.seeds[0], settings.frames // 2
    pairs = [difference(a, b) for i, a in enumerate(halves) for b in halves[i + 1 :]]
    found = {}
    if len(settings.seeds) > 1 and system != UNTRAINED:
        other = settings.seeds[1]
        hand, _ = _paint(settings, system, yard, plans[first], other, middle + 1)
        found["one_plan"] = difference(halves[0], hand[-1])
        if len(halves) == 1:  # a baseline that ran one seed in full
            stop = None if system in SEEDLESS else middle + 1  # those are quick, and their spread is asked as well
            second, _ = _paint(settings, system, yard, plans[other], other, stop)
            pairs.append(difference(halves[0], second[middle]))
            states = [*states, yard.states(second)] if stop is None else states
        found["seeds"] = float(np.mean(pairs))
        found |= yard.spread(states)
    if system == MODEL:
        drawn = _plan(settings, yard, first, name="random")
        other_plan, _ = _paint(settings, system, yard, drawn, first, middle + 1)
        found["plans"] = difference(halves[0], other_plan[-1])
        again, _ = _paint(settings, system, yard, plans[first], first, REPEATED)
        found["again"] = float(np.abs(again - opening).max())
    return found


def _rollout(settings: EvalSettings, yard: Scorer) -> dict[str, float]:
    """A long run of the model: does it stay on the way?"""
    seed = settings.seeds[0]
    plan = _plan(settings, yard, seed, settings.rollout)
    frames, _ = _paint(settings, MODEL, yard, plan, seed)
    curve = metrics.distance_curve(frames, yard.painting)
    worst = metrics.worst_over_start(curve)
    return {
        "frames": settings.rollout,
        "worst_over_start": worst,
        "collapsed": float(worst > metrics.COLLAPSE),
        "not_away": metrics.not_away(curve),
        "end_psnr": metrics.end_figures(frames[-1], yard.painting)["end_psnr"],
    }
