"""Formats of layered art, by the ending of the file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ...io.errors import UserError
from .krita import read_krita
from .layer_tree import LayerTree
from .layered_picture import LayeredPicture
from .open_raster import read_open_raster
from .psd import read_psd
from .svg import SvgTree
from .take_apart import take_apart
from .xcf import read_xcf

FORMATS: dict[str, Callable[[Path, int, Mapping[str, str], str], LayerTree]] = {
    ".svg": SvgTree,
    ".svgz": SvgTree,
    ".ora": read_open_raster,
    ".psd": read_psd,
    ".psb": read_psd,
    ".kra": read_krita,
    ".krz": read_krita,
    ".xcf": read_xcf,
}
"""Ending of a file name -> its reader: (path, longest side, further names of classes, beginning of errors)."""

NOT_READ = {".clip": "Clip Studio Paint"}
"""Endings of layered formats that are not read, and the programs that write them."""


def read_layered(path: Path, size: int = 512, classes: Mapping[str, str] | None = None) -> LayeredPicture:
    """Read a file of layers and take it apart into things.

    Args:
        size: longest side in pixels. Shapes (SVG) are rendered at it, pixels are only scaled down to it.
        classes: words in the names of layers (lower case) and the classes that they say, beside those known.

    Raises:
        UserError: the file cannot be used; its format is not read; a package is not installed.
    """
    what = f"{path} cannot be taken apart."
    ending = path.suffix.lower()
    if ending in NOT_READ:
        raise UserError(what, f"Files of {NOT_READ[ending]} are not read.", "Save it there as .psd.")
    if ending not in FORMATS:
        raise UserError(what, f"{ending or 'No ending'} is no format of layers.", f"Give one of: {', '.join(FORMATS)}.")
    return take_apart(FORMATS[ending](path, size, classes or {}, what), what)
