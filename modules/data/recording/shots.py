"""Shot detection and view tracking: is a frame the canvas as before, moved, zoomed in, or another picture altogether?

Works frame after frame on small pictures of the canvas and keeps one picture per shot. A *shot* is one painting (or a
title card); a recording may leave it and come back.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .grey_image import GreyImage
from .outline_matching import (
    SAME_CANVAS,
    SURELY_SAME_CANVAS,
    fit_outlines,
    is_nearly_bare,
    outline_agreement,
)
from .registration_refine import refine_similarity
from .similarity_transform import (
    IDENTITY,
    compose,
    displacement,
    fit_features,
    fourier_mellin,
    invert,
    scale_of,
    warp,
)

VIEW_CHANGE = 0.03  # share of the canvas that must change at once before the view is checked
MIN_MOVE = 2.0  # pixels of the small picture; smaller moves are left to `align`
# A move must reduce the share of differing pixels to at most this part of it; less is asked of a plain one.
MOVE_GAIN, PLAIN_MOVE_GAIN = 0.6, 0.85
PLAIN_INLIERS = 20  # a move with so many inliers, most of all matches, is plain
ENOUGH_FEATURES = 40  # with fewer, features cannot tell that there was no move
MAX_OUTLINE_CORRECTION = 5.0  # pixels by which refinement may correct what the outlines found
SHOT_CHANGE = 0.3  # share of the canvas that must differ before another picture is considered
MAX_SHOTS, MAX_EARLIER = 8, 4  # shots that are remembered, and earlier states of each


@dataclass
class ShotImage:
    """A small picture of the canvas, (H,W,3) uint8 RGB, and what is computed from it on demand."""

    rgb: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        return self.rgb.shape[1], self.rgb.shape[0]

    @cached_property
    def grey(self) -> GreyImage:
        return GreyImage.of(self.rgb)

    @cached_property
    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest values (H,W,3) uint8 that count as the same in another picture.

        Those of the 3x3 neighbourhood, so that a shake of a pixel or the codec's ringing at outlines is no change, and
        TOUCHED_LEVEL more.
        """
        kernel = np.ones((3, 3), np.uint8)
        low, high = np.asarray(cv2.erode(self.rgb, kernel)), np.asarray(cv2.dilate(self.rgb, kernel))
        level = np.uint8(TOUCHED_LEVEL)
        return np.maximum(low, level) - level, np.minimum(high, 255 - level) + level

    def difference_mask(self, other: "ShotImage") -> np.ndarray:
        """Mark the pixels in which `other` differs from this picture, (H,W) uint8, 255 where it does."""
        return cv2.bitwise_not(cv2.inRange(other.rgb, *self.limits))

    def difference_share(self, other: "ShotImage") -> float:
        """Measure the share of the pixels in which `other` differs."""
        return float(self.difference_mask(other).mean() / 255)


def explains(before: ShotImage, after: ShotImage, matrix: np.ndarray, gain: float = MOVE_GAIN) -> bool:
    """Tell whether the move makes `before` clearly more like `after` than it is unmoved, where both can be seen.

    The share of differing pixels must fall to at most `gain` of what it is without the move.
    """
    moved, inside = warp(before.rgb, matrix, after.size)
    if inside.mean() < 0.1:
        return False
    with_move = float((ShotImage(moved).difference_mask(after)[inside] > 0).mean())
    without = float((before.difference_mask(after)[inside] > 0).mean())
    return with_move < gain * without and with_move < 0.5


def find_move(before: ShotImage, after: ShotImage) -> np.ndarray | None:
    """Find the similarity from `before` to `after`, when there is one that explains the frame."""
    one, two = before.grey, after.grey
    fit = fit_features(one.features, two.features)
    if fit is not None:
        # something may be painted just when the canvas moves
        gain = PLAIN_MOVE_GAIN if fit.inliers >= max(PLAIN_INLIERS, fit.matches / 2) else MOVE_GAIN
        moved = displacement(fit.matrix, after.size) > MIN_MOVE
        return fit.matrix if moved and explains(before, after, fit.matrix, gain) else None
    if outline_agreement(one.outlines, two.outlines) < SAME_CANVAS:
        outlines = fit_outlines(one.pixels, two.pixels)
        if (
            outlines is not None
            and outlines.agreement > SURELY_SAME_CANVAS
            and displacement(outlines.matrix, after.size) > MIN_MOVE
        ):
            matrix = outlines.matrix
            refined = refine_similarity(one, two, matrix)
            if refined is not None:
                correction = displacement(compose(invert(matrix), refined.matrix), after.size)
                matrix = matrix if correction > MAX_OUTLINE_CORRECTION else refined.matrix
            if explains(before, after, matrix, PLAIN_MOVE_GAIN):
                return matrix
    if len(one.features.points) < ENOUGH_FEATURES:
        found = fourier_mellin(one.pixels, two.pixels)
        if found is not None and displacement(found, after.size) > MIN_MOVE and explains(before, after, found):
            return found
    return None


@dataclass(frozen=True)
class FrameView:
    """How a frame shows a shot.

    `epoch` counts the moves of the canvas; `move` is the transform from the view before to this one when the canvas was
    moved just now; `scale` is relative to the shot's first frame.
    """

    shot: int
    epoch: int
    zoomed: bool
    scale: float = 1.0
    move: np.ndarray | None = None


@dataclass(frozen=True)
class ShotState:
    """A full view of a shot's canvas: the picture, the transform from the shot's first frame, and the epoch."""

    image: ShotImage
    matrix: np.ndarray
    epoch: int


@dataclass
class Shot:
    """One painting: its last full view, and those before the last big changes."""

    number: int
    state: ShotState
    earlier: list[ShotState]
    epochs: int = 0


class ShotTracker:
    """Tracks the view of each frame.

    `zoom`: a view larger than this is zoomed in; `cuts`: whether there may be more than one painting.
    """

    def __init__(self, zoom: float, cuts: bool = True) -> None:
        self.zoom, self.cuts = zoom, cuts
        self.shots: list[Shot] = []  # the current one last
        self.count = 0
        self.previous: ShotImage | None = None
        self.view = FrameView(0, 0, False)
        self.zoomed = IDENTITY  # the transform from the shot's full view to the previous frame, when that is zoomed in

    def track(self, image: ShotImage, after_gap: bool = False) -> FrameView:
        """Find how a frame shows the canvas; `after_gap`: much may have been painted since the one before."""
        previous, self.previous = self.previous, image
        if previous is None:
            self.view = self._new_shot(image)
            return self.view
        change = previous.difference_share(image)
        if change < VIEW_CHANGE:
            self.view = replace(self.view, move=None)
            if not self.view.zoomed:
                self._update_image(image)
        elif self.view.zoomed:
            self.view = self._after_zoomed_view(previous, image, change)
        else:
            self.view = self._after_full_view(image, after_gap)
        return self.view

    def _after_full_view(self, image: ShotImage, after_gap: bool) -> FrameView:
        shot = self.shots[-1]
        move = find_move(shot.state.image, image)
        if move is None and not after_gap and not self._is_same_shot(shot.state.image, image):
            return self._other_shot(image)
        return self._after_move(shot, image, move)

    def _after_zoomed_view(self, previous: ShotImage, image: ShotImage, change: float) -> FrameView:
        shot = self.shots[-1]
        states = [shot.state, *shot.earlier]
        shares = [state.image.difference_share(image) for state in states]
        nearest = int(np.argmin(shares))
        if shares[nearest] < min(change, SHOT_CHANGE):  # zoomed out again (zooming in may have taken a while)
            return self._return_to(shot, states[nearest], image)
        move = find_move(shot.state.image, image)
        if move is None:
            step = find_move(previous, image)
            if step is not None:  # moved about while zoomed in
                move = compose(step, self.zoomed)
            elif self._is_same_shot(previous, image):  # painted while zoomed in
                move = self.zoomed
            elif self._is_same_shot(shot.state.image, image, interrupted=True):
                return self._return_to(shot, shot.state, image)
            else:
                return self._other_shot(image)
        return self._after_move(shot, image, move)

    def _after_move(self, shot: Shot, image: ShotImage, move: np.ndarray | None) -> FrameView:
        """Return the view after a move, if any, from the shot's last full view."""
        state = shot.state
        if move is None:
            shot.earlier = [state, *shot.earlier[: MAX_EARLIER - 1]]
            self._update_image(image)
            return FrameView(shot.number, state.epoch, False, scale_of(state.matrix))
        matrix = compose(move, state.matrix)
        scale = scale_of(matrix)
        if scale > self.zoom and scale_of(move) > 1.02:
            self.zoomed = move
            return FrameView(shot.number, state.epoch, True, scale)
        shot.epochs += 1
        shot.earlier = [state, *shot.earlier[: MAX_EARLIER - 1]]
        shot.state = ShotState(image, matrix, shot.epochs)
        return FrameView(shot.number, shot.epochs, False, scale, move)

    def _return_to(self, shot: Shot, state: ShotState, image: ShotImage) -> FrameView:
        """Return the view when the canvas lies again as it did in `state`."""
        move = compose(state.matrix, invert(shot.state.matrix)) if state.epoch != shot.state.epoch else None
        shot.state = ShotState(image, state.matrix, state.epoch)
        return FrameView(shot.number, state.epoch, False, scale_of(state.matrix), move)

    def _update_image(self, image: ShotImage) -> None:
        shot = self.shots[-1]
        shot.state = replace(shot.state, image=image)

    def _other_shot(self, image: ShotImage) -> FrameView:
        """Return the view when the frame shows another shot than the current one: one seen before, or a new one."""
        for other in reversed(self.shots[:-1]):
            move = find_move(other.state.image, image)
            if move is not None or self._is_same_shot(other.state.image, image, interrupted=True):
                self.shots = [*(shot for shot in self.shots if shot is not other), other]
                return self._after_move(other, image, move)
        return self._new_shot(image)

    def _is_same_shot(self, before: ShotImage, after: ShotImage, interrupted: bool = False) -> bool:
        """Tell whether `after` can be `before`, painted on; `interrupted`: something else was shown between."""
        if before.difference_share(after) < SHOT_CHANGE:
            return True
        if not self.cuts:
            return not interrupted
        if is_nearly_bare(before.grey.pixels):  # anything may be painted on it
            return not interrupted
        least = SURELY_SAME_CANVAS if interrupted else SAME_CANVAS
        return outline_agreement(before.grey.outlines, after.grey.outlines) > least

    def _new_shot(self, image: ShotImage) -> FrameView:
        shot = Shot(self.count, ShotState(image, IDENTITY, 0), [])
        self.count += 1
        self.shots = [*self.shots[-MAX_SHOTS + 1 :], shot]
        return FrameView(shot.number, 0, False)
