"""How the package hangs together: arrows run one way, and what should start fast does not load torch."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from ppp.pipeline.stages import STAGES

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(path for room in ("cli", "pipeline", "modules") for path in (ROOT / room).rglob("*.py"))


def imports(path: Path, source: str | None = None) -> set[str]:
    """Full dotted names that a file of the package imports: `ppp.modules.labels`, `numpy`."""
    package = ("ppp", *path.relative_to(ROOT).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8") if source is None else source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base = (*base, *(node.module or "").split(".")) if node.module else base
            # `from ..modules import labels` imports modules.labels
            found.update(".".join((*base, alias.name)) for alias in node.names)
            found.add(".".join(base))
    return found


def room(name: str) -> str:
    """`ppp.modules.segment.model` -> `modules.segment`; `ppp.cli.run` -> `cli`; `numpy` -> ``."""
    parts = name.split(".")
    if parts[0] != "ppp" or len(parts) < 2 or parts[1] not in ("cli", "pipeline", "modules"):
        return ""
    return ".".join(parts[1:3]) if parts[1] == "modules" and len(parts) > 2 else parts[1]


def rooms(path: Path, source: str | None = None) -> set[str]:
    return {r for name in imports(path, source) if (r := room(name))} - {"modules"}


def test_the_reader_of_imports_sees_them():
    """Guards the tests below: that they can fail."""
    source = "from ..frames.model import X\nfrom .. import store\nfrom ...pipeline import graph\nimport ppp.cli.run\n"
    assert rooms(ROOT / "modules" / "segment" / "imagined.py", source) == {
        "modules.frames", "modules.store", "pipeline", "cli",
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_run_one_way(path):
    """cli -> pipeline -> modules; a stage imports no other stage; data/ and training/ import no stage."""
    here = path.relative_to(ROOT).parts
    reached = rooms(path)
    stages = {f"modules.{stage}" for stage in STAGES}
    if here[0] == "modules":
        assert not reached & {"cli", "pipeline"}
        if here[1] in STAGES:
            assert not reached & (stages - {f"modules.{here[1]}"})
        elif here[1] in ("data", "training"):
            assert not reached & stages
    elif here[0] == "pipeline":
        assert "cli" not in reached


MODULES = {".".join(("ppp", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): p for p in FILES}


def without_type_checking(source: str) -> str:
    """The source without what stands under `if TYPE_CHECKING`."""

    class Remover(ast.NodeTransformer):
        def visit_If(self, node: ast.If) -> ast.AST | None:
            return None if ast.unparse(node.test) == "TYPE_CHECKING" else self.generic_visit(node)

    return ast.unparse(Remover().visit(ast.parse(source)))


def find_circle(arrows: dict[str, set[str]]) -> list[str]:
    """Names that lead from one to the next and back to the first; [] when there are none."""
    done: set[str] = set()

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        found = next(filter(None, (follow(other, [*path, name]) for other in sorted(arrows[name]))), [])
        done.add(name)
        return found

    return next(filter(None, (follow(name, []) for name in arrows)), [])


def test_no_two_files_import_each_other():
    """Directly or over others; imports for annotations alone do not count."""
    arrows = {}
    for name, path in MODULES.items():
        reached = imports(path, without_type_checking(path.read_text("utf-8")))
        arrows[name] = {other for other in reached if other in MODULES and other != name}
    assert find_circle(arrows) == []
    arrows["ppp.modules.labels"].add("ppp.pipeline.pipeline")
    assert "ppp.modules.labels" in find_circle(arrows), "the test can fail"


def test_no_two_classes_share_a_name():
    found: dict[str, list[str]] = {}
    for name, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(name)
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


# Commands that measure; `data check` says of processes what `evaluate` says of paintings.
MEASURING = {
    f"cli/{name}.py"
    for name in ("evaluate", "evaluate_first_frame", "evaluate_scenes", "evaluation_jobs", "data/check")
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_at_run_time_imports_the_evaluation(path):
    here = path.relative_to(ROOT).as_posix()
    if not here.startswith("pipeline/evaluation/") and here not in MEASURING:
        reached = imports(path, without_type_checking(path.read_text("utf-8")))
        assert not [name for name in reached if name.startswith("ppp.pipeline.evaluation")]


def test_the_three_rooms_of_data_form_no_circle():
    """Recording and synthetic write processes; processes knows neither of them."""
    for path in (ROOT / "modules" / "data" / "processes").rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("ppp.modules.data.") and ".processes" not in name]


@pytest.mark.parametrize(("name", "door"), [("portraits", "draw_sitter"), ("scenes", "draw_scene")])
def test_procedural_pictures_have_one_door(name, door):
    room = f"ppp.modules.data.synthetic.{name}."
    names = set(vars(importlib.import_module(room[:-1]))["__all__"])
    for path in FILES:
        if path.parent.name != name:
            used = {used for used in imports(path) if used.startswith(room)}
            assert used <= {room + public for public in names}, path
    assert door in names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_inside_the_package_imports_are_relative(path):
    banned = {"ppp", "modules", "pipeline", "cli"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & banned
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] not in banned


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_settings_do_not_load_torch():
    """Neither the settings of a run nor those of a stage: `ppp train STAGE --help` lists them."""
    names = ["training.settings", *(f"{path.parent.name}.config" for path in (ROOT / "modules").glob("*/config.py"))]
    done = run(f"import sys, {', '.join('ppp.modules.' + name for name in names)}; assert 'torch' not in sys.modules")
    assert done.returncode == 0, done.stderr


def test_data_does_not_load_torch():
    """Making and reading data needs no network."""
    files = sorted((ROOT / "modules" / "data").rglob("*.py"))
    names = [".".join(("ppp", *path.relative_to(ROOT).with_suffix("").parts)) for path in files]
    done = run(f"import sys, {', '.join(names)}; assert 'torch' not in sys.modules".replace(".__init__", ""))
    assert done.returncode == 0, done.stderr


def test_import_ppp_does_not_load_torch():
    done = run("import sys, ppp; ppp.__version__; dir(ppp); assert not {'torch', 'cv2'} & set(sys.modules)")
    assert done.returncode == 0, done.stderr


HELP = [["--help"], ["--version"], ["run", "--help"], ["train", "--help"], *(["train", s, "--help"] for s in STAGES)]


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_and_version_do_not_load_torch(words):
    done = run(
        "import sys\n"
        f"sys.argv = ['ppp', *{words!r}]\n"
        "from ppp.cli.main import main\n"
        "try:\n    code = main()\n"
        "except SystemExit as stop:\n    code = stop.code\n"
        "assert not code, code\n"
        "assert 'torch' not in sys.modules\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# What a run imports beside Python, this package, and what its runtime imports itself.
RUN_IMPORTS = {"PIL", "av", "cv2", "numpy", "rich", "safetensors", "typer"}
TYPER_IMPORTS = {"annotated_doc", "annotated_types", "click", "pydantic", "pydantic_core", "shellingham"}


def test_a_run_imports_nothing_that_it_does_not_need(tmp_path):
    """The list of what `ppp run` imports: libraries that only training needs take longer than a painting."""
    picture = cv2.imread(str(ROOT / "examples" / "portrait.png"))
    cv2.imwrite(str(tmp_path / "small.png"), cv2.resize(picture, (64, 80)))
    done = run(
        "import sys, torch\n"
        "before = set(sys.modules)\n"
        "from ppp.cli.main import main\n"
        f"code = main(['run', {str(tmp_path / 'small.png')!r}, '-o', {str(tmp_path / 'out')!r},\n"
        "    '--frames', '2', '--first-frame', 'blank', '--device', 'cpu', '--quiet'])\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*(top for top in tops - set(sys.stdlib_module_names) if not top.startswith('_')))\n"
        "print(*(name for name in sys.modules if name.endswith('ImagePlugin')))\n"
        "sys.exit(code)\n"
    )
    assert done.returncode == 0, done.stderr
    *_, tops, plugins = done.stdout.splitlines()
    allowed = RUN_IMPORTS | TYPER_IMPORTS | {"ppp", "torch", "cython_runtime", "typing_extensions", "typing_inspection"}
    assert set(tops.split()) <= allowed
    assert len(plugins.split()) < 15, "Pillow's readers of rare formats"


def test_the_public_names():
    import ppp
    from ppp.modules.labels import PORTRAIT

    for name in ppp.__all__:
        assert getattr(ppp, name) is not None
    assert ppp.PORTRAIT is PORTRAIT
    with pytest.raises(AttributeError, match="nothing"):
        ppp.nothing  # noqa: B018
