"""The palette: all that the first frame knows of the painting's colours, a few numbers per part and never a pixel.

Three tones a part and how the light runs over it, as a person squints at the picture before laying it in. The simplest
form of pix2pixHD's instance features (Wang et al. 2018, section 3.3) would be one mean colour a part; on 34 labelled
val pictures, tones placed by the run of the light come nearer to the simulated painter's block-ins than that: L1 .062
instead of .073 on paintings, .080 instead of .133 on photos.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ..finish_levels import tone_map, without_children
from ..imaging.resize import fit_size, resize, resize_labels
from ..labels import LabelSet

TONES = 3  # dark, middle, light: what people mix for a first lay-in
UNKNOWN = 0.5  # tones and light of a part without pixels, or where no palette is given
_SIZE = 256  # longest side at which a painting is looked at
_BLUR, _APART = 0.055, 9.0  # as flats are seen: share of a part's width that is blurred away, least Delta E of tones
_LEAST_STEP = 0.5  # of lightness (0 to 100) between two tones, so that they stay in order


@dataclass(frozen=True)
class Palette:
    """Colours of K parts."""

    tones: np.ndarray  # (K,3,3) float32 RGB in [0,1] of the dark, the middle and the light tone
    marks: np.ndarray  # (K,3) float32, their lightness (CIE L*, rising)
    run: np.ndarray  # (K,6) float32, how lightness runs over the part: factors of 1, x, y, x*x, x*y, y*y
    # (K,4) float32, where x and y are counted from, and the length of one, as shares of width and height
    place: np.ndarray

    @classmethod
    def of(cls, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet) -> "Palette":
        """Measure the palette of a painting (H,W,3) float32 in [0,1] with labels (H,W) of `label_set`.

        The tones are those that `finish_levels.tone_map` mixes, seen through half-closed eyes; a part without much
        light and shade has one. The run of the light is that of the tones.
        """
        n_parts = len(label_set)
        tones = np.full((n_parts, TONES, 3), UNKNOWN, np.float32)
        marks = np.tile(np.array([0.0, 50.0, 100.0], np.float32), (n_parts, 1))
        run = np.zeros((n_parts, 6), np.float32)
        run[:, 0] = 50.0
        place = np.tile(np.array([0.5, 0.5, 1.0, 1.0], np.float32), (n_parts, 1))
        size = fit_size(painting.shape, _SIZE)
        small = resize(painting, size).reshape(size[1], size[0], 3).astype(np.float32)
        parts = resize_labels(labels, size)
        for part in np.unique(labels):
            if (parts == part).any():
                seen, mask = without_children(small, parts, int(part), label_set), parts == part
            else:  # too small to have a pixel in the small copy
                seen, mask = painting, labels == part
            rows, columns = np.nonzero(mask)
            width = float(np.sqrt(len(rows)))
            flat = tone_map(seen, mask, TONES, blur=max(0.8, _BLUR * width), corner=max(size) / 110, apart=_APART)
            tones[part], marks[part], light = _tones(flat[rows, columns])
            sides = ((columns, mask.shape[1]), (rows, mask.shape[0]))
            centre = [(pixels.mean() + 0.5) / size for pixels, size in sides]
            place[part] = centre + [(np.ptp(pixels) + 1) / 2 / size for pixels, size in sides]
            powers = _powers(columns, rows, mask.shape, place[part])
            run[part] = np.linalg.lstsq(powers, light, rcond=None)[0]
        return cls(tones, marks, run, place)

    def light(self, laid: np.ndarray) -> np.ndarray:
        """Compute how light each pixel is within its part, (H,W) float32: 0 the dark tone, 0.5 the middle, 1 the light.

        laid: (H,W), the part whose paint lies at each pixel.
        """
        result = np.full(laid.shape, UNKNOWN, np.float32)
        for part in np.unique(laid):
            rows, columns = np.nonzero(laid == part)
            expected = _powers(columns, rows, laid.shape, self.place[part]) @ self.run[part]
            result[rows, columns] = np.interp(expected, self.marks[part], (0.0, 0.5, 1.0))
        return result

    def colours(self, laid: np.ndarray) -> np.ndarray:
        """Return the tones of the paint at each pixel, (H,W,9): RGB of the dark, the middle and the light one."""
        return self.tones.reshape(len(self.tones), -1)[laid]


def _tones(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort the one to three colours of a part's pixels (n,3) into three tones.

    Returns tones (3,3), dark to light, their lightness (3,), and that of each pixel (n,). Of two tones the one that
    covers more is the middle one, too.
    """
    colours, which, counts = np.unique(np.round(flat, 4), axis=0, return_inverse=True, return_counts=True)
    light = cv2.cvtColor(colours[None].astype(np.float32), cv2.COLOR_RGB2LAB)[0, :, 0]
    order = np.argsort(light, kind="stable")
    if len(order) > 2:
        chosen = order[[0, 1, -1]]
    else:
        chosen = np.array([order[0], order[np.argmax(counts[order])], order[-1]])
    marks = np.array([light[chosen[0]], light[chosen[1]], light[chosen[2]]], np.float32)
    if len(order) == 2:
        marks[1] = marks[[0, 2]].mean()
    return colours[chosen], marks + _LEAST_STEP * np.arange(TONES), light[which.reshape(-1)]


def _powers(columns: np.ndarray, rows: np.ndarray, shape: tuple[int, ...], place: np.ndarray) -> np.ndarray:
    """1, x, y, x*x, x*y, y*y (n,6) of pixels. Paint may lie outside its part: no further out than a little."""
    x = np.clip(((columns + 0.5) / shape[1] - place[0]) / place[2], -1.5, 1.5)
    y = np.clip(((rows + 0.5) / shape[0] - place[1]) / place[3], -1.5, 1.5)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1).astype(np.float32)
