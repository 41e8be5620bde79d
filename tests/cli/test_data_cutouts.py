"""`ppp data cutouts`, and that training reads what it makes."""

import contextlib
import io
import json

import cv2
import numpy as np
import pytest

from ppp.cli.main import main
from ppp.modules.data.layered.icon_names import kind_of_icon, without_variants
from ppp.modules.data.manifest import read_manifest
from ppp.modules.data.pictures import find_pictures
from ppp.modules.segment.training_pictures import load_training_pictures

RED_DISC = {"body": '<circle cx="20" cy="16" r="8" fill="#e03020"/>'}
INFO = {"name": "Toy Icons", "author": {"name": "Ann"}, "license": {"title": "MIT License", "spdx": "MIT"}}


def run(*arguments):
    """Run `ppp data cutouts`: its exit code, and what it printed on both streams."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = main(["data", "cutouts", *map(str, arguments), "--jobs", "1"])
    return code, output.getvalue()


def write_icons(path, icons, **more):
    path.write_text(json.dumps({"prefix": "toy", "width": 32, "height": 32, "icons": icons} | more))
    return path


def test_icons_become_cutouts_that_training_reads(tmp_path):
    names = ("deer", "red-apple", "cat-face", "flag-for-turkey", "no-bicycles", "mystery")
    sign = {"body": '<circle cx="20" cy="16" r="8" fill="currentColor"/>'}
    drawings = dict.fromkeys(names, RED_DISC) | {"house": sign, "horse": RED_DISC | {"hidden": True}}
    icons = write_icons(tmp_path / "icons.json", drawings | {"../tree": RED_DISC})
    (tmp_path / "info.json").write_text(json.dumps(INFO))
    code, output = run(icons, "-o", tmp_path / "out", "--size", 64)
    assert code == 0 and "2 cut-outs" in output, output
    deer, apple = read_manifest(tmp_path / "out")
    assert (deer["cls"], apple["cls"]) == ("animal", "object")
    assert (deer["name"], deer["source"], deer["licence"]) == ("toy:deer", "Toy Icons by Ann", "MIT")
    image = cv2.imread(str(tmp_path / "out" / deer["file"]), cv2.IMREAD_UNCHANGED)
    assert image.shape == (deer["height"], deer["width"], 4) and deer["width"] == deer["height"] == 32
    assert image[16, 16].tolist() == [0x20, 0x30, 0xE0, 255] and image[0, 0, 3] == 0
    assert [file.cutout for file in find_pictures([tmp_path / "out"])] == ["animal", "object"]
    scene = tmp_path / "scene"
    scene.mkdir()
    for name in ("a.png", "a_labels.png"):
        cv2.imwrite(str(scene / name), np.zeros((20, 20), np.uint8))
    _, cutouts = load_training_pictures([scene, tmp_path / "out"], frozenset())
    assert len(cutouts) == 2 and cutouts[0].image.shape == (32, 32, 4)


def test_a_licence_that_nobody_tells_is_unknown_and_one_inside_the_file_counts(tmp_path):
    run(write_icons(tmp_path / "a.json", {"deer": RED_DISC}), "-o", tmp_path / "a")
    run(write_icons(tmp_path / "b.json", {"deer": RED_DISC}, info=INFO), "-o", tmp_path / "b")
    licences = [read_manifest(tmp_path / name)[0]["licence"] for name in "ab"]
    assert licences == ["unknown", "MIT"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no such file"),
        ("{", "not valid JSON"),
        ("[]", "not Iconify JSON"),
        ('{"icons": {"deer": {"body": 3}}}', "deer"),
        ('{"icons": {"deer": {"body": "", "width": 0}}}', "deer"),
        ('{"icons": {"deer": {"body": "<g>"}}}', "not readable XML"),
        ('{"icons": {"deer": {"body": "<g/>"}}}', "Nothing is to be seen"),
        ('{"icons": {"blue-heart": {"body": "<g/>"}}}', "No cut-outs"),
    ],
)
def test_nothing_is_made_where_nothing_can_be(tmp_path, content, message):
    if content is not None:
        (tmp_path / "icons.json").write_text(content)
    code, output = run(tmp_path / "icons.json", "-o", tmp_path / "out")
    assert code == 2 and message in output, output
    assert not (tmp_path / "out").exists()


def test_icons_that_cannot_be_drawn_are_listed_and_the_others_are_made(tmp_path):
    icons = write_icons(tmp_path / "icons.json", {"deer": RED_DISC, "cow": {"body": "<g>"}})
    code, output = run(icons, "-o", tmp_path / "out")
    assert code == 3 and "toy:cow" in output and len(read_manifest(tmp_path / "out")) == 1, output


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("animal", ["deer", "front-facing-baby-chick", "black-cat", "tropical-fish", "t-rex"]),
        ("object", ["hot-dog", "teddy-bear", "computer-mouse", "books", "fried-shrimp", "light-bulb"]),
        ("building", ["house-with-garden", "houses", "japanese-post-office"]),
        ("vehicle", ["fire-engine", "racing-car", "oncoming-bus"]),
        ("furniture", ["couch-and-lamp", "chair"]),
        ("tree", ["palm-tree"]),
        ("plant", ["potted-plant", "brown-mushroom"]),
        ("person", ["woman-walking", "man-in-suit-levitating", "person-fencing"]),
        (None, ["dog-face", "pig-nose", "bus-stop", "white-flower", "person-in-bed", "woman", "running-shoe"]),
    ],
)  # fmt: skip
def test_classes_of_names(kind, names):
    assert {name: kind_of_icon(name) for name in names} == dict.fromkeys(names, kind)


def test_icons_that_show_another_once_more_are_left_out():
    tones = [f"woman-walking-{tone}-skin-tone" for tone in ("light", "medium", "medium-dark")]
    names = ["woman-walking", *tones, "woman-walking-facing-right", "person-walking", "person-walking-light-skin-tone"]
    chosen = without_variants([*names, "light-bulb", "chair", "chair-flat"])
    assert len(chosen) == 3 and {"light-bulb", "chair"} < {*chosen} and {*tones} & {*chosen}
