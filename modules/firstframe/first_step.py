"""The plan's first step at a picture's own size: where it paints, and which part's paint lies there."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ..finish_levels import level
from ..imaging.nearest import nearest
from ..imaging.resize import resize_labels
from ..labels import FACIAL_FEATURES, LabelSet
from ..occlusion import across, behind_map
from ..plans.plan import UNSPECIFIED, PlanStep


@dataclass(frozen=True)
class FirstStepMasks:
    """Masks of the first step."""

    # (H,W) uint8, the part whose paint lies at each pixel, or would: the parent's under its children where the step
    # paints that, the part in front where its mass is drawn past the outline
    laid: np.ndarray
    # (H,W,3) float32 in [0,1]: where the step paints, where it lays what is behind, where what is in front
    where: np.ndarray
    known: bool  # whether there is a step; without, `where` is zero

    @classmethod
    def of(cls, labels: np.ndarray, label_set: LabelSet, step: PlanStep | None) -> "FirstStepMasks":
        """Make the masks of the plan's first step, None without a plan, for labels (H,W) of `label_set`."""
        if step is None:
            finish = np.full(labels.shape, UNSPECIFIED, np.uint8)
            # Nobody lays in a face with its eyes.
            features = [k for k in range(len(label_set)) if label_set.base_class_name(k) in FACIAL_FEATURES]
            finish[np.isin(labels, features)] = level("under")
            return cls(laid_parts(labels, label_set, finish), np.zeros((*labels.shape, 3), np.float32), False)
        small = resize_labels(labels, step.finish.shape[::-1])
        finish = _by_part(step.finish, small, labels, _levels_to)
        field = _by_part(step.field.astype(np.float32), small, labels, _resized)
        under, over = (finish == level("under"), finish == level("over"))
        return cls(laid_parts(labels, label_set, finish), np.dstack([field, under, over]).astype(np.float32), True)


def laid_parts(labels: np.ndarray, label_set: LabelSet, finish: np.ndarray) -> np.ndarray:
    """Find the part (H,W) uint8 whose paint lies at each pixel.

    What lies behind where `finish` (H,W) is `under`, the nearest in front where it is `over`, as `finish_states` has
    them; the pixel's own anywhere else.
    """
    laid = labels.astype(np.uint8)
    under, over = finish == level("under"), finish == level("over")
    if under.any():
        laid[under] = behind_map(labels, label_set)[under]
    if over.any():
        laid[over] = labels[across(labels, label_set, nearer=True)][over]
    return laid


def _resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(values, size, interpolation=cv2.INTER_LINEAR)


def _levels_to(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a map of levels (h,w) uint8 to (width, height), with smooth outlines: what covers most of a pixel."""
    present = np.unique(values)
    shares = [_resized((values == one).astype(np.float32), size) for one in present]
    return present[np.argmax(shares, axis=0)]


def _by_part(
    values: np.ndarray,
    small: np.ndarray,
    labels: np.ndarray,
    enlarge: Callable[[np.ndarray, tuple[int, int]], np.ndarray],
) -> np.ndarray:
    """Enlarge a map (h,w) to the size of `labels` (H,W), each part from its own pixels in `small` (h,w) only.

    What holds up to an outline holds up to exactly there.
    """
    size = labels.shape[::-1]
    if values.shape == labels.shape:
        return values
    result = enlarge(values, size)
    for part in np.unique(small):
        here = labels == part
        carried = values.ravel()[nearest(small == part)[1]]  # every pixel gets the value of the nearest one of the part
        result[here] = enlarge(carried, size)[here]
    return result
