"""Page layout of the step sheet: A4 pages of cards, drawn with Pillow."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ...modules.paints.recipes import error_words
from ..provenance import SHORT
from .brush_words import Arrow
from .overlay import highlight
from .picture_fonts import load_font, without_accents
from .step_words import habit_words

DPI = 300
A4 = (2480, 3508)  # pixels at DPI
MARGIN, GAP = 110, 50
HEAD, HEAD_LATER, FOOT = 640, 100, 60
TALL, WIDE = (2, 2), (1, 3)  # columns and rows of cards on a page: for tall pictures, and for others
WIDE_FROM, WIDEST = 0.85, 0.58  # width / height from which a picture is wide; its most of a card's width
SHOWN = 900  # longest side of a picture on the page, about
PAPER, INK, DARK = (255, 255, 255), (30, 28, 26), (66, 63, 60)
GREY, RULE = (104, 100, 96), (206, 202, 196)
TITLE, NUMBER, TEXT, SMALL = 64, 76, 40, 32  # letters in pixels: 40 are 9.6 points
LEAST_TEXT = 18  # letters of the longest words
SWATCH, BETWEEN = (84, 62), 12
RECIPE, RECIPE_LINES = 44, 3  # pixels that a swatch is higher with a recipe beside it; lines of that at most
SIDE = 440  # width of the palette beside or under a picture
MAP, LEAST_MAP = 240, 100  # height that the map of where to paint should have, and from which it shows anything
MOST_WORDS = 0.42  # of a card's height, below a tall picture


@dataclass(frozen=True)
class Card:
    """One step.

    Attributes:
        number, frame: of the step on the sheet, and of the frame that it shows.
        picture: (h,w,3) uint8 after it.
        painted: (h,w) bool, where it paints.
        do: what to do, and how ("" where that is not known).
        palette: rgb, name and part ("" for several) of every colour, and the recipe of those that have one.
        arrows: in which direction strokes run, place by place.
    """

    number: int
    frame: int
    picture: np.ndarray
    painted: np.ndarray
    do: Sequence[tuple[str, str]]
    palette: Sequence[Mapping[str, Any]]
    arrows: Sequence[Arrow] = ()


@dataclass(frozen=True)
class Page:
    """What all pages share.

    Attributes:
        name: the painting's file name.
        n_frames: of the process.
        plan: as in process.json.
        text: metadata of the files.
        picture: (h,w,3) uint8, the last frame.
        labels: (h,w), drawn with the numbers of parts that are told by them; None where none is.
        numbers: of those parts.
        materials: what somebody needs who paints along, each kind with its words.
        title: what stands at the head; "" for one made of the name.
    """

    name: str
    n_frames: int
    plan: Mapping[str, Any]
    text: Mapping[str, str]
    picture: np.ndarray
    labels: np.ndarray | None
    numbers: Mapping[int, str]
    materials: Mapping[str, str]
    title: str = ""


Box = tuple[int, int, int, int]  # x, y, width, height


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


def title_of(name: str) -> str:
    """Make a title of a file's name."""
    return " ".join(name.rsplit(".", 1)[0].replace("_", " ").replace("-", " ").split()) or name


def readable_title(name: str) -> str:
    """Make a title of a file's name, as far as the font has its letters; "a painting" when it has hardly any."""
    return readable(title_of(name)) or "a painting"


def readable(text: str) -> str:
    """Return what the font has letters for of a text; "" when that is hardly any of it."""
    known = without_accents(text, load_font(SMALL))
    return known.strip() if len(known) > 0.6 * len(text) else ""


def fit_picture(picture: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize a picture, or a map of bools by nearest neighbour, to fit into width x height pixels."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    if picture.dtype == bool:
        return cv2.resize(picture.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


@dataclass(frozen=True)
class Grid:
    """Where everything is on a page, the same for all its cards; sizes are (width, height).

    Attributes:
        wide: words, palette and map stand beside the picture; otherwise the words below it.
        columns: of cards.
        size: of a card.
        picture: of its picture.
        place_map: of the map of where to paint, the same on all pages; (0, 0) where there is no room for one.
    """

    wide: bool
    columns: int
    size: tuple[int, int]
    picture: tuple[int, int]
    place_map: tuple[int, int]


def plan_pages(cards: Sequence[Card]) -> list[tuple[Sequence[Card], Grid]]:
    """Divide cards among pages, and lay out each: the wider the picture, the more of the page's width is its card's."""
    wide = cards[0].picture.shape[1] >= WIDE_FROM * cards[0].picture.shape[0]
    columns, rows = WIDE if wide else TALL
    pages = [cards[start : start + columns * rows] for start in range(0, len(cards), columns * rows)]
    rows = min(rows, math.ceil(len(cards) / columns))
    palette = max(map(_palette_height, cards))
    grids = []
    for index, shown in enumerate(pages):
        width = (A4[0] - 2 * MARGIN - (columns - 1) * GAP) // columns
        height = (A4[1] - 2 * MARGIN - (HEAD_LATER if index else HEAD) - FOOT - (rows - 1) * GAP) // rows
        room = height - NUMBER - 14
        shape = shown[0].picture.shape[1::-1]
        if wide:
            picture = _fitted(shape, (round(WIDEST * width), room))
            place_map = _fitted(shape, (SIDE, room - palette - 10))
        else:
            words = max(_fit_words(card.do, width, round(MOST_WORDS * room)).height for card in shown)
            picture = _fitted(shape, (width - SIDE - 30, room - words - 20))
            place_map = _fitted(shape, (width - picture[0] - 30, picture[1] - palette - 10))
        grids.append(Grid(wide, columns, (width, height), picture, place_map))
    place_map = min(grid.place_map for grid in grids)
    place_map = place_map if max(place_map) >= LEAST_MAP and min(place_map) >= 24 else (0, 0)
    return [(shown, replace(grid, place_map=place_map)) for shown, grid in zip(pages, grids, strict=True)]


def _fitted(shape: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size of a shape that fits into a box; (1, 1) at least."""
    scale = min(box[0] / shape[0], box[1] / shape[1])
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def render_pages(page: Page, cards: Sequence[Card]) -> Iterator[Image.Image]:
    """Draw the pages, 2480 x 3508 pixels: four steps of a tall picture on each, three of a wide one."""
    pages = plan_pages(cards)
    for index, (shown, grid) in enumerate(pages):
        sheet = Image.new("RGB", A4, PAPER)
        pen = ImageDraw.Draw(sheet)
        head = HEAD if index == 0 else HEAD_LATER
        _head(sheet, pen, page, len(cards), whole=index == 0)
        width, height = grid.size
        for place, card in enumerate(shown):
            x = MARGIN + place % grid.columns * (width + GAP)
            y = MARGIN + head + place // grid.columns * (height + GAP)
            pen.line((x, y - GAP // 2, x + width, y - GAP // 2), fill=RULE, width=3)
            _card(sheet, pen, card, page.n_frames, grid, (x, y))
        line = f"{page.text.get('Provenance', '')}  ·  {page.text.get('Software', '')}"
        if process := page.text.get("Process"):
            line += f"  ·  process {process[:SHORT]}"
        pen.text((MARGIN, A4[1] - MARGIN - 20), line, font=load_font(SMALL), fill=GREY)
        number = f"page {index + 1} of {len(pages)}"
        right = A4[0] - MARGIN - load_font(SMALL).getlength(number)
        pen.text((right, A4[1] - MARGIN - 20), number, font=load_font(SMALL), fill=GREY)
        del pen
        yield sheet
        del sheet


def _head(sheet: Image.Image, pen: ImageDraw.ImageDraw, page: Page, n_steps: int, *, whole: bool) -> None:
    """Draw the title; on the first page with a summary and the finished picture, or the numbers of its parts."""
    title = readable(page.title) or f"How {readable_title(page.name)} could be painted"
    if not whole:
        (line, *more) = wrap_text(title, TEXT, A4[0] - 2 * MARGIN)
        pen.text((MARGIN, MARGIN), line + (" ..." if more else ""), font=load_font(TEXT), fill=GREY)
        return
    picture = draw_part_numbers(page.picture, page.labels, page.numbers) if page.labels is not None else page.picture
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
        "The small picture outlines what to paint, and how strokes run; the swatches are the colours to mix.",
    ):
        for line in wrap_text(text, TEXT, width):
            pen.text((MARGIN, y), line, font=load_font(TEXT), fill=INK)
            y += round(1.3 * TEXT)
    _materials(pen, page, (MARGIN, y + 16, width, MARGIN + HEAD - GAP - y - 16))


def _materials(pen: ImageDraw.ImageDraw, page: Page, box: Box) -> None:
    """Draw what somebody needs: each kind with its words behind it, in letters that fit."""
    x, y, width, height = box
    indent = 220
    for size in range(TEXT, LEAST_TEXT - 2, -2):
        rows = [(name, wrap_text(words, size, width - indent)) for name, words in page.materials.items()]
        step = round(1.25 * size)
        if sum(len(lines) for _, lines in rows) * step + 8 * len(rows) <= height:
            break
    for name, lines in rows:
        pen.text((x, y), name, font=load_font(size), fill=GREY)
        left = x + indent
        if name in ("canvas", "paper") and page.plan.get("ground") is not None:
            rgb = np.round(255 * np.array(page.plan["ground"], float)).astype(np.uint8)
            _swatch(pen, (left, y), rgb, (SWATCH[0], step - 6))
            left += SWATCH[0] + 20
        for line in lines:
            pen.text((left, y), line, font=load_font(size), fill=INK)
            y += step
        y += 8


def _swatch(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], rgb: np.ndarray | Sequence[int], size: tuple[int, int] = SWATCH
) -> None:
    x, y = at
    pen.rectangle((x, y, x + size[0], y + size[1]), fill=tuple(int(v) for v in rgb), outline=GREY, width=2)


def _card(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, card: Card, n_frames: int, grid: Grid, at: tuple[int, int]
) -> None:
    """Draw a step: number, picture, words beside or below it, and at the right palette and map."""
    (x, y), (width, height) = at, grid.size
    pen.text((x, y - 14), str(card.number), font=load_font(NUMBER), fill=INK, stroke_width=2)
    aside = f"frame {card.frame} of {n_frames - 1}"
    pen.text((x + load_font(NUMBER).getlength(str(card.number)) + 26, y + 22), aside, font=load_font(SMALL), fill=GREY)
    y, height = y + NUMBER + 14, height - NUMBER - 14
    swatches = _palette_height(card)
    _picture(sheet, pen, fit_picture(card.picture, *grid.picture), (x, y))
    right = x + grid.picture[0] + 30
    if grid.wide:
        side = x + width - SIDE
        _draw_words(pen, _fit_words(card.do, side - right - 30, height), (right, y))
    else:
        side, used = right, max(grid.picture[1], swatches) + 20  # a low picture leaves the palette too little room
        _draw_words(pen, _fit_words(card.do, width, height - used), (x, y + used))
    _palette(pen, card, (side, y, x + width - side, swatches))
    _place_map(sheet, card, grid.place_map, (side, y + swatches + 10))


def _picture(sheet: Image.Image, pen: ImageDraw.ImageDraw, picture: np.ndarray, at: tuple[int, int]) -> None:
    sheet.paste(Image.fromarray(picture), at)
    pen.rectangle((at[0] - 1, at[1] - 1, at[0] + picture.shape[1], at[1] + picture.shape[0]), outline=RULE)


@dataclass(frozen=True)
class _Words:
    """Lines of a card in letters that fit: whether a line begins something to do, whether it says how, and its text."""

    size: int
    lines: list[tuple[bool, bool, str]]
    height: int


def _fit_words(do: Sequence[tuple[str, str]], width: int, height: int) -> _Words:
    """Wrap what to do, and how, in the largest letters that fit into width x height."""
    for size in range(TEXT, LEAST_TEXT - 2, -2):
        lines: list[tuple[bool, bool, str]] = []
        for what, how in do:
            lines += [(n == 0, False, line) for n, line in enumerate(wrap_text(what + ".", size, width - 26))]
            lines += [(False, True, line) for line in wrap_text(how + ".", size - 4, width - 26)] if how else []
        used = round(1.25 * size) * len(lines) + 12 * len(do)
        if used <= height:
            break
    return _Words(size, lines, used)


def _draw_words(pen: ImageDraw.ImageDraw, words: _Words, at: tuple[int, int]) -> None:
    x, y = at
    size, start = words.size, y
    for first, how, line in words.lines:
        if first:
            y += 12 if y > start else 0
            pen.ellipse((x, y + size // 2 - 5, x + 12, y + size // 2 + 7), fill=INK)
        font = load_font(size - 4 if how else size)
        pen.text((x + 26, y), line, font=font, fill=DARK if how else INK, stroke_width=0 if how else 0.5)
        y += round(1.25 * size)


def _swatch_height(card: Card) -> int:
    return SWATCH[1] + (RECIPE if any(colour.get("recipe") for colour in card.palette) else 0)


def _palette_height(card: Card) -> int:
    return len(card.palette) * (_swatch_height(card) + BETWEEN)


def _palette(pen: ImageDraw.ImageDraw, card: Card, box: Box) -> None:
    """Draw swatches, with their names and the parts that they are for, or with recipes and what these give."""
    x, y, width, _ = box
    left, room = x + SWATCH[0] + 18, width - SWATCH[0] - 18
    tall = _swatch_height(card)
    for colour in card.palette:
        _swatch(pen, (x, y), colour["rgb"], (SWATCH[0], tall))
        part = colour.get("part", "")
        if recipe := colour.get("recipe"):
            _swatch(pen, (x + 3 * SWATCH[0] // 5, y), recipe["rgb"], (2 * SWATCH[0] // 5, tall))
            words = f"{recipe['words']}  ({error_words(recipe['error'])})"
            size = next((s for s in range(TEXT - 15, 14, -1) if len(wrap_text(words, s, room)) <= RECIPE_LINES), 14)
            lines = wrap_text(words, size, room)[:RECIPE_LINES]
            rows = [(f"{colour['name']} ({part})" if part else colour["name"], TEXT - 8, INK, TEXT - 6)]
            rows += [(line, size, DARK, TEXT - 14) for line in lines]
        else:
            rows = [(colour["name"], TEXT - 6, INK, TEXT - 6), (part, TEXT - 12, GREY, 0)]
        at = y if len(rows) > 2 or part else y + tall // 4
        for text, most, fill, step in rows:
            size = next((s for s in range(most, 14, -1) if load_font(s).getlength(text) <= room), 14)
            pen.text((left, at - 2), text, font=load_font(size), fill=fill)
            at += step
        y += tall + BETWEEN


def _place_map(sheet: Image.Image, card: Card, size: tuple[int, int], at: tuple[int, int]) -> None:
    """Draw a small map of where the step paints, of a size (width, height), where there is anything to show."""
    if (card.painted.all() and not card.arrows) or not all(size):
        return
    picture = fit_picture(card.picture, *size)
    picture = highlight(picture, coarse_mask(card.painted, picture.shape[1::-1]))
    _draw_arrows(picture, card.arrows)
    sheet.paste(Image.fromarray(picture), at)


def _draw_arrows(picture: np.ndarray, arrows: Sequence[Arrow]) -> None:
    """Draw arrows on a picture (h,w,3) uint8, in place; strokes to and fro are lines."""
    longest = max(picture.shape)
    width = max(1, round(longest / 160))
    if longest < MAP:
        return  # they would cover what they are about
    for colour, wide in (((255, 255, 255), 3 * width), (INK, width)):
        for arrow in arrows:
            start, end = (tuple(round(longest * at) for at in point) for point in (arrow.start, arrow.end))
            tip = 0.4 if arrow.one_way else 0.0
            cv2.arrowedLine(picture, start, end, colour, wide, cv2.LINE_AA, tipLength=tip)


def coarse_mask(painted: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Shrink a map (H,W) bool to a size (width, height), the many outlines of single strokes joined to places."""
    share = cv2.resize(painted.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    broad = cv2.GaussianBlur(share, (0, 0), max(1.0, max(size) / 45))
    # Small work that the blur would lose is kept as it is.
    return broad > min(0.35, 0.6 * float(broad.max()))


def draw_part_numbers(picture: np.ndarray, labels: np.ndarray, numbers: Mapping[int, str]) -> np.ndarray:
    """Draw the outlines of some of a picture's (h,w,3) parts and, inside each, its number."""
    page = picture.copy()
    width = max(1, round(max(labels.shape) / 400))
    for index in numbers:
        outlines, _ = cv2.findContours((labels == index).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(page, outlines, -1, (255, 255, 255), width)
    image = Image.fromarray(page)
    pen, size = ImageDraw.Draw(image), max(10, round(max(labels.shape) / 14))
    for index, number in numbers.items():
        inside = cv2.distanceTransform(np.pad((labels == index).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(inside.argmax(), inside.shape)
        pen.text(
            (int(x), int(y)), number, font=load_font(size), fill=INK, anchor="mm",
            stroke_width=max(2, size // 8), stroke_fill=(255, 255, 255),
        )  # fmt: skip
    return np.asarray(image)
