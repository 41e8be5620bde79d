"""Things of a picture: what a painter would name in it, far to near, from class probabilities and depth.

A small copy of the picture is cut into pieces along its edges, as for clusters; pieces join by colour, texture, place,
class and depth until some twenty regions are left, and these by a painter's rules (thing_regions.py). Things are sorted
far to near (thing_order.py) and their outlines fitted to the painting.
"""

from dataclasses import replace

import cv2
import numpy as np

from ..imaging.resize import resize, resize_labels
from ..labels import PORTRAIT, LabelSet
from ..things import SCENE_CLASSES, thing_label_set
from .classes import scene_probabilities
from .clusters import (
    cluster,
    edge_strength,
    full_size,
    grow,
    join_pieces,
    look,
    watershed_pieces,
    without_rims,
    working_copy,
)
from .thing_order import far_to_near
from .thing_regions import FIGURES, SURFACES, Regions, Rules, join_regions

UNSURE = 0.4  # mean probability of the likeliest class under which classes say nothing, and colour decides
UNNAMED = "part"  # what a thing is called by itself where its class is as unsure
# What is behind a sitter is broad: one wall, in light and in shadow.
BACKGROUND = Rules(least=0.04, least_figure=0.04, fewest=1, most=5, whole=SURFACES)
_REGIONS = 26  # at which joining by likeness stops and rules begin
_COLOUR, _PLACE, _CLASS, _FIGURE, _DEPTH = 0.6, 0.5, 26.0, 40.0, 45.0  # weights of features, in units of Lab
_IN_FRONT = ("furniture", "object", "plant", "animal", "vehicle")  # what may stand before a sitter


def find_things(probabilities: np.ndarray, depth: np.ndarray, painting: np.ndarray) -> tuple[np.ndarray, LabelSet]:
    """Find the things of a picture.

    Args:
        probabilities: (24,h,w) of `NETWORK_CLASSES`, in [0,1].
        depth: (h,w) in [0,1], near = 1.
        painting: (H,W,3) float32 RGB in [0,1], any size from 1x1.

    Returns:
        Labels (H,W) uint8 with the values 1..m, and their LabelSet: things far to near, "edge" before them. Where the
        network is unsure everywhere (`UNSURE`), parts without names as of `cluster`.
    """
    scene = _scene(probabilities, True)
    if float(scene.max(axis=0).mean()) < UNSURE:
        return cluster(painting)
    painting = np.clip(np.nan_to_num(painting.astype(np.float32, copy=False)), 0.0, 1.0)
    parts, kinds, names, near = _regions(working_copy(painting), scene, depth, Rules())
    order = far_to_near(parts, kinds, near)
    parts = np.argsort(order)[parts].astype(np.int32)
    labels = full_size(parts, painting, _likely(scene, [kinds[i] for i in order]))
    present = np.unique(labels)  # a sliver of the small copy can vanish at full size
    labels = (np.searchsorted(present, labels) + 1).astype(np.uint8)
    return labels, thing_label_set([names[order[i]] for i in present])


def find_background_things(
    probabilities: np.ndarray, depth: np.ndarray, painting: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, LabelSet]:
    """Find the things behind a sitter, and those that stand before: the background's pieces.

    Args:
        probabilities, depth, painting: as for `find_things`.
        labels: (H,W) uint8 portrait classes.

    Returns:
        Labels (H,W) uint8 and the portrait's LabelSet with pieces of "background" called as things are; both as they
        were where the background is one thing, or the network unsure of it.
    """
    background = PORTRAIT.index("background")
    painting = np.clip(np.nan_to_num(painting.astype(np.float32, copy=False)), 0.0, 1.0)
    small, scene = working_copy(painting), _scene(probabilities, False)
    sitter = resize_labels(labels, small.shape[1::-1]) != background
    behind = resize(scene.max(axis=0), small.shape[1::-1])[~sitter]
    if behind.size < BACKGROUND.least * sitter.size or float(behind.mean()) < UNSURE:
        return labels, PORTRAIT
    parts, kinds, names, near = _regions(small, scene, depth, BACKGROUND, sitter)
    if len(kinds) - sitter.any() < 2:
        return labels, PORTRAIT
    order = far_to_near(parts, kinds, near)
    parts = np.argsort(order)[parts].astype(np.int32)
    at = order.index(len(kinds) - 1) if sitter.any() else len(kinds)  # the sitter is the last of the regions
    found = full_size(parts, painting, _likely(scene, [kinds[i] for i in order], at))
    # The outline of the sitter is the portrait's: what lies beside it there gets the nearest thing.
    return _as_pieces(labels, _without(found, at), [names[i] for i in order], at)


def _as_pieces(labels: np.ndarray, found: np.ndarray, kinds: list[str], sitter: int) -> tuple[np.ndarray, LabelSet]:
    """Make regions (H,W), far to near, of which one is the sitter, pieces of a portrait's background."""
    background = PORTRAIT.index("background")
    here = labels == background
    present = [int(i) for i in np.unique(found[here])]
    if len(present) < 2:
        return labels, PORTRAIT
    names = thing_label_set([kinds[i] for i in present]).names[1:]
    pieces = PORTRAIT.split("background", names, tuple(kinds[i] for i in present))
    ranks = pieces.depth_order.tolist()
    for n, i in enumerate(present):
        if i > sitter and kinds[i] in _IN_FRONT:
            ranks[len(PORTRAIT) + n] += len(ranks)
    result = labels.copy()
    result[here] = len(PORTRAIT) + np.searchsorted(present, found[here])
    return result, replace(pieces, ranks=tuple(ranks))


def _scene(probabilities: np.ndarray, persons: bool) -> np.ndarray:
    """Probabilities of `SCENE_CLASSES` (15,h,w) that sum to 1."""
    scene = scene_probabilities(probabilities.astype(np.float32), persons) + 1e-6
    return np.asarray(scene / scene.sum(axis=0))


def _likely(scene: np.ndarray, kinds: list[str], sitter: int = -1) -> np.ndarray:
    """How likely the class of each thing is, (m,h,w); a sitter (m = its index) is likely everywhere."""
    ones = np.ones(scene.shape[1:], np.float32)
    return np.stack([ones if i == sitter else scene[SCENE_CLASSES.index(kind)] for i, kind in enumerate(kinds)])


def _without(parts: np.ndarray, part: int) -> np.ndarray:
    """Give the pixels of a part to the nearest other one; (H,W) integers."""
    return grow(parts, parts != part) if (parts != part).any() else parts


def _regions(
    small: np.ndarray, scene: np.ndarray, depth: np.ndarray, rules: Rules, sitter: np.ndarray | None = None
) -> tuple[np.ndarray, list[str], list[str], np.ndarray]:
    """Things of the working copy: (h,w) int32 0..k-1, the class of each, what it is called, and depth at its size.

    sitter: (h,w) bool, what is one thing already: the last, and a person.
    """
    h, w = small.shape[:2]
    scene = np.stack([resize(plane, (w, h)) for plane in scene])
    near = resize(depth, (w, h))
    features, edges, _ = look(small)
    weights = np.array([_COLOUR] * 4 + [_PLACE] * 2, np.float32)
    telling = np.array([_FIGURE if name in FIGURES else _CLASS for name in SCENE_CLASSES], np.float32)
    beside = np.dstack([telling * scene.transpose(1, 2, 0), _DEPTH * near]).astype(np.float32)
    features, edges = np.dstack([features * weights, beside]), edges + edge_strength(beside)
    parts = without_rims(join_pieces(watershed_pieces(small, edges, 0), features, edges, _REGIONS), small)
    if sitter is not None and sitter.any():
        parts = np.where(sitter, int(parts.max()) + 1, parts)
        parts = np.unique(parts, return_inverse=True)[1].reshape(h, w).astype(np.int32)
    else:
        sitter = None
    regions = Regions.measure(parts, scene, cv2.cvtColor(small, cv2.COLOR_RGB2LAB), near, edges)
    if sitter is not None:
        regions.size[-1] = 0
    join_regions(regions, rules)
    alive = regions.alive + ([len(regions.size) - 1] if sitter is not None else [])
    people = ["person"] if sitter is not None else []
    kinds = [regions.kind(i) for i in regions.alive] + people
    names = [regions.kind(i) if regions.sure(i) >= UNSURE else UNNAMED for i in regions.alive] + people
    return np.searchsorted(alive, regions.owner[parts]).astype(np.int32), kinds, names, near
