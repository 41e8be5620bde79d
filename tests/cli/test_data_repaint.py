"""`ppp data repaint`: what it writes, of what, and what it refuses."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from ppp.cli.data import app
from ppp.modules.data.pictures import find_pictures
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.training_pictures import load_training_pictures
from ppp.modules.things import SCENE_CLASSES, thing_label_set


def run(*words):
    return CliRunner().invoke(app, ["repaint", *map(str, words), "--jobs", "1", "--quiet"], catch_exceptions=False)


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    """A portrait with a known head, a scene, and one without a label map."""
    folder, rows = tmp_path_factory.mktemp("labelled"), []
    painting, labels = draw_sitter(240, 3)
    scene = np.where(np.arange(240)[:, None] < 120, 1, 5).repeat(200, 1).astype(np.uint8)
    colours = np.array([(0, 0, 0), (0.6, 0.75, 0.95), *[(0.4, 0.5, 0.2)] * 14])
    pictures = {
        "anna": (painting, labels, PORTRAIT, {"faces": [[60, 40, 140, 140]], "kind": "photo", "quality": "B"}),
        "sea": (colours[scene], scene, thing_label_set(SCENE_CLASSES), {"classes": ["sky", "grass"], "quality": "H"}),
    }
    for name, (image, parts, label_set, more) in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), (np.asarray(image)[..., ::-1] * 255).round().astype(np.uint8))
        label_set.save_png(folder / f"{name}_labels.png", parts)
        rows.append({"file": f"{name}.png", "labels": f"{name}_labels.png", "split": "train", **more})
    rows.append({"file": "anna.png", "split": "train"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_pictures_look_painted_and_their_labels_stay(labelled, tmp_path):
    result = run(labelled, "-o", tmp_path / "out", "--size", 200)
    assert result.exit_code == 0 and "2 pictures" in result.stdout
    known = {file.name: file for file in find_pictures([labelled]) if file.labels}
    made = {file.name.removesuffix("_painted"): file for file in find_pictures([tmp_path / "out"])}
    assert made.keys() == known.keys()
    for name, file in made.items():
        (painting, labels), (before, same) = file.load(), known[name].load(size=200)
        assert np.array_equal(labels, same) and file.label_set == known[name].label_set
        away = np.abs(painting - before).mean()
        assert 0.003 < away < 0.1, "painted, and still that picture"
    anna, sea = (next(p for p in load_training_pictures([tmp_path / "out"], frozenset())[0] if n in p.name) for n in
                 ("anna", "sea"))  # fmt: skip
    assert anna.face == pytest.approx((100 * 200 / 240, 90 * 200 / 240, 100 * 200 / 240)) and anna.quality == "B"
    assert sea.scenic and sea.quality == "A", "strokes' outlines are not drawn by hand"


def test_an_interrupted_run_makes_the_same(labelled, tmp_path):
    for name in "ab":
        assert run(labelled, "-o", tmp_path / name, "--size", 160, "--limit", 1).exit_code == 0
    first, second = (next((tmp_path / name / "images").iterdir()) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    second.unlink()
    assert run(labelled, "-o", tmp_path / "b", "--size", 160, "--limit", 1).exit_code == 0
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(("words", "why"), [(["--medium", "acrylics"], "no medium"), (["--split", "val"], "split")])
def test_what_cannot_be_painted_is_said_before_a_folder_is_made(labelled, tmp_path, words, why):
    with pytest.raises(UserError, match=why):
        run(labelled, "-o", tmp_path / "out", *words)
    assert not (tmp_path / "out").exists()
