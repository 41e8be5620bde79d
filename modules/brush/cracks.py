"""Cracks: narrow gaps through which bare ground glares in a coat of opaque paint."""

import cv2
import numpy as np

from .tracing import colour_difference

CRACK = 0.016  # of the longest side: wider ones are no cracks
GLARE = 0.35  # share of bare ground in a pixel from which it glares in the paint around
BARE = 0.15  # difference of paint and picture from the ground from which that is a gap, not a light that is spared


def find_cracks(canvas: np.ndarray, painting: np.ndarray, own: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """Find the cracks in a part of a canvas, and what is close around them, (h,w) bool.

    What a crack lies in is what is there without it. How bare it is, is where it lies between that and the ground: a
    crack of a pixel or less is never as bright as the ground itself.

    Args:
        canvas: (h,w,3) float32 in [0,1].
        painting: (h,w,3) what it becomes.
        own: (h,w) bool, not empty: the part.
        ground: (3,) in [0,1].
    """
    found, size = np.zeros(own.shape, bool), 2 * round(0.5 * CRACK * max(own.shape)) + 1
    here = tuple(
        slice(max(0, int(places.min()) - 2 * size), int(places.max()) + 2 * size + 1) for places in np.nonzero(own)
    )
    canvas, own = canvas[here], own[here]
    height, width = own.shape
    half = cv2.resize(canvas, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    half = cv2.medianBlur(np.rint(half * 255).astype(np.uint8), size)
    around = cv2.resize(half, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    apart = ground - around
    bare = ((canvas - around) * apart).sum(axis=2) > GLARE * (apart**2).sum(axis=2)
    glares = (colour_difference(around, ground) > BARE) & (colour_difference(painting[here], ground) > BARE)
    side = np.ones((size, size), np.uint8)
    gaps = (bare & glares & own).astype(np.uint8)
    narrow = gaps - cv2.morphologyEx(gaps, cv2.MORPH_OPEN, side)
    found[here] = (cv2.dilate(narrow, side) > 0) & own
    return found
