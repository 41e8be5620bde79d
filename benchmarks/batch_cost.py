"""Cost of a batch: CPU seconds and memory of a painting in `ppp batch` with one job and with two, beside a cold run.

    python benchmarks/batch_cost.py [--count 32] [--size 128] [--frames 8] [--json] [-- options of ppp batch]

Pictures are procedural sitters. On a machine with other work only CPU seconds compare: `speed-up` is what two free
cores would give, one job's CPU seconds over half of those of two jobs, starts of all processes included.
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

from run_cost import picture_of


def measure(words: list[str]) -> dict[str, float]:
    """Run a command of ppp on one thread per process -> its seconds, and the CPU seconds of all its processes."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "ppp.cli.main", *words, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.perf_counter() - started, "cpu_seconds": cpu}


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("more", nargs="*", help="after --: options of ppp batch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
        folder = Path(temporary)
        picture_of(None, options.size, folder)
        pictures = folder / "pictures"
        pictures.mkdir()
        for number in range(options.count):
            (pictures / f"{number}.png").write_bytes((folder / "picture.png").read_bytes())
        words = ["--frames", str(options.frames), *options.more]
        cold = measure(["run", str(folder / "picture.png"), "-o", str(folder / "cold"), *words])
        jobs = {n: measure(["batch", str(pictures), "-o", str(folder / f"{n}"), "--jobs", str(n), *words])
                for n in (1, 2)}  # fmt: skip
        rows = [json.loads(line) for line in (folder / "2" / "batch.jsonl").read_text("utf-8").splitlines()]
        size = sum(path.stat().st_size for path in (folder / "2" / "0").rglob("*") if path.is_file())
    each = {n: spent["cpu_seconds"] / options.count for n, spent in jobs.items()}
    facts = {
        "count": options.count, "size": options.size, "frames": options.frames,
        "cold_cpu_seconds": cold["cpu_seconds"], "cpu_seconds_each": each,
        "share_of_cold": each[2] / cold["cpu_seconds"], "speed_up": 2 * each[1] / each[2],
        "speed_up_on_the_clock": jobs[1]["seconds"] / jobs[2]["seconds"],
        "peak_MiB": max(row["peak_MiB"] for row in rows), "result_MB": size / 1e6,
    }  # fmt: skip
    if options.json:
        print(json.dumps(facts, indent=1))
        return
    print(f"{options.count} pictures of {options.size} px, {options.frames} frames, one thread in each process:")
    print(f"  a cold `ppp run`           {cold['cpu_seconds']:8.2f} s of CPU")
    for n, spent in each.items():
        print(f"  ppp batch --jobs {n}         {spent:8.2f} s of CPU a picture")
    print(f"  share of a cold run        {100 * facts['share_of_cold']:8.0f} %")
    print(f"  two jobs, on free cores    {facts['speed_up']:8.2f} times one; here {facts['speed_up_on_the_clock']:.2f}")
    print(f"  memory of a process        {facts['peak_MiB']:8.0f} MiB at most")
    print(f"  a result on disk           {facts['result_MB']:8.2f} MB")


if __name__ == "__main__":
    main()
