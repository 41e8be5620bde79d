"""`ppp data scenes`: what it writes, continues, refuses."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from ppp.cli.data import app
from ppp.modules.data.layered.layered_picture import find_layered

SMALL = ["--size", "48x36", "--jobs", "1", "--quiet"]


def run(*words):
    return CliRunner().invoke(app, ["scenes", *map(str, words)], catch_exceptions=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes") / "out"
    result = run(4, "-o", folder, *SMALL, "--val", "0.5", "--seed", "3")
    assert result.exit_code == 0 and "4 scenes" in result.stdout
    return folder


def test_scenes_are_layered_pictures_with_a_manifest(made):
    files = find_layered(made)
    assert len(files) == 4 and {file.row["kind"] for file in files} == {"scene"}
    assert {file.row["split"] for file in files} <= {"train", "val"}
    for file in files:
        picture = file.load()
        assert picture.image.shape == (36, 48, 3) and file.row["classes"] == list(picture.kinds)


def test_an_interrupted_run_goes_on_and_makes_the_same(made, tmp_path):
    before = (made / "manifest.jsonl").read_text("utf-8")
    image, other = sorted((made / "images").iterdir())[:2]
    content, stamp = image.read_bytes(), other.stat().st_mtime_ns
    image.unlink()
    assert run(4, "-o", made, *SMALL, "--val", "0.5", "--seed", "3").exit_code == 0
    assert image.read_bytes() == content and other.stat().st_mtime_ns == stamp
    assert (made / "manifest.jsonl").read_text("utf-8") == before


def test_more_and_one_kind(tmp_path):
    assert run(2, "-o", tmp_path / "a", *SMALL, "--kind", "sea", "--medium", "drawn").exit_code == 0
    rows = [json.loads(line) for line in (tmp_path / "a" / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert all("water" in row["classes"] and row["title"].startswith("sea") for row in rows)
    refused = CliRunner().invoke(app, ["scenes", "2", "-o", str(tmp_path / "a"), *SMALL, "--kind", "landscape"])
    assert refused.exit_code and "other settings" in str(refused.exception)
    assert run(1, "-o", tmp_path / "a", *SMALL, "--kind", "landscape", "--overwrite").exit_code == 0
    assert len(list((tmp_path / "a" / "amodal").iterdir())) == 1
    assert np.array_equal(*(find_layered(tmp_path / "a")[0].load().layers for _ in range(2)))


@pytest.mark.parametrize(
    "words", [["--kind", "portrait"], ["--medium", "acrylics"], ["--size", "16"], ["--size", "tall"]]
)
def test_what_is_wrong_is_said_before_a_folder_is_made(tmp_path, words):
    result = CliRunner().invoke(app, ["scenes", "2", "-o", str(tmp_path / "out"), *words])
    assert result.exit_code and not (tmp_path / "out").exists()
