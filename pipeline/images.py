"""Pictures as the pipeline takes them; the reader is `modules/imaging/picture.py`."""

from ..modules.imaging.picture import Picture, Source, pixels_sha256, quantise, read_picture, same_aspect
from ..modules.io.limits import MAX_PIXELS

__all__ = ["MAX_PIXELS", "Picture", "Source", "pixels_sha256", "quantise", "read_picture", "same_aspect"]
