"""The end of a recording, looked at backwards: zooms into the finished painting, and swipes between before and after.

In neither is anything painted. A zoom is a row of views of the last state; in a swipe one side of a straight line shows
the last state, and the other an earlier one.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .difference import difference
from .shots import ShotImage, find_move
from .similarity_transform import IDENTITY, compose, displacement, invert, scale_of

Read = Callable[[int], np.ndarray]  # of a sample
SIDE = 160  # pixels of the longest side at which views are compared
LOOK_BACK = (0.3, 0.6, 1.2, 2.5, 5.0, 10.0)  # seconds before the end at which the view was another, if it was zoomed
LEAST_ZOOM, SAME_VIEW = 1.03, 1.0  # of a last zoom; pixels by which a view may be off
STEADY = 5  # samples with the same view: this was before the zoom
MAX_ZOOM_SHARE, MAX_SWIPE_SECONDS = 0.45, 20.0  # of all samples; before the end
STATES = 32  # earlier ones, one of which a swipe may show
LEAST_SWIPED = 0.04  # share of the picture that an earlier state is seen in
MISFIT, LINE = 0.12, 3  # share of what differs that fits neither state; pixels of a line along the border between them
STRIP = 0.15  # share of a side in which the last state is not whole again
UNTOUCHED, SEEN_AGAIN = 0.003, 0.01  # share of the picture that may differ in the last state, before a swipe and after


def find_ending(read: Read, times: Sequence[float], kinds: list[str]) -> None:
    """Mark in `kinds` which of the last samples show a zoom ("zoomed") or a swipe ("away")."""
    shown = [i for i, kind in enumerate(kinds) if not kind]
    if len(shown) < 8:
        return
    zoomed = _find_zoom(read, times, shown)
    for number in zoomed:
        kinds[number] = "zoomed"
    for number in _find_swipe(read, times, [i for i in shown if i not in set(zoomed)]):
        kinds[number] = "away"


def _small(rgb: np.ndarray) -> ShotImage:
    shrink = min(1.0, SIDE / max(rgb.shape[:2]))
    size = (max(16, round(rgb.shape[1] * shrink)), max(16, round(rgb.shape[0] * shrink)))
    return ShotImage(np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)))


def _find_zoom(read: Read, times: Sequence[float], shown: list[int]) -> list[int]:
    """List the samples of a last zoom."""
    last = _small(read(shown[-1]))

    def view(number: int) -> np.ndarray | None:
        """Find the transform from a sample to the last one."""
        image = _small(read(number))
        return IDENTITY if image.difference_share(last) < SEEN_AGAIN else find_move(image, last)

    def is_zoomed(matrix: np.ndarray | None) -> bool:
        return matrix is not None and scale_of(matrix) > LEAST_ZOOM

    looked = {max((i for i in shown if times[i] <= times[shown[-1]] - back), default=shown[0]) for back in LOOK_BACK}
    if not any(is_zoomed(view(number)) for number in sorted(looked, reverse=True)):
        return []
    steady: list[tuple[int, np.ndarray]] = []  # the latest samples with one view, from the last one on
    for count, number in enumerate(reversed(shown)):
        if count > MAX_ZOOM_SHARE * len(shown):
            return []
        matrix = view(number)
        if matrix is None:
            continue
        if steady and displacement(compose(invert(steady[0][1]), matrix), last.size) > SAME_VIEW:
            steady = []
        steady.append((number, matrix))
        if len(steady) == STEADY and is_zoomed(matrix):
            return [i for i in shown if i > steady[0][0]]
    return []


def _find_swipe(read: Read, times: Sequence[float], shown: list[int]) -> list[int]:
    """List the samples of a swipe between the last state and an earlier one."""
    last = _small(read(shown[-1])).rgb
    swiped: list[int] = []  # samples that may be of it
    after = shown[-1] + 1  # the first sample with the last state again
    for number in reversed(shown):
        if times[shown[-1]] - times[number] > MAX_SWIPE_SECONDS:
            return []
        if (share := _differs(_small(read(number)).rgb, last).mean()) >= LEAST_SWIPED:
            swiped.append(number)
        elif share < UNTOUCHED and swiped:
            break
        elif share < UNTOUCHED:
            after = number
    else:
        return []
    chosen = np.unique(np.linspace(0, len(shown) - 1, STATES).astype(int))
    states = [(state, _differs(last, state)) for state in (_small(read(shown[i])).rgb for i in chosen)]
    for picture in (_small(read(i)).rgb for i in swiped):
        differs = _differs(picture, last)
        found = (i for i, state in zip(chosen, states, strict=True) if _is_mosaic(picture, differs, *state))
        if shown[next(found, -1)] > number:  # paint, or an earlier state that comes later
            return []
    # it may end a little before the last state is whole again: nothing but a strip at one side is not
    end = shown[-1] + 1 if _is_strip(_small(read(number)).difference_mask(_small(read(shown[-1]))) > 0) else after
    return [i for i in shown if number < i < end]


def _is_strip(differs: np.ndarray) -> bool:
    """Tell whether all that differs lies in a strip along one side."""
    for axis in (0, 1):
        lines = np.flatnonzero(differs.any(axis=axis))
        count = differs.shape[1 - axis]
        if len(lines) and (lines[-1] < STRIP * count or lines[0] >= (1 - STRIP) * count):
            return True
    return False


def _differs(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray(difference(one, two) > 2 * TOUCHED_LEVEL)


def _is_mosaic(picture: np.ndarray, differs: np.ndarray, state: np.ndarray, apart: np.ndarray) -> bool:
    """Tell whether one side of a straight line shows the last state, and the other an earlier one.

    differs, apart: where picture and state are not the last state.
    """
    if apart.mean() < LEAST_SWIPED:
        return False
    other = _differs(picture, state)  # what does not show the earlier state
    for axis in (0, 1):
        wrong_if_early = (other & apart).sum(axis=axis)  # for each line, if it showed the earlier state
        wrong_if_last = (differs & (apart | other)).sum(axis=axis)
        for early, late in ((wrong_if_early, wrong_if_last), (wrong_if_early[::-1], wrong_if_last[::-1])):
            count = len(early)
            seen = np.arange(count - LINE + 1)  # lines of the earlier state
            misfit = (
                np.cumsum([0, *early])[seen] + np.cumsum([0, *late[::-1]])[::-1][np.minimum(count, seen + 2 * LINE)]
            )
            if ((misfit < MISFIT * apart.sum() / count * seen) & (seen > LEAST_SWIPED * count)).any():
                return True
    return False
