"""Correction of label maps by what a portrait is: heads with features, and what hangs together with them.

The net has only ever seen portraits, so it finds a face in a pink sleeve and clothes in a tree behind the sitter.
Features are the surest of its classes: a head is a connected piece of face that holds at least two of eyes, nose and
mouth. Whether a picture is a portrait at all is not decided here but by the pipeline.
"""

import cv2
import numpy as np

from ..labels import LabelSet

FEATURES = ("eyes", "nose", "mouth")
FACE = ("eyebrows", "eyes", "nose", "mouth", "face")
PERSON = ("hair", "clothes", "body", *FACE)
LEAST_FEATURE_AREA = 0.006  # of the head's area: less is a speck
LEAST_FEATURES_AREA = 0.05  # all features together: a mesh's features cover about a quarter of a face
LEAST_HEAD = 0.001  # of the picture: smaller heads have no parts that could be painted
LEAST_PERSON_PIECE = 0.1  # of the largest piece of person: smaller ones without a head are mistakes


def keep_portrait_parts(labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Correct a label map (h,w), integers of the portrait's classes, in a copy.

    Faces without features become body, and pieces of person that hold no head and are small beside the largest become
    background. Without any head, or with other classes than the portrait's, the map comes back as it is.
    """
    if not set(PERSON) <= set(label_set.names):
        return labels
    index = label_set.index
    labels = labels.copy()
    faces = np.isin(labels, [index(name) for name in FACE])
    heads = np.zeros_like(faces)
    for head in _pieces(faces):
        if _is_head(labels[head], label_set, labels.size):
            heads |= head
    if not heads.any():
        return labels
    labels[faces & ~heads] = index("body")
    pieces = _pieces(np.isin(labels, [index(name) for name in PERSON]))
    largest = max(int(piece.sum()) for piece in pieces)
    for piece in pieces:
        if not heads[piece].any() and piece.sum() < LEAST_PERSON_PIECE * largest:
            labels[piece] = index("background")
    return labels


def _pieces(mask: np.ndarray) -> list[np.ndarray]:
    """Split a mask into its 8-connected pieces."""
    count, numbers = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return [numbers == i for i in range(1, count)]


def _is_head(inside: np.ndarray, label_set: LabelSet, area: int) -> bool:
    """Whether the labels inside a piece of face, a flat array, are those of a head."""
    if inside.size < LEAST_HEAD * area:
        return False
    shares = [float((inside == label_set.index(name)).mean()) for name in FEATURES]
    return sum(share >= LEAST_FEATURE_AREA for share in shares) >= 2 and sum(shares) >= LEAST_FEATURES_AREA
