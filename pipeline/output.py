"""The result folder: complete under its final name, or not there at all."""

import errno
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..modules.io.errors import PPPError, UserError, disk_advice
from ..modules.io.files import atomic_folder
from ..modules.io.locks import remove_stale
from ..modules.io.outputs import Given, check_apart

MANIFEST = "process.json"
_RESULT_NAMES = re.compile(
    r"process\.json|(timelapse|overlay)\.(mp4|webm|gif|webp|apng|c2pa)|(sheet|sheet-\d+|segmentation|first_frame)\.png|sheet\.pdf|timelapse\.(srt|vtt)"
    r"|strokes\.(json|svg)|layers\.(ora|psd)|numbers\.(svg|pdf)"
    r"|frames|overlay"
)


def check_output(folder: Path, overwrite: bool, inputs: Mapping[str, Given] | None = None) -> None:
    """Refuse a result folder that would lose something.

    Only a manifest makes a folder a result: pictures may have the names of a result's, too.

    inputs: what the result is made of, see `check_apart`.

    Raises UserError: it is a file, holds an input or files that are not a result's, or holds a result and `overwrite`
    is not set.
    """
    check_apart(folder, inputs or {})
    what = f"The result cannot be written to {folder}."
    fix = "Choose a new folder with -o."
    try:
        if folder.is_symlink() or folder.exists():
            if not folder.is_dir() or folder.is_symlink():
                raise UserError(what, "It is a file or a link.", fix)
            foreign = sorted(p.name for p in folder.iterdir())
            if MANIFEST in foreign:
                foreign = [name for name in foreign if not _RESULT_NAMES.fullmatch(name)]
            for inside in ("frames", "overlay"):
                if not foreign and (folder / inside).is_dir():
                    names = [path.name for path in (folder / inside).iterdir()]
                    foreign = sorted(f"{inside}/{name}" for name in names if not re.fullmatch(r"\d+\.png", name))
            if foreign:
                raise UserError(what, f"It holds other files, such as {', '.join(foreign[:3])}.", fix)
            if any(folder.iterdir()) and not overwrite:
                raise UserError(what, "It already holds a result.", "Choose another folder, or add --overwrite.")
        for parent in folder.absolute().parents:
            if parent.exists():
                if not parent.is_dir():
                    raise UserError(what, f"{parent} is a file.", fix)
                break
    except OSError as error:
        raise UserError(what, f"{error.strerror or error}.", fix) from error


@contextmanager
def result_folder(
    folder: Path,
    overwrite: bool,
    check: Callable[[Path, bool, Mapping[str, Given]], None] = check_output,
    inputs: Mapping[str, Given] | None = None,
) -> Iterator[Path]:
    """Make a temporary folder that takes `folder`'s name when the body is done, and is deleted when it raises.

    Args:
        check: refuses a folder that would lose something.
        inputs: what is read, by its name in messages.

    Raises:
        UserError: the folder is refused, or another run writes there.
        PPPError: it cannot be written, because the disk is full for example.
    """
    what = f"The result cannot be written to {folder}."
    busy = remove_stale(folder.absolute().parent, folder.name)
    check(folder, overwrite, inputs or {})
    if busy:
        raise UserError(what, "Another run is writing there now.", "Wait for it, or choose another folder with -o.")
    try:
        with atomic_folder(folder, replace=overwrite) as part:
            yield part
    except FileExistsError as error:
        raise _taken(what) from error
    except PermissionError as error:
        raise UserError(what, f"{error.strerror}.", "Choose another folder with -o.") from error
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise _taken(what) from error
        what, why = f"The result could not be written to {folder}.", f"{error.strerror or error}."
        raise PPPError(what, why, disk_advice(error, "Choose another folder with -o.")) from error


def _taken(what: str) -> UserError:
    return UserError(what, "Another run has put its result there meanwhile.", "Choose another folder with -o.")
