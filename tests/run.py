"""Run the tests: `python3 tests/run.py [options of pytest]`. Makes its own environment (see .ci/environment.py)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

from environment import EVERYTHING, call, ensure

if __name__ == "__main__":
    sys.exit(call(ensure(EVERYTHING), "pytest", *sys.argv[1:]))
