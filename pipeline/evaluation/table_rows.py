"""Rows of the tables of `ppp evaluate`: which metrics, in which order, and their titles (docs/evaluation.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .metrics import COLLAPSE, DEAD_SHARE, FINAL, NEAR_OUTLINE, PERCEPTUAL_NETWORKS, UNDONE

Source = Literal["run", "pair", "rollout", "best", "gain"]
Better = Literal["", "up", "down"]


@dataclass(frozen=True)
class TableRow:
    """A row of the table.

    source: where its numbers are: `run` (per run), `pair` or `rollout` (per picture), or made of a picture's runs:
    `best` of them, or `gain`, the best less their mean.
    """

    key: str  # of the metric in figures.json
    title: str
    meaning: str  # explained below the tables, "" for no explanation
    bar: str = ""  # what a good system reaches
    form: str = "{:.3f}"
    over: Callable[[np.ndarray], float] = np.median  # reduces the numbers of a cell to one
    source: Source = "run"
    better: Better = ""  # which way is better, where that has to be known


_PERCENT = "{:.1%}"
_COLLAPSED = f"share of runs with a frame further from the painting than frame 0 by the factor {COLLAPSE}"
_UNDONE = f"painted to within {FINAL} of the painting, later beyond {UNDONE}"


def _reference(key: str, title: str, better: Better, meaning: str, *, best: bool = True) -> list[TableRow]:
    """Make the rows of a metric beside a true process: over all runs, and of the best run of each picture."""
    rows = [TableRow(key, title, meaning, better=better)]
    return [*rows, TableRow(key, f"... {title}, best of seeds", "", source="best", better=better)] if best else rows


def _perceptual(key: str, title: str, meaning: str, source: Source = "run", *, best: bool = True) -> list[TableRow]:
    """Make rows of a perceptual distance, by each network that may have measured it; empty ones are left out."""
    rows = []
    for kind in PERCEPTUAL_NETWORKS:
        name, explained = f"{title} ({kind})", f"{meaning}; in the features of {kind}"
        rows.append(TableRow(f"{key}_{kind}", name, explained, source=source, better="down"))
        if best:
            rows.append(TableRow(f"{key}_{kind}", f"... {name}, best of seeds", "", source="best", better="down"))
    return rows


TABLE_ROWS: tuple[TableRow, ...] = (
    TableRow("end_psnr", "end PSNR, dB", "of the system's own last frame", ">= 32", "{:.1f}"),
    TableRow(
        "end_psnr", "ends above 24 dB", "share of runs", ">= 90 %", "{:.0%}", lambda values: float((values > 24).mean())
    ),
    TableRow("end_l1", "end L1", "mean absolute difference of the last frame to the painting", "<= 0.015", "{:.4f}"),
    TableRow("end_ssim", "end SSIM", "Gaussian window"),
    *_perceptual("end", "end perceptual", "of the last frame to the painting", best=False),
    TableRow("not_away", "steps not away", "share of steps that do not increase the distance", ">= 93 %", _PERCENT),
    TableRow("collapsed", "collapsed runs", _COLLAPSED, "0 %", _PERCENT, np.mean),
    TableRow("worst_over_start", "worst distance / start", "largest over all runs", "<= 1.05", over=np.max),
    TableRow("collapsed", "long rollout: collapsed", "the same for long runs", "0 %", _PERCENT, np.mean, "rollout"),
    TableRow("end_psnr", "long rollout: end PSNR, dB", "", "", "{:.1f}", source="rollout"),
    TableRow(
        "dead", "dead steps", f"share of steps that touch under {DEAD_SHARE:.1%} of the pixels", "< 10 %", _PERCENT
    ),
    TableRow("obey_spearman", "asked / reached, Spearman", "per run, unfinished parts, steps from 2 on", ">= 0.9"),
    TableRow("obey_mae", "asked / reached, mean error", "the same pairs", "<= 0.1"),
    TableRow("obey_mae_asked", "... of what was asked > 0", "the same, only parts that were asked for"),
    TableRow("leakage", "leakage", "pixels touched in parts with degree 0", "< 2 %", "{:.2%}"),
    TableRow("kept_order", "kept order of parts, tau", "parts finished in the planned order: Kendall's tau, 1 = all"),
    TableRow("one_plan", "half way: one plan, two seeds", "mean |difference|", ">= 0.02", source="pair"),
    TableRow("seeds", "half way: other seeds", "the same between runs with their own plans", ">= 0.03", source="pair"),
    TableRow("plans", "half way: plan random", "the same between plans artist and random", ">= 0.03", source="pair"),
    *_perceptual("spread", "spread of seeds, perceptual", "runs at equal progress from each other", "pair", best=False),
    TableRow("spread_l1", "spread of seeds, L1", "the same as mean |difference|", source="pair"),
    TableRow(
        "again", "one seed twice", "largest difference of any pixel in the first frames", "0", "{:g}", np.max, "pair"
    ),
    TableRow(
        "per_tenth", "changed per tenth", "share of the canvas that changes in a tenth of the time", "< 60 %", _PERCENT
    ),
    TableRow("per_step", "changed per step", "median step", "", _PERCENT),
    TableRow("undone", "undone pixels", _UNDONE, "< 5 %", _PERCENT),
    TableRow("opacity", "opacity", "a pixel's biggest tenth's change over all its change (cross-fade 0.1)", "> 0.45"),
    *_perceptual("profile", "distance profile", "mean over time, bare canvas = 1", best=False),
    TableRow("outlines", "change outlines on part outlines", f"share within {NEAR_OUTLINE} px", "", _PERCENT),
    TableRow("outlines_chance", "... by chance", "share of the canvas so near a part outline", "", _PERCENT),
    *_reference("aligned_ssim", "aligned SSIM", "up", "frames aligned with the nearest true process's, at most 128 px"),
    *_perceptual("aligned", "aligned perceptual", "the same frames' perceptual distance"),
    *_perceptual("profile_apart", "distance profiles apart", "mean |difference| at equal times", best=False),
    *_reference("aligned_l1", "aligned L1", "down", "the same; rewards averages and ranks nothing by itself"),
    *_reference("change_iou", "change IoU", "up", "what changes between aligned neighbours, over what either changes"),
    *_reference("order", "order, tau", "up", "the mean of the next two"),
    *_reference("order_finished", "order finished, tau", "up", "regions finished in the true order", best=False),
    *_reference("order_worked", "order worked on, tau", "up", "regions worked on in the true order", best=False),
    TableRow("order", "order, best over mean", "what several seeds are good for", source="gain", better="up"),
    TableRow("foreign", "foreign colours", "worst frame's share of pixels outside canvas + painting", "0", "{:.2%}"),
    TableRow("cast", "colour cast", "furthest a part's mean strays from mixtures of its own and its neighbours' tones"),
    TableRow("valid", "finite and in [0, 1]", "share of runs", "100 %", "{:.0%}", np.mean),
    TableRow("seconds", "seconds per run", "painting and measuring, one core", "", "{:.1f}"),
)
