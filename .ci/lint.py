"""Check the code without running it: `python3 .ci/lint.py [--fix]`. Makes its own environment."""

import sys

from environment import EVERYTHING, call, ensure

if __name__ == "__main__":
    python = ensure(EVERYTHING)
    checks = (("ruff", "check", *sys.argv[1:], "."), ("mypy",))
    codes = [call(python, *check) for check in checks]  # both, so that one run shows everything
    sys.exit(max(codes))
