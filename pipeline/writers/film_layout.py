"""Film layout: the shape of the film, the painting beside the canvas, and the title card."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .encoders import MAX_VIDEO_SIDE
from .pdf.fonts import CHINESE, PLAIN
from .picture_fonts import Font, known_letters, load_font, without_accents

SHAPES = {"portrait": (9, 16), "square": (1, 1), "landscape": (16, 9)}
BACKGROUND, LETTERS, FAINT = (26, 25, 24), (245, 243, 240), (190, 186, 180)
GAP = 0.02  # of the longest side of a picture, between it and the one beside it
DIM = 0.4  # how much of the painting is seen behind the title
TITLE, NOTE = 0.075, 0.028  # letters of the card, in shares of its shorter side
SMALLER, MOST_LINES = (1.0, 0.8, 0.65, 0.5), 4
STATEMENT = "predicted, not recorded"


@dataclass(frozen=True)
class FilmLayout:
    """Where pictures stand in a film.

    Attributes:
        size: (width, height) of the film.
        places: x, y, width and height of the canvas, and of the painting beside it if it is shown.
    """

    size: tuple[int, int]
    places: tuple[tuple[int, int, int, int], ...]

    def ground(self, painting: np.ndarray) -> np.ndarray:
        """Draw what stays: the background, and the painting (H,W,3) uint8 where it is shown -> (h,w,3) uint8."""
        frame = np.empty((self.size[1], self.size[0], 3), np.uint8)
        frame[:] = BACKGROUND
        for place in self.places[1:]:
            _put(frame, painting, place)
        return frame

    def compose(self, ground: np.ndarray, picture: np.ndarray) -> np.ndarray:
        """Put the canvas (H,W,3) uint8 on what stays."""
        frame = ground.copy()
        _put(frame, picture, self.places[0])
        return frame


def _put(frame: np.ndarray, picture: np.ndarray, place: tuple[int, int, int, int]) -> None:
    x, y, width, height = place
    if picture.shape[:2] != (height, width):
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    frame[y : y + height, x : x + width] = picture


def plan_layout(size: tuple[int, int], shape: str | None, beside: bool) -> FilmLayout | None:
    """Place pictures of `size` = (width, height) in a film; None where it is the picture itself.

    Args:
        shape: one of `SHAPES`; None: as large as what is shown.
        beside: show the painting beside the canvas, or below it where that leaves less empty.
    """
    if shape is None and not beside:
        return None
    width, height = size
    gap = max(1, round(GAP * max(size))) if beside else 0
    rows = [(False, 2 * width + gap, height), (True, width, 2 * height + gap)] if beside else [(False, width, height)]
    found = []
    for below, across, tall in rows:
        aspect = across / tall if shape is None else SHAPES[shape][0] / SHAPES[shape][1]
        whole = max(across, tall * aspect), max(tall, across / aspect)
        # the shape nearest to a screen's where none is asked for
        waste = abs(np.log(across / tall / 1.5)) if shape is None else whole[0] * whole[1]
        found.append((waste, below, across, tall, whole))
    _, below, across, tall, whole = min(found, key=lambda one: one[0])
    scale = min(1.0, MAX_VIDEO_SIDE / max(whole))
    film = (max(2, 2 * math.ceil(scale * whole[0] / 2 - 1e-6)), max(2, 2 * math.ceil(scale * whole[1] / 2 - 1e-6)))
    w, h = (max(1, min(limit, round(scale * side))) for side, limit in zip(size, film, strict=True))
    left, top = (film[0] - scale * across) / 2, (film[1] - scale * tall) / 2
    places = []
    for number in range(1 + beside):
        x = left + (0 if below else number * scale * (width + gap))
        y = top + (number * scale * (height + gap) if below else 0)
        places.append((min(max(0, round(x)), film[0] - w), min(max(0, round(y)), film[1] - h), w, h))
    return FilmLayout(film, tuple(places))


def draw_title(size: tuple[int, int], title: str, painting: np.ndarray) -> np.ndarray:
    """Draw the title card (h,w,3) uint8 of a film of `size`: the title over the darkened painting (H,W,3) uint8."""
    scale = max(size[0] / painting.shape[1], size[1] / painting.shape[0])
    across, tall = (max(side, round(scale * one)) for side, one in zip(size, painting.shape[1::-1], strict=True))
    cover = cv2.resize(painting, (across, tall), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (across - size[0]) // 2, (tall - size[1]) // 2
    cover = cv2.GaussianBlur(cover[top : top + size[1], left : left + size[0]], (0, 0), max(size) / 120)
    card = Image.fromarray((DIM * cover + (1 - DIM) * np.array(BACKGROUND)).astype(np.uint8))
    pen, short = ImageDraw.Draw(card), min(size)
    for share in SMALLER:  # of a title that would need more lines the letters are smaller
        font, shown = _font(title, max(8, round(share * TITLE * short)))
        lines = _wrap(shown, font, 0.86 * size[0])
        if len(lines) <= MOST_LINES:
            break
    lines, step = lines[:MOST_LINES], round(1.25 * share * TITLE * short)
    y = size[1] / 2 - step * len(lines) / 2
    for line in lines:
        pen.text((size[0] / 2, y), line, font=font, fill=LETTERS, anchor="ma")
        y += step
    if NOTE * short >= 7:
        small = load_font(round(NOTE * short))
        pen.text((size[0] / 2, size[1] - 2.2 * NOTE * short), STATEMENT, font=small, fill=FAINT, anchor="mm")
    return np.asarray(card)


def _font(title: str, size: int) -> tuple[Font, str]:
    """Find a font for a title: Pillow's own, or one of this machine; else its accents are left out."""
    own = load_font(size)
    if known_letters(title, own) == title:
        return own, title
    for name in (*PLAIN, *CHINESE):
        with suppress(OSError):  # that it is not here
            font = ImageFont.truetype(name, size)
            if known_letters(title, font) == title:
                return font, title
    return own, without_accents(title, own) or STATEMENT


def _wrap(text: str, font: Font, width: float) -> Sequence[str]:
    """Wrap a title; Chinese between any letters, and so what has a word that is wider than the film."""
    apart = any(ord(letter) > 0x2E80 for letter in text) or any(font.getlength(word) > width for word in text.split())
    words = list(text) if apart else text.split()
    join = "" if len(words) == len(text) and len(words) > 1 else " "
    lines = [""]
    for word in words:
        longer = f"{lines[-1]}{join if lines[-1] else ''}{word}"
        if not lines[-1] or font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
