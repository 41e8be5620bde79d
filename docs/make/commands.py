"""The commands that a page prints: every `ppp ...` line of its code blocks."""

import re
import shlex
from pathlib import Path


def commands(page):
    """The `ppp ...` lines of the code blocks of a page (a path), in order, without the remark after two spaces."""
    blocks = Path(page).read_text("utf-8").split("```")[1::2]
    lines = [line for block in blocks for line in block.splitlines() if re.search(r"(^|/)ppp ", line)]
    return [re.sub(r"^.*?\bppp ", "ppp ", re.split(r" {2,}", line.strip())[0]) for line in lines]


def words(command):
    """`ppp run a.png -o out` -> ["run", "a.png", "-o", "out"]."""
    return shlex.split(command)[1:]
