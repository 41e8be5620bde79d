"""Measure memory and time of `ppp data extract` by the length of a 1080p recording.

    python benchmarks/extract_memory.py [--minutes 1 4 60] [--rate 10] [--keep FOLDER]

Draws a recording in which a hand lays strokes on a canvas on a screen, between long stretches in which nothing happens
(H.264, every frame of the stated rate is there), extracts it in a process of its own, and prints a Markdown table: peak
memory must hardly grow with the length. `--keep` leaves the recordings there, and uses those that are there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ppp.modules.data.recording import SelectionRules, extract, open_video

SIZE, CANVAS = (1920, 1080), (420, 60, 1080, 960)
WORK, REST = 20.0, 40.0  # seconds that a hand works, and that nothing happens
STROKES = 12  # laid while it works
KEYFRAMES = 250  # frames at most between two; x264's own default


def record(path: Path, frames: int, rate: int) -> None:
    """Encode a recording of so many frames."""
    rng = np.random.default_rng(0)
    screen = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    x, y, width, height = CANVAS
    screen[y : y + height, x : x + width] = 245
    canvas = screen[y : y + height, x : x + width]
    hand = None
    period = round((WORK + REST) * rate)
    every = max(1, round(WORK * rate / STROKES))
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(rate))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.options = {"crf": "23", "preset": "ultrafast", "g": str(KEYFRAMES), "bf": "2"}
        still = None
        for i in range(frames):
            now = i % period
            works = now < WORK * rate
            if works and now % every == 0:
                ends = [tuple(int(v) for v in rng.integers((0, 0), (width, height))) for _ in range(2)]
                colour = tuple(int(v) for v in rng.integers(0, 255, 3))
                cv2.line(canvas, *ends, colour, int(rng.integers(8, 40)), cv2.LINE_AA)
                hand, still = ends[1], None
            if works or still is None:
                shown = screen
                if works and hand is not None and now % every < every * 2 // 3:  # then it takes the next colour
                    shown = with_hand(screen, (x + hand[0], y + hand[1] + 4 * (now % every)))
                frame = av.VideoFrame.from_ndarray(shown, format="rgb24").reformat(format="yuv420p")
                still = None if works else frame
            else:
                frame = still
            frame.pts, frame.time_base = i, Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def with_hand(screen: np.ndarray, at: tuple[int, int]) -> np.ndarray:
    """Draw a hand over the screen that reaches in from the lower right."""
    shown = screen.copy()
    x, y = at
    cv2.line(shown, (x + 80, y + 90), (x + 700, y + 900), (150, 105, 84), 170, cv2.LINE_AA)
    cv2.ellipse(shown, (x + 80, y + 90), (110, 80), 50, 0, 360, (186, 138, 112), -1, cv2.LINE_AA)
    cv2.line(shown, (x, y), (x + 80, y + 90), (60, 40, 30), 14, cv2.LINE_AA)
    return shown


def peak() -> float:
    """Return the peak memory of this process in MiB."""
    status = Path("/proc/self/status")  # Linux lets getrusage begin with what the parent held
    if status.is_file():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def measure(path: str, out: str, answer: multiprocessing.Queue) -> None:
    """Extract, and report (peak MiB, MiB before, seconds, of which on the processor, frames kept)."""
    cv2.setNumThreads(1)
    before, started, worked = peak(), time.perf_counter(), time.process_time()
    made = extract(open_video(Path(path)), Path(out), SelectionRules(), 512)
    times = time.perf_counter() - started, time.process_time() - worked
    answer.put((peak(), before, *times, sum(process["frames"] for process in made)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 4.0])
    parser.add_argument("--rate", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="folder of the recordings; a temporary one if not given")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    print("| minutes | frames | peak MiB | of it the imports | seconds | processor s | kept |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for minutes in arguments.minutes:
        with tempfile.TemporaryDirectory() as folder:
            frames = round(minutes * 60 * arguments.rate)
            path = (arguments.keep or Path(folder)) / f"work-{frames}-{arguments.rate}.mp4"
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                record(path.with_suffix(".part.mp4"), frames, arguments.rate)
                path.with_suffix(".part.mp4").rename(path)
            answer = context.Queue()
            worker = context.Process(target=measure, args=(str(path), str(Path(folder) / "out"), answer))
            worker.start()
            most, before, seconds, worked, kept = answer.get()
            worker.join()
        row = f"| {minutes:g} | {frames} | {most:.0f} | {before:.0f} | {seconds:.0f} | {worked:.0f} | {kept} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
