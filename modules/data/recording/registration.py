"""Where a frame of a recorded process goes, so that it shows things where the last one does.

Frames are placed from the last to the first. Against the next one, already placed, a frame is compared as it lies and,
where that does not fit, as several guesses say: features matched with the next or the last frame (SIFT, RANSAC), the
directions of outlines (`outlines`), or frequencies (Fourier-Mellin) where there are too few features. `refine` makes
them exact, over what was not painted in between; how well outlines agree tells which is right. Then the frame is
compared with some that are further on, too, so that a drift of a tenth of a pixel a frame is followed and small errors
do not add up. A canvas that lies still does so until the pictures bear out that it moved; one that moves is at rest
again when it has not gone farther for some frames than is likely by chance.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from .outline_matching import SAME_PLACE, SURELY, Lines, agreement, clearness, fit_outlines
from .registration_refine import Exact, Shown, refine
from .similarity_transform import (
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

TOUCHED = 13  # of 255: what differs by less was not painted
BETTER = 0.93  # where there are no outlines, a guess must leave so much less error than staying put
EQUAL = 0.05  # guesses whose outlines agree by such a share less than the best guess's are as good
STILL, DOUBT = 0.06, 5.0  # at rest, moves by fewer pixels, or by fewer times the likely error, are none
PLAINLY = 0.5  # pixels between two frames that are a move, if the pair is sure of it
STEADY = 0.05  # pixels by which a step is likely another one than the last
REST, CHANCE = 6, 2.0  # at rest again: not farther in so many frames than so many times the likely error
SURE, USEFUL = 0.06, 0.15  # pixels: likely errors below which no other guess is asked for; which frames further on have
NEAR = 3.0  # pixels by which the exact place may differ from the guess
FURTHER = (3, 9)  # a frame is compared with those so many frames on, too
FEW = 20  # features, below which frequencies are asked
ROUGH = 0.01  # of the diagonal: a guess that cannot be made exact is so far off at the corners
LOOSE = 0.005  # of the diagonal: a pair whose likely error is larger is not to be learned from
TRUSTED = 0.3  # agreement of outlines below which a place found by them alone may be right for a few marks only
OTHER = 0.3  # where there are no outlines: so much of what is no ground may differ in a pair


@dataclass(frozen=True)
class Pose:
    """Where a frame goes: its transform to the last frame, how it was found, and what speaks for it."""

    matrix: np.ndarray
    method: str  # last, still, drift, sift, sift-last, outlines, fourier-mellin
    error: float  # pixels by which a corner is likely off against the next frame
    explained: bool = True  # False: nothing relates it to the next frame, or not to half a percent
    lost: bool = False  # nothing relates it to the last frame

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

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.shown.grey)

    @cached_property
    def clear(self) -> Shown:
        return Shown(clearness(self.shown.grey))


@dataclass(frozen=True)
class PoseGuess:
    """Where a frame may go, how that was found, exact if it could be made so, and how well outlines then agree; if not
    exact, by how many pixels a corner may be off."""

    matrix: np.ndarray
    method: str
    exact: Exact | None
    agreement: float
    rough: float = 0.0


class Aligner:
    """Places frames one by one, from the last to the first."""

    def __init__(self, last: np.ndarray) -> None:
        self.size = (last.shape[1], last.shape[0])
        self.last = Reference(Shown(_grey(last)), IDENTITY)
        self.placed = deque([self.last], maxlen=max(FURTHER))  # the next frame first, where it was found
        self.rest: np.ndarray | None = IDENTITY  # where the canvas lies still
        self.squares = 0.0  # of the likely errors since it does
        self.lost = False
        self.steps: deque[tuple[np.ndarray, float]] = deque(maxlen=8)  # from frame to frame, and likely errors
        self.lately: deque[tuple[np.ndarray, float]] = deque(maxlen=REST)  # places while it moves, and likely errors

    def place(self, frame: np.ndarray) -> Pose:
        """The transform of (H,W,3) uint8, the frame before those that were placed so far."""
        here = Reference(Shown(_grey(frame)), self.placed[0].matrix)
        found = self._against_next(here)
        related = self._is_related(here, found.matrix)
        self.lost = (self.lost or not related) and not self._is_found_again(here, found.matrix)
        near = found.error < LOOSE * float(np.hypot(*self.size))
        step = displacement(compose(invert(self.placed[0].matrix), found.matrix), self.size)
        plainly = step > max(PLAINLY, DOUBT * found.error)
        self.placed.appendleft(replace(here, matrix=found.matrix))
        return replace(self._rested(found, plainly), explained=bool(related and near), lost=self.lost)

    def _rested(self, found: Pose, plainly: bool) -> Pose:
        """The place as it is told: where the canvas rests, or as found. `plainly`: it has just moved."""
        self.squares += found.error**2
        if self.rest is not None:
            far = displacement(compose(invert(self.rest), found.matrix), self.size)
            if far < max(STILL, DOUBT * self.squares**0.5) and not plainly:
                return replace(found, matrix=self.rest, method="still")
            self.rest = None
            self.lately.clear()
        self.lately.append((found.matrix, found.error))
        far = max(displacement(compose(invert(found.matrix), matrix), self.size) for matrix, _ in self.lately)
        likely = sum(error**2 for _, error in self.lately) ** 0.5
        if len(self.lately) == REST and far < max(STILL, CHANCE * likely):
            self.rest, self.squares = found.matrix, 0.0
        return found

    def _against_next(self, here: Reference) -> Pose:
        """The best place that the next frame tells, made exact by those further on."""
        following = self.placed[0]
        exact = self._exact(here, following, following.matrix)
        if exact is not None and exact.error(self.size) < SURE:
            matrix, likely = self._joined(here, exact)
            return Pose(matrix, "drift", likely)
        guess, spread = self._best(here, self._guesses(here, exact))
        if guess.method == "outlines" and guess.agreement < TRUSTED:
            return Pose(guess.matrix, guess.method, ROUGH * float(np.hypot(*self.size)))
        if guess.exact is None:
            return Pose(guess.matrix, guess.method, max(guess.rough, spread))
        exact, error = guess.exact, guess.exact.error(self.size)
        if error > SURE:  # then pictures may agree on the wrong place
            exact = replace(exact, information=exact.information * (error**2 / (error**2 + spread**2)))
        matrix, likely = self._joined(here, exact)
        return Pose(matrix, guess.method, likely)

    def _guesses(self, here: Reference, exact: Exact | None) -> list[PoseGuess]:
        """Places that features, outlines or frequencies tell, the first as it lies; `exact`: near there, if at all."""
        following, vague = self.placed[0], ROUGH * float(np.hypot(*self.size))
        still = self._guess(here, following.matrix, "still")
        sure = here.lines.are_none or still.agreement > SURELY
        guesses = [replace(still, rough=0.0 if sure else vague)]
        for found in (exact, self._exact(here, following, following.matrix, by_outlines=True)):
            if found is not None:
                guesses.append(self._guess(here, found.matrix, "drift", found))
        fits = [(self.last, fit_features(here.features, self.last.features, least=12), "sift-last")]
        fits.append((following, fit_features(here.features, following.features), "sift"))
        for to, fit, method in reversed(fits):
            if fit is not None:
                guesses += self._made_exact(here, compose(to.matrix, fit.matrix), method, 2 * fit.rmse)
        if all(guess.exact is None or guess.agreement < SURELY for guess in guesses):
            lines = fit_outlines(here.shown.grey, following.shown.grey)
            if lines is not None and lines.agreement > SURELY:
                guesses += self._made_exact(here, compose(following.matrix, lines.matrix), "outlines", vague)
            elif min(len(here.features.points), len(following.features.points)) < FEW:
                fourier = fourier_mellin(here.shown.grey, following.shown.grey)
                if fourier is not None:
                    guesses += self._made_exact(here, compose(following.matrix, fourier[0]), "fourier-mellin", vague)
        return guesses

    def _made_exact(self, here: Reference, matrix: np.ndarray, method: str, rough: float) -> list[PoseGuess]:
        """A guess, and the exact places near it by brightness and by outlines, where there are."""
        following = self.placed[0]
        found = [self._guess(here, matrix, method, rough=rough)]
        for by_outlines in (False, True):
            exact = self._exact(here, following, matrix, NEAR + rough, by_outlines)
            if exact is not None:
                found.append(self._guess(here, exact.matrix, method, exact))
        return found

    def _guess(
        self, here: Reference, matrix: np.ndarray, method: str, exact: Exact | None = None, rough: float = 0.0
    ) -> PoseGuess:
        following = self.placed[0]
        agree = agreement(here.lines, following.lines, compose(invert(following.matrix), matrix))
        return PoseGuess(matrix, method, exact, agree, rough)

    def _exact(
        self, here: Reference, to: Reference, guess: np.ndarray, within: float = NEAR, by_outlines: bool = False
    ) -> Exact | None:
        """The exact place by one reference, from a guess, both to the last frame; None where it does not tell, or tells
        one that is not `within` so many pixels of the guess. By brightness, or by how clear outlines are, which is
        as exact and does not mind what colours were laid beside them."""
        one, two = (here.clear, to.clear) if by_outlines else (here.shown, to.shown)
        found = refine(one, two, compose(invert(to.matrix), guess))
        if found is None:
            return None
        found = replace(found, matrix=compose(to.matrix, found.matrix))
        return found if displacement(compose(invert(guess), found.matrix), self.size) < within else None

    def _best(self, here: Reference, guesses: list[PoseGuess]) -> tuple[PoseGuess, float]:
        """The best guess, and by how many pixels others that are as good say something else."""
        still, *others = guesses
        most = max(guess.agreement for guess in guesses)
        if most < SAME_PLACE:  # no outlines: by brightness
            best, error = still, self._error(here, still.matrix)
            for guess in others:
                its_error = self._error(here, guess.matrix)
                if its_error < BETTER * error and self._is_better(here, guess.matrix, still.matrix):
                    best, error = guess, its_error
            return best, 0.0
        good = [guess for guess in guesses if guess.agreement >= (1 - EQUAL) * most]
        exact = sorted(
            (g for g in good if g.exact is not None), key=lambda g: g.exact.error(self.size) if g.exact else 0
        )
        if good[0] is still:
            best = next((guess for guess in exact if guess.method == "drift"), still)
        else:
            best = exact[0] if exact else max(good, key=lambda guess: guess.agreement)
        rivals = [guess.matrix for guess in (exact if best is still else exact or good)]
        rivals += [still.matrix] * (good[0] is still)
        far = (displacement(compose(invert(best.matrix), matrix), self.size) for matrix in rivals)
        return best, max(far, default=0.0)

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
        """Mean difference of brightness to the next frame, of 255; a painted pixel counts as one clear difference."""
        one, two, inside = self._both(here, matrix)
        return float(_difference(one, two)[inside].mean()) if inside.mean() > 0.1 else np.inf

    def _is_better(self, here: Reference, matrix: np.ndarray, than: np.ndarray) -> bool:
        """Whether a transform fits the next frame clearly better than another, by pixels that either says are alike."""
        one, two, inside = self._both(here, matrix)
        other, _, too = self._both(here, than)
        with_it, without = _difference(one, two), _difference(other, two)
        alike = inside & too & (np.minimum(with_it, without) < 2 * TOUCHED)
        return bool(inside.any() if not alike.any() else with_it[alike].mean() < BETTER * without[alike].mean())

    def _both(self, here: Reference, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The frame and the next one as the last shows things, and where both can be seen."""
        following = self.placed[0]
        one, covers = warp(here.shown.grey, matrix, self.size)
        two, too = warp(following.shown.grey, following.matrix, self.size)
        return one, two, covers & too

    def _is_related(self, here: Reference, matrix: np.ndarray) -> bool:
        """Whether the frame can be the one before the next, at this place: it is bare, outlines are where they were,
        or there are none, but what is no ground is the same."""
        if here.lines.are_none or self._guess(here, matrix, "").agreement > SAME_PLACE:
            return True
        one, two, inside = self._both(here, matrix)
        figure = inside & (cv2.absdiff(one, np.full_like(one, int(np.median(one)))) > TOUCHED)
        return float((cv2.absdiff(one, two) > TOUCHED)[inside].mean()) < OTHER * float(figure.mean())

    def _is_found_again(self, here: Reference, matrix: np.ndarray) -> bool:
        """Whether the last frame itself bears the place out."""
        return agreement(here.lines, self.last.lines, matrix) > SURELY


def _transform(numbers: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The small transform of (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    scale, turn, dx, dy = (float(v) for v in numbers)
    return from_parts((dx, dy), 1 + scale, float(np.degrees(turn)), size)


def _numbers(change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A small transform as (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    return np.array([scale_of(change) - 1, np.radians(angle_of(change)), *shift_of(change, size)])


def _grey(frame: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY))


def _difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.minimum(cv2.absdiff(a, b), 4 * TOUCHED).astype(np.float32)
