"""Layers of a process: stacked in any reader they are the painting, each one a pass of a part, in true order."""

import io
import json
import zipfile
from functools import partial
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from scenes import save_head

from ppp.cli.main import main
from ppp.modules.brush.stroke import MARKS, stroke_list
from ppp.modules.finish_levels import LEVELS
from ppp.modules.io.errors import UserError
from ppp.modules.plans.edits import Skip
from ppp.modules.plans.plan import WHOLE
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.provenance import find_line
from ppp.pipeline.verify import verify
from ppp.pipeline.writers import LayersWriter
from ppp.pipeline.writers.layer_stack import LayerKey, LayerRun, LayerStack, PackedMask, split_runs

N = 6
MEDIA = ("oil", "watercolour", "ink")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    save_head(folder)
    return folder


def paint(place, medium, frames="simulate", **options):
    pipeline = Pipeline.from_pretrained("portrait", frames=frames, device="cpu")
    return pipeline(place / "painting.png", N, segmentation=place / "labels.png", medium=medium, **options)


@pytest.fixture(scope="module")
def results(place):
    """A result with both kinds of files for each medium."""
    for medium in MEDIA:
        layers = partial(LayersWriter, formats=("ora", "psd"))
        paint(place, medium).save(place / medium, writers=["frames", layers])
    return place


def last_frame(folder):
    return np.asarray(Image.open(sorted((folder / "frames").iterdir())[-1])).astype(int)


def tree(path):
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read("stack.xml"))


def stack(path):
    """Stack an OpenRaster file as programs with 8 bits a colour do, rounding after each layer: (H,W,3)."""
    root = tree(path)
    canvas = np.zeros((int(root.get("h")), int(root.get("w")), 3))
    with zipfile.ZipFile(path) as archive:
        for layer in reversed(list(root.iter("layer"))):
            pixels = np.asarray(Image.open(io.BytesIO(archive.read(layer.get("src"))))).astype(float)
            x, y = int(layer.get("x")), int(layer.get("y"))
            below = canvas[y : y + pixels.shape[0], x : x + pixels.shape[1]]
            colour, share = pixels[..., :3], pixels[..., 3:] / 255
            if layer.get("composite-op") == "svg:multiply":
                colour = colour * below / 255
            below[:] = np.rint((1 - share) * below + share * colour)
    return canvas


@pytest.mark.parametrize("medium", MEDIA)
def test_stacked_layers_are_the_painting(results, medium):
    last = last_frame(results / medium)
    assert np.abs(stack(results / medium / "layers.ora") - last).max() <= 1
    process = json.loads((results / medium / "process.json").read_text())
    assert process["layers"]["off"] <= 1
    assert process["layers"]["files"] == ["layers.ora", "layers.psd"]
    assert verify(results / medium).state == "unchanged"


@pytest.mark.parametrize("medium", MEDIA)
def test_photoshop_files_hold_the_same_layers(results, medium):
    psd_tools = pytest.importorskip("psd_tools")
    psd = psd_tools.PSDImage.open(results / medium / "layers.psd")
    np.testing.assert_array_equal(np.asarray(psd.topil().convert("RGB")), last_frame(results / medium))
    root = tree(results / medium / "layers.ora")
    names = [element.get("name") for element in root.iter("layer")]
    assert [layer.name for layer in psd.descendants() if not layer.is_group()] == names[::-1]
    assert [group.name for group in psd if group.is_group()][::-1] == [e.get("name") for e in root[0] if len(e)]
    below = psd[1][0] if psd[1].is_group() else psd[1]
    first = next(element for element in reversed(list(root[0].iter("layer"))) if element.get("name") == below.name)
    assert (below.left, below.top) == (int(first.get("x")), int(first.get("y")))
    with zipfile.ZipFile(results / medium / "layers.ora") as archive:
        pixels = np.asarray(Image.open(io.BytesIO(archive.read(first.get("src")))))
    np.testing.assert_array_equal(
        np.asarray(below.topil().convert("RGBA"))[pixels[..., 3] > 0], pixels[pixels[..., 3] > 0]
    )


def test_a_layer_is_a_pass_of_a_part(results):
    root = tree(results / "oil" / "layers.ora")
    plan = json.loads((results / "oil" / "process.json").read_text())["plan"]
    groups = [element for element in reversed(root[0]) if element.tag == "stack"]
    assert root[0][-1].get("name") == "ground"
    parts = {one["part"] for one in plan["passes"]} | {"everything"}
    for group in groups:
        part = group.get("name").split(" (")[0]
        assert part in parts
        assert all(layer.get("name").startswith(f"{part}: ") for layer in group)
    first = plan["passes"][plan["steps"][1]["passes"][0][0]]
    assert f"{first['part']}: block in" in [layer.get("name") for layer in root.iter("layer")]
    names = [element.get("name") for element in root.iter("layer")]
    assert len(names) == len(set(names))


def test_a_layer_has_paint_where_its_strokes_are(place):
    """Nothing of one part's first coat lies far from its strokes, and most of what they cover is in it."""
    lapse = paint(place, "oil", ending="brush")
    lapse.save(place / "brush", writers=["frames", LayersWriter])
    assert np.abs(stack(place / "brush" / "layers.ora") - last_frame(place / "brush")).max() <= 1
    root = tree(place / "brush" / "layers.ora")
    (hair,) = [layer for layer in root.iter("layer") if layer.get("name") == "hair: block in"]
    with zipfile.ZipFile(place / "brush" / "layers.ora") as archive:
        alpha = np.asarray(Image.open(io.BytesIO(archive.read(hair.get("src")))))[..., 3]
    labels = lapse.parts.labels == lapse.parts.label_set.index("hair")
    shown = np.zeros(labels.shape, np.uint8)
    shown[int(hair.get("y")) :, int(hair.get("x")) :][: alpha.shape[0], : alpha.shape[1]] = alpha
    assert (shown > 127)[labels].mean() > 0.8
    assert (shown > 127).sum() < 1.7 * labels.sum()


def test_what_a_step_puts_back_is_in_no_layer(place):
    """Strokes that go on over a locked part do not show there: its ground stays bare in the stack, too."""
    lapse = paint(place, "oil", edits=[Skip("face")])
    lapse.save(place / "locked", writers=["frames", LayersWriter], overwrite=True)
    assert np.abs(stack(place / "locked" / "layers.ora") - last_frame(place / "locked")).max() <= 1
    first = np.asarray(Image.open(place / "locked" / "frames" / "00000.png"))
    bare = (first == last_frame(place / "locked")).all(axis=2)
    assert bare[lapse.parts.labels == lapse.parts.label_set.index("face")].mean() > 0.9
    with zipfile.ZipFile(place / "locked" / "layers.ora") as archive:
        for layer in list(tree(place / "locked" / "layers.ora").iter("layer"))[:-1]:  # without the ground
            alpha = np.asarray(Image.open(io.BytesIO(archive.read(layer.get("src")))))[..., 3]
            here = bare[int(layer.get("y")) :, int(layer.get("x")) :][: alpha.shape[0], : alpha.shape[1]]
            assert not (alpha[here] > 127).any(), layer.get("name")


def test_a_step_whose_strokes_are_not_known_is_a_layer(place):
    """A first frame of one's own was laid by nobody: what it changed is one layer, opaque."""
    with Image.open(place / "painting.png") as picture:
        Image.new("RGB", picture.size, (90, 70, 60)).save(place / "toned.png")
    lapse = paint(place, "oil", frames=None, first_frame=place / "toned.png")
    lapse.save(place / "given", writers=["frames", LayersWriter])
    assert np.abs(stack(place / "given" / "layers.ora") - last_frame(place / "given")).max() <= 1
    assert "everything: step 1" in [layer.get("name") for layer in tree(place / "given" / "layers.ora").iter("layer")]


def test_openraster_as_others_expect_it(results):
    path = results / "oil" / "layers.ora"
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        np.testing.assert_array_equal(np.asarray(merged), last_frame(results / "oil"))
        assert max(Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size) <= 256
        assert find_line(archive.read("stack.xml"))
        assert {e.get("src") for e in tree(path).iter("layer")} < set(archive.namelist())


def test_our_own_reader_finds_the_parts_in_it(results):
    from ppp.modules.data.layered.formats import read_layered

    picture = read_layered(results / "oil" / "layers.ora", 64)
    assert {"hair", "face"} <= set(picture.kinds)


def test_replay_at_another_size_and_from_strokes(results, capsys):
    source = results / "of-strokes"
    paint(results, "watercolour").save(source, writers=["frames", "segmentation", "strokes"])
    for name, arguments in {"large": [source, "--size", "144"], "list": [source / "strokes.json"]}.items():
        code = main(["replay", *map(str, arguments), "-o", str(results / name), "--layers", "ora", "--quiet"])
        assert code == 0, capsys.readouterr().err
        off = np.abs(stack(results / name / "layers.ora") - last_frame(results / name))
        # Of two million pixels that are rounded after each of a dozen glazes one or another is off by more.
        assert (off.max(), (off > 1).mean()) <= (2, 1e-5), name


@pytest.mark.parametrize("value", ["kra", "", "ora,xcf"])
def test_other_formats_are_refused_before_anything_is_painted(place, capsys, value):
    code = main(["run", str(place / "painting.png"), "-o", str(place / "no"), "--layers", value])
    said = capsys.readouterr().err
    assert (code, (place / "no").exists()) == (2, False)
    assert "Use one or both of: ora, psd" in said


@pytest.mark.parametrize("size", [(1, 1), (40, 2)])
def test_tiny_pictures_have_layers_too(tmp_path, capsys, size):
    """A step of theirs may have no strokes at all."""
    Image.new("RGB", size, (200, 90, 40)).save(tmp_path / "a.png")
    command = ["run", str(tmp_path / "a.png"), "-o", str(tmp_path / "o"), "--frames", "3", "--medium", "watercolour"]
    assert main([*command, "--layers", "ora,psd", "--stage", "frames=simulate", "--quiet"]) == 0, (
        capsys.readouterr().err
    )
    assert np.abs(stack(tmp_path / "o" / "layers.ora") - last_frame(tmp_path / "o")).max() <= 1


def test_frames_without_strokes_have_no_layers(place, capsys):
    command = ["run", str(place / "painting.png"), "-o", str(place / "none"), "--stage", "frames=partfade", "--frames"]
    code = main([*command, "3", "--segmentation", str(place / "labels.png"), "--layers", "ora", "--quiet"])
    assert (code, (place / "none").exists()) == (2, False)
    assert "There are no layers to write" in capsys.readouterr().err


def test_without_psd_tools_it_says_what_to_do(monkeypatch):
    from ppp.pipeline.writers import layer_files, layers

    monkeypatch.setattr(layer_files, "find_spec", lambda name: None)
    with pytest.raises(UserError) as caught:
        layers.parse_layer_formats(["psd"])
    assert "pip install" in caught.value.fix


# ---- which layer, which group


def spot(*columns):
    cover = np.zeros((1, 8), bool)
    cover[0, list(columns)] = True
    return cover


def run(part, name="block in", glaze=False):
    return LayerRun(LayerKey(part, name, glaze), stroke_list(np.zeros((0, 2)), np.zeros(0), [], np.zeros((0, 3))))


def shape(layers):
    return [
        (group.part, [(layer.key.name, layer.number, len(layer.runs)) for layer in group.layers])
        for group in layers.groups
    ]


def test_a_pass_that_was_interrupted_elsewhere_goes_on_in_its_layer():
    layers = LayerStack()
    for part, columns in ((0, (0, 1)), (1, (4, 5)), (0, (1, 2))):
        layers.add(run(part), spot(*columns))
    assert shape(layers) == [(0, [("block in", 1, 2)]), (1, [("block in", 1, 1)])]


def test_paint_over_another_part_stays_over_it():
    layers = LayerStack()
    for part, columns in ((0, (0, 1)), (1, (1, 2)), (0, (2, 3))):
        layers.add(run(part), spot(*columns))
    assert shape(layers) == [(0, [("block in", 1, 1)]), (1, [("block in", 1, 1)]), (0, [("block in", 2, 1)])]


def test_a_part_has_one_group_where_nothing_parts_it():
    layers = LayerStack()
    for part, name, columns in ((0, "block in", (0, 1)), (1, "block in", (4, 5)), (0, "finish", (0, 1))):
        layers.add(run(part, name), spot(*columns))
    assert shape(layers) == [(0, [("block in", 1, 1), ("finish", 1, 1)]), (1, [("block in", 1, 1)])]


def test_strokes_are_divided_among_the_passes_of_their_step():
    flat, painting = LEVELS.index("flat"), LEVELS.index("painting")
    part = [0, 0, 1, 0, 1, 1]
    finish = [flat, painting, painting, painting, painting, flat]
    strokes = stroke_list(
        np.zeros((12, 2)), np.ones(12), [2] * 6, np.zeros((6, 3)), part=part, finish=finish, mark=MARKS.index("bristle")
    )
    found = split_runs(strokes, [(0, "flat"), (0, "painting"), (WHOLE, "painting"), (1, "flat")])
    assert [(key.part, key.name, len(own)) for key, own in found] == [
        (0, "block in", 1), (0, "finish", 1), (WHOLE, "last touches", 3), (1, "block in", 1),
    ]  # fmt: skip


def test_a_mask_comes_back_as_it_was():
    mask = np.random.default_rng(0).random((13, 7)) > 0.5
    np.testing.assert_array_equal(PackedMask.of(mask).unpack(), mask)
