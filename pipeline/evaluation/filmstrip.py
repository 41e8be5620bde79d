"""A process as one row of pictures, for contact sheets."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ...modules.imaging.resize import fit_size, resize

THUMB, STATES = 144, 9  # longest side of a state on a contact sheet, and how many states
SEEN = 0.06  # largest difference to the last frame that nobody sees


def when_finished(frames: np.ndarray) -> np.ndarray:
    """(H, W, 3) in [0, 1]: when each pixel of frames (N, H, W, 3) became what it is in the last, dark to bright."""
    late = np.zeros(frames.shape[1:3], np.float32)
    for index, frame in enumerate(frames[:-1], 1):
        late[np.abs(frame - frames[-1]).max(axis=2) > SEEN] = index
    levels = np.round(255 * late / (len(frames) - 1)).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1].astype(np.float32) / 255


def write_strip(path: Path, frames: np.ndarray, painting: np.ndarray) -> None:
    """STATES frames evenly from the second to the last, the painting, and when each pixel was finished, as a PNG."""
    size = fit_size(painting.shape, THUMB)

    def small(picture: np.ndarray) -> np.ndarray:
        return np.clip(resize(picture, size).reshape(size[1], size[0], 3), 0, 1)

    chosen = [frames[i] for i in np.round(np.linspace(1, len(frames) - 1, STATES)).astype(int)]
    cells = [*(small(picture) for picture in [*chosen, painting]), when_finished(np.stack([small(f) for f in frames]))]
    gap = np.ones((size[1], 3, 3), np.float32)
    strip = np.concatenate([part for cell in cells for part in (cell, gap)][:-1], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", np.round(strip[..., ::-1] * 255).astype(np.uint8))
    if not done:
        raise OSError(f"{path} could not be encoded")
    data.tofile(path)
