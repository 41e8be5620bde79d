"""Pictures as the pipeline takes them: read by `modules/imaging/picture.py`, and GIMP's documents layer by layer."""

import hashlib
from os import PathLike
from pathlib import Path

import numpy as np

from ..modules.imaging import picture as pictures
from ..modules.imaging.picture import Picture, Source, pixels_sha256, quantise, same_aspect
from ..modules.io.files import check_file, read_file
from ..modules.io.limits import MAX_PIXELS, MAX_SIDE

COMPOSED = (".xcf", ".krz")  # endings of documents that hold layers alone


def read_picture(source: Source | Picture) -> Picture:
    """Read a picture as `modules/imaging/picture.py` does, and documents that hold nothing but layers.

    Raises UserError as it does.
    """
    if not isinstance(source, str | PathLike) or Path(source).suffix.lower() not in COMPOSED:
        return pictures.read_picture(source)
    from ..modules.data.layered.formats import FORMATS

    what = f"{source} cannot be read as a picture."
    path = check_file(Path(source), what)
    sha256 = hashlib.sha256(read_file(path, what)).hexdigest()
    levels = np.ascontiguousarray(FORMATS[path.suffix.lower()](path, MAX_SIDE, {}, what).image())
    rgb = np.divide(levels, np.float32(255), dtype=np.float32)
    return Picture(rgb, path.resolve(), sha256, pixels_sha256(levels), ("its layers were laid over each other",))


__all__ = ["MAX_PIXELS", "Picture", "Source", "pixels_sha256", "quantise", "read_picture", "same_aspect"]
