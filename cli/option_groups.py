"""Groups of options: dataclasses as parameters of a typer command."""

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def with_option_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Expand every parameter of a command that is a dataclass into its fields, at its place among the options.

    A field that is a dataclass itself is expanded likewise.
    """
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        if is_dataclass(parameter.annotation):
            groups[parameter.name] = parameter.annotation
        parameters += _expand(parameter.name, parameter.annotation, parameter.default)

    @wraps(command)
    def expanded(**values: Any) -> None:
        command(**{name: _gather(group, values) for name, group in groups.items()}, **values)

    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return expanded


def _expand(name: str, kind: Any, default: Any) -> list[inspect.Parameter]:
    """List the options that a parameter stands for."""
    if not is_dataclass(kind):
        return [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)]
    hints = get_type_hints(kind, include_extras=True)
    options = [_expand(field.name, hints[field.name], field.default) for field in fields(kind)]
    return [option for group in options for option in group]


def _gather(group: Any, values: dict[str, Any]) -> Any:
    """Make a group of its options' values, which are taken out of `values`."""
    hints = get_type_hints(group)
    parts = [(field.name, hints[field.name]) for field in fields(group)]
    return group(**{name: _gather(kind, values) if is_dataclass(kind) else values.pop(name) for name, kind in parts})
