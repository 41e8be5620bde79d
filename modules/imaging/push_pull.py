"""Push-pull interpolation: fill the unknown pixels of a picture from the known ones."""

import cv2
import numpy as np

from .resize import resize


def push_pull_fill(image: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Fill the pixels of an image (H,W,3) that are not known (H,W) bool from those that are, without seams."""
    weight = known.astype(np.float32)
    levels: list[tuple[np.ndarray, np.ndarray]] = [(image * weight[..., None], weight)]
    while max(levels[-1][1].shape) > 1:
        colour, alpha = levels[-1]
        size = (max(1, (alpha.shape[1] + 1) // 2), max(1, (alpha.shape[0] + 1) // 2))
        levels.append(
            (cv2.resize(colour, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], 3),
             cv2.resize(alpha, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0]))
        )  # fmt: skip
    colour, alpha = levels[-1]
    result = colour / np.maximum(alpha, 1e-6)[..., None]
    for colour, alpha in reversed(levels[1:-1]):
        coarse = cv2.resize(result, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(*alpha.shape, 3)
        mean = colour / np.maximum(alpha, 1e-6)[..., None]
        trust = np.minimum(alpha * 4, 1)[..., None]  # a cell with a quarter of its pixels known is known
        result = mean * trust + coarse * (1 - trust)
    # At the picture's own size a pixel is known or not: nothing is to be mixed.
    size = known.shape[::-1]
    result = (
        cv2.resize(result, size, interpolation=cv2.INTER_LINEAR).reshape(image.shape).astype(np.float32, copy=False)
    )
    np.copyto(result, image, where=known[..., None])
    return result


def enlarge_by_part(small: np.ndarray, small_labels: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Enlarge a picture (h,w,3) to a label map's size (H,W), each part from its own pixels only.

    Colours do not run over the outlines, which are those of the full label map. A part too small to have pixels in
    `small_labels` (h,w) gets the plainly enlarged picture.
    """
    size = labels.shape[::-1]
    if small.shape[1::-1] == size:
        return small
    result = resize(small, size).reshape(*labels.shape, 3)
    for part in np.unique(small_labels):
        own = push_pull_fill(small, small_labels == part)  # the part's colours, carried on over its outline
        here = labels == part
        result[here] = cv2.resize(own, size, interpolation=cv2.INTER_LINEAR).reshape(*labels.shape, 3)[here]
    return np.clip(result, 0, 1)
