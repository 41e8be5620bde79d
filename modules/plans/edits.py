"""Plan edits: what a person wants to change of a plan, as small objects that are combined in a list.

`[Group("head", "face", "eyes"), Order("hair", "head"), Degrees(hair=0.2), Degrees(face=0.8, step=5),
Skip("background"), Passes(3), Seeds(hair=7)]`. Each changes a `PlanSpec` and nothing else, one after the other. Parts
go by their names, as `part_names.py` understands them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..io.errors import UserError
from ..labels import FACIAL_FEATURES
from .habits import BROAD, FINE, LAST, MIDDLE
from .order import Unit, delay_degrees, first_pass_order, gather_group, reorder, spread_over, unit_order
from .part_names import PartNames
from .passes import FIRST_COATS
from .spec import PlannedPass, PlanSpec

__all__ = ["Degrees", "Group", "Order", "Passes", "PlanEdit", "Reverse", "Seeds", "Skip"]

MOST_PASSES = 5


class PlanEdit(Protocol):
    """One change that a person wants of a plan."""

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        """Return the changed spec. UserError for an edit that is impossible."""
        ...


@dataclass(frozen=True, init=False)
class _NamedParts:
    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


class Order(_NamedParts):
    """Begin parts in this order. Others keep their places; what lies on a part and is not named goes with it."""

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        return with_order(spec, names.units(self.names))


def with_order(spec: PlanSpec, units: Sequence[Unit]) -> PlanSpec:
    """Let the units of a spec begin in this order."""
    # A first frame that shows all of them at once would show no order.
    start = "mass" if spec.start == "block" and spec.n_frames > 2 else spec.start
    rows = None if spec.rows is None else delay_degrees(spec.rows, units, spec.first_step - 1)
    passes = reorder(spec.passes, units, spec.label_set)
    return replace(spec, passes=passes, start=start, rows=rows, order=unit_order(passes, units))


@dataclass(frozen=True)
class Reverse:
    """Begin parts in the reverse order: what this artist would have begun last comes first."""

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        units = [(part,) for part in reversed(first_pass_order(spec.passes))]
        return replace(with_order(spec, units), name="reverse")


@dataclass(frozen=True, init=False)
class Degrees:
    """Request degrees of parts, each in [0,1].

    Without `step`: over the whole process, as the share of the way from the ground (or an initial canvas) to the
    painting; 1 is all of it, 0 nothing (the same as `Skip`), and a part stays as it is once its degree is reached. With
    `step` (the number of the frame it makes, or several): in that step, of what is left then, whatever the plan had in
    mind; the rest of the part is spread over the rest of its time, so the process still ends finished.
    """

    degrees: Mapping[str, float]
    steps: tuple[int, ...]

    def __init__(
        self, degrees: Mapping[str, float] | None = None, *, step: int | Sequence[int] = (), **more: float
    ) -> None:
        object.__setattr__(self, "degrees", {**(degrees or {}), **more})
        object.__setattr__(self, "steps", (step,) if isinstance(step, int) else tuple(step))

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        requested: dict[int, float] = {}
        for name in names.broad_first(self.degrees):
            degree = self.degrees[name]
            if not 0 <= degree <= 1:
                raise UserError(f"The degree of {name} is {degree:g}.", fix="Degrees are 0 (not at all) to 1 (all).")
            requested |= dict.fromkeys(names.unit(name), float(degree))
        if not self.steps:
            return replace(spec, degrees={**spec.degrees, **requested})
        first, last = spec.first_step, spec.n_frames - 1
        if wrong := [step for step in self.steps if not first <= step <= last]:
            why = f"With {spec.n_frames} frames, degrees can be set for steps {first} to {last}."
            if wrong[0] == 1 and first == 2:
                why += " Step 1 is how this artist starts."
            raise UserError(f"Degrees cannot be set for step {wrong[0]}.", why)
        steps = {(step, part): degree for step in self.steps for part, degree in requested.items()}
        return replace(spec, steps={**spec.steps, **steps})


class Skip(_NamedParts):
    """Leave parts alone: the ground, or what was on the initial canvas, stays there."""

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        return replace(spec, degrees={**spec.degrees, **dict.fromkeys(names.parts(self.names), 0.0)})


@dataclass(frozen=True, init=False)
class Seeds:
    """Give parts seeds of their own: their passes wander in another way, all others as before."""

    seeds: Mapping[str, int]

    def __init__(self, seeds: Mapping[str, int] | None = None, **more: int) -> None:
        object.__setattr__(self, "seeds", {**(seeds or {}), **more})

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        seeds = {part: self.seeds[name] for name in names.broad_first(self.seeds) for part in names.unit(name)}
        if wrong := [seed for seed in seeds.values() if seed < 0]:
            raise UserError(f"The seed {wrong[0]} cannot be used.", fix="Use a whole number from 0 on.")
        return replace(spec, seeds={**spec.seeds, **seeds})


@dataclass(frozen=True, init=False)
class Group:
    """Paint several parts as one, under a name of their own: at the same time, and named together in other edits."""

    name: str
    members: tuple[str, ...]

    def __init__(self, name: str, *members: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "members", members)

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        if names.is_taken(self.name):
            raise UserError(f"A group cannot be called {self.name!r}.", "There is a part of that name.", "Use another.")
        group = tuple(names.parts(self.members))
        names.groups[self.name] = group
        if taken := [n for n, other in spec.groups.items() if set(other) & set(group)]:
            raise UserError(f"The groups {taken[0]!r} and {self.name!r} share parts.", fix="A part is in one group.")
        rows = spec.rows
        if rows is not None and group:
            rows = rows.copy()
            rows[:, list(group)] = rows[:, [group[0]]]
        passes = gather_group(spec.passes, group)
        return replace(spec, passes=passes, rows=rows, groups={**spec.groups, self.name: group})


@dataclass(frozen=True, init=False)
class Passes:
    """Set the number of passes over parts, 1 (finished at once) to MOST_PASSES; without names over all of them."""

    count: int
    names: tuple[str, ...]

    def __init__(self, count: int, *names: str) -> None:
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "names", names)

    def apply(self, spec: PlanSpec, names: PartNames) -> PlanSpec:
        if not 1 <= self.count <= MOST_PASSES:
            raise UserError(
                f"{self.count} passes are not possible.",
                f"Between the ground and the picture lie {MOST_PASSES - 1} states of finish.",
                f"Use 1 to {MOST_PASSES}.",
            )
        parts = names.parts(self.names) if self.names else first_pass_order(spec.passes)
        passes = list(spec.passes)
        for part in parts:
            passes = _with_pass_count(
                passes, part, self.count, small=spec.label_set.base_class_name(part) in FACIAL_FEATURES
            )
        return replace(spec, passes=tuple(passes))


def _with_pass_count(passes: list[PlannedPass], part: int, count: int, *, small: bool) -> list[PlannedPass]:
    """Replace the passes of one part by `count` others, at the same places of the sequence."""
    places = [place for place, planned in enumerate(passes) if planned.part == part]
    if not places:
        return passes
    old = [passes[place] for place in places]
    first = old[0].finish if old[0].finish in FIRST_COATS else "flat"
    # Five passes have a coat more: a wash under the first flat, or a flat over what is first.
    coats = [first] if count < MOST_PASSES else ["wash" if first == "flat" else first, "flat"]
    finishes = [*coats, "form", "smooth"][: count - 1]
    made: dict[int, list[PlannedPass]] = {place: [] for place in places}
    for finish, place in zip([*finishes, "painting"], spread_over(places, count), strict=True):
        brush = {"form": MIDDLE, "smooth": FINE, "painting": LAST if small else FINE}.get(finish, BROAD)
        new = PlannedPass(part, finish, FINE if small and finish in FIRST_COATS else brush, passes[place].weight)
        new = next((planned for planned in old if planned.finish == finish), new)
        made[place].append(replace(new, together=passes[place].together and not made[place]))
    return [new for place, planned in enumerate(passes) for new in made.get(place, [planned])]
