"""Label sets of label maps in files: what the values of a PNG mean."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from .io.errors import UserError
from .io.files import path_exists, read_file
from .labels import LABEL_SET, MAX_CLASSES, PORTRAIT, Colour, LabelSet, cluster_label_set
from .things import things_of_palette

BESIDE = ".labels.json"  # ending of the file beside a label map that says what its values are


def file_beside(path: Path | str) -> Path:
    """Name the file that says of a label map what its values are: sea.labels.json for sea.png."""
    return Path(path).with_suffix(BESIDE)


def read_label_set(path: Path | str) -> LabelSet | None:
    """Find the label set of a label map.

    The file beside it counts first, then what `LabelSet.save_png` put into its metadata, then its palette: other
    programs drop the metadata, but keep the palette, which is enough for things, clusters and portraits.

    Returns:
        None where nothing says it, or the file is no PNG.

    Raises:
        UserError: the label set that is there cannot be used.
    """
    if not Path(path).name:
        return None
    beside = file_beside(path)
    if path_exists(beside, "file"):
        return LabelSet.from_json(beside)
    try:
        with Image.open(io.BytesIO(read_file(path, "")), formats=["PNG"]) as image:
            palette = (image.getpalette() or []) if image.mode == "P" else []
            text = getattr(image, "text", {}).get(LABEL_SET)
    except Exception:
        return None  # whoever reads its pixels says what is wrong with the file
    if text is None:
        return _of_palette([(r, g, b) for r, g, b in zip(*[iter(palette)] * 3, strict=False)])
    try:
        return LabelSet.from_json(json.loads(text))
    except (UserError, ValueError, RecursionError) as error:
        why = error.why or error.what if isinstance(error, UserError) else str(error)
        fix = f"Write what its values are to {beside.name} beside it."
        raise UserError(f"{path} cannot be used as a label map.", f"Its label set is damaged: {why}", fix) from None


def _of_palette(colours: list[Colour]) -> LabelSet | None:
    """Find the set whose colours these are; a program may have filled the palette up to 256 entries."""
    while len(colours) > 2 and colours[-1] in ((0, 0, 0), (255, 255, 255), colours[-2]):
        colours = colours[:-1]
    makers: list[Callable[[], Any]] = [
        lambda: PORTRAIT,
        lambda: cluster_label_set(len(colours) - 1),
        lambda: things_of_palette(colours),
    ]
    if not 2 <= len(colours) <= MAX_CLASSES:
        return None
    return next((found for make in makers if (found := make()) and list(found.colours) == colours), None)
