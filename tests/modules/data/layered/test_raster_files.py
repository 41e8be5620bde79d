"""OpenRaster and Photoshop files taken apart."""

import zipfile

import numpy as np
import pytest
from layered_files import PICTURES, STACK, disc, png_bytes, write_ora
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode

from ppp.modules.data.layered.formats import read_layered
from ppp.modules.io.errors import UserError


def test_openraster_layers_are_things_from_below(tmp_path):
    picture = read_layered(write_ora(tmp_path / "a.ora"))
    assert picture.names == ("sky", "mountain", "tree", "trees")
    assert picture.kinds == ("sky", "mountain", "tree", "tree")
    assert picture.image.shape == (90, 120, 3)
    assert picture.image[60, 60].tolist() == [0x1E, 0x78, 0x32] and picture.layers[60, 60] == 4


def test_layers_of_other_sizes_are_placed_and_clipped(tmp_path):
    mountain, tree = read_layered(write_ora(tmp_path / "a.ora")).extents[1:3]
    y, x = np.mgrid[:90, :120] + 0.5
    inside = (x - 120) ** 2 + (y - 140) ** 2 < 100**2  # a disc of 200 pixels at (20, 40), most of it off the canvas
    assert (mountain != inside).mean() < 0.01
    inside = (x - 10) ** 2 + (y - 60) ** 2 < 30**2
    assert (tree != inside).mean() < 0.01


def test_the_programs_own_picture_is_taken(tmp_path):
    merged = Image.new("RGBA", (120, 90), "#123456")
    assert (
        read_layered(write_ora(tmp_path / "a.ora", files={"mergedimage.png": png_bytes(merged)})).image == (18, 52, 86)
    ).all()
    wrong = png_bytes(merged.resize((60, 45)))
    assert not (
        read_layered(write_ora(tmp_path / "b.ora", files={"mergedimage.png": wrong})).image == (18, 52, 86)
    ).any()


def test_pixels_are_scaled_down_and_groups_fade(tmp_path):
    below = '<layer src="data/disc.png" x="20" name="moon"/><layer src="data/sky.png"/>'
    faded = f'<stack opacity="0.4">{STACK}</stack>{below}'
    picture = read_layered(write_ora(tmp_path / "a.ora", faded), 64)
    assert picture.image.shape == (48, 64, 3) and picture.names == ("", "moon")


def _claimed(count):
    return "".join(f'<layer src="data/disc.png" name="{i}"/>' for i in range(count))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stack": ""}, "no layers"),
        ({"stack": '<layer src="data/none.png"/>'}, "holds no data/none.png"),
        ({"head": '<image w="0" h="90">'}, "no canvas"),
        ({"head": '<image w="x" h="nan">'}, "no canvas"),
        ({"head": '<image w="90000" h="90000">'}, "64 million"),
        ({"head": '<!DOCTYPE x [<!ENTITY a "b">]><image w="120" h="90">'}, "XML entities"),
        ({"stack": "<stack>" * 200 + "</stack>" * 200}, "deep inside"),
        ({"stack": _claimed(10_000)}, "10000 layers, more than 500"),
        ({"files": {"stack.xml": b"<image"}}, "not readable XML"),
        (
            {"files": {"data/disc.png": png_bytes(PICTURES["disc"])[:-40]}},
            "'front' cannot be read|'tree' cannot be read",
        ),
        ({"files": {"data/disc.png": b"no picture"}}, "cannot be read"),
    ],
)
def test_bad_openraster_files_are_refused_in_words(tmp_path, change, message):
    with pytest.raises(UserError, match=message) as error:
        read_layered(write_ora(tmp_path / "a.ora", **change))
    assert error.value.why and error.value.fix


def test_a_zip_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("ppp.modules.data.layered.layer_archive.MAX_UNPACKED", 20_000_000)
    path = write_ora(tmp_path / "a.ora", files={"data/disc.png": bytes(30_000_000)})
    assert path.stat().st_size < 100_000
    with pytest.raises(UserError, match="unpacks to 30 MB"):
        read_layered(path)


def test_a_small_layer_that_claims_a_huge_picture(tmp_path):
    header = bytearray(png_bytes(PICTURES["disc"]))
    header[16:24] = (50_000).to_bytes(4, "big") * 2
    with pytest.raises(UserError, match="50000 x 50000 pixels|cannot be read"):
        read_layered(write_ora(tmp_path / "a.ora", files={"data/disc.png": bytes(header)}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all"])
def test_files_that_are_no_archive(tmp_path, data):
    (tmp_path / "a.ora").write_bytes(data)
    with pytest.raises(UserError, match="not a readable OpenRaster"):
        read_layered(tmp_path / "a.ora")
    write_ora(tmp_path / "cut.ora")
    (tmp_path / "cut.ora").write_bytes((tmp_path / "cut.ora").read_bytes()[:900])
    with pytest.raises(UserError, match="not a readable OpenRaster"):
        read_layered(tmp_path / "cut.ora")


def test_a_damaged_picture_of_the_whole_is_refused_in_words(tmp_path):
    cut = png_bytes(PICTURES["sky"])[:60]
    with pytest.raises(UserError, match=r"layer 'mergedimage\.png' cannot be read"):
        read_layered(write_ora(tmp_path / "a.ora", files={"mergedimage.png": cut}))


def test_an_archive_without_a_stack(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("a.txt", b"x")
    with pytest.raises(UserError, match=r"holds no stack\.xml"):
        read_layered(tmp_path / "a.ora")


@pytest.fixture
def photoshop(tmp_path):
    """A sky, two trees of which one reaches off the canvas, a shade, a hidden layer, one that is clipped to a tree."""
    psd = PSDImage.new("RGB", (120, 90))
    psd.create_pixel_layer(PICTURES["sky"], name="Sky")
    psd.create_pixel_layer(PICTURES["disc"], name="Tree", left=-20, top=30)
    psd.create_pixel_layer(disc(60, "red"), name="Light", left=-10, top=30).clipping = True
    psd.create_pixel_layer(disc(60, "grey"), name="Shade", left=60, top=30, blend_mode=BlendMode.MULTIPLY)
    psd.create_group([psd.create_pixel_layer(disc(40, "#104010"), name="Tree 2", left=30, top=50)], name="front trees")
    psd.create_pixel_layer(disc(60, "blue"), name="draft", left=50).visible = False
    psd.save(tmp_path / "a.psd")
    return tmp_path / "a.psd"


def test_photoshop_layers_are_things_from_below(photoshop):
    picture = read_layered(photoshop)
    assert picture.names == ("Sky", "Tree", "front trees") and picture.kinds == ("sky", "tree", "tree")
    y, x = np.mgrid[:90, :120] + 0.5
    assert (picture.extents[1] != ((x - 10) ** 2 + (y - 60) ** 2 < 30**2)).mean() < 0.01
    assert picture.layers[70, 45] == 3 and picture.extents[1][62, 35]


@pytest.mark.parametrize("keep", [0, 10, 26, 200, 2000])
def test_cut_photoshop_files_are_refused_in_words(photoshop, keep):
    photoshop.write_bytes(photoshop.read_bytes()[:keep])
    with pytest.raises(UserError, match="Photoshop file|cannot be read|no layers"):
        read_layered(photoshop)


def test_a_photoshop_file_that_claims_a_huge_canvas(photoshop):
    data = bytearray(photoshop.read_bytes())
    data[14:22] = (30_000).to_bytes(4, "big") * 2
    photoshop.write_bytes(data)
    with pytest.raises(UserError, match="64 million"):
        read_layered(photoshop)


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.clip", "Save it there as .psd"), ("a.png", "no format"), ("a", "No ending")],
)
def test_formats_that_are_not_read_say_what_to_do(tmp_path, name, message):
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(UserError, match=message):
        read_layered(tmp_path / name)
