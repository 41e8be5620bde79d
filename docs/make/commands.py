"""What a page says can be done: every `ppp ...` line of its code blocks, and its Python."""

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


def python(page):
    """(code, what it prints or None) of the Python blocks of a page: the text block right behind one is its output."""
    found = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", Path(page).read_text("utf-8"), flags=re.DOTALL)
    return [(code, said or None) for code, said in found]
