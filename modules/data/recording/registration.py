"""Registration: the pose of each frame of a recorded process relative to the last frame.

Frames are registered from the last to the first. Against the next one, already registered, a frame is compared as it
lies and, where that does not fit, under several pose hypotheses: features matched with the next or the last frame
(SIFT, RANSAC), outline directions (`outline_matching`), or Fourier-Mellin where there are too few features.
`registration_refine` makes them exact, over what was not painted in between; outline agreement tells which is right.
Then the frame is compared with some that are further on, too, so that a drift of a tenth of a pixel a frame is followed
and small errors do not add up. A stationary canvas stays so until the pictures prove that it moved; a moving one is
stationary again when it has not gone farther for some frames than is likely by chance.
"""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ...degree import TOUCHED_LEVEL
from .grey_image import GreyImage
from .outline_matching import (
    SAME_CANVAS,
    SURELY_SAME_CANVAS,
    fit_outlines,
    outline_agreement,
)
from .registration_refine import RefinedTransform, refine_similarity
from .similarity_transform import (
    IDENTITY,
    angle_of,
    compose,
    displacement,
    fit_features,
    fourier_mellin,
    from_parts,
    invert,
    scale_of,
    shift_of,
    warp,
)

BRIGHTNESS_GAIN = 0.93  # without outlines, a hypothesis must reduce the error of staying put to this part of it
EQUAL_AGREEMENT = 0.05  # hypotheses are as good as the best if their agreement is less by no more than this share
REST_DISTANCE, DOUBT = 0.06, 5.0  # at rest, moves by fewer pixels, or by fewer times the standard error, are none
CLEAR_MOVE = 0.5  # pixels between two frames that are a move, if the pair is sure of it
MOTION_STD = 0.05  # pixels: standard deviation of the change of motion from step to step
REST_FRAMES, REST_DOUBT = 6, 2.0  # at rest again: in so many frames not farther than so many times the error
SURE_ERROR, USEFUL_ERROR = 0.06, 0.15  # pixels: no other hypothesis is tried below; further frames count below
MAX_REFINEMENT = 3.0  # pixels by which the refined pose may differ from the hypothesis
FURTHER_FRAMES = (3, 9)  # a frame is also compared with those so many frames on
FEW_FEATURES = 20  # below, Fourier-Mellin is tried
COARSE_ERROR = 0.01  # of the diagonal: error at the corners of a hypothesis that cannot be refined
MAX_EXPLAINED_ERROR = 0.005  # of the diagonal: a pair whose error is larger is not to be learned from
TRUSTED_AGREEMENT = 0.3  # below, a pose found by outlines alone may be right for a few marks only
CLEARLY_UPRIGHT = 0.4  # a frame whose outlines agree so well is not mirrored
MIRROR_GAIN = 1.5  # outlines of a mirrored frame agree so many times better when it is turned back
MAX_FIGURE_CHANGE = 0.3  # without outlines: share of what is not ground that may differ in a pair


@dataclass(frozen=True)
class Pose:
    """Pose of a frame: its transform to the last frame, how it was found, and how sure it is."""

    matrix: np.ndarray
    method: str  # last, still, drift, sift, sift-last, outlines, fourier-mellin
    error: float  # pixels: standard error of a corner relative to the next frame
    explained: bool = (
        True  # False: nothing relates it to the next frame, or not to half a percent; it is left as it was
    )
    lost: bool = False  # nothing relates it to the last frame
    mirrored: bool = False  # left to right, before it is moved

    def report(self, frame: int, size: tuple[int, int]) -> dict[str, Any]:
        """Describe the pose for process.json: shift of the picture's middle in pixels, scale, angle in degrees."""
        return {
            "frame": frame,
            "method": self.method,
            **({"mirrored": True} if self.mirrored else {}),
            "shift": [round(v, 3) for v in shift_of(self.matrix, size)],
            "scale": round(scale_of(self.matrix), 5),
            "angle": round(angle_of(self.matrix), 4),
            "error": round(self.error, 3),
        }


@dataclass(frozen=True)
class RegisteredFrame:
    """A frame and its transform to the last frame."""

    image: GreyImage
    matrix: np.ndarray


@dataclass(frozen=True)
class PoseHypothesis:
    """A candidate pose."""

    matrix: np.ndarray
    method: str
    refined: RefinedTransform | None  # None where it could not be refined
    agreement: float  # of outlines
    error: float  # pixels: standard error of a corner relative to the next frame


class Aligner:
    """Registers frames one by one, from the last to the first."""

    def __init__(self, last: np.ndarray) -> None:
        self.size = (last.shape[1], last.shape[0])
        self.last = RegisteredFrame(GreyImage.of(last), IDENTITY)
        self.registered = deque([self.last], maxlen=max(FURTHER_FRAMES))  # the next frame first, at its measured pose
        self.rest: np.ndarray | None = IDENTITY  # pose of the stationary canvas; None while it moves
        self.variance = 0.0  # summed squares of the errors since the canvas is stationary
        self.lost = False
        self.steps: deque[tuple[np.ndarray, float]] = deque(maxlen=8)  # motion parameters from frame to frame, errors
        self.moving: deque[tuple[np.ndarray, float]] = deque(maxlen=REST_FRAMES)  # poses while it moves, and errors

    def register(self, frame: np.ndarray) -> Pose:
        """Find the pose of (H,W,3) uint8, the frame before those that were registered so far."""
        following = self.registered[0]
        current, mirrored, steps = GreyImage.of(frame), False, self.steps.copy()
        pose = self._measure(current)
        flipped = self._flipped(current, pose.matrix)
        if flipped is not None:
            current, mirrored, self.steps = flipped, True, steps
            pose = self._measure(current)
        related = self._is_related(current, pose.matrix)
        self.lost = (self.lost or not related) and not self._is_found_again(current, pose.matrix)
        exact = pose.error < MAX_EXPLAINED_ERROR * float(np.hypot(*self.size))
        moved = self._distance(following.matrix, pose.matrix) > max(CLEAR_MOVE, DOUBT * pose.error)
        if not related or not (exact or self._agreement(current, pose.matrix) > SURELY_SAME_CANVAS):
            return self._begin_anew(current, pose, mirrored)
        self.registered.appendleft(RegisteredFrame(current, pose.matrix))
        return replace(self._snap_to_rest(pose, moved), explained=bool(exact), lost=self.lost, mirrored=mirrored)

    def _begin_anew(self, current: GreyImage, pose: Pose, mirrored: bool) -> Pose:
        """Leave a frame as it was whose place cannot be believed; those before it are registered to it."""
        self.registered.clear()
        self.registered.appendleft(RegisteredFrame(current, IDENTITY))
        self.rest, self.variance = IDENTITY, 0.0
        self.steps.clear()
        return replace(pose, matrix=IDENTITY, explained=False, lost=self.lost, mirrored=mirrored)

    def _flipped(self, current: GreyImage, found: np.ndarray) -> GreyImage | None:
        """Mirror a frame, if that clearly fits better than the pose that was found for it as it is."""
        as_it_is = self._agreement(current, found)
        if as_it_is > CLEARLY_UPRIGHT:
            return None
        flipped = GreyImage(np.ascontiguousarray(current.pixels[:, ::-1]))
        turned = self._agreement(flipped, self.registered[0].matrix)
        return flipped if turned > max(SURELY_SAME_CANVAS, MIRROR_GAIN * as_it_is) else None

    def _distance(self, one: np.ndarray, two: np.ndarray) -> float:
        """Measure the distance of two poses: the largest displacement of a corner in pixels."""
        return displacement(compose(invert(one), two), self.size)

    def _snap_to_rest(self, pose: Pose, moved: bool) -> Pose:
        """Report the last stationary pose when the measured one is close to it and the canvas has not just `moved`."""
        self.variance += pose.error**2
        if self.rest is not None:
            limit = max(REST_DISTANCE, DOUBT * self.variance**0.5)
            if self._distance(self.rest, pose.matrix) < limit and not moved:
                return replace(pose, matrix=self.rest, method="still")
            self.rest = None
            self.moving.clear()
        self.moving.append((pose.matrix, pose.error))
        distance = max(self._distance(pose.matrix, matrix) for matrix, _ in self.moving)
        error = sum(error**2 for _, error in self.moving) ** 0.5
        if len(self.moving) == REST_FRAMES and distance < max(REST_DISTANCE, REST_DOUBT * error):
            self.rest, self.variance = pose.matrix, 0.0
        return pose

    def _measure(self, current: GreyImage) -> Pose:
        """Measure the pose against the next frame, and refine it by those further on."""
        following = self.registered[0]
        refined = self._refine(current, following, following.matrix)
        if refined is not None and refined.error(self.size) < SURE_ERROR:
            return self._combine(current, refined, "drift")
        best, ambiguity = self._choose(current, self._hypotheses(current, refined))
        if best.method == "outlines" and best.agreement < TRUSTED_AGREEMENT:
            return Pose(best.matrix, best.method, COARSE_ERROR * float(np.hypot(*self.size)))
        if best.refined is None:
            return Pose(best.matrix, best.method, max(best.error, ambiguity))
        information = best.refined.information
        if best.error > SURE_ERROR:  # then pictures may agree on the wrong pose
            information = information * (best.error**2 / (best.error**2 + ambiguity**2))
        return self._combine(current, replace(best.refined, information=information), best.method)

    def _hypotheses(self, current: GreyImage, refined: RefinedTransform | None) -> list[PoseHypothesis]:
        """List pose hypotheses by features, outlines or frequencies; the first is that the canvas has not moved.

        `refined`: the refinement of the first by brightness, if there is one.
        """
        following, coarse = self.registered[0], COARSE_ERROR * float(np.hypot(*self.size))
        agreement = self._agreement(current, following.matrix)
        sure = current.is_bare or agreement > SURELY_SAME_CANVAS
        hypotheses = [PoseHypothesis(following.matrix, "still", None, agreement, 0.0 if sure else coarse)]
        for found in (refined, self._refine(current, following, following.matrix, by_outlines=True)):
            if found is not None:
                hypotheses.append(self._hypothesis(current, found, "drift"))
        for to, min_inliers, method in ((following, 8, "sift"), (self.last, 12, "sift-last")):
            fit = fit_features(current.features, to.image.features, min_inliers)
            if fit is not None:
                hypotheses += self._refinements(current, compose(to.matrix, fit.matrix), method, 2 * fit.rmse)
        if all(candidate.refined is None or candidate.agreement < SURELY_SAME_CANVAS for candidate in hypotheses):
            outlines = fit_outlines(current.pixels, following.image.pixels)
            matrix, method = None, "fourier-mellin"
            if outlines is not None and outlines.agreement > SURELY_SAME_CANVAS:
                matrix, method = outlines.matrix, "outlines"
            elif min(len(current.features.points), len(following.image.features.points)) < FEW_FEATURES:
                matrix = fourier_mellin(current.pixels, following.image.pixels)
            if matrix is not None:
                hypotheses += self._refinements(current, compose(following.matrix, matrix), method, coarse)
        return hypotheses

    def _refinements(self, current: GreyImage, matrix: np.ndarray, method: str, error: float) -> list[PoseHypothesis]:
        """List a hypothesis, and its refinements by brightness and by outlines, where there are."""
        found = [PoseHypothesis(matrix, method, None, self._agreement(current, matrix), error)]
        for by_outlines in (False, True):
            refined = self._refine(current, self.registered[0], matrix, MAX_REFINEMENT + error, by_outlines)
            if refined is not None:
                found.append(self._hypothesis(current, refined, method))
        return found

    def _hypothesis(self, current: GreyImage, refined: RefinedTransform, method: str) -> PoseHypothesis:
        agreement = self._agreement(current, refined.matrix)
        return PoseHypothesis(refined.matrix, method, refined, agreement, refined.error(self.size))

    def _agreement(self, current: GreyImage, matrix: np.ndarray) -> float:
        """Measure outline agreement with the next frame at a pose."""
        following = self.registered[0]
        return outline_agreement(current.outlines, following.image.outlines, compose(invert(following.matrix), matrix))

    def _refine(
        self, current: GreyImage, to: RegisteredFrame, start: np.ndarray, limit: float = MAX_REFINEMENT,
        by_outlines: bool = False,
    ) -> RefinedTransform | None:  # fmt: skip
        """Refine a pose against one registered frame; None where that fails or moves it by more than `limit` pixels.

        By brightness, or by outline strength, which is as exact and does not mind what colours were laid beside them.
        """
        one, two = (current.strength, to.image.strength) if by_outlines else (current, to.image)
        found = refine_similarity(one, two, compose(invert(to.matrix), start))
        if found is None:
            return None
        found = replace(found, matrix=compose(to.matrix, found.matrix))
        return found if self._distance(start, found.matrix) < limit else None

    def _choose(self, current: GreyImage, hypotheses: list[PoseHypothesis]) -> tuple[PoseHypothesis, float]:
        """Choose the best hypothesis; returns its ambiguity, too: the distance in pixels to any equally good one."""
        still, *others = hypotheses
        best_agreement = max(candidate.agreement for candidate in hypotheses)
        if best_agreement < SAME_CANVAS:  # no outlines: by brightness
            best, error = still, self._brightness_error(current, still.matrix)
            for candidate in others:
                its_error = self._brightness_error(current, candidate.matrix)
                if its_error < BRIGHTNESS_GAIN * error and self._is_better(current, candidate.matrix, still.matrix):
                    best, error = candidate, its_error
            return best, 0.0
        good = [candidate for candidate in hypotheses if candidate.agreement >= (1 - EQUAL_AGREEMENT) * best_agreement]
        refined = sorted(
            (candidate for candidate in good if candidate.refined is not None), key=lambda candidate: candidate.error
        )
        if good[0] is still:
            best = next((candidate for candidate in refined if candidate.method == "drift"), still)
        else:
            best = refined[0] if refined else max(good, key=lambda candidate: candidate.agreement)
        rivals = [*(refined if best is still else refined or good), *([still] if good[0] is still else [])]
        return best, max((self._distance(best.matrix, rival.matrix) for rival in rivals), default=0.0)

    def _combine(self, current: GreyImage, refined: RefinedTransform, method: str) -> Pose:
        """Combine the pose by the next frame with those by frames further on, weighted by their information."""
        information = refined.information
        pull = np.zeros(4)
        for ahead in FURTHER_FRAMES:
            if len(self.registered) < ahead:
                break
            other = self._refine(current, self.registered[ahead - 1], refined.matrix)
            if other is None or (error := other.error(self.size)) > USEFUL_ERROR:
                continue
            change = compose(other.matrix, invert(refined.matrix))
            if displacement(change, self.size) < max(0.3, DOUBT * (error + refined.error(self.size))):
                information = information + other.information
                pull += other.information @ _to_parameters(change, self.size)
        matrix = compose(_from_parameters(np.linalg.pinv(information) @ pull, self.size), refined.matrix)
        return self._apply_motion_prior(RefinedTransform(matrix, information), method)

    def _apply_motion_prior(self, refined: RefinedTransform, method: str) -> Pose:
        """Compute pose and error under a constant-motion prior.

        Weak image evidence falls back to the previous motion, strong evidence overrides it.
        """
        following = self.registered[0].matrix
        step = _to_parameters(compose(refined.matrix, invert(following)), self.size)
        sure = [parameters for parameters, error in self.steps if error < SURE_ERROR]
        usual, spread = np.zeros(4), np.zeros(4)
        if len(sure) >= 3:
            usual = np.median(sure, axis=0)
            spread = 1.48 * np.median(np.abs(np.array(sure) - usual), axis=0)
        reach = np.hypot(*self.size) / 2
        variance = np.square(spread + MOTION_STD / np.array([reach, reach, 1, 1]))
        off = step - usual
        if off @ np.linalg.pinv(np.linalg.pinv(refined.information) + np.diag(variance)) @ off < 4 * DOUBT**2:
            prior = np.diag(1 / variance)
            posterior = refined.information + prior
            step = np.linalg.solve(posterior, refined.information @ step + prior @ usual)
            refined = replace(refined, information=posterior)
        error = refined.error(self.size)
        self.steps.append((step, error))
        return Pose(compose(_from_parameters(step, self.size), following), method, error)

    def _brightness_error(self, current: GreyImage, matrix: np.ndarray) -> float:
        """Measure the mean brightness difference to the next frame, of 255; a painted pixel counts as one clear one."""
        one, two, inside = self._warp_both(current, matrix)
        return float(_clipped_difference(one, two)[inside].mean()) if inside.mean() > 0.1 else np.inf

    def _is_better(self, current: GreyImage, matrix: np.ndarray, than: np.ndarray) -> bool:
        """Tell whether one pose fits the next frame clearly better than another, on pixels alike under either."""
        one, two, inside = self._warp_both(current, matrix)
        other, _, other_inside = self._warp_both(current, than)
        difference, other_difference = _clipped_difference(one, two), _clipped_difference(other, two)
        alike = inside & other_inside & (np.minimum(difference, other_difference) < 2 * TOUCHED_LEVEL)
        if not alike.any():
            return bool(inside.any())
        return bool(difference[alike].mean() < BRIGHTNESS_GAIN * other_difference[alike].mean())

    def _warp_both(self, current: GreyImage, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Warp the frame and the next one onto the last; returns both, and where both can be seen."""
        following = self.registered[0]
        one, inside = warp(current.pixels, matrix, self.size)
        two, too = warp(following.image.pixels, following.matrix, self.size)
        return one, two, inside & too

    def _is_related(self, current: GreyImage, matrix: np.ndarray) -> bool:
        """Tell whether the frame can be the one before the next, at this pose.

        It is bare, outlines are where they were, or there are none, but what is not ground is the same.
        """
        if current.is_bare or self._agreement(current, matrix) > SAME_CANVAS:
            return True
        one, two, inside = self._warp_both(current, matrix)
        figure = inside & (cv2.absdiff(one, np.full_like(one, int(np.median(one)))) > TOUCHED_LEVEL)
        changed = float((cv2.absdiff(one, two) > TOUCHED_LEVEL)[inside].mean())
        return changed < MAX_FIGURE_CHANGE * float(figure.mean())

    def _is_found_again(self, current: GreyImage, matrix: np.ndarray) -> bool:
        """Tell whether the last frame itself confirms the pose."""
        return outline_agreement(current.outlines, self.last.image.outlines, matrix) > SURELY_SAME_CANVAS


def _from_parameters(parameters: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Build a small transform from (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    scale, turn, dx, dy = (float(v) for v in parameters)
    return from_parts((dx, dy), 1 + scale, float(np.degrees(turn)), size)


def _to_parameters(change: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Express a small transform as (scale-1, angle in radians, dx, dy) about the middle of (width, height)."""
    return np.array([scale_of(change) - 1, np.radians(angle_of(change)), *shift_of(change, size)])


def _clipped_difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.minimum(cv2.absdiff(a, b), 4 * TOUCHED_LEVEL).astype(np.float32)
