"""Network classes: what a network of scenes tells apart, and which of these a label allows (partial labels).

Data name what they know. A portrait's `background` is any scene class, a scene's `person` any class of a person: such a
label trains the sum of the probabilities that it allows.
"""

import cv2
import numpy as np

from ..labels import PORTRAIT
from ..things import ALL_CLASSES, SCENE_CLASSES

NETWORK_CLASSES = tuple(name for name in ALL_CLASSES.names if name != "background")
"""The 24 planes of probability of a network of scenes, in their order."""

DEPTH = len(NETWORK_CLASSES)
"""The plane after them: depth. What follows are the planes of its network for portraits, where it has one."""

PERSON_CLASSES = tuple(name for name in PORTRAIT.names if name not in ("edge", "background"))

HEAD_CLASSES = tuple(name for name in PERSON_CLASSES if name not in ("clothes", "body"))

# Share of a figure that its head has to take: without one, cloth and skin are a laid table. Chosen on the 56 val scenes
# that a teacher labelled (of .03, .06, .1 ... the best IoU of "person").
LEAST_HEAD = 0.03

LEAST_NAMED = 0.05  # share of a portrait that its person takes
# Mean probability of a person, to a network of scenes, in what is taken for one. Of 46 val pictures in which the rules
# of `is_portrait` find a portrait it is .40 or more in the 44 that are one, .06 or less in the others; chosen on these.
LEAST_PERSON = 0.2

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

    persons: parts of persons are one where they hang together with a head, or with what the network calls a person: a
        tablecloth is taken for clothes. Else, and without `persons`, they are left out.
    """
    scene = probabilities[[NETWORK_CLASSES.index(name) for name in SCENE_CLASSES]]
    if persons:
        parts, head = (
            probabilities[[NETWORK_CLASSES.index(c) for c in names]].sum(0) for names in (PERSON_CLASSES, HEAD_CLASSES)
        )
        at = SCENE_CLASSES.index("person")
        person = scene[at].copy()
        scene[at] += parts
        count, figures = cv2.connectedComponents((scene.argmax(0) == at).astype(np.uint8), connectivity=8)
        whole, told = (np.bincount(figures.ravel(), p.ravel(), count) for p in (parts + person, head + person))
        refused = told < LEAST_HEAD * whole
        refused[0] = False  # where something else is likelier
        scene[at] = np.where(refused[figures], person, scene[at])
    return scene


def person_probability(probabilities: np.ndarray) -> np.ndarray:
    """Sum probabilities of the network classes (24,h,w) to that of a person or a part of one, (h,w)."""
    whole = ("person", *PERSON_CLASSES)
    return np.asarray(probabilities[[NETWORK_CLASSES.index(name) for name in whole]].sum(0))


def shows_nobody(probabilities: np.ndarray) -> bool:
    """Whether what a network of scenes saw (24,h,w) holds no room for a portrait's person, wherever it is."""
    person = person_probability(probabilities).ravel()
    most = max(1, int(LEAST_NAMED * person.size))
    return float(np.partition(person, -most)[-most:].mean()) < LEAST_PERSON


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
