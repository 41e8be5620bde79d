"""From the figures of many runs to a table, JSON, markdown and contact sheets: the output side of `ppp evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..modules.labels import PORTRAIT
from .metrics import COLLAPSE, DEAD_SHARE, FINAL, LEFT, NEAR_OUTLINE

PARTS = ("background", "hair", "clothes", "face", "body")
FEATURES = ("eyebrows", "eyes", "nose", "mouth")
GROUPS = ("paintings", "photos", "pictures")
REMARKS = "## What a painter would object to"


@dataclass(frozen=True)
class Figure:
    """A row of the table. source: where its numbers are: `run` (per run), `pair` or `rollout` (per picture)."""

    key: str
    title: str
    meaning: str
    bar: str = ""
    form: str = "{:.3f}"
    over: Callable[[np.ndarray], float] = np.median
    source: str = "run"


def _above(limit: float) -> Callable[[np.ndarray], float]:
    return lambda values: float((values > limit).mean())


_percent = "{:.1%}"
FIGURES = (
    Figure("end_psnr", "end PSNR, dB", "of the system's own last frame", ">= 28", "{:.1f}"),
    Figure("end_psnr", "ends above 24 dB", "share of runs", ">= 90 %", "{:.0%}", _above(24)),
    Figure("end_l1", "end L1", "mean absolute difference of the last frame to the painting", "", "{:.4f}"),
    Figure("end_ssim", "end SSIM", "Gaussian window"),
    Figure("not_away", "steps not away", "share of steps that do not increase the distance", ">= 93 %", _percent),
    Figure(
        "collapsed",
        "collapsed runs",
        f"share of runs with a frame further from the painting than frame 0 by the factor {COLLAPSE}",
        "0 %",
        _percent,
        np.mean,
    ),
    Figure("worst_over_start", "worst distance / start", "largest over all runs", "<= 1.05", over=np.max),
    Figure("collapsed", "long rollout: collapsed", "the same for long runs", "0 %", _percent, np.mean, "rollout"),
    Figure("end_psnr", "long rollout: end PSNR, dB", "", "", "{:.1f}", source="rollout"),
    Figure("dead", "dead steps", f"share of steps that touch under {DEAD_SHARE:.1%} of the pixels", "< 20 %", _percent),
    Figure("obey_spearman", "asked / reached, Spearman", "per run, unfinished parts, steps from 2 on", ">= 0.8"),
    Figure("obey_mae", "asked / reached, mean error", "the same pairs"),
    Figure("obey_mae_asked", "... of what was asked > 0", "the same, only parts that were asked for"),
    Figure("leakage", "leakage", "pixels touched in parts with degree 0", "< 5 %", "{:.2%}"),
    Figure("one_plan", "half way: one plan, two seeds", "mean |difference|", ">= 0.02", source="pair"),
    Figure("seeds", "half way: other seeds", "the same between runs with their own plans", ">= 0.03", source="pair"),
    Figure("plans", "half way: plan random", "the same between plans artist and random", ">= 0.03", source="pair"),
    Figure(
        "again", "one seed twice", "largest difference of any pixel in the first frames", "0", "{:g}", np.max, "pair"
    ),
    Figure("per_tenth", "changed per tenth", "share of the canvas that changes in a tenth of the time", "", _percent),
    Figure("per_step", "changed per step", "median step", "", _percent),
    Figure(
        "undone",
        "undone pixels",
        f"painted to within {FINAL} of the painting, later beyond {LEFT}",
        "",
        _percent,
    ),
    Figure("opacity", "opacity", "a pixel's biggest tenth's change over all its change (cross-fade 0.1)"),
    Figure(
        "outlines",
        "change outlines on part outlines",
        f"share within {NEAR_OUTLINE} px",
        "",
        _percent,
    ),
    Figure("outlines_chance", "... by chance", "share of the canvas so near a part outline", "", _percent),
    Figure("foreign", "foreign colours", "worst frame's share of pixels outside canvas + painting", "0", "{:.2%}"),
    Figure("cast", "colour cast", "furthest a part's mean strays from mixtures of its own and its neighbours' tones"),
    Figure("valid", "finite and in [0, 1]", "share of runs", "100 %", "{:.0%}", np.mean),
    Figure("seconds", "seconds per run", "painting and measuring, one core", "", "{:.1f}"),
)


def values_of(results: Sequence[dict[str, Any]], figure: Figure, system: str) -> np.ndarray:
    """All numbers of one figure and system, NaN left out."""
    found: list[float] = []
    for result in results:
        if figure.source == "run":
            found += [run[figure.key] for run in result["runs"] if run["system"] == system and figure.key in run]
        elif figure.source == "pair":
            found += [result["pairs"].get(system, {}).get(figure.key, np.nan)]
        elif system == "model":
            found += [result.get("rollout", {}).get(figure.key, np.nan)]
    values = np.array(found, float)
    return values[~np.isnan(values)]


def table(results: Sequence[dict[str, Any]], systems: Sequence[str]) -> list[list[str]]:
    """Rows of text: title, bar, one cell per system. Rows without a number are left out."""
    rows = []
    for figure in FIGURES:
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
    for name in (*PARTS, *FEATURES):
        rows.append([name, *(_number(found.get(name)) for found in columns.values())])
    for title, names in (("mean of parts (bar 0.55)", PARTS), ("mean of features (bar 0.30)", FEATURES)):
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
        for system in systems:
            cells = {}
            for figure in FIGURES:
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
    for group, members in groups(results).items():
        named = sum(result["named"] for result in members)
        lines += ["", f"## {group.capitalize()}: {len(members)}, {named} of them with a portrait found", ""]
        lines += as_table([["figure", "bar", *systems], *table(members, systems)])
    if rows := segmentation_table(results):
        lines += ["", "## Segmentation of quality A: intersection over union", "", *as_table(rows)]
    lines += ["", "## What the figures are", "", "Medians over runs unless said otherwise.", ""]
    lines += [f"- **{figure.title}**: {figure.meaning}" for figure in FIGURES if figure.meaning]
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
