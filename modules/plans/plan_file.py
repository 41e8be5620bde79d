"""Plan files: a recipe as TOML that a person edits, or only what is wanted otherwise; read back with all mistakes told.

The same keys as `PlanSpec.to_json`, all of which may be left out, and shorter ways to say things: docs/steering.md has
them all. A file that `ppp plan` printed gives exactly the plan that it was printed from.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..io.errors import UserError
from ..io.files import read_text
from .edits import Degrees, Group, Names, Order, Passes, PlanEdit, Seeds, Skip, in_order
from .habits import HABITS
from .order import begun_order
from .passes import BrushStyle, PlannedPass
from .plan import WHOLE, Plan
from .spec import EVERYTHING, FROM_CANVAS, STARTS, PlanSpec
from .validate import SpecValidator

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says, or the recipe that a process.json keeps. One of the things that steer a plan.

    Attributes:
        data: its keys and values.
        source: what to call it in messages.
    """

    data: Mapping[str, Any]
    source: str

    @classmethod
    def load(cls, path: Path) -> PlanFile:
        """Read a TOML file. UserError when it is missing or no TOML; what it says is checked when parts are known."""
        return cls.parse(read_text(path, f"{path} cannot be read as a plan file."), str(path))

    @classmethod
    def parse(cls, text: str, source: str) -> PlanFile:
        """A book from the text of a TOML file, called `source` in messages. UserError when it is no TOML."""
        try:
            return cls(tomllib.loads(text), source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise UserError(f"{source} is no plan file.", f"{error}.", "ppp plan PAINTING prints one.") from None

    @property
    def plan(self) -> str:
        """The plan that it changes."""
        return str(self.data.get("plan", "artist"))

    @property
    def drawn(self) -> bool:
        """Whether it holds the degrees that its plan drew, so that nothing has to be drawn."""
        return "drawn" in self.data

    @property
    def habit(self) -> str | None:
        habit = self.data.get("habit")
        return habit if isinstance(habit, str) and habit in HABITS else None

    @property
    def seed(self) -> int | None:
        return _whole(self.data.get("seed"))

    @property
    def frames(self) -> int | None:
        """How many frames it is for, if it says so; a plan whose steps are all told has as many as it needs."""
        if (frames := _whole(self.data.get("frames"))) is not None or self.plan != "own":
            return frames
        steps = self.data.get("steps")
        numbers = step_numbers(steps if isinstance(steps, list) else [], 2)
        return max((step[-1] for step in numbers if step), default=2) + 1  # a file may say repeat = 10**12

    def check_frames(self, n_frames: int) -> None:
        """UserError when it tells every step itself, and is for another number of frames."""
        if self.frames not in (None, n_frames) and (self.drawn or self.plan == "own"):
            raise UserError(
                f"{self.source} is a plan for {self.frames} frames, {n_frames} are asked for.",
                "It tells every step itself.", "Leave out the number of frames, or change the file.",
            )  # fmt: skip

    def check(self, names: Names, n_frames: int, first: int, given: bool) -> None:
        """UserError with all its mistakes. first: the first step that can be told; given: it goes on from a canvas."""
        if wrong := SpecValidator(names, n_frames, first, given).mistakes(self.data):
            many = "one mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
            raise UserError(f"{self.source} has {many}.", "; ".join(wrong), "ppp plan PAINTING prints a right one.")

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        """The recipe as the file says. UserError with all its mistakes."""
        self.check(names, recipe.n_frames, recipe.first_step, recipe.start == FROM_CANVAS)
        data = self.data
        changes: dict[str, Any] = {"name": self.plan}
        if "start" in data and recipe.start != FROM_CANVAS:
            changes["start"] = data["start"]
        if "ground" in data:
            changes["ground"] = tuple(float(v) for v in data["ground"])
        if isinstance(data.get("habit"), str):
            changes["habit"] = data["habit"]
        if "manner" in data:
            changes["manner"] = BrushStyle(**{**vars(recipe.manner), **data["manner"]})
        if isinstance(data.get("passes"), list):
            changes["passes"] = tuple(_intention(row, recipe) for row in data["passes"] if _present(row, names))
        if self.drawn:
            changes["rows"] = _rows(data["drawn"], recipe)
        recipe = replace(recipe, **changes)
        for wish in self._wishes(recipe):
            recipe = self._apply(wish, recipe, names)
        return recipe

    def _wishes(self, recipe: PlanSpec) -> list[PlanEdit]:
        data, wishes = self.data, list[PlanEdit]()
        wishes += [Group(name, *members) for name, members in data.get("groups", {}).items()]
        if isinstance(data.get("passes"), int):
            wishes.append(Passes(data["passes"]))
        parts = data.get("parts", {})
        wishes += [Passes(part["passes"], name) for name, part in parts.items() if "passes" in part]
        if data.get("order"):
            wishes.append(Order(*data["order"]))
        if data.get("skip"):
            wishes.append(Skip(*data["skip"]))
        wishes += [Degrees({name: part["degree"]}) for name, part in parts.items() if "degree" in part]
        wishes += [Seeds({name: part["seed"]}) for name, part in parts.items() if "seed" in part]
        steps = data.get("steps", [])
        for step, numbers in zip(steps, step_numbers(steps, recipe.first_step), strict=True):
            wishes.append(Degrees(step["degrees"], step=numbers))
        return wishes

    def _apply(self, wish: PlanEdit, recipe: PlanSpec, names: Names) -> PlanSpec:
        """Passes that are written out are taken as they are, unless their order is another one."""
        if isinstance(self.data.get("passes"), list):
            if isinstance(wish, Group):
                names.groups[wish.name] = tuple(names.parts(wish.members))
                return replace(recipe, groups={**recipe.groups, wish.name: names.groups[wish.name]})
            if isinstance(wish, Order):
                units = names.units(wish.names)
                flat = [part for unit in units for part in unit]
                place = {part: unit for unit, parts in enumerate(units) for part in parts}
                begun = [place[part] for part in begun_order(recipe.passes) if part in place]
                return replace(recipe, order=tuple(flat)) if begun == sorted(begun) else in_order(recipe, units)
        return wish.on(recipe, names)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def step_numbers(steps: list[Any], first: int) -> list[range]:
    """Which steps every table of `steps` is about: the one it names, or those after the table before; `repeat` more."""
    found: list[range] = []
    following = first
    for step in steps:
        table = step if isinstance(step, Mapping) else {}
        begin = _whole(table.get("frame")) or following
        last = begin + (_whole(table.get("repeat")) or 1) - 1
        frames = table.get("frames")
        if isinstance(frames, list) and len(frames) == 2 and all(_whole(f) is not None for f in frames):
            begin, last = frames
        found.append(range(begin, last + 1))
        following = last + 1
    return found


def _present(row: Mapping[str, Any], names: Names) -> bool:
    return row["part"] == EVERYTHING or bool(names.unit(row["part"]))


def _intention(row: Mapping[str, Any], recipe: PlanSpec) -> PlannedPass:
    part = WHOLE if row["part"] == EVERYTHING else recipe.label_set.index(row["part"])
    return PlannedPass(
        part, row["finish"], float(row["brush"]), float(row.get("weight", 1.0)), bool(row.get("together", False))
    )


def _rows(drawn: list[Mapping[str, Any]], recipe: PlanSpec) -> np.ndarray:
    rows = np.zeros((recipe.n_frames - 1, len(recipe.label_set)), np.float32)
    for step, numbers in zip(drawn, step_numbers(drawn, 1), strict=True):
        for name, degree in step["degrees"].items():
            rows[numbers.start - 1, recipe.label_set.index(name)] = degree
    return rows


# ---- as text


def to_toml(plan: Plan, title: str) -> str:
    """A plan as a file that a person can edit and give back, with the frames in which each pass is made beside it."""
    assert plan.recipe is not None
    data = plan.recipe.to_json()
    lines = [
        f"# {title}",
        "# Give it back with: ppp run PAINTING --plan FILE. Everything may be changed, or left out.",
        f"# start: {', '.join(STARTS)}. Degrees are 0 to 1. Passes are made from top to bottom; their finish is one of",
        "# wash, lined, flat, form, smooth, painting; weight is time spent on it, brush a share of the longest side.",
        "",
    ]
    for key in ("plan", "habit", "start", "ground", "frames", "seed", "order"):
        if key in data:
            lines.append(f"{key} = {_value(data[key])}")
    made = _when(plan)
    for key in ("steps", "passes", "drawn"):
        if key in data:
            lines += ["", f"{key} = ["]
            for number, row in enumerate(data[key]):
                beside = f"  # {made[number]}" if key == "passes" and plan.recipe.rows is None else ""
                lines.append(f"  {_value(row)},{beside}")
            lines.append("]")
    lines += ["", "[manner]  # direction of work (radians), how much the light orders it, how it wanders and reaches"]
    lines += [f"{key} = {_value(value)}" for key, value in data["manner"].items()]
    if "groups" in data:
        lines += ["", "[groups]", *(f"{_key(key)} = {_value(value)}" for key, value in data["groups"].items())]
    for name, part in data.get("parts", {}).items():
        lines += ["", f"[parts.{_key(name)}]", *(f"{key} = {_value(value)}" for key, value in part.items())]
    return "\n".join(lines) + "\n"


def _when(plan: Plan) -> list[str]:
    """For every intention the frames in which it is carried out; a pass that would change nothing is not made."""
    assert plan.recipe is not None
    frames: dict[int, list[int]] = {}
    for number, slices in enumerate(plan.slices, 1):
        for piece in slices:
            frames.setdefault(piece.index, []).append(number)
    # Passes are the intentions that change something: of one part in the same order, of others perhaps not.
    left = list(range(len(plan.passes)))
    found = []
    for intention in plan.recipe.passes:
        same = (
            i for i in left
            if (plan.passes[i].part, plan.passes[i].finish_name) == (intention.part, intention.finish)
        )  # fmt: skip
        index = next(same, None)
        if index is None or index not in frames:
            found.append("not made: it would change nothing")
            continue
        left.remove(index)
        first, last = frames[index][0], frames[index][-1]
        found.append(f"frame {first}" if first == last else f"frames {first} to {last}")
    return found


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    """A TOML value: text, numbers, lists and inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_value(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
