"""Measure how `far_to_near` sorts the layers of layered pictures, whose order is true.

    python benchmarks/things.py FOLDER [--model RUN] [--split val] [--size 160]

Prints the share of touching pairs of visible layers that are in the true order, by their true classes alone and, with a
segment model of scenes, by its depth, too. `ppp evaluate --scenes` measures what else is known of layered pictures.
Of what a model was trained on (`--split train`) the figures of its depth say little.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ppp.modules.data.pictures import find_pictures
from ppp.modules.imaging.resize import fit_size, resize_labels
from ppp.modules.segment.classes import DEPTH
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.thing_order import far_to_near
from ppp.modules.segment.torch_network import TorchSegmentNetwork
from ppp.pipeline.evaluation.metrics.depth_order import outline_votes, pairs_right


def right_pairs(layers: np.ndarray, kinds: tuple[str, ...], depth: np.ndarray) -> list[float]:
    """Judge each touching pair of visible layers (h,w): 1 where `far_to_near` has it in the true order, else 0."""
    present = np.unique(layers[layers > 0])
    parts = np.searchsorted(present, np.maximum(layers, present[0]))
    place = np.argsort(far_to_near(parts, [kinds[i - 1] for i in present], depth))
    votes = outline_votes(parts + 1, place[parts])
    return list(pairs_right(votes, np.arange(len(present) + 1)).values())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", help="segment model of scenes")
    parser.add_argument("--split", choices=("train", "val"), default="val")
    parser.add_argument("--size", type=int, default=160, help="longest side in pixels")
    chosen = parser.parse_args()
    predictor = None
    if chosen.model:
        predictor = SegmentPredictor(TorchSegmentNetwork(SegmentModel.from_pretrained(chosen.model).eval()))
    right: dict[str, list[float]] = {"classes alone": [], "with depth": []}
    for file in (picture for picture in find_pictures([chosen.folder], chosen.split) if picture.layered):
        painting, layers = file.load()
        assert layers is not None
        kinds, small = file.label_set.kinds[1:], resize_labels(layers, fit_size(layers.shape, chosen.size))
        right["classes alone"] += right_pairs(small, kinds, np.full(small.shape, 0.5))
        if predictor:
            depth = predictor.look(painting)[DEPTH]
            right["with depth"] += right_pairs(resize_labels(layers, depth.shape[::-1]), kinds, depth)
    for name, found in right.items():
        if found:
            print(f"order of touching pairs, {name}: {np.mean(found):.3f} of {len(found)}")


if __name__ == "__main__":
    main()
