"""Running tests of a copy of the repository in forks of one process, which has torch loaded already."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

LONG_AGO = 1_000_000_000  # time stamp of copied files: the original's bytecode is never used for a mutant
MEMORY = 16 << 30  # bytes that a mutant may take
OUTSIDE = "outside"  # owner of lines that run while tests are collected


@dataclass
class Coverage:
    """Coverage: test -> seconds; (file, line) -> the tests that run it, `OUTSIDE` among them."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)

    def tests(self, path: str, lines: range) -> set[str]:
        """Return the tests that run any of these lines."""
        return set().union(*(self.lines.get((path, line), set()) for line in lines))


class Watch:
    """Pytest plugin that records which lines of `files` each test runs, and how long it takes."""

    def __init__(self, root: Path, files: Sequence[str], reached: Coverage) -> None:
        self.names = {str(root / name): name for name in files}
        self.reached, self.now = reached, OUTSIDE

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Callable | None:
        name = self.names.get(frame.f_code.co_filename)
        if name is None:
            return None
        self.reached.lines.setdefault((name, frame.f_lineno), set()).add(self.now)
        return self._trace

    def begin(self, name: str) -> None:
        self.now = name
        sys.settrace(self._trace)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        began = time.perf_counter()
        self.begin(item.nodeid)
        result = yield
        self.begin(OUTSIDE)
        self.reached.seconds[item.nodeid] = time.perf_counter() - began
        return result


class Chosen:
    """Pytest plugin that runs only these tests, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self.place = {name: i for i, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


class WorkingCopy:
    """Copy of the repository in which files are mutated and tests run."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = folder / "ppp"  # the root is the package
        command = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
        for name in filter(None, subprocess.check_output(command, text=True).split("\0")):
            if (root / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / name, self.root / name)
                os.utime(self.root / name, (LONG_AGO, LONG_AGO))

    def reach(self, files: Sequence[str], tests: Sequence[str]) -> tuple[int, Coverage]:
        """Run all tests without mutants; return pytest's exit code, and their coverage of `files`."""
        import pickle  # of what our own fork wrote

        path = self.root.parent / "reached"

        def work() -> int:
            reached = Coverage()
            watch = Watch(self.root, files, reached)
            watch.begin(OUTSIDE)
            code = _pytest(self.root, tests, [watch])
            sys.settrace(None)
            tops = {name.partition(".")[0] for name in sys.modules}
            reached.modules = sorted(tops - {"ppp", "conftest", "tests", "__main__", "mutate", "forked_tests"})
            path.write_bytes(pickle.dumps(reached))
            return code

        code, reached = self._fork(work, 3600.0, self.root.parent / "baseline.txt"), Coverage()
        return code, pickle.loads(path.read_bytes()) if path.exists() else reached

    def output(self) -> str:
        """Return the end of the output of `reach`."""
        return (self.root.parent / "baseline.txt").read_text("utf-8", "replace")[-2000:]

    def run(self, path: str, text: str, tests: Sequence[str], seconds: float) -> int:
        """Run tests (by node id, in this order, to the first that fails) with `text` in the file `path`.

        Returns pytest's exit code: 0 when all passed; -9 when it took more than `seconds`.
        """
        whole = self.root / path
        before = whole.read_text("utf-8")

        def work() -> int:
            sys.dont_write_bytecode = True
            return _pytest(self.root, sorted({name.partition("::")[0] for name in tests}), [Chosen(tests)])

        try:
            whole.write_text(text, encoding="utf-8")
            return self._fork(work, seconds, None)
        finally:
            whole.write_text(before, encoding="utf-8")
            os.utime(whole, (LONG_AGO, LONG_AGO))

    def _fork(self, work: Callable[[], int], seconds: float, output: Path | None) -> int:
        sys.stdout.flush()
        if not (pid := os.fork()):
            code = 70
            try:
                os.setsid()  # so that its children end with it
                import resource

                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                sink = os.open(output or os.devnull, os.O_WRONLY | os.O_CREAT)
                os.dup2(sink, 1)
                os.dup2(sink, 2)
                os.chdir(self.root)
                sys.path.insert(0, str(self.root.parent))
                os.environ["PYTHONPATH"] = str(self.root.parent)
                os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # for speed; the tests need none
                code = work()
            finally:
                os._exit(code)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return -9


def _pytest(root: Path, tests: Sequence[str], plugins: list[Any]) -> int:
    options = ["-x", "-q", "-p", "no:cacheprovider", f"--basetemp={root.parent / 'temporary'}", f"--rootdir={root}"]
    return int(pytest.main([*options, *tests], plugins=plugins))


def preload(names: Sequence[str]) -> None:
    """Import what the tests import, except the package and its tests, so that forks have it loaded."""
    import importlib

    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # not ours, and only for speed
            continue
    gc.collect()
    gc.freeze()  # forks need not scan what is loaded
