"""Cost of a whole run: time per stage and peak memory of `ppp run` on a 1024-pixel picture, in a process of its own.

    python benchmarks/run_cost.py [PICTURE] [--size 1024] [--frames 40] [--threads 2] [--json] [-- options of ppp run]

Without PICTURE a procedural sitter is drawn at that size. Time and memory are those of the child process, including the
start of Python and the import of torch.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np


def picture_of(source: str | None, size: int, folder: Path) -> Path:
    """Write the picture as a PNG in `folder`, scaled so that its longest side is `size` pixels."""
    if source is None:
        from ppp.modules.data.synthetic.portraits import draw_sitter

        painting = draw_sitter((size * 4 // 5, size), 7)[0]
        picture = np.round(painting * 255).astype(np.uint8) if painting.dtype != np.uint8 else painting
    else:
        from ppp.pipeline.images import read_picture

        rgb = read_picture(source).rgb
        scale = size / max(rgb.shape[:2])
        target = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        shrinks = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        picture = np.round(np.clip(cv2.resize(rgb, target, interpolation=shrinks), 0, 1) * 255).astype(np.uint8)
    path = folder / "picture.png"
    cv2.imencode(".png", picture[..., ::-1])[1].tofile(path)
    return path


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("picture", nargs="?")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    own, more = sys.argv[1:], []
    if "--" in own:
        own, more = own[: own.index("--")], own[own.index("--") + 1 :]
    options = parser.parse_args(own)
    with tempfile.TemporaryDirectory(prefix="ppp-") as folder:
        picture = picture_of(options.picture, options.size, Path(folder))
        command = [
            sys.executable,
            "-m",
            "ppp.cli.main",
            "run",
            str(picture),
            "-o",
            f"{folder}/out",
            "--json",
            "--quiet",
        ]
        command += ["--frames", str(options.frames), *more]
        threads = {name: str(options.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
        started = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ | threads, check=False)
        wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.returncode)
    # The largest child is the run; macOS counts bytes, Linux kibibytes.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    times = json.loads(done.stdout)["times"]
    if options.json:
        facts = {"size": options.size, "frames": options.frames, "threads": options.threads}
        print(json.dumps({**facts, "seconds": wall, "peak_MiB": peak, "times": times}, indent=1))
        return
    print(f"ppp run, longest side {options.size} px, {options.frames} frames, {options.threads} threads:")
    for name, spent in times.items():
        print(f"  {name:12} {spent:8.2f} s")
    print(f"  {'total':12} {wall:8.2f} s  (with the start of Python and the import of torch)")
    print(f"  peak memory  {peak:8.0f} MiB")


if __name__ == "__main__":
    main()
