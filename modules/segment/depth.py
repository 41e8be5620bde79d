"""Depth of a picture's parts from cues that painters use, without a network.

Sky, ground and what stands lower or higher give every part a depth of its own; the shape of the outlines says
who covers whom; a least-squares agreement of both gives the order far to near.
"""

import cv2
import numpy as np


def depths(parts: np.ndarray, small: np.ndarray, detail: np.ndarray) -> np.ndarray:
    """Estimate how near each part is, (m,): sky about 0, ground about 0.3, then things up to about 1."""
    h, w = parts.shape
    m = int(parts.max()) + 1
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    y = np.mgrid[0:h, 0:w][0]
    calm = np.median(detail)
    own = np.zeros(m)
    for i in range(m):
        mask = parts == i
        area = mask.mean()
        base = np.quantile(y[mask], 0.95) / h
        top_edge, bottom_edge = mask[0].mean(), mask[-1].mean()
        columns = mask.any(0).mean()
        tall = (np.quantile(y[mask], 0.95) - np.quantile(y[mask], 0.05)) / h
        rough = np.clip(np.median(detail[mask]) / (calm + 1e-6) / 2, 0, 1)
        contrast = np.clip(lab[..., 0][mask].std() / 25, 0, 1)
        bright = np.clip((lab[..., 0][mask].mean() - lab[..., 0].mean()) / 40, -1, 1)
        sky = np.clip(1.5 * top_edge, 0, 1) * np.clip(1.6 - 2 * base, 0, 1) + 0.15 * (y[mask].mean() < h / 3)
        ground = np.clip(1.6 * bottom_edge, 0, 1) * np.clip(1.5 * columns, 0, 1) * np.clip(1.4 - 1.2 * tall, 0, 1)
        near = 0.25 + 0.45 * base + 0.15 * rough + 0.12 * contrast - 0.10 * bright - 0.12 * area
        own[i] = near - (0.45 - 0.15 * rough) * sky - 0.30 * ground
    return _settle(own, parts)


def _settle(own: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Agree each part's own depth with who covers whom: least squares over parts and neighbouring pairs."""
    m = len(own)
    covers, length = _covering(parts, m)
    system, aim = np.eye(m), own.copy()
    for a in range(m):
        for b in range(a + 1, m):
            if length[a, b]:
                trust = 0.5 * np.sqrt(length[a, b] / max(parts.shape))
                step = 0.9 * covers[a, b]  # a nearer than b by this
                system[[a, b], [a, b]] += trust
                system[a, b] -= trust
                system[b, a] -= trust
                aim[a] += trust * step
                aim[b] -= trust * step
    return np.linalg.solve(system, aim)


def _covering(parts: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """How much part a bulges into part b along their common outline, (m, m) in -0.5 to 0.5, and its length.

    At an outline the covering shape is convex: it fills less than half of a disc round the outline's points.
    """
    radius = max(parts.shape) / 12
    filled = [cv2.GaussianBlur((parts == i).astype(np.float32), (0, 0), radius / 2) for i in range(m)]
    bulge, length = np.zeros((m, m)), np.zeros((m, m))
    for axis in (0, 1):
        one = parts[:, :-1] if axis else parts[:-1]
        two = parts[:, 1:] if axis else parts[1:]
        differ = one != two
        yy, xx = np.nonzero(differ)
        for y, x, a, b in zip(yy, xx, one[differ], two[differ], strict=True):
            bulge[a, b] += filled[b][y, x] - filled[a][y, x]
            length[a, b] += 1
    bulge, length = bulge - bulge.T, length + length.T
    return bulge / np.maximum(length, 1), length
