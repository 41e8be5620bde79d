"""What a data set of painting processes is like: counts, degrees, conflicts, and how painters in it work.

`measure_process` measures one process (in any order, in any number of workers); `summarise` joins what was found.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...degree import GRANULARITY, MODES, TOUCHED_SHARE, DegreeMode, touched
from .arrays import ProcessArrays
from .conflicts import Conflict, StepConditions, find_conflicts
from .pairs import INTERVALS, all_pairs, all_sequences, stretches
from .process import Process
from .sampler import degree_bins

LONGEST = 192  # pixels that processes are looked at with: shares need no more, and there are many
THUMB = 24  # side of the small canvases that are compared
TENTHS = 10
LOCAL = 0.25  # painters work locally: most steps change less of the canvas than this
AWAY = 1e-3  # a part that is further from the painting than before by more than this moved away


@dataclass(frozen=True)
class ProcessStatistics:
    """What is found in one process of N frames.

    counts: mode -> (G+1,) degrees of present parts over all pairs, by bin. touched, away: parts touched in single
    steps, and those of them that moved away from the painting. change, changed: of every single step, the mean
    |difference| and the share of pixels touched; a cut is no step, nor is the first frame on a bare canvas. times: when
    it ends, in (0,1].
    """

    name: str
    kind: str
    n_frames: int
    cuts: int
    by_hand: int
    pairs: int
    sequences: int
    counts: dict[DegreeMode, np.ndarray]
    touched: int
    away: int
    times: np.ndarray
    change: np.ndarray
    changed: np.ndarray
    undone: float
    group: str
    steps: StepConditions


def measure_process(
    process: Process,
    look: ProcessArrays,
    undone: float,
    intervals: Sequence[int] = INTERVALS,
    mode: DegreeMode = "progress",
    name: str = "",
) -> ProcessStatistics:
    """Measure one process. undone: share of pixels that were final and later left, which the caller's figures tell.

    `mode` is the one whose degrees count as the condition when conflicts are looked for.
    """
    n_frames, n = len(look.frames), len(process.label_set)
    pairs = all_pairs(n_frames, process.cuts, intervals)
    present = look.present
    counts = {m: np.zeros(GRANULARITY + 1, np.int64) for m in MODES}
    conditions = np.zeros((len(pairs), n), np.float32)
    for i, (a, b) in enumerate(pairs):
        for m, row in look.degrees(a, b, n).items():
            row = process.with_hand_set(a, b, row, m)
            counts[m] += np.bincount(degree_bins(row[present]), minlength=GRANULARITY + 1)
            if m == mode:
                conditions[i] = row
    # The first frame lays a ground on a bare canvas: all of it changes at once, which is no painter's step.
    first = 2 if process.begins_bare and n_frames > 2 else 1
    steps = [(i - 1, i) for stretch in stretches(n_frames, process.cuts) for i in stretch[1:] if i >= first]
    left = look.left(n)
    n_touched = n_away = 0
    changed = np.zeros(len(steps))
    for i, (a, b) in enumerate(steps):
        where = touched(look.frame(a), look.frame(b))
        changed[i] = where.mean()
        share = np.array([where[look.labels == part].mean() for part in present])
        is_touched = share > TOUCHED_SHARE
        n_touched += int(is_touched.sum())
        n_away += int((is_touched & (left[b, present] > left[a, present] + AWAY)).sum())
    learned = [i for i, (a, _) in enumerate(pairs) if a > 0 or not process.begins_bare]
    thumbs = np.stack([cv2.resize(f, (THUMB, THUMB), interpolation=cv2.INTER_AREA) for f in look.frames])
    drawn = np.round(look.painting * 255).astype(np.uint8)
    group = hashlib.sha256(drawn.tobytes() + look.labels.tobytes() + "/".join(process.label_set.names).encode())
    return ProcessStatistics(
        name=name or process.folder.name,
        kind=str(process.info.get("kind", "")),
        n_frames=n_frames,
        cuts=len(process.cuts),
        by_hand=sum(len(row) for row in process.set_by_hand.values()),
        pairs=len(pairs),
        sequences=len(all_sequences(n_frames, process.cuts, intervals)),
        counts=counts,
        touched=n_touched,
        away=n_away,
        times=np.array([b / max(n_frames - 1, 1) for _, b in steps]),
        change=np.array([np.abs(look.frame(b) - look.frame(a)).mean() for a, b in steps]),
        changed=changed,
        undone=undone,
        group=group.hexdigest(),
        steps=StepConditions(name or process.folder.name, thumbs, [pairs[i] for i in learned], conditions[learned]),
    )


def tenths(facts: Sequence[ProcessStatistics], values: Sequence[np.ndarray]) -> list[dict[str, float | None]]:
    """Mean and quantiles (10, 50, 90 %) of steps' values in each tenth of the time, over all processes.

    None in a tenth in which there is no step (JSON has no NaN).
    """
    times = np.concatenate([one.times for one in facts])
    joined = np.concatenate(list(values))
    rows: list[dict[str, float | None]] = []
    for i in range(TENTHS):
        here = joined[(times > i / TENTHS) & (times <= (i + 1) / TENTHS)]
        if len(here):
            low, middle, high = np.quantile(here, [0.1, 0.5, 0.9])
            rows.append({"mean": float(here.mean()), "q10": float(low), "q50": float(middle), "q90": float(high)})
        else:
            rows.append(dict.fromkeys(("mean", "q10", "q50", "q90")))
    return rows


def from_uniform(shares: np.ndarray) -> float:
    """How far shares (G,) are from uniform: what part of all degrees would have to move to another bin, 0 to 1."""
    return float(np.abs(shares - 1 / len(shares)).sum() / 2)


def summarise(
    facts: Sequence[ProcessStatistics], intervals: Sequence[int], mode: DegreeMode, balanced: np.ndarray | None = None
) -> tuple[dict[str, Any], list[Conflict]]:
    """All figures as JSON, and the conflicts, the clearest first.

    balanced: (G,) shares of the bins as the balanced sampler draws them, or None.
    """
    groups: dict[str, list[StepConditions]] = defaultdict(list)
    for one in facts:
        groups[one.group].append(one.steps)
    conflicts: list[Conflict] = []
    in_conflict = 0
    for members in groups.values():
        count, worst = find_conflicts(members)
        in_conflict += count
        conflicts += worst
    conflicts.sort(key=lambda conflict: -conflict.apart)
    compared = sum(len(one.steps.pairs) for one in facts)
    degrees = {}
    for m in MODES:
        counts = sum((one.counts[m] for one in facts), start=np.zeros(GRANULARITY + 1, np.int64))
        shares = counts[1:] / max(int(counts[1:].sum()), 1)
        degrees[m] = {
            "counts": counts.tolist(),
            "not_touched": float(counts[0] / max(int(counts.sum()), 1)),
            "shares": shares.round(4).tolist(),
            "from_uniform": round(from_uniform(shares), 4),
        }
    changed = np.concatenate([one.changed for one in facts])
    n_touched, n_away = sum(one.touched for one in facts), sum(one.away for one in facts)
    undone = np.array([one.undone for one in facts])
    found: dict[str, Any] = {
        "processes": len(facts),
        "paintings": len(groups),
        "kinds": dict(sorted(Counter(one.kind for one in facts).items())),
        "frames": sum(one.n_frames for one in facts),
        "cuts": sum(one.cuts for one in facts),
        "intervals": list(intervals),
        "pairs": sum(one.pairs for one in facts),
        "sequences": sum(one.sequences for one in facts),
        "degrees_by_hand": sum(one.by_hand for one in facts),
        "degrees": degrees,
        "balanced": None if balanced is None else {
            "mode": mode, "shares": balanced.round(4).tolist(), "from_uniform": round(from_uniform(balanced), 4),
        },
        "conflicts": {
            "mode": mode,
            "compared": compared,
            "pairs": in_conflict,
            "share": in_conflict / max(compared, 1),
            "examples": [conflict.to_json() for conflict in conflicts[:10]],
        },
        "moved_away": {"touched": n_touched, "away": n_away, "share": n_away / max(n_touched, 1)},
        "change_over_time": tenths(facts, [one.change for one in facts]),
        "changed_over_time": tenths(facts, [one.changed for one in facts]),
        "changed_per_step": {
            "mean": float(changed.mean()), "median": float(np.median(changed)), "local": float((changed < LOCAL).mean())
        },
        "undone": {"median": float(np.median(undone)), "q90": float(np.quantile(undone, 0.9))},
    }  # fmt: skip
    return found, conflicts
