"""Paintings with layers: the merged picture is painted, and the names of layers say what the parts are."""

import zipfile

import numpy as np
import pytest
from layered_files import png_bytes, write_ora
from PIL import Image
from program_files import write_kra, write_xcf

from ppp.cli.main import main
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.images import read_picture
from ppp.pipeline.layered_parts import parts_of_layers
from ppp.pipeline.provenance import metadata
from ppp.pipeline.request import RunRequest
from ppp.pipeline.writers.layer_files import LAYER_FORMATS
from ppp.pipeline.writers.layer_pixels import LayerPicture, opaque

SIZE = (120, 90)
SITTER = {"background": (0, 0, 120, 90), "hair": (40, 10, 80, 50), "face": (48, 20, 72, 48), "coat": (20, 50, 100, 90)}


def merged():
    """A merged picture that differs from the layers, so that one sees which was read."""
    return np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)


def layered(path, boxes=SITTER):
    """A file of layers of one colour each, with `merged` as their picture."""
    document = LAYER_FORMATS[path.suffix[1:]](path, SIZE, metadata("0" * 64))
    for i, (name, (left, top, right, bottom)) in enumerate(boxes.items()):
        rgba = np.full((bottom - top, right - left, 4), (50 * i, 90, 255 - 50 * i, 255), np.uint8)
        document.add(name, LayerPicture(top, left, rgba))
    document.close(merged())
    return path


@pytest.mark.parametrize("ending", ["ora", "psd"])
def test_the_merged_picture_is_read(tmp_path, ending):
    picture = read_picture(layered(tmp_path / f"a.{ending}"))
    np.testing.assert_array_equal(np.rint(picture.rgb * 255), merged())
    assert picture.name == f"a.{ending}"


def test_of_krita_too(tmp_path):
    path = write_kra(tmp_path / "a.kra", files={"mergedimage.png": png_bytes(Image.fromarray(merged()))})
    np.testing.assert_array_equal(np.rint(read_picture(path).rgb * 255), merged())
    np.testing.assert_array_equal(np.rint(read_picture(path.read_bytes()).rgb * 255), merged())


@pytest.mark.parametrize("ending", ["xcf", "krz"])
def test_layers_without_a_merged_picture_are_laid_over_each_other(tmp_path, ending):
    picture = read_picture({"xcf": write_xcf, "krz": write_kra}[ending](tmp_path / f"a.{ending}"))
    assert (picture.width, picture.height) == SIZE
    np.testing.assert_array_equal(np.rint(picture.rgb[2, 2] * 255), (0x87, 0xBE, 0xEB))  # the sky
    assert picture.notes


@pytest.mark.parametrize("damage", ["no picture", "cut", "broken picture"])
def test_damaged_documents_are_refused(tmp_path, damage):
    path = layered(tmp_path / "a.ora")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:900])
    else:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        png = files.pop("mergedimage.png")
        if damage == "broken picture":
            files["mergedimage.png"] = png[:200]
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    with pytest.raises(UserError) as caught:
        read_picture(path)
    assert caught.value.fix


def test_names_of_layers_say_the_parts(tmp_path):
    parts = parts_of_layers(write_ora(tmp_path / "a.ora"), (240, 180))
    assert parts.labels.shape == (180, 240)
    assert set(parts.names) == {"sky", "mountain", "tree 1", "tree 2"}
    at = {name: parts.label_set.names.index(name) for name in parts.names}
    assert parts.labels[4, 4] == at["sky"]
    assert parts.labels[140, 120] == at["tree 2"]  # the front one
    ranks = parts.label_set.ranks
    assert ranks[at["sky"]] < ranks[at["mountain"]] < ranks[at["tree 2"]]


def test_a_sitter_has_the_parts_of_portraits(tmp_path):
    parts = parts_of_layers(layered(tmp_path / "a.ora"), SIZE)
    assert parts.label_set == PORTRAIT
    assert set(parts.names) == {"background", "hair", "face", "clothes"}


@pytest.mark.parametrize(
    "names", [("Layer 1", "Layer 2", "Layer 3"), ("sky", "Layer 1", "sketch"), ("Layer", "tree", "")]
)
def test_names_that_say_nothing_give_no_parts(tmp_path, names):
    boxes = dict(zip(names, ((0, 0, 120, 90), (20, 20, 60, 60), (60, 30, 110, 80)), strict=True))
    assert parts_of_layers(layered(tmp_path / "a.ora", boxes), SIZE) is None


def test_a_run_takes_them_unless_parts_are_given(tmp_path):
    request = RunRequest(write_ora(tmp_path / "a.ora", files={"mergedimage.png": png_bytes(Image.fromarray(merged()))}))
    inputs = request.read()
    assert set(request.with_layers(inputs).segmentation.names) == {"sky", "mountain", "tree 1", "tree 2"}
    assert any("the parts are its layers" in note for note in inputs.notes)
    given = RunRequest(request.painting, segmentation="mine.png")
    assert given.with_layers(given.read()) is given
    flat = RunRequest(merged())
    assert flat.with_layers(flat.read()) is flat


def test_segment_says_which_parts_they_are(tmp_path, capsys, tiny_pipeline):
    path = write_xcf(tmp_path / "a.xcf")
    words = ["segment", str(path), "-o", str(tmp_path / "seg.png"), "--weights", str(tiny_pipeline), "--json"]
    assert main([*words, "--device", "cpu"]) == 0
    said = capsys.readouterr()
    assert '"sky"' in said.out
    assert "the parts are its layers" in said.err


def test_our_own_layers_are_a_painting_too(tmp_path):
    """A background that lies under everything and a name for each pass: the parts are found again."""
    document = LAYER_FORMATS["ora"](tmp_path / "a.ora", SIZE, metadata("0" * 64))
    document.add("ground", opaque(np.full((90, 120, 3), 230, np.uint8)))
    for part, top in (("sky", 0), ("grass 1", 40)):
        document.begin_group()
        for step in ("block in", "finish"):
            document.add(f"{part}: {step}", LayerPicture(top, 0, np.full((90 - top, 120, 4), 255, np.uint8)))
        document.end_group(part)
    document.close(merged())
    assert set(parts_of_layers(tmp_path / "a.ora", SIZE).names) == {"sky", "grass"}
