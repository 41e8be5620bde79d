"""What the values of a label map mean: in its own metadata, in a file beside it, or by its palette."""

import json

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ppp.modules.io.errors import UserError
from ppp.modules.label_files import file_beside, read_label_set
from ppp.modules.labels import LABEL_SET, PORTRAIT, LabelSet, cluster_label_set
from ppp.modules.things import SCENE_CLASSES, thing_label_set

SCENE = PORTRAIT.split("background", ("sky", "tree 1", "tree 2"), ("sky", "tree", "tree"))
THINGS = thing_label_set(["sky", "tree", "water", "tree", "Bäume & 'Büsche', \"alt\""])
TURNED = LabelSet(THINGS.names, THINGS.colours, THINGS.parents, kinds=THINGS.kinds, ranks=(0, 5, 4, 3, 2, 1))
FULL = thing_label_set([f"thing {i}" for i in range(255)])


def values(label_set):
    return np.arange(6 * 64).reshape(6, 64) % len(label_set)


@pytest.mark.parametrize("label_set", [PORTRAIT, SCENE, THINGS, TURNED, FULL, cluster_label_set(7)])
def test_any_label_set_survives_the_way_through_a_png(tmp_path, label_set):
    path = tmp_path / "sea.png"
    label_set.save_png(path, values(label_set))
    assert read_label_set(path) == label_set
    np.testing.assert_array_equal(label_set.load_png(path), values(label_set))


def edited(path, padded=False):
    """The file as another program saves it: pixels and palette, but no metadata."""
    with Image.open(path) as image:
        plain = Image.fromarray(np.asarray(image))
        colours = image.getpalette()
    plain.putpalette([*colours, *[0] * (768 - len(colours))] if padded else colours)
    plain.save(path)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize(
    "label_set", [PORTRAIT, cluster_label_set(7), thing_label_set([*SCENE_CLASSES, "tree", "tree", "water", "object"])]
)
def test_without_metadata_the_palette_says_it(tmp_path, label_set, padded):
    path = tmp_path / "sea.png"
    label_set.save_png(path, values(label_set))
    edited(path, padded)
    assert read_label_set(path) == label_set


def test_a_file_beside_it_says_it_where_neither_is_left(tmp_path):
    path = tmp_path / "sea.png"
    Image.fromarray(values(TURNED).astype(np.uint8)).save(path)
    assert read_label_set(path) is None
    file_beside(path).write_text(json.dumps(TURNED.to_json()), "utf-8")
    assert read_label_set(path) == TURNED
    THINGS.save_png(path, values(THINGS))
    assert read_label_set(path) == TURNED, "what somebody wrote beside it counts more than what is inside"


def damaged(change):
    data = THINGS.to_json()
    change(data["classes"])
    return json.dumps(data)


BAD = {
    "circle": (damaged(lambda rows: (rows[1].update(parent="water"), rows[3].update(parent="sky"))), "cycle"),
    "ranks": (damaged(lambda rows: rows[1].update(parent="water")), "'sky' lies on 'water'.*farther away"),
    "too many": (json.dumps({"classes": [{"name": str(i)} for i in range(257)]}), "257 classes"),
    "surrogate": (damaged(lambda rows: rows[1].update(name="\udcff")), "cannot be printed"),
    "line break": (damaged(lambda rows: rows[1].update({"class": "a\nb"})), "cannot be printed"),
    "twice": (damaged(lambda rows: rows[1].update(name="water")), "repeated class names"),
    "cut off": (damaged(lambda rows: None)[:-20], "delimiter|Expecting|Unterminated"),
    "deep": ("[" * 100_000, "recursion"),
    "rank": (damaged(lambda rows: rows[1].update(rank="far")), "ValueError"),
    "no set": ("[]", "TypeError"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_label_set_that_cannot_be_used_is_refused_with_its_reason(tmp_path, name):
    text, reason = BAD[name]
    path, info = tmp_path / "sea.png", PngImagePlugin.PngInfo()
    info.add_text(LABEL_SET, text)
    Image.fromarray(values(THINGS).astype(np.uint8)).save(path, pnginfo=info)
    with pytest.raises(UserError) as refused:
        read_label_set(path)
    assert refused.match(f"(?s)sea.png cannot be used.*({reason})") and "sea.labels.json" in refused.value.fix


def test_a_file_beside_it_that_is_no_utf8_is_refused(tmp_path):
    path = tmp_path / "sea.png"
    THINGS.save_png(path, values(THINGS))
    file_beside(path).write_bytes(json.dumps(THINGS.to_json(), ensure_ascii=False).encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        read_label_set(path)


def test_what_is_no_png_has_no_label_set(tmp_path):
    (tmp_path / "sea.png").write_bytes(b"no picture")
    assert read_label_set(tmp_path / "sea.png") is None
    assert read_label_set(tmp_path / "nowhere.png") is None
    assert read_label_set(".") is None, "a path without a name"
