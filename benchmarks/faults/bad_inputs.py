"""Bad inputs: each gives the right result or is refused in words, soon, in bounded memory, leaving nothing behind.

Pictures (`pictures.py`) and label maps, plan files, videos and JSON files (`papers.py`) go through the very functions
that `ppp` reads them with, all in one process, and a sample of them through the command line.
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
from .results import Tally

TIMES = 20  # damaged copies of a file in each of 22 picture formats; ten times as many label maps and videos
SOON = 2.0  # seconds for a refusal, and for reading a picture of less than LARGE pixels
LARGE = 10_000_000
MOST_MEMORY = 2_000  # MB that the process may grow by at its peak: torch, and 64 million pixels, 770 of it as float32
QUICK = ("--frames", "3", "--stage", "segment=clusters", "--stage", "frames=crossfade", "--device", "cpu", "--quiet")


def run(times: int, seed: int, folder: Path) -> Tally:
    """`times` damaged copies for each format, and everything that is not drawn by chance once."""
    tally = Tally()
    before = peak()
    for case in every(times, seed):
        with tally.trial(case.name, "picture"):
            look(case, folder, lambda path: read_picture(path).rgb)
    for name in IMPOSSIBLE:
        with tally.trial(repr(name[:40]), "picture"):
            refused(lambda name=name: read_picture(name))
    for case in label_maps(times, seed):
        with tally.trial(case.name, "label map"):
            look(case, folder, load_labels)
    for name, trial in (*plan_files(folder), *films(times, seed, folder), *json_files(10 * times, seed, folder)):
        kind, _, name = name.partition(": ")
        with tally.trial(name, kind):
            trial()
    for case in sample(every(1, seed)):
        with tally.trial(case.name, "command line"):
            command(case, folder)
    with tally.trial("memory", "memory"):
        assert peak() - before < MOST_MEMORY, f"the process grew by {peak() - before:.0f} MB"
    return tally


def peak() -> float:
    """The most memory that this process held at any time, in MB."""
    import resource
    import sys

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def refused(read: Callable[[], Any]) -> None:
    """AssertionError unless reading gives a refusal of what, why and how to mend it, soon."""
    done, error = attempt(read)
    assert error is not None, f"it was read: {done!r:.80}"


def attempt(read: Callable[[], Any]) -> tuple[Any, UserError | None]:
    """What reading gives, and the refusal if it was refused; any other error goes through.

    Time is what the processor worked: what else the machine does is no fault of the reader.
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
    """AssertionError unless reading the case gives what it must: (H,W,3) float32 in [0,1], or a refusal."""
    path = case.write(folder)
    before = sorted(path.parent.iterdir())
    try:
        rgb, error = attempt(lambda: read(path))
        assert sorted(path.parent.iterdir()) == before, "something was written beside it"
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(path.parent)
    if error is not None:
        assert case.right != "read", f"refused: {error}"
        return
    assert case.right != "refused", f"read as {rgb.shape}"
    assert rgb.dtype == np.float32 and rgb.ndim == 3 and rgb.shape[2] == 3
    assert rgb.min() >= 0 and rgb.max() <= 1  # and so no value that is no number
    if case.pixels is not None and case.right != "any":
        assert rgb.shape[:2] == case.pixels.shape[:2], f"read as {rgb.shape}"
        rows = (slice(top, top + 256) for top in range(0, len(rgb), 256))  # a difference at once is as large
        far = sum(float(np.abs(rgb[part] - case.pixels[part]).sum()) for part in rows) / rgb.size
        assert far <= case.near, f"read {far:.4f} away from what it shows"


def load_labels(path: Path) -> np.ndarray:
    """A label map as (H,W,3) float32: class indices / 255."""
    return np.repeat(PORTRAIT.load_png(path, SIZE)[..., None], 3, axis=2) / np.float32(255)


def plan_files(folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Plan files with mistakes, which must all be told, and files that are none."""
    painting = scene().astype(np.float32) / 255
    labels = np.full(SIZE[::-1], PORTRAIT.index("background"), np.uint8)
    labels[10:40, 20:50], labels[10:20, 20:50] = PORTRAIT.index("face"), PORTRAIT.index("hair")

    def read(path: Path, words: tuple[str, ...] = ()) -> None:
        try:
            make_plan(PlanFile.load(path), painting, labels, PORTRAIT, 6, 0)
        except UserError as error:
            if missing := [word for word in words if word not in str(error)]:
                raise LookupError(f"{missing} is not said in {error}") from None
            raise

    for name, (text, words) in PLAN_FILES.items():
        path = put(folder, f"plan {name}", text.encode(), "plan.toml")
        yield f"plan file: {name}", lambda path=path, words=words: refused(lambda: read(path, words))
    for name, data in NO_TOML.items():
        path = put(folder, f"plan {name}", data, "plan.toml")
        yield f"plan file: {name}", lambda path=path: refused(lambda: read(path))


def films(times: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Bad videos: whole frames, or a refusal."""

    def frames(path: Path) -> int:
        return sum(frame.rgb().shape == (SIZE[1], SIZE[0], 3) for frame in open_video(path).frames())

    for name, what in videos(times, seed):
        path = put(folder, f"video {name}", what, "film.mp4")
        yield f"video: {name}", lambda path=path: attempt(lambda: frames(path)) and None


def json_files(times: int, seed: int, folder: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """Bad process.json (painted again, verified), pipeline.json and files of degrees: used, or refused."""
    result = folder / "result"
    make_result(folder / "painting.png", result)
    process = json.loads((result / "process.json").read_text("utf-8"))
    for name, data in bad_json(process, times, seed):

        def again(data: bytes = data) -> None:
            (result / "process.json").write_bytes(data)
            attempt(lambda: verify(result / "process.json"))
            attempt(lambda: replay(result).process)

        yield f"process.json: {name}", again
    load_all("portrait")  # what has to be imported for weights is no part of the time that a bad file takes
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
    """A whole result of three frames, as `ppp run` writes it, of baselines alone."""
    from PIL import Image

    Image.fromarray(scene()).save(painting)
    assert said("run", painting, "-o", result, *QUICK, "--video-format", "gif", "--overwrite")[0] == 0


def sample(cases: list[Case]) -> Iterator[Case]:
    """Every twelfth, and all with uncommon names or that are no files."""
    for number, case in enumerate(cases):
        usual = isinstance(case.put, bytes) and not case.name.startswith("name: ")
        # A strip of ten thousand pixels, or 64 million, is painted as well, but that takes longer than reading it
        if (number % 12 == 0 or not usual) and "0000" not in case.name and "64 million" not in case.name:
            yield case


def command(case: Case, folder: Path) -> None:
    """`ppp run` on the case: exit code 0 and a whole result, or 2, three lines, and nothing left."""
    path = case.write(folder)
    before, out = sorted(path.parent.iterdir()), path.parent / "result"
    try:
        code, shown = said("run", "--video-format", "gif", *QUICK, "-o", out, "--", path)
        assert code in (0, 2), f"exit code {code}: {shown}"
        assert code == (0 if case.right == "read" else 2) or case.right not in ("read", "refused"), shown
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


def said(*arguments: object) -> tuple[int, str]:
    """Exit code and stderr of a `ppp` command."""
    shown = io.StringIO()
    with contextlib.redirect_stderr(shown), contextlib.redirect_stdout(io.StringIO()):
        code = main([str(argument) for argument in arguments])
    return code, shown.getvalue()
