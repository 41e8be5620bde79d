"""Edits of label sets: a part more, another name, another depth; each returns a changed set and leaves the old one."""

from collections.abc import Sequence
from dataclasses import replace

from .io.errors import UserError
from .labels import NO_PARENT, LabelSet
from .things import SCENE_CLASSES, thing_colour


def add_thing(label_set: LabelSet, kind: str, name: str = "") -> LabelSet:
    """Add a part at the end of a set, nearest of all; of a portrait's, a piece of the background.

    Args:
        kind: what it shows, a scene class or any other name.
        name: what it is called; without, the kind, with a number where the set has it already.

    Raises:
        UserError: the name is taken, the set is full, or parts of it were split.
    """
    n, kinds = len(label_set), [label_set.kind(i) for i in range(len(label_set))]
    same = kinds.count(kind)
    if not name:
        free = (f"{kind} {number}" for number in range(same + 1, n + 2))
        name = next(one for one in ([] if kind in label_set.names else [kind]) or free if one not in label_set.names)
    colour = thing_colour(kind, same, same + 1)
    if label_set.named:
        whole = label_set.split("background", (name,), (kind,))
        return replace(whole, colours=(*label_set.colours, colour))
    if label_set.pieces:
        raise UserError(f"{name} cannot be added.", "Parts of this picture were split.")
    return LabelSet(
        (*label_set.names, name),
        (*label_set.colours, colour),
        (*label_set.parents, NO_PARENT),
        kinds=(*kinds, kind),
        ranks=(*label_set.depth_order.tolist(), n),
    )


def rename_part(label_set: LabelSet, part: str, name: str, kind: str = "") -> LabelSet:
    """Give a part another name and, where it is given, another kind; those of a portrait's classes are fixed.

    Raises UserError for an unknown part, a name that is taken, or a class of the portrait.
    """
    index = label_set.index(part)
    if label_set.named and index < len(label_set) - len(label_set.pieces):
        raise UserError(f"{part} cannot be renamed.", "The networks know the parts of a portrait by their names.")
    kinds = [label_set.kind(i) for i in range(len(label_set))]
    names = list(label_set.names)
    names[index], kinds[index] = name, kind or kinds[index]
    if kinds[index] == part and part not in SCENE_CLASSES:  # its kind was its own name
        kinds[index] = name
    return replace(label_set, names=tuple(names), kinds=tuple(kinds))


def rank_parts(label_set: LabelSet, order: Sequence[str]) -> LabelSet:
    """Order parts from far to near among the places that they have; others keep theirs.

    Raises UserError for an unknown part, one that is named twice, or one farther away than what it lies on.
    """
    parts = [label_set.index(name) for name in order]
    if len(set(parts)) < len(parts):
        raise UserError("The parts cannot be ranked.", "One of them is named twice.")
    ranks = label_set.depth_order.tolist()
    places = sorted(ranks[part] for part in parts)
    for part, place in zip(parts, places, strict=True):
        ranks[part] = place
    kinds = tuple(label_set.kind(i) for i in range(len(label_set)))
    return replace(label_set, kinds=kinds, ranks=tuple(ranks))
