"""`ppp evaluate --first-frame`: score the firstframe stage alone, beside what needs no training."""

from __future__ import annotations

import json
import platform
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import typer

from ..modules.io.errors import PPPError, UserError
from .data.jobs import work
from .evaluate import alone
from .options import say


def labelled(pictures: list[Any]) -> list[Any]:
    """Those with a label map. UserError when there are none."""
    chosen = [picture for picture in pictures if picture.labels is not None]
    if not chosen:
        raise UserError(
            "No picture can be begun.", "None of them has a label map, and the true first frame is made from it.",
            "Give a folder with label maps, or --shared-data.",
        )  # fmt: skip
    return chosen


def report(
    pictures: list[Any], out: Path, settings: dict[str, Any], *, jobs: int, markdown: Path | None, as_json: bool,
    quiet: bool,
) -> None:  # fmt: skip
    """Begin labelled pictures in all four ways, and write OUT/first-frames.md, .json and contact sheets.

    settings: the fields of `FirstFrameSettings` but for the thumbs.
    """
    from ..pipeline.evaluation import first_frame
    from ..pipeline.evaluation.report import contact_sheet

    started = time.perf_counter()
    made = first_frame.FirstFrameSettings(**settings, thumbs=out / "first-frames")
    first_frame.check(made)
    out.mkdir(parents=True, exist_ok=True)
    todo = [first_frame.FirstFrameCase(p.name, p.image, p.labels, p.kind, made) for p in pictures]
    results, failed = work(partial(alone, first_frame.score_picture), todo, jobs, quiet, "beginning", lambda p: p.name)
    for name, problem in failed:
        print(f"ppp: {name}: {problem}", file=sys.stderr)
    if not results:
        raise PPPError("No picture could be begun.", failed[0][1] if failed else "", "See the messages above.")
    results.sort(key=lambda result: result["name"])
    facts = [
        f"Made by `{' '.join(['ppp', *sys.argv[1:]])}`.",
        f"{len(results)} labelled pictures, longest side {made.size} px, one artist each; means over pictures.",
        "ground: the toned ground alone; flat: every part the step paints in its mean colour, parents under children; "
        "tones: the palette's tones by the run of the light, no network.",
        f"Perceptual distance: {made.perceptual}. {(time.perf_counter() - started) / 60:.0f} minutes on "
        f"{platform.machine()}, device {made.device}.",
    ]
    text = first_frame.markdown(results, f"First frames of the weights {made.weights!r}", facts)
    numbers = {"facts": facts, "summary": first_frame.summary(results), "pictures": results}
    (out / "first-frames.json").write_text(json.dumps(numbers, indent=1), "utf-8")
    for page in [out / "first-frames.md", *([markdown] if markdown else [])]:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
    for group in numbers["summary"]:
        strips = [(r["name"], made.thumbs / f"{r['name']}.png") for r in results if r["group"] == group]
        contact_sheet(out / f"first-frames-{group}", strips)
    if not quiet:
        _show(first_frame.tables(results))
    print(json.dumps(numbers["summary"], indent=1) if as_json else out / "first-frames.md")
    if failed:
        say(f"ppp: {len(failed)} of {len(todo)} pictures failed: {', '.join(name for name, _ in failed)}", False)
        raise typer.Exit(3)


def _show(tables: dict[str, list[list[str]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True)
    for title, rows in tables.items():
        shown = Table(*rows[0], title=title)
        for row in rows[1:]:
            shown.add_row(*row)
        console.print(shown)
