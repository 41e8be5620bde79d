"""Measure depth order and amodal completion on layered pictures, whose order and hidden parts are true.

    python benchmarks/things.py FOLDER [--model RUN] [--split val] [--size 160]

Prints: of touching pairs of visible layers, the share whose order is right, by classes alone and, with a segment model,
by its depth, too; and of layers that are hidden by a fiftieth or more, the mean IoU with their true extents and of what
is hidden alone: for `occlusion.extents`, and for the farther part that shows nearest by.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ppp.modules.data.layered.layered_picture import LayeredPicture, find_layered
from ppp.modules.imaging.resize import fit_size, resize_labels
from ppp.modules.labels import LabelSet
from ppp.modules.occlusion import across, extents
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.thing_order import far_to_near
from ppp.modules.segment.torch_network import TorchSegmentNetwork

LEAST_OUTLINE = 6  # pixels that a pair has to share


def small(picture: LayeredPicture, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Scale the layer map and the extents of a picture: (h,w) uint8 and (n,h,w) bool."""
    to = fit_size(picture.layers.shape, size)
    return resize_labels(picture.layers, to), np.stack([resize_labels(e, to) > 0 for e in picture.extents])


def right_pairs(layers: np.ndarray, kinds: tuple[str, ...], depth: np.ndarray) -> list[bool]:
    """Tell of each touching pair of visible layers whether `far_to_near` has it in the true order."""
    present = np.unique(layers[layers > 0])
    parts = np.searchsorted(present, np.maximum(layers, present[0]))
    order = far_to_near(parts, [kinds[i - 1] for i in present], depth)
    place = np.argsort(order)
    shared = np.zeros((len(present), len(present)))
    for one, two in ((parts[:, :-1], parts[:, 1:]), (parts[:-1], parts[1:])):
        np.add.at(shared, (np.minimum(one, two).ravel(), np.maximum(one, two).ravel()), 1)
    return [bool(place[i] < place[j]) for i, j in np.argwhere(np.triu(shared, 1) >= LEAST_OUTLINE)]


def nearest_by(layers: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Extents (K,h,w) when behind each pixel lies the farther part that shows nearest by."""
    behind = layers[across(layers, label_set, nearer=False)]
    return np.stack([(layers == k) | (behind == k) for k in range(len(label_set))])


def overlaps(found: np.ndarray, true: np.ndarray, layers: np.ndarray) -> list[tuple[float, float]]:
    """IoU of each partly hidden layer's extent, and of its hidden part alone."""
    result = []
    for i, extent in enumerate(true, 1):
        shown = layers == i
        hidden = extent & ~shown
        if shown.sum() < 30 or hidden.sum() < max(10, 0.02 * extent.sum()):
            continue
        both, either = found[i] & extent, found[i] | extent
        result.append((both.sum() / either.sum(), (both & ~shown).sum() / (either & ~shown).sum()))
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", help="segment model of scenes")
    parser.add_argument("--split", choices=("train", "val"))
    parser.add_argument("--size", type=int, default=160, help="longest side in pixels")
    chosen = parser.parse_args()
    predictor = None
    if chosen.model:
        predictor = SegmentPredictor(TorchSegmentNetwork(SegmentModel.from_pretrained(chosen.model).eval()))
    by_class, by_depth, completed, plain = [], [], [], []
    for file in find_layered(chosen.folder, chosen.split):
        picture = file.load()
        layers, true = small(picture, chosen.size)
        by_class += right_pairs(layers, picture.kinds, np.full(layers.shape, 0.5))
        if predictor:
            depth = predictor.predict_scene(picture.image.astype(np.float32) / 255)[1]
            by_depth += right_pairs(resize_labels(picture.layers, depth.shape[::-1]), picture.kinds, depth)
        completed += overlaps(extents(layers, picture.label_set), true, layers)
        plain += overlaps(nearest_by(layers, picture.label_set), true, layers)
    print(f"order of touching pairs, classes alone: {np.mean(by_class):.3f} of {len(by_class)}")
    if predictor:
        print(f"order of touching pairs, with depth: {np.mean(by_depth):.3f} of {len(by_depth)}")
    for name, found in (("extents", completed), ("nearest by", plain)):
        whole, hidden = np.mean(found, axis=0)
        print(f"amodal IoU, {name}: {whole:.3f}, of what is hidden {hidden:.3f}, {len(found)} layers")


if __name__ == "__main__":
    main()
