"""The whole way of docs/data.md: a video of somebody painting, step by step to weights, and what they paint."""

import json

import pytest
from videos import CANVAS, desktop, moved, states, with_hand, write_video

from ppp.cli.main import main
from ppp.modules.data.processes.process import Process

QUIET = ["--quiet"]


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Twelve states, each a while; a hand now and then; for the first half the canvas lies elsewhere."""
    frames = []
    for i, state in enumerate(states(12, seed=3)):  # of six sitters one (4) is cut after its first state
        shown = desktop(moved(state, (7, -5), 0.97, 2) if i < 6 else state)
        frames += [shown] * 3 + [with_hand(shown, (100, 70))] * (i % 4 == 2) + [shown]
    return write_video(tmp_path_factory.mktemp("videos") / "anna.mp4", frames)


def test_from_a_video_to_a_picture_painted_with_what_was_learned(video, tmp_path, capsys):
    films, shards, run, out = (tmp_path / name for name in ("films", "shards", "run", "out"))
    place = ",".join(map(str, (76, 28, *CANVAS)))
    assert main(["data", "extract", str(video), "-o", str(films), "--canvas", place, *QUIET]) == 0
    folder = films / "anna" / "process-00"
    assert len(Process(folder).frame_paths) == 12 and Process(folder).info["cuts"] == [6]
    assert main(["data", "align", str(films), *QUIET]) == 0
    assert Process(folder).info["cuts"] == []
    assert main(["data", "label", str(films), "--jobs", "1", *QUIET]) == 0
    capsys.readouterr()
    assert main(["data", "check", str(films), "-o", str(tmp_path / "films.html"), "--json", *QUIET]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] == 1 and found["pairs"] > 20
    assert (tmp_path / "films.html").stat().st_size > 10_000
    assert main(["data", "shard", str(films), "-o", str(shards), "--jobs", "1", *QUIET]) == 0
    small = ["--size", "32", "--batch", "1", "--set", "width=16", "--set", "blocks=1", "--device", "cpu"]
    assert main(["train", "frames", str(shards), "-o", str(run), "--steps", "2", *small, *QUIET]) == 0
    painting = str(folder / "painting.png")
    command = ["run", painting, "-o", str(out), "--frames", "4", "--stage", f"frames={run}", "--device", "cpu", *QUIET]
    assert main(command) == 0
    (made,) = out.rglob("process.json")
    info = json.loads(made.read_text("utf-8"))
    assert len(info["steps"]) == 3 and info["kind"] == "predicted"
    trained = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert trained["step"] == 2
