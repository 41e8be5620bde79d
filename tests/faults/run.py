"""Provoke faults and count what survives them; the figures in docs/reliability.md come from here.

    python tests/faults/run.py [--only kill-resume] [--times N] [--seed 0] [--folder DIR] [--json]

Prints {name: {tried, right, failures: [...]}}. Exit code 0 without failures, 1 with failures.
--times: trials of each fault (default: TIMES of its module). --folder: where to work and keep the files; by default a
temporary folder.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder of the package `faults`

# name on the command line -> module of this package
FAULTS = {
    "kill-resume": "kill_resume",
    "kill-run": "kill_run",
    "bad-inputs": "bad_inputs",
    "server": "server",
    "weights": "weights",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the selected faults and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=FAULTS, action="append", help="only this fault (repeatable)")
    parser.add_argument("--times", type=int, help="trials of each")
    parser.add_argument("--seed", type=int, default=0, help="seed of moments and places")
    parser.add_argument("--folder", type=Path, help="where to work")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.times is not None and options.times < 1:
        parser.error("--times must be 1 or more")
    found: dict[str, dict[str, object]] = {}
    place = nullcontext(str(options.folder)) if options.folder else tempfile.TemporaryDirectory(prefix="ppp-faults-")
    with place as folder:
        for name in options.only or FAULTS:
            module = import_module(f"faults.{FAULTS[name]}")
            own = Path(folder) / name
            own.mkdir(parents=True, exist_ok=True)
            began = time.perf_counter()
            results = module.run(options.times or module.TIMES, options.seed, own)
            found[name] = {**results.to_json(), "seconds": round(time.perf_counter() - began, 1)}
            if not options.json:
                print(f"{name:12} tried {results.tried}, right {results.right}, {found[name]['seconds']} s")
                for failure in results.failures:
                    print(f"  {failure}")
    if options.json:
        print(json.dumps(found, indent=1))
    return 1 if any(row["failures"] for row in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
