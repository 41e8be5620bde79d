"""Every command refuses an output that would eat an input, before anything is written: exit code 2, what, why, fix."""

import os
import shutil

import numpy as np
import pytest
from PIL import Image

from ppp.cli.main import main
from ppp.modules.labels import PORTRAIT


@pytest.fixture
def work(tmp_path, tiny_pipeline):
    """A folder with a painting, links to it, a result made of it, and an album in which it is called sheet.png."""
    picture = np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    Image.fromarray(picture).save(tmp_path / "p.png")
    (tmp_path / "link.png").symlink_to("p.png")
    os.link(tmp_path / "p.png", tmp_path / "hard.png")
    (tmp_path / "album").mkdir()
    shutil.copy(tmp_path / "p.png", tmp_path / "album" / "sheet.png")
    PORTRAIT.save_png(tmp_path / "album" / "segmentation.png", np.ones((48, 40), np.uint8))
    (tmp_path / "p").mkdir()
    shutil.copy(tmp_path / "p.png", tmp_path / "p" / "q.png")
    (tmp_path / "plan.toml").write_text("frames = 4\n")
    shutil.copytree(tiny_pipeline, tmp_path / "weights")
    return tmp_path


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def refuse(work, capsys, command):
    """Run a command, which must be refused in three lines and change nothing -> what it says."""
    before = contents(work)
    words = command.split()
    if words[0] in ("run", "plan", "segment"):
        words += ["--weights", str(work / "weights"), "--device", "cpu"]
    code = main(words)
    shown = capsys.readouterr()
    assert code == 2, shown.err
    assert contents(work) == before
    assert 2 <= len(shown.err.strip().splitlines()) <= 3
    return shown.err


@pytest.mark.parametrize(
    "command",
    [
        "run album/sheet.png -o album",
        "run album/sheet.png -o album --overwrite",
        "run album/sheet.png -o . --overwrite",
        "run p.png -o album --segmentation album/segmentation.png --overwrite",
        "run p.png -o album --from album/sheet.png --overwrite",
        "run p.png -o album --first-frame album/sheet.png --overwrite",
        "run p.png p/q.png -o . --overwrite",
        "run album/sheet.png -o album --variations 2 --overwrite",
        "segment p.png -o p.png --overwrite",
        "segment p.png -o link.png --overwrite",
        "segment p.png -o hard.png --overwrite",
        "segment link.png -o p.png --overwrite",
        "plan p.png -o p.png --overwrite",
        "plan p.png -o hard.png --overwrite",
        "plan p.png -o album/segmentation.png --segmentation album/segmentation.png --overwrite",
        "plan p.png -o plan.toml --plan plan.toml --overwrite",
        "train segment album -o album",
        "train frames album -o .",
        "data simulate album -o album --overwrite --unlabelled clusters",
        "data simulate album/sheet.png -o . --overwrite --unlabelled clusters",
        "data extract album -o album --overwrite",
        "evaluate album -o album --systems none",
        "evaluate p.png -o . --systems none",
        "evaluate p.png -o report --systems none --markdown p.png",
        "evaluate album -o report --systems none --markdown album/sheet.png",
        "evaluate album -o report --scenes --markdown hard.png --split all album p.png",
    ],
)
def test_inputs_are_not_eaten(work, capsys, monkeypatch, command):
    monkeypatch.chdir(work)
    said = refuse(work, capsys, command)
    assert "would be overwritten" in said or "holds other files" in said


def test_only_a_manifest_makes_a_result(work, capsys, monkeypatch):
    """Pictures called sheet.png and segmentation.png are not ours to replace, though our results hold such names."""
    monkeypatch.chdir(work)
    assert "holds other files" in refuse(work, capsys, "run p.png -o album --overwrite")
    assert "holds other files" in refuse(work, capsys, "run p.png -o album --variations 2 --overwrite")


def test_results_are_not_eaten_by_what_is_made_of_them(work, capsys, monkeypatch):
    monkeypatch.chdir(work)
    command = "run p.png -o done --frames 3 --stage frames=partfade --weights weights --quiet"
    assert main(command.split()) == 0
    capsys.readouterr()
    for command in (
        "replay done -o done --overwrite",
        "replay done/process.json -o done --overwrite",
        "run --continue done --at 2 -o done --overwrite",
        "run done/sheet.png -o done --overwrite",
        "run p.png -o done --from done/frames/00001.png --overwrite",
        "data check done -o done/sheet.png --overwrite",
        "data check done --degrees done/process.json --overwrite",
        "data shard done -o done --overwrite",
    ):
        assert "would be overwritten" in refuse(work, capsys, command)
    # the painting that a process names may lie in the new result's folder by now
    shutil.copytree("done", "other")
    shutil.move("p.png", "other/first_frame.png")
    said = refuse(work, capsys, "replay done -o other --painting other/first_frame.png --overwrite")
    assert "holds the painting" in said
