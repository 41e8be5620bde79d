"""Scenes in the segment stage: partial labels, depth by ranking, and pictures put together of what is known."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, LabelSet
from ppp.modules.segment.classes import (
    DEPTH,
    NETWORK_CLASSES,
    allowed_classes,
    order_prior,
    portrait_probabilities,
    scene_probabilities,
)
from ppp.modules.segment.compose import by_class, paste_cutouts, recolour_layers
from ppp.modules.segment.config import SegmentConfig, SegmentTraining
from ppp.modules.segment.dataset import IGNORE, SegmentDataset, random_crop
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.losses import balanced_ce, depth_ranking, label_log_probabilities, trusted_dice
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.torch_network import TorchSegmentNetwork
from ppp.modules.segment.train import SegmentTask
from ppp.modules.segment.training_pictures import UNKNOWN, CutOut, LabelledPicture, load_training_pictures
from ppp.modules.things import ALL_CLASSES, SCENE_CLASSES
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig

SKY, GROUND, TREE, ANIMAL = (ALL_CLASSES.index(name) for name in ("sky", "ground", "tree", "animal"))


def scores_of(*names):
    """Scores (1,24,2,2) of a network that thinks these classes equally likely, and no other."""
    return torch.full((1, 24, 2, 2), -9.0).index_fill(1, torch.tensor([NETWORK_CLASSES.index(n) for n in names]), 3.0)


def draw_scene(seed):
    """A sky over a ground with a tree before both: image, layers 1 to 3."""
    rng = np.random.default_rng(seed)
    layers = np.ones((64, 80), np.uint8)
    layers[int(rng.integers(28, 40)) :] = 2
    x = int(rng.integers(10, 55))
    layers[12:52, x : x + 14] = 3
    colours = np.array([[0, 0, 0], [150, 190, 230], [150, 120, 70], [30, 90, 40]])
    return np.clip(colours[layers] + rng.integers(-12, 13, (64, 80, 3)), 0, 255).astype(np.uint8), layers


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Scenes with class maps, layered art, and cut-outs, in the forms of the data folders."""
    names = LabelSet.from_json({"classes": [{"name": n} for n in ("void", *SCENE_CLASSES)]})
    made = {name: tmp_path_factory.mktemp(name) for name in ("scenes", "layers", "cutouts")}
    rows = {name: [] for name in made}
    for i in range(9):
        image, layers = draw_scene(i)
        for folder in (made["scenes"], made["layers"]):
            cv2.imwrite(str(folder / f"{i}.png"), image[..., ::-1])
        names.save_png(made["scenes"] / f"{i}_classes.png", np.array([0, 1, 4, 6], np.uint8)[layers])
        names.save_png(made["layers"] / f"{i}_layers.png", layers)
        rows["scenes"].append(
            {"file": f"{i}.png", "labels": f"{i}_classes.png", "classes": ["sky", "ground", "tree"]}
            | {"quality": "H" if i == 8 else "A", "split": "val" if i == 8 else "train"}
        )
        rows["layers"].append(
            {"file": f"{i}.png", "layers": f"{i}_layers.png", "n_layers": 3, "classes": ["sky", "unknown", "tree"]}
        )
    cow = np.zeros((20, 30, 4), np.uint8)
    cow[4:18, 3:27] = (140, 90, 40, 255)
    cv2.imwrite(str(made["cutouts"] / "cow.png"), cow[..., [2, 1, 0, 3]])
    rows["cutouts"].append({"file": "cow.png", "cls": "animal"})
    for name, folder in made.items():
        (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[name]))
    return made


def test_a_background_is_any_scene_class_and_a_scenes_person_any_of_a_person():
    allowed = dict(zip(ALL_CLASSES.names, allowed_classes(), strict=True))
    assert allowed["background"].sum() == len(SCENE_CLASSES) and not allowed["background"][0]
    assert allowed["person"][NETWORK_CLASSES.index("hair")] and not allowed["person"][NETWORK_CLASSES.index("tree")]
    assert allowed["tree"].sum() == 1
    weights = torch.ones(len(ALL_CLASSES))

    def cost(scores, label):
        labels = torch.full((1, 2, 2), ALL_CLASSES.index(label))
        return float(balanced_ce(label_log_probabilities(scores), labels, torch.ones(1, 2, 2), weights))

    for right, label in ((("tree", "sky"), "background"), (("hair", "person"), "person"), (("tree",), "tree")):
        assert cost(scores_of(*right), label) < 0.05
    for wrong, label in ((("hair",), "background"), (("tree",), "person"), (("sky",), "tree")):
        assert cost(scores_of(*wrong), label) > 3


def test_dice_counts_each_picture_in_its_own_classes():
    found = torch.cat([label_log_probabilities(scores_of(n)) for n in ("face", "tree")])
    trust = torch.ones(2, 2, 2)
    right = torch.stack([torch.full((2, 2), ALL_CLASSES.index(n)) for n in ("face", "tree")])
    wrong = torch.stack([torch.full((2, 2), ALL_CLASSES.index(n)) for n in ("hair", "sky")])
    portrait = torch.tensor([1.0, 0.0])
    assert float(trusted_dice(found, right, trust, portrait)) < 0.05
    assert float(trusted_dice(found, wrong, trust, portrait)) > 0.9
    assert float(trusted_dice(found, torch.full_like(right, IGNORE), trust, portrait)) == 0


def test_depth_follows_the_true_order_and_else_what_is_usual():
    labels = torch.full((1, 40, 40), SKY)
    labels[:, 20:] = TREE
    same = torch.zeros_like(labels)
    near_below = torch.zeros(1, 40, 40).index_fill(1, torch.arange(20, 40), 0.8)
    assert float(depth_ranking(near_below, labels, same)) == 0
    assert float(depth_ranking(0.8 - near_below, labels, same)) > 0.9
    turned = same.clone()
    turned[:, :20] = 1  # in this picture the upper one was painted last
    assert float(depth_ranking(near_below, labels, turned)) > 0.9
    assert float(depth_ranking(near_below, torch.full_like(labels, IGNORE), same)) == 0
    prior = order_prior()
    assert (prior == -prior.T).all() and prior[TREE, SKY] == 1 and prior[PORTRAIT.index("eyes"), PORTRAIT.index("face")]


def test_probabilities_become_the_portraits():
    found = portrait_probabilities(scores_of("tree", "sky").softmax(1)[0].numpy())
    assert found.shape == (10, 2, 2) and found[PORTRAIT.index("background")].min() > 0.99
    assert np.allclose(found.sum(0), 1)


def test_clothes_are_a_person_only_where_there_is_a_head_to_them():
    found = np.zeros((24, 20, 30), np.float32)
    clothes, hair, furniture, person = (NETWORK_CLASSES.index(n) for n in ("clothes", "hair", "furniture", "person"))
    found[furniture] = 0.1
    found[clothes, 8:, 2:8] = found[clothes, 8:, 12:18] = found[clothes, 8:, 22:28] = 0.9
    found[hair, 4:8, 12:18] = 0.9
    found[person, 4:8, 22:28] = 0.9
    classes = scene_probabilities(found).argmax(0)
    is_person = classes == SCENE_CLASSES.index("person")
    assert not is_person[:, :10].any() and (classes[8:, 2:8] == SCENE_CLASSES.index("furniture")).all()
    assert is_person[4:, 12:18].all() and is_person[4:, 22:28].all()
    assert not (scene_probabilities(found, persons=False).argmax(0)[:, :20] == SCENE_CLASSES.index("person")).any()


def test_reads_scenes_layers_and_cutouts(folders):
    pictures, cutouts = load_training_pictures([*folders.values()], frozenset({"3"}))
    assert len(pictures) == 16 and [cut.label for cut in cutouts] == [ANIMAL]
    scenes, layered = pictures[:8], pictures[8:]
    _, layers = draw_scene(0)
    assert layered[0].split == "val" and np.array_equal(layered[0].order, layers)
    assert set(np.unique(layered[0].labels)) == {SKY, TREE, UNKNOWN}
    sure = scenes[0].labels != UNKNOWN  # not along outlines
    assert 0.4 < sure.mean() < 0.9 and (scenes[7].labels != UNKNOWN).all() and scenes[7].quality == "H"
    assert np.array_equal(scenes[0].labels[sure], np.array([0, SKY, GROUND, TREE])[layers][sure])


def test_a_broken_manifest_is_named(folders, tmp_path):
    (tmp_path / "manifest.jsonl").write_text('{"file": "a.png", "layers": "b.png"}\nnonsense\n')
    with pytest.raises(UserError, match="Line 2|cannot be read"):
        load_training_pictures([tmp_path], frozenset())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layers": 2, "classes": None}, "values 3 are not classes"),
        ({"n_layers": None}, "n_layers None"),
        ({"layers": "small.png"}, "10x10 pixels, the picture is 80x64"),
    ],
)
def test_layers_that_do_not_fit_their_row_are_refused(folders, change, message):
    folder = folders["layers"]
    cv2.imwrite(str(folder / "small.png"), np.ones((10, 10), np.uint8))
    row = {"file": "0.png", "layers": "0_layers.png", "n_layers": 3, "classes": ["sky", "unknown", "tree"]}
    manifest = (folder / "manifest.jsonl").read_text()
    (folder / "manifest.jsonl").write_text(json.dumps(row | change))
    try:
        with pytest.raises(UserError, match=message):
            load_training_pictures([folder], frozenset())
    finally:
        (folder / "manifest.jsonl").write_text(manifest)


def test_pasted_things_stand_in_front_with_their_label():
    image, order = np.full((50, 60, 3), 200, np.uint8), np.zeros((50, 60), np.uint8)
    labels = np.full((50, 60), SKY, np.uint8)
    cow = np.zeros((16, 20, 4), np.uint8)
    cow[2:14, 2:18] = (20, 20, 20, 255)
    for seed in range(5):
        paste_cutouts(image, labels, order, by_class([CutOut(cow, ANIMAL)]), np.random.default_rng(seed))
    assert set(np.unique(labels)) == {SKY, ANIMAL} and np.array_equal(labels == ANIMAL, order > 0)
    assert (image[order == 0] == 200).mean() > 0.85 and (np.abs(image[order > 0].astype(int) - 200) > 5).mean() > 0.9


def test_pasted_things_stand_on_what_fits_them():
    beach = np.full((90, 120), ALL_CLASSES.index("ground"), np.uint8)
    beach[:, 30:] = ALL_CLASSES.index("water")
    seat = np.full((20, 12, 4), 255, np.uint8)
    on_ground = 0
    for seed in range(30):
        labels, order = beach.copy(), np.zeros((90, 120), np.int16)
        chair = [CutOut(seat, ALL_CLASSES.index("furniture"))]
        paste_cutouts(np.zeros((90, 120, 3), np.uint8), labels, order, [chair], np.random.default_rng(seed))
        _, columns = np.nonzero(order == 1)
        on_ground += len(columns) > 0 and bool(columns.mean() < 35)
    assert on_ground > 15  # a quarter of the picture is ground


def test_pasted_things_have_no_dark_rim():
    disc = np.zeros((80, 80, 4), np.uint8)
    cv2.circle(disc, (40, 40), 30, (220, 220, 220, 255), -1)
    for seed in range(12):
        image, order = np.full((120, 120, 3), 220, np.uint8), np.zeros((120, 120), np.int16)
        paste_cutouts(
            image, np.zeros((120, 120), np.uint8), order, [[CutOut(disc, ANIMAL)]], np.random.default_rng(seed)
        )
        shown = (order == order.max()).astype(np.uint8)
        inside = cv2.erode(shown, np.ones((7, 7), np.uint8)) > 0
        if order.any() and inside.any():
            assert image[shown > 0].min() > image[inside].min() - 25


def test_recoloured_layers_keep_their_shapes():
    image, layers = draw_scene(1)
    changed = recolour_layers(image, layers, np.random.default_rng(0))
    assert changed.shape == image.shape and not np.array_equal(changed, image)
    spread = [changed[layers == i].std(0).mean() for i in (1, 2, 3)]
    assert max(spread) < 40  # each is still of one colour


def test_learns_scenes_and_their_depth(folders, tmp_path):
    torch.set_num_threads(1)
    pictures, cutouts = load_training_pictures([*folders.values()], frozenset())
    config = SegmentConfig(decoder_channels=(16, 16, 16), size=64, multiple=8, scenes=True)
    run = RunConfig(out=tmp_path, steps=30, batch=4, save_every=30, sheet_every=30, log_every=10, quiet=True)
    fit(SegmentTask(pictures, cutouts, config, SegmentTraining(crop=64, lr=5e-3), run), run)
    first, *_, last = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert last["entropy"] < 0.9 * first["entropy"] and last["depth"] < 0.9 * first["depth"]
    predictor = SegmentPredictor(TorchSegmentNetwork(SegmentModel.from_pretrained(tmp_path)))
    image, layers = draw_scene(40)
    planes = predictor.look(image.astype(np.float32) / 255)
    found, depth = planes[:DEPTH], planes[DEPTH]
    assert found.shape[0] == 24 and depth.shape == found.shape[1:] and np.allclose(found.sum(0), 1, atol=1e-4)
    small = cv2.resize(layers, depth.shape[::-1], interpolation=cv2.INTER_NEAREST)
    assert np.median(depth[small == 3]) > np.median(depth[small == 1])


def test_a_portrait_model_goes_on_as_one_of_scenes():
    torch.manual_seed(0)
    portrait = SegmentModel(SegmentConfig(decoder_channels=(8, 8, 8), size=64, multiple=8)).eval()
    wider = portrait.with_scenes().eval()
    painting = np.random.default_rng(0).random((48, 64, 3), np.float32)
    predictors = [SegmentPredictor(TorchSegmentNetwork(m)) for m in (portrait, wider)]
    before, after = (p.label(p.look(painting), painting.shape[:2]) for p in predictors)
    assert np.array_equal(before[0], after[0]) and np.allclose(before[1], after[1], atol=1e-5)
    assert np.allclose(predictors[1].look(painting)[DEPTH], 0.5)


def test_a_network_for_portraits_stays_as_it_is_beside_one_that_learns_scenes(folders, tmp_path):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tiny = {"decoder_channels": (8, 8, 8), "size": 64, "multiple": 8, "flip": False}
    portrait = SegmentModel(SegmentConfig(**tiny)).eval()
    portrait.save_pretrained(tmp_path / "portrait")
    pictures, cutouts = load_training_pictures([*folders.values()], frozenset())
    run = RunConfig(out=tmp_path / "run", steps=2, batch=2, quiet=True)
    training = SegmentTraining(crop=64, portrait=str(tmp_path / "portrait"))
    fit(SegmentTask(pictures, cutouts, SegmentConfig(**tiny, scenes=True), training, run), run)
    both = SegmentModel.from_pretrained(run.out)
    painting = np.random.default_rng(0).random((48, 61, 3), np.float32)
    alone, beside = (SegmentPredictor(TorchSegmentNetwork(model)) for model in (portrait, both))
    planes = beside.look(painting)
    assert planes.shape[0] == DEPTH + 1 + len(PORTRAIT)
    for one, other in zip(alone.label(alone.look(painting), (48, 61)), beside.label(planes, (48, 61)), strict=True):
        assert np.array_equal(one, other)
    assert np.allclose(planes[:DEPTH].sum(0), 1, atol=1e-4)
    for one, other in zip(both.with_portrait(both).portrait.parameters(), portrait.parameters(), strict=True):
        assert torch.equal(one, other), "what has one beside it lends that one"
    start = SegmentTask(pictures, cutouts, SegmentConfig(**tiny, scenes=True), training, run).model
    assert any(not torch.equal(a, b) for a, b in zip(start.net.parameters(), both.net.parameters(), strict=True))


def test_scenes_are_seen_at_several_sizes():
    torch.manual_seed(0)
    model = SegmentModel(SegmentConfig(decoder_channels=(8, 8, 8), size=64, multiple=8, scenes=True)).eval()
    painting = np.random.default_rng(0).random((50, 70, 3), np.float32)

    def look(**change):
        predictor = SegmentPredictor(TorchSegmentNetwork(model))
        predictor.config = replace(model.config, **change)
        return predictor.look(painting)

    large, small, both = look(), look(size=40), look(more_sizes=(40,))
    enlarged = torch.nn.functional.interpolate(torch.from_numpy(small)[None], large.shape[1:], mode="bilinear")[0]
    assert np.allclose(both, (large + enlarged.numpy()) / 2, atol=1e-5) and not np.allclose(both, large, atol=1e-3)
    with pytest.raises(UserError, match="size 16 is too small"):
        replace(model.config, multiple=32, more_sizes=(16,))


@pytest.mark.parametrize("seen", ["sky", "person", "hair"])
def test_the_network_for_portraits_runs_only_where_somebody_is_seen(seen):
    tiny = {"decoder_channels": (8, 8, 8), "size": 64, "multiple": 8}
    model = SegmentModel(SegmentConfig(**tiny, scenes=True)).with_portrait(SegmentModel(SegmentConfig(**tiny))).eval()
    head = model.net.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[NETWORK_CLASSES.index(seen)] = 9.0
    runs = []
    model.portrait.register_forward_hook(lambda *_: runs.append(1))
    predictor = SegmentPredictor(TorchSegmentNetwork(model))
    planes = predictor.look(np.random.default_rng(0).random((48, 61, 3), np.float32))
    assert len(runs) == (0 if seen == "sky" else 2)
    assert np.allclose(planes[DEPTH + 1 :].sum(0), 1, atol=1e-4)
    if seen == "sky":
        assert set(predictor.label(planes, (48, 61))[0].ravel().tolist()) == {PORTRAIT.index("background")}


def test_refuses_a_network_for_portraits_that_does_not_fit():
    scenes = SegmentModel(SegmentConfig(decoder_channels=(8, 8, 8), size=64, multiple=8, scenes=True))
    for odd in (scenes, SegmentModel(SegmentConfig(decoder_channels=(8, 8, 8), size=72, multiple=8))):
        with pytest.raises(UserError, match="portraits cannot be used"):
            scenes.with_portrait(odd)
    with pytest.raises(UserError, match="scenes"):
        SegmentConfig(portrait={})


def test_samples_are_a_pure_function(folders):
    pictures, cutouts = load_training_pictures([*folders.values()], frozenset())
    dataset = SegmentDataset(pictures[:4] + pictures[9:], 32, 48, cutouts)
    once, twice = (dataset.sample(1, 2, 5) for _ in range(2))
    assert all(np.array_equal(once[key], twice[key]) for key in once)
    assert once["portrait"] == 0 and once["order"].shape == (32, 32)


def test_cut_outs_lie_on_the_last_of_many_layers(folders):
    pictures, cutouts = load_training_pictures([folders["layers"], folders["cutouts"]], frozenset())
    many = replace(pictures[0], order=np.full_like(pictures[0].order, 255))
    dataset = SegmentDataset([many], 32, 48, cutouts)
    assert max(dataset.sample(0, epoch, 0)["order"].max() for epoch in range(12)) > 255


def scene(kinds: list[str], name: str = "scene", quality: str = "A") -> LabelledPicture:
    """A scene of bands of these classes, the first one over all but 4 rows for each of the others."""
    labels = np.full((96, 96), ALL_CLASSES.index(kinds[0]), np.uint8)
    for i, kind in enumerate(kinds[1:]):
        labels[4 * i : 4 * i + 4] = ALL_CLASSES.index(kind)
    return LabelledPicture(name, np.zeros((96, 96, 3), np.uint8), labels, "scene", quality, "train", scenic=True)


def test_scenes_with_rare_classes_are_seen_more_often():
    pictures = [scene(["sky", "tree"], f"common {i}") for i in range(12)] + [scene(["sky", "animal"], "rare")]
    seen = [entry.name for entry in SegmentDataset(pictures, 32, 48).entries]
    assert seen.count("rare") == 3 * seen.count("common 0") > 0
    drawn = [replace(picture, order=np.zeros((96, 96), np.uint8), kind="drawn") for picture in pictures]
    seen = [entry.name for entry in SegmentDataset(drawn, 32, 48).entries]
    assert len(set(map(seen.count, seen))) == 1


def test_crops_of_scenes_find_what_is_small():
    """A class of one row in 24 at the picture's rim is in more crops than by its place alone."""
    picture, at = scene(["sky", "animal"]), ALL_CLASSES.index("animal")

    def share(picture):
        crops = [random_crop(picture, 32, 96, np.random.default_rng(seed))[1] for seed in range(300)]
        return np.mean([(labels == at).any() for labels in crops])

    assert share(picture) > share(replace(picture, scenic=False)) + 0.08


def test_labels_made_by_hand_are_trusted():
    samples = [SegmentDataset([scene(["sky"], quality=quality)], 32, 48).sample(0, 0, 0) for quality in "HAB"]
    assert [float(sample["good"]) for sample in samples] == [1, 1, 0]
