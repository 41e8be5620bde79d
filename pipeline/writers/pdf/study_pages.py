"""Pages to draw from: the painting under a grid, the outline to trace, and the value study."""

from collections.abc import Sequence

import numpy as np

from .content import SheetContent, length_words
from .drawing import GREY, INK, PdfPages, fit_box
from .outline import OutlinePath
from .step_pages import GAP, HEAD, SMALL, TEXT, TITLE
from .tone_study import tone_study

GRID = (120, 160, 200)
THING, FORM = 0.45, 0.2  # millimetres: widths of lines


def draw_grid(
    page: PdfPages, sheet: SheetContent, box: tuple[float, float, float, float], *, names: bool = True
) -> None:
    """Draw the grid over what fills a box, and perhaps letters above it and numbers beside it."""
    if not sheet.square:
        return
    x, y, width, height = box
    side = sheet.square / sheet.canvas.longest * max(width, height)
    page.colour(GRID, width=0.15)
    points = float(np.clip(side, 5.0, SMALL))
    for number in range(int(width / side - 1e-6) + 1):
        if number:
            page.pdf.line(x + number * side, y, x + number * side, y + height)
        if not names:
            continue
        name = _letters(number)
        middle = x + min((number + 0.5) * side, (number * side + width) / 2)
        page.words(middle - page.length(name, points) / 2, y - page.line_height(points), name, points, GREY)
    for number in range(int(height / side - 1e-6) + 1):
        if number:
            page.pdf.line(x, y + number * side, x + width, y + number * side)
        if not names:
            continue
        name = str(number + 1)
        middle = y + min((number + 0.5) * side, (number * side + height) / 2)
        page.words(x - 1 - page.length(name, points), middle - page.line_height(points) / 2, name, points, GREY)


def _letters(number: int) -> str:
    """Name a column: A, B ... Z, AA, AB ..."""
    name = ""
    while number >= 0:
        name = chr(ord("A") + number % 26) + name
        number = number // 26 - 1
    return name


def draw_outline(page: PdfPages, paths: Sequence[OutlinePath], x: float, y: float, longest: float) -> None:
    """Draw the lines to trace, a picture's longest side `longest` millimetres long."""
    for thing in (False, True):
        page.colour(INK, width=THING if thing else FORM)
        for path in paths:
            if path.thing == thing:
                page.path(np.array([x, y]) + longest * path.points)


def draw_gridded(page: PdfPages, sheet: SheetContent) -> None:
    """Draw the painting as large as the page, under the grid."""
    x, y, width, _ = page.box
    y = page.paragraph(x, y, page.book.say("Grid"), TITLE, width, bold=True)
    y = _grid_words(page, sheet, x, y, width)
    _draw_fitted(page, sheet, y, None)


def _grid_words(page: PdfPages, sheet: SheetContent, x: float, y: float, width: float) -> float:
    if not sheet.square:
        return y
    size, sides = length_words(sheet.canvas, sheet.square), sheet.canvas.sides(sheet.size)
    return page.paragraph(
        x, y, page.book.say("One square is {size} on your canvas ({sides}).", size=size, sides=sides), TEXT, width
    )


def _draw_fitted(page: PdfPages, sheet: SheetContent, y: float, paths: Sequence[OutlinePath] | None) -> None:
    """Draw the painting, or the outline, as large as it fits below y, under the grid."""
    x, top, width, height = page.box
    edge = 4.5 * page.scale  # room for the grid's names
    y += edge + 1
    across, tall = fit_box((sheet.size[1], sheet.size[0]), width - edge, top + height - y)
    x += edge
    if paths is None:
        page.picture(sheet.picture, x, y, across, tall)
    else:
        page.colour(GREY, width=0.2)
        page.pdf.rect(x, y, across, tall)
    draw_grid(page, sheet, (x, y, across, tall))
    if paths is not None:
        draw_outline(page, paths, x, y, max(across, tall))


def draw_traceable(page: PdfPages, sheet: SheetContent, paths: Sequence[OutlinePath]) -> None:
    """Draw the outline as large as the page, under the grid."""
    x, y, width, _ = page.box
    y = page.paragraph(x, y, page.book.say("Outline to trace"), TITLE, width, bold=True)
    y = page.paragraph(x, y, page.book.say("Bold: outlines of things. Thin: forms inside them."), TEXT, width)
    _draw_fitted(page, sheet, _grid_words(page, sheet, x, y, width), paths)


def draw_values(page: PdfPages, sheet: SheetContent) -> None:
    """Draw the painting in three and in five tones, with the tones and their shares."""
    x, y, width, height = page.box
    bottom = y + height
    y = page.paragraph(x, y, page.book.say("Value study"), TITLE, width, bold=True)
    y = page.paragraph(x, y, page.book.say("Check them against yours with half-closed eyes."), TEXT, width) + 2
    shape = sheet.picture.shape
    bar = 7 * page.scale
    head = page.line_height(HEAD)
    below, beside = (width, (bottom - y - GAP) / 2 - head - bar - 2), ((width - GAP) / 2, bottom - y - head - bar - 6)
    stacked = fit_box(shape, *below)[0] >= fit_box(shape, *beside)[0]
    for place, (tones, name) in enumerate(((3, "In three tones"), (5, "In five tones"))):
        room = below if stacked else beside
        across, tall = fit_box(shape, *room)
        left = x if stacked else x + place * (room[0] + GAP)
        top = y + place * (tall + head + bar + 2 + GAP) if stacked else y
        page.words(left, top, page.book.say(name), HEAD, bold=True)
        study = tone_study(sheet.picture, tones)
        page.picture(study.picture, left, top + head, across, tall)
        step = min(28 * page.scale, max(across, 60) / len(study.greys))
        for number, (grey, share) in enumerate(zip(study.greys, study.shares, strict=True)):
            page.swatch(left + number * step, top + head + tall + 1.5, (grey,) * 3, 0.45 * step, bar - 2)
            page.words(left + (number + 0.5) * step, top + head + tall + 2.2, f"{100 * share:.0f} %", SMALL - 1, GREY)
