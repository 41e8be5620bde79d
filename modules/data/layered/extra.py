"""The optional packages of the extra `data`."""

from ...io.errors import UserError, install_extra


def need_extra(kind: str, package: str) -> UserError:
    """Make the error for files of a kind whose reader needs a package that is not installed."""
    what, why = f"{kind} files cannot be read.", f"The package {package} is not installed."
    return UserError(what, why, install_extra("data"))
