"""Names of layers: which class they say."""

import re
from collections.abc import Iterable, Mapping

from ...labels import PORTRAIT
from ...things import SCENE_CLASSES
from .layered_picture import UNKNOWN

_WORDS = {
    "sky": "cloud sun moon star rainbow fog mist sunset sunrise heaven",
    "mountain": "hill cliff peak volcano mount alp",
    "water": "sea ocean lake river wave pond stream waterfall creek",
    "ground": "earth soil sand road path street floor beach desert snow trail dirt pavement",
    "grass": "meadow field lawn pasture",
    "tree": "forest wood pine palm oak birch fir leaf foliage trunk branch",
    "plant": "flower bush shrub rose tulip daisy reed fern cactus ivy weed petal mushroom",
    "rock": "stone boulder pebble",
    "building": "house castle church bridge tower barn hut cottage fence temple palace ruin lighthouse mill cabin shed",
    "wall": "wallpaper",
    "person": "man woman girl boy child people figure human lady king queen princess knight",
    "animal": "cat dog horse bird cow sheep fish rabbit fox bear lion elephant duck chicken owl pig mouse deer monkey "
    "goat butterfly bee frog snake turtle penguin goose swan wolf squirrel dolphin whale crocodile",
    "vehicle": "car boat ship truck bus train plane bicycle bike sailboat cart carriage tractor airplane",
    "furniture": "table chair bed sofa desk shelf cupboard bench couch stool",
    "object": "vase bottle bowl cup book candle lamp apple pear orange lemon bread jug plate basket",
    "hair": "beard mustache moustache fringe bangs ponytail",
    "clothes": "clothing shirt dress jacket coat sweater hoodie pants trousers skirt hat cap scarf shoe outfit collar",
    "eyebrows": "eyebrow brow",
    "eyes": "eye pupil iris",
    "nose": "nostril",
    "mouth": "lip teeth smile",
    "face": "head cheek chin forehead ear",
    "body": "skin neck torso arm hand leg shoulder",
    "background": "backdrop bg",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in (kind, *words.split())}
_PORTRAIT_ONLY = frozenset(PORTRAIT.names) - frozenset(SCENE_CLASSES)
_SITTER = {"hair", "clothes", "eyebrows"}  # what no animal has


def kind_of_name(name: str, more: Mapping[str, str] | None = None) -> str:
    """Read a layer's name: the portrait or scene class that it says, else "unknown".

    "Tree_02", "pineTree" and "treesBehind" are trees; "tree house" and "path12" say nothing.

    Args:
        more: further words (lower case) and their classes, which count before those known here.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[^\W\d_]+", spaced.lower())
    if re.fullmatch(r"path[\W\d_]*", name.lower()):
        return UNKNOWN  # what drawing programs call any shape
    table = {**_KINDS, **(more or {})}
    candidates = [table.get("".join(words)) or table.get("".join(words).removesuffix("s"))]
    if not candidates[0]:
        candidates = [table.get(word) or table.get(word.removesuffix("s")) for word in words]
    found = {kind for kind in candidates if kind}
    return found.pop() if len(found) == 1 else UNKNOWN


def kind_of_names(names: Iterable[str], more: Mapping[str, str] | None = None) -> str:
    """Return the class that the first telling name of a layer says, else "unknown"."""
    return next((kind for name in names if (kind := kind_of_name(name, more)) != UNKNOWN), UNKNOWN)


def check_portrait_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return a picture's kinds; those of portraits become "unknown" where nothing says that somebody sits.

    An animal has eyes and a mouth too, and a background is one of a portrait only there.
    """
    found = tuple(kinds)
    if _SITTER.intersection(found):
        return found
    return tuple(UNKNOWN if kind in _PORTRAIT_ONLY else kind for kind in found)
