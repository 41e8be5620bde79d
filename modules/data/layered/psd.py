"""Photoshop files (.psd, .psb) as layer trees, read with psd-tools."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from ...io.errors import UserError
from ...io.files import check_file
from ...io.limits import MAX_PIXELS
from .extra import need_extra
from .layer_names import kind_of_name
from .layer_tree import LayerNode
from .raster_layers import LayerMask, RasterLayer, RasterTree, apply_masks, check_canvas

_FIX = "Save it again as PSD, or as OpenRaster (.ora)."


def read_psd(path: Path, longest: int, classes: Mapping[str, str], what: str) -> RasterTree:
    """Read a Photoshop file; the arguments are those of `SvgTree`.

    Layers that are clipped to another one, or of another blending mode than normal, shade what lies beneath them and
    are no things of their own; adjustments have no pixels. Layer masks count, vector masks and effects do not (the
    picture that Photoshop stored shows them).

    Raises a UserError that begins with `what`: it is damaged or too large, or psd-tools is not installed.
    """
    try:
        from psd_tools import PSDImage
    except ImportError:
        raise need_extra("Photoshop", "psd-tools") from None
    path = check_file(path, what)
    _check_header(path, what)
    try:
        psd = PSDImage.open(path)
        nodes = _nodes(psd, 1.0, (), classes)
        merged = psd.topil() if psd.has_preview() else None
    except Exception as error:  # a damaged file makes the library raise anything
        raise UserError(what, f"It is not a readable Photoshop file ({error}).", _FIX) from None
    return RasterTree(psd.size, nodes, merged and merged.convert("RGBA"), longest, what)


def _check_header(path: Path, what: str) -> None:
    """Check the signature and the size that the header claims, before anything is allocated for it."""
    with path.open("rb") as file:
        header = file.read(26)
    if len(header) < 26 or not header.startswith(b"8BPS"):
        raise UserError(what, "It is not a Photoshop file.", _FIX)
    height, width = (int.from_bytes(header[at : at + 4], "big") for at in (14, 18))
    check_canvas((width, height), what)


def _nodes(
    group: Iterable[Any], opacity: float, masks: tuple[LayerMask, ...], classes: Mapping[str, str]
) -> tuple[LayerNode, ...]:
    """List the visible layers and groups of a group, the lowest first as in the file."""
    from psd_tools.constants import BlendMode

    nodes = []
    for layer in group:
        plain = layer.blend_mode in (BlendMode.NORMAL, BlendMode.PASS_THROUGH)
        if not layer.visible or layer.clipping or not plain:
            continue
        seen = opacity * layer.opacity / 255
        own = masks if layer.mask is None or layer.mask.disabled else (*masks, _mask(layer.mask))
        children = _nodes(layer, seen, own, classes) if layer.is_group() else ()
        if children or (not layer.is_group() and layer.has_pixels()):
            source = RasterLayer(layer.left, layer.top, seen, lambda layer=layer, own=own: _pixels(layer, own))  # type: ignore[misc]
            nodes.append(LayerNode(layer.name, kind_of_name(layer.name, classes), source, children))
    return tuple(nodes)


def _mask(mask: Any) -> LayerMask:
    def load() -> Image.Image | None:
        stored = mask.topil(real=False)
        return stored and stored.convert("L")

    return LayerMask(mask.left, mask.top, mask.background_color, load)


def _pixels(layer: Any, masks: tuple[LayerMask, ...]) -> Image.Image:
    """Read a layer's pixels with its own mask and those of the groups around it."""
    if layer.width * layer.height > MAX_PIXELS:
        raise ValueError(f"{layer.width} x {layer.height} pixels")
    return apply_masks(layer.topil().convert("RGBA"), layer.left, layer.top, masks)
