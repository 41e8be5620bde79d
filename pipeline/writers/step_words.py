"""Step words: what to paint now, from a plan as process.json has it and from what can be seen to have changed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ...modules.plans import HABITS
from ...modules.plans.plan import EVERYTHING
from ...modules.plans.spec import FROM_CANVAS
from .colour_names import colour_name
from .part_words import PartWords

# finish -> the sentence for a part that it begins on, for one that it continues on, and its name in a list of several
_DO: dict[str, tuple[str, str, str]] = {
    "sketch": ("Sketch {}", "Go on sketching {}", "lines"),
    "wash": ("Lay a pale wash over {}", "Go on with the wash over {}", "a pale wash"),
    "lined": ("Fill {}: flat colour inside the lines", "Go on filling {}, inside the lines", "flat colour"),
    "flat": ("Block in {}: flat colour", "Go on blocking in {}", "flat colour"),
    "form": ("Model {}: second tones, light and shadow", "Go on modelling {}", "light and shadow"),
    "smooth": ("Soften {}: blend, lose some edges", "Go on softening {}", "soft edges"),
    "painting": ("Finish {}: details and highlights", "Go on finishing {}", "details"),
}
Work = list[tuple[str, bool]]  # finishes in their order, and whether each continues
_COVERING = ("flat", "painting")  # first coats that are laid over the edges of what is behind
_LAST_LOOK = "Look over the whole picture: last touches"
SEEN, STRONG = 0.04, 0.3  # of a part's pixels: painted at all; so much that it is named although the plan does not
MOST_LINES = 3
# what one begins on, by its surface: toned, and white; a tone of paper and of a file is there before one paints
_GROUNDS = {
    "canvas": ("Tone the whole canvas {}, and let it dry", "Begin on the white canvas"),
    "paper": ("Take paper of this tone: {}", "Begin on white paper"),
    "smooth": ("Fill the whole canvas: {}", "Begin on the white canvas"),
}


@dataclass(frozen=True)
class Line:
    """One thing to do: in words, and which strokes do it, by names of their parts and finishes (none: all of them)."""

    do: str
    parts: tuple[str, ...] = ()
    finishes: tuple[str, ...] = ()


def habit_words(plan: Mapping[str, Any]) -> str:
    """Describe how this artist works; "" for a habit that is unknown."""
    habit = HABITS.get(str(plan.get("habit")))
    words = habit.words if habit else ""
    # With a requested order, or in reverse, an artist does not go from far to near.
    return words.partition(", from")[0] if (plan.get("recipe") or {}).get("order") else words


def planned_work(plan: Mapping[str, Any], first: int, last: int) -> dict[str, Work]:
    """Collect what the plan does to each part in the steps that make frames first .. last, the parts in its order."""
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
        part, finish, continues = passes[index]["part"], passes[index]["finish"], begin > 0.08
        if part != EVERYTHING and ((end < 1 and end - begin < 0.04) or (continues and end - begin < 0.12)):
            continue  # what has hardly begun belongs to the next step of the sheet, the last touches to the one before
        work = found.setdefault(part, [])
        if finish in _DO and finish not in [known for known, _ in work]:
            work.append((finish, continues))
    return found


def sentence(parts: Sequence[str], work: Work, words: PartWords) -> str:
    """Say what to do to some parts: one finish as a whole sentence, several as a list."""
    where = words.name(parts)
    if {words.kinds.get(part) for part in parts} == {"water"} and work[0] in (("flat", False), ("wash", False)):
        where += ", reflections included"
    if len(work) == 1:
        return _DO[work[0][0]][work[0][1]].format(where)
    row = [("the rest of the " if more and finish == "flat" else "") + _DO[finish][2] for finish, more in work]
    where = where.removeprefix("the ")
    return f"{where[0].upper()}{where[1:]}: {', then '.join(dict.fromkeys(row))}"


def opening_lines(plan: Mapping[str, Any], surface: str = "canvas") -> list[Line]:
    """Say what to do before anything else: the ground, and a sketch; nothing on an initial canvas."""
    if plan.get("start") == FROM_CANVAS:
        return []
    tone = ground_name(plan)
    toned = not tone.endswith("white")
    ground = Line(_GROUNDS[surface][not toned].format(tone), finishes=("ground",))
    if plan.get("start") == "sketch":
        return [*([ground] if toned else []), Line("Sketch the outlines", finishes=("sketch",))]
    return [ground]


def ground_name(plan: Mapping[str, Any]) -> str:
    """Name the tone of a plan's ground."""
    ground = np.round(255 * np.array(plan.get("ground") or (1, 1, 1), float))
    return colour_name(ground.astype(np.uint8))


def instructions(
    plan: Mapping[str, Any],
    first: int,
    last: int,
    seen: Mapping[str, float],
    areas: Mapping[str, float],
    words: PartWords,
    surface: str = "canvas",
    behind: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> list[Line]:
    """Say what to paint between two states: one to MOST_LINES lines, in the plan's order.

    What is planned and cannot be seen is left out; of too much the smaller.

    Args:
        first, last: the frames that are made in between.
        seen: share of each part's own pixels that visibly changed, in [0,1].
        areas: each part's share of the picture.
        words: what parts are called.
        surface: what is painted on, one of `brush.surface.SURFACES`.
        behind: the parts whose paint goes on behind each part.
    """
    lines: list[tuple[float, Line]] = [(1.0, line) for line in opening_lines(plan, surface)] if first == 1 else []
    todo = planned_work(plan, first, last)
    named: set[str] = set()
    begun = set(planned_work(plan, 1, first - 1))
    groups: dict[tuple[tuple[str, bool], ...], list[str]] = {}
    for part, work in todo.items():
        if part != EVERYTHING and seen.get(part, 0) >= SEEN and work:
            groups.setdefault(tuple(work), []).append(part)
            named.add(part)
    for works, parts in groups.items():
        size = sum(seen[part] * areas[part] ** 0.5 for part in parts)  # an eye counts for more than its pixels
        finishes = tuple(finish for finish, _ in works)
        said = sentence(parts, list(works), words)
        if finishes[0] in _COVERING and not begun & set(parts):
            said += words.over_words(parts, begun, behind)
        begun |= set(parts)
        lines.append((size, Line(said, tuple(parts), finishes)))
    for finish, continues in todo.get(EVERYTHING, []):
        if finish == "painting":
            lines.append((0.5, Line(_LAST_LOOK, finishes=(finish,))))
            named |= set(seen)
        elif first > 1:
            continues = continues or plan.get("start") == "sketch"
            where = "the outlines" if finish == "sketch" else "the whole picture"
            lines.append((0.5, Line(_DO[finish][continues].format(where), finishes=(finish,))))
    others = tuple(part for part, share in seen.items() if share >= STRONG and part not in named)
    if first > 1 and others:
        where = words.name(others, each=True)  # "some of the features" would leave open which
        size = sum(seen[part] * areas[part] ** 0.5 for part in others)
        lines.append((size, Line(f"Go over some of {where} too" if lines else f"Work on {where}", others)))
    if not lines:
        touched = [part for part, share in sorted(seen.items(), key=lambda item: -item[1]) if share > 0]
        return [Line(f"Small touches{f' on {words.name(touched)}' if touched else ''}")]
    largest = sorted(size for size, _ in lines)[-MOST_LINES:]
    return [line for size, line in lines if size >= largest[0]][:MOST_LINES]
