"""Writer of overlay/00001.png ... and overlay.mp4: the changes of each step, drawn on the canvas after it."""

from typing import Any

import cv2
import numpy as np

from ...modules.brush.stroke import StrokeList
from ..provenance import stamped_png
from .base import WriteJob, Writer
from .video import Clip

CHANGED = 0.05  # a pixel counts as painted when it changed by more than this (modules/degree.py has the same)
TINT = (0, 114, 178)  # Okabe and Ito's blue and vermilion, distinct with every kind of colour blindness
LINE = (213, 94, 0)
FADED, TINTED = 0.62, 0.10  # how much white lies over what did not change, and how much tint over what did


def changed_mask(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Find where a step between two canvases (H,W,3) uint8 visibly painted, (H,W) bool, without specks."""
    touched: np.ndarray = cv2.absdiff(before, after).max(axis=2) > 255 * CHANGED
    # A thin line of a stroke is visible, a single dot at the edge of another one is not.
    reach = max(3, round(max(touched.shape) / 300) | 1)
    near = cv2.blur(touched.astype(np.float32), (reach, reach))
    return near > 0.4 if touched.any() and (near > 0.4).any() else touched


def highlight(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Highlight an area (H,W) bool of a picture (H,W,3) uint8: tinted and outlined, all else pale grey.

    The outline is vermilion between white lines, so that it is visible on light and dark, and without colour vision.
    """
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    pale = cv2.addWeighted(grey, 1 - FADED, np.full_like(grey, 255), FADED, 0)
    tinted = cv2.addWeighted(picture, 1 - TINTED, np.full_like(picture, TINT), TINTED, 0)
    marked = np.where(mask[..., None], tinted, pale)
    width = max(1, round(max(mask.shape) / 500))
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(marked, outlines, -1, (255, 255, 255), 3 * width, cv2.LINE_AA)
    cv2.drawContours(marked, outlines, -1, LINE, width, cv2.LINE_AA)
    return marked


class OverlayWriter(Writer):
    """Writes the changes of every step."""

    def __init__(self, job: WriteJob) -> None:
        super().__init__(job)
        self.folder = job.folder / "overlay"
        self.folder.mkdir()
        self.clip = Clip(job.folder, "overlay", job.size, job.n_frames - 1, job.text, job.video)
        self.before: np.ndarray | None = None

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if self.before is not None:
            picture = highlight(frame, changed_mask(self.before, frame))
            (self.folder / f"{index:05}.png").write_bytes(stamped_png(picture, self.job.text))
            self.clip.add(picture)
        self.before = frame

    def close(self) -> dict[str, Any]:
        return {"overlay": self.clip.close()}

    def abort(self) -> None:
        self.clip.abort()
