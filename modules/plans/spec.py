"""What a plan is made by: everything that a person may want to change of it, as plain data.

A recipe and a scene give exactly one plan (`perform.py`), so a recipe that is kept is a process that can be painted
again. `drafts` write recipes (a habit, a draw), the objects of `steer.py` change them, `book.py` keeps them as text.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..labels import LabelSet
from .passes import BrushStyle, PlannedPass
from .plan import WHOLE

EVERYTHING = "everything"  # what the acting part of a pass over the whole canvas is called
STARTS = ("toned", "sketch", "mass", "block")  # what frame 1 shows: the bare ground, lines, a first mass, a block-in
FROM_CANVAS = "given"  # the start of a process that goes on from somebody's own canvas


@dataclass(frozen=True)
class PlanSpec:
    """How one artist paints one picture.

    Attributes:
        name: of the plan: artist, reverse, random, dataset or own.
        habit: what this way of working is called.
        start: what frame 1 shows: toned, sketch, mass, block; `FROM_CANVAS` where somebody's own canvas is frame 0.
        ground: RGB in [0,1].
        seed: draws where each pass wanders.
        n_frames: N, frame 0 included.
        label_set: whose classes the parts are.
        manner: how this artist goes over a part.
        passes: in the order in which they are made; with `rows` those of one part are its queue.
        rows: (N-1,K) in [0,1], degrees that were drawn for every step, or None when the passes are laid along time.
        degrees: part -> how much of it is painted in the whole process, for parts of which that was said.
        seeds: part -> a seed of its own.
        steps: (frame, part) -> degree that was told for the step that makes this frame.
        order: parts in the order in which they have to be begun.
        groups: name -> parts that are driven as one.
    """

    name: str
    habit: str
    start: str
    ground: tuple[float, float, float]
    seed: int
    n_frames: int
    label_set: LabelSet
    manner: BrushStyle
    passes: tuple[PlannedPass, ...] = field(repr=False)
    rows: np.ndarray | None = field(default=None, repr=False)
    degrees: Mapping[int, float] = field(default_factory=dict)
    seeds: Mapping[int, int] = field(default_factory=dict)
    steps: Mapping[tuple[int, int], float] = field(default_factory=dict)
    order: tuple[int, ...] = ()
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def skipped(self) -> frozenset[int]:
        """Parts of which nothing is painted."""
        return frozenset(part for part, degree in self.degrees.items() if degree <= 0)

    @property
    def held(self) -> frozenset[int]:
        """Parts that are not painted to their end: nothing but their own passes may touch them."""
        return frozenset(part for part, degree in self.degrees.items() if degree < 1)

    @property
    def first_step(self) -> int:
        """The first step that can be told degrees: frame 1 is an artist's start, unless a canvas is given."""
        return 1 if self.start == FROM_CANVAS or self.n_frames == 2 else 2

    def rng(self, part: int, number: int) -> np.random.Generator:
        """Chance in pass `number` over a part. It depends on nothing else, so one part can be done differently."""
        name = EVERYTHING if part == WHOLE else self.label_set.names[part]
        return np.random.default_rng([self.seeds.get(part, self.seed), zlib.crc32(name.encode()), number])

    def fellows(self, part: int) -> frozenset[int]:
        """The parts that are driven as one with `part`."""
        return frozenset(k for group in self.groups.values() if part in group for k in group if k != part)

    def name_of(self, part: int) -> str:
        return EVERYTHING if part == WHOLE else self.label_set.names[part]

    def to_json(self) -> dict[str, Any]:
        """JSON values with parts by their names; what is not said is left out. `book.read_recipe` reads them."""
        names = self.label_set.names
        data: dict[str, Any] = {
            "plan": self.name,
            "habit": self.habit,
            "start": self.start,
            "ground": [short(np.float32(v)) for v in self.ground],
            "frames": self.n_frames,
            "seed": self.seed,
            "order": [names[p] for p in self.order],
            "groups": {name: [names[p] for p in group] for name, group in self.groups.items()},
            "manner": dict(vars(self.manner)),
            "parts": {
                names[p]: ({"degree": float(self.degrees[p])} if p in self.degrees else {})
                | ({"seed": int(self.seeds[p])} if p in self.seeds else {})
                for p in sorted({*self.degrees, *self.seeds})
            },
            "steps": _by_frame(self.steps, names),
            "passes": [
                {"part": self.name_of(i.part), "finish": i.finish, "brush": float(i.brush)}
                | ({"weight": float(i.weight)} if i.weight != 1 else {})
                | ({"together": True} if i.together else {})
                for i in self.passes
            ],
        }
        if self.rows is not None:
            found = {(int(s) + 1, int(p)): short(self.rows[s, p]) for s, p in zip(*np.nonzero(self.rows), strict=True)}
            data["drawn"] = _by_frame(found, names)
        # No passes at all is something said, too: without the key a plan would make its own.
        return {key: value for key, value in data.items() if key == "passes" or value not in ([], {})}


def _by_frame(steps: Mapping[tuple[int, int], float], names: tuple[str, ...]) -> list[dict[str, Any]]:
    frames = sorted({frame for frame, _ in steps})
    return [
        {"frame": frame, "degrees": {names[p]: float(d) for (f, p), d in sorted(steps.items()) if f == frame}}
        for frame in frames
    ]


def short(value: np.float32) -> float:
    """The shortest number that is read back as the same float32."""
    return float(str(np.float32(value)))
