"""What a wheel and a source archive hold, compared with the folders. Both are really built, from a copy."""

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
NOT_CODE = ("tests", "docs", "examples", "benchmarks", "integrations", "requirements", ".ci")
NAME = "painting_process_predict"

WHEEL_MAY_HOLD = [
    r"ppp/__init__\.py",
    r"ppp/(cli|modules|pipeline)/([a-z_]+/)*[a-z_]+\.(py|json|html|css|js)",
    r"ppp/weights/[a-z]+/(pipeline\.json|README\.md|LICENSE\.md)",
    r"ppp/weights/[a-z]+/(segment|firstframe|frames|frames/planner)/(config\.json|model\.safetensors|[a-z]+\.onnx)",
    NAME + r"-[^/]+\.dist-info/(METADATA|WHEEL|RECORD|entry_points\.txt|top_level\.txt|licenses/LICENSE)",
]
SDIST_MAY_HOLD = [
    r"(__init__\.py|pyproject\.toml|setup\.cfg|PKG-INFO|README\.md|LICENSE|MANIFEST\.in|Makefile)",
    r"Dockerfile|\.(gitignore|dockerignore|pre-commit-config\.yaml)",
    r"\.ci/(run|[a-z_]+\.py)",
    r"requirements/[a-z_]+\.txt",
    r"(cli|modules|pipeline)/([a-z_]+/)*[a-z_]+\.(py|json|html|css|js)",
    r"tests/.+\.(py|png|jpg|json|npz)",
    r"docs/(images/)?[^/]+\.(md|png|jpg|webp)",
    r"docs/make/[a-z_]+\.py",
    r"(examples|benchmarks)/([a-z_]+/)*[^/]+\.(md|py|png|json|ipynb)",
    r"integrations/[a-z]+/([a-z_]+/)?[a-z_A-Z]+\.(py|md|toml|txt|html|desktop)",
    r"weights/[a-z]+/(pipeline\.json|README\.md|LICENSE\.md)",
    r"weights/[a-z]+/(segment|firstframe|frames|frames/planner)/(config\.json|model\.safetensors|[a-z]+\.onnx)",
    NAME + r"\.egg-info/[A-Za-z_-]+(\.txt)?",
]


def tracked() -> list[Path]:
    """The files of the checkout that git does not ignore, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        return [Path(p) for p in sorted(set(listed.stdout.decode().split("\0")) - {""}) if (ROOT / p).is_file()]
    hidden = (".venv", ".types", "build", "dist", "__pycache__")
    return [p for f in ROOT.rglob("*") if f.is_file() and not {*hidden} & {*(p := f.relative_to(ROOT)).parts}]


FILES = tracked()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, list[str]]:
    """The file lists of a wheel and an sdist, built from a copy so that nothing is left in the checkout."""
    copy = tmp_path_factory.mktemp("build") / "checkout"
    for path in FILES:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy / path)
    # What must not slip in: a script left at the root's side, caches, a run's output.
    (copy / "out").mkdir()
    (copy / "out" / "process.json").write_text("{}")
    (copy / "modules" / "__pycache__").mkdir()
    (copy / "modules" / "__pycache__" / "labels.cpython-311.pyc").write_bytes(b"")
    # The sdist is made from the checkout and the wheel from the sdist, as a release would.
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(copy / "dist"), str(copy)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, (copy / "dist").iterdir())],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    (wheel,) = (copy / "dist").glob("*.whl")
    (sdist,) = (copy / "dist").glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = [i.filename for i in archive.infolist() if not i.is_dir()]
    with tarfile.open(sdist) as archive:
        in_sdist = [m.name.split("/", 1)[1] for m in archive.getmembers() if m.isfile()]
    return {"wheel": in_wheel, "sdist": in_sdist, "twine": (checked.stdout + checked.stderr).splitlines()}


def packed() -> set[str]:
    """Files of the checkout that a user needs, as paths relative to the root."""
    code = {p for p in FILES if p.suffix == ".py" and p.parts[0] in ("__init__.py", "cli", "modules", "pipeline")}
    weights = {p for p in FILES if p.parts[0] == "weights"}
    page = {p for p in FILES if p.parts[:3] == ("cli", "serve", "page")}
    data = {p for p in FILES if p.suffix == ".json" and p.parts[0] in ("cli", "modules", "pipeline")}
    return {p.as_posix() for p in code | weights | page | data}


def strangers(names: list[str], allowed: list[str]) -> list[str]:
    return [name for name in names if not any(re.fullmatch(pattern, name) for pattern in allowed)]


def test_every_package_is_listed_and_nothing_else():
    folders = {p.parent for p in FILES if p.name == "__init__.py" and p.parts[0] not in NOT_CODE}
    folders |= {p.parent for p in FILES if p.parts[0] == "weights"}  # data only, no __init__.py
    assert sorted(PACKAGES) == sorted(".".join(("ppp", *folder.parts)) for folder in folders)


def test_no_code_lies_outside_a_package():
    loose = [p for p in FILES if p.suffix == ".py" and p.parts[0] not in NOT_CODE]
    assert [str(p) for p in loose if ".".join(("ppp", *p.parent.parts)) not in PACKAGES] == []


def test_every_weights_file_is_package_data():
    data = PROJECT["tool"]["setuptools"]["package-data"]
    listed = {Path(*package.split(".")[1:], name) for package, names in data.items() for name in names}
    assert {p for p in FILES if p.parts[0] == "weights"} <= listed


def test_no_python_file_at_the_root_but_init():
    assert [str(p) for p in FILES if len(p.parts) == 1 and p.suffix == ".py"] == ["__init__.py"]


def test_wheel_holds_what_is_allowed(built):
    assert strangers(built["wheel"], WHEEL_MAY_HOLD) == []


def test_a_registry_would_take_both(built):
    assert sum("PASSED" in line for line in built["twine"]) == 2, built["twine"]


def test_github_runs_what_ci_runs():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert re.findall(r"^ *- run: (.*)$", text, flags=re.MULTILINE) == ["bash .ci/run"]


def test_wheel_puts_one_name_into_site_packages(built):
    assert {name.split("/")[0] for name in built["wheel"] if ".dist-info/" not in name} == {"ppp"}


def test_wheel_is_complete(built):
    assert {f"ppp/{name}" for name in packed()} - set(built["wheel"]) == set()


def test_wheel_has_the_licence_and_the_command(built):
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in built["wheel"])
    assert any(name.endswith(".dist-info/entry_points.txt") for name in built["wheel"])


def test_sdist_holds_what_is_allowed(built):
    assert strangers(built["sdist"], SDIST_MAY_HOLD) == []


def test_sdist_is_complete(built):
    """Code, weights, and all that is needed to check them: tests, docs, examples, benchmarks, CI."""
    checks = {p.as_posix() for p in FILES if p.parts[0] in NOT_CODE}
    assert (packed() | checks | {"pyproject.toml", "LICENSE", "README.md"}) - set(built["sdist"]) == set()


def test_the_allow_lists_can_fail():
    names = ["ppp/tests/test_a.py", "modules/labels.py", "ppp/README.md", "ppp/modules/labels.py"]
    assert strangers(names, WHEEL_MAY_HOLD) == names[:3]


def test_weights_are_small_enough_for_git():
    assert [str(p) for p in FILES if (ROOT / p).stat().st_size > 16 * 2**20] == []


def test_readme_has_two_commands_and_the_test_command_is_what_ci_runs():
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^python3 .*$", readme, flags=re.MULTILINE)
    assert commands[:2] == ["python3 examples/demo.py", "python3 tests/run.py"]
    assert "\npython3 tests/run.py\n" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("script", ["examples/demo.py", "tests/run.py", ".ci/lint.py", ".ci/environment.py"])
def test_first_scripts_need_only_the_standard_library(script):
    """They run before anything is installed."""
    import ast

    names = set()
    for node in ast.walk(ast.parse((ROOT / script).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    assert names - {"environment"} <= set(sys.stdlib_module_names)
