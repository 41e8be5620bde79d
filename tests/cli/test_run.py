"""`ppp run` and `ppp segment` from the command line, with the real stages, tiny: results, refusals, exit codes."""

import json
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scenes import save_head, save_landscape

from ppp.cli.main import main
from ppp.modules.label_files import read_label_set
from ppp.modules.labels import PORTRAIT


@pytest.fixture
def painting(tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8).repeat(12, 0).repeat(12, 1)
    Image.fromarray(picture).save(tmp_path / "painting.png")
    return tmp_path / "painting.png"


@pytest.fixture
def labels(tmp_path):
    found = np.ones((72, 60), np.uint8)
    found[20:60, 15:45] = PORTRAIT.index("face")
    PORTRAIT.save_png(tmp_path / "labels.png", found)
    return tmp_path / "labels.png"


@pytest.fixture
def ppp(tiny_pipeline, capsys):
    """Runs `ppp run` on the tiny pipeline -> (exit code, stdout, stderr)."""

    def call(*arguments, command="run"):
        code = main([command, "--weights", str(tiny_pipeline), "--device", "cpu", *map(str, arguments)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def everything(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_one_painting(ppp, painting, tmp_path):
    code, out, err = ppp(painting, "-o", tmp_path / "out", "--frames", 4)
    assert code == 0, err
    assert out.strip() == str(tmp_path / "out")
    assert len(list((tmp_path / "out" / "frames").iterdir())) == 4
    process = json.loads((tmp_path / "out" / "process.json").read_text())
    assert process["painting"]["path"] == str(painting)
    assert process["seed"] == 0


def test_unsaid_it_goes_to_out_name_and_the_video_is_named(ppp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frames = [Image.fromarray(np.full((20, 30, 3), c, np.uint8)) for c in (10, 200)]
    frames[0].save("my sea.gif", save_all=True, append_images=frames[1:])
    code, out, err = ppp("my sea.gif", "--frames", 3)
    assert code == 0 and out.strip() == str(Path("out", "my sea"))
    video = Path("out", "my sea", "timelapse.mp4")
    assert video.is_file() and f"The video is {video}" in err
    assert "my sea.gif: animated: only the first" in err, "which picture is spoken of"
    assert ppp("my sea.gif", "--frames", 3)[0] == 2, "it is not replaced"
    code, out, err = ppp("my sea.gif", command="segment")
    assert code == 0 and out.strip() == str(Path("out", "my sea_labels.png")) and Path(out.strip()).is_file()
    assert "my sea.gif: animated" in err
    assert "my sea.gif: animated" in ppp("my sea.gif", "--frames", 3, command="plan")[2]
    assert main(["replay", str(video.parent), "--quiet"]) == 0 and Path("out", "my sea-again", "process.json").is_file()
    assert main(["run", "--continue", str(video.parent), "--at", "2", "--quiet"]) == 0
    assert Path("out", "my sea-from-2", "process.json").is_file()


def test_json_says_what_was_written(ppp, painting, labels, tmp_path):
    code, out, err = ppp(painting, "-o", tmp_path / "out", "--frames", 4, "--segmentation", labels, "--json", "--quiet")
    assert code == 0
    said = json.loads(out)
    assert said["frames"] == 4
    assert said["parts"] == ["background", "face"]
    assert (tmp_path / "out" / "timelapse.mp4").samefile(said["video"])
    assert err == ""


def test_what_stays_unfinished_is_said(ppp, painting, labels, tmp_path):
    """What only some of a part was requested of, the last look leaves as it is."""
    degrees = ["--degree", "face=0.3", "--degree", "background=0.4"]
    _, _, err = ppp(painting, "-o", tmp_path / "out", "--frames", 3, "--segmentation", labels, *degrees)
    unfinished = json.loads((tmp_path / "out" / "process.json").read_text())["unfinished"]
    assert unfinished == ["background", "face"]
    assert f"not finished in the last frame: {', '.join(unfinished)}" in err
    _, _, err = ppp(
        painting, "-o", tmp_path / "b", "--frames", 3, "--segmentation", labels, "--finish", "brush", *degrees
    )
    assert json.loads((tmp_path / "b" / "process.json").read_text())["unfinished"] and "not finished" not in err


def test_options_reach_the_pipeline(ppp, painting, labels, tmp_path):
    code, _, err = ppp(
        painting, "-o", tmp_path / "out", "--frames", 5, "--seed", 9, "--plan", "random", "--segmentation", labels,
        "--stage", "frames=partfade",
    )  # fmt: skip
    assert code == 0, err
    process = json.loads((tmp_path / "out" / "process.json").read_text())
    assert process["seed"] == 9
    assert process["plan"]["name"] == "random"
    assert {step["by"] for step in process["steps"]} == {"partfade"}
    code, _, err = ppp(painting, "-o", tmp_path / "b", "--frames", 3, "--first-frame", "blank", "--habit", "lineart")
    assert code == 0, err
    process = json.loads((tmp_path / "b" / "process.json").read_text())
    assert process["plan"]["habit"] == "lineart"
    assert process["steps"][0]["by"] == "frames"


def test_an_old_result_is_refused_and_replaced_only_when_asked(ppp, painting, tmp_path):
    arguments = (painting, "-o", tmp_path / "out", "--frames", 3, "--stage", "frames=crossfade")
    assert ppp(*arguments)[0] == 0
    before = (tmp_path / "out" / "process.json").read_bytes()
    code, out, err = ppp(*arguments, "--seed", 5)
    assert code == 2
    assert "--overwrite" in err
    assert out == ""
    assert (tmp_path / "out" / "process.json").read_bytes() == before
    assert ppp(*arguments, "--seed", 5, "--overwrite")[0] == 0
    assert json.loads((tmp_path / "out" / "process.json").read_text())["seed"] == 5
    assert everything(tmp_path)[0] == "out", "no temporary folder is left"


def bad_inputs(tmp_path, painting, tiny_pipeline):
    """name -> arguments that must be refused, and a word the message must hold."""
    (tmp_path / "text.png").write_text("not a picture")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(painting.read_bytes()[:60])
    PORTRAIT.save_png(tmp_path / "small.png", np.ones((10, 10), np.uint8))
    Image.fromarray(np.full((72, 60), 77, np.uint8)).save(tmp_path / "unknown.png")
    shutil.copytree(tiny_pipeline, tmp_path / "damaged", dirs_exist_ok=True)
    weights = tmp_path / "damaged" / "frames" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    return {
        "missing": ([tmp_path / "gone.png"], "no such file"),
        "directory": ([tmp_path], "directory"),
        "text": ([tmp_path / "text.png"], "text"),
        "empty": ([tmp_path / "empty.png"], "0 bytes"),
        "truncated": ([tmp_path / "cut.png"], "damaged"),
        "label size": ([painting, "--segmentation", tmp_path / "small.png"], "60x72"),
        "label values": ([painting, "--segmentation", tmp_path / "unknown.png"], "77"),
        "label missing": ([painting, "--segmentation", tmp_path / "gone.png"], "gone.png"),
        "label no png": ([painting, "--segmentation", tmp_path / "text.png"], "text.png"),
        "first frame": ([painting, "--first-frame", tmp_path / "small.png"], "10x10"),
        "other stage": ([painting, "--stage", f"frames={tiny_pipeline / 'segment'}"], "'segment'"),
        "damaged": ([painting, "--stage", f"frames={tmp_path / 'damaged' / 'frames'}"], "damaged"),
        "no model": ([painting, "--stage", f"frames={tmp_path}"], "config.json"),
        "stage name": ([painting, "--stage", "frames=monet"], "simulate"),
        "stage": ([painting, "--stage", "frame=simulate"], "segment, firstframe, frames"),
        "plan": ([painting, "--plan", "monet"], "artist"),
        "habit": ([painting, "--habit", "monet"], "lineart"),
        "frames": ([painting, "--frames", "1"], "2 or more"),
        "seed": ([painting, "--seed", "-1"], "whole number"),
        "device": ([painting, "--device", "abacus"], "cpu"),
    }


BAD = (
    "missing", "directory", "text", "empty", "truncated", "label size", "label values", "label missing",
    "label no png", "first frame", "other stage", "damaged", "no model", "stage name", "stage", "plan", "habit",
    "frames", "seed", "device",
)  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_exit_code_2_with_a_reason_and_leaves_nothing(ppp, painting, tiny_pipeline, tmp_path, case):
    cases = bad_inputs(tmp_path, painting, tiny_pipeline)
    assert set(cases) == set(BAD)
    arguments, word = cases[case]
    before = everything(tmp_path)
    code, out, err = ppp("-o", tmp_path / "out", *arguments)
    assert code == 2, err
    assert out == ""
    assert word in err
    assert "Traceback" not in err
    assert 1 <= len(err.strip().splitlines()) <= 3
    assert everything(tmp_path) == before


def test_a_batch_goes_on_after_a_failure_and_says_so(ppp, painting, tmp_path):
    (tmp_path / "other").mkdir()
    second = shutil.copy(painting, tmp_path / "other" / "painting.png")
    (tmp_path / "broken.png").write_text("no")
    code, out, err = ppp(
        painting, tmp_path / "broken.png", second, "-o", tmp_path / "out", "--frames", 3, "--stage",
        "frames=crossfade", "--json",
    )  # fmt: skip
    assert code == 3
    said = json.loads(out)
    assert [r["out"] for r in said["results"]] == [str(tmp_path / "out" / n) for n in ("painting", "painting-2")]
    assert said["failed"][0]["painting"] == str(tmp_path / "broken.png")
    assert "1 of 3 paintings failed: broken.png" in err
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["painting", "painting-2"]


def test_a_batch_that_would_overwrite_is_refused_before_anything_is_painted(ppp, painting, tmp_path):
    other = shutil.copy(painting, tmp_path / "other.png")
    arguments = (painting, other, "-o", tmp_path / "out", "--frames", 3, "--stage", "frames=crossfade")
    assert ppp(*arguments)[0] == 0
    shutil.rmtree(tmp_path / "out" / "painting")
    assert ppp(*arguments)[0] == 2
    assert not (tmp_path / "out" / "painting").exists()


def test_animations_and_extreme_sizes(ppp, tmp_path):
    frames = [Image.fromarray(np.full((9, 7, 3), c, np.uint8)) for c in (10, 200)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    Image.fromarray(np.full((1, 1, 3), 99, np.uint8)).save(tmp_path / "dot.png")
    Image.fromarray(np.full((10, 20000, 3), 99, np.uint8)).save(tmp_path / "strip.png")
    for name in ("a.gif", "dot.png", "strip.png"):
        code, _, err = ppp(tmp_path / name, "-o", tmp_path / f"out-{name}", "--frames", 3)
        assert code == 0, err
        with Image.open(tmp_path / name) as image, Image.open(tmp_path / f"out-{name}/frames/00002.png") as last:
            assert last.size == image.size
        assert ("first of its 2 frames" in err) == (name == "a.gif")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(tiny_pipeline, painting, tmp_path, sign):
    command = [sys.executable, "-m", "ppp.cli.main", "run", painting, "-o", tmp_path / "out", "--frames", "2000",
               "--weights", tiny_pipeline, "--device", "cpu"]  # fmt: skip
    # What is started in the background of a shell ignores Ctrl-C, and so does all that it starts.
    heed = partial(signal.signal, sign, signal.SIG_DFL)
    process = subprocess.Popen(list(map(str, command)), stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    deadline = time.monotonic() + 300  # planning alone takes minutes on a machine that does much else
    while not list(tmp_path.glob(".out.*/frames/*.png")):
        assert time.monotonic() < deadline, "it does not start to paint"
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(sign)
    assert process.wait(300) == 130
    assert "Traceback" not in process.stderr.read()
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out.*"))


# ---- ppp segment


def test_segment_writes_a_label_map(ppp, painting, tmp_path):
    code, out, err = ppp(painting, "-o", tmp_path / "seg.png", "--json", command="segment")
    assert code == 0, err
    said = json.loads(out)
    assert 0 < sum(said["parts"].values()) <= 1.001, "all but what is taken for edge"
    with Image.open(tmp_path / "seg.png") as image:
        assert image.mode == "P"
        assert image.size == (60, 72)
    code, _, err = ppp(painting, "-o", tmp_path / "seg.png", command="segment")
    assert code == 2
    assert "--overwrite" in err
    assert ppp(painting, "-o", tmp_path / "seg.png", "--overwrite", command="segment")[0] == 0
    before = painting.read_bytes()
    code, _, err = ppp(painting, "-o", painting, "--overwrite", command="segment")
    assert code == 2 and "is the painting itself" in err and painting.read_bytes() == before


@pytest.mark.parametrize("out", ["seg.jpg", "."])
def test_segment_refuses_what_it_cannot_write(ppp, painting, tmp_path, out):
    assert ppp(painting, "-o", tmp_path / out, command="segment")[0] == 2


# ---- how the result is shown


def test_formats_and_overlay(ppp, painting, tmp_path):
    code, out, err = ppp(
        painting, "-o", tmp_path / "out", "--frames", 4, "--stage", "frames=partfade", "--video-format", "gif,webp",
        "--video-format", "webm", "--duration", 3, "--overlay", "--json",
    )  # fmt: skip
    assert code == 0, err
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [name for name in made if name.startswith(("timelapse", "overlay"))] == [
        "overlay", "overlay.gif", "overlay.webm", "overlay.webp", "timelapse.gif", "timelapse.webm", "timelapse.webp",
    ]  # fmt: skip
    assert [path.name for path in sorted((tmp_path / "out" / "overlay").iterdir())] == [
        "00001.png", "00002.png", "00003.png",
    ]  # fmt: skip
    assert json.loads(out)["video"] == str(tmp_path / "out" / "timelapse.gif")
    process = json.loads((tmp_path / "out" / "process.json").read_text())
    assert [one["seconds"] for one in process["videos"]] == [3, 3, 3]
    # a result with all of this in it is still one of ours, to be replaced when asked
    assert ppp(painting, "-o", tmp_path / "out", "--frames", 3, "--stage", "frames=crossfade", "--overwrite")[0] == 0
    assert not (tmp_path / "out" / "overlay").exists()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--fps", "0"), "0.1 to 60"),
        (("--duration", "-2"), "--duration -2"),
        (("--fps", "1", "--duration", "2"), "contradict each other"),
        (("--video-format", "mpeg"), "mp4, webm, gif, webp, apng"),
        (("--canvas-size", "60"), "60cm, 24in or 2000px"),
        (("--canvas-size", "1cm"), "2 cm to 20 m"),
        (("--sheet", "svg"), "png, pdf"),
        (("--paper", "a3"), "Add --sheet pdf"),
        (("--sheet", "pdf", "--language", "latin"), "Deutsch"),
        (("--sheet", "pdf", "--canvas-size", "20m"), "120 are possible"),
        (("--sheet", "pdf", "--paints", "nothing"), "no known name"),
        (("--palette", "nothing"), "zorn"),
        (("--sheet", "pdf", "--canvas-size", "50cm", "--grid", "1mm"), "500 squares"),
        (("--sheet", "pdf", "--medium", "oil", "--grid", "1mm"), "500 squares"),
        (("--paints", "no-white.toml"), "no white among the paints"),
        (("--palette", "unknown.toml"), "no paint 'mud'"),
        (("--format", "round"), "portrait, square, landscape"),
        (("--title-card", " "), "1 to 120"),
        (("--speed", "2", "--fps", "5"), "contradict"),
        (("--language", "de"), "Add --sheet pdf"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_painted(
    ppp, painting, tmp_path, monkeypatch, arguments, word
):
    (tmp_path / "no-white.toml").write_text('paints = ["yellow ochre", "ivory black"]')
    (tmp_path / "unknown.toml").write_text('paints = ["titanium white", "mud"]')
    monkeypatch.chdir(tmp_path)
    code, out, err = ppp(painting, "-o", tmp_path / "out", *arguments)
    assert code == 2
    assert word in err
    assert out == ""
    assert not (tmp_path / "out").exists()


def test_a_film_in_another_shape_with_title_and_captions(ppp, painting, tmp_path):
    words = ("--frames", 4, "--stage", "frames=partfade", "--video-format", "gif", "--format", "square", "--beside")
    words += ("--title-card", "My lady", "--captions", "--language", "es", "--speed", 2)
    code, _, err = ppp(painting, "-o", tmp_path / "out", *words)
    assert code == 0, err
    process = json.loads((tmp_path / "out" / "process.json").read_text())
    assert process["captions"] == {"files": ["timelapse.srt", "timelapse.vtt"], "language": "es"}
    assert {"timelapse.srt", "timelapse.vtt"} <= process["files"].keys() and process["video"]["lead"]
    width, height = process["video"]["size"]
    assert width == height
    assert "1. " in (tmp_path / "out" / "timelapse.srt").read_text("utf-8")
    assert main(["verify", str(tmp_path / "out")]) == 0
    # all of that is one of our results, to be replaced when asked
    assert ppp(painting, "-o", tmp_path / "out", "--frames", 3, "--stage", "frames=crossfade", "--overwrite")[0] == 0


def test_a_palette_repaints_the_whole_process_and_can_be_replayed(ppp, painting, tmp_path):
    words = ("--frames", 4, "--medium", "oil", "--palette", "greys", "--sheet", "pdf", "--video-format", "gif")
    code, _, err = ppp(painting, "-o", tmp_path / "out", *words)
    assert code == 0, err
    process = json.loads((tmp_path / "out" / "process.json").read_text())
    assert process["closing"] == "palette" and process["palette"]["name"] == "greys" and "palette" in process["id_of"]
    last = np.asarray(Image.open(tmp_path / "out" / "frames" / "00003.png")).astype(int)
    assert (
        np.ptp(last, axis=2).max() < 40 < np.ptp(np.asarray(Image.open(painting).convert("RGB")).astype(int), 2).max()
    )
    recipes = [colour["recipe"] for step in process["sheet"]["steps"] for colour in step["palette"]]
    assert recipes and {name for one in recipes for name, _ in one["parts"]} <= {"white", "black"}
    assert main(["replay", str(tmp_path / "out"), "-o", str(tmp_path / "again"), "--video-format", "gif"]) == 0
    for frame in ("00001.png", "00003.png"):
        one, other = (np.asarray(Image.open(tmp_path / run / "frames" / frame)) for run in ("out", "again"))
        np.testing.assert_array_equal(one, other)


def test_the_sheet_speaks_of_brushes_of_the_size_that_is_asked_for(ppp, painting, tmp_path):
    code, _, err = ppp(
        painting, "-o", tmp_path / "out", "--frames", 5, "--medium", "oil", "--habit", "masses", "--canvas-size", "24in"
    )
    assert code == 0, err
    sheet = json.loads((tmp_path / "out" / "process.json").read_text())["sheet"]
    assert sheet["materials"]["medium"] == "oil paint"
    assert sheet["materials"]["canvas"].startswith("20 x 24 in") and "bristle brush" in sheet["materials"]["brushes"]
    brushes = [brush for step in sheet["steps"] for brush in step["brushes"]]
    assert {"bristle"} <= {brush["mark"] for brush in brushes}
    assert all(0 < brush["width"] < 3 for brush in brushes), "inches"
    assert all(len(step["how"]) == len(step["do"]) for step in sheet["steps"])
    assert any("in)" in how for step in sheet["steps"] for how in step["how"])


def test_things_go_through_a_run_and_come_back(ppp, tmp_path):
    """segmentation.png of a run is a label map with all it says, and process.json tells class and rank of each part."""
    labels, things = save_landscape(tmp_path)
    picture, given = tmp_path / "painting.png", tmp_path / "labels.png"
    code, _, err = ppp(picture, "-o", tmp_path / "a", "--frames", 4, "--segmentation", given, "--seed", 1)
    assert code == 0, err
    process = json.loads((tmp_path / "a" / "process.json").read_text())
    assert process["labels"] == ["sky", "mountain", "water", "tree 1", "tree 2"]
    assert process["parts"][0] == {"name": "sky", "class": "sky", "rank": 1}
    assert process["parts"][4] == {"name": "tree 2", "class": "tree", "rank": 5} and "parts" in process["id_of"]
    again = tmp_path / "a" / "segmentation.png"
    assert read_label_set(again) == things
    np.testing.assert_array_equal(things.load_png(again), labels)
    code, _, err = ppp(picture, "-o", tmp_path / "b", "--frames", 4, "--segmentation", again, "--seed", 1)
    assert code == 0, err
    for frame in ("00001.png", "00003.png"):
        one, other = (np.asarray(Image.open(tmp_path / run / "frames" / frame)) for run in "ab")
        np.testing.assert_array_equal(one, other)
    process["parts"][4]["class"] = "rock"
    (tmp_path / "a" / "process.json").write_text(json.dumps(process))
    assert main(["verify", str(tmp_path / "a")]) == 4


def test_a_label_map_that_does_not_say_what_it_is_is_taken_for_a_portraits_and_says_so(ppp, tmp_path):
    labels, _ = save_landscape(tmp_path)
    Image.fromarray(labels).save(tmp_path / "grey.png")
    run = (tmp_path / "painting.png", "-o", tmp_path / "out", "--frames", 2, "--segmentation", tmp_path / "grey.png")
    code, _, err = ppp(*run)
    assert code == 0 and "does not say what its values are" in err and "grey.labels.json" in err
    Image.fromarray(labels + 9).save(tmp_path / "grey.png")
    code, _, err = ppp(*run, "--overwrite")
    assert code == 2 and "grey.labels.json" in err


def test_a_portrait_before_things_goes_through_both_networks_and_comes_back(ppp, tmp_path):
    _, labels = save_head(tmp_path)
    scene = PORTRAIT.split("background", ("sky", "tree 1", "tree 2"), ("sky", "tree", "tree"))
    behind = labels == PORTRAIT.index("background")
    labels[behind] = 10
    labels[40:, :20][behind[40:, :20]] = 11
    labels[40:, 44:][behind[40:, 44:]] = 12
    scene.save_png(tmp_path / "labels.png", labels)
    run = (tmp_path / "painting.png", "--frames", 6, "--order", "hair,tree,sky", "--skip", "tree 2", "--seed", 1)
    code, _, err = ppp(*run, "-o", tmp_path / "a", "--segmentation", tmp_path / "labels.png")
    assert code == 0, err
    process = json.loads((tmp_path / "a" / "process.json").read_text())
    assert {"name": "tree 1", "class": "tree", "rank": 3} in process["parts"]
    assert process["plan"]["recipe"]["order"] == ["hair", "tree 1", "tree 2", "sky"]
    code = main(["replay", str(tmp_path / "a"), "-o", str(tmp_path / "b"), "--quiet"])
    assert code == 0
    one, other = (np.asarray(Image.open(tmp_path / name / "frames" / "00005.png")) for name in "ab")
    np.testing.assert_array_equal(one, other)
