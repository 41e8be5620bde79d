"""Network classes: what a network of scenes tells apart, and which of these a label allows (partial labels).

Data name what they know. A portrait's `background` is any scene class, a scene's `person` any class of a person: such a
label trains the sum of the probabilities that it allows.
"""

import numpy as np

from ..labels import PORTRAIT
from ..things import ALL_CLASSES, SCENE_CLASSES

NETWORK_CLASSES = tuple(name for name in ALL_CLASSES.names if name != "background")
"""The 24 planes of probability of a network of scenes, in their order; its last plane after them is the depth."""

PERSON_CLASSES = tuple(name for name in PORTRAIT.names if name not in ("edge", "background"))

# How near things of a class stand as a rule; classes of one level may be either way.
_LEVELS = (
    ("sky",),
    ("mountain",),
    ("water", "ground", "grass", "wall"),
    ("tree", "plant", "rock", "building", "person", "animal", "vehicle", "furniture"),
    ("object",),
)


def allowed_classes() -> np.ndarray:
    """Tell which network classes each label may mean: (labels of `ALL_CLASSES`, network classes) bool."""
    means = {"background": SCENE_CLASSES, "person": ("person", *PERSON_CLASSES)}
    return np.array([[name in means.get(label, (label,)) for name in NETWORK_CLASSES] for label in ALL_CLASSES.names])


def portrait_probabilities(probabilities: np.ndarray) -> np.ndarray:
    """Sum probabilities of the network classes (24,h,w) to those of the portrait's classes (10,h,w)."""
    return np.stack([
        probabilities[[NETWORK_CLASSES.index(c) for c in (SCENE_CLASSES if name == "background" else (name,))]].sum(0)
        for name in PORTRAIT.names
    ])  # fmt: skip


def scene_probabilities(probabilities: np.ndarray, persons: bool = True) -> np.ndarray:
    """Reduce probabilities of the network classes (24,h,w) to `SCENE_CLASSES` (15,h,w); "edge" is none of them.

    persons: any part of a person is one; else parts of persons are left out.
    """
    scene = probabilities[[NETWORK_CLASSES.index(name) for name in SCENE_CLASSES]]
    if persons:
        parts = [NETWORK_CLASSES.index(name) for name in PERSON_CLASSES]
        scene[SCENE_CLASSES.index("person")] += probabilities[parts].sum(0)
    return scene


def order_prior() -> np.ndarray:
    """Tell which of two touching labels is nearer as a rule: (K,K) int8, 1 where the first is, -1 where the second."""
    level = {name: i for i, names in enumerate(_LEVELS) for name in names}
    prior = np.zeros((len(ALL_CLASSES), len(ALL_CLASSES)), np.int8)
    portrait = PORTRAIT.depth_order
    for i, first in enumerate(ALL_CLASSES.names):
        for j, second in enumerate(ALL_CLASSES.names):
            if first in level and second in level:
                prior[i, j] = np.sign(level[first] - level[second])
            elif i < len(PORTRAIT) and j < len(PORTRAIT) and 0 not in (i, j):
                prior[i, j] = np.sign(portrait[i] - portrait[j])
    return prior
