"""Page layout of the step sheet: A4 pages of cards, drawn with Pillow."""

import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..provenance import SHORT
from .colour_names import colour_name
from .overlay import highlight
from .step_words import habit_words

DPI = 300
A4 = (2480, 3508)  # pixels at DPI
MARGIN, GAP = 110, 50
HEAD, HEAD_LATER, FOOT = 430, 100, 60
COLUMNS, ROWS = 2, 3
SHOWN = 900  # longest side of a picture on the page, about
PAPER, INK, GREY, RULE = (255, 255, 255), (30, 28, 26), (104, 100, 96), (206, 202, 196)
TITLE, NUMBER, TEXT, SMALL = 64, 76, 40, 32  # letters in pixels: 40 are 9.6 points
SWATCH, BETWEEN = (84, 46), 8
MAP = 250  # least height of the map of where to paint


@dataclass(frozen=True)
class Card:
    """One step: picture (h,w,3) uint8 after it, its pixels (h,w) bool, what to do, the palette (rgb and name)."""

    number: int
    frame: int
    picture: np.ndarray
    painted: np.ndarray
    do: Sequence[str]
    palette: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Page:
    """What all pages share; labels (h,w) are drawn with the numbers of nameless parts, None where parts have names."""

    name: str
    n_frames: int
    plan: Mapping[str, Any]
    text: Mapping[str, str]
    picture: np.ndarray
    labels: np.ndarray | None
    names: Mapping[int, str]


Box = tuple[int, int, int, int]  # x, y, width, height


def load_font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load Pillow's own font, the same on every machine; `size` in pixels."""
    return ImageFont.load_default(size)


def wrap_text(text: str, size: int, width: float) -> list[str]:
    """Wrap text into lines of at most `width` pixels; a word that is longer by itself is broken."""
    font, lines = load_font(size), [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        while font.getlength(word) > width and len(word) > 1:
            n = max(1, next(n for n in range(len(word), 0, -1) if n == 1 or font.getlength(word[:n]) <= width))
            lines[-1] = word[:n]
            lines.append("")
            word = word[n:]
        lines[-1] = word
    return lines


def readable_title(name: str) -> str:
    """Make a title of a file's name, as far as the font has its letters; "a painting" when it has hardly any."""
    font = load_font(SMALL)
    missing = bytes(font.getmask("\U0010ffff"))
    name = " ".join(name.rsplit(".", 1)[0].replace("_", " ").replace("-", " ").split()) or name
    plain = unicodedata.normalize("NFKD", name)  # an accent that the font has not is left out, not its letter
    known = "".join(c for c in plain if c.isspace() or bytes(font.getmask(c)) != missing)
    return known.strip() if len(known) > 0.6 * len(name) else "a painting"


def fit_picture(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize a picture, or a map of bools by nearest neighbour, to fit into width x height pixels."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    if picture.dtype == bool:
        return cv2.resize(picture.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def render_pages(page: Page, cards: Sequence[Card]) -> Iterator[np.ndarray]:
    """Draw the pages (3508,2480,3) uint8, six steps on each."""
    per_page = COLUMNS * ROWS
    count = math.ceil(len(cards) / per_page)
    rows = min(ROWS, math.ceil(len(cards) / COLUMNS))
    width = (A4[0] - 2 * MARGIN - (COLUMNS - 1) * GAP) // COLUMNS
    for index in range(count):
        sheet = Image.new("RGB", A4, PAPER)
        pen = ImageDraw.Draw(sheet)
        head = HEAD if index == 0 else HEAD_LATER
        _head(sheet, pen, page, len(cards), whole=index == 0)
        height = (A4[1] - 2 * MARGIN - head - FOOT - (rows - 1) * GAP) // rows
        for place, card in enumerate(cards[index * per_page : (index + 1) * per_page]):
            x = MARGIN + place % COLUMNS * (width + GAP)
            y = MARGIN + head + place // COLUMNS * (height + GAP)
            pen.line((x, y - GAP // 2, x + width, y - GAP // 2), fill=RULE, width=3)
            _card(sheet, pen, card, page.n_frames, (x, y, width, height))
        line = f"{page.text.get('Provenance', '')}  ·  {page.text.get('Software', '')}"
        if process := page.text.get("Process"):
            line += f"  ·  process {process[:SHORT]}"
        pen.text((MARGIN, A4[1] - MARGIN - 20), line, font=load_font(SMALL), fill=GREY)
        number = f"page {index + 1} of {count}"
        right = A4[0] - MARGIN - load_font(SMALL).getlength(number)
        pen.text((right, A4[1] - MARGIN - 20), number, font=load_font(SMALL), fill=GREY)
        yield np.asarray(sheet)


def _head(sheet: Image.Image, pen: ImageDraw.ImageDraw, page: Page, n_steps: int, *, whole: bool) -> None:
    """Draw the title; on the first page with a summary and the finished picture, or the numbers of its parts."""
    title = f"How {readable_title(page.name)} could be painted"
    if not whole:
        (line, *more) = wrap_text(title, TEXT, A4[0] - 2 * MARGIN)
        pen.text((MARGIN, MARGIN), line + (" ..." if more else ""), font=load_font(TEXT), fill=GREY)
        return
    picture = draw_part_numbers(page.picture, page.labels, page.names) if page.labels is not None else page.picture
    picture = fit_picture(picture, 760, HEAD - GAP)
    left = A4[0] - MARGIN - picture.shape[1]
    sheet.paste(Image.fromarray(picture), (left, MARGIN))
    width, y = left - MARGIN - GAP, MARGIN - 12
    lines = wrap_text(title, TITLE, width)
    lines = lines if len(lines) <= 3 else [*lines[:2], lines[2] + " ..."]
    for line in lines:
        pen.text((MARGIN, y), line, font=load_font(TITLE), fill=INK, stroke_width=1)
        y += round(1.2 * TITLE)
    words = f": {text}" if (text := habit_words(page.plan)) else ""
    y += 14
    for text in (
        f"{n_steps} step{'s' if n_steps != 1 else ''}, picked from {page.n_frames} frames{words}.",
        "The small picture outlines what to paint; the swatches are the colours to mix for it.",
    ):
        for line in wrap_text(text, TEXT, width):
            pen.text((MARGIN, y), line, font=load_font(TEXT), fill=INK)
            y += round(1.3 * TEXT)
    ground = page.plan.get("ground")
    if ground is not None and y + SWATCH[1] + 16 <= MARGIN + HEAD - GAP:
        rgb = np.round(255 * np.array(ground, float)).astype(np.uint8)
        y += 16
        _swatch(pen, (MARGIN, y), rgb)
        pen.text((MARGIN + SWATCH[0] + 20, y + 4), f"the canvas: {colour_name(rgb)}", font=load_font(TEXT), fill=INK)


def _swatch(pen: ImageDraw.ImageDraw, at: tuple[int, int], rgb: np.ndarray | Sequence[int]) -> None:
    x, y = at
    pen.rectangle((x, y, x + SWATCH[0], y + SWATCH[1]), fill=tuple(int(v) for v in rgb), outline=GREY, width=2)


def _card(sheet: Image.Image, pen: ImageDraw.ImageDraw, card: Card, n_frames: int, box: Box) -> None:
    """Draw a step: the picture, and beside it (or under it, for wide ones) number, words, palette and map."""
    x, y, width, height = box
    side, below = 400, max(385, round(0.32 * height))
    beside = fit_picture(card.picture, width - side - 30, height)
    under = fit_picture(card.picture, width, height - below)
    if beside.size >= 0.9 * under.size:
        _picture(sheet, pen, beside, (x, y))
        left = x + max(beside.shape[1], 300) + 30
        room = x + width - left
        swatches = len(card.palette) * (SWATCH[1] + BETWEEN) + 20
        # Under a wide picture there is room for the palette, and so more for words and map.
        free = height - beside.shape[0] - 20
        if free >= math.ceil(len(card.palette) / 2) * (SWATCH[1] + BETWEEN):
            _palette(pen, card, (x, y + height - free, width - side - 30, free), columns=2)
            swatches = 0
        used = _words(pen, card, n_frames, (left, y, room, height - swatches - MAP))
        _palette(pen, card, (left, y + used, room, swatches)) if swatches else None
        used += swatches + 10
        _place_map(sheet, card, (left, y + used, room, height - used))
        return
    _picture(sheet, pen, under, (x, y))
    top = y + under.shape[0] + 20
    left_over = y + height - top
    words, swatches = 420, 366
    _words(pen, card, n_frames, (x, top, words, left_over))
    _palette(pen, card, (x + words + 24, top + 10, swatches, left_over))
    at = x + words + swatches + 24
    _place_map(sheet, card, (at, top + 10, x + width - at, left_over - 20))


def _picture(sheet: Image.Image, pen: ImageDraw.ImageDraw, picture: np.ndarray, at: tuple[int, int]) -> None:
    sheet.paste(Image.fromarray(picture), at)
    pen.rectangle((at[0] - 1, at[1] - 1, at[0] + picture.shape[1], at[1] + picture.shape[0]), outline=RULE)


def _words(pen: ImageDraw.ImageDraw, card: Card, n_frames: int, box: Box) -> int:
    """Draw the number and what to do, in letters that fit -> the height they took, in pixels."""
    x, y, width, height = box
    label = str(card.number)
    pen.text((x, y - 14), label, font=load_font(NUMBER), fill=INK, stroke_width=2)
    aside = f"frame {card.frame} of {n_frames - 1}"
    pen.text((x + load_font(NUMBER).getlength(label) + 26, y + 22), aside, font=load_font(SMALL), fill=GREY)
    start = y + NUMBER + 18
    for size in range(TEXT, 16, -2):
        lines = [(n == 0, line) for text in card.do for n, line in enumerate(wrap_text(text + ".", size, width - 26))]
        step = round(1.25 * size)
        if start - y + step * len(lines) + 8 * len(card.do) + 10 <= height:
            break
    at = start
    for first, line in lines:
        if first:
            at += 8 if at > start else 0
            pen.ellipse((x, at + size // 2 - 5, x + 12, at + size // 2 + 7), fill=INK)
        pen.text((x + 26, at), line, font=load_font(size), fill=INK)
        at += step
    return at - y + 10


def _palette(pen: ImageDraw.ImageDraw, card: Card, box: Box, columns: int = 1) -> None:
    """Draw swatches with their names, in columns."""
    x, y, width, _ = box
    room = width // columns - SWATCH[0] - 18
    rows = math.ceil(len(card.palette) / columns)
    for place, colour in enumerate(card.palette):
        left, top = x + place // rows * (width // columns), y + place % rows * (SWATCH[1] + BETWEEN)
        _swatch(pen, (left, top), colour["rgb"])
        name = colour["name"]
        size = next((s for s in range(TEXT - 6, 14, -1) if load_font(s).getlength(name) <= room), 14)
        pen.text((left + SWATCH[0] + 18, top + (SWATCH[1] - size) // 2 - 3), name, font=load_font(size), fill=INK)


def _place_map(sheet: Image.Image, card: Card, box: Box) -> None:
    """Draw a small map of where the step paints, when there is room for one that shows something."""
    x, y, width, height = box
    if card.painted.all() or min(width, height) < 100:
        return
    picture = fit_picture(card.picture, width, height)
    if min(picture.shape[:2]) < 24:
        return
    mask = coarse_mask(card.painted, picture.shape[1::-1])
    sheet.paste(Image.fromarray(highlight(picture, mask)), (x, y))


def coarse_mask(painted: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink a map (H,W) bool to a size (width, height), the many outlines of single strokes joined to places."""
    share = cv2.resize(painted.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    broad = cv2.GaussianBlur(share, (0, 0), max(1.0, max(size) / 45))
    # Small work that the blur would lose is kept as it is.
    return broad > min(0.35, 0.6 * float(broad.max()))


def draw_part_numbers(picture: np.ndarray, labels: np.ndarray, names: Mapping[int, str]) -> np.ndarray:
    """Draw the outlines of a picture's (h,w,3) parts and, inside each, the number that its name ends with."""
    page = picture.copy()
    width = max(1, round(max(labels.shape) / 400))
    for index in names:
        outlines, _ = cv2.findContours((labels == index).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(page, outlines, -1, (255, 255, 255), width)
    image = Image.fromarray(page)
    pen, size = ImageDraw.Draw(image), max(10, round(max(labels.shape) / 14))
    for index, name in names.items():
        inside = cv2.distanceTransform(np.pad((labels == index).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(inside.argmax(), inside.shape)
        pen.text(
            (int(x), int(y)), name.split()[-1], font=load_font(size), fill=INK, anchor="mm",
            stroke_width=max(2, size // 8), stroke_fill=(255, 255, 255),
        )  # fmt: skip
    return np.asarray(image)
