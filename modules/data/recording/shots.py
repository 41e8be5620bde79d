"""Which picture a frame shows, and how: the canvas as before, moved, zoomed in, or another picture altogether.

Works frame after frame on small pictures of the canvas and holds one picture per scene. A *scene* is one painting (or a
title card); a recording may leave it and come back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from .outline_matching import SAME_PLACE, SURELY, Lines, agreement, fit_outlines, is_nearly_bare
from .registration_refine import Shown, refine
from .similarity_transform import (
    IDENTITY,
    Features,
    Fit,
    compose,
    displacement,
    find_features,
    fit_features,
    fourier_mellin,
    invert,
    scale_of,
    warp,
)

TOUCHED = 13  # of 255: what differs by less may be the codec's (0.05 of the full range, as everywhere)
LOOK_CLOSER = 0.03  # of the canvas changed at once: is it still the same view?
MOVED = 2.0  # pixels of the small picture; smaller moves are left to `align`
BETTER = 0.6  # a move must explain the frame so much better: this share of what differs without it
PLAINLY, AT_ALL = 20, 0.85  # so many features, most of all, tell a move plainly; then it must explain it better at all
NEAR = 5.0  # pixels by which the exact place may differ from where the outlines say
JUMP = 0.3  # of the canvas must differ before another picture is thought of
SCENES, EARLIER = 8, 4  # so many scenes are remembered, and so many earlier states of each


@dataclass
class ShotImage:
    """A small picture of the canvas, (H,W,3) uint8 RGB, and what is computed from it when asked."""

    rgb: np.ndarray

    @property
    def size(self) -> tuple[int, int]:
        return self.rgb.shape[1], self.rgb.shape[0]

    @cached_property
    def grey(self) -> np.ndarray:
        return cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)

    @cached_property
    def features(self) -> Features:
        return find_features(self.grey)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.grey)

    @cached_property
    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Between what values another picture counts as the same: those of the 3x3 neighbourhood, so that a shake of a
        pixel or the codec's ringing at outlines is no change, and TOUCHED more."""
        kernel = np.ones((3, 3), np.uint8)
        low, high = np.asarray(cv2.erode(self.rgb, kernel)), np.asarray(cv2.dilate(self.rgb, kernel))
        return np.maximum(low, TOUCHED) - np.uint8(TOUCHED), np.minimum(high, 255 - TOUCHED) + np.uint8(TOUCHED)

    def differs(self, other: ShotImage) -> np.ndarray:
        """(H,W) uint8, 255 where `other` is not as this picture is."""
        return cv2.bitwise_not(cv2.inRange(other.rgb, *self.limits))

    def share(self, other: ShotImage) -> float:
        """Share of the pixels in which `other` differs."""
        return float(self.differs(other).mean() / 255)


def explains(before: ShotImage, after: ShotImage, matrix: np.ndarray, better: float = BETTER) -> bool:
    """Whether the move makes `before` clearly more like `after` than it is unmoved, where both can be seen: at most the
    share `better` of what differs without it still does."""
    moved, inside = warp(before.rgb, matrix, after.size)
    if inside.mean() < 0.1:
        return False
    with_it = float((ShotImage(moved).differs(after)[inside] > 0).mean())
    without = float((before.differs(after)[inside] > 0).mean())
    return with_it < better * without and with_it < 0.5


def find_move(before: ShotImage, after: ShotImage) -> np.ndarray | None:
    """The similarity that takes `before` to `after`, when there is one that explains the frame."""
    fit: Fit | None = fit_features(before.features, after.features)
    if fit is not None and displacement(fit.matrix, after.size) > MOVED:
        plain = fit.inliers >= max(PLAINLY, fit.matches / 2)  # something may be painted just when the canvas moves
        if explains(before, after, fit.matrix, AT_ALL if plain else BETTER):
            return fit.matrix
    if fit is not None:
        return None
    if agreement(before.lines, after.lines) < SAME_PLACE:
        lines = fit_outlines(before.grey, after.grey)
        if lines is not None and lines.agreement > SURELY and displacement(lines.matrix, after.size) > MOVED:
            exact = refine(Shown(before.grey), Shown(after.grey), lines.matrix)
            off = np.inf if exact is None else displacement(compose(invert(lines.matrix), exact.matrix), after.size)
            matrix = lines.matrix if exact is None or off > NEAR else exact.matrix
            if explains(before, after, matrix, AT_ALL):
                return matrix
    if len(before.features.points) < 40:  # too few features to say
        found = fourier_mellin(before.grey, after.grey)
        if found and displacement(found[0], after.size) > MOVED and explains(before, after, found[0]):
            return found[0]
    return None


@dataclass(frozen=True)
class View:
    """How a frame shows a scene. `epoch` counts the moves of the canvas; `move` is the transform from the view before
    to this one when it was moved just now; `scale` is how large things are shown, relative to the scene's beginning."""

    scene: int
    epoch: int
    zoomed: bool
    scale: float = 1.0
    move: np.ndarray | None = None


@dataclass(frozen=True)
class Home:
    """How a scene's canvas was seen in whole: the picture, the transform from the scene's beginning, and the epoch."""

    picture: ShotImage
    placed: np.ndarray
    epoch: int


@dataclass
class Shot:
    """One picture: how it was last seen in whole, and how it was before the last big changes."""

    number: int
    home: Home
    earlier: list[Home]
    epochs: int = 0


class Tracker:
    """Tells each frame's view. `zoom`: a view larger than this is a zoomed-in one; `cuts`: whether there may be another
    picture at all."""

    def __init__(self, zoom: float, cuts: bool = True) -> None:
        self.zoom, self.cuts = zoom, cuts
        self.scenes: list[Shot] = []  # the current one last
        self.count = 0
        self.before: ShotImage | None = None
        self.view = View(0, 0, False)
        self.zoomed = IDENTITY  # the transform from the scene's home to the view before, when that is zoomed in

    def see(self, picture: ShotImage) -> View:
        """The view of the next frame."""
        before, self.before = self.before, picture
        if before is None:
            self.view = self._new_scene(picture)
            return self.view
        change = before.share(picture)
        if change >= LOOK_CLOSER:
            look = self._after_zoom if self.view.zoomed else self._after_home
            self.view = look(before, picture, change)
        else:
            self.view = replace(self.view, move=None)
            if not self.view.zoomed:
                self._stay(picture)
        return self.view

    def _after_home(self, before: ShotImage, picture: ShotImage, change: float) -> View:
        scene = self.scenes[-1]
        move = find_move(scene.home.picture, picture)
        if move is None and not self._same(scene.home.picture, picture):
            return self._elsewhere(picture)
        return self._placed(scene, picture, move)

    def _after_zoom(self, before: ShotImage, picture: ShotImage, change: float) -> View:
        scene = self.scenes[-1]
        homes = [scene.home, *scene.earlier]
        shares = [home.picture.share(picture) for home in homes]
        nearest = int(np.argmin(shares))
        if shares[nearest] < min(change, JUMP):  # zoomed out again, to how it was before (zooming in may take a while)
            return self._back(scene, homes[nearest], picture)
        move = find_move(scene.home.picture, picture)
        if move is None:
            step = find_move(before, picture)
            if step is not None:  # moved about while zoomed in
                move = compose(step, self.zoomed)
            elif self._same(before, picture):  # painted while zoomed in
                move = self.zoomed
            elif self._same(scene.home.picture, picture, back=True):
                return self._back(scene, scene.home, picture)
            else:
                return self._elsewhere(picture)
        return self._placed(scene, picture, move)

    def _placed(self, scene: Shot, picture: ShotImage, move: np.ndarray | None) -> View:
        """The view after a move from the scene's home, which may be none."""
        home = scene.home
        if move is None:
            scene.earlier = [home, *scene.earlier[: EARLIER - 1]]
            self._stay(picture)
            return View(scene.number, home.epoch, False, scale_of(home.placed))
        placed = compose(move, home.placed)
        scale = scale_of(placed)
        if scale > self.zoom and scale_of(move) > 1.02:
            self.zoomed = move
            return View(scene.number, home.epoch, True, scale)
        scene.epochs += 1
        scene.earlier = [home, *scene.earlier[: EARLIER - 1]]
        scene.home = Home(picture, placed, scene.epochs)
        return View(scene.number, scene.epochs, False, scale, move)

    def _back(self, scene: Shot, home: Home, picture: ShotImage) -> View:
        """The canvas is where it was at `home`."""
        move = compose(home.placed, invert(scene.home.placed)) if home.epoch != scene.home.epoch else None
        scene.home = Home(picture, home.placed, home.epoch)
        return View(scene.number, home.epoch, False, scale_of(home.placed), move)

    def _stay(self, picture: ShotImage) -> None:
        scene = self.scenes[-1]
        scene.home = Home(picture, scene.home.placed, scene.home.epoch)

    def _elsewhere(self, picture: ShotImage) -> View:
        """The frame shows another picture than the current scene: one seen before, or a new one."""
        for other in reversed(self.scenes[:-1]):
            move = find_move(other.home.picture, picture)
            if move is not None or self._same(other.home.picture, picture, back=True):
                self.scenes = [*(scene for scene in self.scenes if scene is not other), other]
                return self._placed(other, picture, move)
        return self._new_scene(picture)

    def _same(self, before: ShotImage, after: ShotImage, back: bool = False) -> bool:
        """Whether `after` can be the picture `before`, painted on. `back`: after something else was shown."""
        changed = before.share(after)
        if changed < JUMP:
            return True
        if not self.cuts:
            return not back
        if is_nearly_bare(before.grey):  # anything may be painted on it
            return not back
        return agreement(before.lines, after.lines) > (SURELY if back else SAME_PLACE)

    def _new_scene(self, picture: ShotImage) -> View:
        scene = Shot(self.count, Home(picture, IDENTITY, 0), [])
        self.count += 1
        self.scenes = [*self.scenes[-SCENES + 1 :], scene]
        return View(scene.number, 0, False)
