"""`ppp evaluate --first-frame`: score the firstframe stage alone, beside baselines that need no training."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import typer

from .evaluation_jobs import print_tables, report_failures, score_cases


def evaluate_first_frame(
    inputs: list[Path], split: str, limit: int, out: Path, settings: dict[str, Any], *, jobs: int,
    markdown: Path | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Start labelled pictures in all four ways, and write OUT/first-frames.md, .json and contact sheets.

    settings: fields of `FirstFrameSettings` but for the thumbs; `perceptual` may be "auto".
    """
    from ..pipeline.evaluation import first_frame_scores
    from ..pipeline.evaluation.cases import find_inputs
    from ..pipeline.evaluation.metrics import find_perceptual_metric

    started = time.perf_counter()
    metric, _ = find_perceptual_metric(settings["perceptual"])
    settings = {**settings, "perceptual": metric.kind if metric else "none", "thumbs": out / "first-frames"}
    made = first_frame_scores.FirstFrameSettings(**settings)
    cases = first_frame_scores.labelled_cases(find_inputs(inputs, split)[0], limit, made)
    results, failed = score_cases(first_frame_scores.evaluate_first_frames, cases, jobs, quiet)
    command = " ".join(["ppp", *sys.argv[1:]])
    summary = first_frame_scores.write_first_frames(
        out, results, made, command, time.perf_counter() - started, markdown
    )
    if not quiet:
        print_tables(first_frame_scores.tables(results))
    print(json.dumps(summary, indent=1) if as_json else out / "first-frames.md")
    if failed:
        report_failures(failed, len(cases))
        raise typer.Exit(3)
