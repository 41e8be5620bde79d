"""Statistics of a data set of painting processes: counts, degrees, conflicts, and how its painters work.

`measure_process` measures one process (in any order, in any number of workers); `summarise` aggregates them.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ...degree import GRANULARITY, MODES, TOUCHED_SHARE, DegreeMode, degree_bins, touched
from .arrays import ProcessArrays
from .conflicts import Conflict, StepConditions, find_conflicts
from .pairs import INTERVALS, all_pairs, all_sequences, uncut_ranges
from .process import Process
from .sampler import distance_from_uniform

STATISTICS_SIDE = 192  # pixels at which processes are measured: shares need no more, and there are many
THUMBNAIL_SIDE = 24
LOCAL_SHARE = 0.25  # painters work locally: most steps change less of the canvas than this
MOVED_AWAY = 1e-3  # a part that is further from the painting than before by more than this moved away


@dataclass(frozen=True)
class ProcessStatistics:
    """Statistics of one process of N frames.

    counts: mode -> (G+1,) degrees of present parts over all pairs, by bin. touched, away: parts touched in single
    steps, and those of them that moved away from the painting. change, changed: of every single step, the mean
    |difference| and the share of pixels touched; a cut is no step, nor is the first frame on a bare canvas. times: when
    each step ends, in (0,1]. group: equal for processes of one painting with one label map.
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
    arrays: ProcessArrays,
    undone: float,
    intervals: Sequence[int] = INTERVALS,
    mode: DegreeMode = "progress",
    name: str = "",
) -> ProcessStatistics:
    """Measure one process.

    Args:
        arrays: the same in memory.
        undone: share of pixels that were final and later left, measured by the caller.
        mode: whose degrees count as the condition of a step when conflicts are looked for.
        name: unique name of the process; its folder's if empty.
    """
    name = name or process.folder.name
    n_frames, n = len(arrays.frames), len(process.label_set)
    pairs = all_pairs(n_frames, process.cuts, intervals)
    present = arrays.present
    counts = {m: np.zeros(GRANULARITY + 1, np.int64) for m in MODES}
    conditions = np.zeros((len(pairs), n), np.float32)
    for i, (a, b) in enumerate(pairs):
        for m, row in arrays.degrees(a, b, n).items():
            row = process.apply_manual_degrees(a, b, row, m)
            counts[m] += np.bincount(degree_bins(row[present]), minlength=GRANULARITY + 1)
            if m == mode:
                conditions[i] = row
    # The first frame lays a ground on a bare canvas: all of it changes at once, which is no painter's step.
    first = 2 if process.begins_bare and n_frames > 2 else 1
    steps = [(i - 1, i) for uncut in uncut_ranges(n_frames, process.cuts) for i in uncut[1:] if i >= first]
    distances = arrays.distances(n)
    n_touched = n_away = 0
    changed = np.zeros(len(steps))
    for i, (a, b) in enumerate(steps):
        mask = touched(arrays.frame(a), arrays.frame(b))
        changed[i] = mask.mean()
        share = np.array([mask[arrays.labels == part].mean() for part in present])
        is_touched = share > TOUCHED_SHARE
        n_touched += int(is_touched.sum())
        n_away += int((is_touched & (distances[b, present] > distances[a, present] + MOVED_AWAY)).sum())
    trained = [i for i, (a, _) in enumerate(pairs) if a > 0 or not process.begins_bare]
    thumbnails = np.stack([cv2.resize(f, (THUMBNAIL_SIDE,) * 2, interpolation=cv2.INTER_AREA) for f in arrays.frames])
    painting = np.round(arrays.painting * 255).astype(np.uint8)
    group = hashlib.sha256(painting.tobytes() + arrays.labels.tobytes() + "/".join(process.label_set.names).encode())
    return ProcessStatistics(
        name=name,
        kind=str(process.info.get("kind", "")),
        n_frames=n_frames,
        cuts=len(process.cuts),
        by_hand=sum(len(row) for row in process.manual_degrees.values()),
        pairs=len(pairs),
        sequences=len(all_sequences(n_frames, process.cuts, intervals)),
        counts=counts,
        touched=n_touched,
        away=n_away,
        times=np.array([b / max(n_frames - 1, 1) for _, b in steps]),
        change=np.array([np.abs(arrays.frame(b) - arrays.frame(a)).mean() for a, b in steps]),
        changed=changed,
        undone=undone,
        group=group.hexdigest(),
        steps=StepConditions(name, thumbnails, [pairs[i] for i in trained], conditions[trained]),
    )


def by_tenths(processes: Sequence[ProcessStatistics], values: Sequence[np.ndarray]) -> list[dict[str, float | None]]:
    """Compute mean and quantiles (10, 50, 90 %) of steps' values in each tenth of the time, over all processes.

    None in a tenth in which there is no step (JSON has no NaN).
    """
    times = np.concatenate([process.times for process in processes])
    joined = np.concatenate(list(values))
    rows: list[dict[str, float | None]] = []
    for i in range(10):
        tenth = joined[(times > i / 10) & (times <= (i + 1) / 10)]
        if len(tenth):
            low, middle, high = np.quantile(tenth, [0.1, 0.5, 0.9])
            rows.append({"mean": float(tenth.mean()), "q10": float(low), "q50": float(middle), "q90": float(high)})
        else:
            rows.append(dict.fromkeys(("mean", "q10", "q50", "q90")))
    return rows


def summarise(
    processes: Sequence[ProcessStatistics],
    intervals: Sequence[int],
    mode: DegreeMode,
    balanced: np.ndarray | None = None,
) -> tuple[dict[str, Any], list[Conflict]]:
    """Aggregate the statistics of all processes.

    Args:
        mode: whose degrees count as the condition of a step.
        balanced: (G,) shares of the bins as the balanced sampler draws them, or None.

    Returns:
        All figures as JSON, and the conflicts, the clearest first.
    """
    groups: dict[str, list[StepConditions]] = defaultdict(list)
    for process in processes:
        groups[process.group].append(process.steps)
    conflicts: list[Conflict] = []
    in_conflict = 0
    for members in groups.values():
        count, worst = find_conflicts(members)
        in_conflict += count
        conflicts += worst
    conflicts.sort(key=lambda conflict: -conflict.apart)
    compared = sum(len(process.steps.pairs) for process in processes)
    degrees = {}
    for m in MODES:
        counts = sum((process.counts[m] for process in processes), start=np.zeros(GRANULARITY + 1, np.int64))
        shares = counts[1:] / max(int(counts[1:].sum()), 1)
        degrees[m] = {
            "counts": counts.tolist(),
            "not_touched": float(counts[0] / max(int(counts.sum()), 1)),
            "shares": shares.round(4).tolist(),
            "from_uniform": round(distance_from_uniform(shares), 4),
        }
    changed = np.concatenate([process.changed for process in processes])
    n_touched, n_away = sum(process.touched for process in processes), sum(process.away for process in processes)
    undone = np.array([process.undone for process in processes])
    summary: dict[str, Any] = {
        "processes": len(processes),
        "paintings": len(groups),
        "kinds": dict(sorted(Counter(process.kind for process in processes).items())),
        "frames": sum(process.n_frames for process in processes),
        "cuts": sum(process.cuts for process in processes),
        "intervals": list(intervals),
        "pairs": sum(process.pairs for process in processes),
        "sequences": sum(process.sequences for process in processes),
        "degrees_by_hand": sum(process.by_hand for process in processes),
        "degrees": degrees,
        "balanced": None if balanced is None else {
            "mode": mode,
            "shares": balanced.round(4).tolist(),
            "from_uniform": round(distance_from_uniform(balanced), 4),
        },
        "conflicts": {
            "mode": mode,
            "compared": compared,
            "pairs": in_conflict,
            "share": in_conflict / max(compared, 1),
            "examples": [conflict.to_json() for conflict in conflicts[:10]],
        },
        "moved_away": {"touched": n_touched, "away": n_away, "share": n_away / max(n_touched, 1)},
        "change_over_time": by_tenths(processes, [process.change for process in processes]),
        "changed_over_time": by_tenths(processes, [process.changed for process in processes]),
        "changed_per_step": {
            "mean": float(changed.mean()),
            "median": float(np.median(changed)),
            "local": float((changed < LOCAL_SHARE).mean()),
        },
        "undone": {"median": float(np.median(undone)), "q90": float(np.quantile(undone, 0.9))},
    }  # fmt: skip
    return summary, conflicts
