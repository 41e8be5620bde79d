"""Plan files: a plan spec as TOML, complete or overrides only; all mistakes are reported at once.

The same keys as `PlanSpec.to_json`, all of which may be left out, and shorter forms: docs/steering.md has them all. A
file that `ppp plan` printed gives exactly the plan that it was printed from.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..brush.media import MEDIA
from ..io.errors import UserError
from ..io.files import read_text
from .edits import Degrees, Group, Order, Passes, PlanEdit, Seeds, Skip, with_order
from .habits import HABITS
from .named_plans import DRAFTS, OWN
from .order import first_pass_order, unit_order
from .part_names import PartNames
from .plan import EVERYTHING, WHOLE, Plan
from .spec import ENDINGS, FROM_CANVAS, STARTS, BrushStyle, PlannedPass, PlanSpec
from .validate import find_mistakes, step_numbers, whole_number

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class PlanFile:
    """The content of a plan file, or of the spec that a process.json keeps; a plan edit.

    Attributes:
        data: its keys and values.
        source: what to call it in messages.
    """

    data: Mapping[str, Any]
    source: str

    @classmethod
    def load(cls, path: Path) -> "PlanFile":
        """Read a TOML file. UserError when it is missing or no TOML; keys are checked once the parts are known."""
        return cls.parse(read_text(path, f"{path} cannot be read as a plan file."), str(path))

    @classmethod
    def parse(cls, text: str, source: str) -> "PlanFile":
        """Parse the text of a TOML file, called `source` in messages. UserError when it is no TOML."""
        try:
            return cls(tomllib.loads(text), source)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise UserError(
                f"{source} is not valid TOML.", f"{error}.", "ppp plan PAINTING prints a plan file."
            ) from None

    @property
    def plan(self) -> str:
        """Name of the plan that it changes, as written."""
        return str(self.data.get("plan", "artist"))

    @property
    def draft(self) -> str:
        """The key of `DRAFTS` to start from; an unknown plan is reported later, with all other mistakes.

        Where the passes of a learned plan are written out, nobody has to be asked for them.
        """
        written = self.plan == "learned" and isinstance(self.data.get("passes"), list)
        return OWN if self.has_drawn else self.plan if self.plan in DRAFTS and not written else "artist"

    @property
    def has_drawn(self) -> bool:
        """Whether it holds the degrees that its plan drew, so that nothing has to be drawn."""
        return "drawn" in self.data

    @property
    def habit(self) -> str | None:
        """The habit, if it names one that exists."""
        habit = self.data.get("habit")
        return habit if isinstance(habit, str) and habit in HABITS else None

    @property
    def medium(self) -> str | None:
        """The medium, if it names one that exists."""
        medium = self.data.get("medium")
        return medium if isinstance(medium, str) and medium in MEDIA else None

    @property
    def seed(self) -> int | None:
        """The seed, if it gives one."""
        return whole_number(self.data.get("seed"))

    @property
    def frames(self) -> int | None:
        """Number of frames, if it gives one; a plan of its own steps has as many as they need."""
        if (frames := whole_number(self.data.get("frames"))) is not None or self.plan != OWN:
            return frames
        steps = self.data.get("steps")
        numbers = step_numbers(steps if isinstance(steps, list) else [], 2)
        return max((step[-1] for step in numbers if step), default=2) + 1  # a file may say repeat = 10**12

    def check_frames(self, n_frames: int) -> None:
        """Raise UserError when it gives every step itself, and is for another number of frames."""
        if self.frames not in (None, n_frames) and (self.has_drawn or self.plan == OWN):
            raise UserError(
                f"{self.source} is a plan for {self.frames} frames, but {n_frames} were requested.",
                "It gives every step itself.", "Leave out the number of frames, or change the file.",
            )  # fmt: skip

    def check(self, names: PartNames, n_frames: int, first: int, from_canvas: bool) -> None:
        """Raise UserError with all its mistakes; arguments as in `find_mistakes`."""
        if wrong := find_mistakes(self.data, names, n_frames, first, from_canvas):
            count = "one mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
            raise UserError(f"{self.source} has {count}.", "; ".join(wrong), "ppp plan PAINTING prints a right one.")

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        """Override a spec with what the file says. UserError with all its mistakes."""
        self.check(names, spec.n_frames, spec.first_step, spec.start == FROM_CANVAS)
        data = self.data
        changes: dict[str, Any] = {"name": self.plan}
        if "start" in data and spec.start != FROM_CANVAS:
            changes["start"] = data["start"]
        if "ground" in data:
            changes["ground"] = tuple(float(v) for v in data["ground"])
        changes |= {key: data[key] for key in ("habit", "medium", "ending") if key in data}
        if "manner" in data:
            changes["brush_style"] = BrushStyle(**{**vars(spec.brush_style), **data["manner"]})
        if isinstance(data.get("passes"), list):
            changes["passes"] = _planned_passes(data["passes"], names)
        if self.has_drawn:
            changes["rows"] = _rows(data["drawn"], spec)
        spec = replace(spec, **changes)
        for edit in self._edits(spec, names):
            spec = self._apply_edit(edit, spec, names)
        return spec

    def _edits(self, spec: PlanSpec, names: PartNames) -> list[PlanEdit]:
        data = self.data
        parts, steps = data.get("parts", {}), data.get("steps", [])
        return [
            *(Group(name, *members) for name, members in data.get("groups", {}).items()),
            *([Passes(data["passes"])] if isinstance(data.get("passes"), int) else []),
            *(Passes(parts[name]["passes"], name) for name in names.broad_first(parts) if "passes" in parts[name]),
            *([Order(*data["order"])] if data.get("order") else []),
            *([Skip(*data["skip"])] if data.get("skip") else []),
            Degrees({name: part["degree"] for name, part in parts.items() if "degree" in part}),
            Seeds({name: part["seed"] for name, part in parts.items() if "seed" in part}),
            *(
                Degrees(step["degrees"], step=numbers)
                for step, numbers in zip(steps, step_numbers(steps, spec.first_step), strict=True)
            ),
        ]

    def _apply_edit(self, edit: PlanEdit, spec: PlanSpec, names: PartNames) -> PlanSpec:
        """Apply an edit; passes that are written out stay as they are, unless their order is another one."""
        if isinstance(self.data.get("passes"), list):
            if isinstance(edit, Group):
                names.groups[edit.name] = tuple(names.parts(edit.members))
                return replace(spec, groups={**spec.groups, edit.name: names.groups[edit.name]})
            if isinstance(edit, Order):
                units = names.units(edit.names)
                place = {part: unit for unit, parts in enumerate(units) for part in parts}
                written = [place[part] for part in first_pass_order(spec.passes) if part in place]
                if written == sorted(written):
                    return replace(spec, order=unit_order(spec.passes, units))
                return with_order(spec, units)
        return edit.apply(spec, names)


def _planned_passes(rows: list[Mapping[str, Any]], names: PartNames) -> tuple[PlannedPass, ...]:
    """Read `passes`: in each row one pass of each part that it names, but for those that have rows of their own."""
    named = [name for name in dict.fromkeys(row["part"] for row in rows) if name != EVERYTHING]
    parts = {name: [part for unit in names.rest(name, named) for part in unit] for name in named}
    parts[EVERYTHING] = [WHOLE]
    passes: list[PlannedPass] = []
    for row in rows:
        rest = (row["finish"], float(row["brush"]), float(row.get("weight", 1)), row.get("together", False))
        passes += [PlannedPass(part, *rest) for part in parts[row["part"]]]
    return tuple(passes)


def _rows(drawn: list[Mapping[str, Any]], spec: PlanSpec) -> np.ndarray:
    rows = np.zeros((spec.n_frames - 1, len(spec.label_set)), np.float32)
    for step, numbers in zip(drawn, step_numbers(drawn, 1), strict=True):
        for name, degree in step["degrees"].items():
            rows[numbers.start - 1, spec.label_set.index(name)] = degree
    return rows


def to_toml(plan: Plan, title: str) -> str:
    """Write a plan as a TOML file that a person can edit and give back; beside each pass stand its frames."""
    assert plan.spec is not None
    data = plan.spec.to_json()
    lines = [
        f"# {title}",
        "# Give it back with: ppp run PAINTING --plan FILE. Everything may be changed, or left out.",
        f"# medium: {', '.join(MEDIA)}; ending: {', '.join(ENDINGS)}; start: {', '.join(STARTS)}.",
        "# Degrees are 0 to 1. Passes are made from top to bottom; their finish is one of wash, lined, flat, form,",
        "# smooth, painting; weight is time spent on it, brush a share of the longest side.",
        "",
    ]
    lines += [
        _entry(key, data[key])
        for key in ("plan", "habit", "medium", "ending", "start", "ground", "frames", "seed", "order")
        if key in data
    ]
    frames = _frames_of_passes(plan) if plan.spec.rows is None else []
    for key in ("steps", "passes", "drawn"):
        if key in data:
            beside = [f"  # {text}" for text in frames] if key == "passes" and frames else [""] * len(data[key])
            rows = [f"  {_value(row)},{comment}" for row, comment in zip(data[key], beside, strict=True)]
            lines += ["", f"{key} = [", *rows, "]"]
    lines += ["", "[manner]  # direction of work (radians), how much the light orders it, how it wanders and reaches"]
    lines += [_entry(key, value) for key, value in data["manner"].items()]
    if "groups" in data:
        lines += ["", "[groups]", *(_entry(name, members) for name, members in data["groups"].items())]
    for name, part in data.get("parts", {}).items():
        lines += ["", f"[parts.{_key(name)}]", *(_entry(key, value) for key, value in part.items())]
    return "\n".join(lines) + "\n"


def _frames_of_passes(plan: Plan) -> list[str]:
    """Name the frames of every planned pass; one that would change nothing is not made."""
    assert plan.spec is not None
    frames: dict[int, list[int]] = {}
    for number, slices in enumerate(plan.slices, 1):
        for piece in slices:
            frames.setdefault(piece.index, []).append(number)
    # Passes are the planned ones that change something: of one part in the same order, of others perhaps not.
    left = list(enumerate((work.part, work.finish_name) for work in plan.passes))
    found = []
    for planned in plan.spec.passes:
        made = next((pair for pair in left if pair[1] == (planned.part, planned.finish)), None)
        if made is None or made[0] not in frames:
            found.append("not made: it would change nothing")
            continue
        left.remove(made)
        first, last = frames[made[0]][0], frames[made[0]][-1]
        found.append(f"frame {first}" if first == last else f"frames {first} to {last}")
    return found


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    """Write a TOML value; JSON writes all but tables the same way."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(_entry(key, inner) for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _entry(key: str, value: Any) -> str:
    return f"{_key(key)} = {_value(value)}"
