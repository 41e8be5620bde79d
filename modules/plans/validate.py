"""What is wrong with a plan file: every mistake in words, not only the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..finish_levels import LEVELS
from .edits import MOST_PASSES, Names, meant
from .habits import HABITS
from .spec import EVERYTHING, FROM_CANVAS, STARTS

KEYS = (
    "plan", "habit", "start", "ground", "frames", "seed", "order", "skip", "groups", "manner", "parts", "steps",
    "passes", "drawn",
)  # fmt: skip
PLAN_NAMES = ("artist", "reverse", "random", "dataset", "own")
MANNER = {"direction": (-100.0, 100.0), "by_light": (0.0, 10.0), "wander": (0.0, 10.0), "reach": (0.0, 1.0)}


class SpecValidator:
    """Looks through the keys of a plan file for a picture with these parts, in this number of frames.

    first: the first step that can be told. given: the process goes on from a given canvas.
    """

    def __init__(self, names: Names, n_frames: int, first: int, given: bool) -> None:
        self.names, self.n_frames, self.first, self.given = names, n_frames, first, given
        self.wrong: list[str] = []
        self.known: list[str] = []

    def mistakes(self, data: Mapping[str, Any]) -> list[str]:
        """All that is wrong, one text each."""
        self.wrong, groups = [], data.get("groups", {})
        self.known = [*self.names.known, *(groups if isinstance(groups, Mapping) else ())]
        self._keys("", data, KEYS)
        self._choice("plan", data.get("plan", "artist"), PLAN_NAMES)
        self._choice("habit", data.get("habit", "given"), [*HABITS, "given"])
        if not (self.given and data.get("start") == FROM_CANVAS):
            self._choice("start", data.get("start", "toned"), STARTS)
        if "ground" in data:
            self._ground(data["ground"])
        for key, least in (("frames", 2), ("seed", 0)):
            if key in data:
                self._whole(key, data[key], least)
        for key in ("order", "skip"):
            self._names(key, data.get(key, []))
        for name, members in self._table("groups", groups).items():
            self._names(f"groups.{name}", members)
        self._manner(self._table("manner", data.get("manner", {})))
        self._parts(self._table("parts", data.get("parts", {})))
        self._passes(data.get("passes", []))
        self._steps("steps", data.get("steps", []), ("frame", "frames", "repeat", "degrees"))
        self._steps("drawn", data.get("drawn", []), ("frame", "degrees"))
        return self.wrong

    def _say(self, text: str) -> None:
        if text not in self.wrong:
            self.wrong.append(text)

    def _keys(self, where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
        for key in table:
            if key not in known:
                self._say(f"{where}{key}: unknown key. {meant(str(key), known)}")

    def _table(self, where: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._say(f"{where}: should be a table")
        return {}

    def _list(self, where: str, value: Any) -> list[Any]:
        if isinstance(value, list):
            return value
        self._say(f"{where}: should be a list")
        return []

    def _choice(self, where: str, value: Any, known: Sequence[str]) -> None:
        if value not in known:
            self._say(f"{where}: there is no {value!r}. {meant(str(value), known)}")

    def _number(self, where: str, value: Any, least: float, most: float) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._say(f"{where}: {value!r} is no number")
        elif not least <= value <= most:
            self._say(f"{where}: {value!r} is not {least:g} to {most:g}")

    def _whole(self, where: str, value: Any, least: int, most: int | None = None) -> bool:
        fine = isinstance(value, int) and not isinstance(value, bool)
        if not fine or value < least or (most is not None and value > most):
            limit = f"from {least}" if most is None else f"{least} to {most}"
            self._say(f"{where}: {value!r} is no whole number {limit}")
            return False
        return True

    def _name(self, where: str, name: Any) -> None:
        if name not in self.known:
            self._say(f"{where}: there is no part {name!r}. {meant(str(name), self.known)}")

    def _names(self, where: str, value: Any) -> None:
        for name in self._list(where, value):
            self._name(where, name)

    def _ground(self, value: Any) -> None:
        if not isinstance(value, list) or len(value) != 3:
            self._say("ground: should be three numbers, red, green and blue, 0 to 1")
            return
        for channel in value:
            self._number("ground", channel, 0, 1)

    def _manner(self, table: Mapping[str, Any]) -> None:
        self._keys("manner.", table, [*MANNER, "covers"])
        for key, limits in MANNER.items():
            if key in table:
                self._number(f"manner.{key}", table[key], *limits)
        if not isinstance(table.get("covers", True), bool):
            self._say("manner.covers: should be true or false")

    def _parts(self, table: Mapping[str, Any]) -> None:
        for name, value in table.items():
            self._name("parts", name)
            part = self._table(f"parts.{name}", value)
            self._keys(f"parts.{name}.", part, ("degree", "seed", "passes"))
            if "degree" in part:
                self._number(f"parts.{name}.degree", part["degree"], 0, 1)
            if "seed" in part:
                self._whole(f"parts.{name}.seed", part["seed"], 0)
            if "passes" in part:
                self._whole(f"parts.{name}.passes", part["passes"], 1, MOST_PASSES)

    def _passes(self, value: Any) -> None:
        if isinstance(value, int) and not isinstance(value, bool):
            self._whole("passes", value, 1, MOST_PASSES)
            return
        for number, row in enumerate(self._list("passes", value), 1):
            where = f"passes {number}"
            table = self._table(where, row)
            self._keys(f"{where}: ", table, ("part", "finish", "brush", "weight", "together"))
            if missing := [key for key in ("part", "finish", "brush") if key not in table]:
                self._say(f"{where}: {', '.join(missing)} is missing")
                continue
            if table["part"] != EVERYTHING:
                self._name(where, table["part"])
            self._choice(f"{where}: finish", table["finish"], LEVELS[1:])
            self._number(f"{where}: brush", table["brush"], 0.001, 1)
            self._number(f"{where}: weight", table.get("weight", 1), 0.01, 100)

    def _steps(self, key: str, value: Any, known: Sequence[str]) -> None:
        last = self.n_frames - 1
        following = self.first if key == "steps" else 1
        for number, row in enumerate(self._list(key, value), 1):
            where = f"{key} {number}"
            table = self._table(where, row)
            self._keys(f"{where}: ", table, known)
            least = self.first if key == "steps" else 1
            begin, end = table.get("frame", following), None
            fine = "frame" not in table or self._whole(f"{where}: frame", begin, least, last)
            if "frames" in table:
                span = self._list(f"{where}: frames", table["frames"])
                right = [self._whole(f"{where}: frames", frame, least, last) for frame in span]
                fine = len(right) == 2 and all(right)
                if not fine or span[0] > span[1]:
                    self._say(f"{where}: frames should be the first and the last, like [5, 9]")
                    fine = False
                else:
                    begin, end = span
            repeat = table.get("repeat", 1)
            fine = self._whole(f"{where}: repeat", repeat, 1) and fine
            if fine:
                end = begin + repeat - 1 if end is None else end
                if end > last:
                    self._say(f"{where}: goes up to frame {end}, the last is {last}")
                following = end + 1
            for name, degree in self._table(f"{where}: degrees", table.get("degrees", "missing")).items():
                self._name(where, name)
                self._number(f"{where}: {name}", degree, 0, 1)
