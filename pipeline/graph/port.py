"""Ports: typed inputs and outputs of a block, and the check whether one fits another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ...modules.io.errors import UserError
from ...modules.io.json_schema import find_mismatch

SERIES = "series of "
_FORM = {
    "kind": str, "?channels": int, "?range": [float], "?multiple": int, "?label_set": str, "?unnamed": bool,
    "?degree_mode": str, "?optional": bool, "?description": str, "?default": object,
}  # fmt: skip
_FIELDS = [key.removeprefix("?") for key in _FORM]


@dataclass(frozen=True)
class Port:
    """One input or output of a block. None means "any" for an input and "unspecified" for an output.

    Attributes:
        name: of the port, and of the argument or result it stands for.
        kind: what travels: picture, labels, degrees, noise, request, ...; `series of X` is a stream of X.
        channels: of a picture.
        range: lowest and highest value of a picture.
        multiple: an output's width and height always are a multiple of this, an input's have to be.
        label_set: hash of the LabelSet that the labels belong to.
        unnamed: whether an output may give, or an input accepts, labels of parts without known names (clusters).
        degree_mode: how degrees are measured, see `modules/degree.py`.
        optional: whether an input may stay unconnected, an output be left out of a result.
        description: one line for a person who sees the port in a form or a node editor.
        default: the JSON value that an optional input stands for while it is unconnected; None where it is left out.
    """

    name: str
    kind: str
    channels: int | None = None
    range: tuple[float, float] | None = None
    multiple: int = 1
    label_set: str | None = None
    unnamed: bool = False
    degree_mode: str | None = None
    optional: bool = False
    description: str = ""
    default: Any = None

    @classmethod
    def from_json(cls, name: str, fields: Mapping[str, Any]) -> "Port":
        """Read the declaration of a graph's input. UserError for a field that a port does not have."""
        given = {key: value for key, value in fields.items() if value is not None}  # as `to_json` writes "any"
        if isinstance(given.get("range"), tuple):
            given["range"] = list(given["range"])
        wrong = find_mismatch(given, _FORM)
        if not wrong and (unknown := given.keys() - set(_FIELDS)):
            wrong = f"a port has no field {sorted(unknown)[0]!r}"
        if not wrong and len(given.get("range", (0, 1))) != 2:
            wrong = "range is not two numbers"
        if not wrong and given.get("multiple", 1) < 1:
            wrong = "multiple is below 1"
        if wrong:
            what, fix = f"The graph's input {name!r} is not declared correctly.", f"Its fields: {', '.join(_FIELDS)}."
            raise UserError(what, f"{wrong[0].upper()}{wrong[1:]}.", fix)
        values: dict[str, Any] = given | ({"range": tuple(given["range"])} if "range" in given else {})
        return cls(name=name, **values)

    def to_json(self) -> dict[str, Any]:
        """Every field as a JSON value."""
        return asdict(self) | {"range": None if self.range is None else list(self.range)}

    def mismatch(self, target: "Port") -> str:
        """Say why this output cannot feed the input `target`; "" when it can."""
        if self.kind != target.kind:
            return f"it gives {self.kind}, and {target.kind} is expected"
        if None not in (self.channels, target.channels) and self.channels != target.channels:
            return f"it gives {self.channels} channels, and {target.channels} are expected"
        if self.range and target.range and not (target.range[0] <= self.range[0] and self.range[1] <= target.range[1]):
            return f"it gives values from {self.range[0]} to {self.range[1]}, and {target.range} are expected"
        if self.multiple % target.multiple:
            return f"it gives sizes that are multiples of {self.multiple}, and of {target.multiple} are expected"
        if self.label_set and target.label_set and self.label_set != target.label_set:
            return f"the label sets differ ({self.label_set} and {target.label_set})"
        if self.unnamed and not target.unnamed and target.label_set:
            return "it may give parts without names, and only named ones are understood"
        if self.degree_mode and target.degree_mode and self.degree_mode != target.degree_mode:
            return f"it gives degrees measured by {self.degree_mode!r}, and {target.degree_mode!r} is expected"
        return ""
