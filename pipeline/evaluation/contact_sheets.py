"""Contact sheets: film strips of processes, stacked with captions to pages."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...modules.imaging.resize import fit_size, resize
from ...modules.io.png import read_rgb, write_rgb

THUMB, STRIP_STATES = 144, 9  # longest side of a state on a contact sheet, and how many states
VISIBLE = 0.06  # largest channel difference to the last frame that is not visible


def finish_times(frames: np.ndarray) -> np.ndarray:
    """Map when each pixel of frames (N, H, W, 3) took its last colour: (H, W, 3) in [0, 1], dark to bright."""
    late = np.zeros(frames.shape[1:3], np.float32)
    for index, frame in enumerate(frames[:-1], 1):
        late[np.abs(frame - frames[-1]).max(axis=2) > VISIBLE] = index
    levels = np.round(255 * late / (len(frames) - 1)).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)[..., ::-1].astype(np.float32) / 255


def write_film_strip(path: Path, frames: np.ndarray, painting: np.ndarray) -> None:
    """Write STRIP_STATES frames evenly from the second to the last, the painting, and `finish_times`, as a PNG."""
    size = fit_size(painting.shape, THUMB)

    def small(picture: np.ndarray) -> np.ndarray:
        return np.clip(resize(picture, size).reshape(size[1], size[0], 3), 0, 1)

    chosen = [frames[i] for i in np.round(np.linspace(1, len(frames) - 1, STRIP_STATES)).astype(int)]
    cells = [*(small(picture) for picture in [*chosen, painting]), finish_times(np.stack([small(f) for f in frames]))]
    write_row(path, [np.pad(cell, ((0, 0), (0, 3), (0, 0)), constant_values=1) for cell in cells[:-1]] + cells[-1:])


def write_row(path: Path, cells: Sequence[np.ndarray]) -> None:
    """Write pictures (H, W_i, 3) in [0, 1] side by side as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rgb(path, np.concatenate(cells, 1))


def write_contact_sheets(path: Path, strips: Sequence[tuple[str, Path]], per_page: int = 14) -> list[Path]:
    """Stack strips (caption, PNG) to pages PATH-1.png, PATH-2.png, ...; returns the pages."""
    pages = []
    for number, start in enumerate(range(0, len(strips), per_page), 1):
        rows = []
        for caption, file in strips[start : start + per_page]:
            picture = read_rgb(file)
            head = np.full((18, picture.shape[1], 3), 250, np.uint8)
            cv2.putText(head, caption, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (40, 40, 40), 1, cv2.LINE_AA)
            rows.append(np.concatenate([head, picture]))
        width = max(row.shape[1] for row in rows)
        rows = [np.pad(row, ((0, 6), (0, width - row.shape[1]), (0, 0)), constant_values=250) for row in rows]
        pages.append(path.with_name(f"{path.name}-{number}.png"))
        write_rgb(pages[-1], np.concatenate(rows))
    return pages
