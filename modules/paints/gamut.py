"""Gamut: a picture in the colours that a palette's paints can be mixed to."""

from itertools import product

import cv2
import numpy as np

from .mixing import mix, optics_of
from .pigments import Shelf
from .spectra import to_lab

STEPS = {2: 100, 3: 24, 4: 9, 5: 5}  # parts of each paint that are tried with each other, by how many paints there are
LEAST = 0.02  # of these parts; the most is 1
MIXTURES = 5000  # that are drawn at random of more paints
NODES = 17  # of the table of colours along each channel
NEAR = (1.0, 4.0)  # CIE76: nearer to a mixture than the first a colour stays; farther than the second it becomes it


def palette_colours(shelf: Shelf) -> np.ndarray:
    """List colours, (m,3) sRGB in [0,1], that the paints of a shelf can be mixed to, all over their gamut."""
    n = len(shelf.paints)
    if n in STEPS:
        parts = np.array([row for row in product((0.0, *np.geomspace(LEAST, 1, STEPS[n])), repeat=n) if max(row) == 1])
    else:
        drawn = np.random.default_rng(0).dirichlet(np.full(n, 0.35), MIXTURES)
        parts = np.concatenate([np.eye(n), drawn])
    return mix(optics_of(shelf), parts)


def fit_to_palette(picture: np.ndarray, shelf: Shelf) -> np.ndarray:
    """Repaint a picture (H,W,3) float32 in [0,1] in the colours of a palette; what is among them stays.

    A table of colours is moved to the nearest mixtures, smoothly, and the picture is looked up in it.
    """
    axis = np.linspace(0, 1, NODES)
    nodes = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    lab, mixtures = to_lab(nodes.reshape(-1, 3)), to_lab(palette_colours(shelf)).astype(np.float32)
    moves = np.empty_like(lab)
    for start in range(0, len(lab), 512):
        here = lab[start : start + 512].astype(np.float32)
        apart = (here**2).sum(1)[:, None] - 2 * here @ mixtures.T + (mixtures**2).sum(1)[None]
        moves[start : start + 512] = mixtures[apart.argmin(axis=1)] - here
    length = np.linalg.norm(moves, axis=1, keepdims=True)
    moves *= np.clip((length - NEAR[0]) / (NEAR[1] - NEAR[0]), 0, 1)
    moves = moves.reshape(NODES, NODES, NODES, 3)
    for _ in range(3):  # no steps from node to node, along each channel in turn
        wide = np.pad(moves, [(1, 1), (0, 0), (0, 0), (0, 0)], mode="edge")
        moves = np.moveaxis((wide[:-2] + 2 * wide[1:-1] + wide[2:]) / 4, 0, 2)
    table = lab.reshape(moves.shape) + moves
    return _lab_to_rgb(_look_up(table, picture)).astype(np.float32)


def _look_up(table: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Look up a picture (H,W,3) in [0,1] in a table (n,n,n,3), between its nodes in a straight line."""
    place = np.clip(picture, 0, 1).astype(np.float32) * (len(table) - 1)
    low = np.minimum(place.astype(int), len(table) - 2)
    part = place - low
    found = np.zeros(picture.shape, np.float32)
    for corner in product((0, 1), repeat=3):
        share = np.prod(np.where(np.array(corner, bool), part, 1 - part), axis=-1, keepdims=True)
        at = low + corner
        found += share * table[at[..., 0], at[..., 1], at[..., 2]].astype(np.float32)
    return found


def _lab_to_rgb(lab: np.ndarray) -> np.ndarray:
    return np.clip(cv2.cvtColor(np.ascontiguousarray(lab, np.float32), cv2.COLOR_Lab2RGB), 0, 1)
