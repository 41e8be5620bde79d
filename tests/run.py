"""Run the tests: `python3 tests/run.py [options of pytest]`. Makes its own environment (see .ci/environment.py).

Without options all of them run, on as many processes as there are cores (four at most), one thread each.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ci"))

from environment import EVERYTHING, call, ensure

if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    everything = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "worksteal"]
    sys.exit(call(ensure(EVERYTHING), "pytest", *(sys.argv[1:] or everything)))
