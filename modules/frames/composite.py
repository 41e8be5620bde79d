"""Equation 2 at full size: from the masks of a small canvas to the picture's own size.

Masks are enlarged along the edges of the painting by a guided filter. Colours that they mix are enlarged as they are;
only the painting itself, the last state of finish, enters at full size: it alone has fine detail.
"""

import cv2
import numpy as np

from ..imaging.guided_filter import RADIUS, ColourGuide
from ..imaging.nearest import nearest
from ..imaging.resize import affected_box, crop_resize, resize
from .masks import Masks, equation2, mix_states, stroke_colours

MIN_WEIGHT = 0.002  # a weight below this changes no 8-bit value
MAX_STEEPNESS = 15.0  # masks of tiny models on large pictures stay a little soft: their edges know no better


class Composite:
    """Equation 2 at full size: next = weight * stroke + (1 - weight) * canvas."""

    def __init__(
        self,
        painting: np.ndarray,
        small: np.ndarray,
        states: np.ndarray | None,
        parts: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> None:
        """Prepare what depends on the painting alone.

        Args:
            painting: (H,W,3) float32 in [0,1].
            small: the same at the model's size, unpadded.
            states: (M,h',w',3) states of finish at any size, the last one the painting; None for a model that mixes
                none.
            parts: the label maps (h,w) of `small` and (h',w') of `states`, when the states are of another size.
        """
        self.painting, self.states, self.small_shape = painting, states, small.shape
        self.scaled = small.shape != painting.shape
        self.guide = ColourGuide(painting, small) if self.scaled else None
        self.misplaced = misplaced_pixels(*parts) if parts else None

    def __call__(self, canvas: np.ndarray, masks: Masks) -> np.ndarray:
        """Compose the next frame (H,W,3) in [0,1]; `canvas` (H,W,3) is not changed."""
        if masks.adds:
            everywhere = (0, canvas.shape[0], 0, canvas.shape[1])
            difference = crop_resize(masks.free, canvas.shape, everywhere) if self.scaled else masks.free
            return np.clip(canvas + difference, 0, 1)
        if masks.mix is not None and self.states is None:
            raise ValueError("masks mix states of finish, but there are none")
        if self.guide is None:
            return np.clip(equation2(stroke_colours(masks, self.states), masks.weight[..., None], canvas), 0, 1)
        box = affected_box(masks.weight > MIN_WEIGHT, canvas.shape, margin=2 * RADIUS + 1)
        result = canvas.copy()
        if box is None:
            return result
        top, bottom, left, right = box
        weight = self._crisp(self.guide.enlarge(masks.weight, box))[..., None]
        stroke = self._stroke(masks, box)
        here = result[top:bottom, left:right]
        here += weight * (stroke - here)  # Equation 2 in place
        np.clip(here, 0, 1, out=here)
        return result

    def _crisp(self, weight: np.ndarray) -> np.ndarray:
        """Sharpen enlarged weights (H',W') to the edges they had: a stroke does not end in a mist when it grows."""
        grown = max(a / b for a, b in zip(self.painting.shape, self.small_shape, strict=False))
        # Where the painting has no edge to guide it, the filter itself has drawn the edge out over RADIUS pixels.
        steepness = np.float32(min(2.5 * grown, MAX_STEEPNESS))
        return np.clip((weight - 0.5) * steepness + 0.5, 0, 1)

    def _stroke(self, masks: Masks, box: tuple[int, int, int, int]) -> np.ndarray:
        """Compute the stroke inside a box, (H',W',3) in [0,1]."""
        shape = self.painting.shape
        if masks.mix is None or self.states is None:
            return np.clip(crop_resize(masks.free, shape, box), 0, 1)
        states = self.states
        size = states.shape[2:0:-1]
        mix = np.stack([resize(m, size) for m in masks.mix])
        if self.misplaced is not None:
            there, own = self.misplaced
            mix.reshape(len(mix), -1)[:, there] = masks.mix.reshape(len(mix), -1)[:, own]
        mix **= 3  # one finish at a place, as before it was enlarged
        mix /= np.maximum(mix.sum(axis=0), 1e-6)
        soft = mix_states(mix[:-1], states[:-1]) + resize(masks.free, size)
        stroke = crop_resize(soft, shape, box)
        top, bottom, left, right = box
        # How much of the painting itself: what the other states leave, so that the shares still add up to one.
        share = crop_resize(mix[-1], shape, box)[..., None]
        stroke += share * self.painting[top:bottom, left:right]
        return np.clip(stroke, 0, 1, out=stroke)


def misplaced_pixels(small_labels: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find where a map enlarged from `small_labels` (h,w) to `labels` (H,W) takes its value from another part.

    Returns flat indices (n,) into the large map, and for each of them the nearest small pixel of its own part.
    """
    enlarged = cv2.resize(small_labels, labels.shape[::-1], interpolation=cv2.INTER_NEAREST)
    misplaced, sources = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    scale = np.array(small_labels.shape) / labels.shape
    for part in np.intersect1d(small_labels, labels):
        rows, columns = np.nonzero((labels == part) & (enlarged != part))
        _, at = nearest(small_labels == part)
        misplaced.append(rows * labels.shape[1] + columns)
        sources.append(at[(rows * scale[0]).astype(int), (columns * scale[1]).astype(int)])
    return np.concatenate(misplaced), np.concatenate(sources)
