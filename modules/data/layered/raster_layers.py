"""Layers of pixels as a layer tree, whatever file they come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageChops

from ...io.errors import UserError
from ...io.limits import MAX_PIXELS
from .layer_tree import LayerNode, fit_canvas

MAX_RASTER_LAYERS = 500
MAX_LAYER_PIXELS = 4_000_000_000  # of all layers together


@dataclass(frozen=True)
class RasterLayer:
    """A layer's place on the canvas, in pixels from its upper left corner, and how to read its pixels.

    Attributes:
        opacity: 0 to 1, with that of the groups around it.
        load: reads the RGBA picture; raises what the file's library does when it is damaged.
    """

    x: int
    y: int
    opacity: float
    load: Callable[[], Image.Image]


@dataclass(frozen=True)
class LayerMask:
    """A mask of a layer or of a group: where it shows what it lies on.

    Attributes:
        x, y: its place on the canvas in pixels.
        outside: what it is beside its pixels, 0 (hidden) to 255.
        load: reads it as a picture of mode L; None where it has no pixels.
    """

    x: int
    y: int
    outside: int
    load: Callable[[], Image.Image | None]


def apply_masks(picture: Image.Image, x: int, y: int, masks: Sequence[LayerMask]) -> Image.Image:
    """Take from an RGBA picture that lies at (x, y) of the canvas what the masks over it hide."""
    alpha = picture.getchannel("A")
    for mask in masks:
        shown = Image.new("L", picture.size, mask.outside)
        if (stored := mask.load()) is not None:
            shown.paste(stored, (mask.x - x, mask.y - y))
        alpha = ImageChops.multiply(alpha, shown)
    picture.putalpha(alpha)
    return picture


class RasterTree:
    """A file of pixel layers; `LayerTree` has the attributes."""

    def __init__(
        self, canvas: tuple[int, int], nodes: Sequence[LayerNode], merged: Image.Image | None, longest: int, what: str
    ) -> None:
        """Read the layers' opacity at the size at which the file is taken apart.

        Args:
            canvas: the file's width and height in pixels.
            nodes: visible layers and groups, the first painted first; the leaves' `source` is a `RasterLayer`.
            merged: the picture as the program that wrote the file shows it, or None: the layers are laid over each
                other.
            longest: longest side in pixels to which the picture is scaled down.
            what: begins the messages of errors.

        Raises:
            UserError: a layer is damaged, or canvas or layers are too large.
        """
        check_canvas(canvas, what)
        leaves = [leaf for node in nodes for leaf in node.leaves()]
        if len(leaves) > MAX_RASTER_LAYERS:
            why = f"It has {len(leaves)} layers, more than {MAX_RASTER_LAYERS}."
            raise UserError(what, why, "Merge the layers of one thing into one.")
        self.size = fit_canvas(*canvas, min(longest, max(canvas)), what)
        self.nodes = tuple(nodes)
        self._alpha: dict[LayerNode, np.ndarray] = {}
        laid = Image.new("RGBA", canvas, "white")
        pixels = 0
        for leaf in leaves:
            layer: RasterLayer = leaf.source
            picture = load_layer(layer, leaf.name, what)
            pixels += picture.width * picture.height
            if pixels > MAX_LAYER_PIXELS:
                raise UserError(what, f"Its layers have more than {MAX_LAYER_PIXELS:.0e} pixels.", "Scale it down.")
            alpha = Image.new("L", canvas)
            alpha.paste(
                picture.getchannel("A").point(lambda value, opacity=layer.opacity: value * opacity), (layer.x, layer.y)
            )
            self._alpha[leaf] = _scaled(np.asarray(alpha), self.size)
            if merged is None:
                colour = Image.new("RGB", canvas)
                colour.paste(picture.convert("RGB"), (layer.x, layer.y))
                laid.paste(colour, (0, 0), alpha)
        picture = laid if merged is None else Image.alpha_composite(Image.new("RGBA", canvas, "white"), merged)
        self._image = _scaled(np.asarray(picture.convert("RGB")), self.size)

    def image(self) -> np.ndarray:
        return self._image

    def alpha(self, nodes: Sequence[LayerNode], size: tuple[int, int]) -> np.ndarray:
        leaves = [leaf for node in nodes for leaf in node.leaves()]
        together = np.zeros(self._image.shape[:2], np.uint8)
        for leaf in leaves:
            np.maximum(together, self._alpha[leaf], out=together)
        return _scaled(together, size)


def check_canvas(size: tuple[int, int], what: str) -> None:
    """Raise a UserError that begins with `what` for a canvas or layer of more than `MAX_PIXELS`."""
    if size[0] * size[1] > MAX_PIXELS:
        limit = f"{MAX_PIXELS // 1_000_000} million"
        raise UserError(what, f"It has {size[0]} x {size[1]} pixels, the limit is {limit}.", "Scale it down.")


def load_layer(layer: RasterLayer, name: str, what: str) -> Image.Image:
    """Read a layer's RGBA picture. Raises a UserError that begins with `what`, whatever the library raises."""
    try:
        return layer.load().convert("RGBA")
    except UserError:
        raise
    except Exception as error:  # damaged pixels make the libraries raise anything
        raise UserError(what, f"Its layer {name!r} cannot be read ({error}).", "Save the file again.") from None


def _scaled(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return values if values.shape[1::-1] == size else cv2.resize(values, size, interpolation=cv2.INTER_AREA)
