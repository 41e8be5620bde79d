"""Subject of a picture: what it shows, told from its parts, and what that changes in the way its artists work."""

from dataclasses import dataclass

import numpy as np

from ..brush.media.detect import medium_features
from ..labels import LabelSet
from ..things import SCENE_CLASSES

PLANES = ("sky", "mountain", "water", "ground", "grass", "wall", "building", "furniture")
"""Kinds that a picture is built of, plane behind plane; all other things stand before them."""

_INDOORS = ("wall", "furniture", "object", "plant")
_LIVING = ("person", "animal")
_FIGURES_SHARE = 0.15  # of the picture that is living beings, from which on it is about them
_FLAT_SHARE = 0.2  # of the pixels in areas of one colour, from which on digital paint is flat colour
_KNOWN_SHARE = 0.5  # of the picture that has to be of known kinds


@dataclass(frozen=True)
class Subject:
    """How artists work who paint such pictures: a row of the table `SUBJECTS`.

    Attributes:
        habits: names in `HABITS`, in the order in which seeds take turns; habits that no row names suit all.
        white: how many times more often than usual they begin on white.
        block_in: whether some begin with all of it at once.
        covered: share of those who work thing by thing that cover the canvas thinly first.
        covers: share whose first coats go on behind all that will stand before them.
        covers_lines: the same of those who begin with a drawing, which is buried then.
        deep: whether known things stand one behind the other: paint goes on far behind what stands before it.
    """

    habits: tuple[str, ...]
    white: float = 1.0
    block_in: bool = False
    covered: float = 0.3
    covers: float = 0.4
    covers_lines: float = 0.0
    deep: bool = True


SUBJECTS: dict[str, Subject] = {
    # nobody finishes a wall around a hole where the face will be
    "portrait": Subject(
        ("masses", "objects", "lineart", "watercolour", "drawing"),
        block_in=True, covered=0.75, deep=False,
    ),
    # on white, sky first and under the trees, bare canvas below until a thing gets there
    "landscape": Subject(
        ("objects", "masses", "objects", "watercolour", "lineart", "drawing"),
        white=4.0, covered=0.1, covers=0.9, covers_lines=0.7,
    ),
    # a dark background round the flowers, which are blank
    "still life": Subject(("objects", "masses", "watercolour", "lineart", "drawing"), white=2.0, covered=0.2),
    "figures": Subject(("objects", "masses", "watercolour", "lineart", "drawing"), white=2.0, covers=0.7),
    # whole shapes, what is hidden of them included
    "illustration": Subject(("shapes", "lineart"), white=4.0, covered=0.0, covers=1.0, covers_lines=1.0),
    "unknown": Subject(("objects", "masses", "watercolour", "lineart", "drawing"), block_in=True, deep=False),
}  # fmt: skip
"""By name; `find_subject` tells which one a picture has."""


def find_subject(painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, medium: str) -> str:
    """Classify a picture by the kinds of its parts and their shares of the canvas.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        medium: name in `brush.MEDIA`.

    Returns:
        A key of `SUBJECTS`.
    """
    if label_set.named:
        return "portrait"
    counts = np.bincount(labels.ravel(), minlength=len(label_set)) / labels.size
    share = dict.fromkeys(SCENE_CLASSES, 0.0)
    for part, count in enumerate(counts.tolist()):
        if label_set.kind(part) in share:
            share[label_set.kind(part)] += count
    if sum(share.values()) < _KNOWN_SHARE:
        return "unknown"
    if medium == "ink" or (medium == "digital" and medium_features(painting).flat > _FLAT_SHARE):
        return "illustration"
    if sum(share[kind] for kind in _LIVING) > _FIGURES_SHARE:
        return "figures"
    indoors = sum(share[kind] for kind in _INDOORS)
    outdoors = sum(share.values()) - indoors - share["ground"] - share["building"]
    return "still life" if indoors > outdoors else "landscape"
