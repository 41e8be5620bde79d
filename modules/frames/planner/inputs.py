"""What the planner sees of a picture and its canvas, as numpy arrays: planes (maps) and facts (plain numbers)."""

from collections.abc import Sequence

import numpy as np

from ...degree import difference
from ...finish_levels import level
from ...labels import LabelSet

SEEN = ("wash", "flat", "form", "smooth")  # levels below the painting that a canvas is compared with
STATES = [level(name) for name in SEEN]
PLANES = 25  # before those of the classes; the last of them is 1 inside the picture
GAIN = 4.0  # of differences to levels, which are small
FACTS = 5  # before those of the media: the ground's RGB, the share that is done, the pace


def edge_plane(labels: np.ndarray) -> np.ndarray:
    """Find the pixels (h,w) float32 on the outlines of labels (h,w)."""
    edges = np.zeros(labels.shape, np.float32)
    edges[:, 1:] = labels[:, 1:] != labels[:, :-1]
    edges[1:] = np.maximum(edges[1:], labels[1:] != labels[:-1])
    return edges


def rank_plane(labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Map each pixel of labels (h,w) to its part's place among those of the picture: 0 far, 1 near, float32."""
    ranks = np.zeros(len(label_set), np.float32)
    present = sorted(label_set.present(labels), key=label_set.depth_order.tolist().__getitem__)
    ranks[present] = np.linspace(0, 1, len(present)) if len(present) > 1 else 0.5
    return np.asarray(ranks[labels])


def planner_planes(
    painting: np.ndarray,
    canvas: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    ground: np.ndarray,
    states: np.ndarray,
    trail: np.ndarray | None,
    n_classes: int,
) -> np.ndarray:
    """Stack the planes (C,h,w) float32.

    Args:
        painting: (h,w,3) in [0,1].
        canvas: (h,w,3) in [0,1].
        labels: (h,w) class indices of `label_set`.
        ground: (3,) RGB.
        states: (4,h,w,3) in [0,1], the painting at the levels `SEEN`.
        trail: (h,w) bool, where the steps before painted, as many of them as the next step is long; None is not known.
        n_classes: planes of classes; zeros where the parts have no names.
    """
    left, bare = difference(canvas, painting), difference(np.broadcast_to(ground, painting.shape), painting)
    apart = [np.clip(GAIN * difference(canvas, state), 0, 1) for state in (*states, painting)]
    count = np.maximum(np.bincount(labels.ravel(), minlength=len(label_set)), 1)
    means = [np.bincount(labels.ravel(), plane.ravel(), len(label_set)) / count for plane in (left, bare, *apart)]
    part_left = np.clip(means[0] / np.maximum(means[1], 0.02), 0, 1)[labels]
    walked = np.zeros(labels.shape) if trail is None else trail
    classes = np.zeros((n_classes, *labels.shape), np.float32)
    if label_set.named:
        kinds = label_set.base_classes[labels]
        classes = (kinds == np.arange(n_classes)[:, None, None]).astype(np.float32)
    pictures = np.concatenate([painting, canvas, painting - canvas], axis=2).transpose(2, 0, 1)
    levels = [*apart, *(mean[labels] for mean in means[2:])]  # how finely each place is painted, and its part
    known = np.full(labels.shape, trail is not None)
    maps = [rank_plane(labels, label_set), edge_plane(labels), part_left, *levels, walked, known, np.ones(labels.shape)]
    return np.concatenate([pictures, np.stack(maps), classes]).astype(np.float32)


def planner_facts(
    painting: np.ndarray, canvas: np.ndarray, ground: np.ndarray, medium: str, pace: float, media: Sequence[str]
) -> np.ndarray:
    """List the facts (F,) float32.

    The share that is done is of the distance to the painting: nobody knows how many steps a plan has before it is made.

    Args:
        painting: (h,w,3) in [0,1].
        canvas: (h,w,3) in [0,1].
        ground: (3,) RGB.
        medium: one of `media`.
        pace: the share of the whole process that the next step takes.
        media: all that the planner knows.
    """
    bare = float(np.abs(painting - ground).mean())
    done = float(np.clip(1 - np.abs(painting - canvas).mean() / max(bare, 0.02), -1, 1))
    return np.array([*ground, done, np.log2(32 * pace) / 2, *(medium == name for name in media)], np.float32)


def pad_planes(planes: np.ndarray, size: int) -> np.ndarray:
    """Pad (...,h,w) with zeros at the right and bottom to a square of `size`, or to a multiple of 16 if larger."""
    sides = [max(size, -(-side // 16) * 16) for side in planes.shape[-2:]]
    missing = [(0, 0)] * (planes.ndim - 2) + [
        (0, side - have) for side, have in zip(sides, planes.shape[-2:], strict=True)
    ]
    return np.pad(planes, missing)
