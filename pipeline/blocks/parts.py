"""The parts of a painting: those of a portrait, or things, or clusters of colour and place."""

from dataclasses import replace
from typing import Any

import numpy as np

from ...modules.imaging.resize import resize
from ...modules.labels import PORTRAIT
from ...modules.segment.classes import HEAD_CLASSES, LEAST_HEAD, LEAST_NAMED, LEAST_PERSON, person_probability
from ...modules.segment.clusters import cluster
from ...modules.segment.things import find_background_things, find_things
from ..graph import Block, Port
from ..port_values import Parts, Scene
from .ports import CONFIDENCE, LABELS, NOTES, PAINTING, SCENE, labels_port

# What makes a portrait. On 10 labelled val pictures features took 12 % of the face or more; on 17 landscapes and crowds
# 2 % or less, and the segment stage's mean confidence in what it called a person was under 0.8 there.
# Of 188 more scenes without people 14 were portraits by that, most of them cloth without a head. With a head asked for
# (`LEAST_HEAD`) 2 are; of 136 that this was not chosen on, 2 instead of 9; of 34 val portraits 33, as before.
LEAST_FEATURES = 0.05  # share of the face that eyebrows, eyes, nose and mouth have to take
SURE = 0.8  # mean confidence that does instead
LEAST_SKIN = 0.005  # share of the picture that face and body have to take, then


def is_portrait(labels: np.ndarray, confidence: np.ndarray | None = None, person: np.ndarray | None = None) -> bool:
    """Decide whether a label map shows a person.

    A network that knows people only sees people everywhere: in trials it took two thirds of a landscape for clothes,
    but never found eyes, nose and mouth there. So besides LEAST_NAMED it takes a face with features in it or, for
    faces that are masked or turned away, a head and a network that is sure.

    Args:
        labels: (H,W) indices of the portrait classes.
        confidence: (H,W) in [0,1].
        person: (h,w) in [0,1], how likely a network of scenes thinks that there is a person.
    """
    named = ~np.isin(labels, [PORTRAIT.index("edge"), PORTRAIT.index("background")])
    if named.mean() < LEAST_NAMED:
        return False
    if person is not None and float(resize(person, named.shape[::-1])[named].mean()) < LEAST_PERSON:
        return False
    features = np.isin(labels, [PORTRAIT.index(name) for name in ("eyebrows", "eyes", "nose", "mouth")]).sum()
    face = (labels == PORTRAIT.index("face")).sum() + features
    if features > LEAST_FEATURES * face:
        return True
    skin = face + (labels == PORTRAIT.index("body")).sum()
    if skin < LEAST_SKIN * labels.size:  # the Starry Night is no person in a wide coat
        return False
    if np.isin(labels, [PORTRAIT.index(n) for n in HEAD_CLASSES]).sum() < LEAST_HEAD * named.sum():
        return False
    return confidence is not None and float(confidence[named].mean()) > SURE


class PartsBlock(Block):
    """Keep the labels of a portrait; for a picture without one, find things, or parts by colour and place.

    Where the segmenter knows scenes, a portrait's background is divided into things, too.

    Args:
        source: the port that the labels come from; a portrait's by default.
        trusted: the labels come from a person and are never replaced.
        divided: a portrait's background is divided into things; not where a person says how to split it.
    """

    inputs = (LABELS, PAINTING, replace(CONFIDENCE, optional=True), replace(SCENE, optional=True))

    def __init__(self, source: Port | None = None, trusted: bool = False, divided: bool = True) -> None:
        self.trusted, self.divided = trusted, divided
        self.outputs = (replace(source or labels_port(PORTRAIT), unnamed=True), NOTES)

    def __call__(
        self, *, labels: Parts, painting: np.ndarray, confidence: np.ndarray | None = None, scene: Scene | None = None
    ) -> dict[str, Any]:
        if self.trusted or not labels.label_set.named:
            return {"labels": labels, "notes": ()}
        edge, background = labels.label_set.index("edge"), labels.label_set.index("background")
        # Nobody paints what is no painting, and all of the picture has to be painted.
        found = np.where(labels.labels == edge, background, labels.labels).astype(np.uint8)
        person = None if scene is None else person_probability(scene.probabilities)
        if is_portrait(labels.label_set.base_classes[found], confidence, person):
            if scene is None or labels.label_set.pieces or not self.divided:
                return {"labels": Parts(found, labels.label_set), "notes": ()}
            pieces = find_background_things(scene.probabilities, scene.depth, painting, found)
            return {"labels": Parts(*pieces), "notes": ()}
        if scene is None:
            parts = find_clusters(painting)
        else:
            parts = Parts(*find_things(scene.probabilities, scene.depth, painting))
        return {"labels": parts, "notes": (_note(parts),)}


def _note(parts: Parts) -> str:
    if not parts.label_set.kinds:
        return f"No portrait found: using {len(parts.present)} parts by colour and place, not face and hair."
    count = f"{len(parts.present)} things" if len(parts.present) > 1 else "one thing"
    return f"No portrait found: {count}: {', '.join(parts.names)}."


def find_clusters(painting: np.ndarray) -> Parts:
    """Find the parts of a painting (H,W,3) by colour and place."""
    return Parts(*cluster(painting, seed=0))


class ClustersBlock(Block):
    """Find parts by colour and place, whatever the picture shows; a segment stage without a network."""

    stage, name = "segment", "clusters"
    inputs = (PAINTING,)
    outputs = (LABELS,)

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        return {"labels": find_clusters(painting)}
