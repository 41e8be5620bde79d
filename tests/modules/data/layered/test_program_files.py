"""Krita and GIMP files taken apart: the same layers as in an OpenRaster file give the same things."""

import contextlib
import struct
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from layered_files import PICTURES, png_bytes, write_ora
from PIL import Image
from program_files import (
    GROUP,
    KRITA_LAYERS,
    MODE,
    OPACITY,
    PATH,
    XCF_LAYERS,
    XcfLayer,
    krita_layer,
    krita_mask,
    krita_tiles,
    noise,
    write_kra,
    write_xcf,
)

from ppp.modules.data.layered.formats import FORMATS, read_layered
from ppp.modules.data.layered.krita_tiles import unpack_lzf
from ppp.modules.data.layered.xcf_tiles import unpack_runs
from ppp.modules.io.errors import UserError


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The same layers, of an OpenRaster file."""
    return read_layered(write_ora(tmp_path_factory.mktemp("ora") / "a.ora"))


def assert_same(picture, expected):
    assert (picture.names, picture.kinds) == (expected.names, expected.kinds)
    for part in ("layers", "extents", "image"):
        assert np.array_equal(getattr(picture, part), getattr(expected, part)), part


def tree_of(path, longest=512):
    return FORMATS[path.suffix](path, longest, {}, f"{path} cannot be taken apart.")


# ---- Krita


def test_krita_layers_are_those_of_openraster(tmp_path, expected):
    assert_same(read_layered(write_kra(tmp_path / "a.kra")), expected)


def test_the_picture_that_krita_stored_is_taken(tmp_path):
    merged = {"mergedimage.png": png_bytes(Image.new("RGB", (120, 90), "#123456"))}
    assert (read_layered(write_kra(tmp_path / "a.kra", files=merged)).image == (18, 52, 86)).all()


@pytest.mark.parametrize(("packed", "shift"), [(True, 0), (False, 0), (True, 37), (False, 64)])
def test_tiles_are_laid_where_they_belong(tmp_path, packed, shift):
    pixels = np.asarray(noise((100, 70)))
    layer = krita_layer("noise", "noise", x=30, y=-9)
    files = {"noise": krita_tiles(pixels[..., [2, 1, 0, 3]], packed, shift)}
    image = tree_of(write_kra(tmp_path / "a.kra", layer, files)).image()
    assert np.array_equal(image[:61, 30:], pixels[9:70, :90, :3])
    assert (image[61:] == 255).all() and (image[:, :30] == 255).all()


def test_a_layer_without_tiles_is_all_of_its_default_pixel(tmp_path):
    below = krita_layer("Background", "below")
    files = {"below": krita_tiles(np.zeros((0, 0, 4), np.uint8)), "below.defaultpixel": bytes((10, 20, 30, 255))}
    tree = tree_of(write_kra(tmp_path / "a.kra", below, files))
    assert (tree.image() == (30, 20, 10)).all() and (tree.alpha(tree.nodes, tree.size) == 255).all()


@pytest.mark.parametrize(
    ("colours", "planes"), [("RGBA16", (2, 2, 1, 1, 0, 0, 3, 3)), ("GRAYA", (0, 3)), ("GRAYA16", (0, 0, 3, 3))]
)
def test_other_colours(tmp_path, colours, planes):
    pixels = np.asarray(noise((120, 90)))
    layer = krita_layer("noise", "noise", colorspacename=colours)
    files = {"noise": krita_tiles(pixels[..., planes])}
    image = tree_of(write_kra(tmp_path / "a.kra", layer, files)).image()
    assert np.array_equal(image, pixels[..., :3] if "RGB" in colours else pixels[..., [0, 0, 0]])


def test_masks_of_layers_and_groups_hide(tmp_path):
    """A mask shows the left half of the sky, one over a group the upper half of the tree."""
    left, upper = (np.zeros((90, 120, 1), np.uint8) for _ in range(2))
    left[:, :60], upper[:45] = 255, 255

    sky = krita_layer(
        "sky", "sky", f"<masks>{krita_mask('mask1')}{krita_mask('mask2', visible=0)}{krita_mask('vector')}</masks>"
    )
    tree = krita_layer("tree", "disc", x=30, y=10)
    group = krita_layer("trees", "none", f"<layers>{tree}{krita_mask('mask2')}</layers>", nodetype="grouplayer")
    moved = krita_layer("moved", "sky", f"<masks>{krita_mask('mask1', nodetype='transformmask')}</masks>")
    files = {"mask1.pixelselection": krita_tiles(left), "mask2.pixelselection": krita_tiles(upper)}
    below, above = (tree := tree_of(write_kra(tmp_path / "a.kra", moved + group + sky, files))).nodes
    assert np.array_equal(tree.alpha([below], tree.size), left[..., 0])
    disc = tree.alpha([above], tree.size) > 127
    assert disc[:45].any() and not disc[45:].any()


def test_layers_that_only_shade_or_have_no_pixels_are_no_things(tmp_path):
    more = krita_layer("clipped", "sky", channelflags="1110") + krita_layer("glaze", "sky", compositeop="multiply")
    for kind in ("shapelayer", "clonelayer", "generatorlayer", "adjustmentlayer", "filelayer"):
        more += krita_layer(kind, "none", nodetype=kind)
    more += krita_layer("empty", "none", "<layers/>", nodetype="grouplayer")
    nodes = tree_of(write_kra(tmp_path / "a.kra", more + KRITA_LAYERS)).nodes
    assert [node.name for node in nodes] == ["sky", "mountain", "tree", "trees"]


def test_opacities_multiply(tmp_path):
    inner = krita_layer("sky", "sky", opacity=128)
    group = krita_layer("all", "none", f"<layers>{inner}</layers>", nodetype="grouplayer", opacity=128)
    tree = tree_of(write_kra(tmp_path / "a.kra", group))
    assert set(np.unique(tree.alpha(tree.nodes, tree.size))) <= {64, 65}


GROUPS = "".join('<layer nodetype="grouplayer"><layers>' for _ in range(200)) + "</layers></layer>" * 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": ""}, "no layers"),
        ({"layers": krita_layer("sky", "none")}, "holds no none"),
        ({"layers": krita_layer("sky", "sky", colorspacename="RGBAF32")}, "'sky' is of the colours 'RGBAF32'"),
        ({"layers": GROUPS}, "deep inside"),
        ({"layers": krita_layer("sky", "sky") * 600}, "600 layers, more than 500"),
        ({"layers": "<layer>"}, "not readable XML"),
        ({"canvas": 'width="0" height="9"'}, "no canvas"),
        ({"canvas": 'width="x"'}, "no canvas"),
        ({"canvas": 'width="90000" height="90000"'}, "64 million"),
        ({"files": {"maindoc.xml": b"<DOC/>"}}, "no canvas"),
        ({"files": {"maindoc.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><DOC>&a;</DOC>'}}, "XML entities"),
        ({"files": {"sky": b""}}, "'sky' cannot be read"),
        ({"files": {"sky": krita_tiles(np.zeros((9, 9, 2), np.uint8))}}, "not those of pixels of 4 bytes"),
        ({"files": {"sky": krita_tiles(np.zeros((90, 120, 4), np.uint8))[:-1]}}, "'sky' cannot be read"),
        ({"files": {"sky": krita_tiles(np.zeros((90, 120, 4), np.uint8), packed=False)[:-20000]}}, "'sky' cannot be"),
        (
            {"files": {"sky": krita_tiles(np.zeros((9, 9, 4), np.uint8)).replace(b"DATA 1", b"DATA 999999999")}},
            "missing",
        ),
        ({"files": {"sky": krita_tiles(np.zeros((9, 9, 4), np.uint8)).replace(b"LZF", b"LZ4")}}, "a tile is missing"),
        ({"files": {"mergedimage.png": b"no picture"}}, "mergedimage.png' cannot be read"),
    ],
)
def test_bad_krita_files_are_refused_in_words(tmp_path, change, message):
    with pytest.raises(UserError, match=message) as error:
        read_layered(write_kra(tmp_path / "a.kra", **change))
    assert error.value.why and error.value.fix


def test_tiles_over_each_other_are_not_unpacked_without_an_end(tmp_path):
    head, _, tile = krita_tiles(np.zeros((64, 64, 4), np.uint8)).partition(b"DATA 1\n")
    files = {"sky": head + b"DATA 100000\n" + tile * 100_000}
    start = time.perf_counter()
    with pytest.raises(UserError, match="lie over each other"):
        read_layered(write_kra(tmp_path / "a.kra", files=files))
    assert time.perf_counter() - start < 10


def test_a_file_that_every_layer_names_is_not_unpacked_for_each(tmp_path, monkeypatch):
    monkeypatch.setattr("ppp.modules.data.layered.layer_archive.MAX_UNPACKED", 1_000_000)
    files = {"sky": krita_tiles(np.asarray(PICTURES["sky"])) + bytes(100_000)}
    with pytest.raises(UserError, match="which is too much"):
        read_layered(write_kra(tmp_path / "a.kra", krita_layer("sky", "sky") * 20, files))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all"])
def test_krita_files_that_are_no_archive(tmp_path, data):
    (tmp_path / "a.kra").write_bytes(data)
    with pytest.raises(UserError, match="not a readable Krita file"):
        read_layered(tmp_path / "a.kra")
    with zipfile.ZipFile(tmp_path / "b.kra", "w") as archive:
        archive.writestr("a.txt", b"x")
    with pytest.raises(UserError, match=r"holds no maindoc\.xml"):
        read_layered(tmp_path / "b.kra")


def test_lzf_repeats_what_stood_further_back():
    assert unpack_lzf(bytes((2, *b"abc", 1 << 5, 2)), 99) == b"abcabc"  # 3 bytes from 3 back
    assert unpack_lzf(bytes((1, *b"ab", 7 << 5, 1, 1)), 99) == b"ab" + b"ab" * 5  # 10 bytes that overlap themselves
    with pytest.raises(ValueError, match="was not there"):
        unpack_lzf(bytes((1, *b"ab", 1 << 5, 2)), 99)
    bomb = bytes((0, 0)) + bytes((7 << 5, 255, 0)) * 100_000
    assert len(unpack_lzf(bomb, 16_384)) < 17_000


# ---- GIMP

LIST = 14 + 16 + 9 + 8
"""Where the pointers to the layers stand: after the name, the canvas, how tiles are packed, the end of properties."""


@pytest.mark.parametrize("version", [3, 10, 11, 12, 22])
@pytest.mark.parametrize("compression", [0, 1, 2])
def test_gimp_layers_are_those_of_openraster(tmp_path, expected, version, compression):
    assert_same(read_layered(write_xcf(tmp_path / "a.xcf", version=version, compression=compression)), expected)


@pytest.mark.parametrize("compression", [0, 1, 2])
@pytest.mark.parametrize("colours", [2, 256])
def test_tiles_of_every_packing(tmp_path, compression, colours):
    pixels = np.asarray(noise((120, 90), colours))
    path = write_xcf(tmp_path / "a.xcf", [XcfLayer("a", pixels)], compression=compression)
    assert np.array_equal(tree_of(path).image(), pixels[..., :3])


def test_grey_indexed_and_finer_colours(tmp_path):
    pixels = np.asarray(noise((120, 90), 200))
    path = tmp_path / "a.xcf"
    grey = tree_of(write_xcf(path, [XcfLayer("a", pixels[..., :1], kind=2)])).image()
    assert np.array_equal(grey, pixels[..., [0, 0, 0]])
    colours = np.arange(600, dtype=np.uint16).astype(np.uint8)
    palette = {1: struct.pack(">I", 200) + colours.tobytes()}
    indexed = tree_of(write_xcf(path, [XcfLayer("a", pixels[..., [0, 3]], kind=5)], properties=palette)).image()
    assert np.array_equal(indexed, colours.reshape(200, 3)[pixels[..., 0]])
    for precision, count in ((250, 2), (350, 4)):
        fine = np.zeros((90, 120, 4 * count), np.uint8)
        fine[..., ::count] = pixels
        read = tree_of(write_xcf(path, [XcfLayer("a", fine)], version=12, precision=precision)).image()
        assert np.array_equal(read, pixels[..., :3])


def test_masks_of_gimp_layers_and_groups(tmp_path):
    left, upper = np.zeros((90, 120), np.uint8), np.zeros((60, 60), np.uint8)
    left[:, :60], upper[:35] = 255, 255
    sky = replace(XCF_LAYERS[-1], mask=left)
    group, tree = (replace(layer, x=30, y=10) for layer in XCF_LAYERS[1:3])
    group, tree = replace(group, mask=upper), replace(tree, properties={PATH: struct.pack(">2I", 0, 0)})
    read = tree_of(write_xcf(tmp_path / "a.xcf", [group, tree, sky]))
    assert np.array_equal(read.alpha([read.nodes[0]], read.size), left)
    disc = read.alpha([read.nodes[1]], read.size) > 127
    assert disc[:45].any() and not disc[45:].any()
    off = replace(sky, properties={11: 0})
    read = tree_of(write_xcf(tmp_path / "a.xcf", [off]))
    assert (read.alpha(read.nodes, read.size) == 255).all()


def test_gimp_layers_that_shade_float_or_are_hidden_are_no_things(tmp_path):
    more = [replace(XCF_LAYERS[-1], name=f"{key}", properties={key: value}) for key, value in ((7, 3), (35, 2), (5, 9))]
    more.append(replace(XCF_LAYERS[1], name="empty"))
    hidden = replace(XCF_LAYERS[1], name="hidden", properties={GROUP: b"", 8: 0})
    inside = replace(XCF_LAYERS[2], properties={PATH: struct.pack(">2I", 4, 0)})
    nodes = tree_of(write_xcf(tmp_path / "a.xcf", [*more, hidden, inside, *XCF_LAYERS[4:]])).nodes
    assert [node.name for node in nodes] == ["sky", "mountain", "tree"]


def test_opacities_of_gimp_layers_multiply(tmp_path):
    group = replace(XCF_LAYERS[1], properties={GROUP: b"", OPACITY: 128, MODE: 61})
    inside = XcfLayer(
        "sky", np.asarray(PICTURES["sky"]), properties={PATH: struct.pack(">2I", 0, 0), 33: struct.pack(">f", 0.5)}
    )
    tree = tree_of(write_xcf(tmp_path / "a.xcf", [group, inside]))
    assert set(np.unique(tree.alpha(tree.nodes, tree.size))) <= {63, 64}


def test_a_level_without_tiles_is_empty(tmp_path):
    path = write_xcf(tmp_path / "a.xcf", [XCF_LAYERS[0], replace(XCF_LAYERS[5], name="end")], compression=0)
    data = path.read_bytes()
    place = data.rindex(struct.pack(">2I", 200, 200)) + 8
    path.write_bytes(data[:place] + bytes(8) + data[place + 8 :])
    tree = tree_of(path)
    assert not tree.alpha(tree.nodes[:1], tree.size).any()
    path.write_bytes(data[: place + 8] + bytes(8) + data[place + 16 :])
    with pytest.raises(UserError, match="'end' cannot be read .a tile is missing"):
        tree_of(path)


PLACE = {PATH: struct.pack(">2I", 0, 0)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": []}, "no layers"),
        ({"size": (0, 9)}, "no canvas"),
        ({"size": (90_000, 90_000)}, "64 million"),
        ({"precision": 600}, "precision 600"),
        ({"compression": 3}, "unknown way 3"),
        ({"version": 101}, "not a GIMP file"),
        ({"layers": [XCF_LAYERS[-1]] * 600}, "600 layers, more than 500"),
        ({"layers": [XcfLayer("a", np.zeros((1, 1, 4), np.uint8))] * 5001}, "more than 5000 layers"),
        ({"layers": [replace(XCF_LAYERS[-1], kind=1)]}, "'sky' cannot be read .its pixels are of another size"),
        ({"layers": [replace(XCF_LAYERS[-1], kind=9)]}, "'sky' cannot be read"),
        ({"layers": [replace(XCF_LAYERS[-1], properties={PATH: bytes(4 * 200)})]}, "deep inside"),
        ({"layers": [replace(XCF_LAYERS[1], properties={GROUP: b"", **PLACE})] * 9}, "have one place"),
        ({"properties": dict.fromkeys(range(100, 1200), b"")}, "more than 1000 properties"),
    ],
)
def test_bad_gimp_files_are_refused_in_words(tmp_path, change, message):
    with pytest.raises(UserError, match=message) as error:
        read_layered(write_xcf(tmp_path / "a.xcf", **change))
    assert error.value.why and error.value.fix


@pytest.mark.parametrize("compression", [0, 1, 2])
def test_gimp_files_cut_anywhere(tmp_path, compression):
    whole = write_xcf(tmp_path / "a.xcf", compression=compression).read_bytes()
    for keep in [*range(0, 400, 7), *range(400, len(whole) - 8, len(whole) // 20)]:
        (tmp_path / "a.xcf").write_bytes(whole[:keep])
        with pytest.raises(UserError, match="GIMP file|cannot be read"):
            read_layered(tmp_path / "a.xcf")


@pytest.mark.parametrize("pointer", [2**64 - 1, 2**63, 2**40, 3])
def test_a_layer_that_is_nowhere(tmp_path, pointer):
    path = write_xcf(tmp_path / "a.xcf")
    data = bytearray(path.read_bytes())
    struct.pack_into(">Q", data, LIST, pointer)
    path.write_bytes(data)
    with pytest.raises(UserError, match="GIMP file|properties"):
        read_layered(path)


@pytest.mark.parametrize("place", [2**31 - 1, -(2**31)])
def test_a_layer_that_lies_far_off(tmp_path, expected, place):
    far = replace(XCF_LAYERS[-1], x=place, y=place)
    assert_same(read_layered(write_xcf(tmp_path / "a.xcf", [*XCF_LAYERS, far])), expected)


def test_a_layer_of_a_claimed_huge_size(tmp_path):
    path = write_xcf(tmp_path / "a.xcf", XCF_LAYERS[-1:])
    data = path.read_bytes()
    path.write_bytes(
        data.replace(struct.pack(">3I", 120, 90, 0) + b"\0\0\0\4", struct.pack(">3I", 90_000, 90_000, 0) + b"\0\0\0\4")
    )
    with pytest.raises(UserError, match="90000 x 90000 pixels"):
        read_layered(path)


def test_pointers_that_lead_to_one_place_again_and_again(tmp_path):
    tiny = XcfLayer("b", np.zeros((1, 1, 4), np.uint8))
    path = write_xcf(tmp_path / "a.xcf", [XcfLayer("a", np.asarray(noise((300, 200)))), *[tiny] * 40])
    data = bytearray(path.read_bytes())
    data[LIST : LIST + 41 * 8] = data[LIST : LIST + 8] * 41
    path.write_bytes(data)
    with pytest.raises(UserError, match="again and again"):
        read_layered(path)


def test_runs_of_every_kind():
    assert unpack_runs(bytes((2, 7, 254, 1, 2, 127, 0, 3, 9, 128, 0, 2, 5, 6)), 0, 10) == (
        bytes((7, 7, 7, 1, 2, 9, 9, 9, 5, 6)), 14,
    )  # fmt: skip
    with pytest.raises(ValueError, match="runs of 4 bytes instead of 3"):
        unpack_runs(bytes((3, 7)), 0, 3)
    with pytest.raises(IndexError):
        unpack_runs(bytes((128, 0, 0) * 100), 0, 3)


# ---- both


@pytest.mark.parametrize("write", [write_kra, write_xcf])
def test_damaged_anywhere(tmp_path, write):
    """Whatever a byte becomes, the file is read or refused in words."""
    path = write(tmp_path / f"a.{write.__name__[-3:]}")
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for place, value in zip(random.integers(0, len(whole), 60), random.integers(0, 256, 60), strict=True):
        path.write_bytes(whole[:place] + bytes((value,)) + whole[place + 1 :])
        with contextlib.suppress(UserError):
            read_layered(path, 64)
