"""`ppp data layered`, and what simulated artists make of its pictures."""

import contextlib
import io
import json

import numpy as np
import pytest
from layered_files import write_ora, write_svg
from program_files import write_kra, write_xcf

from ppp.cli.main import main
from ppp.modules.data.layered.layered_picture import find_layered
from ppp.modules.data.processes.process import Process


class Outcome:
    """What `ppp data ...` printed, on both streams, and its exit code."""

    def __init__(self, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            self.exit_code = main(["data", *map(str, arguments)])
        self.output = output.getvalue()


@pytest.fixture(scope="module")
def art(tmp_path_factory):
    folder = tmp_path_factory.mktemp("art")
    (folder / "more").mkdir()
    write_svg(folder / "a.svg")
    write_svg(folder / "more" / "a.svg")
    write_ora(folder / "b.ora")
    return folder


def test_a_folder_becomes_layered_pictures(art, tmp_path):
    result = Outcome("layered", art, "-o", tmp_path / "out", "--size", 96, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert "3 layered pictures" in result.output
    files = find_layered(tmp_path / "out")
    assert [file.name for file in files] == ["a-2", "a", "b"]
    assert [file.row["kind"] for file in files] == ["vector", "vector", "layers"]
    assert files[1].load().kinds == ("sky", "mountain", "building", "tree", "plant")
    assert all(max(file.row["width"], file.row["height"]) == 96 for file in files)


def test_files_of_krita_and_gimp_become_layered_pictures(tmp_path):
    (tmp_path / "art").mkdir()
    write_kra(tmp_path / "art" / "k.KRA")
    write_xcf(tmp_path / "art" / "x.xcf")
    result = Outcome("layered", tmp_path / "art", "-o", tmp_path / "out", "--size", 96, "--jobs", 1)
    assert result.exit_code == 0, result.output
    for file in find_layered(tmp_path / "out"):
        assert file.row["kind"] == "layers" and file.load().names == ("sky", "mountain", "tree", "trees")


def test_simulated_artists_paint_them_thing_by_thing(art, tmp_path):
    Outcome("layered", art / "a.svg", "-o", tmp_path / "out", "--size", 96, "--jobs", 1)
    result = Outcome("simulate", tmp_path / "out", "-o", tmp_path / "runs", "--size", 64, "--frames", 8, "--jobs", 1)
    assert result.exit_code == 0, result.output
    process = Process(tmp_path / "runs" / "a-00")
    assert process.label_set.names == ("edge", "sky", "mountain", "building", "tree", "plant")
    assert process.label_set.kinds[4] == "tree" and set(np.unique(process.labels())) == {1, 2, 3, 4, 5}


def test_bad_files_are_listed_and_the_others_are_made(art, tmp_path):
    (art / "cut.ora").write_bytes((art / "b.ora").read_bytes()[:500])
    (art / "x.clip").write_bytes(b"x")
    (art / "y.kra").write_bytes(b"x")
    (art / "z.xcf").write_bytes(b"gimp xcf v011\0")
    try:
        result = Outcome("layered", art, "-o", tmp_path / "out", "--size", 96, "--jobs", 1)
    finally:
        for name in ("cut.ora", "x.clip", "y.kra", "z.xcf"):
            (art / name).unlink()
    assert result.exit_code == 3
    assert "cut.ora: It is not a readable OpenRaster file" in result.output and "Save it there as .psd" in result.output
    assert "y.kra: It is not a readable Krita file" in result.output
    assert "z.xcf: It is not a readable GIMP file" in result.output
    assert len(find_layered(tmp_path / "out")) == 3
    assert not [path for name in ("cut", "x", "y", "z") for path in (tmp_path / "out").rglob(f"{name}.png")]


def test_nothing_is_made_where_nothing_can_be(tmp_path):
    write_svg(tmp_path / "in.svg", "")
    result = Outcome("layered", tmp_path / "in.svg", "-o", tmp_path / "out", "--jobs", 1)
    assert result.exit_code == 2 and "no layers" in result.output, result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("source", "message"), [("empty", "No layered files"), ("none", "does not exist")])
def test_folders_without_layered_files(tmp_path, source, message):
    (tmp_path / "empty").mkdir()
    result = Outcome("layered", tmp_path / source, "-o", tmp_path / "out")
    assert result.exit_code == 2 and message in result.output
    assert not (tmp_path / "out").exists()


def test_words_of_another_language(art, tmp_path):
    words = tmp_path / "words.json"
    words.write_text(json.dumps({"Hills": "ground"}))
    Outcome("layered", art / "a.svg", "-o", tmp_path / "out", "--classes", words, "--size", 96, "--jobs", 1)
    assert find_layered(tmp_path / "out")[0].kinds[1] == "ground"
    for kind in ("hill", ["ground"]):
        words.write_text(json.dumps({"Hills": kind}))
        result = Outcome("layered", art / "a.svg", "-o", tmp_path / "out", "--classes", words)
        assert result.exit_code == 2 and f"{kind!r}, for 'Hills', is no class" in result.output


def test_overwriting_clears_what_was_made_and_nothing_else(art, tmp_path):
    Outcome("layered", art, "-o", tmp_path / "out", "--size", 96, "--jobs", 1)
    (tmp_path / "out" / "images" / "mine.png").write_bytes(b"mine")
    assert Outcome("layered", art / "b.ora", "-o", tmp_path / "out", "--size", 64, "--jobs", 1).exit_code == 2
    result = Outcome("layered", art / "b.ora", "-o", tmp_path / "out", "--size", 64, "--jobs", 1, "--overwrite")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out" / "images").iterdir()) == ["b.png", "mine.png"]
