"""Measure how `far_to_near` sorts the layers of layered pictures, whose order is true; with --fit, find its weights.

    python benchmarks/things.py FOLDER... [--model RUN] [--split val] [--size 160] [--fit]

Prints the share of touching pairs of visible layers that are in the true order, by their true classes and shapes alone
and, with a segment model of scenes, by its depth, too. `ppp evaluate --scenes` measures what else is known of layered
pictures. Of what a model was trained on (`--split train`) the figures of its depth say little; so fit to pictures that
it has not seen, too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from ppp.modules.data.pictures import PictureFile, find_pictures
from ppp.modules.imaging.resize import fit_size, resize, resize_labels
from ppp.modules.segment.classes import DEPTH
from ppp.modules.segment.inference import SegmentPredictor
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.thing_order import WEIGHTS, far_to_near, pair_evidence
from ppp.modules.segment.torch_network import TorchSegmentNetwork
from ppp.pipeline.evaluation.metrics.depth_order import outline_votes, pairs_right

LEAST_OUTLINE = 6  # pixels of common outline from which a pair is learned from
MOST_PAIRS = 40  # of one picture; each of more counts less
PENALTY = 1e-3  # of squared weights

Layers = tuple[np.ndarray, list[str], np.ndarray]
"""Visible layers (h,w), 0..k-1 far to near, the class of each, and depth (h,w)."""


def read_layers(file: PictureFile, size: int, predictor: SegmentPredictor | None) -> Layers:
    """Read a picture's visible layers at `size` pixels; without a predictor depth says nothing."""
    painting, layers = file.load()
    assert layers is not None
    small = resize_labels(layers, fit_size(layers.shape, size))
    present = np.unique(small[small > 0])
    parts = np.searchsorted(present, np.maximum(small, present[0]))
    depth = np.full(parts.shape, 0.5, np.float32)
    if predictor:
        depth = resize(predictor.look(painting)[DEPTH], parts.shape[::-1])
    return parts, [file.label_set.kind(int(i)) for i in present], depth


def right_pairs(layers: Layers) -> list[float]:
    """Judge each touching pair of visible layers: 1 where `far_to_near` has it in the true order, else 0."""
    place = np.argsort(far_to_near(*layers))
    votes = outline_votes(layers[0] + 1, place[layers[0]])
    return list(pairs_right(votes, np.arange(len(place) + 1)).values())


def fit(pictures: list[Layers]) -> dict[str, float]:
    """Fit `WEIGHTS`: logistic regression of which of two touching layers is nearer."""
    rows, trust = [], []
    for layers in pictures:
        evidence, length = pair_evidence(*layers)
        far, near = np.nonzero(np.triu(length >= LEAST_OUTLINE, 1))
        rows.append(np.stack([evidence[name][near, far] for name in WEIGHTS], 1))
        trust.append(np.full(len(far), min(1.0, MOST_PAIRS / max(len(far), 1))))
    told, counts = np.concatenate(rows), np.concatenate(trust)

    def loss(weights: np.ndarray) -> float:
        return float(counts @ np.logaddexp(0, -told @ weights) / counts.sum() + PENALTY * weights @ weights)

    return dict(zip(WEIGHTS, minimize(loss, np.zeros(len(WEIGHTS))).x.round(2).tolist(), strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--model", help="segment model of scenes")
    parser.add_argument("--split", choices=("train", "val"), default="val")
    parser.add_argument("--size", type=int, default=160, help="longest side in pixels")
    parser.add_argument("--limit", type=int, default=0, help="most pictures of each folder, 0 for all")
    parser.add_argument("--fit", action="store_true", help="print the weights that tell this order best")
    chosen = parser.parse_args()
    predictors: dict[str, SegmentPredictor | None] = {"classes and shapes alone": None}
    if chosen.model:
        model = SegmentModel.from_pretrained(chosen.model).eval()
        predictors["with depth"] = SegmentPredictor(TorchSegmentNetwork(model))
    files = [
        file
        for folder in chosen.folders
        for file in [f for f in find_pictures([folder], chosen.split) if f.layered][: chosen.limit or None]
    ]
    for name, predictor in predictors.items():
        pictures = [read_layers(file, chosen.size, predictor) for file in files]
        right = [pair for layers in pictures for pair in right_pairs(layers)]
        print(f"order of touching pairs, {name}: {np.mean(right):.3f} of {len(right)} in {len(files)} pictures")
    if chosen.fit:
        print(fit(pictures))


if __name__ == "__main__":
    main()
