"""Plan adherence: requested against reached degrees, leakage, and the order of parts (Kendall's tau-b)."""

import numpy as np

from ....modules.degree import distance, finished, measure, touched

PART_DONE = 0.1  # a part with this share of its first distance left is as good as finished


def plan_adherence_metrics(
    frames: np.ndarray,
    painting: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    requested: np.ndarray,
    first_step: int = 2,
) -> dict[str, float]:
    """Compare requested with reached degrees (mode `progress`), over all pairs of a step and an unfinished part.

    Args:
        frames: (N, H, W, 3) in [0, 1].
        painting: (H, W, 3) in [0, 1].
        labels: (H, W) class indices below `n_classes`.
        n_classes: K.
        requested: degrees (N-1, K), row i-1 for the step that makes frame i.
        first_step: earlier steps are left out: frame 1 is made by the firstframe stage, which has no degrees.

    Returns:
        `obey_spearman` (rank correlation) and `obey_mae` (mean absolute error) over all pairs, `obey_mae_asked` over
        those requested above 0. `leakage`: of the pixels of parts requested 0, the share that a step touches, pooled
        over the steps (finished parts count: they should stay). NaN where there is nothing to measure.

    Raises:
        ValueError: when `requested` has another shape.
    """
    from scipy.stats import spearmanr

    if requested.shape != (len(frames) - 1, n_classes):
        raise ValueError(f"requested must be {(len(frames) - 1, n_classes)}, got {requested.shape}")
    present = np.bincount(labels.ravel(), minlength=n_classes) > 0
    pairs: list[np.ndarray] = []
    leaked, idle = 0, 0
    for i in range(max(first_step, 1), len(frames)):
        before, after, row = frames[i - 1], frames[i], requested[i - 1]
        counts = present & ~finished(before, painting, labels, n_classes)
        reached = measure(before, after, painting, labels, n_classes)
        pairs.append(np.stack([row[counts], reached[counts]], 1))
        zero = (present & (row <= 0))[labels]
        leaked, idle = leaked + int((touched(before, after) & zero).sum()), idle + int(zero.sum())
    both = np.concatenate(pairs) if pairs else np.zeros((0, 2))
    varies = len(both) > 2 and np.ptp(both[:, 0]) > 0 and np.ptp(both[:, 1]) > 0
    error = np.abs(both[:, 0] - both[:, 1])
    wanted = error[both[:, 0] > 0]
    return {
        "obey_spearman": float(spearmanr(both[:, 0], both[:, 1]).statistic) if varies else float("nan"),
        "obey_mae": float(error.mean()) if len(both) else float("nan"),
        "obey_mae_asked": float(wanted.mean()) if len(wanted) else float("nan"),
        "leakage": leaked / idle if idle else float("nan"),
    }


def part_order_tau(
    frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int, requested: np.ndarray
) -> float:
    """Kendall's tau-b of the order in which parts are finished against the plan's; `requested` is (N-1, K).

    A part is planned to be finished when the requested degrees leave PART_DONE of it (or at its last step), and is
    when it first comes within PART_DONE of its first distance: what a nearer part's paint undoes at its outline is not
    held against it. 0 when all are finished at once, NaN when the plan has no order: fewer than two parts, or all at
    one time.
    """
    from scipy.stats import kendalltau

    left = np.cumprod(1 - requested, axis=0)
    curves = np.stack([distance(frame, painting, labels, n_classes) for frame in frames])
    present = np.bincount(labels.ravel(), minlength=n_classes) > 0
    planned, reached = [], []
    for part in np.flatnonzero(present & (requested > 0).any(0) & (curves[0] > 0)):
        done = left[:, part] <= PART_DONE
        planned.append(int(done.argmax()) if done.any() else int(np.flatnonzero(requested[:, part])[-1]))
        near = curves[:, part] <= PART_DONE * curves[0, part]
        reached.append(int(near.argmax()) if near.any() else len(frames))
    if len(set(planned)) < 2:
        return float("nan")
    return float(kendalltau(planned, reached).statistic) if len(set(reached)) > 1 else 0.0
