"""Errors a person can act on: what happened, why, and how to fix it.

Everything this package raises on purpose is a `PPPError`. The command line prints its three lines
without a traceback and exits with `exit_code`.
"""

import errno


class PPPError(Exception):
    """Something went wrong on our side.

    what: what could not be done; why: the reason, with the bad value; fix: what to do instead.
    `str()` joins those that are given, one line each, so it is never longer than three lines.
    """

    exit_code = 1

    def __init__(self, what: str, why: str = "", fix: str = "") -> None:
        # The three parts are the exception's args, so it survives pickling on its way out of a worker.
        super().__init__(what, why, fix)
        self.what, self.why, self.fix = (" ".join(part.split()) for part in (what, why, fix))

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.fix) if part)


class UserError(PPPError):
    """The input cannot be used as it is: a file, an option, a weights folder."""

    exit_code = 2


def known_failure(error: BaseException) -> PPPError | None:
    """A clear error for failures of the libraries beneath that people meet and can mend; None for any other."""
    text = str(error)
    if isinstance(error, RuntimeError) and "operator torchvision::" in text:
        return PPPError(
            "torch and torchvision are installed, but do not fit together.",
            f"They come from different builds ({text}).",
            "Let pip choose both: pip install --upgrade --force-reinstall torch torchvision",
        )
    if isinstance(error, RuntimeError) and "out of memory" in text:
        return UserError(
            "The device has not enough memory for this.",
            text.splitlines()[0],
            "Use --device cpu, a smaller picture, or (in training) a smaller --batch or --size.",
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return UserError("The disk is full.", text, "Make room, or choose another output folder with -o.")
    return None
