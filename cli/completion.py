"""Shell completion of values: parts, media, habits and other names. Does not import torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import typer

from ..modules.labels import PORTRAIT
from ..modules.things import SCENE_CLASSES

Complete = Callable[[typer.Context, str], list[str]]


def complete_names(names: Iterable[str], several: bool = False) -> Complete:
    """Complete one of `names`, or `several` with commas between them; `.names` of the function are all of them."""
    known = tuple(names)
    complete = _completer(lambda context: known, several)
    complete.names = known  # type: ignore[attr-defined]
    return complete


def complete_parts(end: str = "") -> Complete:
    """Complete names of parts with commas between them, `end` after each: those of the result to go on from, or all."""
    return _completer(_parts, True, end)


def _completer(find: Callable[[typer.Context], Iterable[str]], several: bool, end: str = "") -> Complete:
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",") if several else ("", "", incomplete)
        given = {name.partition("=")[0] for name in before.split(",")}
        return [f"{before}{comma}{name}{end}" for name in find(context) if name.startswith(last) and name not in given]

    return complete


def _parts(context: typer.Context) -> Iterable[str]:
    """Names of the parts that the process of --continue has, or of every class that there is."""
    source: Any = context.params.get("continued")
    if source is not None:
        file = Path(source) / "process.json" if Path(source).is_dir() else Path(source)
        try:
            return list(json.loads(file.read_text(encoding="utf-8"))["labels"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
    return [name for name in dict.fromkeys((*PORTRAIT.names, *SCENE_CLASSES)) if name != "edge"]
