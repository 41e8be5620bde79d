"""How much memory and time `ppp data extract` takes, by the length of a 1080p recording.

    python benchmarks/extract_memory.py [--minutes 1 4] [--rate 25]

Draws a recording in which strokes are laid on a canvas on a screen, encodes it (H.264), extracts it in a process of its
own, and prints a Markdown table: peak memory must hardly grow with the length.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ppp.modules.data.recorded import Rules, extract, open_video

SIZE, CANVAS = (1920, 1080), (420, 60, 1080, 960)
STROKE_EVERY = 10  # frames


def record(path: Path, frames: int, rate: int) -> None:
    """Encode a recording of so many frames."""
    rng = np.random.default_rng(0)
    screen = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    x, y, width, height = CANVAS
    screen[y : y + height, x : x + width] = 245
    canvas = screen[y : y + height, x : x + width]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": "23", "preset": "ultrafast"}
        for i in range(frames):
            if i % STROKE_EVERY == 0:
                ends = [tuple(int(v) for v in rng.integers((0, 0), (width, height))) for _ in range(2)]
                colour = tuple(int(v) for v in rng.integers(0, 255, 3))
                cv2.line(canvas, *ends, colour, int(rng.integers(8, 40)), cv2.LINE_AA)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(screen, format="rgb24")))
        out.mux(stream.encode(None))


def measure(path: str, out: str, answer: multiprocessing.Queue) -> None:
    """Extract, and tell (MiB at most, MiB before, seconds, frames kept)."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    started = time.perf_counter()
    made = extract(open_video(Path(path)), Path(out), Rules(), 512)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    answer.put((peak, before, time.perf_counter() - started, sum(process["frames"] for process in made)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 4.0])
    parser.add_argument("--rate", type=int, default=25)
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    print("| minutes | frames | peak MiB | of it the imports | seconds | kept |\n|---|---|---|---|---|---|")
    for minutes in arguments.minutes:
        with tempfile.TemporaryDirectory() as folder:
            path, frames = Path(folder) / "work.mp4", round(minutes * 60 * arguments.rate)
            record(path, frames, arguments.rate)
            answer = context.Queue()
            worker = context.Process(target=measure, args=(str(path), str(Path(folder) / "out"), answer))
            worker.start()
            peak, before, seconds, kept = answer.get()
            worker.join()
        print(f"| {minutes:g} | {frames} | {peak:.0f} | {before:.0f} | {seconds:.0f} | {kept} |", flush=True)


if __name__ == "__main__":
    main()
