"""Validation of JSON values against small schemas written as Python types."""

from collections.abc import Mapping
from typing import Any

_NAMES = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "null",
    dict: "an object", list: "a list",
}  # fmt: skip


def find_mismatch(value: Any, schema: Any, path: str = "") -> str:
    """Describe the first place where a JSON value does not match a schema; "" when it matches.

    Args:
        value: what `json.loads` returns.
        schema: a type, or a tuple of alternatives (`float` accepts whole numbers too, `object` anything); `[schema]`,
            a list of such values; or a dict of keys and their schemas: "key" is required, "?key" optional, "*" stands
            for all other keys (without it they are ignored). Inside a tuple lists and dicts are checked by type only.
        path: where the value is, for the message.
    """
    here = path or "it"
    if isinstance(schema, Mapping):
        if not isinstance(value, Mapping):
            return f"{here} is {_name(type(value))}, not an object"
        for key, inner in schema.items():
            name = key.removeprefix("?")
            if key != "*" and name in value:
                if mismatch := find_mismatch(value[name], inner, f"{path}.{name}".lstrip(".")):
                    return mismatch
            elif key != "*" and not key.startswith("?"):
                return f"{f'{path}.{name}'.lstrip('.')} is missing"
        if "*" in schema:
            for key in value.keys() - {name.removeprefix("?") for name in schema}:
                if mismatch := find_mismatch(value[key], schema["*"], f"{path}.{key}".lstrip(".")):
                    return mismatch
        return ""
    if isinstance(schema, list):
        if not isinstance(value, list):
            return f"{here} is {_name(type(value))}, not a list"
        found = (find_mismatch(item, schema[0], f"{path}[{i}]") for i, item in enumerate(value))
        return next(filter(None, found), "")
    types = schema if isinstance(schema, tuple) else (schema,)
    if any(_is_instance(value, kind) for kind in types):
        return ""
    return f"{here} is {_name(type(value))}, not {' or '.join(map(_name, types))}"


def _is_instance(value: Any, kind: type) -> bool:
    if kind is object:
        return True
    return isinstance(value, (int, float) if kind is float else kind) and not (
        isinstance(value, bool) and kind in (int, float)
    )


def _name(kind: type) -> str:
    return _NAMES.get(kind, kind.__name__)
