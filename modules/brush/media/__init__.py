"""The media: how strokes look in each and in which passes they are used. One file a medium, one table."""

from .digital import DIGITAL
from .ink import INK
from .medium import LayoutContext, Medium, Passage
from .oil import OIL
from .pencil import PENCIL
from .watercolour import WATERCOLOUR

MEDIA: dict[str, Medium] = {medium.name: medium for medium in (OIL, DIGITAL, WATERCOLOUR, INK, PENCIL)}

__all__ = ["MEDIA", "LayoutContext", "Medium", "Passage"]
