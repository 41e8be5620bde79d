"""ADE20K's 150 classes (Zhou et al. 2017), by the scene class that a painter would call each by."""

import numpy as np

from ..things import SCENE_CLASSES

# Numbers of the benchmark's list, from 1: sky is 3, person 13. All that is not named here is an object.
_ADE20K: dict[str, tuple[int, ...]] = {
    "sky": (3,),
    "mountain": (17, 69),
    "water": (22, 27, 57, 61, 105, 110, 114, 129),
    "ground": (4, 7, 12, 14, 29, 47, 53, 55, 92, 95, 102, 122),
    "grass": (10, 30),
    "tree": (5, 73),
    "plant": (18, 67),
    "rock": (35,),
    "building": (2, 26, 33, 39, 41, 43, 49, 52, 54, 60, 62, 79, 80, 85, 87, 89, 96, 97, 107, 115, 141),
    "wall": (1, 6, 9, 15, 19, 23, 28, 50, 59, 64, 101, 131),
    "person": (13,),
    "animal": (127,),
    "vehicle": (21, 77, 81, 84, 91, 103, 104, 117, 128),
    "furniture": (8, 11, 16, 20, 24, 25, 31, 32, 34, 36, 45, 46, 56, 63, 65, 70, 71, 74, 76, 78, 98, 100, 111, 118),
}


def ade20k_scene_classes() -> np.ndarray:
    """Index into `SCENE_CLASSES` of ADE20K's classes 1 to 150, (150,) int64."""
    classes = np.full(150, SCENE_CLASSES.index("object"))
    for name, numbers in _ADE20K.items():
        classes[np.array(numbers) - 1] = SCENE_CLASSES.index(name)
    return classes
