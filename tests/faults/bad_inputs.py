"""Bad inputs: each is read correctly or rejected with a reason, quickly, in bounded memory, leaving nothing behind.

Pictures (`pictures.py`) and label maps, plan files, videos and JSON files (`documents.py`) are read with the
functions of `ppp`, all in one process, and a sample of them with the command line.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ppp.cli.main import main
from ppp.modules.data.recording.video_reader import open_video
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.sampled import load_rows
from ppp.pipeline.images import read_picture
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.replay import replay
from ppp.pipeline.verify import verify

from .documents import NO_TOML, PLAN_FILES, bad_json, label_maps, put, videos
from .pictures import IMPOSSIBLE, SIZE, Case, every, scene
from .results import TrialResults

TIMES = 20  # damaged copies of a file in each of 22 picture formats; ten times as many label maps and videos
SOON = 2.0  # seconds for rejecting a file, and for reading a picture of less than LARGE pixels
LARGE = 10_000_000
MOST_MEMORY = 2_000  # MB of growth at the peak: torch, and 64 million pixels, 770 MB of them as float32
QUICK = ("--frames", "3", "--stage", "segment=clusters", "--stage", "frames=crossfade", "--device", "cpu", "--quiet")


def run(times: int, seed: int, folder: Path) -> TrialResults:
    """Try `times` damaged copies for each format, and everything that is not random once."""
    results = TrialResults()
    before = peak()
    for case in every(times, seed):
        with results.trial(case.name, "picture"):
            look(case, folder, lambda path: read_picture(path).rgb)
    for name in IMPOSSIBLE:
        with results.trial(repr(name[:40]), "picture"):
            refused(lambda name=name: read_picture(name))
    for case in label_maps(times, seed):
        with results.trial(case.name, "label map"):
            look(case, folder, load_labels)
    for name, trial in (*plan_files(folder), *films(times, seed, folder), *json_files(10 * times, seed, folder)):
        kind, _, name = name.partition(": ")
        with results.trial(name, kind):
            trial()
    for case in sample(every(1, seed)):
        with results.trial(case.name, "command line"):
            command(case, folder)
    with results.trial("memory", "memory"):
        assert peak() - before < MOST_MEMORY, f"the process grew by {peak() - before:.0f} MB"
    return results


def peak() -> float:
    """Return the peak memory of this process in MB."""
    import resource
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def refused(read: Callable[[], Any]) -> None:
    """Assert that reading is rejected quickly with what, why and how to fix it."""
    done, error = attempt(read)
    assert error is not None, f"it was read: {done!r:.80}"


def attempt(read: Callable[[], Any]) -> tuple[Any, UserError | None]:
    """Return the result of reading, and the UserError if it was rejected; other errors are raised.

    Measures processor time, since the load of the machine is not the reader's fault.
    """
    began, done, error = time.process_time(), None, None
    try:
        done = read()
    except UserError as refusal:
        error = refusal
        assert error.what and (error.why or error.fix), f"a refusal without a reason: {error}"
        assert len(str(error).splitlines()) <= 3 and "Traceback" not in str(error)
    took = time.process_time() - began
    work = error is None and not (isinstance(done, np.ndarray) and done.size <= 3 * LARGE)  # painting, loading weights
    assert took < SOON or work, f"it took {took:.1f} s"
    return done, error


def look(case: Case, folder: Path, read: Callable[[Path], np.ndarray]) -> None:
    """Assert that reading a case gives what it must: (H,W,3) float32 in [0,1], or a UserError."""
    path = case.write(folder)
    before = sorted(path.parent.iterdir())
    try:
        rgb, error = attempt(lambda: read(path))
        assert sorted(path.parent.iterdir()) == before, "something was written beside it"
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(path.parent)
    if error is not None:
        assert case.expected != "read", f"refused: {error}"
        return
    assert case.expected != "refused", f"read as {rgb.shape}"
    assert rgb.dtype == np.float32 and rgb.ndim == 3 and rgb.shape[2] == 3
    assert rgb.min() >= 0 and rgb.max() <= 1  # and no NaN
    if case.pixels is not None and case.expected != "any":
        assert rgb.shape[:2] == case.pixels.shape[:2], f"read as {rgb.shape}"
        rows = (slice(top, top + 256) for top in range(0, len(rgb), 256))  # a difference at once is as large
        far = sum(float(np.abs(rgb[part] - case.pixels[part]).sum()) for part in rows) / rgb.size
        assert far <= case.tolerance, f"read {far:.4f} away from what it shows"


def load_labels(path: Path) -> np.ndarray:
    """Read a label map as (H,W,3) float32: class indices / 255."""
    return np.repeat(PORTRAIT.load_png(path, SIZE)[..., None], 3, axis=2) / np.float32(255)


def plan_files(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield trials of plan files with mistakes, which must all be reported, and of other files."""
    painting = scene().astype(np.float32) / 255
    labels = np.full(SIZE[::-1], PORTRAIT.index("background"), np.uint8)
    labels[10:40, 20:50], labels[10:20, 20:50] = PORTRAIT.index("face"), PORTRAIT.index("hair")

    def read(path: Path, words: tuple[str, ...] = ()) -> None:
        try:
            make_plan(PlanFile.load(path), painting, labels, PORTRAIT, 6, 0)
        except UserError as error:
            if missing := [word for word in words if word not in str(error)]:
                raise LookupError(f"{missing} is missing in {error}") from None
            raise

    for name, (text, words) in PLAN_FILES.items():
        path = put(folder, f"plan {name}", text.encode(), "plan.toml")
        yield f"plan file: {name}", lambda path=path, words=words: refused(lambda: read(path, words))
    for name, data in NO_TOML.items():
        path = put(folder, f"plan {name}", data, "plan.toml")
        yield f"plan file: {name}", lambda path=path: refused(lambda: read(path))


def films(times: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield trials of bad videos: complete frames, or a UserError."""

    def frames(path: Path) -> int:
        return sum(frame.rgb().shape == (SIZE[1], SIZE[0], 3) for frame in open_video(path).frames())

    for name, what in videos(times, seed):
        path = put(folder, f"video {name}", what, "film.mp4")
        yield f"video: {name}", lambda path=path: attempt(lambda: frames(path)) and None


def json_files(times: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield trials of bad process.json (repeated, verified), pipeline.json and degrees files: used, or rejected."""
    result = folder / "result"
    make_result(folder / "painting.png", result)
    process = json.loads((result / "process.json").read_text("utf-8"))
    for name, data in bad_json(process, times, seed):

        def again(data: bytes = data) -> None:
            (result / "process.json").write_bytes(data)
            attempt(lambda: verify(result / "process.json"))
            attempt(lambda: replay(result).process)

        yield f"process.json: {name}", again
    load_all("portrait")  # importing what weights need does not count as time of a bad file
    stages = {"segment": "clusters", "firstframe": "simulate", "frames": "crossfade"}
    right = {"format": 1, "graph": "default", "stages": stages}
    for name, data in bad_json(right, times, seed + 1):
        path = put(folder, f"pipeline {name}", data, "pipeline.json")
        yield f"pipeline.json: {name}", lambda path=path: attempt(lambda: load_all(path.parent)) and None
    rows = {"schema": 1, "kind": "degrees", "slots": 38, "parts": ["a", "b"], "rows": [[0.0, 0.5, 1.0]] * 3}
    for name, data in bad_json(rows, times, seed + 2):
        path = put(folder, f"degrees {name}", data, "degrees.json")
        yield f"degrees: {name}", lambda path=path: attempt(lambda: load_rows(path)) and None


def load_all(folder: Path | str) -> None:
    pipeline = Pipeline.from_pretrained(folder, device="cpu")
    pipeline.stage("segment")
    pipeline.stage("frames")


def make_result(painting: Path, result: Path) -> None:
    """Create a complete result of three frames, as `ppp run` writes it, with baselines alone."""
    from PIL import Image

    Image.fromarray(scene()).save(painting)
    assert run_command("run", painting, "-o", result, *QUICK, "--video-format", "gif", "--overwrite")[0] == 0


def sample(cases: list[Case]) -> Iterator[Case]:
    """Yield every twelfth case, and all with uncommon names or that are not files."""
    for number, case in enumerate(cases):
        usual = isinstance(case.content, bytes) and not case.name.startswith("name: ")
        # A strip of ten thousand pixels, or 64 million, is painted as well, but that takes longer than reading it
        if (number % 12 == 0 or not usual) and "0000" not in case.name and "64 million" not in case.name:
            yield case


def command(case: Case, folder: Path) -> None:
    """Assert that `ppp run` ends with exit code 0 and a complete result, or 2, three lines, and nothing left."""
    path = case.write(folder)
    before, out = sorted(path.parent.iterdir()), path.parent / "result"
    try:
        code, shown = run_command("run", "--video-format", "gif", *QUICK, "-o", out, "--", path)
        assert code in (0, 2), f"exit code {code}: {shown}"
        assert code == (0 if case.expected == "read" else 2) or case.expected not in ("read", "refused"), shown
        assert "Traceback" not in shown
        if code == 2:
            assert 1 < len(shown.strip().splitlines()) <= 3, shown
            assert sorted(path.parent.iterdir()) == before, "something is left"
        else:
            assert len(list((out / "frames").iterdir())) == 3 and (out / "process.json").is_file()
            assert sorted(path.parent.iterdir()) == sorted([*before, out])
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(path.parent)


def run_command(*arguments: object) -> tuple[int, str]:
    """Run a `ppp` command; return its exit code and stderr."""
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(io.StringIO()):
        code = main([str(argument) for argument in arguments])
    return code, shown.getvalue()
