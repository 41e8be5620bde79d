"""Validate plan files: every mistake at once, each with its path and a suggestion."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..brush.media import MEDIA
from ..finish_levels import LEVELS
from .edits import MOST_PASSES
from .habits import HABITS
from .named_plans import DRAFTS
from .part_names import PartNames, suggest
from .plan import EVERYTHING
from .spec import ENDINGS, FROM_CANVAS, MOST_FRAMES, STARTS

Check = Callable[[str, Any], Iterator[str]]  # (path, value) -> what is wrong with the value


def find_mistakes(data: Mapping[str, Any], names: PartNames, n_frames: int, first: int, from_canvas: bool) -> list[str]:
    """Find all mistakes of a plan file, one sentence each.

    Args:
        data: the file's keys and values.
        names: the parts that can be named; the file's own groups are added.
        n_frames: N, frame 0 included.
        first: the first step that takes degrees.
        from_canvas: whether the process continues from an initial canvas.
    """
    groups = data.get("groups")
    names = replace(names, groups=dict.fromkeys(groups, ()) if isinstance(groups, Mapping) else {})
    part, degree = _part(names), _number(0, 1)
    degrees = _table(others=degree, names=part)
    exact = _table(others=degree, names=_choice(names.label_set.names, "part "))
    seed, count = _number(0, whole=True), _number(1, MOST_PASSES, whole=True)
    frame = _number(first, n_frames - 1, whole=True)
    planned_pass = {
        "part": _part(names, EVERYTHING), "finish": _choice(LEVELS[1:]), "brush": _number(0.001, 1),
        "weight": _number(0.01, 100), "together": _flag,
    }  # fmt: skip
    passes = _list(_table(planned_pass, required=("part", "finish", "brush")), numbered=True)
    span = _list(frame, 2, "the first and the last frame, like [5, 9]")
    steps = {"frame": frame, "frames": span, "repeat": _number(1, whole=True), "degrees": degrees}
    drawn = {"frame": _number(1, n_frames - 1, whole=True), "degrees": exact}
    style = {
        "direction": _number(-100, 100), "by_light": _number(0, 10), "wander": _number(0, 10), "reach": _number(0, 1),
        "covers": _flag,
    }  # fmt: skip
    check = _table(
        {
            "plan": _choice(list(DRAFTS)),
            "habit": _choice([*HABITS, "given"]),
            "medium": _choice(list(MEDIA)),
            "ending": _choice(ENDINGS),
            "start": _choice([*STARTS, FROM_CANVAS] if from_canvas else STARTS),
            "ground": _list(degree, 3, "three numbers, red, green and blue, 0 to 1"),
            "frames": _number(2, MOST_FRAMES, whole=True),
            "seed": seed,
            "order": _list(part),
            "skip": _list(part),
            "groups": _table(others=_list(part)),
            "manner": _table(style),
            "parts": _table(others=_table({"degree": degree, "seed": seed, "passes": count}), names=part),
            "passes": lambda path, value: (count if type(value) is int else passes)(path, value),
            "steps": _steps(steps, first, n_frames - 1),
            "drawn": _steps(drawn, 1, n_frames - 1),
        }
    )  # fmt: skip
    return list(dict.fromkeys(check("", data)))


def step_numbers(steps: list[Any], first: int) -> list[range]:
    """List the steps that every table of `steps` is about: the one it names, or the next after the table before.

    `repeat` and `frames` give several. Wrong values are ignored: a file may be read before it is validated.
    """
    found: list[range] = []
    following = first
    for step in steps:
        table = step if isinstance(step, Mapping) else {}
        begin = whole_number(table.get("frame")) or following
        last = begin + (whole_number(table.get("repeat")) or 1) - 1
        frames = table.get("frames")
        if isinstance(frames, list) and len(frames) == 2 and all(whole_number(f) is not None for f in frames):
            begin, last = frames
        found.append(range(begin, last + 1))
        following = last + 1
    return found


def whole_number(value: Any) -> int | None:
    """Return the value if it is a whole number (True is not), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _flag(path: str, value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{path}: should be true or false"


def _choice(known: Sequence[str], kind: str = "") -> Check:
    def check(path: str, value: Any) -> Iterator[str]:
        if value not in known:
            yield f"{path}: there is no {kind}{value!r}. {suggest(str(value), known)}"

    return check


def _part(names: PartNames, more: str | None = None) -> Check:
    def check(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, str) or (value != more and names.find(value) is None):
            yield f"{path}: there is no part {value!r}. {suggest(str(value), names.known)}"

    return check


def _number(least: float, most: float | None = None, *, whole: bool = False) -> Check:
    kind = "a whole number" if whole else "a number"
    limits = f"from {least:g} on" if most is None else f"from {least:g} to {most:g}"

    def check(path: str, value: Any) -> Iterator[str]:
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not least <= value or (most is not None and value > most):
            yield f"{path}: {value!r} is not {kind} {limits}"

    return check


def _list(check_item: Check, count: int | None = None, what: str = "a list", *, numbered: bool = False) -> Check:
    def check(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, list) or count not in (None, len(value)):
            yield f"{path}: should be {what}"
            return
        for number, item in enumerate(value, 1):
            yield from check_item(f"{path} {number}" if numbered else path, item)

    return check


def _table(
    checks: Mapping[str, Check] | None = None,
    *,
    required: Sequence[str] = (),
    others: Check | None = None,
    names: Check | None = None,
) -> Check:
    """Check a table: the keys of `checks`, or any that `names` lets pass, whose values `others` checks."""
    known = checks or {}

    def check(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{path}: should be a table"
            return
        if missing := [key for key in required if key not in value]:
            yield f"{path}: missing {', '.join(missing)}"
        for key, inner in value.items():
            place = f"{path}.{key}" if path else key
            if names is not None:
                yield from names(path, key)
            if check_value := known.get(key, others):
                yield from check_value(place, inner)
            else:
                yield f"{place}: unknown key. {suggest(key, list(known))}"

    return check


def _steps(checks: Mapping[str, Check], first: int, last: int) -> Check:
    """Check a list of tables about steps, each about those after the table before unless it names its own."""
    check_list = _list(_table(checks, required=("degrees",)), numbered=True)

    def check(path: str, value: Any) -> Iterator[str]:
        wrong = list(check_list(path, value))
        yield from wrong
        for number, steps in enumerate([] if wrong else step_numbers(value, first), 1):
            if not steps:
                yield f"{path} {number}.frames: the first frame comes after the last"
            elif steps[-1] > last:
                yield f"{path} {number}: goes up to frame {steps[-1]}, the last is {last}"
                return

    return check
