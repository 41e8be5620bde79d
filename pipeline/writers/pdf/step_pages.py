"""Pages of the steps: an overview with what one needs, and two steps on each page."""

import numpy as np

from ....modules.paints.recipes import error_words
from ..overlay import highlight
from ..page_layout import coarse_mask, draw_part_numbers
from .content import SheetContent, SheetStep
from .drawing import GREY, INK, Colour, PdfPages, fit_box, say_time

TITLE, HEAD, TEXT, SMALL, SMALLEST, LEAST = 20.0, 13.0, 10.5, 8.5, 7.0, 5.5  # letters in points
PER_PAGE = 2
GAP = 5.0  # millimetres
SWATCH = (13.0, 8.5)
WIDE = 1.1  # width over height from which a picture has the words under it, not beside it


def draw_overview(page: PdfPages, sheet: SheetContent) -> None:
    """Draw the first page: the painting, what somebody needs, and the steps in short."""
    say = page.book.say
    x, y, width, height = page.box
    bottom = y + height
    name = say("a painting") if not sheet.title else sheet.title
    title = sheet.heading or say("How {name} could be painted", name=name)
    y = page.paragraph(x, y, _cut(page, title, 3 * width, TITLE), TITLE, width, bold=True) + 1
    habit = f": {page.book.material(sheet.habit)}" if sheet.habit else ""
    summary = (
        say("{n} steps, picked from {frames} frames", n=len(sheet.steps), frames=sheet.n_frames)
        + habit
        + page.book.stop
    )
    y = page.paragraph(x, y, summary, TEXT, width)
    if sheet.minutes:
        time = say_time(page.book, sheet.minutes)
        y = page.paragraph(
            x, y, say("About {time} of painting, drying not counted: a rule of thumb.", time=time), TEXT, width
        )
    y += 3
    picture = draw_part_numbers(sheet.picture, sheet.labels, sheet.numbers) if sheet.numbers else sheet.picture
    wide = sheet.size[0] >= WIDE * sheet.size[1]
    if wide:
        _, tall = page.fit_picture(picture, x, y, width, 0.48 * height)
        y += tall + GAP
        y = _materials(page, sheet, x, y, width) + GAP
    else:
        across, tall = page.fit_picture(picture, x, y, 0.55 * width, 0.5 * height)
        beside = _materials(page, sheet, x + across + GAP, y, width - across - GAP)
        y = max(y + tall, beside) + GAP
    _list_steps(page, sheet, x, y, width, bottom - y)


def _materials(page: PdfPages, sheet: SheetContent, x: float, y: float, width: float) -> float:
    """Write what somebody needs; return the y below it."""
    y = page.paragraph(x, y, page.book.say("What you need"), HEAD, width, bold=True) + 1
    for name, words in sheet.materials.items():
        y = page.paragraph(x, y, page.book.say(name), SMALL, width, GREY)
        if name in ("canvas", "paper") and sheet.ground is not None:
            page.swatch(x, y + 0.6, sheet.ground, 9, 4 * page.scale)
            y = page.paragraph(x + 11, y, page.book.material(words), TEXT, width - 11) + 1.2
        else:
            rows = words.split("; ") if name == "brushes" else [words]
            for row in rows:
                y = page.paragraph(x, y, page.book.material(row), TEXT, width)
            y += 1.2
    return y


def _list_steps(page: PdfPages, sheet: SheetContent, x: float, y: float, width: float, height: float) -> None:
    """Write a line for each step, with its time, in letters that fit; in two columns where they are many."""
    if height < 20:
        return
    page.words(x, y, page.book.say("The steps"), HEAD, bold=True)
    y, height = y + page.line_height(HEAD) + 1, height - page.line_height(HEAD) - 1
    columns = 2 if len(sheet.steps) > 6 else 1
    room = (width - (columns - 1) * GAP) / columns
    rows = -(-len(sheet.steps) // columns)
    points = TEXT
    while points > LEAST and 2 * page.line_height(points) * rows > height:
        points -= 0.5
    for index, step in enumerate(sheet.steps):
        left, top = x + index // rows * (room + GAP), y + index % rows * height / rows
        page.words(left, top, str(step.number), points, bold=True)
        time = say_time(page.book, step.minutes) if step.minutes else ""
        page.words(left + room - page.length(time, points - 1), top, time, points - 1, GREY)
        words = "; ".join(page.book.do(do) for do, _ in step.do)
        space = room - 8 - page.length(time, points - 1) - 2
        lines = page.wrap(words, points, space)
        lines = lines if len(lines) <= 2 else [lines[0], _cut(page, " ".join(lines[1:]), space, points)]
        for number, line in enumerate(lines[: max(1, int(height / rows / page.line_height(points)))]):
            page.words(left + 8, top + number * page.line_height(points), line, points)


def _cut(page: PdfPages, text: str, width: float, points: float) -> str:
    """Cut a text to a width, with dots where something is left out."""
    if page.length(text, points, bold=True) <= width:
        return text
    while text and page.length(f"{text} ...", points, bold=True) > width:
        text = text[:-1]
    return f"{text.rstrip()} ..."


def draw_steps(page: PdfPages, sheet: SheetContent, steps: list[SheetStep]) -> None:
    """Draw a page of up to `PER_PAGE` steps, below each other."""
    x, y, width, height = page.box
    each = (height - (PER_PAGE - 1) * GAP) / PER_PAGE
    for place, step in enumerate(steps):
        top = y + place * (each + GAP)
        if place:
            page.rule(top - GAP / 2)
        _step(page, sheet, step, (x, top, width, each))


def _step(page: PdfPages, sheet: SheetContent, step: SheetStep, box: tuple[float, float, float, float]) -> None:
    """Draw a step: its picture, beside it (below, for wide ones) the words, the colours, and where they go."""
    x, y, width, height = box
    page.words(x, y - 1, str(step.number), TITLE, bold=True)
    facts = [page.book.say("frame {n} of {frames}", n=step.frame, frames=sheet.n_frames - 1)]
    if step.minutes:
        facts.insert(0, page.book.say("about {time}", time=say_time(page.book, step.minutes)))
    page.words(x + page.length(str(step.number), TITLE, bold=True) + 4, y + 2.6, "  ·  ".join(facts), SMALL, GREY)
    head = page.line_height(TITLE) + 0.5
    y, height = y + head, height - head
    swatches = len(step.palette) * (_swatch_height(step) + 1.5) * page.scale
    if step.picture.shape[1] >= WIDE * step.picture.shape[0]:
        rows = _wrap_words(page, step, width, 0.4 * height)
        across, tall = fit_box(step.picture.shape, 0.71 * width, height - _words_height(page, rows) - 3)
        page.picture(step.picture, x, y, across, tall)
        left, side = x + across + GAP, width - across - GAP
        small = _place(page, step, left, y, min(side, across), max(0.0, tall - swatches - 2))
        _palette(page, step, left, y + small + (2 if small else 0), side)
        _write(page, rows, x, y + max(tall, small + 2 + swatches if tall < swatches else tall) + 3)
        return
    across, tall = fit_box(step.picture.shape, 0.5 * width, height)
    page.picture(step.picture, x, y, across, tall)
    left, room = x + across + GAP, width - across - GAP
    below = _write(page, _wrap_words(page, step, room, min(0.5 * height, height - swatches - 2)), left, y) + 2
    rest = y + height - below
    recipes = any(colour.get("recipe") for colour in step.palette)
    map_width = fit_box(step.picture.shape, (0.34 if recipes else 0.48) * room, rest)[0]
    _palette(page, step, left, below, room - map_width - 3)
    _place(page, step, left + room - map_width, below, map_width, rest)


Rows = list[tuple[str, float, bool]]  # lines of text, the size of their letters, and whether each says what to do


def _wrap_words(page: PdfPages, step: SheetStep, width: float, height: float) -> Rows:
    """Wrap what to do and how in the largest letters with which it fits."""
    points = TEXT + 0.5
    while True:
        rows: Rows = []
        for do, how in step.do:
            what = page.wrap(f"{page.book.do(do)}{page.book.stop}", points, width, bold=True)
            rows += [(line, points, True) for line in what]
            words = page.wrap(f"{page.book.how(how)}{page.book.stop}", points - 1, width) if how else []
            rows += [(line, points - 1, False) for line in words]
        if points <= LEAST or _words_height(page, rows) <= height:
            return rows
        points -= 0.5


def _words_height(page: PdfPages, rows: Rows) -> float:
    return sum(page.line_height(points + (0 if bold else 1)) for _, points, bold in rows) + 1.5 * _breaks(rows)


def _breaks(rows: Rows) -> int:
    """Count where something else to do begins after how the last one is done."""
    return sum(row[2] and not before[2] for before, row in zip(rows, rows[1:], strict=False))


def _write(page: PdfPages, rows: Rows, x: float, y: float) -> float:
    """Write lines; return the y below."""
    before = True
    for line, points, bold in rows:
        y += 1.5 if bold and not before else 0
        page.words(x, y, line, points, INK, bold=bold)
        y += page.line_height(points + (0 if bold else 1))
        before = bold
    return y


def _swatch_height(step: SheetStep) -> float:
    """Height of a swatch in millimetres: a recipe stands in two or three lines below the colour's name."""
    return SWATCH[1] + (4.0 if any(colour.get("recipe") for colour in step.palette) else 0.0)


def _palette(page: PdfPages, step: SheetStep, x: float, y: float, width: float) -> None:
    """Draw the colours to mix, each with its name, the part that it is for, and its recipe with how near it comes."""
    across, tall = SWATCH[0] * page.scale, _swatch_height(step) * page.scale
    room = width - across - 2.5
    for colour in step.palette:
        page.swatch(x, y, colour["rgb"], across, tall)
        part = f" ({page.book.part(colour['part'])})" if colour.get("part") else ""
        rows: list[tuple[str, float, Colour]] = [(page.book.colour(colour["name"]) + part, TEXT - 1.5, INK)]
        if recipe := colour.get("recipe"):
            page.swatch(x + 0.6 * across, y, recipe["rgb"], 0.4 * across, tall)  # what the recipe gives, beside it
            rows.append((f"{page.book.recipe(recipe['parts'])}  ({error_words(recipe['error'])})", SMALL, GREY))
        lines: list[tuple[str, float, Colour]] = []
        for text, points, ink in rows:
            fits = room if len(rows) > 1 and ink == INK else 1.9 * room  # one line for the name, two for the rest
            while points > SMALLEST and page.length(text, points) > fits:
                points -= 0.5
            lines += [(line, points, ink) for line in page.wrap(text, points, room)[: 2 if ink == INK else 3]]
        top = y + max(0.0, tall - sum(page.line_height(points) for _, points, _ in lines)) / 2
        for line, points, ink in lines:
            page.words(x + across + 2.5, top, line, points, ink)
            top += page.line_height(points)
        y += tall + 1.5 * page.scale


def _place(page: PdfPages, step: SheetStep, x: float, y: float, width: float, height: float) -> float:
    """Draw where the step paints and how its strokes run; return how high that is, 0 where there is no room."""
    if (step.painted.all() and not step.arrows) or min(width, height) < 12:
        return 0.0
    across, tall = fit_box(step.picture.shape, width, height)
    if min(across, tall) < 5:
        return 0.0
    page.picture(highlight(step.picture, coarse_mask(step.painted, step.picture.shape[1::-1])), x, y, across, tall)
    longest = max(across, tall)
    with page.pdf.rect_clip(x, y, across, tall):
        for colour, wide in (((255, 255, 255), 1.3), (INK, 0.55)):
            page.colour(colour, width=wide * longest / 70)
            for arrow in step.arrows:
                start, end = (np.array([x, y]) + longest * np.array(point[:2]) for point in (arrow.start, arrow.end))
                page.path(np.stack([start, end]))
                if arrow.one_way:
                    back = 0.35 * (start - end)
                    for turn in (0.6, -0.6):
                        side = np.array([back[0] - turn * back[1], back[1] + turn * back[0]])
                        page.path(np.stack([end + side, end]))
    return tall
