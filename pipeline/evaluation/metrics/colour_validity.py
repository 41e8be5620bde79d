"""Colour validity: NaN and range checks, out-of-gamut colours, colour casts of parts."""

import cv2
import numpy as np

GAMUT_MARGIN = 0.05  # distance from the hull of the colours of canvas and painting that is tolerated


def is_valid(frames: np.ndarray) -> bool:
    """Check that every number is finite and within [0, 1]."""
    return bool(np.isfinite(frames).all() and frames.min() >= 0 and frames.max() <= 1)


def out_of_gamut(frames: np.ndarray, painting: np.ndarray) -> float:
    """Share of pixels of the worst frame that are out of the gamut of canvas and painting.

    The gamut is the convex hull of the colours of frame 0 and the painting in RGB, widened by GAMUT_MARGIN. Every
    fourth row and column of a frame is looked at.
    """
    from scipy.spatial import ConvexHull, QhullError

    known = np.concatenate([frames[0, ::4, ::4].reshape(-1, 3), painting[::2, ::2].reshape(-1, 3)]).astype(np.float64)
    # Eight points round black give grey pictures, whose colours lie on a line, a hull with volume.
    corners = np.array(np.meshgrid(*[(-1e-3, 1e-3)] * 3)).reshape(3, -1).T
    try:
        hull = ConvexHull(np.concatenate([known, known.mean(0) + corners]))
    except QhullError:  # a single colour
        return float(np.max([(np.abs(f - known.mean(0)).max(2) > GAMUT_MARGIN).mean() for f in frames]))
    planes = hull.equations.astype(np.float32)
    worst = 0.0
    for frame in frames[1:, ::4, ::4]:
        beyond = (frame.reshape(-1, 3) @ planes[:, :3].T + planes[:, 3]).max(1)
        worst = max(worst, float((beyond > GAMUT_MARGIN).mean()))
    return worst


def colour_cast(frames: np.ndarray, painting: np.ndarray, labels: np.ndarray, n_classes: int) -> float:
    """Measure how far a part's mean colour is from every mixture of its allowed colours, worst part and frame.

    A part may show its canvas, its own colours (means of its dark, middle and light third), and those of the parts
    that touch it, which may lie under it or over its edge. Returned is the RMS distance per channel from the nearest
    mixture of these (non-negative least squares); parts under 1 % of the picture are left out. 0.05 is visible.
    """
    from scipy.optimize import nnls

    light = painting.mean(2)
    masks = {i: labels == i for i in range(n_classes) if (labels == i).mean() >= 0.01}
    tones = {}
    for i, mask in masks.items():
        order = np.argsort(light[mask], kind="stable")
        tones[i] = np.stack([painting[mask][third].mean(0) for third in np.array_split(order, 3)])
    worst, heavy = 0.0, 1e3
    for i, mask in masks.items():
        ring = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        beside = [tones[j] for j in np.unique(labels[ring]) if j in tones and j != i]
        allowed = np.concatenate([frames[0][mask].mean(0, keepdims=True), tones[i], *beside]).astype(np.float64)
        # Weights of a mixture are not negative and add up to one: the last, heavy row sees to the sum.
        system = np.concatenate([allowed.T, np.full((1, len(allowed)), heavy)])
        for frame in frames[1:]:
            mean = frame[mask].mean(0)
            if np.isfinite(mean).all():
                rest = nnls(system, np.append(mean, heavy))[1]
                worst = max(worst, float(rest) / np.sqrt(3))
    return worst
