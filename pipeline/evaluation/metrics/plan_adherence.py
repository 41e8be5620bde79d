"""Obeys: does what the plan asks, where and in the order it asks."""

from __future__ import annotations

import numpy as np

from ....modules.degree import distance, finished, measure, touched

DONE = 0.1  # a part with this share of its first distance left is as good as finished


def obedience_figures(
    frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int, asked: np.ndarray, first_step: int = 2
) -> dict[str, float]:
    """Asked against reached degrees (mode `progress`), over all pairs of a step and a part with paint left to lay.

    asked: (N-1, K), row i-1 for the step that makes frame i. Steps before `first_step` are left out: frame 1 is made
    by the firstframe stage, which is not told degrees. A part that is `finished` before the step does not count.
    `obey_spearman` and `obey_mae` are over all pairs, `obey_mae_asked` over those asked above 0. `leakage`: of the
    pixels of parts asked 0, the share that a step touches, pooled over the steps (finished parts count: they should
    stay). NaN where there is nothing to measure.
    """
    from scipy.stats import spearmanr

    if asked.shape != (len(frames) - 1, n_classes):
        raise ValueError(f"asked must be {(len(frames) - 1, n_classes)}, got {asked.shape}")
    present = np.bincount(labels.ravel(), minlength=n_classes) > 0
    pairs: list[np.ndarray] = []
    leaked, idle = 0, 0
    for i in range(max(first_step, 1), len(frames)):
        before, after, row = frames[i - 1], frames[i], asked[i - 1]
        counts = present & ~finished(before, painting, labels, n_classes)
        reached = measure(before, after, painting, labels, n_classes)
        pairs.append(np.stack([row[counts], reached[counts]], 1))
        zero = (present & (row <= 0))[labels]
        leaked, idle = leaked + int((touched(before, after) & zero).sum()), idle + int(zero.sum())
    both = np.concatenate(pairs) if pairs else np.zeros((0, 2))
    wanted = both[both[:, 0] > 0]
    varies = len(both) > 2 and np.ptp(both[:, 0]) > 0 and np.ptp(both[:, 1]) > 0
    error = np.abs(both[:, 0] - both[:, 1])
    return {
        "obey_spearman": float(spearmanr(both[:, 0], both[:, 1]).statistic) if varies else float("nan"),
        "obey_mae": float(error.mean()) if len(both) else float("nan"),
        "obey_mae_asked": float(np.abs(wanted[:, 0] - wanted[:, 1]).mean()) if len(wanted) else float("nan"),
        "leakage": leaked / idle if idle else float("nan"),
    }


def kept_order(
    frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int, asked: np.ndarray
) -> float:
    """Kendall tau-b of the order in which the plan finishes the parts against the order in which they are finished.

    asked: (N-1, K). A part is planned to be finished when the asked degrees leave DONE of it (or at its last step),
    and is when it first comes within DONE of its first distance: what a nearer part's paint undoes at its outline is
    not held against it. 0 when all are finished at once, NaN when the plan has no order: fewer than two parts, or all
    at one time.
    """
    from scipy.stats import kendalltau

    left = np.cumprod(1 - asked, axis=0)
    curves = np.stack([distance(frame, painting, labels, n_classes) for frame in frames])
    present = np.bincount(labels.ravel(), minlength=n_classes) > 0
    planned, reached = [], []
    for part in np.flatnonzero(present & (asked > 0).any(0) & (curves[0] > 0)):
        done = left[:, part] <= DONE
        planned.append(int(done.argmax()) if done.any() else int(np.flatnonzero(asked[:, part])[-1]))
        near = curves[:, part] <= DONE * curves[0, part]
        reached.append(int(near.argmax()) if near.any() else len(frames))
    if len(set(planned)) < 2:
        return float("nan")
    return float(kendalltau(planned, reached).statistic) if len(set(reached)) > 1 else 0.0
