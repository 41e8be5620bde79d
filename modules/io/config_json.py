"""Config dataclasses as JSON values, under the names that their fields have in files."""

import dataclasses
from typing import Any


def config_to_json(config: Any) -> dict[str, Any]:
    """Convert a config dataclass, by the stored names of fields that have one (`training.settings.setting`)."""
    values = dataclasses.asdict(config)
    return {_stored_name(field): values[field.name] for field in dataclasses.fields(config)}


def config_from_json(kind: type, values: dict[str, Any]) -> Any:
    """Make a config dataclass of what `config_to_json` returned; TypeError when it has no such field."""
    names = {_stored_name(field): field.name for field in dataclasses.fields(kind)}
    return kind(**{names.get(key, key): _tuples(value) for key, value in values.items()})


def _stored_name(field: dataclasses.Field[Any]) -> str:
    return field.metadata.get("stored") or field.name


def _tuples(value: Any) -> Any:
    """Convert JSON's lists to tuples, so that configs can be compared and hashed."""
    return tuple(_tuples(v) for v in value) if isinstance(value, list) else value
