"""Strokes a second, layout and raster apart, of whole pictures painted in every medium.

    python benchmarks/brush.py [PICTURES...] [--sizes 256,1024,4096] [--media oil,ink] [--parts 6] [--json]

Each picture (without any: one drawn by code) is laid out pass by pass, part by part, and the same strokes are then
rendered at every size, textures ready. One thread. Memory is the largest resident size of the process after a row.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from ppp.modules.brush import MEDIA, Layout, StrokeList, bare_ground, concatenate, draw_strokes
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.finish_levels import finish_states, level
from ppp.modules.imaging.picture import read_picture
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.segment.clusters import cluster

PASSES = ("sketch", "flat", "form", "smooth", "painting")


def paint(
    painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, medium: str
) -> tuple[list[StrokeList], dict[str, list[float]]]:
    """Lay out simple passes over all parts; also the strokes and seconds of each pass."""
    layout = Layout(painting, labels, medium)
    small, parts = layout.context.painting, layout.context.labels
    states = finish_states(small, parts, label_set, layout.context.ground)
    canvas = bare_ground(layout.medium.surface, layout.context.ground, *parts.shape)
    passes, spent = [], {}
    for step, finish in enumerate(PASSES, 1):
        what = states[level("flat" if finish == "sketch" else finish)]
        found, seconds = [], 0.0
        for part in np.unique(parts):
            start = time.perf_counter()
            number = int(part)
            strokes = layout.strokes(parts == part, what, finish, step=step, part=number, canvas=canvas, number=number)
            seconds += time.perf_counter() - start
            found.append(strokes)
        passes.append(concatenate(found))
        draw_strokes(canvas, passes[-1])
        spent[finish] = [len(passes[-1]), seconds]
    return passes, spent


def main() -> None:
    """Measure and print a Markdown table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--sizes", default="256,1024,2048,4096", help="longest sides in pixels")
    parser.add_argument("--media", default=",".join(MEDIA))
    parser.add_argument("--parts", type=int, default=6, help="parts that a picture is split into")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    scenes = [(*draw_sitter(512, 0), PORTRAIT)]
    if options.pictures:
        paintings = [read_picture(path).rgb for path in options.pictures]
        scenes = [(painting, *cluster(painting, n=options.parts)) for painting in paintings]
    rows = []
    for medium in options.media.split(","):
        for painting, labels, label_set in scenes:
            passes, spent = paint(painting, labels, label_set, medium)
            n, seconds = (sum(column) for column in zip(*spent.values(), strict=True))
            row = {"medium": medium, "strokes": n, "layout_s": seconds, "layout_per_s": n / seconds}
            for size in map(int, options.sizes.split(",")):
                scale = size / max(labels.shape)
                height, width = (max(1, round(side * scale)) for side in labels.shape)
                large = cv2.resize(painting, (width, height), interpolation=cv2.INTER_LINEAR)
                canvas = np.ones((height, width, 3), np.float32)
                for strokes in passes:  # textures are drawn once in a process
                    draw_strokes(np.ones((64, 64, 3), np.float32), strokes[:: max(1, len(strokes) // 300)])
                start = time.perf_counter()
                for strokes in passes:
                    draw_strokes(canvas, strokes, painting=large)
                row[f"raster_{size}_s"] = time.perf_counter() - start
                row[f"raster_{size}_per_s"] = n / row[f"raster_{size}_s"]
            row["memory_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            rows.append(row)
            print(f"{medium}: {n} strokes", file=sys.stderr)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        cells = [v if isinstance(v, str) else f"{v:.0f}" if v >= 100 else f"{v:.2f}" for v in row.values()]
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
