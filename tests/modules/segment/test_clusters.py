"""Parts of pictures without a portrait: scenes drawn here, so that the right parts and depths are known."""

import json

import cv2
import numpy as np
import pytest

from ppp.modules.perceptual import shared_data
from ppp.modules.segment.clusters import FEWEST, MOST, cluster

MANIFEST = shared_data() / "manifest.jsonl"


def landscape(h: int = 240, w: int = 320, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Sky, hills, a meadow, a tree, a barn and a red cow, with brush texture; and the mask of each."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    y, x = y / h, x / w
    masks = {"sky": np.ones((h, w), bool)}
    masks["hills"] = y > 0.42 + 0.08 * np.sin(6 * x)
    masks["meadow"] = y > 0.6
    masks["tree"] = (((x - 0.2) / 0.09) ** 2 + ((y - 0.45) / 0.25) ** 2 < 1) | (
        (abs(x - 0.2) < 0.02) & (y > 0.5) & (y < 0.8)
    )
    masks["barn"] = (abs(x - 0.85) < 0.1) & (y > 0.48) & (y < 0.7)
    masks["cow"] = ((x - 0.65) / 0.13) ** 2 + ((y - 0.8) / 0.1) ** 2 < 1
    colours = {
        "sky": (0.62, 0.75, 0.9),
        "hills": (0.4, 0.45, 0.6),
        "meadow": (0.5, 0.62, 0.25),
        "tree": (0.1, 0.25, 0.1),
        "barn": (0.85, 0.8, 0.7),
        "cow": (0.55, 0.2, 0.12),
    }
    painting = np.zeros((h, w, 3), np.float32)
    names = list(masks)
    for name in names:
        painting[masks[name]] = colours[name]
    for i, name in enumerate(names):
        for other in names[i + 1 :]:
            masks[name] = masks[name] & ~masks[other]
    grain = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 1.2)
    rough = 0.05 + 0.25 * (masks["meadow"] | masks["tree"])
    return np.clip(painting + (grain * rough)[..., None] * 0.5, 0, 1), masks


def main_part(labels: np.ndarray, mask: np.ndarray) -> tuple[int, float]:
    """The part that covers most of a mask, and how much of the mask that is."""
    counts = np.bincount(labels[mask])
    return int(counts.argmax()), counts.max() / mask.sum()


def test_things_are_found_whole_and_ordered_far_to_near():
    painting, masks = landscape()
    labels, label_set = cluster(painting)
    assert labels.dtype == np.uint8 and labels.shape == painting.shape[:2]
    assert FEWEST <= len(label_set) - 1 <= MOST
    assert sorted(np.unique(labels)) == list(range(1, len(label_set)))
    assert label_set.names[0] == "edge" and not label_set.named
    found = {name: main_part(labels, mask) for name, mask in masks.items()}
    for name in ("sky", "tree", "barn", "cow"):
        part, covered = found[name]
        inside = (masks[name] & (labels == part)).sum() / (labels == part).sum()
        assert covered > 0.8 and inside > 0.8, f"{name}: {covered:.2f} of it, {inside:.2f} of the part"
    assert found["sky"][0] == 1
    assert found["sky"][0] < found["hills"][0]
    assert max(found["hills"][0], found["meadow"][0]) < min(found["tree"][0], found["cow"][0])


def test_few_crumbs_and_smooth_outlines():
    labels, _ = cluster(landscape(seed=3)[0])
    for part in np.unique(labels):
        count, _, stats, _ = cv2.connectedComponentsWithStats((labels == part).astype(np.uint8), connectivity=8)
        areas = np.sort(stats[1:count, cv2.CC_STAT_AREA])[::-1]
        assert len(areas) <= 4
        assert (areas[1:] > 5e-4 * labels.size).all(), "an island of a few pixels is no part"
    edge = (labels[:, 1:] != labels[:, :-1]).mean() + (labels[1:] != labels[:-1]).mean()
    assert edge < 0.06, "outlines are as long as a few things have, not as brush texture has"


def test_same_seed_same_parts_and_their_number_can_be_limited():
    painting, _ = landscape(seed=5)
    first, again = cluster(painting, seed=2), cluster(painting, seed=2)
    assert np.array_equal(first[0], again[0]) and first[1] == again[1]
    for n in (1, 2, 5, 20):
        labels, label_set = cluster(painting, n=n)
        assert n - 2 <= len(label_set) - 1 == labels.max() <= n
    for bad in (0, -1, 256):
        with pytest.raises(ValueError, match="n must be"):
            cluster(painting, n=bad)
    with pytest.raises(ValueError, match="painting"):
        cluster(painting[..., 0])


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (10, 4000), (300, 2), (7, 7), (64, 64)])
def test_any_shape_and_a_flat_colour(shape):
    rng = np.random.default_rng(0)
    labels, label_set = cluster(np.full((*shape, 3), 0.3, np.float32))
    assert labels.shape == shape and len(label_set) == 2 and (labels == 1).all(), "one flat colour is one part"
    labels, label_set = cluster(rng.random((*shape, 3), dtype=np.float32))
    assert labels.shape == shape and labels.min() >= 1 and labels.max() == len(label_set) - 1 <= MOST


def test_outlines_follow_the_painting_at_full_size():
    small, masks = landscape()
    big = cv2.resize(small, (1280, 960), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    cow = cv2.resize(masks["cow"].astype(np.uint8), (1280, 960)) > 0
    labels, _ = cluster(big)
    part, covered = main_part(labels, cow)
    assert covered > 0.85 and (cow & (labels == part)).sum() / (labels == part).sum() > 0.85


@pytest.mark.skipif(not MANIFEST.is_file(), reason="the shared data folder is absent here (set PPP_DATA)")
def test_real_landscapes_start_with_the_sky():
    entries = [json.loads(line) for line in MANIFEST.read_text("utf-8").splitlines()]
    titles = (
        "Giant Mountains",
        "Haystacks",
        "The Shepherdess",
        "West Wind",
        "Weymouth Bay",
    )
    chosen = [e for e in entries if e["title"] in titles]
    assert len(chosen) == len(titles)
    for entry in chosen:
        picture = cv2.imread(str(shared_data() / entry["file"]))
        assert picture is not None
        labels, label_set = cluster(picture[..., ::-1].astype(np.float32) / 255)
        assert FEWEST <= len(label_set) - 1 <= MOST, entry["title"]
        h = len(labels)
        rows = {part: np.nonzero(labels == part)[0].mean() / h for part in range(1, len(label_set))}
        assert rows[1] < 0.4 and (labels[: h // 20] == 1).mean() > 0.3, f"{entry['title']}: the sky comes first"
        assert np.mean([rows[p] for p in list(rows)[-2:]]) > rows[1] + 0.15, entry["title"]
