"""The sheet as a PDF: overview, steps, grid, outline, value study, and the outline at the canvas's size."""

from collections.abc import Callable, Mapping
from functools import partial

from .content import SheetContent
from .drawing import PdfPages
from .fonts import FontFile, find_font, is_plain
from .outline import outline_paths
from .phrasebook import Phrasebook
from .poster import draw_plan, draw_tile, plan_poster
from .step_pages import PER_PAGE, draw_overview, draw_steps
from .study_pages import draw_gridded, draw_traceable, draw_values


def write_pdf(
    sheet: SheetContent, *, paper: str = "a4", language: str = "en", font: FontFile | None = None,
    text: Mapping[str, str],
) -> bytes:  # fmt: skip
    """Draw the sheet; the same content gives the same bytes.

    Args:
        sheet: what it says and shows.
        paper: one of `PAPERS`.
        language: one of `LANGUAGE_NAMES`.
        font: None for Helvetica, or another one if that has not all letters of what is said.
        text: metadata of the file.
    """
    book = Phrasebook(language)
    names = (
        sheet.title
        + sheet.heading
        + "".join(str(colour.get("part", "")) for step in sheet.steps for colour in step.palette)
    )
    if font is None and not is_plain(names):
        font = find_font(names + "aäéñ")
    page = PdfPages(paper, book, font, text, sheet.heading or sheet.title)
    paths = outline_paths(sheet.picture, sheet.labels)
    poster = plan_poster(sheet.canvas, sheet.size, paper) if sheet.poster else None
    draw: list[tuple[Callable[[PdfPages, SheetContent], None], bool, bool]] = [(draw_overview, False, False)]
    for first in range(0, len(sheet.steps), PER_PAGE):
        draw.append((partial(draw_steps, steps=list(sheet.steps[first : first + PER_PAGE])), False, False))
    lies = sheet.size[0] > sheet.size[1]
    draw += [(draw_gridded, lies, False)] if sheet.square else []
    draw += [(partial(draw_traceable, paths=paths), lies, False), (draw_values, not lies, False)]
    if poster is not None:
        draw += [(partial(draw_plan, poster=poster, paths=paths), False, False)] if poster.count > 1 else []
        draw += [
            (partial(draw_tile, poster=poster, paths=paths, row=row, column=column), poster.wide, True)
            for row in range(poster.rows)
            for column in range(poster.columns)
        ]
    for number, (one, wide, bare) in enumerate(draw, 1):
        page.add_page(number, len(draw), wide=wide, bare=bare)
        one(page, sheet)
    return page.save()
