"""Report of an evaluation: markdown, JSON and contact sheets in one folder."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...modules.io.errors import UserError
from ...modules.io.files import atomic_file
from ...modules.version import __version__
from .cases import EvalCase, EvalSettings
from .contact_sheets import write_contact_sheets
from .systems import MODEL
from .table_rows import TABLE_ROWS
from .tables import Results, columns_of, groups_of, score_table, segmentation_table, summarise, systems_of

REMARKS = "## What a painter would object to"  # heading of what a person adds to a report
PICTURES_PER_GROUP = 28  # on the contact sheets of the model


def check_folder(folder: Path) -> None:
    """Refuse a folder inside the package: contact sheets show other people's pictures. Raises UserError."""
    root = Path(__file__).resolve().parents[2]
    target = folder.resolve()
    if target.is_relative_to(root) and not any(target.is_relative_to(root / name) for name in ("out", "runs")):
        raise UserError(
            f"The report cannot be written to {folder}.",
            "It holds other people's pictures, and that is inside the package.",
            "Use a folder under out/ or runs/, or outside; --markdown may lie anywhere.",
        )


def write_report(
    out: Path, results: list[dict[str, Any]], settings: EvalSettings, facts: list[str], markdown: Path | None
) -> dict[str, Any]:
    """Write report.md, figures.json and contact sheets; returns the summary.

    `facts` are sentences on how it was made, `markdown` is a second place for the page: remarks at its end stay.
    """
    systems = systems_of(results, list(settings.systems))
    summary = summarise(results, systems)
    write_text(out / "figures.json", json.dumps({"facts": facts, "summary": summary, "pictures": results}, indent=1))
    title = f"Figures of the weights {settings.weights!r}" if MODEL in systems else "Figures of painting processes"
    text = as_markdown(results, systems, title, facts, remarks_of(markdown) if markdown else "")
    for page in filter(None, (out / "report.md", markdown)):
        write_text(page, text)
    for group, members in groups_of(results).items():
        if MODEL in systems:
            chosen = members[:: max(1, -(-len(members) // PICTURES_PER_GROUP))]
            write_contact_sheets(out / f"{group}-{MODEL}", _strips(chosen, [MODEL], settings, "{name}"))
        columns = columns_of(members, systems)
        strips = _strips(members[:8], columns, settings, "{name}: {system}")
        write_contact_sheets(out / f"{group}-systems", strips, per_page=len(columns) * 4)
    return summary


def write_text(path: Path, text: str) -> None:
    """Write a text file that appears complete."""
    with atomic_file(path) as part:
        part.write_text(text, "utf-8")


def _strips(results: Results, systems: list[str], settings: EvalSettings, caption: str) -> list[tuple[str, Path]]:
    """Caption and file of the film strips of each result and system that there are."""
    assert settings.thumbs is not None
    named = [(r["name"], s, settings.thumbs / f"{r['name']}--{s}.png") for r in results for s in systems]
    return [(caption.format(name=name, system=system), path) for name, system, path in named if path.is_file()]


def terminal_tables(results: list[dict[str, Any]], requested: Sequence[str]) -> dict[str, list[list[str]]]:
    """Tables for a terminal by title, head first."""
    systems = systems_of(results, requested)
    found = {
        f"{group}: {len(members)}": score_table(members, columns_of(members, systems))
        for group, members in groups_of(results).items()
    }
    if rows := segmentation_table(results):
        found["segmentation of quality A, IoU"] = rows
    return found


def describe(
    command: str,
    settings: EvalSettings,
    painted: Sequence[EvalCase],
    results: Results,
    hashes: dict[str, str],
    perceptual: str,
    seconds: float,
) -> list[str]:
    """Describe how a report was made, as sentences; what does not apply is left out.

    `hashes` are those of the weights by stage, `perceptual` is a sentence on the perceptual metric.
    """
    kinds = {kind: sum(case.kind == kind for case in painted) for kind in dict.fromkeys(case.kind for case in painted)}
    counts = ", ".join(f"{count} {kind or 'of no stated kind'}" for kind, count in kinds.items())
    count = sum(bool(result["runs"]) for result in results)
    facts = [f"Made by `{command}` (ppp {__version__})."]
    if settings.systems:
        where = "the data's label map where there is one"
        if settings.labels == "predicted":
            where = "the segment stage's own"
        if "process" in kinds and painted[-1].settings.labels == "given":
            where = "the processes' own label maps" + (f"; of pictures {where}" if len(kinds) > 1 else "")
        facts += [
            f"{count} pictures painted ({counts}), {settings.frames} frames, "
            f"seeds {', '.join(map(str, settings.seeds))}, "
            f"longest side {settings.size} px, plan {settings.plan}.",
            f"Parts: {where}; parts by colour and place where no portrait is found. All systems paint the same parts "
            "by the same plan. Every figure is computed from frames and label maps.",
            f"model and simulate: every seed; partfade and crossfade: one, since they know no seed; others: "
            f"{settings.baseline_seeds}.",
            f"Weights: {', '.join(f'{name} {value}' for name, value in hashes.items())}.",
        ]
    else:
        facts += [
            f"{count} paintings ({counts}), longest side {settings.size} px. Every figure is computed from frames."
        ]
    if "process" in kinds:
        truths = sum(len(case.references) for case in painted)
        facts.append(
            f"{truths} true processes (column truth: theirs, beside each other where a painting has several); a "
            "simulated one's own seed is not painted again."
        )
    facts.append(perceptual)
    runs = [run for result in results for run in result["runs"]]
    old = sum("end_l1" in run and not any(key.startswith(("end_squeeze", "end_vgg")) for key in run) for run in runs)
    if 0 < old < len(runs):
        facts.append(f"{old} of {len(runs)} runs were kept from an earlier version, which measured less.")
    minutes = f"{seconds / 60:.0f} minutes on {platform.machine()}, {os.cpu_count()} cores, device {settings.device}."
    return [*facts, minutes]


def as_markdown(results: Results, systems: Sequence[str], title: str, facts: Sequence[str], remarks: str) -> str:
    """Format the whole report: `systems` are the columns, `facts` its first lines, `remarks` a person's last ones."""
    lines = [f"# {title}", "", *(f"- {fact}" for fact in facts)]
    shown: set[str] = set()
    for group, members in groups_of(results).items():
        named = sum(result["named"] for result in members)
        rows = score_table(members, columns_of(members, systems))
        shown |= {row[0] for row in rows}
        lines += ["", f"## {group.capitalize()}: {len(members)}, {named} of them with a portrait found", ""]
        lines += markdown_table(rows)
    if rows := segmentation_table(results):
        lines += ["", "## Segmentation of quality A: intersection over union", "", *markdown_table(rows)]
    lines += ["", "## What the figures are", "", "Medians over runs unless said otherwise.", ""]
    lines += [f"- **{row.title}**: {row.meaning}" for row in TABLE_ROWS if row.meaning and row.title in shown]
    lines += ["", "Their ranges, sources and what fools them: docs/evaluation.md."]
    if remarks:
        lines += ["", remarks.strip()]
    return "\n".join(lines) + "\n"


def markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Format rows, head first, as lines of a markdown table."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return [line(rows[0]), line(["---"] + ["--:"] * (len(rows[0]) - 1)), *(line(row) for row in rows[1:])]


def remarks_of(path: Path) -> str:
    """Read what a person added to an earlier report, from the REMARKS heading to the end; "" when there is none."""
    text = path.read_text("utf-8") if path.is_file() else ""
    return text[text.index(REMARKS) :] if REMARKS in text else ""
