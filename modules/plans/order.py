"""The order in which parts are begun, brought into a habit's passes without losing the habit.

An artist who works object by object goes on doing so, one who lays in masses first does that, too: the parts change
places with each other in the sequence of passes, pass for pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..labels import LabelSet
from .passes import PlannedPass

Unit = tuple[int, ...]  # parts that are driven as one; a single part is a unit of one
Block = list[PlannedPass]  # an intention, and those that go with it


def begun_order(passes: Sequence[PlannedPass]) -> list[int]:
    """Parts in the order of their first passes."""
    return list(dict.fromkeys(i.part for i in passes if i.part >= 0))


def spread_over(places: Sequence[int], count: int) -> list[int]:
    """For each of `count` passes one of `places`, spread evenly: the first to the first, the last to the last."""
    return [places[round(i * (len(places) - 1) / max(count - 1, 1))] for i in range(count)]


def reorder(passes: Sequence[PlannedPass], units: Sequence[Unit], label_set: LabelSet) -> tuple[PlannedPass, ...]:
    """The same passes with the units begun in this order; parts that are in none keep their places.

    What lies on a part (features on a face) stays with it unless it is named itself.
    """
    units = [unit for unit in units if any(i.part in unit for i in passes)]
    unit_of = {part: unit for unit in units for part in unit}
    blocks = _blocks(passes, unit_of, label_set)
    places: dict[Unit, list[int]] = {unit: [] for unit in units}
    for place, block in enumerate(blocks):
        if block[0].part in unit_of:
            places[unit_of[block[0].part]].append(place)
    now: list[list[Block]] = [[] if block[0].part in unit_of else [block] for block in blocks]
    for old, new in zip(sorted(units, key=lambda unit: places[unit][0]), units, strict=True):
        for place, source in zip(spread_over(places[old], len(places[new])), places[new], strict=True):
            now[place].append(blocks[source])
    result = [intention for blocks_here in now for block in blocks_here for intention in block]
    return _untied(_children_after(result, unit_of, label_set), passes, unit_of)


def _blocks(passes: Sequence[PlannedPass], unit_of: dict[int, Unit], label_set: LabelSet) -> list[Block]:
    """Passes with those that go with them: of the same unit, at the same time; or small things on the part before."""
    blocks: list[Block] = []
    for intention in passes:
        head = blocks[-1][0].part if blocks else -1
        same = head in unit_of and unit_of.get(intention.part) == unit_of[head] and intention.together
        on_it = head in unit_of and intention.part not in unit_of and _lies_on(intention.part, [head], label_set)
        if same or on_it:
            blocks[-1].append(intention)
        else:
            blocks.append([intention])
    return blocks


def _lies_on(part: int, others: Sequence[int], label_set: LabelSet) -> bool:
    kinds = label_set.base_classes
    return part >= 0 and bool(set(kinds[list(others)]) & set(label_set.ancestors(part)))


def _children_after(passes: list[PlannedPass], unit_of: dict[int, Unit], label_set: LabelSet) -> list[PlannedPass]:
    """Nobody paints eyes where the face is still to come: parts that were not named wait for what they lie on, if it
    was named."""
    nearest: dict[int, set[int]] = {}
    for intention in passes:
        part = intention.part
        if part < 0 or part in unit_of or part in nearest:
            continue
        beneath = [a for a in label_set.ancestors(part) if _pieces(a, unit_of, label_set)]
        nearest[part] = _pieces(beneath[0], unit_of, label_set) if beneath else set()
    begun: set[int] = set()
    waiting: list[PlannedPass] = []
    result: list[PlannedPass] = []
    for intention in passes:
        needs = nearest.get(intention.part, set())
        if needs and not needs & begun and label_set.base_class_name(intention.part) not in ("hair", "clothes"):
            waiting.append(intention)
            continue
        result.append(intention)
        begun.add(intention.part)
        ready = [i for i in waiting if nearest[i.part] & begun]
        result += ready
        begun |= {i.part for i in ready}
        waiting = [i for i in waiting if i not in ready]
    return result + waiting


def _pieces(kind: int, unit_of: dict[int, Unit], label_set: LabelSet) -> set[int]:
    return {part for part in unit_of if label_set.base_classes[part] == kind}


def _untied(
    passes: list[PlannedPass], before: Sequence[PlannedPass], unit_of: dict[int, Unit]
) -> tuple[PlannedPass, ...]:
    """Passes that began together with the one before them do so only if that is still before them."""
    follows = {id(b): id(a) for a, b in pairwise(before)}
    result = []
    for previous, intention in zip([None, *passes], passes, strict=False):
        same = previous is not None and follows.get(id(intention)) == id(previous)
        apart = previous is not None and unit_of.get(previous.part) != unit_of.get(intention.part)
        tied = intention.together and same and not (apart and intention.part in unit_of)
        result.append(intention if tied == intention.together else replace(intention, together=tied))
    return tuple(result)


def gather(passes: Sequence[PlannedPass], group: Unit) -> tuple[PlannedPass, ...]:
    """The passes of a group made together: each of the others' at the same time as one of the part with the most."""
    own = {part: [i for i in passes if i.part == part] for part in group}
    own = {part: found for part, found in own.items() if found}
    if len(own) < 2:
        return tuple(passes)
    lead = max(own, key=lambda part: len(own[part]))
    at: dict[int, list[PlannedPass]] = {}
    for part, found in own.items():
        if part != lead:
            for place, intention in zip(spread_over(range(len(own[lead])), len(found)), found, strict=True):
                at.setdefault(place, []).append(replace(intention, together=True))
    result: list[PlannedPass] = []
    number = 0
    for intention in passes:
        if intention.part == lead:
            result += [intention, *at.get(number, [])]
            number += 1
        elif intention.part not in own:
            tied = intention.together and bool(result) and result[-1].part not in own
            result.append(replace(intention, together=tied))
    return tuple(result)


def delay(rows: np.ndarray, units: Sequence[Unit], first: int) -> np.ndarray:
    """Rows of degrees (N-1,K) in which no unit is begun before the one it was put after.

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
