"""Error classes: what failed, why, and how to fix it.

Everything this package raises on purpose is a `PPPError`. The command line prints its three lines
without a traceback and exits with `exit_code`.
"""

import difflib
import errno
import re
from collections.abc import Iterable

__all__ = ["PPPError", "UserError", "did_you_mean"]

# no space on the disk, quota exceeded, file size limit exceeded
_DISK_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-fA-F]+>|<_io\.\w+[^<>]*>")  # in messages of libraries


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
        self.what, self.why, self.fix = (" ".join(_OBJECT.sub("it", part).split()) for part in (what, why, fix))

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.fix) if part)


class UserError(PPPError):
    """Unusable input: a file, an option, a weights folder."""

    exit_code = 2


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return "Did you mean ...?" for a mistyped name when one of `names` is similar, else ""."""
    close = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else ""


def choices(name: str, names: Iterable[str], more: str = "") -> str:
    """Return what to use in place of an unknown name: the one that was meant, and all there are."""
    names = list(names)
    return f"{did_you_mean(name, names)} Use one of: {', '.join(names)}{more}.".strip()


def install_extra(extra: str) -> str:
    """Return the command that installs ppp with one of its extras (pyproject.toml): ppp is used from its clone."""
    return f'Install ppp with this extra, in its clone: pip install -e ".[{extra}]"'


def is_disk_full(error: BaseException) -> bool:
    """Return whether this is the system's error for a full disk, a quota or a limit of file sizes."""
    return isinstance(error, OSError) and error.errno in _DISK_FULL


def disk_advice(error: BaseException, otherwise: str = "Check the path and its permissions.") -> str:
    """Return what to do when something cannot be written: free space only where space is missing."""
    return "Free some space, or write to another disk." if is_disk_full(error) else otherwise
