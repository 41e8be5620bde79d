"""Outputs that never eat inputs: the one check of every command that writes, made before anything is written."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from .errors import UserError

Identity = tuple[int, int] | None
Given = Path | str | Iterable[Path | str] | None


def check_apart(out: Path | str, inputs: Mapping[str, Given], fix: str = "Choose another place with -o.") -> None:
    """Refuse an output that is an input, a folder that holds one, or a file within a folder that is one.

    Links are followed, and hard links noticed. What does not exist yet overwrites nothing.

    Args:
        out: the file or folder that would be written.
        inputs: what is read, by its name in messages ("the painting"): paths, or None where it is not given.
        fix: the way out.

    Raises:
        UserError: for the first input that would be lost.
    """
    own = _identity(out)
    if own is None:
        return
    known: dict[Path, Identity] = {}  # thousands of inputs share their folders
    above = set() if Path(out).is_dir() else _folders_of(out, known)
    for name, given in inputs.items():
        for path in [given] if isinstance(given, (Path, str)) else given or ():
            identity, why = _identity(path), ""
            if identity is None:  # the name of something that is no file
                continue
            if identity == own:
                why = f"{out} is {name} itself."
            elif own in _folders_of(path, known):
                why = f"{out} holds {name}."
            elif identity in above:
                why = f"{out} lies in {name}."
            if why:
                raise UserError(f"{path} would be overwritten by what is made of it.", why, fix)


def _folders_of(path: Path | str, known: dict[Path, Identity]) -> set[Identity]:
    """All folders above a path that exists: of its name and, where it is a link, of the file itself."""
    path = Path(path).expanduser()
    folders = {*path.absolute().parents, *path.resolve().parents}
    for folder in folders - known.keys():
        known[folder] = _identity(folder)
    return {known[folder] for folder in folders}


def _identity(path: Path | str) -> Identity:
    """Device and number of what a path leads to; None where there is nothing."""
    try:
        found = Path(path).expanduser().stat()
    except (OSError, RuntimeError, ValueError):
        return None
    return found.st_dev, found.st_ino
