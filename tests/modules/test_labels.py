"""LabelSet: the ten portrait classes, conversions that lose nothing, and clear refusals."""

import json

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet, cluster_label_set, label_edges

maps = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 9))


def test_portrait_classes_in_their_order():
    assert PORTRAIT.names == (
        "edge", "background", "hair", "clothes", "eyebrows", "eyes", "nose", "mouth", "face", "body",
    )  # fmt: skip
    assert len(PORTRAIT) == 10
    assert PORTRAIT.named
    assert [PORTRAIT.index(name) for name in PORTRAIT.names] == list(range(10))


def test_what_lies_under_what():
    under = {name: [PORTRAIT.names[i] for i in PORTRAIT.ancestors(PORTRAIT.index(name))] for name in PORTRAIT.names}
    skin = ["face", "body", "background"]
    assert under["eyes"] == under["eyebrows"] == under["nose"] == under["mouth"] == under["hair"] == skin
    assert under["face"] == ["body", "background"]
    assert under["clothes"] == ["body", "background"]
    assert under["background"] == under["edge"] == []


def test_unknown_name_is_refused_with_the_valid_ones():
    with pytest.raises(UserError) as info:
        PORTRAIT.index("nosse")
    assert "nosse" in str(info.value)
    assert "eyebrows, eyes, nose, mouth" in str(info.value)


@given(maps)
def test_one_hot_round_trip(labels):
    index = torch.from_numpy(labels).long()[None]
    one_hot = PORTRAIT.one_hot(index)
    assert one_hot.shape == (1, 10, *labels.shape)
    assert one_hot.dtype == torch.float32
    assert torch.equal(one_hot.sum(1), torch.ones_like(one_hot[:, 0]))
    assert torch.equal(one_hot.argmax(1), index)


@settings(max_examples=30)
@given(maps)
def test_png_round_trip(tmp_path_factory, labels):
    path = tmp_path_factory.mktemp("png") / "a.png"
    PORTRAIT.save_png(path, labels)
    assert np.array_equal(PORTRAIT.load_png(path, (labels.shape[1], labels.shape[0])), labels)


def test_png_is_paletted_in_the_classes_colours(tmp_path):
    labels = np.arange(10, dtype=np.int64)[None].repeat(3, 0)
    PORTRAIT.save_png(tmp_path / "a.png", labels)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.array(picture), labels)
        assert np.array_equal(np.array(picture.convert("RGB")), PORTRAIT.colourise(labels))
    assert PORTRAIT.colourise(labels)[0, 6].tolist() == [255, 170, 0]


def test_grey_png_is_understood(tmp_path):
    Image.fromarray(np.full((2, 3), 8, np.uint8)).save(tmp_path / "grey.png")
    assert np.array_equal(PORTRAIT.load_png(tmp_path / "grey.png"), np.full((2, 3), 8))


@pytest.mark.parametrize("labels", [np.full((2, 2), 10), np.full((2, 2), -1), np.zeros((0, 4)), np.zeros((2, 2, 1))])
def test_what_is_no_label_map_is_not_saved(tmp_path, labels):
    with pytest.raises(ValueError, match=r"\(H,W\) map"):
        PORTRAIT.save_png(tmp_path / "a.png", labels)
    assert list(tmp_path.iterdir()) == []


def _png(path, array, **options):
    Image.fromarray(array).save(path, **options)


BAD_PNGS = {
    "missing": (lambda p: None, "no such file"),
    "text": (lambda p: p.write_text("not a picture"), "not a readable PNG"),
    "empty": (lambda p: p.write_bytes(b""), "not a readable PNG"),
    "jpeg": (lambda p: _png(p, np.zeros((4, 6), np.uint8), format="JPEG"), "not a readable PNG"),
    "rgb": (lambda p: _png(p, np.zeros((4, 6, 3), np.uint8)), "RGB colours, not class indices"),
    "16 bit": (lambda p: _png(p, np.zeros((4, 6), np.uint16)), "colours, not class indices"),
    "size": (lambda p: _png(p, np.zeros((6, 4), np.uint8)), "4x6 pixels, the picture is 6x4"),
    "values": (lambda p: _png(p, np.array([[0, 10, 255] * 2] * 4, np.uint8)), "values 10, 255 are not classes"),
}


@pytest.mark.parametrize("case", BAD_PNGS)
def test_bad_label_map_is_refused_with_the_reason(tmp_path, case):
    write, reason = BAD_PNGS[case]
    path = tmp_path / "map.png"
    write(path)
    with pytest.raises(UserError) as info:
        PORTRAIT.load_png(path, (6, 4))
    assert reason in info.value.why
    assert info.value.fix
    assert len(str(info.value).splitlines()) == 3


def test_truncated_label_map_is_refused(tmp_path):
    path = tmp_path / "map.png"
    PORTRAIT.save_png(path, np.random.default_rng(0).integers(0, 10, (64, 64)))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UserError, match="not a readable PNG"):
        PORTRAIT.load_png(path)


def test_json_round_trip(tmp_path):
    path = tmp_path / "set.json"
    path.write_text(json.dumps(PORTRAIT.to_json()), encoding="utf-8")
    assert LabelSet.from_json(path) == LabelSet.from_json(PORTRAIT.to_json()) == PORTRAIT


def test_own_set_with_the_least_said():
    own = LabelSet.from_json({"classes": [{"name": "sky"}, {"name": "tree", "parent": "sky"}]})
    assert own.parents == (-1, 0)
    assert own.colours[0] != own.colours[1]
    assert not own.named


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"classes": 3},
        {"classes": []},
        {"classes": [{"colour": [0, 0, 0]}]},
        {"classes": [{"name": "a", "parent": "b"}]},
        {"classes": [{"name": "a", "parent": "a"}]},
        {"classes": [{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}]},
        {"classes": [{"name": "a"}, {"name": "a"}]},
        {"classes": [{"name": "a", "colour": [0, 0, 256]}]},
        {"classes": [{"name": "a", "colour": [0, 0]}]},
        {"classes": [{"name": str(i)} for i in range(257)]},
    ],
)
def test_json_that_is_no_label_set_is_refused(source):
    with pytest.raises(UserError):
        LabelSet.from_json(source)


def test_missing_and_broken_json_files_are_refused(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        LabelSet.from_json(tmp_path / "none.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(UserError, match="is not a label set"):
        LabelSet.from_json(tmp_path / "broken.json")


def test_hash_tells_apart_what_a_model_can():
    other_order = LabelSet(PORTRAIT.names[::-1], PORTRAIT.colours, (-1,) * 10)
    other_palette = LabelSet(PORTRAIT.names, PORTRAIT.colours[::-1], PORTRAIT.parents)
    assert len(PORTRAIT.hash) == 16
    assert other_palette.hash == PORTRAIT.hash
    assert len({PORTRAIT.hash, other_order.hash, cluster_label_set(9).hash, cluster_label_set(8).hash}) == 4


@pytest.mark.parametrize("n", [1, 6, 14, 255])
def test_cluster_set(n):
    parts = cluster_label_set(n)
    assert len(parts) == n + 1
    assert parts.names[0] == "edge"
    assert parts.names[n] == f"part {n}"
    assert parts.parents == (-1,) * (n + 1)
    assert not parts.named
    if n <= 14:
        assert len(set(parts.colours)) == n + 1


@pytest.mark.parametrize("n", [0, 256])
def test_cluster_set_of_impossible_size(n):
    with pytest.raises(UserError):
        cluster_label_set(n)


def test_edges_lie_on_both_sides_of_a_boundary():
    labels = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 3, 3]]])
    expected = torch.tensor([[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1]]).float()
    assert torch.equal(label_edges(labels), expected[None, None])


@given(maps)
def test_edges_are_where_a_neighbour_differs(labels):
    found = label_edges(torch.from_numpy(labels).long()[None])[0, 0].numpy()
    padded = np.pad(labels.astype(int), 1, mode="edge")
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    assert np.array_equal(found, np.any([n != labels for n in neighbours], axis=0))
