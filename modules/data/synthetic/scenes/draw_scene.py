"""Entry point: one scene as a layered picture, from a size and a seed."""

from collections.abc import Callable

import cv2
import numpy as np

from ....brush import find_medium
from ....imaging.resize import shrink_labels
from ....io.errors import UserError, did_you_mean
from ...layered.layered_picture import LayeredPicture
from ..drawing.shapes import Array, f32, noise
from ..repaint import repaint
from .interior import compose_interior
from .landscape import compose_landscape
from .pasture import compose_pasture
from .scene_canvas import SceneCanvas, clear_specks
from .sea import compose_sea
from .still_life import compose_still_life
from .world import choose, grade, sample_world

SMALLEST = 32  # pixels of a side
COMPOSERS: dict[str, tuple[Callable[[SceneCanvas], None], float]] = {
    "landscape": (compose_landscape, 0.36),
    "sea": (compose_sea, 0.2),
    "still-life": (compose_still_life, 0.18),
    "interior": (compose_interior, 0.1),
    "animals": (compose_pasture, 0.16),
}
"""Kind -> what composes it, and how often it comes where no kind is requested."""
INDOORS = ("still-life", "interior")
DRAWN, OWN = "drawn", "auto"


def draw_scene(
    size: int | tuple[int, int], seed: int, kind: str | None = None, medium: str = DRAWN
) -> tuple[LayeredPicture, str]:
    """Draw a procedural scene layer by layer, far to near.

    Args:
        size: side of a square, or (width, height), in pixels; at least 32 each.
        seed: any non-negative integer; the same arguments give the same picture bit for bit, another size gives the
            same scene.
        kind: name in `COMPOSERS`; None draws one.
        medium: "drawn" leaves the picture as it is drawn; a name in `brush.MEDIA` paints it once more in strokes of
            that medium, "auto" in one that suits its school.

    Returns:
        The picture with its layers, and its kind.

    Raises:
        UserError: a side is too short, the seed is negative, or there is no such kind or medium.
    """
    width, height = (size, size) if isinstance(size, int) else size
    if min(width, height) < SMALLEST:
        raise UserError(f"A scene of {width} x {height} pixels cannot be drawn.", f"The smallest side is {SMALLEST}.")
    if seed < 0:
        raise UserError(f"The seed {seed} is negative.", fix="Use 0 or more.")
    check_request(kind, medium)
    drawn = kind or choose(np.random.default_rng([seed, 3]), {name: odds for name, (_, odds) in COMPOSERS.items()})
    world = sample_world(seed, indoors=drawn in INDOORS)
    finer = 2 if max(width, height) < 160 else 1
    canvas = SceneCanvas(height * finer, width * finer, world)
    COMPOSERS[drawn][0](canvas)
    layers, extents = canvas.labels, np.stack(canvas.extents)
    picture = grade(np.clip(canvas.colour, 0, 1), world)
    if finer > 1:
        picture = f32(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))
        extents = _shrink(layers, extents, (width, height))
    layers, extents, kinds = clear_specks(extents, tuple(canvas.kinds))
    if world.style.line:
        _contours(picture, layers, world.rng("line"), world.style.line)
    if medium != DRAWN:
        picture = repaint(f32(picture), layers, world.medium if medium == OWN else medium, seed)
    image = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return LayeredPicture(image, layers, extents, kinds, kinds), drawn


def _shrink(layers: np.ndarray, extents: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink extents (n,H,W) to size = (width, height); each pixel stays covered by what covers most of it."""
    small = np.stack([cv2.resize(one.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5 for one in extents])
    rows, columns = np.nonzero(~small.any(axis=0))
    small[shrink_labels(layers, size)[rows, columns].astype(int) - 1, rows, columns] = True
    return small


def check_request(kind: str | None, medium: str) -> None:
    """Raise UserError when there is no such kind of scene, or no such medium."""
    if kind is not None and kind not in COMPOSERS:
        why = did_you_mean(kind, COMPOSERS)
        raise UserError(f"There is no kind of scene called {kind!r}.", why, f"Use one of: {', '.join(COMPOSERS)}.")
    if medium not in (DRAWN, OWN):
        find_medium(medium)


def _contours(picture: Array, layers: np.ndarray, rng: np.random.Generator, strength: float) -> None:
    """Draw the outlines of things as dark, uneven lines, in place."""
    edge = cv2.morphologyEx(layers, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
    thick = max(1, round(0.003 * max(layers.shape)))
    line = cv2.dilate(edge.astype(np.uint8), np.ones((thick, thick), np.uint8)).astype(np.float32)
    line = cv2.GaussianBlur(line, (0, 0), 0.4 + 0.2 * thick) * (0.8 + 0.4 * noise(rng, layers.shape, 9, 1))
    picture *= 1 - np.clip(line, 0, 1)[..., None] * f32(strength) * (1 - f32([0.14, 0.11, 0.16]))
