"""Measure the accuracy of `ppp data align` on known moves of the canvas, in pixels and percent.

    python benchmarks/align_accuracy.py [--seeds 8] [--frames 36] [--size 200x240] [--jpeg 0]

Sitters are painted by the simulated painter, and the canvas moves along a trajectory of each kind in tests/videos.py.
Prints a Markdown table of the largest errors over all frames but bare ones: at the middle of the picture, of the scale,
of the angle; how many seeds meet the bar of 0.5 px and 0.5 %; and the time of a frame.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from ppp.modules.data.recording.registration import Aligner
from ppp.modules.data.recording.similarity_transform import angle_of, compose, from_parts, scale_of, shift_of

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from videos import TRAJECTORIES, every_state, moved, states, trajectory


def compressed(frame: np.ndarray, quality: int) -> np.ndarray:
    """Compress a frame with a lossy codec; 0: none."""
    if not quality:
        return frame
    _, data = cv2.imencode(".jpg", frame[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


def errors(
    painted: list[np.ndarray], kind: str, seed: int, n: int, size: tuple[int, int], quality: int
) -> tuple[np.ndarray, float]:
    """Measure the largest error (pixels, percent, degrees) over a trajectory, and seconds a frame."""
    first = len(painted) // 8  # before, the canvas is bare or nearly
    states_shown = [painted[first + i * (len(painted) - first) // n] for i in range(n)]
    moves = trajectory(kind, n, seed)
    aligner = Aligner(compressed(states_shown[-1], quality))
    worst, started = np.zeros(3), time.perf_counter()
    for i in range(n - 2, -1, -1):
        found = aligner.register(compressed(moved(states_shown[i], *moves[i]), quality)).matrix
        off = compose(found, from_parts(*moves[i], size))
        worst = np.maximum(worst, (np.hypot(*shift_of(off, size)), 100 * abs(scale_of(off) - 1), abs(angle_of(off))))
    return worst, (time.perf_counter() - started) / (n - 1)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--leaps", action="store_true", help="only the 14 states after the biggest steps of each")
    parser.add_argument("--habit", default="objects", help="of the painter: objects, masses, lineart, watercolour")
    parser.add_argument("--frames", type=int, default=36)
    parser.add_argument("--size", default="200x240")
    parser.add_argument("--jpeg", type=int, default=0, help="quality of a lossy codec; 0 = none")
    parser.add_argument("--kinds", nargs="+", default=list(TRAJECTORIES))
    arguments = parser.parse_args()
    size = tuple(int(v) for v in arguments.size.split("x"))
    cv2.setNumThreads(1)
    make, count = (states, 14) if arguments.leaps else (every_state, arguments.frames * 8 // 7)
    paintings = [
        make(count, seed, size, arguments.habit)
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    ]
    print("| canvas | px, median | px, worst | scale %, worst | degrees, worst | meet the bar | s a frame |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for kind in arguments.kinds:
        rows, times = zip(
            *(errors(s, kind, i, arguments.frames, size, arguments.jpeg) for i, s in enumerate(paintings)), strict=True
        )
        table = np.array(rows)
        met = int(((table[:, 0] < 0.5) & (table[:, 1] < 0.5)).sum())
        worst = table.max(axis=0)
        print(
            f"| {kind} | {np.median(table[:, 0]):.3f} | {worst[0]:.3f} | {worst[1]:.3f} | {worst[2]:.3f} "
            f"| {met} of {len(table)} | {np.median(times):.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
