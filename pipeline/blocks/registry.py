"""Blocks by name. A name in JSON or on the command line leads here and nowhere else: no class is imported by its path.

Others add theirs through the entry point group `ppp.blocks`: `name = "package.module:Class"` in their pyproject.toml,
the class a `Step` or `Block` without arguments, with an attribute `stage` (segment, firstframe or frames).
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points

from ...modules.io.errors import UserError
from ..graph import Block, Step
from ..stages import import_class

# stage -> name -> "module:Class" below the package
BLOCKS: dict[str, dict[str, str]] = {
    "segment": {"clusters": "pipeline.blocks.parts:ClustersBlock"},
    "firstframe": {},
    "frames": {
        "simulate": "pipeline.blocks.baselines:Simulate",
        "partfade": "pipeline.blocks.baselines:Partfade",
        "crossfade": "pipeline.blocks.baselines:Crossfade",
    },
}


def _entry_points() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="ppp.blocks")}


def named_block(stage: str, name: str) -> Block | Step | None:
    """Make a block of a registered name for a stage; None when there is no such name.

    Raises:
        UserError: a third party's block does not load, or is for another stage.
    """
    if name in BLOCKS[stage]:
        block: Block | Step = import_class(BLOCKS[stage][name])()
        return block
    entry = _entry_points().get(name)
    if entry is None:
        return None
    what = f"The block {name!r} cannot be used as {stage}."
    try:
        block = entry.load()()
    except Exception as error:
        raise UserError(what, f"{entry.value} does not load: {error}.", "Ask its authors, or uninstall it.") from error
    own = getattr(block, "stage", None)
    if own != stage or not isinstance(block, Block | Step):
        raise UserError(what, f"{entry.value} is no block of that stage.", f"Its stage is {own}.")
    return block


def block_names(stage: str) -> list[str]:
    """List the names that may stand for a stage; third parties' are listed without being loaded."""
    return [*BLOCKS[stage], *_entry_points()]
