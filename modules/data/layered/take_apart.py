"""Take a layered file apart into things: groups opened, details merged, what cannot be seen left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ...io.errors import UserError
from .layer_names import check_portrait_kinds
from .layer_tree import OPAQUE, LayerNode, LayerTree, fit_canvas
from .layered_picture import MAX_LAYERS, UNKNOWN, LayeredPicture, topmost

WORKING = 192  # longest side in pixels at which is decided what is a thing
MAX_SHAPES = 3000  # looked at one by one; a group of more stays one thing
FEW = 2  # things; with fewer, the largest group is opened as well
HOLDS = 0.8  # share of the drawing's bounding box that a group must take to be opened
ON = 0.95  # share of a detail that lies on its thing
SPECK = 0.005  # of the picture: smaller ones on a thing are details of it, whatever it is
SMALL_THING = 0.15  # of the picture: all that lies on a thing up to that size is a detail of it
AGAIN = 0.9  # of a thing: what covers that much of it, however thinly, is the same shape again, a shade or a light
VISIBLE, VISIBLE_NAMED = 0.002, 0.0005  # of the picture: below it a thing is left out; a named one is told by less


@dataclass
class _Thing:
    """A layer with the details merged into it: its nodes, the first of them gives its name, and its extent."""

    mask: np.ndarray
    nodes: list[LayerNode] = field(default_factory=list)


def take_apart(tree: LayerTree, what: str) -> LayeredPicture:
    """Take a layered file apart into a picture, its things in order of painting, and their whole extents.

    A group that holds the whole drawing is opened; any other group is one thing. What lies wholly on one thing is
    merged into it if either is small, or if it covers it again, unless their names say different classes. Layers that
    are nowhere more opaque than not, hidden or tiny are left out (the image still shows them).

    Args:
        what: begins the messages of errors: "x.svg cannot be taken apart."

    Raises:
        UserError: there are no two things to tell apart.
    """
    small = fit_canvas(*tree.size, min(WORKING, max(tree.size)), what)
    things = _merge_details(_open_groups(tree, small, what))
    things = _visible(things)
    if len(things) < 2:
        raise UserError(
            what,
            "It has no layers." if not things else "Everything in it is one thing, as far as its layers tell.",
            "Give a file in which the things are layers, groups or shapes of their own.",
        )
    extents = np.stack([tree.alpha(thing.nodes, tree.size) > OPAQUE for thing in things])
    names = tuple(thing.nodes[0].name for thing in things)
    kinds = check_portrait_kinds(_kind(thing.nodes[0]) for thing in things)
    return LayeredPicture(tree.image(), topmost(extents), extents, names, kinds)


def _open_groups(tree: LayerTree, size: tuple[int, int], what: str) -> list[tuple[LayerNode, np.ndarray]]:
    """List the drawing's layers with their opacity (h,w), groups that hold everything replaced by what is in them."""
    found: dict[LayerNode, np.ndarray] = {}

    def alpha(node: LayerNode) -> np.ndarray:
        if node not in found:
            found[node] = tree.alpha([node], size)
        return found[node]

    def mask(node: LayerNode) -> np.ndarray:
        return alpha(node) > OPAQUE

    nodes, kept = list(tree.nodes), set[LayerNode]()
    if len(nodes) > MAX_SHAPES:
        why = f"It has {len(nodes)} shapes side by side; up to {MAX_SHAPES} are looked at."
        raise UserError(what, why, "Put the shapes of one thing into a group.")
    drawing = _box_area(tree.alpha(nodes, size) > OPAQUE)
    while True:
        groups = [node for node in nodes if node.children and node not in kept]
        opened = {node for node in groups if _box_area(mask(node)) >= HOLDS * drawing}
        if not opened and groups and sum(mask(node).any() for node in nodes) < FEW:
            opened = {max(groups, key=lambda node: mask(node).sum())}
        for node in [*opened]:
            if len(nodes) + len(node.children) > MAX_SHAPES:
                kept.add(node)
                opened.discard(node)
        if not opened:
            return [(node, alpha(node)) for node in nodes]
        nodes = [part for node in nodes for part in (node.children if node in opened else (node,))]


def _box_area(mask: np.ndarray) -> int:
    """Measure the bounding box of a mask in pixels."""
    _, _, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return width * height


def _merge_details(layers: Sequence[tuple[LayerNode, np.ndarray]]) -> list[_Thing]:
    """Make things of layers: a detail joins the thing that it lies on."""
    things: list[_Thing] = []
    top = np.full(layers[0][1].shape, -1) if layers else np.zeros((0, 0), int)
    for node, alpha in layers:
        mask = alpha > OPAQUE
        if not mask.any():
            continue
        beneath = np.bincount(top[mask] + 1, minlength=2)[1:]
        number = int(beneath.argmax())
        if beneath[number] and _is_detail(node, alpha, things[number], top == number):
            things[number].mask |= mask
            things[number].nodes.append(node)
        else:
            number = len(things)
            things.append(_Thing(mask.copy(), [node]))
        top[mask] = number
    return things


def _is_detail(node: LayerNode, alpha: np.ndarray, thing: _Thing, shown: np.ndarray) -> bool:
    """Tell whether a layer is a detail of the thing that it mostly lies on, of which `shown` is visible."""
    mask = alpha > OPAQUE
    kind, other = _kind(node), _kind(thing.nodes[0])
    if UNKNOWN not in (kind, other) and kind != other:
        return False
    near = cv2.dilate(shown.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0  # an outline lies half beside its shape
    if near[mask].mean() < ON:
        return False
    whole = thing.mask.mean()
    return mask.mean() < SPECK or whole < SMALL_THING or (thing.mask & (alpha > 0)).mean() >= AGAIN * whole


def _kind(node: LayerNode) -> str:
    """Read what a layer shows: as its own name says or, of a group, as all telling names in it say."""
    if node.kind != UNKNOWN or not node.children:
        return node.kind
    inside = {leaf.kind for leaf in node.leaves()} - {UNKNOWN}
    return inside.pop() if len(inside) == 1 else UNKNOWN


def _visible(things: Sequence[_Thing]) -> list[_Thing]:
    """Keep the things that can be seen well enough: at most `MAX_LAYERS`, those with the largest visible parts."""
    if not things:
        return []
    top = np.full(things[0].mask.shape, -1)
    for number, thing in enumerate(things):
        top[thing.mask] = number
    area = np.bincount(top.ravel() + 1, minlength=len(things) + 1)[1:] / top.size
    least = [VISIBLE if _kind(thing.nodes[0]) == UNKNOWN else VISIBLE_NAMED for thing in things]
    seen = [number for number in np.argsort(-area, kind="stable") if area[number] > least[number]]
    return [things[number] for number in sorted(seen[:MAX_LAYERS])]
