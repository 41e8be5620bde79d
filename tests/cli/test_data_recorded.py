"""`ppp data extract` and `ppp data align`: batches, what goes wrong, what is made and what is left alone."""

import json
import shutil

import pytest
from videos import CANVAS, moved, states, write_video

from ppp.cli.main import main
from ppp.modules.data.processes.process import Process
from ppp.modules.io.png import write_rgb

WHOLE = f"0,0,{CANVAS[0]},{CANVAS[1]}"


@pytest.fixture(scope="module")
def painted():
    return [frame for frame in states(8, seed=1) for _ in range(2)]


@pytest.fixture(scope="module")
def video(painted, tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("videos") / "work.mp4", painted)


@pytest.fixture
def run(capsys):
    def run(*arguments):
        code = main(["data", *map(str, arguments)])
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        return code, output.out, output.err

    return run


@pytest.mark.parametrize("name", ["work.webm", "work.mkv", "work.mov", "work.gif"])
def test_every_container(run, painted, tmp_path, name):
    path = write_video(tmp_path / name, painted)
    code, out, err = run("extract", path, "-o", tmp_path / "out", "--canvas", WHOLE, "--json")
    assert code == 0, err
    assert [process["frames"] for process in json.loads(out)["processes"]] == [8]


def test_a_folder_of_stills(run, painted, tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for i, frame in enumerate(painted):
        write_rgb(folder / f"shot{i}.png", frame)  # shot10 sorts before shot2 as text
    code, _, err = run("extract", folder, "-o", tmp_path / "out", "--canvas", WHOLE)
    assert code == 0, err
    info = Process(tmp_path / "out" / "stills" / "process-00").info
    assert [step["source_frame"] for step in info["steps"]] == [2, 4, 6, 8, 10, 12, 14]


def test_a_batch_goes_on_without_what_is_damaged(run, video, tmp_path):
    cut, text, song = tmp_path / "cut.mp4", tmp_path / "notes.txt", tmp_path / "empty.mkv"
    cut.write_bytes(video.read_bytes()[: video.stat().st_size * 6 // 10])
    text.write_text("no video at all\n" * 50)
    song.write_bytes(b"")
    out = tmp_path / "out"
    code, output, err = run("extract", cut, text, video, song, tmp_path / "gone.mp4", "-o", out, "--canvas", WHOLE)
    assert code == 3 and "1 processes from 1 videos" in output
    assert "cut.mp4 is damaged" in err and "--to" in err
    assert "notes.txt is not a video" in err and "empty.mkv is not a video" in err and "gone.mp4 cannot be read" in err
    assert sorted(path.name for path in out.iterdir()) == ["settings.json", "work"]


@pytest.mark.parametrize("count", [1, 2])
def test_nothing_is_left_where_nothing_could_be_used(run, tmp_path, count):
    names = [tmp_path / f"notes{i}.txt" for i in range(count)]
    for name in names:
        name.write_text("words")
    code, _, err = run("extract", *names, "-o", tmp_path / "out")
    assert code == 2 and "notes0.txt is not a video" in err and len(err.strip().splitlines()) <= 3
    assert not (tmp_path / "out").exists()


def test_what_a_truncated_video_still_has_can_be_used(run, painted, tmp_path):
    cut = write_video(tmp_path / "cut.mp4", painted, bf="0")  # live recorders write frames in the order they are shown
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 8 // 10])
    code, _, err = run("extract", cut, "-o", tmp_path / "out", "--canvas", WHOLE)
    assert code == 2 and not (tmp_path / "out").exists()
    until = err.split("--to ")[1].split()[0]
    code, _, err = run("extract", cut, "-o", tmp_path / "out", "--canvas", WHOLE, "--to", until)
    assert code == 0, err


def test_the_same_command_continues_and_other_settings_are_refused(run, video, tmp_path):
    again = shutil.copy(video, tmp_path / "again.mp4")
    out = tmp_path / "out"
    assert run("extract", video, "-o", out, "--canvas", WHOLE)[0] == 0
    code, output, _ = run("extract", video, again, "-o", out, "--canvas", WHOLE)
    assert code == 0 and "1 videos were there already" in output
    code, _, err = run("extract", video, "-o", out, "--canvas", WHOLE, "--size", "64")
    assert code == 2 and "size" in err
    assert run("extract", video, "-o", out, "--canvas", WHOLE, "--size", "64", "--overwrite")[0] == 0
    assert [path.name for path in sorted(out.iterdir())] == ["settings.json", "work"]
    assert max(Process(out / "work" / "process-00").painting().shape) == 64
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    text = tmp_path / "notes.txt"
    text.write_text("words")
    assert run("extract", text, text, "-o", out, "--canvas", WHOLE, "--size", "96", "--overwrite")[0] == 2
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("canvas", ["1,2,3", "a,b,c,d", "0,0,4,4", "100,100,4000,4000"])
def test_a_canvas_that_cannot_be(run, video, tmp_path, canvas):
    code, _, err = run("extract", video, "-o", tmp_path / "out", "--canvas", canvas)
    assert code == 2 and "canvas" in err.lower() and not (tmp_path / "out").exists()


def test_align_in_place_and_only_once(run, painted, tmp_path):
    shown = [frame if i >= 8 else moved(frame, (8, -5)) for i, frame in enumerate(painted)]
    path = write_video(tmp_path / "a.mp4", shown)
    assert run("extract", path, "-o", tmp_path / "out", "--canvas", WHOLE)[0] == 0
    folder = tmp_path / "out" / "a" / "process-00"
    assert Process(folder).info["cuts"] == [4]
    code, output, err = run("align", tmp_path / "out")
    assert code == 0 and "1 processes aligned, 0 pairs cut" in output, err
    info = Process(folder).info
    assert info["cuts"] == [] and len(info["alignment"]["frames"]) == 8
    assert max(abs(a + b) for a, b in zip(info["alignment"]["frames"][3]["shift"], (8, -5), strict=True)) < 0.5
    assert "1 were aligned already" in run("align", tmp_path / "out")[1]
    # of two processes one is damaged: the other is done all the same
    shutil.copytree(folder, tmp_path / "out" / "a" / "process-01")
    (tmp_path / "out" / "a" / "process-01" / "frames" / "00003.png").write_bytes(b"no picture")
    code, output, err = run("align", tmp_path / "out", "--again")
    assert code == 3 and "1 processes aligned" in output and "00003.png" in err
    assert (tmp_path / "out" / "a" / "process-01" / "frames" / "00002.png").is_file()
    assert run("align", tmp_path / "nowhere")[0] == 2
