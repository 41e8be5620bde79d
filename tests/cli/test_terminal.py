"""What is shown on a terminal while painting and after it; nothing of it reaches stdout, or a pipe."""

import io
import json
import sys

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from ppp.cli.main import main
from ppp.cli.terminal import part_rows, print_summary, progress_line, show_progress

PROCESS = {
    "labels": ["background", "face", "eyes"],
    "steps": [
        {"frame": 1, "reached": {"background": 0.5, "face": 0.0, "eyes": 0.0}, "finished": [], "distance": 0.3},
        {"frame": 2, "reached": {"background": 0.5, "face": 0.9, "eyes": 0.0}, "finished": ["face"], "distance": 0.1},
        {"frame": 3, "reached": {"background": 0.02, "face": 0.1, "eyes": 0.0}, "finished": ["background"],
         "distance": 0.05},
        {"frame": 4, "reached": {"background": 0.4, "face": 0.0, "eyes": 0.0}, "finished": ["background", "face"],
         "distance": 0.0123},
    ],
    "times": {"load": 1.25, "segment": 0.5, "frames": 20.0, "write": 0.01},
}  # fmt: skip


def test_when_each_part_was_worked_on():
    assert part_rows(PROCESS) == [
        ("background", "1", "4", "3", "3"), ("face", "2", "3", "2", "4"), ("eyes", "-", "-", "0", "-"),
    ]  # fmt: skip


def test_the_table_says_parts_distance_and_times():
    out = io.StringIO()
    print_summary(PROCESS, "anna.png", Console(file=out, width=80))
    said = out.getvalue()
    for words in ("anna.png", "first frame", "background", "0.0123 after 4 steps", "painting 20.0 s", "loading 1.2 s"):
        assert words in said
    assert "writing" not in said, "what took no time is not told"


def test_the_line_of_progress():
    assert progress_line(0, 40, None) == "frame 0/40"
    assert progress_line(12, 40, 1.6) == "frame 12/40  1.6 frames/s  0:18 left"
    assert progress_line(1, 400, 0.25) == "frame 1/400  4.0 s/frame  26:36 left"


def test_progress_on_a_terminal_shows_stage_frame_and_speed():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with show_progress(False, console) as progress:
        progress.begin("anna.png")
        for stage in ("segment", "plan", "firstframe", "frames"):
            progress.stage(stage)
            progress.bar.refresh()
        for done in range(1, 6):
            progress.frame(done, 6)
            progress.bar.refresh()
        progress.frame(6, 6)
        progress.bar.refresh()
    said = out.getvalue()
    for words in ("anna.png", "finding the parts", "planning", "first frame", "painting", "frame 5/6", "writing"):
        assert words in said


def test_quiet_and_pipes_show_nothing(capsys):
    for quiet in (True, False):  # a test's stderr is no terminal
        with show_progress(quiet) as progress:
            progress.begin("anna.png")
            progress.stage("segment")
            progress.frame(1, 2)
            progress.frame(2, 2)
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("options", "table"), [((), True), (("--quiet",), False), (("--json",), False)])
def test_stdout_is_data_only(tiny_pipeline, tmp_path, monkeypatch, capsys, options, table):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)).save(tmp_path / "a.png")
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    arguments = ["run", tmp_path / "a.png", "-o", tmp_path / "out", "--frames", 3, "--stage", "frames=crossfade"]
    assert main([*map(str, arguments), "--weights", str(tiny_pipeline), "--device", "cpu", *options]) == 0
    out = capsys.readouterr().out
    if "--json" in options:
        assert json.loads(out)["frames"] == 3
    else:
        assert out.strip() == str(tmp_path / "out")
    assert ("distance to the painting" in shown.getvalue()) == table
    assert (shown.getvalue() == "") == ("--quiet" in options)
