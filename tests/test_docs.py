"""What the README and docs say exists, exists: files, commands, options, names, the Python interface."""

import ast
import inspect
import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "architecture", "dependencies", "data", "evaluation", "provenance", "serve", "ablations", "steering", "reliability",
)  # fmt: skip
PAGES = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in NAMES)]
README = PAGES[0].read_text("utf-8")
ROOMS = ("cli", "pipeline", "modules", "weights", "tests", "docs", "examples", "benchmarks", ".ci")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`([\w.]+/[\w./-]*)`", page.read_text("utf-8"))
    here = [name for name in named if name.split("/")[0] in ROOMS]
    assert here
    assert [name for name in here if not (ROOT / name).exists()] == []


def commands() -> list[str]:
    """Every `ppp ...` line of the pages' code blocks, without the remark that follows after two spaces."""
    blocks = [block for page in (PAGES[0], *PAGES[3:]) for block in page.read_text("utf-8").split("```")[1::2]]
    lines = [line for block in blocks for line in block.splitlines() if re.search(r"(^|/)ppp ", line)]
    return [re.sub(r"^.*?\bppp ", "ppp ", re.split(r" {2,}", line)[0]) for line in lines]


def test_commands_are_found():
    assert len(commands()) >= 8


@pytest.mark.parametrize("command", commands())
def test_commands_and_their_options_exist(command):
    import typer

    from ppp.cli.main import app

    words = shlex.split(command)[1:]
    known = typer.main.get_command(app)
    while words and hasattr(known, "get_command"):
        name = words.pop(0)
        known = known.get_command(None, name)
        assert known is not None, name
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word for word in words if word.startswith("-")} - {"--help"} <= options


def test_registrations_exist():
    rows = re.findall(r"a line in `(\w+)`, `([\w/.]+)`", README)
    assert len(rows) >= 3
    for name, file in rows:
        assert re.search(rf"^{name}\b.*=", (ROOT / file).read_text("utf-8"), flags=re.MULTILINE), (name, file)


def test_python_interface_takes_what_the_readme_gives_it():
    from ppp import Pipeline, TimeLapse

    (block,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    functions = {"from_pretrained": Pipeline.from_pretrained, "pipeline": Pipeline.__call__, "save": TimeLapse.save}
    called = set()
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            function = functions[name]
            first = () if inspect.ismethod(function) else (None,)  # self
            options = {word.arg: None for word in node.keywords}
            inspect.signature(function).bind(*first, *node.args, **options)
            called.add(name)
    assert called == set(functions)
