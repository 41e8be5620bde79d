"""Names of formats, as options take them: one or more, with commas between them."""

from collections.abc import Iterable, Sequence

from ...modules.io.errors import UserError, did_you_mean


def parse_format_names(option: str, values: Sequence[str], known: Iterable[str], more: str = "") -> tuple[str, ...]:
    """Parse the values of an option, without duplicates. UserError, which ends with `more`, for an unknown name."""
    known = list(known)
    names = [name.strip().lower().lstrip(".") for value in values for name in value.split(",")]
    for name in names:
        if name not in known:
            fix = f"Use one or {'both' if len(known) == 2 else 'more'} of: {', '.join(known)}.{more}"
            raise UserError(f"{option} {name or '(nothing)'} is unknown.", did_you_mean(name, known), fix)
    return tuple(dict.fromkeys(names))
