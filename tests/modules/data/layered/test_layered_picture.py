"""Layered pictures: their form, and their files."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppp.modules.data.layered.layered_picture import LayeredPicture, find_layered, topmost, write_layered
from ppp.modules.data.manifest import read_manifest, write_manifest
from ppp.modules.io.errors import UserError

H, W = 24, 32


def scene() -> LayeredPicture:
    """A sky, a hill before it and two trees, the nearer of which hides a part of the farther one."""
    y, x = np.mgrid[:H, :W]
    extents = np.stack([y >= 0, y > 14, (abs(x - 10) < 5) & (y > 4), (abs(x - 14) < 4) & (y > 8)])
    layers = topmost(extents)
    colours = np.array([(255, 255, 255), (135, 190, 235), (140, 120, 60), (30, 120, 50), (10, 80, 20)], np.uint8)
    return LayeredPicture(
        colours[layers], layers, extents, ("", "hill", "t1", "t2"), ("sky", "unknown", "tree", "tree")
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_manifest(tmp_path, [write_layered(tmp_path, "a", scene(), kind="vector", split="val")])
    return tmp_path


def test_what_is_written_is_read_again(folder):
    (file,) = find_layered(folder)
    read, made = file.load(), scene()
    for part in ("image", "layers", "extents"):
        assert np.array_equal(getattr(read, part), getattr(made, part)), part
    assert (read.names, read.kinds) == (made.names, made.kinds)
    assert (file.row["n_layers"], file.row["width"], file.row["height"], file.row["kind"]) == (4, W, H, "vector")
    assert file.row["split"] == "val"


def test_the_hidden_part_of_a_layer_belongs_to_its_extent():
    made = scene()
    assert (made.extents[2] & (made.layers == 4)).any() and made.extents[0].all()


def test_labels_name_the_layers_far_to_near(folder):
    picture = find_layered(folder)[0].load()
    assert picture.label_set.names == ("edge", "sky", "thing", "tree 1", "tree 2")
    assert picture.label_set.depth_order.tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(picture.label_set.load_png(folder / "layers" / "a.png"), picture.layers)


def test_rows_that_are_relative_to_the_folder_above(folder):
    """A part of a larger collection names its files from the collection's top."""
    (row,) = read_manifest(folder)
    write_manifest(folder, [row | {key: f"{folder.name}/{row[key]}" for key in ("file", "layers", "amodal")}])
    assert np.array_equal(find_layered(folder)[0].load().image, scene().image)


def test_a_row_without_classes_is_unknown(folder):
    (row,) = read_manifest(folder)
    write_manifest(folder, [{key: value for key, value in row.items() if key not in ("classes", "names")}])
    assert find_layered(folder)[0].load().kinds == ("unknown",) * 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kinds": ("sky", "hill", "tree", "tree")}, "'hill' is no class"),
        ({"kinds": ("sky", "edge", "tree", "tree")}, "'edge' is no class"),
        ({"names": ("a",)}, "do not fit"),
        ({"layers": np.full((H, W), 5, np.uint8)}, "layer 5 of 4"),
        ({"layers": np.full((H, W), 3, np.uint8)}, "outside of its extent"),
        ({"image": np.zeros((H, W, 3), np.float32)}, "uint8"),
        ({"extents": np.zeros((4, H, W - 1), bool)}, "do not fit"),
    ],
)
def test_parts_that_do_not_fit(change, message):
    with pytest.raises(ValueError, match=message):
        replace(scene(), **change)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("part", ["images", "layers", "amodal"])
@pytest.mark.parametrize("damage", [_cut, Path.unlink, lambda path: path.write_bytes(b"")])
def test_damaged_files_are_named(folder, part, damage):
    damage(folder / part / "a.png")
    with pytest.raises(UserError, match=f"{part}.a.png") as error:
        find_layered(folder)[0].load()
    assert error.value.why and error.value.fix


def test_masks_of_another_size_are_not_decoded(folder):
    Image.new("1", (W, 3 * H)).save(folder / "amodal" / "a.png")
    with pytest.raises(UserError, match="32 x 72 pixels, not 32 x 96"):
        find_layered(folder)[0].load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layers": 0}, "n_layers 0"),
        ({"n_layers": "4"}, "n_layers '4'"),
        ({"classes": ["sky"]}, "one class for each of 4"),
        ({"classes": ["sky", "x", "tree", "tree"]}, "one class for each of 4"),
        ({"names": ["a"]}, "do not fit"),
        ({"names": 5}, "Line 1: names is 5, not a list of texts"),
        ({"layers": 5}, "Line 1: layers is 5, not text"),
        ({"n_layers": 3, "classes": None, "names": None}, "not classes"),
    ],
)
def test_rows_that_do_not_fit_the_files(folder, change, message):
    (row,) = read_manifest(folder)
    write_manifest(folder, [row | change])
    with pytest.raises(UserError, match=message):
        find_layered(folder)[0].load()


@pytest.mark.parametrize("text", ["{broken", "[1]", '{"a": 1}', "5", json.dumps({"file": 3})])
def test_manifests_that_are_none(tmp_path, text):
    (tmp_path / "manifest.jsonl").write_text(text)
    with pytest.raises(UserError, match="Line 1"):
        find_layered(tmp_path)


def test_folders_without_layers(tmp_path):
    with pytest.raises(UserError, match=r"manifest\.jsonl cannot be used"):
        find_layered(tmp_path)
    write_manifest(tmp_path, [{"file": "images/x.png", "labels": "labels/x.png"}])
    with pytest.raises(UserError, match="No layered pictures"):
        find_layered(tmp_path)


SHARED = Path(os.environ.get("PPP_DATA", "../shared/data")).parent / "scenes" / "layers"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared scenes are not here")
def test_shared_scenes_are_read():
    files = find_layered(SHARED)
    assert len(files) == 88
    for file in files[::11]:
        picture = file.load()
        assert picture.layers.shape == (file.row["height"], file.row["width"]) and len(picture.kinds) > 1
