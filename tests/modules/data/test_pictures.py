"""Reading folders of pictures with label maps."""

import json

import cv2
import numpy as np
import pytest

from ppp.modules.data.pictures import find_pictures
from ppp.modules.imaging.resize import shrink_labels
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT


def _write(folder, name, size=(40, 30), labelled=True):
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.full((size[1], size[0], 3), (10, 20, 200), np.uint8)  # BGR: red
    cv2.imwrite(str(folder / f"{name}.png"), picture)
    if labelled:
        labels = np.ones((size[1], size[0]), np.uint8)
        labels[:, : size[0] // 2] = 8
        PORTRAIT.save_png(folder / f"{name}_labels.png", labels)


def test_plain_folder_with_and_without_label_maps(tmp_path):
    _write(tmp_path, "b")
    _write(tmp_path, "a", labelled=False)
    a, b = find_pictures([tmp_path])
    assert (a.name, a.labels, b.name) == ("a", None, "b") and b.labels is not None
    painting, labels = b.load(PORTRAIT)
    assert painting.shape == (30, 40, 3) and painting[0, 0, 0] > 0.7 > painting[0, 0, 2]
    assert labels is not None and set(np.unique(labels)) == {1, 8}


def test_loading_smaller_keeps_aspect_and_labels(tmp_path):
    _write(tmp_path, "a", (200, 100))
    painting, labels = find_pictures([tmp_path])[0].load(PORTRAIT, 50)
    assert painting.shape == (25, 50, 3) and labels.shape == (25, 50)
    assert (labels[:, :25] == 8).all() and (labels[:, 25:] == 1).all()


def test_manifest_with_splits_and_missing_labels(tmp_path):
    _write(tmp_path / "images", "x")
    rows = [
        {"file": "images/x.png", "labels": "images/x_labels.png", "split": "train", "kind": "oil"},
        {"file": "images/y.png", "labels": None, "split": "val", "kind": "oil"},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [p.name for p in find_pictures([tmp_path])] == ["x", "y"]
    assert [p.name for p in find_pictures([tmp_path], "val")] == ["y"]
    with pytest.raises(UserError, match="cannot be read"):
        find_pictures([tmp_path], "val")[0].load(PORTRAIT)


def test_names_stay_apart_when_folders_share_them(tmp_path):
    _write(tmp_path / "one", "a")
    _write(tmp_path / "two", "a")
    names = [p.name for p in find_pictures([tmp_path / "one", tmp_path / "two"])]
    assert len(set(names)) == 2


def test_process_folders_are_read_by_their_painting(tmp_path):
    folder = tmp_path / "p1"
    _write(folder, "painting")
    (folder / "painting_labels.png").rename(folder / "labels.png")
    (found,) = find_pictures([tmp_path])
    assert found.name == "p1" and found.labels == folder / "labels.png"


@pytest.mark.parametrize(
    ("make", "message"), [("missing", "does not exist"), ("empty", "No pictures"), ("damaged", "Line 1")]
)
def test_bad_folders_are_named(tmp_path, make, message):
    folder = tmp_path / "f"
    if make != "missing":
        folder.mkdir()
    if make == "damaged":
        (folder / "manifest.jsonl").write_text("{broken")
    with pytest.raises(UserError, match=message):
        find_pictures([folder])


def test_unknown_split(tmp_path):
    with pytest.raises(UserError, match="train, val"):
        find_pictures([tmp_path], "test")


def test_shrinking_labels_takes_the_majority():
    labels = np.zeros((4, 4), np.uint8)
    labels[:2, :2] = [[3, 3], [3, 5]]
    assert shrink_labels(labels, (2, 2)).tolist() == [[3, 0], [0, 0]]


def _manifest(folder, rows):
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_manifests_say_which_classes_a_label_map_has(tmp_path):
    _write(tmp_path, "x")
    files = {"file": "x.png", "labels": "x_labels.png"}
    layers = {"file": "x.png", "layers": "x_labels.png", "amodal": "none.png", "n_layers": 8}
    kinds = ["sky", "tree", "unknown", "tree", "hair", "unknown", "rock", "water"]
    rows = [
        files | {"classes": ["hair", "background"]}, files, files | {"classes": ["sky", "water", "void"]},
        layers | {"classes": kinds}, layers,
    ]  # fmt: skip
    names = []
    for row in rows:  # each alone: pictures are sorted by name
        _manifest(tmp_path, [row])
        (picture,) = find_pictures([tmp_path])
        _, labels = picture.load()
        assert labels is not None and set(np.unique(labels)) == {1, 8}
        assert (picture.portrait_labels is None) == (picture.label_set != PORTRAIT)
        names.append((picture.label_set.names[1], picture.label_set.names[8]))
    portrait = ("background", "face")
    assert names == [portrait, portrait, ("sky", "rock"), ("sky", "water"), ("thing 1", "thing 8")]
    _manifest(tmp_path, [files | {"classes": ["sky", "hair"]}])
    with pytest.raises(UserError, match="hair, sky are neither all a portrait's nor all a scene's"):
        find_pictures([tmp_path])


def test_layers_have_a_split_where_their_rows_do_not_say(tmp_path):
    rows = [
        {"file": f"{i}.png", "layers": f"{i}_layers.png", "n_layers": 2} | ({"split": "train"} if i == 8 else {})
        for i in range(17)
    ]
    _manifest(tmp_path, rows)
    assert [picture.name for picture in find_pictures([tmp_path], "val")] == ["0", "16"]
    assert all(picture.layered for picture in find_pictures([tmp_path]))


@pytest.mark.parametrize(
    "odd",
    [
        {"layers": 5}, {"labels": ["x_labels.png"]}, {"classes": [["sky"]]}, {"classes": 3}, {"split": {}},
        {"kind": 1}, {"faces": [[1, 2]]}, {"faces": 4}, {"faces": [["a", 0, 9, 9]]}, {"names": [None]},
    ],
)  # fmt: skip
def test_values_of_odd_types_are_named(tmp_path, odd):
    _write(tmp_path, "x")
    _manifest(tmp_path, [{"file": "x.png"}, {"file": "x.png"} | odd])
    with pytest.raises(UserError, match=rf"manifest\.jsonl cannot be used\.\s+Line 2: {next(iter(odd))} is "):
        find_pictures([tmp_path])


def test_label_maps_are_checked_against_their_own_classes(tmp_path):
    _write(tmp_path, "x")
    row = {"file": "x.png", "layers": "x_labels.png", "amodal": "none.png", "n_layers": 2, "classes": ["sky", "tree"]}
    _manifest(tmp_path, [row])
    with pytest.raises(UserError, match=r"values 8 are not classes.*\n.*1 sky, 2 tree"):
        find_pictures([tmp_path])[0].load()
