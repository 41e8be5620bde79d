"""What the two evaluations share: cases scored in several processes, failures and tables on stderr."""

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from ..modules.io.errors import PPPError
from .data.jobs import Failures, run_jobs
from .errors import explain
from .options import print_note


def score_cases(
    score: Callable[[Any], dict[str, Any]], cases: list[Any], jobs: int, quiet: bool
) -> tuple[list[dict[str, Any]], Failures]:
    """Score cases in `jobs` processes: results sorted by name, and (name, problem) of what failed.

    Raises PPPError when all failed.
    """
    results, failed = run_jobs(partial(_on_one_core, score), cases, jobs, quiet, "scoring", lambda case: case.name)
    for name, problem in failed:
        print(f"ppp: {name}: {problem}", file=sys.stderr)
    if not results:
        raise PPPError("No picture could be evaluated.", failed[0][1] if failed else "", "See the messages above.")
    return sorted(results, key=lambda result: result["name"]), failed


def _on_one_core(score: Callable[[Any], dict[str, Any]], case: Any) -> dict[str, Any]:
    """Two processes that both want all cores are slower than one; errors get our words."""
    import torch

    torch.set_num_threads(1)
    try:
        return score(case)
    except Exception as error:
        if os.environ.get("PPP_DEBUG"):
            raise
        raise explain(error) from error


def report_failures(failed: Failures, total: int) -> None:
    """Print how many cases failed, and which."""
    print_note(f"ppp: {len(failed)} of {total} pictures failed: {', '.join(name for name, _ in failed)}", False)


def print_tables(tables: dict[str, list[list[str]]]) -> None:
    """Print tables (title -> rows, head first) on stderr."""
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    for title, rows in tables.items():
        shown = Table(*rows[0], title=title)
        for row in rows[1:]:
            shown.add_row(*row)
        console.print(shown)
