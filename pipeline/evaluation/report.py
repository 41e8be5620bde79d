"""From the figures of many runs to a table, JSON, markdown and contact sheets: the output side of `ppp evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.labels import FACIAL_FEATURES, PORTRAIT
from .table_rows import TABLE_ROWS, TableRow

PARTS = ("background", "hair", "clothes", "face", "body")
GROUPS = ("paintings", "photos", "pictures", "processes")
REMARKS = "## What a painter would object to"


def values_of(results: Sequence[dict[str, Any]], figure: TableRow, system: str) -> np.ndarray:
    """All numbers of one figure and system, NaN left out: one per run, or per picture, as its source says."""
    found: list[float] = []
    for result in results:
        runs = [run[figure.key] for run in result["runs"] if run["system"] == system and figure.key in run]
        if figure.source == "run":
            found += runs
        elif figure.source == "pair":
            found += [result["pairs"].get(system, {}).get(figure.key, np.nan)]
        elif figure.source == "rollout":
            found += [result.get("rollout", {}).get(figure.key, np.nan)] if system == "model" else []
        else:
            found += _of_seeds([value for value in runs if not np.isnan(value)], figure)
    values = np.array(found, float)
    return values[~np.isnan(values)]


def _of_seeds(values: list[float], figure: TableRow) -> list[float]:
    """What the several runs of one picture say together: the best of them, or how far the best is from the mean."""
    if len(values) < 2:
        return []
    best = max(values) if figure.better == "up" else min(values)
    return [best] if figure.source == "best" else [abs(best - float(np.mean(values)))]


def systems_of(results: Sequence[dict[str, Any]], asked: Sequence[str]) -> list[str]:
    """The systems that have figures: what was given (truth first), then those asked for in their order."""
    painted = {run["system"]: None for result in results for run in result["runs"]}
    given = sorted((name for name in painted if name not in asked), key=lambda name: name != "truth")
    return [*given, *(name for name in asked if name in painted)]


def columns_of(results: Sequence[dict[str, Any]], systems: Sequence[str]) -> list[str]:
    """Those of the systems that painted any of these pictures: not every tool has frames of every group."""
    painted = {run["system"] for result in results for run in result["runs"]}
    return [name for name in systems if name in painted]


def table(results: Sequence[dict[str, Any]], systems: Sequence[str]) -> list[list[str]]:
    """Rows of text: title, bar, one cell per system. Rows without a number are left out."""
    rows = []
    for figure in TABLE_ROWS:
        cells = []
        for system in systems:
            values = values_of(results, figure, system)
            cells.append(figure.form.format(figure.over(values)) if len(values) else "")
        if any(cells):
            rows.append([figure.title, figure.bar, *cells])
    return rows


def segmentation_table(results: Sequence[dict[str, Any]]) -> list[list[str]]:
    """IoU per class and its two means, one column per group; pixels are summed over a group's quality-A pictures."""
    columns = {}
    for group in GROUPS:
        counts = [result["segmentation"] for result in results if result["group"] == group and result["segmentation"]]
        if counts:
            columns[f"{group} ({len(counts)})"] = class_overlap(counts)
    if not columns:
        return []
    rows = [["class", *columns]]
    for name in (*PARTS, *FACIAL_FEATURES):
        rows.append([name, *(_number(found.get(name)) for found in columns.values())])
    for title, names in (("mean of parts (bar 0.70)", PARTS), ("mean of features (bar 0.48)", FACIAL_FEATURES)):
        rows.append([title, *(_number(_mean([f[n] for n in names if n in f])) for f in columns.values())])
    return rows


def class_overlap(counts: Sequence[Sequence[Sequence[int]]]) -> dict[str, float]:
    """Name -> IoU of every class that the truth or the prediction has, from (K, 2) counts per picture."""
    both, either = np.sum(np.array(counts), axis=0).T
    return {name: both[i] / either[i] for i, name in enumerate(PORTRAIT.names) if either[i]}


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def groups(results: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Results of painted pictures by group, in the order of GROUPS."""
    found = {group: [one for one in results if one["group"] == group and one["runs"]] for group in GROUPS}
    return {group: members for group, members in found.items() if members}


def summary(results: Sequence[dict[str, Any]], systems: Sequence[str]) -> dict[str, Any]:
    """The tables as numbers: group -> system -> title -> value, and the segmentation's classes."""
    found: dict[str, Any] = {}
    for group, members in groups(results).items():
        found[group] = {"pictures": len(members), "systems": {}}
        for system in columns_of(members, systems):
            cells = {}
            for figure in TABLE_ROWS:
                values = values_of(members, figure, system)
                if len(values):
                    cells[figure.title] = float(figure.over(values))
            found[group]["systems"][system] = cells
        counts = [one["segmentation"] for one in results if one["group"] == group and one["segmentation"]]
        if counts:
            found[group]["segmentation"] = class_overlap(counts)
    return found


# --- markdown ---------------------------------------------------------------------------------------------------------


def markdown(
    results: Sequence[dict[str, Any]], systems: Sequence[str], title: str, facts: Sequence[str], remarks: str
) -> str:
    """The whole report as markdown. facts: lines about how it was made. remarks: written by a person, kept."""
    lines = [f"# {title}", "", *(f"- {fact}" for fact in facts)]
    tables = groups(results)
    for group, members in tables.items():
        named = sum(result["named"] for result in members)
        lines += ["", f"## {group.capitalize()}: {len(members)}, {named} of them with a portrait found", ""]
        columns = columns_of(members, systems)
        lines += as_table([["figure", "bar", *columns], *table(members, columns)])
    if rows := segmentation_table(results):
        lines += ["", "## Segmentation of quality A: intersection over union", "", *as_table(rows)]
    lines += ["", "## What the figures are", "", "Medians over runs unless said otherwise.", ""]
    shown = {row[0] for members in tables.values() for row in table(members, columns_of(members, systems))}
    lines += [f"- **{f.title}**: {f.meaning}" for f in TABLE_ROWS if f.meaning and f.title in shown]
    lines += ["", "Their ranges, sources and what fools them: docs/evaluation.md."]
    if remarks:
        lines += ["", remarks.strip()]
    return "\n".join(lines) + "\n"


def as_table(rows: Sequence[Sequence[str]]) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    return [line(rows[0]), line(["---"] + ["--:"] * (len(rows[0]) - 1)), *(line(row) for row in rows[1:])]


def remarks_of(path: Path) -> str:
    """What a person wrote into an earlier report, from the REMARKS heading to the end; "" when there is none."""
    text = path.read_text("utf-8") if path.is_file() else ""
    return text[text.index(REMARKS) :] if REMARKS in text else ""


# --- contact sheets ---------------------------------------------------------------------------------------------------


def contact_sheet(path: Path, strips: Sequence[tuple[str, Path]], per_page: int = 14) -> list[Path]:
    """Stack strips (caption, PNG) to pages PATH-1.png, PATH-2.png, ...; returns the pages."""
    pages = []
    for number, start in enumerate(range(0, len(strips), per_page), 1):
        rows = []
        for caption, file in strips[start : start + per_page]:
            picture = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise OSError(f"{file} is no picture")
            head = np.full((18, picture.shape[1], 3), 250, np.uint8)
            cv2.putText(head, caption, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
            rows.append(np.concatenate([head, picture]))
        width = max(row.shape[1] for row in rows)
        rows = [
            cv2.copyMakeBorder(row, 0, 6, 0, width - row.shape[1], cv2.BORDER_CONSTANT, value=(250, 250, 250))
            for row in rows
        ]
        page = path.with_name(f"{path.name}-{number}.png")
        done, data = cv2.imencode(".png", np.concatenate(rows))
        if not done:
            raise OSError(f"{page} could not be encoded")
        data.tofile(page)
        pages.append(page)
    return pages
