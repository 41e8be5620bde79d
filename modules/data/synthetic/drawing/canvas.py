"""Canvas of a drawn picture: colour and label per pixel."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .shapes import SHIFT, Array, Window, bounding_window, f32, fill_window, fixed, mask_window


class Canvas:
    """Layers of paint, one over the other; the label map follows the visible layer exactly.

    colour (H,W,3) in [0,1]; labels (H,W) uint8, `label` at first.
    """

    def __init__(self, height: int, width: int, label: int = 0) -> None:
        self.shape = (height, width)
        self.colour = np.zeros((height, width, 3), np.float32)
        self.labels = np.full((height, width), label, np.uint8)

    def lay(
        self,
        mask: Array,
        paint: Array | tuple[float, float, float],
        label: int | None = None,
    ) -> None:
        """Lay `paint` ((H,W,3) or one colour) where `mask` (H,W) in [0,1] covers."""
        if (window := mask_window(mask)) is not None:
            over = paint[window] if isinstance(paint, np.ndarray) and paint.ndim == 3 else paint
            self.lay_window(window, mask[window], over, label)

    def lay_window(
        self,
        window: Window,
        m: Array,
        paint: Array | tuple[float, float, float],
        label: int | None,
    ) -> None:
        """Lay paint within a window: mask and paint have its size."""
        under = self.colour[window]
        under += m[..., None] * (np.asarray(paint, np.float32) - under)
        if label is not None:
            self.mark(window, m > 0.5, label)

    def polygon(
        self,
        outline: Array,
        paint: Array | tuple[float, float, float],
        label: int | None = None,
        opacity: float = 1.0,
        within: Array | None = None,
    ) -> None:
        """Lay a closed outline (pixels), cut to `within` (H,W) if given."""
        found = fill_window(self.shape, outline)
        if found is None:
            return
        window, mask = found
        if within is not None:
            mask *= within[window]
        if opacity != 1:
            mask *= f32(opacity)
        self.lay_window(window, mask, paint, label)

    def marks(
        self,
        outlines: Array | list[Array],
        colours: Array,
        label: int | None = None,
        opacity: float = 1.0,
        within: Array | None = None,
    ) -> None:
        """Lay many closed outlines (each (m,2), pixels) one over the other, each in its row of `colours` (k,3).

        They are drawn together on a little transparent picture and laid at once, `opacity` and `within` as in
        `polygon`: a tenth of the time of as many polygons.
        """
        if not len(outlines):
            return
        every = outlines.reshape(-1, 2) if isinstance(outlines, np.ndarray) else np.concatenate(outlines)
        window = bounding_window(self.shape, every)
        if window is None:
            return
        rows, columns = window
        glass = np.zeros((rows.stop - rows.start, columns.stop - columns.start, 4), np.uint8)
        paints = np.full((len(outlines), 4), 255.0)
        paints[:, :3] = np.clip(colours, 0, 1) * 255
        points = fixed(every) - f32([columns.start, rows.start]).astype(np.int32) * (1 << SHIFT)
        at = 0
        for outline, paint in zip(outlines, paints.tolist(), strict=True):
            cv2.fillPoly(glass, [points[at : at + len(outline)]], paint, cv2.LINE_AA, SHIFT)
            at += len(outline)
        laid = glass * f32(opacity / 255)
        if within is not None:
            laid *= within[window][..., None]
        under = self.colour[window]
        under *= 1 - laid[..., 3:]
        under += laid[..., :3]
        if label is not None:
            self.mark(window, laid[..., 3] > 0.5, label)

    def glaze(self, mask: Array, factor: tuple[float, float, float]) -> None:
        """Multiply colour by `factor` per channel where `mask` covers: a transparent shadow, labels untouched."""
        if (window := mask_window(mask)) is not None:
            self.colour[window] *= 1 + mask[window][..., None] * (np.asarray(factor, np.float32) - 1)

    def mark(self, window: Window, covered: NDArray[np.bool_], label: int) -> None:
        """Note within a window what paint of a label has covered."""
        self.labels[window][covered] = label
