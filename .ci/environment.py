"""Make the virtual environment the other scripts run in, with nothing but Python's standard library.

    python3 .ci/environment.py            make it or bring it up to date
    from environment import ensure        the same, from a script beside it

It lies in .venv (or where PPP_VENV says), is used again when it fits pyproject.toml, and holds this checkout
as an editable install, so edits need no new install.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDS = (3, 11)
EVERYTHING = ("train", "video", "data", "serve", "dev")


def ensure(extras):
    """Make sure the environment exists and holds the project with `extras` -> path of its `python`."""
    if sys.version_info < NEEDS:
        sys.exit(
            f"This needs Python {NEEDS[0]}.{NEEDS[1]} or newer; {sys.executable} is {sys.version.split()[0]}.\n"
            "Install a newer one and call the script with it."
        )
    venv = Path(os.environ.get("PPP_VENV") or ROOT / ".venv")
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    stamp = venv / "ppp-installed.json"
    # The version stands in modules/version.py, everything else that an install depends on in pyproject.toml.
    made_from = hashlib.sha256(b"".join((ROOT / f).read_bytes() for f in ("pyproject.toml", "modules/version.py")))
    made_from = {"root": str(ROOT), "sha256": made_from.hexdigest()}
    try:
        have = json.loads(stamp.read_text())
    except (OSError, ValueError):
        have = {}
    extras = sorted({*extras, *have.get("extras", ())})
    if not python.exists() or have != {**made_from, "extras": extras}:
        _say(f"making the environment {venv} (once; torch is large, so this takes some minutes)")
        stamp.unlink(missing_ok=True)
        if (not have or not python.exists()) and subprocess.call([sys.executable, "-m", "venv", str(venv)]) != 0:
            sys.exit(
                f"Python could not make a virtual environment in {venv}.\n"
                "On Debian and Ubuntu: apt install python3-venv. If the folder exists already, delete it first."
            )
        pip = [python, "-m", "pip", "install", *([] if sys.stderr.isatty() else ["--quiet"])]
        _run([*pip, "--upgrade", "pip"])
        # pip chooses torch and torchvision together: a torch pinned from elsewhere would not fit torchvision.
        _run([*pip, "--editable", f"{ROOT}[{','.join(extras)}]"])
        stamp.write_text(json.dumps({**made_from, "extras": extras}))
    _link_for_type_checkers()
    return python


def call(python, *command):
    """Run a module of the environment in the repository root -> its exit code. `call(python, "pytest", "-x")`."""
    return subprocess.call([str(python), "-m", *command], cwd=ROOT)


def _link_for_type_checkers():
    """.types/ppp -> the root, so that type checkers see the package under its real name."""
    link = ROOT / ".types" / "ppp"
    if not os.path.lexists(link):
        link.parent.mkdir(exist_ok=True)
        try:
            link.symlink_to("..", target_is_directory=True)
        except OSError as error:  # Windows without developer mode; only the type checker misses it
            _say(f"no link {link} ({error}): mypy will not find the package")


def _run(command):
    code = subprocess.call([str(c) for c in command], cwd=ROOT)
    if code != 0:
        sys.exit(f"This failed (exit code {code}), its reason stands above:\n{' '.join(map(str, command))}")


def _say(text):
    print("[ppp] " + text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(ensure(EVERYTHING))
