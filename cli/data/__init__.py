"""`ppp data`: make training data. One file per command; `COMMANDS` is their order in the help."""

import re

import typer

from .align import align
from .check import check
from .cutouts import cutouts
from .extract import extract
from .label import label
from .layered import layered
from .portraits import portraits
from .repaint import repaint
from .scenes import scenes
from .shard import shard
from .simulate import simulate

COMMANDS = (portraits, scenes, layered, cutouts, repaint, simulate, extract, align, label, check, shard)

app = typer.Typer(
    help="Make training data: sitters, scenes, layered and repainted pictures, and painting processes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in COMMANDS:
    # the first sentence whole: unasked the list of commands ends in the middle of a line
    app.command(short_help=re.split(r"(?<=\.)\s", command.__doc__ or "", maxsplit=1)[0])(command)
