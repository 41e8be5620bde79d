"""What a person wants of a plan, as small objects that are put together: `[Group("head", "face", "eyes"), Order("hair",
"head"), Degrees(hair=0.2), Degrees(face=0.8, step=5), Skip("background"), Passes(3), Seeds(hair=7)]`.

Each changes a recipe and nothing else, one after the other. Parts go by their names; the name of a group stands for its
members, that of a part that was split for its pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..io.errors import UserError, did_you_mean
from ..labels import LabelSet
from .habits import BROAD, FACIAL_FEATURES, FINE, LAST, MIDDLE
from .order import Unit, begun_order, delay, gather, reorder, spread_over
from .passes import FIRST, PlannedPass
from .spec import PlanSpec

__all__ = ["Degrees", "Group", "Names", "Order", "Passes", "Reverse", "Seeds", "Skip", "PlanEdit"]

MOST_PASSES = 5
BEFORE, AFTER = {"flat": "wash"}, "flat"  # what is laid in addition where somebody wants five passes


def meant(name: str, known: Sequence[str]) -> str:
    """A sentence for a name that does not exist: what may have been meant, or what there is."""
    return did_you_mean(name, known) or f"Use one of: {', '.join(known)}."


@dataclass
class Names:
    """The parts that can be named: those of `label_set`, and groups; `present` are in this picture.

    notes: gets a sentence for every part that was named and is not in the picture.
    """

    label_set: LabelSet
    present: frozenset[int]
    groups: dict[str, Unit] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def known(self) -> list[str]:
        return [*(n for n in self.label_set.names if n != "edge"), *self.groups]

    def unit(self, name: str) -> Unit:
        """The parts of this picture that `name` stands for; () when there are none. UserError for an unknown name."""
        if name in self.groups:
            return self.groups[name]
        if name not in self.known:
            raise UserError(f"There is no part called {name!r}.", fix=meant(name, self.known))
        index = self.label_set.index(name)
        found = tuple(k for k in range(len(self.label_set)) if index in (k, self.label_set.base_classes[k]))
        found = tuple(k for k in found if k in self.present)
        if not found and (note := f"There is no {name} in this picture.") not in self.notes:
            self.notes.append(note)
        return found

    def units(self, names: Sequence[str]) -> list[Unit]:
        """The units that names stand for, those of this picture. UserError for a part that is named twice."""
        found = [unit for name in names if (unit := self.unit(name))]
        flat = [part for unit in found for part in unit]
        if twice := next((part for part in flat if flat.count(part) > 1), None):
            raise UserError(
                f"{self.label_set.names[twice]} is named twice.", f"In: {', '.join(names)}.", "Once is enough."
            )
        return found

    def parts(self, names: Sequence[str]) -> list[int]:
        """All parts that names stand for."""
        return [part for unit in self.units(names) for part in unit]


class PlanEdit(Protocol):
    """Something a person wants: a recipe in, a recipe out."""

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec: ...


@dataclass(frozen=True, init=False)
class Order:
    """Parts are begun in this order. Others keep their places; what lies on a part and is not named goes with it."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        return in_order(recipe, names.units(self.names))


def in_order(recipe: PlanSpec, units: Sequence[Unit]) -> PlanSpec:
    """The recipe with units begun in this order."""
    # A first frame that shows all of them at once would show no order.
    start = "mass" if recipe.start == "block" and recipe.n_frames > 2 else recipe.start
    rows = None if recipe.rows is None else delay(recipe.rows, units, recipe.first_step - 1)
    passes = reorder(recipe.passes, units, recipe.label_set)
    return replace(recipe, passes=passes, start=start, rows=rows, order=tuple(p for unit in units for p in unit))


@dataclass(frozen=True)
class Reverse:
    """Parts are begun the other way round: what this artist would have begun last comes first."""

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        units = [(part,) for part in reversed(begun_order(recipe.passes))]
        return replace(in_order(recipe, units), name="reverse")


@dataclass(frozen=True, init=False)
class Degrees:
    """How much of parts is painted, each in [0,1].

    Without `step`: in the whole process, as the share of the way from the ground (or a given canvas) to the painting; 1
    is all of it, 0 nothing (the same as `Skip`), and what is not painted to its end stays as it is then. With `step`
    (the number of the frame it makes, or several): in that step, of what is left then, whatever the plan had in mind;
    the rest of the part is spread over the rest of its time, so the process still ends finished.
    """

    degrees: Mapping[str, float]
    steps: tuple[int, ...]

    def __init__(
        self, degrees: Mapping[str, float] | None = None, *, step: int | Sequence[int] = (), **more: float
    ) -> None:
        object.__setattr__(self, "degrees", {**(degrees or {}), **more})
        object.__setattr__(self, "steps", (step,) if isinstance(step, int) else tuple(step))

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        told: dict[int, float] = {}
        for name, degree in self.degrees.items():
            if not 0 <= degree <= 1:
                raise UserError(f"The degree of {name} is {degree:g}.", fix="Degrees are 0 (not at all) to 1 (all).")
            told |= dict.fromkeys(names.unit(name), float(degree))
        if not self.steps:
            return replace(recipe, degrees={**recipe.degrees, **told})
        first, last = recipe.first_step, recipe.n_frames - 1
        if wrong := [step for step in self.steps if not first <= step <= last]:
            why = f"The steps of {recipe.n_frames} frames that can be told are {first} to {last}."
            if wrong[0] == 1 and first == 2:
                why += " Step 1 is how this artist starts."
            raise UserError(f"There is no step {wrong[0]} to tell degrees.", why)
        steps = {(step, part): degree for step in self.steps for part, degree in told.items()}
        return replace(recipe, steps={**recipe.steps, **steps})


@dataclass(frozen=True, init=False)
class Skip:
    """Parts that are left alone: the ground, or what was on the canvas, stays there."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        return replace(recipe, degrees={**recipe.degrees, **dict.fromkeys(names.parts(self.names), 0.0)})


@dataclass(frozen=True, init=False)
class Seeds:
    """Another seed for parts: their passes wander in another way, all others as before."""

    seeds: Mapping[str, int]

    def __init__(self, seeds: Mapping[str, int] | None = None, **more: int) -> None:
        object.__setattr__(self, "seeds", {**(seeds or {}), **more})

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        found = {part: seed for name, seed in self.seeds.items() for part in names.unit(name)}
        if wrong := [seed for seed in found.values() if seed < 0]:
            raise UserError(f"The seed {wrong[0]} cannot be used.", fix="Use a whole number from 0 on.")
        return replace(recipe, seeds={**recipe.seeds, **found})


@dataclass(frozen=True, init=False)
class Group:
    """Several parts driven as one, under a name of their own: painted at the same time, asked for together."""

    name: str
    members: tuple[str, ...]

    def __init__(self, name: str, *members: str) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "members", members)

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        if self.name in names.known:
            raise UserError(f"A group cannot be called {self.name!r}.", "There is a part of that name.", "Use another.")
        group = tuple(names.parts(self.members))
        names.groups[self.name] = group
        if taken := [n for n, other in recipe.groups.items() if set(other) & set(group)]:
            raise UserError(f"The groups {taken[0]!r} and {self.name!r} share parts.", fix="A part is in one group.")
        rows = recipe.rows
        if rows is not None and group:
            rows = rows.copy()
            rows[:, list(group)] = rows[:, [group[0]]]
        passes = gather(recipe.passes, group)
        return replace(recipe, passes=passes, rows=rows, groups={**recipe.groups, self.name: group})


@dataclass(frozen=True, init=False)
class Passes:
    """How often parts are gone over, from 1 (finished at once) to MOST_PASSES; without names all of them."""

    count: int
    names: tuple[str, ...]

    def __init__(self, count: int, *names: str) -> None:
        object.__setattr__(self, "count", count)
        object.__setattr__(self, "names", names)

    def on(self, recipe: PlanSpec, names: Names) -> PlanSpec:
        if not 1 <= self.count <= MOST_PASSES:
            raise UserError(
                f"{self.count} passes are not possible.",
                f"Between the ground and the picture lie {MOST_PASSES - 1} states of finish.",
                f"Use 1 to {MOST_PASSES}.",
            )
        parts = names.parts(self.names) if self.names else begun_order(recipe.passes)
        passes = list(recipe.passes)
        for part in parts:
            passes = _gone_over(passes, part, self.count, recipe)
        return replace(recipe, passes=tuple(passes))


def _gone_over(passes: list[PlannedPass], part: int, count: int, recipe: PlanSpec) -> list[PlannedPass]:
    """The passes with those of one part replaced by `count`, at the same places of the sequence."""
    places = [place for place, i in enumerate(passes) if i.part == part]
    if not places:
        return passes
    old = [passes[place] for place in places]
    first = old[0].finish if old[0].finish in FIRST else "flat"
    begin = [BEFORE.get(first, first), AFTER] if count == MOST_PASSES else [first]
    finishes = {1: [], 2: begin, 3: [*begin, "form"]}.get(count, [*begin, "form", "smooth"])
    small = recipe.label_set.base_class_name(part) in FACIAL_FEATURES
    made: list[tuple[int, PlannedPass]] = []
    for finish, place in zip([*finishes, "painting"], spread_over(places, count), strict=True):
        same = next((i for i in old if i.finish == finish), None)
        brush = {"form": MIDDLE, "smooth": FINE, "painting": LAST if small else FINE}.get(finish, BROAD)
        new = same or PlannedPass(part, finish, FINE if small and finish in FIRST else brush, passes[place].weight)
        made.append((place, replace(new, together=passes[place].together)))
    result: list[PlannedPass] = []
    for place, intention in enumerate(passes):
        if intention.part != part:
            result.append(intention)
            continue
        here = [new for at, new in made if at == place]
        result += [new if i == 0 else replace(new, together=False) for i, new in enumerate(here)]
    return result
