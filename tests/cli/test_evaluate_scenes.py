"""`ppp evaluate --scenes` on a few drawn scenes, layers and a sitter, with a small untrained network."""

import json

import cv2
import numpy as np
import pytest
import torch

from ppp.cli.main import main
from ppp.modules.data.layered.layered_picture import LayeredPicture, topmost, write_layered
from ppp.modules.data.manifest import write_manifest
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.io.png import write_rgb
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.segment.classes import NETWORK_CLASSES
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.torch_network import TorchSegmentNetwork
from ppp.modules.things import SCENE_CLASSES

VOID = LabelSet.from_json({"classes": [{"name": name} for name in ("void", *SCENE_CLASSES)]})
SIZE = (48, 64)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A network that nobody trained, but that says only sky, ground, building or person."""
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("model")
    network = SegmentModel(SegmentConfig(decoder_channels=(16, 16, 16), size=64, multiple=8, scenes=True))
    head = network.net.segmentation_head[0]
    with torch.no_grad():
        head.weight *= 30
        head.bias -= 50
        head.bias[[NETWORK_CLASSES.index(name) for name in ("sky", "ground", "building", "person")]] += 50
    network.save_pretrained(folder)
    return folder


def draw(seed):
    """A sky, a ground and a house, the ground going on behind it: image (H,W,3) uint8 and extents."""
    rng = np.random.default_rng(seed)
    extents = np.zeros((3, *SIZE), bool)
    extents[0] = True
    extents[1, 24:] = True
    x = int(rng.integers(8, 30))
    extents[2, 14:40, x : x + 20] = True
    colours = np.array([[150, 190, 230], [150, 120, 70], [200, 60, 40]])[topmost(extents).astype(int) - 1]
    return np.clip(colours + rng.integers(-9, 10, colours.shape), 0, 255).astype(np.uint8), extents


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Scenes (A of a teacher that is right, H by hand, and one to train on), layers, and a portrait."""
    scenes, layers, portraits = (tmp_path_factory.mktemp(name) for name in ("scenes", "layers", "portraits"))
    rows = []
    for name, quality, split in (("a", "A", "val"), ("h", "H", "val"), ("t", "A", "train")):
        image, extents = draw(len(rows))
        classes = np.array([0, 1, 4, 9], np.uint8)[topmost(extents)]  # sky, ground, building
        write_rgb(scenes / f"{name}.png", image)
        VOID.save_png(scenes / f"{name}_classes.png", classes)
        soft = np.eye(16, dtype=np.uint8)[cv2.resize(classes, (8, 6), interpolation=cv2.INTER_NEAREST)] * 255
        np.savez(scenes / f"{name}.npz", p=np.roll(soft, quality == "H", axis=2))  # of H it is wrong everywhere
        row = {"file": f"{name}.png", "labels": f"{name}_classes.png", "classes": ["sky", "ground", "building"]}
        rows.append(row | {"quality": quality, "split": split, "soft": f"{name}.npz"})
    rows[1] |= {"subject": "landscape", "order": ["sky", "ground (bare)", "building"]}
    write_manifest(scenes, rows)
    rows = []
    for i, kinds in enumerate([("sky", "ground", "building"), ("wall", "unknown", "hair")]):
        image, extents = draw(i + 5)
        picture = LayeredPicture(image, topmost(extents), extents, ("", "", ""), kinds)
        rows.append(write_layered(layers, f"{'ha'[i]}", picture, split="val"))
    write_manifest(layers, rows)
    painting, labels = draw_sitter((64, 64), 0)
    write_rgb(portraits / "p.png", painting)
    PORTRAIT.save_png(portraits / "p_labels.png", labels)
    write_manifest(portraits, [{"file": "p.png", "labels": "p_labels.png", "split": "val", "quality": "A"}])
    return scenes, layers, portraits


@pytest.fixture(scope="module")
def report(model, folders, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "report"
    page = out.with_name("page.md")
    page.write_text("old figures\n\n## What a painter would object to\n\nTrees are green.\n", "utf-8")
    arguments = ["--stage", f"segment={model}", "-o", str(out), "--jobs", "1", "--markdown", str(page)]
    assert main(["evaluate", "--scenes", *map(str, folders), *arguments]) == 0
    return out, json.loads((out / "figures.json").read_text("utf-8"))


def test_pictures_are_grouped_and_nothing_is_written_over(report):
    out, found = report
    groups = {group: figures["pictures"] for group, figures in found["summary"].items()}
    assert groups == {"quality H": 1, "quality A and B": 1, "layered art": 2, "portraits": 1}
    assert sorted(one["name"] for one in found["pictures"]) == ["a", "a~2", "h", "h~2", "p"]
    for sheet in ("quality-H-1", "quality-A-and-B-1", "layered-art-1", "portraits-1"):
        assert cv2.imread(str(out / f"{sheet}.png")).shape[1] > 300
    text = (out / "report.md").read_text("utf-8")
    assert "| landscape (1) |" in text and ">= 0.85" in text and "old figures" not in text
    assert (
        out.with_name("page.md").read_text("utf-8").endswith("## What a painter would object to\n\nTrees are green.\n")
    )


def test_classes_are_those_that_the_network_says(report, model):
    systems = report[1]["summary"]["quality H"]["classes"]["systems"]
    image, extents = draw(1)
    predictor = SegmentPredictor(TorchSegmentNetwork(SegmentModel.from_pretrained(model).eval()))
    planes = predictor.look(image.astype(np.float32) / 255)[:-1]
    scene = planes[-len(SCENE_CLASSES) :].copy()
    scene[SCENE_CLASSES.index("person")] += planes[1 : -len(SCENE_CLASSES)].sum(0)
    truth = np.array([0, 3, 8])[topmost(extents).astype(int) - 1]
    right = (scene.argmax(0) == truth).mean()
    assert 0.05 < right == pytest.approx(systems["model"]["pixels"])
    assert systems["untrained"]["pixels"] != systems["model"]["pixels"]
    assert systems["teacher"]["pixels"] == 0, "it says another class everywhere"
    shares = [(truth == k).mean() for k in (0, 3, 8)]
    frequent = systems["most frequent class"]
    assert frequent["pixels"] == pytest.approx(max(shares))
    assert frequent["classes"]["mean"] == pytest.approx(max(shares) / 3) == frequent["merged"]["mean"]


def test_the_teacher_stands_beside_it(report):
    classes = report[1]["summary"]["quality A and B"]["classes"]
    assert classes["systems"]["teacher"]["pixels"] > 0.95, "outlines are left out, and between them it is right"
    assert "teacher" not in report[1]["summary"]["layered art"]["classes"]["systems"]
    assert set(report[1]["summary"]["layered art"]["classes"]["share"]) == {
        "sky",
        "ground",
        "building",
        "wall",
        "person",
    }


def test_order_stands_beside_what_needs_no_network(report):
    summary = report[1]["summary"]
    layered = summary["layered art"]["order"]
    assert layered["pairs"] == 6 and summary["layered art"]["hiding"]["pairs"] == 6
    # The class prior knows the first picture's three pairs, and nothing of the other's.
    assert layered["right"]["class prior"] == pytest.approx((3 + 1.5) / 6)
    assert layered["right"]["smaller"] >= 4 / 6
    assert layered["right"]["sorted"] > layered["right"]["untrained"], "by classes and shapes, whatever the depth"
    assert summary["quality H"]["order"]["pairs"] == 3, "each class occurs once in the list"
    portrait = summary["portraits"]["order"]
    assert portrait["pairs"] >= 5 and "class prior" not in portrait["right"], "of portraits it is the truth"
    for figures in (layered, portrait):
        assert {"model", "ranks", "untrained"} <= set(figures["right"]) and figures["decided"]["model"] == 1
        assert abs(figures["right"]["ranks"] - 0.5) <= figures["decided"]["ranks"] / 2


def test_what_lies_behind_is_completed(report):
    amodal = report[1]["summary"]["layered art"]["amodal"]
    assert amodal["layers"] == 4, "sky and ground of two pictures"
    visible = amodal["iou"]["visible only"]
    for completion in (amodal["iou"][name] for name in ("completion", "nearest part")):
        assert visible["hidden"] == 0 and completion["hidden"] > 0.3 and completion["extent"] > visible["extent"]


def test_mistakes_are_told(model, folders, tmp_path, capsys):
    SegmentModel(SegmentConfig(decoder_channels=(16, 16, 16), size=64, multiple=8)).save_pretrained(tmp_path / "old")
    (tmp_path / "bare").mkdir()
    write_rgb(tmp_path / "bare" / "a.png", np.zeros((20, 20, 3), np.uint8))
    stage = ["--stage", f"segment={model}", "-o", str(tmp_path / "out"), "--jobs", "1"]
    scenes, layers, _ = map(str, folders)
    wrong = {
        "no network": ([scenes, "--stage", f"segment={tmp_path / 'old'}", *stage[2:]], "tells scene classes apart"),
        "no folder": ([str(tmp_path / "none"), *stage], "does not exist"),
        "no labels": ([str(tmp_path / "bare"), "--split", "all", *stage], "No labelled pictures"),
        "no split": ([scenes, "--split", "test", *stage], "--split test"),
        "none of it": ([layers, "--split", "train", *stage], "train"),
    }
    for arguments, words in wrong.values():
        assert main(["evaluate", "--scenes", *arguments]) == 2
        assert words in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()
    (tmp_path / "soft").mkdir()
    for file in folders[0].iterdir():
        (tmp_path / "soft" / file.name).write_bytes(file.read_bytes() if file.suffix != ".npz" else b"nonsense")
    assert main(["evaluate", "--scenes", str(tmp_path / "soft"), *stage]) == 1
    assert "soft scores" in capsys.readouterr().err
