"""Error classes: what failed, why, and how to fix it.

Everything this package raises on purpose is a `PPPError`. The command line prints its three lines
without a traceback and exits with `exit_code`.
"""

import difflib
from collections.abc import Iterable

__all__ = ["PPPError", "UserError", "did_you_mean"]


class PPPError(Exception):
    """A failure on our side; `str()` joins the parts that are given, one line each.

    Args:
        what: what could not be done.
        why: the reason, with the bad value.
        fix: what to do instead.
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        # The three parts are the exception's args, so it survives pickling on its way out of a worker.
        super().__init__(what, why, fix)
        self.what, self.why, self.fix = (" ".join(part.split()) for part in (what, why, fix))

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.fix) if part)


class UserError(PPPError):
    """Unusable input: a file, an option, a weights folder."""

    exit_code = 2


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "Did you mean ...?" for a mistyped name when one of `names` is similar, else ""."""
    close = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else ""
