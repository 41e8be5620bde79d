"""Plan context: the painting at plan size, with its parts, its states of finish and its ground."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, TypeVar

import cv2
import numpy as np

from ..finish_levels import finish_states
from ..imaging.resize import fit_size, resize, resize_labels
from ..labels import LabelSet
from ..occlusion import across, behind_map
from .subject import find_subject

PLAN_SIZE = 128  # longest side of a plan's maps
GROUNDS = ("white", "toned", "dark")
GROUND_DIFFERENCE = 0.12  # where a canvas differs from the painting by more than this it may show its ground


@dataclass(frozen=True)
class PlanContext:
    """A painting at plan size."""

    painting: np.ndarray = field(repr=False)  # (h,w,3) float32 in [0,1]
    labels: np.ndarray = field(repr=False)  # (h,w) uint8
    label_set: LabelSet
    ground: np.ndarray  # (3,) RGB
    states: np.ndarray = field(repr=False)  # (M,h,w,3), of `finish_levels.finish_states`
    light: np.ndarray = field(repr=False)  # (h,w) float32 in [0,1], lightness without its details
    behind: np.ndarray = field(repr=False)  # (h,w) uint8, the part whose colour the state `under` shows at each pixel
    front: np.ndarray = field(repr=False)  # the same of the state `over`
    subject: str  # key of `SUBJECTS`
    initial_canvas: np.ndarray | None = field(default=None, repr=False)  # (h,w,3); None is the bare one

    @property
    def shape(self) -> tuple[int, int]:
        """(h, w) of all maps."""
        return self.labels.shape[0], self.labels.shape[1]

    @cached_property
    def present(self) -> list[int]:
        """Classes with pixels, far to near; padding (class `edge`) is never painted by name."""
        return sorted(self.label_set.present(self.labels), key=self.label_set.depth_order.tolist().__getitem__)

    @cached_property
    def known(self) -> dict[tuple[Any, ...], Any]:
        """What functions have found out about the labels, see `remembered`."""
        return {}

    @cached_property
    def touching(self) -> frozenset[tuple[int, int]]:
        """Pairs of parts with a common border, each both ways."""
        found: set[tuple[int, int]] = set()
        for first, second in ((self.labels[1:], self.labels[:-1]), (self.labels[:, 1:], self.labels[:, :-1])):
            a, b = first[first != second].tolist(), second[first != second].tolist()
            found |= {*zip(a, b, strict=True), *zip(b, a, strict=True)}
        return frozenset(found)

    @property
    def ground_rgb(self) -> tuple[float, float, float]:
        """The ground as plain numbers."""
        return float(self.ground[0]), float(self.ground[1]), float(self.ground[2])

    def share(self, part: int) -> float:
        """Measure the share of the canvas that a part covers, in [0,1]."""
        return float((self.labels == part).mean())


Found = TypeVar("Found")


def remembered(find: Callable[..., Found]) -> Callable[..., Found]:
    """Make a function of a context and parts find the same thing once: hundreds of parts have a million pairs."""

    @wraps(find)
    def found(context: PlanContext, *parts: int) -> Found:
        key = (find, *parts)
        if key not in context.known:
            context.known[key] = find(context, *parts)
        answer: Found = context.known[key]
        return answer

    return found


def ground_colour(painting: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Draw the RGB (3,) of a ground for a painting (H,W,3).

    kind: `white` is primed canvas or paper; `toned` and `dark` lean to the painting's own colour.
    """
    if kind == "white":
        return np.array([0.965, 0.955, 0.935], np.float32)
    mean = painting.reshape(-1, 3).mean(axis=0)
    earth = np.array([[0.66, 0.50, 0.32], [0.55, 0.51, 0.44], [0.62, 0.43, 0.31], [0.52, 0.51, 0.50]])[rng.integers(4)]
    tone = 0.25 * mean + 0.75 * earth
    # A middle tone for a picture of middle tones; nobody begins a night on light grey.
    middle = float(np.clip(1.5 * mean.mean(), 0.24, 0.62))
    lightness = {"toned": rng.uniform(0.68, 1.0) * middle, "dark": rng.uniform(0.5, 0.9) * min(middle, 0.28)}[kind]
    ground = np.clip(tone * lightness / float(tone.mean()), 0.03, 0.95)  # earth is never black
    # Nobody begins a snow scene on umber: a ground is no further from the picture than the bare canvas is.
    bare = float(np.abs(painting - 1.0).mean())
    for share in (0.0, 0.25, 0.5, 0.75):
        mixed = (1 - share) * ground + share * mean
        if float(np.abs(painting - mixed).mean()) <= bare:
            return mixed.astype(np.float32)
    return mean.astype(np.float32)


def ground_beneath(canvas: np.ndarray, painting: np.ndarray, default: np.ndarray) -> np.ndarray:
    """Estimate the RGB (3,) of the ground of a half-painted canvas (H,W,3).

    It is the most common colour where the canvas differs from the painting (H,W,3); `default` (3,) when it hardly does.
    """
    size = fit_size(painting.shape, PLAN_SIZE)
    now, then = (resize(picture, size).reshape(-1, 3) for picture in (canvas, painting))
    colours = now[np.abs(now - then).max(axis=1) > GROUND_DIFFERENCE]
    if len(colours) < 0.02 * len(now):
        return default
    _, where, counts = np.unique(np.round(colours * 8), axis=0, return_inverse=True, return_counts=True)
    found: np.ndarray = np.median(colours[where.reshape(-1) == counts.argmax()], axis=0)
    return found.astype(np.float32)


def make_context(
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    ground: np.ndarray,
    initial_canvas: np.ndarray | None = None,
    medium: str = "oil",
) -> PlanContext:
    """Scale a painting to plan size and derive what planning needs of it.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        ground: (3,) RGB that the states of finish lie on.
        initial_canvas: (H,W,3) float32 in [0,1] to continue from, if any.
        medium: name in `brush.MEDIA`.
    """
    size = fit_size(painting.shape, PLAN_SIZE)
    small, parts = resize(painting, size).reshape(size[1], size[0], 3).astype(np.float32), resize_labels(labels, size)
    light = cv2.GaussianBlur(small.mean(axis=2), (0, 0), max(size) / 50)
    behind, front = behind_map(parts, label_set), parts[across(parts, label_set, nearer=True)]
    states = finish_states(small, parts, label_set, ground)
    if initial_canvas is not None:
        initial_canvas = resize(initial_canvas, size).reshape(small.shape).astype(np.float32)
    subject = find_subject(painting, labels, label_set, medium)
    return PlanContext(small, parts, label_set, ground, states, light, behind, front, subject, initial_canvas)
