"""A process looked at as a whole: all frames in memory, small, and the degrees of any pair of them."""

from __future__ import annotations

import numpy as np

from ...degree import DegreeMode, area, contribution, distance, progress, touched_share
from ...imaging.resize import fit_size, resize, resize_labels
from ...io.errors import UserError
from .process import Process

LONGEST = 512  # pixels: degrees are shares, and larger frames only take longer to say the same
_KEPT = 32  # frames kept as float32: pairs come sorted, and need the same ones again and again


class ProcessArrays:
    """The frames (N,h,w,3) uint8, painting (h,w,3) float32 in [0,1] and labels (h,w), at most `longest` pixels a side.

    Raises UserError for a process without label map, or with files of different sizes.
    """

    _left: np.ndarray | None = None

    def __init__(self, process: Process, longest: int = LONGEST, labels: np.ndarray | None = None) -> None:
        """`labels` (H,W), in place of the label map that the process has or lacks."""
        painting = process.painting()
        size = fit_size(painting.shape, longest)
        frames = []
        for index, name in enumerate(process.frame_names):
            frame = process.frame(index)
            if frame.shape != painting.shape:
                raise UserError(
                    f"{process.files.path(name)} does not fit its process",
                    f"it is {frame.shape[1]}x{frame.shape[0]}, the painting {painting.shape[1]}x{painting.shape[0]}",
                )
            frames.append(resize(frame, size))
        if len(frames) < 2:
            raise UserError(f"{process.folder} is no process", f"it has {len(frames)} frames", "two are the least")
        found = process.labels() if labels is None else labels
        if found.shape != painting.shape[:2]:
            raise UserError(
                f"The label map of {process.folder} does not fit",
                f"it is {found.shape[1]}x{found.shape[0]}, the painting {painting.shape[1]}x{painting.shape[0]}",
                "give a label map of exactly the painting's size",
            )
        self.frames = np.stack(frames)  # as uint8: three hundred frames as float32 are a gigabyte
        self._floats: dict[int, np.ndarray] = {}
        self.painting = resize(painting, size).astype(np.float32) / 255
        self.labels = resize_labels(found, size) if size != found.shape[::-1] else found

    def frame(self, index: int) -> np.ndarray:
        """(h,w,3) float32 in [0,1]; not to be written to."""
        if index not in self._floats:
            if len(self._floats) >= _KEPT:
                del self._floats[next(iter(self._floats))]
            self._floats[index] = self.frames[index].astype(np.float32) / 255
        return self._floats[index]

    @property
    def present(self) -> np.ndarray:
        """Indices of the parts that have pixels."""
        return np.unique(self.labels)

    def left(self, n_classes: int) -> np.ndarray:
        """Distance of each frame from the painting per part, (N,K)."""
        if self._left is None or self._left.shape[1] != n_classes:
            rows = [distance(self.frame(i), self.painting, self.labels, n_classes) for i in range(len(self.frames))]
            self._left = np.stack(rows)
        return self._left

    def degrees(self, a: int, b: int, n_classes: int) -> dict[DegreeMode, np.ndarray]:
        """The degrees (K,) of the step from frame a to frame b as measured, in all three modes."""
        before, after = self.frame(a), self.frame(b)
        share = touched_share(before, after, self.labels, n_classes)
        left = self.left(n_classes)
        return {
            "area": area(share),
            "contribution": contribution(before, after, self.labels, n_classes),
            "progress": progress(share, left[a], left[b]),
        }
