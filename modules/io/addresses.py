"""Addresses: files that fsspec reaches, such as s3://bucket/a.png. Without "://" it is a path of this machine."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import UserError
from .limits import MAX_BYTES


def is_address(text: str) -> bool:
    """Whether a text is an address, and not a path."""
    return "://" in text


def list_files(address: str) -> list[tuple[str, str]]:
    """List a file, all files below a folder, or what a pattern (`*`) matches: addresses, and the ways to them; sorted.

    The way is what comes after the folder, or after the last folder without a sign of the pattern.

    Raises UserError: it cannot be reached.
    """
    with _told(address):
        system, path = _find(address)
        if system.isfile(path):
            return [(address, path.rpartition("/")[2])]
        root = re.split(r"[*?\[]", path)[0]
        if root != path:
            root = root.rpartition("/")[0]
            found = [name for name, facts in system.glob(path, detail=True).items() if facts["type"] == "file"]
        else:
            found = system.find(path)
        return sorted((system.unstrip_protocol(name), name.removeprefix(root).lstrip("/")) for name in found)


def read_address(address: str) -> bytes:
    """Read a file. UserError when it is missing or too large."""
    with _told(address):
        system, path = _find(address)
        size = system.size(path)
        if size is not None and size > MAX_BYTES:
            raise UserError(f"{address} cannot be read.", f"It has {size / 1e6:.0f} MB: too many.")
        return system.cat_file(path)


class Place:
    """Where results go: a folder of this machine, or an address. Names in it are `a/process.json`."""

    def __init__(self, root: str) -> None:
        self.root = root if is_address(root) else str(Path(root).expanduser())
        self.remote = is_address(root)

    def find(self, name: str) -> str:
        """Return the path or address of a name."""
        return f"{self.root.rstrip('/')}/{name}" if self.remote else str(Path(self.root) / name)

    def read(self, name: str) -> str | None:
        """Read a text, or None when there is none."""
        try:
            if not self.remote:
                return Path(self.find(name)).read_text("utf-8")
            with _told(self.root, but=(FileNotFoundError,)):
                system, path = _find(self.find(name))
                return system.cat_file(path).decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, name: str, text: str) -> None:
        """Write a text at an address, in the place of what was there."""
        with _told(self.root):
            system, path = _find(self.find(name))
            system.makedirs(system._parent(path), exist_ok=True)
            system.pipe_file(path, text.encode())

    @contextmanager
    def folder(self, name: str, last: str) -> Iterator[Path]:
        """Give the folder `name` to fill; of an address a temporary one, whose file `last` is uploaded when all are."""
        if not self.remote:
            yield Path(self.find(name))
            return
        with tempfile.TemporaryDirectory(prefix="ppp-") as temporary:
            folder = Path(temporary) / (name.rpartition("/")[2] or "result")
            yield folder
            with _told(self.root):
                system, path = _find(self.find(name))
                if system.exists(f"{path}/{last}"):  # what is replaced is no result while it is
                    system.rm_file(f"{path}/{last}")
                files = sorted((file for file in folder.rglob("*") if file.is_file()), key=lambda f: f.name == last)
                for file in files:
                    target = f"{path}/{file.relative_to(folder).as_posix()}"
                    system.makedirs(system._parent(target), exist_ok=True)
                    system.put_file(str(file), target)


def _find(address: str) -> tuple[Any, str]:
    import fsspec

    system, path = fsspec.core.url_to_fs(address)
    return system, path


@contextmanager
def _told(address: str, but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn what file systems raise into a UserError that names the address."""
    try:
        yield
    except UserError:
        raise
    except but:
        raise
    except ModuleNotFoundError as error:
        if error.name == "fsspec":
            raise
        raise UserError(f"{address} cannot be reached.", str(error), "Install the package that it names.") from error
    except Exception as error:  # the plugins' errors have nothing in common
        what = "There is no such file." if isinstance(error, FileNotFoundError) else ""
        why = what or f"{type(error).__name__}: {str(error).strip()[:200]}"
        raise UserError(
            f"{address} cannot be reached.", why, "Check the address, and what it takes to log in."
        ) from error
