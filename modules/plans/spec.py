"""Plan spec: every parameter of a plan that a person may edit, as plain serialisable data.

A spec and a context give exactly one plan (`dry_run.build_plan`), so a stored spec is a process that can be painted
again. The drafts of `PLANS` make specs, the edits of `edits.py` change them, `plan_file.py` stores them as TOML.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..io.errors import UserError
from ..labels import LabelSet
from .plan import EVERYTHING, WHOLE

STARTS = ("toned", "sketch", "mass", "block")  # what frame 1 shows: a toned ground, lines, a first mass, a block-in
ENDINGS = ("painting", "brush")  # how it ends: as the picture itself, or as the brush leaves it
FROM_CANVAS = "given"  # the start of a process that continues from an initial canvas
MOST_FRAMES = 10_000


def check_n_frames(n_frames: int) -> None:
    """Raise UserError for a number of frames that no process can have."""
    if n_frames < 2:
        raise UserError(f"{n_frames} frames are too few.", "The bare canvas is frame 0.", "Ask for 2 or more.")
    if n_frames > MOST_FRAMES:
        raise UserError(f"{n_frames} frames are too many.", fix=f"Ask for {MOST_FRAMES} or fewer.")


@dataclass(frozen=True)
class PlannedPass:
    """One pass as it is intended: part (or `WHOLE`), level of finish, brush width, share of time.

    `together`: begins when the pass before it begins (small features are painted while their face is).
    """

    part: int
    finish: str
    brush: float
    weight: float = 1.0
    together: bool = False


@dataclass(frozen=True)
class BrushStyle:
    """How one artist goes over a part."""

    direction: float  # of the work, in radians
    by_light: float  # how much the light orders the work; 0 = not at all
    wander: float  # how far the work strays from its direction
    reach: float  # how far masses are drawn past outlines, as a share of the longest side
    covers: bool  # whether the first coat of a far part is laid under all that will stand before it, leaving no hole


def draw_brush_style(rng: np.random.Generator, covers: float) -> BrushStyle:
    """Draw one artist's brush style: most work from the top down and somewhat sideways, some by the light.

    covers: share of the artists whose first coats cover.
    """
    return BrushStyle(
        direction=float(np.pi / 2 + rng.normal(0, 0.6)),
        by_light=float(rng.choice([0.0, 0.3, 0.6])),
        wander=float(rng.uniform(0.08, 0.25)),
        reach=float(rng.uniform(0.005, 0.018)),
        covers=bool(rng.random() < covers),
    )


@dataclass(frozen=True)
class PlanSpec:
    """How one artist paints one picture.

    Attributes:
        name: of the plan: artist, reverse, random, dataset, learned or own.
        habit: name of the way of working.
        start: one of `STARTS`; `FROM_CANVAS` where frame 0 is an initial canvas.
        ground: RGB in [0,1] of the toned ground or of the paper.
        seed: draws where each pass wanders.
        n_frames: N, frame 0 included.
        label_set: whose classes the parts are.
        brush_style: how this artist goes over a part.
        passes: in the order in which they are made; with `rows` those of one part are its queue.
        medium: name in `brush.MEDIA`.
        ending: one of `ENDINGS`.
        rows: (N-1,K) in [0,1], degrees drawn for every step, or None when the passes are scheduled by time.
        degrees: part -> requested degree over the whole process.
        seeds: part -> a seed of its own.
        steps: (frame, part) -> requested degree in the step that makes this frame.
        order: parts in the order in which they must be begun.
        groups: name -> parts that are painted as one.
    """

    name: str
    habit: str
    start: str
    ground: tuple[float, float, float]
    seed: int
    n_frames: int
    label_set: LabelSet
    brush_style: BrushStyle
    passes: tuple[PlannedPass, ...] = field(repr=False)
    medium: str = "oil"
    ending: str = "painting"
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
    def partial_parts(self) -> frozenset[int]:
        """Parts that must stay unfinished: nothing but their own passes may touch them."""
        return frozenset(part for part, degree in self.degrees.items() if degree < 1)

    @property
    def first_step(self) -> int:
        """The first step that takes requested degrees: frame 1 is the artist's start, except on an initial canvas."""
        return 1 if self.start == FROM_CANVAS or self.n_frames == 2 else 2

    def rng(self, part: int, number: int) -> np.random.Generator:
        """Make the generator of pass `number` over a part, independent of all other passes."""
        name = self.part_name(part).encode()
        return np.random.default_rng([self.seeds.get(part, self.seed), zlib.crc32(name), number])

    def grouped_with(self, part: int) -> frozenset[int]:
        """Get the other parts of a part's group."""
        return frozenset(k for group in self.groups.values() if part in group for k in group if k != part)

    def part_name(self, part: int) -> str:
        """Get the name of a part, `EVERYTHING` for `WHOLE`."""
        return EVERYTHING if part == WHOLE else self.label_set.names[part]

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values, parts by name, without empty fields; `PlanFile` reads them."""
        names = self.label_set.names
        data: dict[str, Any] = {
            "plan": self.name,
            "habit": self.habit,
            "medium": self.medium,
            "ending": self.ending,
            "start": self.start,
            "ground": [shortest_float(np.float32(v)) for v in self.ground],
            "frames": self.n_frames,
            "seed": self.seed,
            "order": [names[p] for p in self.order],
            "groups": {name: [names[p] for p in group] for name, group in self.groups.items()},
            "manner": dict(vars(self.brush_style)),
            "parts": {
                names[p]: ({"degree": float(self.degrees[p])} if p in self.degrees else {})
                | ({"seed": int(self.seeds[p])} if p in self.seeds else {})
                for p in sorted({*self.degrees, *self.seeds})
            },
            "steps": _by_frame(self.steps, names),
            "passes": [
                {"part": self.part_name(planned.part), "finish": planned.finish, "brush": float(planned.brush)}
                | ({"weight": float(planned.weight)} if planned.weight != 1 else {})
                | ({"together": True} if planned.together else {})
                for planned in self.passes
            ],
        }
        if self.rows is not None:
            rows = self.rows
            drawn = {(int(s) + 1, int(p)): shortest_float(rows[s, p]) for s, p in zip(*np.nonzero(rows), strict=True)}
            data["drawn"] = _by_frame(drawn, names)
        # An empty list of passes is kept: without the key a plan would make its own.
        return {key: value for key, value in data.items() if key == "passes" or value not in ([], {})}


def _by_frame(steps: Mapping[tuple[int, int], float], names: tuple[str, ...]) -> list[dict[str, Any]]:
    frames = sorted({frame for frame, _ in steps})
    return [
        {"frame": frame, "degrees": {names[p]: float(d) for (f, p), d in sorted(steps.items()) if f == frame}}
        for frame in frames
    ]


def shortest_float(value: np.float32) -> float:
    """Convert to the shortest number that is read back as the same float32."""
    return float(str(np.float32(value)))
