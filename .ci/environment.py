"""Create the virtual environment of the other scripts, with nothing but Python's standard library.

    python3 .ci/environment.py            create or update it
    from environment import ensure        the same from a script in this folder; `ensure_light` is without torch

It is in .venv (or the folder in PPP_VENV), is reused while it matches pyproject.toml, and has this checkout as an
editable install, so that edits need no new install.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIN_PYTHON = (3, 11)
STAMP = "ppp-installed.json"
EVERYTHING = ("train", "video", "onnx", "data", "paper", "serve", "sign", "c2pa", "cluster", "dev")


def ensure(extras):
    """Make sure that the environment exists and has the project with `extras`; return the path of its `python`."""
    venv, python, source, have = _look()
    extras = sorted({*extras, *have.get("extras", ())})
    if not python.exists() or have != {**source, "extras": extras}:
        _say(f"creating the environment {venv} (once; torch is large, so this takes some minutes)")
        pip = _make(venv, python, have)
        _run([*pip, "--upgrade", "pip"])
        # pip chooses torch and torchvision together: a torch pinned from elsewhere would not match torchvision.
        _run([*pip, "--editable", f"{ROOT}[{','.join(extras)}]"])
        (venv / STAMP).write_text(json.dumps({**source, "extras": extras}))
    _link_for_type_checkers()
    return python


def ensure_light():
    """Make sure that there is an environment that paints; a new one gets requirements/light.txt, without torch."""
    venv, python, source, have = _look()
    if not python.exists() or {key: have.get(key) for key in source} != source:
        if "extras" in have:  # a whole one stays whole
            return ensure(())
        _say(f"creating the environment {venv} (once; 150 MB to download)")
        pip = _make(venv, python, have)
        # What is not imported need not be compiled: 50 MB less on disk, and Python compiles the rest when it meets it.
        _run([*pip, "--no-compile", "--requirement", ROOT / "requirements" / "light.txt"])
        _run([*pip, "--no-deps", "--editable", ROOT])
        (venv / STAMP).write_text(json.dumps(source))
    return python


def _look():
    """Find the environment: its folder, its `python`, what it should be made of and what it was, {} for nothing."""
    if sys.version_info < MIN_PYTHON:
        sys.exit(
            f"Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer is needed, {sys.executable} is {sys.version.split()[0]}\n"
            "Install a newer one and call the script with it."
        )
    venv = Path(os.environ.get("PPP_VENV") or ROOT / ".venv")
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    # An install depends on the lists of packages, and on modules/version.py for the version.
    files = ("pyproject.toml", "modules/version.py", "requirements/light.txt")
    digest = hashlib.sha256(b"".join((ROOT / file).read_bytes() for file in files)).hexdigest()
    try:
        have = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        have = {}
    return venv, python, {"root": str(ROOT), "sha256": digest}, have


def _make(venv, python, have):
    """Make an empty environment where there is none; return the start of a command that installs into it."""
    (venv / STAMP).unlink(missing_ok=True)
    if (not have or not python.exists()) and subprocess.call([sys.executable, "-m", "venv", str(venv)]) != 0:
        sys.exit(
            f"Python could not create a virtual environment in {venv}.\n"
            "On Debian and Ubuntu: apt install python3-venv. If the folder exists already, delete it first."
        )
    return [python, "-m", "pip", "install", *([] if sys.stderr.isatty() else ["--quiet"])]


def call(python, *command):
    """Run a module of the environment in the repository root: `call(python, "pytest", "-x")`; return its exit code."""
    return subprocess.call([str(python), "-m", *command], cwd=ROOT)


def _link_for_type_checkers():
    """Link .types/ppp to the root, so that type checkers see the package under its real name."""
    link = ROOT / ".types" / "ppp"
    if not os.path.lexists(link):
        link.parent.mkdir(exist_ok=True)
        try:
            link.symlink_to("..", target_is_directory=True)
        except OSError as error:  # Windows without developer mode; only type checkers need it
            _say(f"no link {link} ({error}): mypy will not find the package")


def _run(command):
    code = subprocess.call([str(c) for c in command], cwd=ROOT)
    if code != 0:
        sys.exit(f"This failed (exit code {code}) for the reason above:\n{' '.join(map(str, command))}")


def _say(text):
    print("[ppp] " + text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(ensure(EVERYTHING))
