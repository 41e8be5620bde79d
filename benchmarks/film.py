"""Cost of the film between frames, and of writing strokes: seconds, size and peak memory, each in its own process.

    python benchmarks/film.py [PICTURE] [--size 1024] [--frames 40] [--medium oil] [--formats mp4,gif] [--json]

Frames and strokes are painted once (without PICTURE of a sitter drawn by code) and written by each writer alone: the
video as slides (`--smooth 1`), as a film, as a film with the brush, and as a film in every other format; strokes as
JSON and SVG. Seconds are CPU seconds of one thread. Memory is the largest resident size beyond that of a process which
holds the same frames and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ppp.modules.brush import MEDIA
from ppp.modules.brush.stroke import StrokeList
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.images import read_picture
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.port_values import Parts
from ppp.pipeline.provenance import metadata
from ppp.pipeline.writers import StrokesWriter, VideoOptions, WriteJob
from ppp.pipeline.writers.base import Writer
from ppp.pipeline.writers.timing import FORMATS
from ppp.pipeline.writers.video import VideoWriter

States = list[tuple[np.ndarray, StrokeList | None]]


def write(kind: Callable[[WriteJob], Writer] | None, video: VideoOptions, states: States, painting: np.ndarray) -> Any:
    """Write frames with one writer (None: nothing): CPU seconds, bytes, and the peak memory of this process in MB."""
    cv2.setNumThreads(1)
    height, width = painting.shape[:2]
    with tempfile.TemporaryDirectory(prefix="ppp-") as folder:
        parts = Parts(np.ones((height, width), np.uint8), PORTRAIT)
        job = WriteJob(
            Path(folder), "picture", (width, height), len(states), parts,
            np.zeros((len(states) - 1, len(PORTRAIT)), np.float32), metadata("0" * 64), video=video,
            painting=painting, strokes=True,
        )  # fmt: skip
        started = time.process_time()
        if kind is not None:
            writer = kind(job)
            for index, (frame, strokes) in enumerate(states):
                writer.add(index, frame, strokes)
            writer.close()
        seconds = time.process_time() - started
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
    return seconds, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run the benchmark and print a Markdown table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", nargs="?", type=Path)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--medium", default="oil", choices=list(MEDIA))
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    painting, labels = draw_sitter((options.size * 4 // 5, options.size), 7)[:2]
    segmentation: np.ndarray | None = labels.astype(np.uint8)
    if options.picture is not None:
        painting, segmentation = read_picture(options.picture).rgb, None
        scale = options.size / max(painting.shape[:2])
        painting = cv2.resize(painting, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    pipeline = Pipeline.from_pretrained("portrait", frames="simulate", device="cpu")
    lapse = pipeline(np.clip(painting, 0, 1), options.frames, segmentation=segmentation, medium=options.medium)
    states = list(lapse.states())
    count = sum(len(strokes) for _, strokes in states if strokes is not None)
    first, *others = options.formats.split(",")
    jobs: dict[str, tuple[Callable[[WriteJob], Writer] | None, VideoOptions]] = {
        "nothing": (None, VideoOptions()),
        f"slides, {first}": (VideoWriter, VideoOptions((first,), smooth=1)),
        f"film, {first}": (VideoWriter, VideoOptions((first,))),
        f"film with brush, {first}": (VideoWriter, VideoOptions((first,), show_brush=True)),
        **{f"film, {name}": (VideoWriter, VideoOptions((name,))) for name in others},
        **{f"strokes, {name}": (partial(StrokesWriter, formats=(name,)), VideoOptions()) for name in ("json", "svg")},
    }
    rows, idle = [], 0.0
    for name, (kind, video) in jobs.items():
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, size, peak = pool.apply(write, (kind, video, states, painting))
        idle = idle or peak
        rows.append({"what": name, "cpu_s": seconds, "mb": size / 1e6, "memory_mb": peak - idle})
    facts = {"size": options.size, "frames": options.frames, "medium": options.medium, "strokes": count}
    if options.json:
        print(json.dumps({**facts, "rows": rows}, indent=1))
        return
    print(f"{options.frames} frames at {options.size} px in {options.medium}, {count} strokes\n")
    print("| what | CPU s | MB | memory beyond the frames, MB |\n|---|---|---|---|")
    for row in rows[1:]:
        print(f"| {row['what']} | {row['cpu_s']:.1f} | {row['mb']:.1f} | {row['memory_mb']:.0f} |")


if __name__ == "__main__":
    main()
