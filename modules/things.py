"""Scene classes, and label sets of things: what a painter would name in a picture that is no portrait."""

from collections import Counter
from collections.abc import Sequence

from .io.errors import UserError
from .labels import MAX_CLASSES, NO_PARENT, PORTRAIT, Colour, LabelSet

_COLOURS: dict[str, Colour] = {
    "sky": (135, 190, 235),
    "mountain": (140, 120, 160),
    "water": (30, 110, 200),
    "ground": (190, 150, 100),
    "grass": (140, 195, 70),
    "tree": (30, 120, 50),
    "plant": (230, 110, 170),
    "rock": (110, 110, 110),
    "building": (200, 80, 50),
    "wall": (205, 195, 175),
    "person": (255, 190, 140),
    "animal": (150, 90, 30),
    "vehicle": (90, 50, 160),
    "furniture": (120, 65, 55),
    "object": (245, 205, 40),
}

SCENE_CLASSES = tuple(_COLOURS)
LAND = ("mountain", "water", "ground", "grass")  # of two pieces, the one that lies lower in a picture is nearer
"""Far to near as a rule: the order in which parts are painted where nothing else says which is nearer."""

ALL_CLASSES = LabelSet(
    (*PORTRAIT.names, *SCENE_CLASSES),
    (*PORTRAIT.colours, *_COLOURS.values()),
    (*PORTRAIT.parents, *[PORTRAIT.index("background")] * len(SCENE_CLASSES)),
)
"""The portrait's classes and those of scenes. In a portrait, what is behind the sitter is `background` in short."""


def thing_label_set(kinds: Sequence[str]) -> LabelSet:
    """Make the label set of a picture's things.

    Args:
        kinds: what each shows, far to near: a scene class or any other name. Index 0 is added for "edge", so that
            thing i (from 1) has index i. Things of one kind are numbered: "tree 1", "tree 2".

    Raises:
        UserError: no things, or more than a label map can hold.
    """
    if not 1 <= len(kinds) < MAX_CLASSES:
        raise UserError(f"A picture cannot have {len(kinds)} things.", fix=f"Use 1 to {MAX_CLASSES - 1}.")
    total, seen, names, colours = Counter(kinds), Counter[str](), ["edge"], [PORTRAIT.colours[0]]
    for kind in kinds:
        seen[kind] += 1
        names.append(f"{kind} {seen[kind]}" if total[kind] > 1 else kind)
        colours.append(thing_colour(kind, seen[kind] - 1, total[kind]))
    return LabelSet(
        tuple(names),
        tuple(colours),
        (NO_PARENT,) * len(names),
        kinds=("edge", *kinds),
        ranks=tuple(range(len(names))),
    )


def things_of_palette(colours: Sequence[Colour]) -> LabelSet | None:
    """Find the set of things of scene classes that has these colours, the first "edge"; None where there is none."""
    kinds: list[str] = []
    for colour in colours[1:]:
        # a shade lies on the way from its class's colour to white
        found = [kind for kind, base in _COLOURS.items() if _is_shade(colour, base)]
        if len(found) != 1:
            return None
        kinds += found
    found_set = thing_label_set(kinds) if kinds else None
    return found_set if found_set and list(found_set.colours) == list(colours) else None


def _is_shade(colour: Colour, base: Colour) -> bool:
    """Whether a colour is a class's, or one that `thing_colour` makes of it."""
    shares = [(c - b) / (255 - b) for c, b in zip(colour, base, strict=True) if b < 235]
    return all(abs(share - shares[0]) < 0.02 for share in shares) and -0.01 <= shares[0] < 0.61


def thing_colour(kind: str, index: int, count: int) -> Colour:
    """Choose a colour for thing `index` of `count` of a kind, grey for a kind that is no scene class."""
    # the second, third ... are lighter, so that they can be told apart
    lighter = 0.6 * index / max(count, 2)
    red, green, blue = (round(c + (255 - c) * lighter) for c in _COLOURS.get(kind, (150, 150, 150)))
    return red, green, blue
