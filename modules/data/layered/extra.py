"""The optional packages of the extra `data`."""

from ...io.errors import UserError


def need_extra(kind: str, package: str) -> UserError:
    """Make the error for files of a kind whose reader needs a package that is not installed."""
    return UserError(
        f"{kind} files cannot be read.", f"The package {package} is not installed.",
        'Install it with: pip install "painting-process-predict[data]"',
    )  # fmt: skip
