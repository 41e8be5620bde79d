"""`ppp evaluate --scenes`: score what the segment stage sees in scenes, beside baselines."""

import json
import sys
import time
from pathlib import Path

from typer import Exit

from .evaluation_jobs import print_tables, report_failures, score_cases


def evaluate_scenes(
    folders: list[Path], split: str, limit: int, out: Path, weights: str, stages: dict[str, str], device: str, *,
    jobs: int, markdown: Path | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Look at labelled scenes and layered art, and write OUT/report.md, figures.json and contact sheets."""
    from ..pipeline.evaluation.scene_cases import SceneSettings, scene_cases, segment_hash
    from ..pipeline.evaluation.scene_scores import evaluate_scene
    from ..pipeline.evaluation.scene_tables import describe_scenes, tables, write_scene_report

    started = time.perf_counter()
    settings = SceneSettings(weights, tuple(sorted(stages.items())), device, out / "scenes")
    cases = scene_cases(folders, split, limit, settings)
    results, failed = score_cases(evaluate_scene, cases, jobs, quiet)
    command = " ".join(["ppp", *sys.argv[1:]])
    facts = describe_scenes(command, results, device, segment_hash(settings), time.perf_counter() - started)
    summary = write_scene_report(out, results, weights, settings.thumbs, facts, markdown)
    if not quiet:
        print_tables(tables(summary))
    print(json.dumps(summary, indent=1) if as_json else out / "report.md")
    if failed:
        report_failures(failed, len(cases))
        raise Exit(3)
