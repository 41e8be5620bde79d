"""What the README and docs say exists, exists: files, commands, options, names, the Python interface."""

import ast
import inspect
import re
from pathlib import Path

import pytest
from commands import commands, words

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text("utf-8")
ROOMS = ("cli", "pipeline", "modules", "weights", "tests", "docs", "examples", "benchmarks", "integrations", ".ci")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`([\w.]+/[\w./-]*)`", page.read_text("utf-8"))
    here = [name for name in named if name.split("/")[0] in ROOMS]
    assert here or page.name == "api.md"
    assert [name for name in here if not (ROOT / name).exists()] == []


COMMANDS = sorted({command for page in PAGES for command in commands(page)})


def test_commands_are_found():
    assert len(COMMANDS) >= 60


def parse(words):
    """Read the words of a command as the command line does, without doing anything -> the values by name."""
    import typer

    from ppp.cli.main import app

    known, words = typer.main.get_command(app), list(words)
    with known.make_context("ppp", words, resilient_parsing=True) as context:
        while hasattr(known, "get_command"):
            name = words.pop(0)
            known = known.get_command(context, name)
            assert known is not None, f"there is no command {name}"
        return known.make_context(known.name, words, parent=context).params


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_understood(command):
    """Their options exist, values have their types, and nothing that must be said is missing."""
    assert parse(words(command)) is not None


WRONG = ("run a.png --orders hair -o b", "run a.png --frames many -o b", "replay -o b", "data check",
         "data portraits 0 -o b", "paint a.png")  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_commands_are_not(wrong):
    with pytest.raises(Exception) as caught:  # noqa: PT011  (typer's own copy of click has no public name)
        parse(wrong.split())
    kinds = {kind.__name__ for kind in type(caught.value).__mro__}
    assert kinds & {"UsageError", "AssertionError"}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_newcomer_can_do_as_the_page_says(page):
    """Its pictures exist, are the reader's own (my-...) or made by it; no command writes where one before it did."""
    made, first = set(), ("run", "plan", "segment")
    for command in commands(page):
        said, values = words(command), parse(words(command))
        given = values.get("paintings") or values.get("painting") or [] if said[0] in first else []
        for picture in given if isinstance(given, list) else [given]:
            own = picture.parts[0].startswith("my-") or picture.parts[0] in ("out", "runs")
            assert own or (ROOT / picture).exists(), command
        out = str(values.get("out"))
        assert said[0] not in first or out == "None" or out not in made, f"{command}: {out} is there already"
        made.add(out)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)  # a call in code is no link
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        assert "://" in target or (page.parent / target).exists(), target


def test_registrations_exist():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = re.findall(r"a line in `(\w+)`, `([\w/.]+)`", page)
    assert len(rows) >= 7
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
