"""Blocks by name. A name in JSON or on the command line leads here and nowhere else: no class is imported by its path.

Others add theirs through the entry point group `ppp.blocks`: `name = "package.module:Class"` in their pyproject.toml,
the class a `Step` or `Block` without arguments, with an attribute `stage` (segment, firstframe or frames).
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from ...modules.io.errors import UserError
from ..graph.graph import Block, Step

__all__ = ["BLOCKS", "block_names", "named_block"]

# stage -> name -> (module of this package, class)
BLOCKS: dict[str, dict[str, tuple[str, str]]] = {
    "segment": {"clusters": (".parts", "ClustersBlock")},
    "firstframe": {},
    "frames": {
        "simulate": (".baselines", "Simulate"),
        "partfade": (".baselines", "Partfade"),
        "crossfade": (".baselines", "Crossfade"),
    },
}


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="ppp.blocks")}


def named_block(stage: str, name: str) -> Block | Step | None:
    """A new block of the registered name for a stage, or None when there is no such name.

    Raises UserError when a third party's block does not load or is for another stage.
    """
    if name in BLOCKS[stage]:
        module, cls = BLOCKS[stage][name]
        return getattr(import_module(module, __package__), cls)()
    entry = _entry_points().get(name)
    if entry is None:
        return None
    what = f"The block {name!r} cannot be used as {stage}."
    try:
        block = entry.load()()
    except Exception as error:
        raise UserError(what, f"{entry.value} does not load: {error}.", "Ask its authors, or uninstall it.") from error
    if getattr(block, "stage", None) != stage or not isinstance(block, Block | Step):
        raise UserError(what, f"{entry.value} is no block of that stage.", f"It says: {getattr(block, 'stage', None)}.")
    return block


def block_names(stage: str) -> list[str]:
    """The names that may stand for a stage; third parties' are listed without being loaded."""
    return [*BLOCKS[stage], *_entry_points()]
