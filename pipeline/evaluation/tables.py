"""Aggregate the scores of many runs: tables of text and a summary of numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...modules.labels import FACIAL_FEATURES, PORTRAIT
from .systems import MODEL, TRUTH
from .table_rows import TABLE_ROWS, TableRow

SILHOUETTES = ("background", "hair", "clothes", "face", "body")  # the classes that are no facial features
GROUPS = ("paintings", "photos", "pictures", "processes")

Results = Sequence[dict[str, Any]]  # of `evaluate_case`


def values_of(results: Results, row: TableRow, system: str) -> np.ndarray:
    """Collect all numbers of one row and system, NaN left out: one per run, or per picture, as its source says."""
    found: list[float] = []
    for result in results:
        runs = [run[row.key] for run in result["runs"] if run["system"] == system and row.key in run]
        if row.source == "run":
            found += runs
        elif row.source == "pair":
            found += [result["pairs"].get(system, {}).get(row.key, np.nan)]
        elif row.source == "rollout":
            found += [result.get("rollout", {}).get(row.key, np.nan)] if system == MODEL else []
        else:
            found += _over_seeds([value for value in runs if not np.isnan(value)], row)
    values = np.array(found, float)
    return values[~np.isnan(values)]


def _over_seeds(values: list[float], row: TableRow) -> list[float]:
    """Reduce the runs of one picture to the best of them, or to how far the best is from the mean."""
    if len(values) < 2:
        return []
    best = max(values) if row.better == "up" else min(values)
    return [best] if row.source == "best" else [abs(best - float(np.mean(values)))]


def systems_of(results: Results, requested: Sequence[str]) -> list[str]:
    """List the systems that have scores: given ones (truth first), then those requested in their order."""
    painted = {run["system"]: None for result in results for run in result["runs"]}
    given = sorted((name for name in painted if name not in requested), key=lambda name: name != TRUTH)
    return [*given, *(name for name in requested if name in painted)]


def columns_of(results: Results, systems: Sequence[str]) -> list[str]:
    """Keep the systems that painted any of these pictures: not every tool has frames of every group."""
    painted = {run["system"] for result in results for run in result["runs"]}
    return [name for name in systems if name in painted]


def groups_of(results: Results) -> dict[str, list[dict[str, Any]]]:
    """Group the results of painted pictures, in the order of GROUPS."""
    found = {group: [one for one in results if one["group"] == group and one["runs"]] for group in GROUPS}
    return {group: members for group, members in found.items() if members}


def score_table(results: Results, systems: Sequence[str]) -> list[list[str]]:
    """Format rows of text, the head first: title, bar, one cell per system. Rows without a number are left out."""
    rows = [["figure", "bar", *systems]]
    for row in TABLE_ROWS:
        cells = []
        for system in systems:
            values = values_of(results, row, system)
            cells.append(row.form.format(row.over(values)) if len(values) else "")
        if any(cells):
            rows.append([row.title, row.bar, *cells])
    return rows


def segmentation_table(results: Results) -> list[list[str]]:
    """Format IoU per class and its two means, one column per group; pixels are summed over quality-A pictures."""
    columns = {}
    for group in GROUPS:
        counts = _counts(results, group)
        if counts:
            columns[f"{group} ({len(counts)})"] = class_iou(counts)
    if not columns:
        return []
    rows = [["class", *columns]]
    for name in (*SILHOUETTES, *FACIAL_FEATURES):
        rows.append([name, *(f"{found[name]:.3f}" if name in found else "" for found in columns.values())])
    for title, names in (("mean of parts (bar 0.70)", SILHOUETTES), ("mean of features (bar 0.48)", FACIAL_FEATURES)):
        known = [[found[name] for name in names if name in found] for found in columns.values()]
        rows.append([title, *(f"{np.mean(values):.3f}" if values else "" for values in known)])
    return rows


def _counts(results: Results, group: str) -> list[list[list[int]]]:
    return [result["segmentation"] for result in results if result["group"] == group and result["segmentation"]]


def class_iou(counts: Sequence[Sequence[Sequence[int]]]) -> dict[str, float]:
    """Compute the IoU of every class that the truth or the prediction has, from counts (K, 2) per picture."""
    both, either = np.sum(np.array(counts), axis=0).T
    return {name: both[i] / either[i] for i, name in enumerate(PORTRAIT.names) if either[i]}


def summarise(results: Results, systems: Sequence[str]) -> dict[str, Any]:
    """Reduce the results to the tables' numbers: group -> system -> title -> value, and the IoU of classes."""
    found: dict[str, Any] = {}
    for group, members in groups_of(results).items():
        found[group] = {"pictures": len(members), "systems": {}}
        for system in columns_of(members, systems):
            cells = {}
            for row in TABLE_ROWS:
                values = values_of(members, row, system)
                if len(values):
                    cells[row.title] = float(row.over(values))
            found[group]["systems"][system] = cells
        if counts := _counts(results, group):
            found[group]["segmentation"] = class_iou(counts)
    return found
