"""Layer pixels: runs of strokes as one picture with alpha, so that the layers stacked are the painting.

Alpha is what the strokes cover, the colour their paint. Both are rounded to 8 bits; the colour is rounded such that
the stack so far, as a reader makes it of the rounded layers, is as near to the true canvas as it can be.
"""

from dataclasses import dataclass

import numpy as np

from ...modules.brush.raster import Layer, render_strokes
from .layer_stack import LayerRun, PixelFix, StackLayer

SOFT = 0.15  # difference from which a pixel that no stroke makes is covered wholly; smaller ones only in part
ROUNDING = 3 / 255  # most that a colour may be off, to make good what was rounded below
NEAR = 0.6 / 255  # a pixel of the finished stack that is nearer to the painting than this is right


@dataclass(frozen=True)
class LayerPicture:
    """A layer: (h,w,4) uint8 RGBA, not premultiplied, the place of its corner, and whether it multiplies."""

    top: int
    left: int
    rgba: np.ndarray
    multiplies: bool = False


class _Planes:
    """Premultiplied paint, its coverage, and for glazes what they keep of the canvas, at the picture's size."""

    def __init__(self, shape: tuple[int, int], glaze: bool) -> None:
        self.paint = np.zeros((*shape, 3), np.float32)
        self.cover = np.zeros(shape, np.float32)
        self.keep = np.ones((*shape, 3), np.float32) if glaze else None

    def lay(self, layer: Layer, hidden: np.ndarray | None, canvas: np.ndarray) -> None:
        """Lay rendered strokes on top; glazes among opaque ones as they look over the canvas (H,W,3) below."""
        top, bottom, left, right = layer.box
        here = slice(top, bottom), slice(left, right)
        cover = np.clip(layer.coverage, 0, 1)
        shown = None if hidden is None else ~hidden[here]
        if shown is not None:
            cover = cover * shown
        paint, keep = np.moveaxis(layer.paint, 0, 2), (1 - layer.coverage)[..., None]
        if layer.keep is not None:
            keep = np.moveaxis(layer.keep, 0, 2)
        if shown is not None:
            paint, keep = paint * shown[..., None], np.where(shown[..., None], keep, 1)
        before = self.cover[here].copy()
        self.cover[here] *= 1 - cover
        self.cover[here] += cover
        if self.keep is not None:
            self.keep[here] *= keep
            return
        self.paint[here] *= keep
        self.paint[here] += paint
        if layer.keep is not None:  # what it lets through of the canvas, darkened, beyond what its cover does
            more = keep * (1 - before)[..., None] - (1 - self.cover[here])[..., None]
            self.paint[here] += more * canvas[here]

    def fix(self, fix: PixelFix, canvas: np.ndarray) -> None:
        """Make pixels over a canvas (H,W,3) have the colours they must have: covered as much as they differ."""
        where, colours = fix.unpack()
        wanted = colours.astype(np.float32) / 255
        cover = self.cover[where]
        now = self.paint[where] + (1 - cover)[:, None] * canvas[where]
        share, colour = _over(now, wanted, solid=fix.solid)
        self.paint[where] = self.paint[where] * (1 - share)[:, None] + colour * share[:, None]
        self.cover[where] = cover * (1 - share) + share


def _over(now: np.ndarray, wanted: np.ndarray, *, solid: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Find the cover (n,) and colour (n,3) of paint that turns colours (n,3) into others; thin where they are near."""
    if solid:
        return np.ones(len(now), np.float32), wanted
    off = wanted - now
    room = np.where(off > 0, 1 - now, now)
    needed = (np.abs(off) / np.maximum(room, 1e-3)).max(axis=1, initial=0)
    share = np.clip(np.maximum(np.abs(off).max(axis=1, initial=0) / SOFT, needed), 1 / 255, 1)
    share = np.ceil(share * 255 - 1e-3) / 255  # as it will be rounded
    return share.astype(np.float32), np.clip(now + off / share[:, None], 0, 1)


def flatten_layer(layer: StackLayer, canvas: np.ndarray, painting: np.ndarray | None) -> _Planes:
    """Render a layer over the canvas (H,W,3) float32 that lies below it."""
    planes = _Planes((canvas.shape[0], canvas.shape[1]), layer.key.glaze)
    for run in layer.runs:
        _lay_run(planes, run, canvas, painting)
    return planes


def _lay_run(planes: _Planes, run: LayerRun, canvas: np.ndarray, painting: np.ndarray | None) -> None:
    if len(run.strokes) and (rendered := render_strokes(run.strokes, *canvas.shape[:2], painting=painting)):
        planes.lay(rendered, None if run.hidden is None else run.hidden.unpack(), canvas)
    if run.fix is not None:
        planes.fix(run.fix, canvas)


def close_gap(planes: _Planes, canvas: np.ndarray, last: np.ndarray) -> None:
    """Make the last layer end at the last frame (H,W,3) uint8, also where rounding or nothing known made it differ."""
    now = planes.paint + (1 - planes.cover)[..., None] * canvas
    off = np.abs(now - last.astype(np.float32) / 255).max(axis=2) > NEAR
    if off.any():
        planes.fix(PixelFix.of(last, off, solid=False), canvas)


def to_picture(planes: _Planes, canvas: np.ndarray) -> LayerPicture | None:
    """Round a layer to 8 bits, and lay it on the canvas (H,W,3) float32 in place; None where it has no paint."""
    alpha = np.rint(planes.cover * 255).astype(np.uint8)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return None
    here = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    alpha, below = alpha[here], canvas[here]
    share = alpha[..., None].astype(np.float32) / 255
    covered = np.maximum(share, 1e-6)
    if planes.keep is not None:
        true = wanted = 1 - (1 - planes.keep[here]) / covered
    else:
        true = planes.paint[here] / np.maximum(planes.cover[here], 1e-6)[..., None]
        target = planes.paint[here] + (1 - planes.cover[here])[..., None] * below
        wanted = (target - (1 - share) * below) / covered
        wanted = np.clip(wanted, true - ROUNDING, true + ROUNDING)
    colour = np.rint(np.clip(wanted, 0, 1) * 255).astype(np.uint8)
    colour[alpha == 0] = 0
    laid = colour.astype(np.float32) / 255
    if planes.keep is not None:
        laid *= below
    below[:] = (1 - share) * below + share * laid
    return LayerPicture(int(rows[0]), int(columns[0]), np.dstack([colour, alpha]), planes.keep is not None)


def opaque(rgb: np.ndarray) -> LayerPicture:
    """Make a layer of a picture (H,W,3) uint8."""
    return LayerPicture(0, 0, np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]))
