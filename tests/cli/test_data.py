"""`ppp data portraits` and `ppp data simulate`: what they write, continue, refuse."""

import contextlib
import io
import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from scenes import save_landscape

from ppp.cli.data.jobs import parse_size
from ppp.cli.main import main
from ppp.modules.data.processes.process import Process
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import read_rgb
from ppp.modules.labels import PORTRAIT


class CommandResult:
    """What a command printed, and its exit code."""

    def __init__(self, exit_code, output):
        self.exit_code, self.output = exit_code, output


def run(arguments) -> CommandResult:
    """`ppp data ...` in this process, stdout and stderr together."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = main(["data", *arguments])
    return CommandResult(code, output.getvalue())


@pytest.fixture(scope="module")
def sitters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "sitters"
    result = run(["portraits", "3", "-o", str(folder), "--size", "64x80", "--jobs", "1", "--val", "0"])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def processes(sitters, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "processes"
    result = run(
        ["simulate", str(sitters), "-o", str(folder), "--artists", "2", "--size", "48", "--frames", "6", "--jobs", "2"],
    )
    assert result.exit_code == 0, result.output
    return folder


def test_portraits_are_pictures_with_exact_maps_and_a_manifest(sitters):
    rows = [json.loads(line) for line in (sitters / "manifest.jsonl").read_text().splitlines()]
    assert len(rows) == 3 and {row["split"] for row in rows} == {"train"}
    for row in rows:
        labels = PORTRAIT.load_png(sitters / row["labels"], (64, 80))
        assert read_rgb(sitters / row["file"]).shape == (80, 64, 3)
        assert row["classes"] == [PORTRAIT.names[k] for k in np.unique(labels)]
        x0, y0, x1, y1 = row["faces"][0]
        assert 0 <= x0 < x1 <= 64 and 0 <= y0 < y1 <= 80


def test_a_folder_of_pictures_becomes_a_folder_of_processes(processes, sitters):
    folders = sorted(p.parent for p in processes.rglob("process.json"))
    assert len(folders) == 6
    process = Process(folders[0])
    assert len(process.frame_paths) == 6
    assert np.array_equal(process.frame(5), process.painting()), "the last frame is the painting"
    assert process.info["kind"] == "simulated" and len(process.info["steps"]) == 5
    first, second = (Process(f).info["plan"] for f in folders[:2])
    assert first != second, "two artists paint the same picture in two ways"


def test_the_same_command_continues_and_other_settings_are_refused(processes, sitters):
    command = [
        "simulate",
        str(sitters),
        "-o",
        str(processes),
        "--artists",
        "2",
        "--size",
        "48",
        "--frames",
        "6",
        "--jobs",
        "1",
    ]
    gone = sorted(processes.glob("sitter*"))[2]
    kept = sorted(processes.glob("sitter*"))[0] / "process.json"
    before, content = kept.stat().st_mtime_ns, (gone / "process.json").read_text()
    shutil.rmtree(gone)
    result = run(command)
    assert result.exit_code == 0 and "1 processes made" in result.output and "5 were there" in result.output
    assert kept.stat().st_mtime_ns == before
    assert json.loads((gone / "process.json").read_text())["plan"] == json.loads(content)["plan"]
    other = run([*command, "--seed", "9"])
    assert other.exit_code == 2 and "seed" in other.output and kept.stat().st_mtime_ns == before


def test_one_process_or_four_make_the_same_files_byte_by_byte(processes, sitters, tmp_path):
    """Each has one thread, so that sums are added up in one order."""
    again = run(["portraits", "3", "-o", str(tmp_path / "a"), "--size", "64x80", "--jobs", "4", "--val", "0"])
    assert again.exit_code == 0, again.output
    for path in sorted(sitters.rglob("*.png")):
        assert path.read_bytes() == (tmp_path / "a" / path.relative_to(sitters)).read_bytes(), path.name


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_its_processes_end_with_a_run_that_is_killed(tmp_path):
    """They hold its stderr: that is at its end once the last of them is gone. What was made is whole, and goes on."""
    words = [sys.executable, "-c", "from ppp.cli.main import main; main()", "data", "portraits", "4000"]
    words += ["-o", str(tmp_path / "out"), "--size", "48", "--jobs", "2"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as killed:
        try:
            end = time.monotonic() + 120
            while not any((tmp_path / "out").glob("images/sitter_*.png")):  # both have started, or soon will
                assert killed.poll() is None and time.monotonic() < end
                time.sleep(0.05)
        finally:
            killed.kill()
        assert b"Error" not in killed.communicate(timeout=30)[1]
    for picture in (tmp_path / "out" / "images").glob("sitter_*.png"):
        assert read_rgb(picture).shape == (48, 48, 3)


def test_a_strangers_folder_is_left_alone(tmp_path, sitters):
    (tmp_path / "letter.txt").write_text("mine")
    for command in (["portraits", "1", "-o", str(tmp_path)], ["simulate", str(sitters), "-o", str(tmp_path)]):
        result = run([*command, "--overwrite"])
        assert result.exit_code == 2 and "not empty" in result.output
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_overwriting_loses_nothing_before_there_is_something_new(tmp_path, sitters):
    """Not when every job fails, and not the pictures that are to be painted or the processes that are to be packed."""
    data, made = tmp_path / "data", tmp_path / "made"
    shutil.copytree(sitters, data)
    common = ["--frames", "3", "--jobs", "1", "--overwrite"]
    assert run(["simulate", str(data), "-o", str(made), "--size", "32", *common]).exit_code == 0
    for path in data.glob("images/*.png"):
        path.write_bytes(b"no picture")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    failed = run(["simulate", str(data), "-o", str(made), "--size", "48", *common])
    assert failed.exit_code == 3 and "0 processes" in failed.output
    for command in (["simulate", str(data), "-o", str(data)], ["shard", str(made), "-o", str(made)]):
        eaten = run([*command, "--overwrite"])
        assert eaten.exit_code == 2 and "would be overwritten" in eaten.output
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_packing_that_fails_keeps_the_shards(tmp_path, processes):
    folder, out = shutil.copytree(processes, tmp_path / "p"), tmp_path / "shards"
    command = ["shard", str(folder), "-o", str(out), "--jobs", "1"]
    assert run(command).exit_code == 0
    for path in folder.glob("*/frames/*"):
        path.unlink()
        path.mkdir()  # so that it cannot be read
    before = {path: path.read_bytes() for path in out.iterdir()}
    again = run([*command, "--per-shard", "2", "--overwrite"])
    assert again.exit_code == 3, again.output
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_one_damaged_picture_does_not_stop_the_others(tmp_path, sitters):
    folder = tmp_path / "copy"
    shutil.copytree(sitters, folder)
    (folder / "images" / "sitter_000001.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    result = run(["simulate", str(folder), "-o", str(out), "--size", "32", "--frames", "3", "--jobs", "1"])
    assert result.exit_code == 3 and "sitter_000001" in result.output
    assert sorted(p.parent.name for p in out.rglob("process.json")) == ["sitter_000000-00", "sitter_000002-00"]
    assert not [p for p in out.iterdir() if p.name.startswith(".")], "nothing half-written"


def test_pictures_without_label_map(tmp_path, sitters):
    shutil.copy(sitters / "images" / "sitter_000000.png", tmp_path / "a.png")
    none = run(["simulate", str(tmp_path / "a.png"), "-o", str(tmp_path / "o")])
    assert none.exit_code == 2 and "clusters" in none.output
    done = run(
        [
            "simulate",
            str(tmp_path / "a.png"),
            "-o",
            str(tmp_path / "o"),
            "--unlabelled",
            "clusters",
            "--frames",
            "3",
            "--jobs",
            "1",
        ],
    )
    assert done.exit_code == 0, done.output
    assert not Process(tmp_path / "o" / "a-00").label_set.named


def test_a_label_map_of_things_says_so_itself(tmp_path):
    _, things = save_landscape(tmp_path)
    (tmp_path / "painting.png").rename(tmp_path / "sea.png")
    (tmp_path / "labels.png").rename(tmp_path / "sea_labels.png")
    out = tmp_path / "out"
    result = run(
        ["simulate", str(tmp_path / "sea.png"), "-o", str(out), "--size", "48", "--frames", "3", "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    (process,) = (Process(path.parent) for path in out.rglob("process.json"))
    assert process.label_set == things and process.info["parts"][0] == {"name": "sky", "class": "sky", "rank": 1}


@pytest.mark.parametrize(
    "arguments", [["simulate", "nowhere", "-o", "out"], ["portraits", "2", "-o", "out", "--size", "tall"]]
)
def test_bad_input_is_exit_code_two_and_makes_nothing(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    result = run(arguments)
    assert result.exit_code == 2 and not (tmp_path / "out").exists()
    assert "Traceback" not in result.output


def test_sizes():
    assert parse_size("64") == (64, 64) and parse_size("64x128") == (64, 128)
    for bad in ("", "8", "x", "64x", "10x10x10", "99999"):
        with pytest.raises(UserError):
            parse_size(bad)
