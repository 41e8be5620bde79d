"""A prediction stays one: it is never extracted, trained on or scored as a recording."""

import shutil

import pytest
from recorded import edit, recorded

from ppp.cli.main import main


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_pipeline):
    """A result with every format; not to be changed."""
    from ppp.modules.data.synthetic.portraits import draw_sitter
    from ppp.pipeline.pipeline import Pipeline
    from ppp.pipeline.writers import VideoOptions

    folder = tmp_path_factory.mktemp("made") / "out"
    lapse = Pipeline.from_pretrained(tiny_pipeline, device="cpu")(draw_sitter((64, 80), 3)[0], 6, seed=3)
    lapse.save(folder, video=VideoOptions(("webm", "gif", "mp4")))
    return folder


@pytest.mark.parametrize("name", ["timelapse.mp4", "timelapse.webm", "timelapse.gif", "frames", "."])
def test_an_own_time_lapse_is_not_extracted_as_a_recording(made, tmp_path, capsys, name):
    for source in (made / name, shutil.copytree(made, tmp_path / "moved") / name):
        if source != tmp_path / "moved":
            (tmp_path / "moved" / "process.json").unlink(missing_ok=True)
        assert main(["data", "extract", str(source), "-o", str(tmp_path / "films"), "--canvas", "0,0,64,80", "-q"]) == 2
        assert "is not a recording" in capsys.readouterr().err
        assert not (tmp_path / "films").exists()


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """A labelled recorded process; not to be changed."""
    return recorded(tmp_path_factory.mktemp("record") / "one", n_frames=6, labels=True)


def call(command, folder, out):
    words = {
        "check": ["data", "check", folder, "--jobs", "1"],
        "label": ["data", "label", folder, "--jobs", "1"],
        "shard": ["data", "shard", folder, "-o", out],
        "align": ["data", "align", folder],
        "train": ["train", "frames", folder, "-o", out, "--steps", "1"],
        "evaluate": ["evaluate", folder, "-o", out, "--frames", "4"],
    }
    return main([*map(str, words[command]), "-q"])


def as_recorded(folder, **more):
    edit(folder, kind="recorded", **more)


@pytest.mark.parametrize("command", ["check", "label", "shard", "align", "train", "evaluate"])
@pytest.mark.parametrize("forged", ["one word", "all words", "frames"])
def test_a_process_that_contradicts_itself_is_refused(made, record, tmp_path, capsys, command, forged):
    folder = tmp_path / "processes" / "one"
    if forged == "frames":
        shutil.copytree(record, folder)
        shutil.rmtree(folder / "frames")
        shutil.copytree(made / "frames", folder / "frames")
    else:
        shutil.copytree(made, folder)
        as_recorded(folder, **({"provenance": "recorded"} if forged == "all words" else {}))
    assert call(command, folder.parent, tmp_path / "out") == 2
    assert "contradicts itself" in capsys.readouterr().err


def test_one_predicted_frame_among_many_is_found_by_check(made, record, tmp_path, capsys):
    folder = shutil.copytree(record, tmp_path / "one")
    shutil.copyfile(made / "frames" / "00001.png", folder / "frames" / "00001.png")
    assert call("check", folder, tmp_path / "out") == 2
    assert "contradicts itself" in capsys.readouterr().err


def test_what_agrees_with_itself_is_read(record, tmp_path):
    assert call("check", record, tmp_path / "out") == 0
