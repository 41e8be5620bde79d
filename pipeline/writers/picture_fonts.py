"""Fonts of what is drawn with Pillow, and which letters they have."""

import unicodedata

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def load_font(size: int) -> Font:
    """Load Pillow's own font, the same on every machine; `size` in pixels."""
    return ImageFont.load_default(size)


def known_letters(text: str, font: Font) -> str:
    """Leave out of a text the letters that a font has not."""
    missing = bytes(font.getmask("\U0010ffff"))
    return "".join(c for c in text if c.isspace() or bytes(font.getmask(c)) != missing)


def without_accents(text: str, font: Font) -> str:
    """Leave them out, but of a letter with an accent only the accent where the font has the letter."""
    return known_letters(unicodedata.normalize("NFKD", text), font)
