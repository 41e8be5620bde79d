"""What the segment stage learns from, how crops are cut, how its figures are counted, and that it learns."""

import json

import cv2
import numpy as np
import pytest
import torch

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.classes import NETWORK_CLASSES
from ppp.modules.segment.config import SegmentConfig, SegmentTraining
from ppp.modules.segment.dataset import IGNORE, random_crop
from ppp.modules.segment.losses import class_weights
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.train import SegmentTask, task
from ppp.modules.segment.training_pictures import LabelledPicture, load_training_pictures
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig

TINY = SegmentConfig(decoder_channels=(16, 16, 16), size=64, multiple=8, scenes=True)


def sitter(seed, kind="digital", quality="A", split="train"):
    painting, labels = draw_sitter(96, seed)
    image = (painting * 255).round().astype(np.uint8)
    return LabelledPicture(f"sitter {seed}", image, labels, kind, quality, split, (48.0, 40.0, 30.0))


@pytest.fixture(scope="module")
def sitters():
    torch.set_num_threads(1)
    return [sitter(seed) for seed in (3, 6, 11)]


@pytest.fixture
def manifest_folder(tmp_path, sitters):
    """A data folder in the shared data folder's format."""
    rows = []
    for i, (picture, split) in enumerate(zip(sitters, ("train", "train", "val"), strict=True)):
        cv2.imwrite(str(tmp_path / f"{i}.png"), picture.image[..., ::-1])
        PORTRAIT.save_png(tmp_path / f"{i}_labels.png", picture.labels)
        rows.append(
            {"file": f"{i}.png", "labels": f"{i}_labels.png", "kind": "oil", "quality": "B" if i else "A"}
            | {"split": split, "faces": [[30, 20, 60, 70]] if i else []}
        )
    rows.append({"file": "none.png", "labels": None, "kind": "oil", "quality": "C", "split": "train"})
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_reads_a_manifest(manifest_folder, sitters):
    pictures, cutouts = load_training_pictures([manifest_folder], frozenset())
    assert cutouts == []
    assert [(p.quality, p.split, p.face) for p in pictures] == [
        ("A", "train", None), ("B", "train", (45.0, 45.0, 50)), ("B", "val", (45.0, 45.0, 50)),
    ]  # fmt: skip
    assert np.array_equal(pictures[1].image, sitters[1].image)
    assert np.array_equal(pictures[1].labels, sitters[1].labels)


def test_reads_processes_and_refuses_nothing(tmp_path, sitters):
    with pytest.raises(UserError, match="No pictures in"):
        load_training_pictures([tmp_path], frozenset())
    with pytest.raises(UserError, match="does not exist"):
        load_training_pictures([tmp_path / "none"], frozenset())
    folder = tmp_path / "p" / "one"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "painting.png"), sitters[0].image[..., ::-1])
    PORTRAIT.save_png(folder / "labels.png", sitters[0].labels)
    (picture,), _ = load_training_pictures([tmp_path], frozenset())
    assert picture.name == "one" and picture.kind == "process"
    rows, columns = np.nonzero(np.isin(sitters[0].labels, range(4, 9)))
    assert picture.face == pytest.approx((columns.mean(), rows.mean(), np.ptp(rows) + 1))


def test_crops_follow_their_generator_and_their_labels(sitters):
    a = random_crop(sitters[0], 64, 96, np.random.default_rng([1, 2]))
    b = random_crop(sitters[0], 64, 96, np.random.default_rng([1, 2]))
    c = random_crop(sitters[0], 64, 96, np.random.default_rng([1, 3]))
    assert np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) and not np.array_equal(a[0], c[0])
    for seed in range(40):
        image, labels, _ = random_crop(sitters[seed % 3], 64, 96, np.random.default_rng(seed))
        assert image.shape == (64, 64, 3) and image.dtype == np.float32 and image.min() >= 0 and image.max() <= 1
        assert labels.shape == (64, 64) and labels.dtype == np.int64
        assert set(np.unique(labels)) <= {IGNORE, *range(10)}


def test_crop_moves_picture_and_labels_together():
    # A picture whose pixels show their class: after any crop, pixels of one class still share one colour.
    labels = np.full((90, 90), 1, np.uint8)
    labels[20:60, 25:65] = 8
    image = np.where(labels[..., None] == 8, np.uint8(230), np.uint8(25)).repeat(3, 2)
    picture = LabelledPicture("two tones", image, labels, "digital", "A", "train", (45.0, 40.0, 40.0))
    gaps = []
    for seed in range(60):
        crop_image, crop_labels, _ = random_crop(picture, 64, 64, np.random.default_rng(seed))
        bright = crop_image.mean(2)
        if (crop_labels == 8).sum() > 200 and (crop_labels == 1).sum() > 200:
            gaps.append(bright[crop_labels == 8].mean() - bright[crop_labels == 1].mean())
    assert len(gaps) > 30
    assert np.quantile(gaps, 0.1) > 0.15  # shifted by a few pixels, or mirrored alone, this falls at once


def test_borders_are_edge_or_ignored(sitters):
    seen = set()
    for seed in range(80):
        _, labels, _ = random_crop(
            sitters[0], 96, 40, np.random.default_rng(seed)
        )  # the picture is smaller than the crop
        seen |= {IGNORE} & set(np.unique(labels)) | {0} & set(np.unique(labels))
    assert seen == {IGNORE, 0}


def test_class_weights_favour_the_small_but_not_the_edge(sitters):
    weights = class_weights(sitters)
    eyes, background = weights[PORTRAIT.index("eyes")], weights[PORTRAIT.index("background")]
    assert eyes > 2 * background and weights.max() <= 4 and weights[0] == 1


def test_little_trusted_labels_move_the_loss_less(sitters, tmp_path):
    """The same wrong features cost less in quality B than in A."""

    class NoStep:
        def __init__(self, model):
            self.models = {"segment": model}

        def optimise(self, name, loss, clip):
            return 0.0

    run = RunConfig(out=tmp_path, steps=1)
    stage = SegmentTask([*sitters], [], TINY, SegmentTraining(crop=64), run)
    eyes = torch.full((1, 64, 64), 1)
    eyes[:, 20:30, 20:40] = PORTRAIT.index("eyes")
    batch = {"painting": torch.rand(1, 3, 64, 64), "labels": eyes, "order": torch.zeros_like(eyes)}
    batch |= {"good": torch.ones(1), "portrait": torch.ones(1)}

    def says_background(painting):  # a wall, and of one depth
        return torch.zeros(1, 25, 64, 64).index_fill(1, torch.tensor([NETWORK_CLASSES.index("wall")]), 5.0)

    good = stage.step(batch, 0, NoStep(says_background))
    poor = stage.step({**batch, "good": torch.zeros(1)}, 0, NoStep(says_background))
    assert poor["entropy"] < 0.6 * good["entropy"] and poor["dice"] < good["dice"]


def test_learns_three_sitters(sitters, tmp_path):
    run = RunConfig(out=tmp_path, steps=100, batch=4, save_every=100, sheet_every=100, log_every=40, quiet=True)
    fit(SegmentTask(sitters, [], TINY, SegmentTraining(crop=64, lr=5e-3), run), run)
    first, _, last = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert last["entropy"] < 0.75 * first["entropy"]
    assert cv2.imread(str(tmp_path / "sheets" / "00000100.png")).shape[2] == 3
    assert SegmentModel.from_pretrained(tmp_path).config.size == 64


def test_task_reads_its_settings_and_refuses_others(manifest_folder, tmp_path):
    run = RunConfig(out=tmp_path / "run", steps=0, quiet=True)
    made = task([manifest_folder], {"crop": 64, "decoder_channels": [8, 8, 8, 8, 8]}, run)
    assert len(made.dataset) == 3 + 2  # one painting of quality A, one of B; val is not trained on
    assert [p.split for p in made.held_out] == ["val"]
    fit(made, run)
    more = task([manifest_folder], {"start": str(tmp_path / "run")}, RunConfig(out=tmp_path / "more", steps=0))
    assert more.model.config.decoder_channels == (8, 8, 8, 8, 8)
    assert all(torch.equal(a, b) for a, b in zip(more.model.parameters(), made.model.parameters(), strict=True))
    with pytest.raises(UserError, match="no variant 'paper'"):
        task([manifest_folder], {"variant": "paper"}, run)
    with pytest.raises(UserError, match="no setting 'crops'"):
        task([manifest_folder], {"crops": 64}, run)
    with pytest.raises(UserError, match="--size 50"):
        task([manifest_folder], {"crop": 50}, run)
