"""Hold the canvas of a recorded process still: every frame is brought to where the last one shows things.

Frames are placed from the last to the first. Against the next one, already placed, a frame is compared as it lies and,
where that does not fit, as several guesses say: features matched with the next or the last frame (SIFT, RANSAC), or
frequencies (Fourier-Mellin) where there are too few features. `refine` makes the best guess exact, over what was not
painted in between. Then the frame is compared with some that are further on, too, so that a drift of a tenth of a
pixel a frame is followed and small errors do not add up. A canvas that lies still does so until the pictures bear out
that it moved; one that moves is at rest again when it has not gone farther for some frames than is likely by chance.
"""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...errors import UserError
from ...files import atomic_folder
from ..process import Process, read_rgb, write_rgb
from .extract import frame_file
from .moved import find_moved
from .refine import Exact, Shown, refine
from .similarity import (
    IDENTITY,
    Features,
    angle_of,
    compose,
    displacement,
    find_features,
    fit_features,
    fourier_mellin,
    from_parts,
    invert,
    scale_of,
    shift_of,
    warp,
)
from .views import kept_outlines, outlines

TOUCHED = 13 / 255  # what differs by less was not painted
WEIGHT = 4 * TOUCHED  # of a pixel that was painted, however much it changed: this much error
BETTER = 0.93  # a guess must leave so much less error than staying put, or the frame has not moved
STILL, DOUBT = 0.06, 5.0  # at rest, moves by fewer pixels, or by fewer times the likely error, are none
STEADY = 0.05  # pixels by which a step is likely another one than the last
REST, CHANCE = 6, 2.0  # at rest again: not farther in so many frames than so many times the likely error
SURE, USEFUL = 0.06, 0.15  # pixels: likely errors below which no other guess is asked for; which frames further on have
NEAR = 3.0  # pixels by which the exact place may differ from the guess
FURTHER = (3, 9)  # a frame is compared with those so many frames on, too
FEW = 20  # features, below which frequencies are asked
UNEXPLAINED = 0.6  # share of the canvas that still differs after alignment in a pair that shows no common outlines
COMMON = 0.2  # share of outlines in common below which a pair has none


@dataclass(frozen=True)
class Placed:
    """Where a frame goes: its transform to the last frame, how it was found, and what speaks for it."""

    matrix: np.ndarray
    method: str  # last, still, drift, sift, sift-last, fourier-mellin
    error: float  # pixels by which a corner is likely off against the next frame
    explained: bool = True  # False: nothing relates it to the next frame

    def report(self, frame: int, size: tuple[int, int]) -> dict[str, Any]:
        """For process.json: shift of the picture's middle in pixels, scale, angle in degrees."""
        return {
            "frame": frame,
            "method": self.method,
            "shift": [round(v, 3) for v in shift_of(self.matrix, size)],
            "scale": round(scale_of(self.matrix), 5),
            "angle": round(angle_of(self.matrix), 4),
            "error": round(self.error, 3),
        }


@dataclass(frozen=True)
class Reference:
    """A frame that is placed already: as it is compared, and its transform to the last frame."""

    shown: Shown
    matrix: np.ndarray

    @cached_property
    def features(self) -> Features:
        return find_features(self.shown.grey)


class Aligner:
    """Places frames one by one, from the last to the first."""

    def __init__(self, last: np.ndarray) -> None:
        self.size = (last.shape[1], last.shape[0])
        self.last = Reference(Shown(_grey(last)), IDENTITY)
        self.placed = deque([self.last], maxlen=max(FURTHER))  # the next frame first, where it was found
        self.rest: np.ndarray | None = IDENTITY  # where the canvas lies still
        self.squares = 0.0  # of the likely errors since it does
        self.steps: deque[tuple[np.ndarray, float]] = deque(maxlen=8)  # from frame to frame, and likely errors
        self.lately: deque[tuple[np.ndarray, float]] = deque(maxlen=REST)  # places while it moves, and likely errors

    def place(self, frame: np.ndarray) -> Placed:
        """The transform of (H,W,3) uint8, the frame before those that were placed so far."""
        here = Reference(Shown(_grey(frame)), self.placed[0].matrix)
        found = self._against_next(here)
        found = replace(found, explained=self._is_explained(here, found))
        self.placed.appendleft(replace(here, matrix=found.matrix))
        return self._rested(found)

    def _rested(self, found: Placed) -> Placed:
        """The place as it is told: where the canvas rests, or as found."""
        self.squares += found.error**2
        if self.rest is not None:
            far = displacement(compose(invert(self.rest), found.matrix), self.size)
            if far < max(STILL, DOUBT * self.squares**0.5):
                return replace(found, matrix=self.rest, method="still")
            self.rest = None
            self.lately.clear()
        self.lately.append((found.matrix, found.error))
        far = max(displacement(compose(invert(found.matrix), matrix), self.size) for matrix, _ in self.lately)
        likely = sum(error**2 for _, error in self.lately) ** 0.5
        if len(self.lately) == REST and far < max(STILL, CHANCE * likely):
            self.rest, self.squares = found.matrix, 0.0
        return found

    def _against_next(self, here: Reference) -> Placed:
        """The best place that the next frame tells, made exact by those further on."""
        following = self.placed[0]
        still = Placed(following.matrix, "still", 0.0)
        guess, exact = still, self._exact(here, following, still.matrix)
        if exact is None or exact.error(self.size) > SURE:
            error = self._error(here, still.matrix if exact is None else exact.matrix)
            for other in self._guesses(here):
                found = self._exact(here, following, other.matrix)
                matrix = other.matrix if found is None else found.matrix
                its_error = self._error(here, matrix)
                if its_error < BETTER * error and self._is_better(here, matrix, still.matrix):
                    guess, exact, error = replace(other, matrix=matrix), found, its_error
        if exact is None:
            return guess
        matrix, likely = self._joined(here, exact)
        return Placed(matrix, "drift" if guess is still else guess.method, likely)

    def _guesses(self, here: Reference) -> list[Placed]:
        """Places that features or frequencies tell, not exact yet."""
        following = self.placed[0]
        guesses = []
        fit = fit_features(here.features, following.features)
        if fit is not None:
            guesses.append(Placed(compose(following.matrix, fit.matrix), "sift", fit.rmse))
        if (last := fit_features(here.features, self.last.features, least=12)) is not None:
            guesses.append(Placed(last.matrix, "sift-last", last.rmse))
        if not guesses and min(len(here.features.points), len(following.features.points)) < FEW:
            found = fourier_mellin(here.shown.grey, following.shown.grey)
            if found is not None:
                guesses.append(Placed(compose(following.matrix, found[0]), "fourier-mellin", 0.0))
        return guesses

    def _exact(self, here: Reference, to: Reference, guess: np.ndarray) -> Exact | None:
        """The exact place by one reference, from a guess, both to the last frame; None where it does not tell."""
        found = refine(here.shown, to.shown, compose(invert(to.matrix), guess))
        if found is None:
            return None
        found = replace(found, matrix=compose(to.matrix, found.matrix))
        near = displacement(compose(invert(guess), found.matrix), self.size) < NEAR
        return found if near else None

    def _joined(self, here: Reference, exact: Exact) -> tuple[np.ndarray, float]:
        """The place by the next frame and by those further on, each by what speaks for it; and its likely error."""
        information = exact.information
        pull = np.zeros(4)
        for ahead in FURTHER:
            if len(self.placed) < ahead:
                break
            other = self._exact(here, self.placed[ahead - 1], exact.matrix)
            if other is None or (doubt := other.error(self.size)) > USEFUL:
                continue
            change = compose(other.matrix, invert(exact.matrix))
            if displacement(change, self.size) < max(0.3, DOUBT * (doubt + exact.error(self.size))):
                information = information + other.information
                pull += other.information @ _numbers(change, self.size)
        matrix = compose(_transform(np.linalg.pinv(information) @ pull, self.size), exact.matrix)
        return self._expected(replace(exact, matrix=matrix, information=information))

    def _expected(self, exact: Exact) -> tuple[np.ndarray, float]:
        """The place, and its likely error, when it is also known that canvases move on as they did: a step from which
        the pictures tell little is taken as the steps before, unless they tell plainly that it is another one."""
        following = self.placed[0].matrix
        step = _numbers(compose(exact.matrix, invert(following)), self.size)
        sure = [numbers for numbers, error in self.steps if error < SURE]
        usual, spread = np.zeros(4), np.zeros(4)
        if len(sure) >= 3:
            usual = np.median(sure, axis=0)
            spread = 1.48 * np.median(np.abs(np.array(sure) - usual), axis=0)
        reach = np.hypot(*self.size) / 2
        steady = np.square(spread + STEADY / np.array([reach, reach, 1, 1]))
        off = step - usual
        if off @ np.linalg.pinv(np.linalg.pinv(exact.information) + np.diag(steady)) @ off < 4 * DOUBT**2:
            prior = np.diag(1 / steady)
            joined = exact.information + prior
            step = np.linalg.solve(joined, exact.information @ step + prior @ usual)
            exact = replace(exact, information=joined)
        error = exact.error(self.size)
        self.steps.append((step, error))
        return compose(_transform(step, self.size), following), error

    def _error(self, here: Reference, matrix: np.ndarray) -> float:
        """Mean difference to the next frame, both as the last one shows things; a painted pixel counts as WEIGHT."""
        one, two, inside = self._both(here, matrix)
        return float(np.minimum(_difference(one, two), WEIGHT)[inside].mean()) if inside.mean() > 0.1 else np.inf

    def _is_better(self, here: Reference, matrix: np.ndarray, than: np.ndarray) -> bool:
        """Whether a transform fits the next frame clearly better than another, by pixels that either says are alike."""
        one, two, inside = self._both(here, matrix)
        other, _, too = self._both(here, than)
        with_it, without = _difference(one, two), _difference(other, two)
        alike = inside & too & (np.minimum(with_it, without) < 2 * TOUCHED)
        if not alike.any():
            return bool(inside.any())
        return float(np.minimum(with_it, WEIGHT)[alike].mean()) < BETTER * float(
            np.minimum(without, WEIGHT)[alike].mean()
        )

    def _both(self, here: Reference, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The frame and the next one as the last shows things, and where both can be seen."""
        following = self.placed[0]
        one, covers = warp(here.shown.grey, matrix, self.size)
        two, too = warp(following.shown.grey, following.matrix, self.size)
        return one, two, covers & too

    def _is_explained(self, here: Reference, placed: Placed) -> bool:
        """Whether the frame can be the one before the next: much is the same, or the outlines are, or it is bare."""
        one, two, inside = self._both(here, placed.matrix)
        if not inside.any():
            return False
        if float((_difference(one, two) > TOUCHED)[inside].mean()) < UNEXPLAINED:
            return True
        core = np.asarray(cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)))  # not the canvas's own edge
        kept = kept_outlines(outlines(one) * core, outlines(two) * core)
        return kept is None or kept > COMMON


def _transform(numbers: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The small transform of (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    scale, turn, dx, dy = (float(v) for v in numbers)
    return from_parts((dx, dy), 1 + scale, float(np.degrees(turn)), size)


def _numbers(change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A small transform as (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    return np.array([scale_of(change) - 1, np.radians(angle_of(change)), *shift_of(change, size)])


def align(process: Process, out: Path, progress: Callable[[float], None] = lambda share: None) -> dict[str, Any]:
    """Align a recorded process and write it to the folder `out`, which may be its own.

    A pixel that a frame does not show (the canvas was partly out of view) is taken from the frame before, as it was
    last seen. Pairs that nothing relates become cuts; cuts that stood for a move of the canvas go.

    Returns:
        What process.json now says under `alignment`, with `cuts`.

    Raises:
        UserError: not a recorded process, or its frames differ in size.
    """
    info = dict(process.info)
    if info.get("kind") != "recorded":
        raise UserError(f"{process.folder} is not recorded but {info.get('kind')}.", "Its canvas does not move.")
    paths = process.frame_paths
    if not paths:
        raise UserError(f"{process.folder} has no frames.", fix="Extract it again: ppp data extract VIDEO -o FOLDER")
    last = read_rgb(paths[-1])
    aligner, placed = Aligner(last), [Placed(IDENTITY, "last", 0.0)]
    for n, path in enumerate(reversed(paths[:-1])):
        frame = read_rgb(path)
        if frame.shape != last.shape:
            raise UserError(f"{path} has another size than the last frame.", fix="Extract the video again.")
        placed.append(aligner.place(frame))
        progress(0.7 * (n + 1) / len(paths))
    placed.reverse()
    cuts = [i + 1 for i, where in enumerate(placed[:-1]) if not where.explained]
    moved: list[dict[str, Any]] = []
    with atomic_folder(out) as part:
        (part / "frames").mkdir()
        for extra in process.folder.iterdir():
            if extra.is_file() and extra.name != "process.json":
                shutil.copyfile(extra, part / extra.name)
        before: np.ndarray | None = None
        for i, (path, where) in enumerate(zip(paths, placed, strict=True)):
            frame = _held_still(read_rgb(path), where.matrix, before)
            if before is not None and i not in cuts:
                moved += [{"frame": i, **region} for region in find_moved(before, frame)]
            write_rgb(frame_file(part, i), frame)
            before = frame
            progress(0.7 + 0.3 * (i + 1) / len(paths))
        size = (last.shape[1], last.shape[0])
        info["alignment"] = {"frames": [p.report(i, size) for i, p in enumerate(placed)], "moved": moved}
        info["cuts"] = cuts
        (part / "process.json").write_text(json.dumps(info), encoding="utf-8")
    return info["alignment"] | {"cuts": cuts}


def _held_still(frame: np.ndarray, matrix: np.ndarray, before: np.ndarray | None) -> np.ndarray:
    """The frame as the last one shows things; what it does not show is as it was before."""
    size = (frame.shape[1], frame.shape[0])
    if displacement(matrix, size) == 0:
        return frame
    held, inside = warp(frame, matrix, size)
    if before is not None:
        held[~inside] = before[~inside]
    return held


def _grey(frame: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return cv2.absdiff(a, b).astype(np.float32) / 255
