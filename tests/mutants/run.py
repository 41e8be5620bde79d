"""Mutation testing: put small mistakes into the code one at a time and count which of them the tests notice.

    python tests/mutants/run.py [--only degree] [--most 250] [--seed 0] [--seconds 20] [--again FILE] [--json FILE]

Needs Cosmic Ray (`pip install cosmic-ray`), whose operators make the mistakes, and a system with fork. Works in a copy
of the repository, in one process at a time. A mutant is tried with the tests that run its line, those of
different test functions first, as many as take --seconds together; one that no test reaches survives untried.
docs/mutants.md has the figures and the accepted survivors.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[2]

from forked_tests import OUTSIDE, Coverage, WorkingCopy, preload  # noqa: E402
from mutate import Mutant, draw_mutants  # noqa: E402

# target -> its files, and the tests for them
TARGETS: dict[str, tuple[list[str], list[str]]] = {
    "degree": (["modules/degree.py"], ["tests/modules/test_degree.py"]),
    "plans": (["modules/plans/**/*.py"], ["tests/modules/plans"]),
    "graph": (["pipeline/graph/graph.py"], ["tests/pipeline/graph/test_graph.py"]),
    "store": (["modules/io/pretrained.py", "modules/io/model_folder.py"], ["tests/modules/io/test_pretrained.py"]),
}
KILLED, SURVIVED, SLOW = "killed", "survived", "timed out"


def chosen(mutant: Mutant, reached: Coverage, seconds: float) -> list[str]:
    """Choose the tests to try a mutant with; [] when none runs its line."""
    found = reached.tests(mutant.path, range(mutant.lines[0], mutant.lines[1] + 1))
    inside = reached.tests(mutant.path, range(mutant.body[0], mutant.body[1] + 1)) if mutant.body else set()
    if OUTSIDE in found and not inside:  # runs on import, so any test may cover it
        inside = set(reached.seconds)
    found |= inside
    ways: dict[str, list[str]] = {}
    for name in sorted(found - {OUTSIDE}, key=lambda name: (reached.seconds[name], name)):
        ways.setdefault(name.partition("[")[0], []).append(name)
    # The fastest of every test function, then the second fastest of each, ...; first those in the file of its name.
    own = f"/test_{Path(mutant.path).stem}.py::"
    order = sorted((own not in n, i, reached.seconds[n], n) for w in ways.values() for i, n in enumerate(w))
    taken, total = [], 0.0
    for *_, name in order:
        if total + reached.seconds[name] <= seconds or not taken:
            taken.append(name)
            total += reached.seconds[name]
    return taken


def attempt(
    target: str, copy: WorkingCopy, options: argparse.Namespace, only: set[tuple[str, str, str]] | None
) -> list[dict[str, str]]:
    """Try the mutants of a target and return {"file", "operator", "change", "outcome"} of each."""
    patterns, tests = TARGETS[target]
    files = sorted(str(p.relative_to(copy.root)) for pattern in patterns for p in copy.root.glob(pattern))
    code, reached = copy.reach(files, tests)
    if code:
        sys.exit(f"The tests of {target} fail without any mutant (pytest ended with {code}):\n{copy.output()}")
    preload(reached.modules)
    taken, places = draw_mutants(copy.root, files, options.most, options.seed, only)
    print(f"{target}: {len(taken)} mutants from {places} places, {len(reached.seconds)} tests", flush=True)
    found = []
    for mutant in taken:
        names = chosen(mutant, reached, options.seconds)
        began, outcome = time.perf_counter(), SURVIVED
        if names:
            limit = 20 + 5 * sum(reached.seconds[name] for name in names)
            code = copy.run(mutant.path, mutant.text, names, limit)
            outcome = SURVIVED if code == 0 else SLOW if code == -9 else KILLED
        found.append(dict(zip(("file", "operator", "change", "outcome"), (*mutant.key, outcome), strict=True)))
        if outcome != KILLED:
            tried = f"{len(names)} tests, {time.perf_counter() - began:.0f} s" if names else "no test runs it"
            print(f"  {outcome}: {mutant.short}  ({tried})", flush=True)
    return found


def table(rows: list[dict[str, str]]) -> str:
    """Format the outcomes by file as a table."""
    lines = [f"{'file':34}{'mutants':>9}{KILLED:>9}{SURVIVED:>10}{SLOW:>11}"]
    for name in [*sorted({row["file"] for row in rows}), ""]:
        count = Counter(row["outcome"] for row in rows if name in ("", row["file"]))
        lines.append(f"{name or 'all':34}{count.total():9}{count[KILLED]:9}{count[SURVIVED]:10}{count[SLOW]:11}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Try the selected targets; the exit code is 0, whatever survives."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=TARGETS, action="append", help="only this target (repeatable)")
    parser.add_argument("--most", type=int, default=250, help="mutants of a target; of more, this many are drawn")
    parser.add_argument("--seed", type=int, default=0, help="seed of the draw")
    parser.add_argument("--seconds", type=float, default=20.0, help="total time of the tests of a mutant")
    parser.add_argument("--again", type=Path, help="only what was not killed in this file that --json wrote")
    parser.add_argument("--json", type=Path, help="write the outcome of every mutant here")
    options = parser.parse_args(arguments)
    only = None
    if options.again:
        before = json.loads(options.again.read_text("utf-8"))
        only = {(row["file"], row["operator"], row["change"]) for row in before if row["outcome"] != KILLED}
    rows: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory(prefix="ppp-mutants-") as folder:
        copy = WorkingCopy(ROOT, Path(folder))
        for target in options.only or TARGETS:
            rows += attempt(target, copy, options, only)
            if options.json:
                options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
