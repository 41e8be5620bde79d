"""A whole process in memory at reduced size, and the degrees of any pair of its frames."""

import numpy as np

from ...degree import DegreeMode, area, contribution, distance, progress, touched_share
from ...imaging.resize import fit_size, resize, resize_labels
from ...io.errors import UserError
from .process import Process

MAX_SIDE = 512  # pixels: degrees are shares, and larger frames only take longer to give the same
_FLOAT_FRAMES = 32  # frames cached as float32: pairs come sorted, and need the same ones again and again


class ProcessArrays:
    """The frames (N,h,w,3) uint8, painting (h,w,3) float32 in [0,1] and labels (h,w) of a process, reduced.

    Raises UserError for a process without label map, or with files of different sizes.
    """

    _distances: np.ndarray | None = None

    def __init__(self, process: Process, max_side: int = MAX_SIDE, labels: np.ndarray | None = None) -> None:
        """Read a process, its longest side reduced to `max_side`; `labels` (H,W) replace its own label map."""
        painting = process.painting()
        size = fit_size(painting.shape, max_side)
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
            raise UserError(f"{process.folder} is not a process", f"it has {len(frames)} frames", "two are the least")
        label_map = process.labels() if labels is None else labels
        if label_map.shape != painting.shape[:2]:
            raise UserError(
                f"The label map of {process.folder} does not fit",
                f"it is {label_map.shape[1]}x{label_map.shape[0]}, "
                f"the painting {painting.shape[1]}x{painting.shape[0]}",
                "give a label map of exactly the painting's size",
            )
        self.frames = np.stack(frames)  # as uint8: three hundred frames as float32 are a gigabyte
        self._floats: dict[int, np.ndarray] = {}
        self.painting = resize(painting, size).astype(np.float32) / 255
        self.labels = resize_labels(label_map, size) if size != label_map.shape[::-1] else label_map

    def frame(self, index: int) -> np.ndarray:
        """Return a frame, (h,w,3) float32 in [0,1]; not to be written to."""
        if index not in self._floats:
            if len(self._floats) >= _FLOAT_FRAMES:
                del self._floats[next(iter(self._floats))]
            self._floats[index] = self.frames[index].astype(np.float32) / 255
        return self._floats[index]

    @property
    def present(self) -> np.ndarray:
        """Indices of the parts that have pixels."""
        return np.unique(self.labels)

    def distances(self, n_classes: int) -> np.ndarray:
        """Measure the distance of each frame from the painting per part, (N,K)."""
        if self._distances is None or self._distances.shape[1] != n_classes:
            rows = [distance(self.frame(i), self.painting, self.labels, n_classes) for i in range(len(self.frames))]
            self._distances = np.stack(rows)
        return self._distances

    def degrees(self, a: int, b: int, n_classes: int) -> dict[DegreeMode, np.ndarray]:
        """Measure the degrees (K,) of the step from frame a to frame b in all three modes."""
        before, after = self.frame(a), self.frame(b)
        share = touched_share(before, after, self.labels, n_classes)
        distances = self.distances(n_classes)
        return {
            "area": area(share),
            "contribution": contribution(before, after, self.labels, n_classes),
            "progress": progress(share, distances[a], distances[b]),
        }
