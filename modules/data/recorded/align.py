"""Hold the canvas of a recorded process still: every frame is brought to where the last one shows things.

For each frame, from the last to the first, several transforms are tried, and the one that leaves the least difference
to the next frame, already aligned, is taken: none beyond the next frame's; features matched with the last frame or with
the next one (SIFT, RANSAC); frequencies (Fourier-Mellin) where there are too few features. ECC then refines it over
what was not painted in between.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...errors import UserError
from ...files import atomic_folder
from ..process import Process, read_rgb, write_rgb
from .extract import frame_file
from .moved import find_moved
from .similarity import (
    IDENTITY,
    Features,
    angle_of,
    compose,
    displacement,
    find_features,
    fit_features,
    fourier_mellin,
    invert,
    nearest_similarity,
    scale_of,
    shift_of,
    warp,
)
from .views import kept_outlines, outlines

TOUCHED = 13 / 255  # what differs by less was not painted
WEIGHT = 4 * TOUCHED  # of a pixel that was painted, however much it changed: this much error
BETTER = 0.93  # a transform must leave so much less error than staying put, or the frame has not moved
STILL, UNMOVED = 0.25, 0.15  # pixels; smaller moves are the noise of features, and of what ECC has refined
OFTEN, DRIFT = 3, 0.25  # every so many frames that seem still, a drift of so many pixels is looked for
FARTHEST = 4.0  # pixels by which ECC may correct
UNEXPLAINED = 0.6  # share of the canvas that still differs after alignment in a pair that shows no common outlines
COMMON = 0.2  # share of outlines in common below which a pair has none
FEW = 20  # features, below which frequencies are asked


@dataclass(frozen=True)
class Placed:
    """Where a frame goes: its transform to the last frame, how it was found, and what speaks for it."""

    matrix: np.ndarray
    method: str  # last, still, sift, sift-last, sift-anchor, fourier-mellin; "+ecc" where refined
    inliers: int
    rmse: float  # pixels, of the features that agree; 0 without features
    explained: bool = True  # False: nothing relates it to the next frame

    def report(self, frame: int, size: tuple[int, int]) -> dict[str, Any]:
        """For process.json: shift of the picture's middle in pixels, scale, angle in degrees."""
        return {
            "frame": frame,
            "method": self.method,
            "shift": [round(v, 3) for v in shift_of(self.matrix, size)],
            "scale": round(scale_of(self.matrix), 5),
            "angle": round(angle_of(self.matrix), 4),
            "inliers": self.inliers,
            "rmse": round(self.rmse, 3),
        }


@dataclass(frozen=True)
class Reference:
    """A frame that is placed already: (H,W) uint8 grey, its features, and its transform to the last frame."""

    grey: np.ndarray
    features: Features
    matrix: np.ndarray


class Aligner:
    """Places frames one by one, from the last to the first."""

    def __init__(self, last: np.ndarray) -> None:
        self.size = (last.shape[1], last.shape[0])
        grey = _grey(last)
        self.last = self.next = self.anchor = Reference(grey, find_features(grey), IDENTITY)
        self.stills = 0

    def place(self, frame: np.ndarray) -> Placed:
        """The transform of (H,W,3) uint8, the frame before those that were placed so far."""
        grey = _grey(frame)
        features = find_features(grey)
        best = self._place(grey, features)
        if best.method == "still":
            self.stills += 1
            if self.stills % OFTEN == 0:
                best = self._since_anchor(grey, features, best)
        best = replace(best, explained=self._is_explained(grey, best))
        self.next = Reference(grey, features, best.matrix)
        if best.method != "still":
            self.anchor, self.stills = self.next, 0
        return best

    def _place(self, grey: np.ndarray, features: Features) -> Placed:
        still = Placed(self.next.matrix, "still", 0, 0.0)
        fit = fit_features(features, self.next.features)
        if fit is not None and fit.inliers >= FEW and displacement(fit.matrix, self.size) < STILL:
            return still
        candidates = []
        if fit is not None:
            candidates.append(Placed(compose(self.next.matrix, fit.matrix), "sift", fit.inliers, fit.rmse))
        if (fit := fit_features(features, self.last.features, least=12)) is not None:
            candidates.append(Placed(fit.matrix, "sift-last", fit.inliers, fit.rmse))
        if not candidates and min(len(features.points), len(self.next.features.points)) < FEW:
            found = fourier_mellin(grey, self.next.grey)
            if found is not None:
                candidates.append(Placed(compose(self.next.matrix, found[0]), "fourier-mellin", 0, 0.0))
        best, error = still, np.inf
        for candidate in candidates:
            refined, its_error = self._refine(grey, candidate, self.next)
            if its_error < error and self._is_better(grey, refined.matrix, still.matrix, self.next):
                best, error = refined, its_error
        change = compose(invert(still.matrix), best.matrix)
        return still if displacement(change, self.size) < UNMOVED else best

    def _since_anchor(self, grey: np.ndarray, features: Features, still: Placed) -> Placed:
        """A drift too slow to be seen from frame to frame, against the frame at which the canvas last moved."""
        fit = fit_features(features, self.anchor.features)
        if fit is None:  # too much was painted since
            self.anchor, self.stills = Reference(grey, features, still.matrix), 0
            return still
        there = Placed(compose(self.anchor.matrix, fit.matrix), "sift-anchor", fit.inliers, fit.rmse)
        there, _ = self._refine(grey, there, self.anchor)
        if displacement(compose(invert(still.matrix), there.matrix), self.size) < DRIFT:
            return still
        return there if self._is_better(grey, there.matrix, still.matrix, self.anchor) else still

    def _error(self, grey: np.ndarray, matrix: np.ndarray, to: Reference) -> float:
        """Mean difference to a reference, both as the last frame shows things; a painted pixel counts as WEIGHT."""
        one, two, inside = self._both(grey, matrix, to)
        return float(np.minimum(_difference(one, two), WEIGHT)[inside].mean()) if inside.mean() > 0.1 else np.inf

    def _is_better(self, grey: np.ndarray, matrix: np.ndarray, than: np.ndarray, to: Reference) -> bool:
        """Whether a transform fits a reference clearly better than another, by pixels that either says are alike."""
        one, two, inside = self._both(grey, matrix, to)
        other, _, too = self._both(grey, than, to)
        with_it, without = _difference(one, two), _difference(other, two)
        alike = inside & too & (np.minimum(with_it, without) < 2 * TOUCHED)
        if not alike.any():
            return bool(inside.any())
        return float(np.minimum(with_it, WEIGHT)[alike].mean()) < BETTER * float(
            np.minimum(without, WEIGHT)[alike].mean()
        )

    def _both(self, grey: np.ndarray, matrix: np.ndarray, to: Reference) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The frame and the reference as the last frame shows things, and where both can be seen."""
        one, covers = warp(grey, matrix, self.size)
        two, too = warp(to.grey, to.matrix, self.size)
        return one, two, covers & too

    def _refine(self, grey: np.ndarray, placed: Placed, to: Reference) -> tuple[Placed, float]:
        """Refine by ECC over the pixels that were not painted, and the error; what comes out worse is not taken."""
        error = self._error(grey, placed.matrix, to)
        method = placed.method
        for tolerance in (4 * TOUCHED, 2 * TOUCHED, 2 * TOUCHED):  # the better it fits, the clearer what was painted
            change = self._ecc(grey, placed.matrix, to, tolerance)
            if change is None or displacement(change, self.size) > FARTHEST:
                break
            matrix = compose(change, placed.matrix)
            better = self._error(grey, matrix, to)
            if better >= error:
                break
            placed, error = replace(placed, matrix=matrix, method=f"{method}+ecc"), better
        return placed, error

    def _ecc(self, grey: np.ndarray, matrix: np.ndarray, to: Reference, tolerance: float) -> np.ndarray | None:
        """What is still to be done after `matrix`, from the pixels that differ by less than `tolerance`, or None."""
        source, target, inside = self._both(grey, matrix, to)
        same = (inside & (_difference(source, target) < tolerance)).astype(np.uint8)
        same = np.asarray(cv2.erode(same, np.ones((3, 3), np.uint8)))
        if same.mean() < 0.05:
            return None
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-6)
        start = IDENTITY.astype(np.float32)
        try:
            _, affine = cv2.findTransformECC(target, source, start, cv2.MOTION_AFFINE, criteria, same, 3)
        except cv2.error:  # it did not converge
            return None
        return invert(nearest_similarity(np.asarray(affine, np.float64), self.size))

    def _is_explained(self, grey: np.ndarray, placed: Placed) -> bool:
        """Whether the frame can be the one before the next: much is the same, or the outlines are, or it is bare."""
        one, two, inside = self._both(grey, placed.matrix, self.next)
        if not inside.any():
            return False
        if float((_difference(one, two) > TOUCHED)[inside].mean()) < UNEXPLAINED:
            return True
        core = np.asarray(cv2.erode(inside.astype(np.uint8), np.ones((9, 9), np.uint8)))  # not the canvas's own edge
        kept = kept_outlines(outlines(one) * core, outlines(two) * core)
        return kept is None or kept > COMMON


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
    aligner, placed = Aligner(last), [Placed(IDENTITY, "last", 0, 0.0)]
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
