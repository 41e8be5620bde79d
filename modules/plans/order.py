"""Reorder the passes of a habit without losing the habit: parts change places with each other, pass for pass.

An artist who works object by object goes on doing so, one who lays in masses first does that, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..labels import LabelSet
from .plan import WHOLE
from .spec import PlannedPass

Unit = tuple[int, ...]  # parts that are painted as one; a single part is a unit of one
Block = list[PlannedPass]  # a pass, and those that go with it


def first_pass_order(passes: Sequence[PlannedPass]) -> list[int]:
    """List parts in the order of their first passes."""
    return list(dict.fromkeys(planned.part for planned in passes if planned.part >= 0))


def unit_order(passes: Sequence[PlannedPass], units: Sequence[Unit]) -> tuple[int, ...]:
    """List the parts of units as they begin, so that read back one by one they are in this order already."""
    named = {part for unit in units for part in unit}
    return tuple(part for part in first_pass_order(passes) if part in named)


def spread_over(places: Sequence[int], count: int) -> list[int]:
    """Choose one of `places` for each of `count` passes, evenly: the first for the first, the last for the last."""
    return [places[round(i * (len(places) - 1) / max(count - 1, 1))] for i in range(count)]


def reorder(passes: Sequence[PlannedPass], units: Sequence[Unit], label_set: LabelSet) -> tuple[PlannedPass, ...]:
    """Reorder passes so that units begin in this order; parts that are in none keep their places.

    What lies on a part (features on a face) stays with it unless it is named itself.
    """
    units = [unit for unit in units if any(planned.part in unit for planned in passes)]
    unit_of = {part: unit for unit in units for part in unit}
    blocks = _blocks(passes, unit_of, label_set)
    places: dict[Unit, list[int]] = {unit: [] for unit in units}
    for place, block in enumerate(blocks):
        if block[0].part in unit_of:
            places[unit_of[block[0].part]].append(place)
    new_place = list(range(len(blocks)))
    for old, new in zip(sorted(units, key=lambda unit: places[unit][0]), units, strict=True):
        for place, block_index in zip(spread_over(places[old], len(places[new])), places[new], strict=True):
            new_place[block_index] = place
    result = [planned for place in sorted(range(len(blocks)), key=new_place.__getitem__) for planned in blocks[place]]
    return _fix_together(_after_their_base(result, unit_of, label_set), passes, unit_of)


def _blocks(passes: Sequence[PlannedPass], unit_of: dict[int, Unit], label_set: LabelSet) -> list[Block]:
    """Join passes that go together: of the same unit, at the same time; or small things on the part before."""
    blocks: list[Block] = []
    for planned in passes:
        head = blocks[-1][0].part if blocks else WHOLE
        same = head in unit_of and unit_of.get(planned.part) == unit_of[head] and planned.together
        on_it = (
            head in unit_of
            and planned.part not in unit_of
            and label_set.base_classes[head] in _bases(planned, label_set)
        )
        if same or on_it:
            blocks[-1].append(planned)
        else:
            blocks.append([planned])
    return blocks


def _bases(planned: PlannedPass, label_set: LabelSet) -> Sequence[int]:
    """Get the classes that the part of a pass lies on, the nearest first."""
    return () if planned.part == WHOLE else label_set.ancestors(planned.part)


def _after_their_base(passes: list[PlannedPass], unit_of: dict[int, Unit], label_set: LabelSet) -> list[PlannedPass]:
    """Let parts that were not named wait for the named one they lie on: nobody paints eyes before their face."""

    def base(planned: PlannedPass) -> set[int]:
        if planned.part in unit_of or label_set.base_class_name(planned.part) in ("hair", "clothes"):
            return set()
        named = ({p for p in unit_of if label_set.base_classes[p] == kind} for kind in _bases(planned, label_set))
        return next(filter(None, named), set())

    started: set[int] = set()
    waiting: list[PlannedPass] = []
    result: list[PlannedPass] = []
    for planned in passes:
        if (needs := base(planned)) and not needs & started:
            waiting.append(planned)
            continue
        result.append(planned)
        started.add(planned.part)
        result += [other for other in waiting if base(other) & started]
        waiting = [other for other in waiting if not base(other) & started]
    return result + waiting


def _fix_together(
    passes: list[PlannedPass], before: Sequence[PlannedPass], unit_of: dict[int, Unit]
) -> tuple[PlannedPass, ...]:
    """Keep `together` only where the pass before is the same as it was, and not one of another named unit."""
    follows = {id(b): id(a) for a, b in pairwise(before)}
    result = []
    for previous, planned in zip([None, *passes], passes, strict=False):
        same = previous is not None and follows.get(id(planned)) == id(previous)
        apart = previous is not None and unit_of.get(previous.part) != unit_of.get(planned.part)
        together = planned.together and same and not (apart and planned.part in unit_of)
        result.append(planned if together == planned.together else replace(planned, together=together))
    return tuple(result)


def gather_group(passes: Sequence[PlannedPass], group: Unit) -> tuple[PlannedPass, ...]:
    """Make the passes of a group together: each at the same time as one of the part with the most."""
    own = {part: [planned for planned in passes if planned.part == part] for part in group}
    own = {part: found for part, found in own.items() if found}
    if len(own) < 2:
        return tuple(passes)
    lead = max(own, key=lambda part: len(own[part]))
    beside: list[list[PlannedPass]] = [[] for _ in own[lead]]
    for part, found in own.items():
        if part != lead:
            for place, planned in zip(spread_over(range(len(beside)), len(found)), found, strict=True):
                beside[place].append(replace(planned, together=True))
    result: list[PlannedPass] = []
    for planned in passes:
        if planned.part == lead:
            result += [planned, *beside.pop(0)]
        elif planned.part not in own:
            together = planned.together and bool(result) and result[-1].part not in own
            result.append(replace(planned, together=together))
    return tuple(result)


def delay_degrees(rows: np.ndarray, units: Sequence[Unit], first: int) -> np.ndarray:
    """Delay rows of degrees (N-1,K) so that no unit begins before the one it was put after.

    Each is begun in a later step than the one before, as long as there are steps; else in the same, where a step goes
    through the parts in their order. first: index of the first row that counts.
    """
    result = rows.copy()
    begin = first - 1
    for unit in units:
        own = list(unit)
        worked = np.flatnonzero(result[:, own].max(axis=1) > 0)
        worked = worked[worked >= first]
        if not len(worked):
            continue
        later, same = worked[worked > begin], worked[worked >= begin]
        found = int(later[0] if len(later) else same[0] if len(same) else max(begin, first))
        if found not in worked:  # all its work came earlier: the last of it is done now
            result[found, own] = result[worked[-1], own]
        result[:found, own] = 0
        begin = found
    return result
