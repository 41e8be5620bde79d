"""Run the tests with the oldest versions that pyproject.toml allows, which verifies its lower bounds.

    python3 .ci/oldest.py [options of pytest]   create .venv-oldest (or the folder in PPP_VENV), run the tests in it
    python3 .ci/oldest.py --constraints         print the versions for `pip install -c`

A lower bound must be an existing version (4.9.0.80, not 4.9), since exactly that is installed.
"""

import os
import re
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def constraints(project):
    """List `package==lowest` of every dependency in a parsed pyproject.toml; ValueError for one without a bound."""
    tables = [project["dependencies"], *project["optional-dependencies"].values()]
    lines = {}
    for dependency in (line for table in tables for line in table):
        found = re.fullmatch(r"([A-Za-z0-9._-]+)>=([0-9][0-9A-Za-z.]*)", dependency)
        if not found:
            raise ValueError(f"pyproject.toml: {dependency!r} must be PACKAGE>=VERSION")
        name, version = found.groups()
        if lines.setdefault(name, version) != version:
            raise ValueError(f"pyproject.toml: two lower bounds for {name}, {lines[name]} and {version}")
    return [f"{name}=={version}" for name, version in lines.items()]


def main(arguments):
    """Print the versions, or run the tests with them; return the exit code."""
    lines = constraints(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"])
    if arguments == ["--constraints"]:
        print("\n".join(lines))
        return 0
    from environment import EVERYTHING, call, ensure

    with tempfile.TemporaryDirectory(prefix="ppp-") as folder:
        wanted = Path(folder) / "oldest.txt"
        wanted.write_text("\n".join(lines) + "\n", "utf-8")
        os.environ.setdefault("PPP_VENV", str(ROOT / ".venv-oldest"))
        os.environ["PIP_CONSTRAINT"] = str(wanted)  # pip reads options from its environment, too
        python = ensure(EVERYTHING)
    return call(python, "pytest", *arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
