"""Degrees that the painters of a data set used: what plan `dataset` samples from (`plans/sampled.py`)."""

from collections.abc import Sequence

import numpy as np

from ...labels import PORTRAIT
from ...plans.sampled import SLOTS, resample
from .process import Process
from .sampler import MAX_PROCESSES

MAX_ROWS = 400  # enough to draw from, and small enough to lie in a config.json
_MAX_PARTS = 15  # columns for parts without names


def degree_rows(processes: Sequence[Process], limit: int = MAX_ROWS) -> tuple[tuple[str, ...], np.ndarray]:
    """Collect time and degrees (as progress) of the steps of evenly picked processes, manual degrees included.

    Returns names (K,) and rows (R,1+K): of portraits where there are any, else of the other pictures' parts, whose
    names mean nothing. Steps up to the first frame are left out. No rows when no process.json holds degrees.
    """
    picked = [p for p in processes[:: max(1, len(processes) // MAX_PROCESSES)] if p.labelled]
    portraits = [process for process in picked if process.label_set.named]
    names = PORTRAIT.names if portraits else ("edge", *(f"part {i}" for i in range(1, _MAX_PARTS)))
    times = np.linspace(0, 1, SLOTS)
    found = [np.zeros((0, 1 + len(names)))]
    for process in portraits or picked:
        degrees = process.step_degrees("progress")
        if degrees is None:
            continue
        steps = degrees[1:] if process.begins_bare else degrees
        if len(steps):
            slots = np.zeros((SLOTS, len(names)))
            width = min(len(names), steps.shape[1])
            slots[:, :width] = resample(steps, SLOTS)[:, :width]
            found.append(np.column_stack([times, slots]))
    rows = np.concatenate(found)
    if len(rows) > limit:  # by chance, the same each time: every n-th row could always be of the same moment
        rows = rows[np.sort(np.random.default_rng(0).choice(len(rows), limit, replace=False))]
    return names, rows.astype(np.float32)
