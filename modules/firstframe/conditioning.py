"""The condition of the first frame: everything that the generator sees, as planes; the same in training and use."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from ..labels import LabelSet, label_edges
from ..plans.plan import PlanStep
from ..plans.spec import STARTS
from .palette import TONES, UNKNOWN, Palette

# Planes of the default variant's condition in their order; those of the classes follow.
PLANES = {
    "colours": 3 * TONES,
    "light": 1,
    "palette_known": 1,
    "ground": 3,
    "edges": 1,
    "where": 3,
    "where_known": 1,
    "start": len(STARTS),
}
CONDITION_SIZE = sum(PLANES.values())
SLICES = {
    name: slice(end - size, end) for (name, size), end in zip(PLANES.items(), accumulate(PLANES.values()), strict=True)
}


@dataclass(frozen=True)
class FirstFrameInputs:
    """What is known of how a picture is started; None: unknown."""

    start: str = "block"  # one of `STARTS`
    palette: Palette | None = None  # colours of the parts
    ground: tuple[float, float, float] | np.ndarray | None = None  # RGB in [0,1]
    step: PlanStep | None = None  # the plan's first step


def class_planes(labels: np.ndarray, label_set: LabelSet, n_classes: int) -> np.ndarray:
    """One-hot classes (n_classes,H,W) float32 of a label map (H,W); zeros for parts without names."""
    planes = np.zeros((n_classes, *labels.shape), np.float32)
    if label_set.named and len(label_set) - len(label_set.pieces) == n_classes:
        base = label_set.base_classes[labels]  # for the model a piece is the class it was cut from
        np.put_along_axis(planes, base[None], 1.0, axis=0)
    return planes


def default_condition(
    labels: np.ndarray,
    classes: np.ndarray,
    start: str,
    *,
    colours: np.ndarray | None = None,
    light: np.ndarray | None = None,
    ground: np.ndarray | None = None,
    where: np.ndarray | None = None,
) -> np.ndarray:
    """Stack the default variant's condition (CONDITION_SIZE + K,H,W) float32; None: unknown.

    Args:
        labels: (H,W) integers.
        classes: (K,H,W), of `class_planes`; zeros for parts without names.
        colours, light: the palette of the paint at each pixel, (H,W,9) and (H,W) in [0,1].
        ground: (3,) RGB in [0,1].
        where: (H,W,3) in [0,1], `FirstStepMasks.where`.
    """
    result = np.zeros((CONDITION_SIZE + len(classes), *labels.shape), np.float32)
    planes = {name: result[place] for name, place in SLICES.items()}
    for name in ("colours", "light", "ground"):
        planes[name][:] = UNKNOWN
    if colours is not None and light is not None:
        planes["colours"][:], planes["light"][:], planes["palette_known"][:] = colours.transpose(2, 0, 1), light, 1.0
    if ground is not None:
        planes["ground"][:] = np.asarray(ground, np.float32)[:, None, None]
    if where is not None:
        planes["where"][:], planes["where_known"][:] = where.transpose(2, 0, 1), 1.0
    planes["edges"][:] = label_edges(labels[None])[0]
    planes["start"][STARTS.index(start)] = 1.0
    result[CONDITION_SIZE:] = classes
    return result


def paper_condition(labels: np.ndarray, classes: np.ndarray, start: str, **unused: Any) -> np.ndarray:
    """Stack the paper's condition (K+1,H,W) float32: classes (K,H,W) and edges are all that it knows."""
    return np.concatenate([classes, label_edges(labels[None])[0]])


CONDITIONS: dict[str, Callable[..., np.ndarray]] = {"default": default_condition, "paper": paper_condition}
