"""Lay strokes out: from where to paint, with what and how finely, to strokes in their order."""

from __future__ import annotations

import cv2
import numpy as np

from ..finish_levels import LEVELS
from ..imaging.resize import resize
from ..io.errors import UserError, choices, did_you_mean
from .media import MEDIA, LayoutContext, Medium, Passage
from .stroke import EMPTY, StrokeList

WORKING_SIZE = 512  # longest side, in pixels, at which strokes are laid out, whatever the picture's size
SMALL = 0.25  # share of a part up to which what lies on it is small, and laid in after it, in plans too
MOST_ENLARGED = 4  # but pictures are not enlarged more than this


def find_medium(name: str) -> Medium:
    """Return the medium of that name, in any case and also in American.

    Raises:
        UserError: naming the five, when there is none.
    """
    known = name.lower().replace("color", "colour")
    if known not in MEDIA:
        why = did_you_mean(known, MEDIA)
        raise UserError(f"There is no medium called {name!r}.", why, f"Use one of: {', '.join(MEDIA)}.")
    return MEDIA[known]


class Layout:
    """Lays out the strokes of one picture in one medium.

    Attributes:
        medium: the medium.
        context: the picture at the working size.
    """

    def __init__(
        self,
        painting: np.ndarray,
        labels: np.ndarray,
        medium: str,
        *,
        seed: int = 0,
        ground: np.ndarray | tuple[float, float, float] | None = None,
    ) -> None:
        """Prepare the layout of a picture.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) part of each pixel.
            medium: name in `MEDIA`.
            seed: which artist, and all that is random.
            ground: RGB in [0,1] of the bare surface; None: what the medium's artists would take for this picture.
        """
        self.medium = find_medium(medium)
        self._seed = seed
        height, width = labels.shape
        longest = min(WORKING_SIZE, MOST_ENLARGED * max(height, width))
        size = [max(1, round(side * longest / max(height, width))) for side in (width, height)]
        small = _sized(painting, (size[0], size[1]))
        self.context = LayoutContext(
            painting=np.clip(small, 0, 1),
            labels=cv2.resize(labels.astype(np.int32), size, interpolation=cv2.INTER_NEAREST_EXACT).reshape(size[::-1]),
            ground=self.medium.choose_ground(small) if ground is None else np.asarray(ground, np.float32),
            slant=float(np.random.default_rng([seed, 11]).normal(0.75, 0.3)),
        )

    def strokes(
        self,
        where: np.ndarray,
        what: np.ndarray,
        finish: str,
        *,
        step: int = 0,
        part: int | None = None,
        canvas: np.ndarray | None = None,
        travel: np.ndarray | None = None,
        reach: float | None = None,
        complete: bool | None = None,
        loose: np.ndarray | None = None,
        brush: float = 1.0,
        slender: float = 1.0,
        scatter: float = 1.0,
        number: int = 0,
    ) -> StrokeList:
        """Lay out the strokes of one pass in one step; all maps may have any size.

        Args:
            where: (h,w) in [0,1]; painted where it is over a half.
            what: (h,w,3) in [0,1], the colours to reach: a state of finish, for `wash` the flats, for `painting` the
                painting itself.
            finish: name in `finish_levels.LEVELS`.
            step: number of the frame.
            part: whose strokes these are, also where `where` lies outside it: there it goes on behind nearer parts.
                None: each place belongs to the part that the label map has there.
            canvas: (h,w,3) in [0,1], what is there before; transparent media and ink look at it, and an underdrawing
                takes its tone from it. None: the bare ground.
            travel: (h,w), the order of places, small first; None: from the top left.
            reach: how far strokes may cross outlines, in shares of the longest side; None: as the medium's artists do.
            complete: whether gaps are closed with small strokes; None: in the last finish only.
            loose: (h,w) in [0,1], where over a half strokes run out: the place ends ragged there. None: nowhere.
            brush: factor on the width of the medium's brush.
            slender: factor on the length of its strokes.
            scatter: factor on their spread of colour.
            number: tells several calls of one step apart, so that each has randomness of its own.

        Returns:
            The strokes in their order.

        Raises:
            UserError: for an unknown finish.
        """
        if finish not in LEVELS:
            raise UserError(f"There is no finish called {finish!r}.", fix=choices(finish, LEVELS))
        labels = self.context.labels
        size = labels.shape[1], labels.shape[0]
        place = _sized(where, size) > 0.5
        if self.medium.transparent and part is not None:
            place = _without_neighbours(place, labels, part)
        if not place.any():
            return EMPTY
        if canvas is None:
            canvas = np.broadcast_to(self.context.ground, (*labels.shape, 3))
        if travel is None:
            y, x = np.indices(labels.shape, np.float32)
            travel = 0.7 * y / labels.shape[0] + 0.3 * x / labels.shape[1]
        passage = Passage(
            context=self.context,
            place=place,
            what=np.clip(_sized(what, size), 0, 1),
            parts=labels if part is None else np.full_like(labels, part),
            canvas=np.clip(_sized(canvas, size), 0, 1),
            finish=finish,
            travel=_sized(travel, size),
            reach=self.medium.reach if reach is None else reach,
            complete=finish == "painting" if complete is None else complete,
            loose=None if loose is None else _sized(loose, size) > 0.5,
            rng=np.random.default_rng([self._seed, 13, step, number]),
            step=step,
            medium=list(MEDIA).index(self.medium.name),
        )
        return self.medium.paint(passage, self.medium.handled(brush, slender, scatter))


def _without_neighbours(place: np.ndarray, labels: np.ndarray, part: int) -> np.ndarray:
    """Leave out of a place (h,w) bool what stands beside its part, not what lies in it: thin paint hides nothing."""
    total, inside = np.bincount(labels.ravel()), np.bincount(labels[place], minlength=int(labels.max()) + 1)
    small = (inside > 0.9 * total) & (total < SMALL * total[part])
    small[part : part + 1] = True
    mine: np.ndarray = place & small[labels]
    return mine if mine.any() else place


def _sized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a map (h,w[,3]) to size = (width, height)."""
    values = np.ascontiguousarray(values, np.float32)
    return resize(values, size).reshape(size[1], size[0], *values.shape[2:])
