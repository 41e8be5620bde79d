"""Whether a JSON value has the form that is expected of it, and if not, where not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null",
    dict: "an object", list: "a list",
}  # fmt: skip


def find_mismatch(value: Any, form: Any, where: str = "") -> str:
    """Where a JSON value is not of a form, in words; "" when it is.

    form: a type, or a tuple of possible ones (`float` takes whole numbers, too, `object` anything); `[form]`, a list of
    such values; or a dict of keys and their forms: "key" must be there, "?key" may be, "*" stands for all others
    (without it others are not looked at). Every list and dict inside a tuple must be one by its type alone.
    """
    here = where or "it"
    if isinstance(form, Mapping):
        if not isinstance(value, Mapping):
            return f"{here} is {_name(type(value))}, not an object"
        for key, inner in form.items():
            name = key.removeprefix("?")
            if key != "*" and name in value:
                if wrong := find_mismatch(value[name], inner, f"{where}.{name}".lstrip(".")):
                    return wrong
            elif key != "*" and not key.startswith("?"):
                return f"{f'{where}.{name}'.lstrip('.')} is missing"
        if "*" in form:
            for key in value.keys() - {name.removeprefix("?") for name in form}:
                if wrong := find_mismatch(value[key], form["*"], f"{where}.{key}".lstrip(".")):
                    return wrong
        return ""
    if isinstance(form, list):
        if not isinstance(value, list):
            return f"{here} is {_name(type(value))}, not a list"
        return next(
            (wrong for i, one in enumerate(value) if (wrong := find_mismatch(one, form[0], f"{where}[{i}]"))), ""
        )
    kinds = form if isinstance(form, tuple) else (form,)
    fits = any(
        kind is object or (isinstance(value, (int, float) if kind is float else kind) and not
                           (isinstance(value, bool) and kind in (int, float)))
        for kind in kinds
    )  # fmt: skip
    return "" if fits else f"{here} is {_name(type(value))}, not {' or '.join(_name(kind) for kind in kinds)}"


def _name(kind: type) -> str:
    return _NAMES.get(kind, kind.__name__)
