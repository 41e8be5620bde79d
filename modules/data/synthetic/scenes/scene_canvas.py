"""Canvas of a scene: things laid one over the other, each with its class and whole extent."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ...layered.layered_picture import topmost
from ..drawing.canvas import Canvas
from ..drawing.light import Colour
from ..drawing.shapes import Array, Window, f32, fill, mask_window, ribbons
from .world import World

Paint = Array | Colour
FEWEST = 1 / 4000  # share of the picture below which a visible thing is a speck, which belongs to what it lies on


class SceneCanvas(Canvas):
    """A canvas whose labels are things: thing i (from 1) is the i-th that was begun, and hides all before it.

    Attributes:
        kinds: scene class of each thing.
        extents: (H,W) bool for each thing, all that was ever painted of it.
        x, y: (1,W) and (H,1) pixel coordinates.
        unit: square root of the picture's area, in pixels.
    """

    def __init__(self, height: int, width: int, world: World) -> None:
        super().__init__(height, width)
        self.world = world
        self.kinds: list[str] = []
        self.extents: list[NDArray[np.bool_]] = []
        self.x = np.arange(width, dtype=np.float32)[None, :]
        self.y = np.arange(height, dtype=np.float32)[:, None]
        self.unit = float(np.sqrt(height * width))

    def begin(self, kind: str) -> None:
        """Begin a thing: what is painted from now on belongs to it."""
        self.kinds.append(kind)
        self.extents.append(np.zeros(self.shape, bool))

    @property
    def now(self) -> int:
        """Label of the thing that is being painted."""
        return len(self.kinds)

    @property
    def own(self) -> Array:
        """What there is of the present thing, (H,W) in {0,1}."""
        return self.extents[-1].astype(np.float32)

    def mark(self, window: Window, covered: NDArray[np.bool_], label: int) -> None:
        super().mark(window, covered, label)
        self.extents[label - 1][window] |= covered

    def cover(self, mask: Array, paint: Paint) -> None:
        """Paint a mask (H,W) in one colour or (H,W,3)."""
        self.lay(mask, paint, self.now)

    def shape_of(self, *outlines: Array) -> Array:
        """Rasterise closed outlines (n,2) in pixels, (H,W) in [0,1]."""
        return fill(self.shape, *outlines)

    def form(self, mask: Array, value: Array, colour: Colour, distance: float = 0.0, gloss: float = 0.05) -> None:
        """Paint a mask (H,W) in a material's colours at values (H,W): light and shade in the planes of the school."""
        window = mask_window(mask)
        if window is None:
            return
        tones = self.world.light.posterise(value[window])
        ramp = self.world.ramp(colour, distance, gloss)
        self.lay_window(window, mask[window], ramp[np.clip(tones * 255, 0, 255).astype(np.uint8)], self.now)

    def round_form(
        self, mask: Array, colour: Colour, distance: float = 0.0, *, depth: float = 1.0, rough: Array | None = None
    ) -> None:
        """Paint a mask (H,W) as a rounded body; `rough` (H,W) in pixels is added to its relief."""
        window = mask_window(mask)
        if window is None:
            return
        height = np.zeros(self.shape, np.float32)
        height[window] = swell(mask[window]) * f32(depth)
        if rough is not None:
            height += rough
        value = np.zeros(self.shape, np.float32)
        value[window] = self.world.light.value(height[window])
        self.form(mask, value, colour, distance)

    def dabs(
        self, within: Array, rng: np.random.Generator, *, angle: float | Array = 0.0, size: float = 1.0,
        length: float = 4.0, broken: float = 1.0, spread: float = 0.25,
    ) -> None:  # fmt: skip
        """Go over a mask (H,W) with the school's marks: each takes the colour beneath it and varies it.

        Args:
            within: where.
            rng: of places and colours.
            angle: radians, one or (H,W).
            size: factor on the width of marks; length: of a mark in widths; broken: factor on the spread of colours.
            spread: radians by which their angles differ.
        """
        (rng,) = rng.spawn(1)  # their number may differ with the size; what is drawn after them must not
        width, window = self.world.dab * size, mask_window(within)
        if width <= 0 or window is None:
            return
        rows, columns = window
        area = (rows.stop - rows.start) * (columns.stop - columns.start) / self.unit**2
        n = int(min(1.5 * area / (width * width * length * 0.6), 5000))
        at = rng.random((max(n, 1), 2))
        turn, lighter = rng.normal(0, spread, len(at)), rng.normal(0, 1, (len(at), 4))
        x = columns.start + at[:, 0] * (columns.stop - columns.start)
        y = rows.start + at[:, 1] * (rows.stop - rows.start)
        ix, iy = x.astype(int), y.astype(int)
        inside = within[iy, ix] > 0.5
        x, y, ix, iy, turn, lighter = (v[inside] for v in (x, y, ix, iy, turn, lighter))
        if not len(x):
            return
        lean = (angle[iy, ix] if isinstance(angle, np.ndarray) else angle) + turn
        wide = width * self.unit
        half = 0.5 * length * wide * np.stack([np.cos(lean), np.sin(lean)], 1)
        middle = np.stack([x, y], 1)
        paths = np.stack([middle - half, middle + half], 1).astype(np.float32)
        strength = self.world.style.broken * broken
        change = 0.035 * lighter[:, :1] + 0.018 * lighter[:, 1:]
        colours = self.colour[iy, ix] * (1 + f32(strength) * change.astype(np.float32) * 1.6)
        self.marks(ribbons(paths, wide, (0.55, 0.4)), colours, opacity=0.8, within=within)

    def shade(self, mask: Array, strength: float) -> None:
        """Lay a transparent shadow over what is there; it belongs to what it lies on."""
        dark = f32(1 - strength) + f32(strength) * f32(self.world.air.ambient) * f32(0.6)
        r, g, b = dark.tolist()
        self.glaze(mask, (r, g, b))

    def veil(self, mask: Array, colour: Colour | Array) -> None:
        """Lay mist, light or haze over what is there; it belongs to no thing."""
        r, g, b = f32(colour).tolist()
        self.lay(mask, (r, g, b))


def clear_specks(
    extents: NDArray[np.bool_], kinds: tuple[str, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_], tuple[str, ...]]:
    """Leave out things of which nothing, or only a speck, is seen: it then belongs to what it lies on.

    Returns layer map (H,W) uint8, extents (n,H,W) bool and kinds of the things that are left.
    """
    labels, kept = topmost(extents), list(range(len(kinds)))
    for thing in range(len(kinds)):
        seen = labels == thing + 1
        others = [k for k in kept if k != thing]
        if seen.sum() > FEWEST * seen.size or not others or not extents[others][:, seen].any(axis=0).all():
            continue
        kept = others
        below = topmost(extents[kept][:, seen])
        labels[seen] = np.array([0, *(k + 1 for k in kept)], np.uint8)[below]
    number = np.zeros(len(kinds) + 1, np.uint8)
    number[np.array(kept) + 1] = np.arange(1, len(kept) + 1)
    return number[labels], extents[kept], tuple(kinds[k] for k in kept)


def swell(mask: Array) -> Array:
    """Inflate a mask (H,W) to a rounded relief, in pixels."""
    padded = cv2.copyMakeBorder((mask > 0.5).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    away = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    radius = max(float(away.max()), 1.0)
    inner = np.minimum(away / radius, 1)
    height = np.sqrt(inner * (2 - inner)) * radius
    return f32(cv2.GaussianBlur(height, (0, 0), max(0.22 * radius, 0.4)))
