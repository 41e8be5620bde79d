"""The palette: what the first frame knows of the painting's colours, a few numbers per part and never a pixel.

Three tones a part and how the light runs over it, as a person squints at the picture before laying it in. The simplest
form of pix2pixHD's instance features (Wang et al. 2018, section 3.3) would be one mean colour a part; measured on the
simulated painter's block-ins, tones placed by the run of the light come a fifth nearer than that on pictures of val.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

TONES = 3  # dark, middle, light: what people mix for a first lay-in
UNKNOWN = 0.5  # tones and light of a part without pixels, or where no palette is given
_SAMPLES = 4_000  # pixels of a part that are looked at
_LEAST_STEP = 0.5  # of lightness (0 to 100) between two tones, so that they stay in order


@dataclass(frozen=True)
class Palette:
    """What is known of K parts.

    Attributes:
        tones: (K,3,3) float32 RGB in [0,1] of the dark, the middle and the light tone.
        marks: (K,3) float32, their lightness (CIE L*, rising).
        run: (K,6) float32, how lightness runs over the part: factors of 1, x, y, x*x, x*y, y*y.
        place: (K,4) float32, where x and y are counted from, and the length of one, as shares of width and height.
    """

    tones: np.ndarray
    marks: np.ndarray
    run: np.ndarray
    place: np.ndarray

    @classmethod
    def of(cls, painting: np.ndarray, labels: np.ndarray, n_parts: int) -> Palette:
        """The palette of a painting (H,W,3) float32 in [0,1] with labels (H,W), values below `n_parts`."""
        tones = np.full((n_parts, TONES, 3), UNKNOWN, np.float32)
        marks = np.tile(np.array([0.0, 50.0, 100.0], np.float32), (n_parts, 1))
        run = np.zeros((n_parts, 6), np.float32)
        run[:, 0] = 50.0
        place = np.tile(np.array([0.5, 0.5, 1.0, 1.0], np.float32), (n_parts, 1))
        for part in np.unique(labels):
            rows, columns = np.nonzero(labels == part)
            step = -(-len(rows) // _SAMPLES) | 1  # odd: an even one would leave out every other column
            rows, columns = rows[::step], columns[::step]
            colours = painting[rows, columns].astype(np.float32)
            light = cv2.cvtColor(colours[None], cv2.COLOR_RGB2LAB)[0, :, 0]
            tones[part], marks[part] = _tones(colours, light)
            sides = ((columns, labels.shape[1]), (rows, labels.shape[0]))
            centre = [(pixels.mean() + 0.5) / size for pixels, size in sides]
            place[part] = centre + [(np.ptp(pixels) + 1) / 2 / size for pixels, size in sides]
            powers = _powers(columns, rows, labels.shape, place[part])
            run[part] = np.linalg.lstsq(powers, light, rcond=None)[0]
        return cls(tones, marks, run, place)

    def light(self, laid: np.ndarray) -> np.ndarray:
        """How light each pixel is within its part, (H,W) float32: 0 the dark tone, 0.5 the middle, 1 the light one.

        laid: (H,W), the part whose paint lies at each pixel.
        """
        result = np.full(laid.shape, UNKNOWN, np.float32)
        for part in np.unique(laid):
            rows, columns = np.nonzero(laid == part)
            expected = _powers(columns, rows, laid.shape, self.place[part]) @ self.run[part]
            result[rows, columns] = np.interp(expected, self.marks[part], (0.0, 0.5, 1.0))
        return result

    def colours(self, laid: np.ndarray) -> np.ndarray:
        """The tones of the paint at each pixel, (H,W,9): RGB of the dark, the middle and the light one."""
        return self.tones.reshape(len(self.tones), -1)[laid]


def _tones(colours: np.ndarray, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours (3,3) and lightness (3,) of three groups of pixels (n,3), k-means of their lightness (n,)."""
    marks = np.quantile(light, (1 / 6, 1 / 2, 5 / 6)).astype(np.float32)
    for _ in range(8):
        group = np.abs(light[:, None] - marks).argmin(1)
        marks = np.array([light[group == t].mean() if (group == t).any() else marks[t] for t in range(TONES)])
    group = np.abs(light[:, None] - marks).argmin(1)
    mean = colours.mean(axis=0)
    tones = np.stack([colours[group == t].mean(axis=0) if (group == t).any() else mean for t in range(TONES)])
    return tones, np.maximum.accumulate(marks) + _LEAST_STEP * np.arange(TONES)


def _powers(columns: np.ndarray, rows: np.ndarray, shape: tuple[int, ...], place: np.ndarray) -> np.ndarray:
    """1, x, y, x*x, x*y, y*y (n,6) of pixels. Paint may lie outside its part: no further out than a little."""
    x = np.clip(((columns + 0.5) / shape[1] - place[0]) / place[2], -1.5, 1.5)
    y = np.clip(((rows + 0.5) / shape[0] - place[1]) / place[3], -1.5, 1.5)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1).astype(np.float32)
