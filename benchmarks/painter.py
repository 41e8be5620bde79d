"""Measure the simulated painter's processes beside two trivial baselines, and how long one takes.

    python benchmarks/painter.py PICTURES… [--limit 20] [--artists 4] [--frames 40] [--size 256] [--split val] [--json]

Baselines: `crossfade` (linear from white to the picture) and `filter` (line art, flats, smooth, picture: four layers
laid part by part, far to near). Prints a Markdown table: medians over all processes of a row, times on one thread.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ppp.modules.data.pictures import find_pictures
from ppp.modules.data.synthetic.painter import SimulatedPainter
from ppp.modules.degree import measure
from ppp.modules.finish_levels import finish_states, level
from ppp.modules.labels import LabelSet
from ppp.modules.plans import make_plan
from ppp.modules.segment.clusters import cluster
from ppp.pipeline.evaluation import metrics
from ppp.pipeline.evaluation.cases import spread_evenly
from ppp.pipeline.frame_arrays import distance_curve

ROWS = {
    "touches": "times a pixel is touched",
    "first_near": "first touch within .12 of the end",
    "once": "touched once only",
    "quarter_1": "touches in the 1st quarter",
    "quarter_2": "2nd quarter",
    "quarter_3": "3rd quarter",
    "quarter_4": "4th quarter",
    "per_step": "canvas touched per step (median)",
    "local": "steps that touch under 25 %",
    "per_tenth": "canvas changed per tenth",
    "undone": "final, later left",
    "opacity": "opacity",
    "not_away": "steps not away",
    "dead": "dead steps",
    "outlines": "change outlines on part outlines",
    "reached": "mean degree of a touched part",
    "end_l1": "L1 of the last frame",
    "seconds": "seconds a process",
}


def crossfade(painting: np.ndarray, n_frames: int) -> np.ndarray:
    """Fade linearly from white: (N,H,W,3)."""
    share = np.linspace(0, 1, n_frames, dtype=np.float32)[:, None, None, None]
    return (1 - share) + share * painting


def four_layers(painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, n_frames: int) -> np.ndarray:
    """Lay line art, flats, smooth and picture part by part on white: (N,H,W,3)."""
    states = finish_states(painting, labels, label_set, np.ones(3, np.float32))
    rank = label_set.depth_order
    parts = sorted(np.unique(labels), key=lambda part: rank[part])
    moves = [(level(name), part) for name in ("sketch", "flat", "smooth", "painting") for part in parts]
    canvas, frames = np.ones_like(painting), [np.ones_like(painting)]
    for chunk in np.array_split(np.arange(len(moves)), n_frames - 1):
        for move in chunk:
            state, part = moves[move]
            canvas = np.where((labels == part)[..., None], states[state], canvas)
        frames.append(canvas)
    return np.stack(frames)


def processes(
    painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, first_seed: int, artists: int, n_frames: int
) -> Iterator[tuple[str, np.ndarray, float]]:
    """Yield (row, frames, seconds) of each baseline and each artist."""
    yield "crossfade", crossfade(painting, n_frames), float("nan")
    yield "filter", four_layers(painting, labels, label_set, n_frames), float("nan")
    for seed in range(first_seed, first_seed + artists):
        started = time.perf_counter()
        plan = make_plan("artist", painting, labels, label_set, n_frames, seed)
        frames = np.stack(list(SimulatedPainter(painting, labels, label_set, plan, seed).frames()))
        yield plan.habit, np.round(frames * 255) / np.float32(255), time.perf_counter() - started


def score(frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int) -> dict[str, float]:
    """Compute the metrics of `ROWS` that need frames alone."""
    degrees = [measure(a, b, painting, labels, n_classes) for a, b in zip(frames[1:], frames[2:], strict=False)]
    found = metrics.touch_metrics(frames, painting)
    found |= {
        "per_step": metrics.changed_per_step(frames),
        "per_tenth": metrics.changed_per_tenth(frames),
        "undone": metrics.undone(frames, painting),
        "opacity": metrics.opacity(frames),
        "not_away": metrics.monotone_share(distance_curve(frames, painting)),
        "dead": metrics.dead_steps(frames),
        "outlines": metrics.outline_metrics(frames, labels)["outlines"],
        "end_l1": float(np.abs(frames[-1] - painting).mean()),
    }
    touched = np.stack(degrees)
    found["reached"] = float(touched[touched > 0].mean()) if (touched > 0).any() else float("nan")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--artists", type=int, default=4)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--split", default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    files = spread_evenly(find_pictures(options.pictures, options.split), options.limit)
    table: dict[str, list[dict[str, float]]] = defaultdict(list)
    for number, file in enumerate(files):
        painting, given_labels = file.load(size=options.size)
        labels, label_set = (given_labels, file.label_set) if given_labels is not None else cluster(painting, 0)
        run = processes(painting, labels, label_set, number * options.artists, options.artists, options.frames)
        for row, frames, seconds in run:
            table[row].append({**score(frames, painting, labels, len(label_set)), "seconds": seconds})
    medians = {row: {name: float(np.median([f[name] for f in found])) for name in ROWS} for row, found in table.items()}
    if options.json:
        print(json.dumps({"pictures": len(files), "rows": medians, "counts": {r: len(f) for r, f in table.items()}}))
        return
    names = sorted(medians, key=lambda row: (row in ("crossfade", "filter"), row))
    print(f"{len(files)} pictures, {options.artists} artists each, {options.frames} frames, {options.size} px\n")
    print("| | " + " | ".join(f"{name} ({len(table[name])})" for name in names) + " |\n|---|" + "---|" * len(names))
    for metric, title in ROWS.items():
        cells = ["–" if np.isnan(medians[n][metric]) else f"{medians[n][metric]:.3g}" for n in names]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
