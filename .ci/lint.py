"""Run ruff and mypy: `python3 .ci/lint.py [--fix]`. Creates its own environment."""

import sys

from environment import EVERYTHING, call, ensure

if __name__ == "__main__":
    python = ensure(EVERYTHING)
    checks = (("ruff", "check", *sys.argv[1:], "."), ("mypy",))
    codes = [call(python, *check) for check in checks]  # both, so that one run shows all problems
    sys.exit(max(codes))
