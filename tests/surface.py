"""The surface others build on: public names, options of commands, exit codes, keys of JSON. Kept in tests/surface/.

    python tests/surface.py        writes the files anew, for a change that is meant; git shows what it was

Each function gives one part as plain JSON; tests/test_surface.py compares them with the files.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "surface"
RENEW = "python tests/surface.py"

# Keys below these are data (names of parts, files, stages that ran), not names that a reader relies on.
DATA = {"asked", "reached", "parts", "files", "times", "kinds"}


def names() -> dict[str, Any]:
    """Public names of the package, and of its classes the public methods with their arguments."""
    import ppp

    found: dict[str, Any] = {}
    for name in ppp.__all__:
        value = getattr(ppp, name)
        if inspect.isclass(value):
            members = {k: v for k, v in vars(value).items() if not k.startswith("_") or k in ("__init__", "__call__")}
            found[name] = {k: _member(v) for k, v in sorted(members.items())}
        else:
            found[name] = type(value).__name__
    return found


def _member(value: Any) -> str:
    if isinstance(value, classmethod | staticmethod):
        return f"{type(value).__name__} {_arguments(value.__func__)}"
    if inspect.isfunction(value):
        return _arguments(value)
    return "property" if isinstance(value, property) else "attribute"


def _arguments(function: Any) -> str:
    """The argument list without annotations: name, kind and default are what a caller relies on."""
    parameters = inspect.signature(function).parameters.values()
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return str(inspect.Signature(plain))


def commands() -> dict[str, Any]:
    """Every command of `ppp` with its arguments and options: names, whether needed, how many values, the default."""
    import typer

    from ppp.cli.main import app

    found: dict[str, Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if hasattr(command, "list_commands"):
            for name in command.list_commands(None):
                walk(command.get_command(None, name), (*words, name))
        rows = {}
        for parameter in command.params:
            flags = "/".join([*parameter.opts, *parameter.secondary_opts])
            rows[flags] = {
                "required": parameter.required,
                "values": "many" if getattr(parameter, "multiple", False) or parameter.nargs != 1 else "one",
                "flag": bool(getattr(parameter, "is_flag", False)),
                "default": str(parameter.default) if isinstance(parameter.default, Path) else _plain(parameter.default),
            }
        found[" ".join(words)] = rows

    walk(typer.main.get_command(app), ("ppp",))
    return found


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str | list) else type(value).__name__


def exit_codes() -> dict[str, Any]:
    """The numbers that the commands leave with: of errors, of signals, and those that a command gives itself."""
    from ppp.modules.io.errors import PPPError, UserError
    from ppp.modules.training.loop import Outcome

    found: dict[str, Any] = {
        "our fault": PPPError("").exit_code,
        "the user's input": UserError("").exit_code,
        "training": {reason: Outcome(0, reason).exit_code for reason in ("done", "minutes", "SIGTERM", "SIGINT")},
    }
    for path in sorted((ROOT / "cli").rglob("*.py")):
        if codes := _given(path):
            found[path.relative_to(ROOT).as_posix()] = codes
    return found


def _given(path: Path) -> list[int]:
    """The numbers in a file's `typer.Exit(...)`, in `return N` of its `main`, and in names that are exit codes."""
    numbers: set[int] = set()
    tree = ast.parse(path.read_text("utf-8"))
    module = import_module(".".join(("ppp", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"))
    for node in ast.walk(tree):
        parts: list[ast.AST] = []
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "typer.Exit":
            parts = [part for argument in node.args for part in ast.walk(argument)]
        elif isinstance(node, ast.FunctionDef) and node.name == "main":
            parts = [p for inner in ast.walk(node) if isinstance(inner, ast.Return) for p in ast.walk(inner)]
        for part in parts:
            if isinstance(part, ast.Constant) and type(part.value) is int:
                numbers.add(part.value)
            elif isinstance(part, ast.Name) and type(getattr(module, part.id, None)) is int:
                numbers.add(getattr(module, part.id))
        if isinstance(node, ast.Assign) and "exit code" in _line(path, node.lineno):
            numbers |= {part.value for part in ast.walk(node.value) if isinstance(part, ast.Constant)}
    return sorted(numbers)


def _line(path: Path, number: int) -> str:
    return path.read_text("utf-8").splitlines()[number - 1]


def json_keys(weights: Path, folder: Path) -> dict[str, Any]:
    """The keys of what `--json` prints and of the files that runs leave, from real runs with small weights."""
    from ppp.modules.data.synthetic.portraits import draw_sitter
    from ppp.modules.io.png import encode_png
    from ppp.pipeline.images import quantise

    picture = folder / "sitter.png"
    picture.write_bytes(encode_png(quantise(draw_sitter(64, 3)[0])))
    (folder / "broken.png").write_bytes(picture.read_bytes()[:100])
    inbox = folder / "inbox"
    inbox.mkdir()
    (inbox / picture.name).write_bytes(picture.read_bytes())
    own = ["--weights", str(weights), "--device", "cpu"]
    quick = [*own, "--stage", "frames=partfade"]  # whatever paints, several paintings are told of alike
    out = folder / "out"
    runs = {
        "ppp run": ["run", picture, "-o", out, "--frames", "3", *own],
        "ppp run, several": ["run", picture, folder / "broken.png", "-o", folder / "many", "--frames", "2", *quick],
        "ppp run, variations": ["run", picture, "-o", folder / "vary", "--frames", "2", "--variations", "2", *quick],
        "ppp batch": [
            "batch",
            picture,
            folder / "broken.png",
            "-o",
            folder / "all",
            "--frames",
            "2",
            "--jobs",
            "1",
            *quick,
        ],
        "ppp watch": ["watch", inbox, "-o", folder / "watched", "--once", "--settle", "0", "--frames", "2", *quick],
        "ppp segment": ["segment", picture, "-o", folder / "seg.png", *own],
        "ppp verify": ["verify", out / "first_frame.png"],
        "ppp replay": ["replay", out / "process.json", "-o", folder / "again", "--device", "cpu"],
        "ppp doctor": ["doctor", "--size", "64x64", "-o", folder, *own],
    }
    found = {name: _keys(words) for name, words in runs.items()} | _learning(own, folder)
    for name in ("process.json",):
        found[name] = _shape(json.loads((out / name).read_text("utf-8")))
    found["pipeline.json"] = _shape(json.loads((weights / "pipeline.json").read_text("utf-8")))
    manifest = json.loads((weights / "segment" / "config.json").read_text("utf-8"))
    found["config.json"] = sorted(manifest)
    return found


def _learning(own: list[str], folder: Path) -> dict[str, Any]:
    """The same of the way from a recording to weights, and of the evaluation. Each batch has one that fails."""
    from recorded import recorded
    from videos import CANVAS, states

    from ppp.modules.io.png import write_rgb

    stills, films, notes = folder / "stills", folder / "films", folder / "notes.txt"
    stills.mkdir()
    for i, state in enumerate(states(6, seed=1)):
        for held in range(2):
            write_rgb(stills / f"{i}{held}.png", state)
    notes.write_text("no video", "utf-8")
    place = f"0,0,{CANVAS[0]},{CANVAS[1]}"
    found = {"ppp data extract": _keys(["data", "extract", stills, notes, "-o", films, "--canvas", place])}
    film, other = films / "stills" / "process-00", recorded(films / "other", n_frames=4)
    (other / "frames" / "00002.png").write_bytes(b"")
    found["ppp data align"] = _keys(["data", "align", films])
    # parts by colour: which classes a network without training finds is chance
    found["ppp data label"] = _keys(["data", "label", films, "--jobs", "1", "--segment", "clusters"])
    found["ppp data check"] = _keys(["data", "check", films, "--jobs", "1"])
    small = ["--size", "32", "--batch", "1", "--set", "width=16", "--set", "blocks=1", "--device", "cpu"]
    found["ppp train"] = _keys(["train", "frames", film, "-o", folder / "learned", "--steps", "0", *small])
    quick = ["--frames", "4", "--seeds", "1", "--rollout", "4", "--size", "32", "--jobs", "1", "--systems", "model"]
    quick += ["--perceptual", "none", *own]
    painting = film / "painting.png"
    found["ppp evaluate, pictures"] = _keys(["evaluate", painting, "-o", folder / "of-pictures", *quick])
    found["ppp evaluate, processes"] = _keys(["evaluate", film, "-o", folder / "of-processes", *quick])
    return found


def _keys(words: list[Any]) -> Any:
    return _shape(json.loads(_said([str(word) for word in words]), parse_constant=_no_json))


def _no_json(name: str) -> Any:
    raise ValueError(f"{name} is not JSON: other languages do not read it")


def _said(words: list[str]) -> str:
    from ppp.cli.main import main

    out, notes = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(notes):
        code = main([*words, "--json"])
    assert code in (0, 3), f"ppp {' '.join(words)} ended with {code}: {notes.getvalue()}"
    return out.getvalue()


def _shape(value: Any, key: str = "") -> Any:
    """Keys without values: dicts by sorted key, lists by their fullest entry, everything else by its JSON type."""
    if isinstance(value, dict):
        return "names -> values" if key in DATA else {k: _shape(v, k) for k, v in sorted(value.items())}
    if isinstance(value, list):
        if not value or not isinstance(value[0], dict):
            return "list"
        return [_shape(min(value, key=lambda one: list(one.values()).count(None)))]
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}
    return kinds[type(value)]


def text(part: Any) -> str:
    """As it stands in the file."""
    return json.dumps(part, indent=1, ensure_ascii=False) + "\n"


PARTS = {"names": names, "commands": commands, "exit_codes": exit_codes, "json_keys": json_keys}

if __name__ == "__main__":
    from conftest import small_pipeline

    with tempfile.TemporaryDirectory(prefix="ppp-") as place:
        FOLDER.mkdir(exist_ok=True)
        made = (small_pipeline(Path(place) / "tiny"), Path(place))
        for title, part in PARTS.items():
            (FOLDER / f"{title}.json").write_text(text(part(*made) if part is json_keys else part()), "utf-8")
            print(f"tests/surface/{title}.json", file=sys.stderr)
