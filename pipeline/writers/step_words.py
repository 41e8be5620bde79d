"""What to paint now, in words, from a plan as process.json has it and from what can be seen to have changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...modules.labels import FACIAL_FEATURES
from ...modules.plans.spec import FROM_CANVAS
from .colour_names import colour_name

# finish -> what to do with a part that is begun, what when it goes on, and what it is called in a row of several
_DO: dict[str, tuple[str, str, str]] = {
    "sketch": ("Sketch {}", "Go on sketching {}", "lines"),
    "wash": ("Lay a pale wash over {}", "Go on with the wash over {}", "a pale wash"),
    "lined": ("Fill {}: flat colour inside the lines", "Go on filling {}, inside the lines", "flat colour"),
    "flat": ("Block in {}: flat colour", "Go on blocking in {}", "flat colour"),
    "form": ("Model {}: second tones, light and shadow", "Go on modelling {}", "light and shadow"),
    "smooth": ("Soften {}: blend, lose some edges", "Go on softening {}", "soft edges"),
    "painting": ("Finish {}: details and highlights", "Go on finishing {}", "details"),
}
Work = list[tuple[str, bool]]  # finishes in their order, and whether each was begun before
_LAST = "Look over the whole picture: last touches"
_WHOLE = "everything"
SEEN, STRONG = 0.04, 0.3  # of a part's pixels: painted at all; painted so much that it is named although unplanned
MOST_LINES, MOST_PARTS = 3, 4

HABITS = {
    "masses": "big masses first, then forms, then details",
    "objects": "one thing after the other, from far to near",
    "lineart": "lines first, then flat colours, then light",
    "watercolour": "washes, from light to dark",
}


def way(plan: Mapping[str, Any]) -> str:
    """How this artist works, in words; "" when nothing is known of it."""
    how = HABITS.get(str(plan.get("habit")), "")
    # Who was told an order, or begins the other way round, does not go from far to near.
    return how.partition(", from")[0] if (plan.get("recipe") or {}).get("order") else how


def listed(words: Sequence[str]) -> str:
    """ "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def part_words(parts: Sequence[str], hints: Mapping[str, str]) -> str:
    """Parts in a sentence: "the hair and eyes"; nameless ones by number, one or two of them with their hint."""
    if len(set(parts) & set(FACIAL_FEATURES)) >= 3:
        parts = [*(part for part in parts if part not in FACIAL_FEATURES), "features"]
    shown, more = list(parts[:MOST_PARTS]), len(parts) - MOST_PARTS
    tail = [f"{more} more"] if more > 0 else []
    numbers = [re.fullmatch(r"part (\d+)", name) for name in shown]
    if all(numbers):
        if len(shown) == 1:
            return shown[0] + (f" ({hints[shown[0]]})" if shown[0] in hints else "")
        return f"parts {listed([number[1] for number in numbers if number] + tail)}"
    return f"the {listed(shown + tail)}"


def planned(plan: Mapping[str, Any], first: int, last: int) -> dict[str, Work]:
    """What the plan does to each part in the steps that make frames first .. last, the parts in its order."""
    passes = plan.get("passes") or []
    done: dict[int, list[float]] = {}
    for step in plan.get("steps") or []:
        if not first <= step["frame"] <= last:
            continue
        for index, begin, end in step.get("passes") or []:
            if 0 <= index < len(passes):
                reach = done.setdefault(index, [begin, end])
                reach[0], reach[1] = min(reach[0], begin), max(reach[1], end)
    found: dict[str, Work] = {}
    for index, (begin, end) in sorted(done.items()):
        part, finish, again = passes[index]["part"], passes[index]["finish"], begin > 0.08
        if part != _WHOLE and ((end < 1 and end - begin < 0.04) or (again and end - begin < 0.12)):
            continue  # what has hardly begun belongs to the next step of the sheet, the last touches to the one before
        work = found.setdefault(part, [])
        if finish in _DO and finish not in [known for known, _ in work]:
            work.append((finish, again))
    return found


def sentence(parts: Sequence[str], work: Work, hints: Mapping[str, str]) -> str:
    """What to do to some parts: one work as a whole sentence, several in a row."""
    where = part_words(parts, hints)
    if len(work) == 1:
        return _DO[work[0][0]][work[0][1]].format(where)
    row = [("the rest of the " if again and finish == "flat" else "") + _DO[finish][2] for finish, again in work]
    where = where.removeprefix("the ")
    return f"{where[0].upper()}{where[1:]}: {', then '.join(dict.fromkeys(row))}"


def beginning(plan: Mapping[str, Any]) -> list[str]:
    """What to do before anything else: the ground, and what this artist puts on it at once; nothing on one's own
    canvas."""
    if plan.get("start") == FROM_CANVAS:
        return []
    ground = np.round(255 * np.array(plan.get("ground") or (1, 1, 1), float))
    tone = colour_name(ground.astype(np.uint8))
    toned = not tone.endswith("white")
    tone = f"Tone the whole canvas {tone}" if toned else "Begin on the white canvas"
    start = plan.get("start")
    if start == "sketch":
        return [*([tone] if toned else []), "Sketch the outlines"]
    return [tone]


def instructions(
    plan: Mapping[str, Any],
    first: int,
    last: int,
    seen: Mapping[str, float],
    areas: Mapping[str, float],
    hints: Mapping[str, str],
) -> list[str]:
    """What to paint between two states: one to MOST_LINES sentences, in the plan's order.

    first, last: the frames that are made in between. seen: share of each part's own pixels that visibly changed;
    areas: each part's share of the picture. What is planned and cannot be seen is not said; of too much the smaller
    is left out. hints: what nameless parts look like.
    """
    lines: list[tuple[float, str]] = [(1.0, line) for line in beginning(plan)] if first == 1 else []
    todo = planned(plan, first, last)
    named: set[str] = set()
    groups: dict[tuple[tuple[str, bool], ...], list[str]] = {}
    for part, work in todo.items():
        if part != _WHOLE and seen.get(part, 0) >= SEEN and work:
            groups.setdefault(tuple(work), []).append(part)
            named.add(part)
    for works, parts in groups.items():
        size = sum(seen[part] * areas[part] ** 0.5 for part in parts)  # an eye counts for more than its pixels
        lines.append((size, sentence(parts, list(works), hints)))
    for finish, again in todo.get(_WHOLE, []):
        if finish == "painting":
            lines.append((0.5, _LAST))
            named |= set(seen)
        elif first > 1:
            again = again or plan.get("start") == "sketch"
            lines.append((0.5, _DO[finish][again].format("the outlines")))
    others = [part for part, share in seen.items() if share >= STRONG and part not in named]
    if first > 1 and others:
        where = part_words(others, hints)
        size = sum(seen[part] * areas[part] ** 0.5 for part in others)
        lines.append((size, f"Go over some of {where} too" if lines else f"Work on {where}"))
    if not lines:
        touched = [part for part, share in sorted(seen.items(), key=lambda item: -item[1]) if share > 0]
        return [f"Small touches{f' on {part_words(touched, hints)}' if touched else ''}"]
    kept = sorted(size for size, _ in lines)[-MOST_LINES:]
    return [line for size, line in lines if size >= kept[0]][:MOST_LINES]


def hints_of(labels: np.ndarray, names: Mapping[int, str], picture: np.ndarray) -> dict[str, str]:
    """What nameless parts look like: "dark green, lower left".

    labels: (h,w) class indices; names: of the present ones; picture: (h,w,3) uint8, as it ends.
    """
    found = {}
    height, width = labels.shape
    for index, name in names.items():
        rows, columns = np.nonzero(labels == index)
        if not len(rows) or not re.fullmatch(r"part \d+", name):
            continue
        y, x = rows.mean() / height, columns.mean() / width
        vertical = "upper" if y < 0.37 else "lower" if y > 0.63 else ""
        sideways = "left" if x < 0.37 else "right" if x > 0.63 else ""
        place = (
            f"{vertical} {sideways}".strip()
            if vertical and sideways
            else {"upper": "top", "lower": "bottom"}.get(vertical, sideways or "middle")
        )
        colour = np.median(picture[rows, columns], axis=0).astype(np.uint8)
        found[name] = f"{colour_name(colour)}, {place}"
    return found
