"""Config dataclasses as JSON values, under the names that their fields have in files."""

import dataclasses
from typing import Any

MOST = {"blocks": 64, "granularity": 64, "multiple": 1024}  # of these keys; of all others `check_ranges`' own
MAX_ITEMS = 4096  # of a list


def config_to_json(config: Any) -> dict[str, Any]:
    """Convert a config dataclass, by the stored names of fields that have one (`training.settings.setting`)."""
    values = dataclasses.asdict(config)
    return {_stored_name(field): values[field.name] for field in dataclasses.fields(config)}


def config_from_json(kind: type, values: dict[str, Any]) -> Any:
    """Make a config dataclass of what `config_to_json` returned; TypeError when it has no such field."""
    names = {_stored_name(field): field.name for field in dataclasses.fields(kind)}
    return kind(**{names.get(key, key): _tuples(value) for key, value in values.items()})


def check_ranges(values: Any, most: int = 4096) -> None:
    """Raise ValueError for a config with a number, a list or a depth that no model of ours has.

    A config is a small text that says how much memory is taken, so that each of its numbers is looked at.
    """
    if isinstance(values, dict):
        for key, value in values.items():
            check_ranges(value, MOST.get(key, most))
    elif isinstance(values, list):
        if len(values) > MAX_ITEMS:
            raise ValueError(f"a list of {len(values)}")
        for value in values:
            check_ranges(value, most)
    elif isinstance(values, (int, float)) and not abs(values) <= most:  # NaN is no number of ours either
        raise ValueError(f"{values} (at most {most})")


def _stored_name(field: dataclasses.Field[Any]) -> str:
    return field.metadata.get("stored") or field.name


def _tuples(value: Any) -> Any:
    """Convert JSON's lists to tuples, so that configs can be compared and hashed."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
