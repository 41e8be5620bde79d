"""Sub-pixel registration: the exact similarity between two pictures that lie within a pixel or two of each other.

Gauss-Newton on the brightness differences themselves (inverse compositional: Baker and Matthews, "Lucas-Kanade 20 years
on", 2004), with robust weights (Tukey's biweight): what differs more than the rest of the picture does was painted in
between and counts for nothing. Four parameters, so that a canvas that is bare but for a corner is registered as well.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .grey_image import GreyImage
from .similarity_transform import compose, displacement, invert

MIN_POINTS = 200  # fewer inliers prove nothing
MAX_CUTOFF, MIN_CUTOFF = 60.0, 5.0  # of 255: differences whose weight is zero, at first and at least
MAX_ITERATIONS, CONVERGED = 30, 0.002  # pixels: a smaller step is the last
TILE = 24  # pixels: parts of the picture that are painted on together, so that their errors are correlated
NOISE_VARIANCE = 2.0  # of 255, squared: no picture is as exact as its pixels agree


@dataclass(frozen=True)
class RefinedTransform:
    """A transform and its uncertainty.

    `information` (4,4) is the inverse covariance of (scale-1, angle in radians, dx, dy) about the picture's middle.
    """

    matrix: np.ndarray
    information: np.ndarray

    def error(self, size: tuple[int, int]) -> float:
        """Estimate the standard error of a corner's position in pixels."""
        reach = np.hypot(*size) / 2
        lever = np.diag([reach, reach, 1.0, 1.0])
        covariance = lever @ np.linalg.pinv(self.information) @ lever
        return float(np.sqrt(np.trace(covariance)))


def refine_similarity(source: GreyImage, target: GreyImage, start: np.ndarray) -> RefinedTransform | None:
    """Refine the similarity from `source` to `target` near `start`; None where too little is alike in both."""
    points, values, gradients = target.edge_points
    height, width = target.pixels.shape
    if len(points) < MIN_POINTS:
        return None
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    x, y = (points - middle).T
    gx, gy = gradients.astype(np.float64).T
    jacobian = np.column_stack([gx * x + gy * y, gy * x - gx * y, gx, gy])
    backward, cutoff = invert(start), MAX_CUTOFF
    for step in range(MAX_ITERATIONS):
        mapped = (points @ backward[:, :2].T + backward[:, 2]).astype(np.float32)
        inside = _inside(mapped, source.pixels.shape)
        sampled = np.asarray(cv2.remap(source.blurred, mapped[:, :1], mapped[:, 1:], cv2.INTER_LINEAR))[:, 0]
        residual = (sampled - values).astype(np.float64)
        median = float(np.median(np.abs(residual[inside]))) if inside.any() else np.inf
        cutoff = max(min(cutoff, 4 * 1.48 * median), MIN_CUTOFF)
        weight = np.where(inside, np.square(np.maximum(1 - np.square(residual / cutoff), 0)), 0)
        if np.count_nonzero(weight > 0.1) < MIN_POINTS:
            return None
        weighted = jacobian * weight[:, None]
        normal = weighted.T @ jacobian
        try:
            a, b, dx, dy = np.linalg.solve(normal, weighted.T @ residual)
        except np.linalg.LinAlgError:
            return None
        linear = np.array([[1 + a, -b], [b, 1 + a]])
        change = np.column_stack([linear, middle + np.array([dx, dy]) - linear @ middle])
        backward = compose(backward, invert(change))
        if displacement(change, (width, height)) < CONVERGED and step > 2:
            break
    u = np.square(residual / cutoff)
    influence_slope = np.where(inside & (u < 1), (1 - u) * (1 - 5 * u), 0)  # of Tukey's function
    hessian = (jacobian * influence_slope[:, None]).T @ jacobian
    return RefinedTransform(invert(backward), _information(points, weighted * residual[:, None], hessian))


def _information(points: np.ndarray, scores: np.ndarray, hessian: np.ndarray) -> np.ndarray:
    """Estimate the inverse covariance (4,4) by the sandwich estimator of White and Huber, clustered by tiles.

    Neighbouring pixels share what was painted, so that each for itself would promise too much.
    """
    tile = (points // TILE).astype(np.int64)
    _, number = np.unique(tile[:, 1] * 10_000 + tile[:, 0], return_inverse=True)
    sums = np.column_stack([np.bincount(number, weights=score) for score in scores.T])
    inner = sums.T @ sums + NOISE_VARIANCE * hessian
    return np.asarray(hessian @ np.linalg.pinv(inner) @ hessian)


def _inside(points: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape[:2]
    x, y = points.T
    return (x >= 2) & (y >= 2) & (x <= width - 3) & (y <= height - 3)
