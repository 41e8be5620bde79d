"""Evaluate one case: every system paints the picture and is scored, beside what was painted elsewhere.

All systems paint the same picture with the same parts and the same plan, so that scores differ by the painter alone.
Nothing is written but film strips and the result cache.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...modules.imaging.resize import fit_size, resize, resize_labels
from ...modules.labels import PORTRAIT
from ..blocks.parts import PartsBlock
from ..graph import Block
from ..images import read_picture
from ..port_values import Parts
from .cases import EvalCase, picture_group
from .contact_sheets import write_film_strip
from .external_frames import read_process, read_sequence
from .metrics import find_perceptual_metric, intersection_and_union
from .result_cache import cache_path, load_or_compute
from .scorer import Scorer
from .system_runner import SystemRunner, make_eval_plan
from .systems import PREDICTED, TRUTH, load_system

OTHER_SEED = 1_000_003  # added to a seed that a simulated reference was painted with: it would be the reference again

# frames (N, H, W, 3), requested degrees (N-1, K) or None, the references to compare with (None: all)
Given = tuple[np.ndarray, np.ndarray | None, list[np.ndarray] | None]


def evaluate_case(case: EvalCase) -> dict[str, Any]:
    """Compute all scores of one painting.

    Returns {name, kind, group, width, height, named, parts, segmentation, notes, runs, pairs[, rollout]}, as in
    figures.json. `runs` has one dict per system and seed (scores of `Scorer.score`, system, seed, seconds); `pairs` the
    differences between the runs of a system, by system.
    """
    settings = case.settings
    full = case.processes[0].painting() if case.processes else read_picture(case.image).rgb
    full = full.astype(np.float32) / 255 if full.dtype == np.uint8 else full
    size = fit_size(full.shape, settings.size)
    parts, segmentation = _find_parts(case, full, size)
    result: dict[str, Any] = {
        "name": case.name,
        "kind": case.kind,
        "group": "processes" if case.processes else picture_group(case.kind),
        "width": size[0],
        "height": size[1],
        "named": parts.label_set.named,
        "parts": parts.names,
        "segmentation": segmentation,
        "notes": [],
        "runs": [],
        "pairs": {},
    }
    if not (settings.systems or case.processes or case.external):
        return result
    references = [read_process(process, size) for process in case.references]
    perceptual, _ = find_perceptual_metric(settings.perceptual)
    scorer = Scorer(np.clip(resize(full, size), 0, 1), parts, [frames for frames, _ in references], perceptual)
    for system, given in _given(case, size, references, result["notes"]):
        for number, (frames, requested, compared) in enumerate(given):
            scores = scorer.score(frames, requested, references=compared)
            result["runs"].append({"system": system, "seed": number, "frames": len(frames), **scores})
        if settings.thumbs:
            write_film_strip(settings.thumbs / f"{case.name}--{system}.png", given[0][0], scorer.painting)
        result["pairs"][system] = scorer.spread([scorer.states(frames) for frames, _, _ in given])
    used = {process.info.get("seed") for process in case.references}
    settings = replace(settings, seeds=tuple(seed + OTHER_SEED * (seed in used) for seed in settings.seeds))
    plans = {seed: make_eval_plan(settings, scorer, seed) for seed in settings.seeds} if settings.systems else {}
    for system in settings.systems:
        strip = settings.thumbs / f"{case.name}--{system}.png" if settings.thumbs else None
        runner = SystemRunner(settings, system, scorer, plans, strip)
        found = load_or_compute(cache_path(settings, case, system), runner.run)
        result["runs"] += found["runs"]
        result["pairs"][system] = found["pairs"]
        if "rollout" in found:
            result["rollout"] = found["rollout"]
    return result


def _given(
    case: EvalCase, size: tuple[int, int], references: list[tuple[np.ndarray, np.ndarray | None]], notes: list[str]
) -> Iterator[tuple[str, list[Given]]]:
    """Read what was painted elsewhere, one system after the other; adds to `notes`."""
    if references:
        every = [frames for frames, _ in references]
        yield TRUTH, [(*one, every[:i] + every[i + 1 :]) for i, one in enumerate(references)]
    predicted = [read_process(process, size) for process in case.predicted]
    if predicted:
        yield PREDICTED, [(frames, requested, None) for frames, requested in predicted]
    for name, paths in case.external:
        sequences = [read_sequence(path, size) for path in paths]
        notes += [note for _, note in sequences if note]
        yield name, [(frames, None, None) for frames, _ in sequences]


def _find_parts(case: EvalCase, painting: np.ndarray, size: tuple[int, int]) -> tuple[Parts, list[list[int]] | None]:
    """Find the parts all systems work with, and the segment stage's overlap with the true label map.

    A process that has a label map brings its own, unless predicted labels are requested.

    Args:
        painting: (H, W, 3) in [0, 1] at full size.
        size: (width, height) of the run, and of the parts.

    Returns:
        The parts; and counts (K, 2) of `intersection_and_union`, or None without a label map of quality A.
    """
    use_given = case.settings.labels == "given"
    labelled = next((process for process in case.processes if process.labelled), None)
    if labelled is not None and use_given:
        return Parts(resize_labels(labelled.labels(), size), labelled.label_set), None
    block = load_system(case.settings).stage("segment").block
    assert isinstance(block, Block)
    predicted = block(painting=painting)
    found: Parts = predicted["labels"]
    truth = PORTRAIT.load_png(case.labels, found.labels.shape[::-1]) if case.labels else None
    overlap = None
    if truth is not None and case.quality == "A" and found.label_set.hash == PORTRAIT.hash:
        seen = found.label_set.base_classes[found.labels]
        overlap = intersection_and_union(seen, truth, len(PORTRAIT)).tolist()
    if use_given and truth is not None:
        found = Parts(truth, PORTRAIT)
    else:
        found = PartsBlock()(painting=painting, **predicted)["labels"]
    return replace(found, labels=resize_labels(found.labels, size)), overlap
