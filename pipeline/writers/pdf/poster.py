"""Poster: the outline at the size of a canvas, on as many pages as that takes, to be glued together."""

from collections.abc import Sequence
from dataclasses import dataclass

from ....modules.io.errors import UserError
from ..canvas_size import CanvasSize
from .content import SheetContent
from .drawing import GREY, INK, PAPERS, RULE, PdfPages, fit_box
from .outline import OutlinePath
from .step_pages import SMALL, TEXT, TITLE
from .study_pages import draw_grid, draw_outline

EDGE, OVERLAP = 8.0, 10.0  # millimetres: that printers leave white, and that tiles share
MOST_TILES = 120
FAINT = (236, 234, 230)
GLUE = (
    "Print the next pages at 100 %, cut them along the dashed lines at their right and lower edge, and lay each over "
    "the grey edge of the next: crosses on crosses."
)


@dataclass(frozen=True)
class Poster:
    """How a canvas is divided into pages.

    Attributes:
        width, height: of the canvas in millimetres.
        wide: whether the pages lie.
        columns, rows: of pages.
        tile: width and height in millimetres that is printed on each.
    """

    width: float
    height: float
    wide: bool
    columns: int
    rows: int
    tile: tuple[float, float]

    @property
    def count(self) -> int:
        """Of pages."""
        return self.columns * self.rows


def plan_poster(canvas: CanvasSize, size: tuple[int, int], paper: str) -> Poster | None:
    """Divide a canvas for a picture of `size` = (width, height) into pages; None where its size is in pixels.

    Raises:
        UserError: when there would be more than MOST_TILES.
    """
    if canvas.unit == "px":
        return None
    longest = canvas.longest * (25.4 if canvas.unit == "in" else 1)
    width, height = (max(longest * side / max(size), 1.0) for side in size)
    found = []
    for wide in (False, True):
        across, tall = (side - 2 * EDGE for side in (PAPERS[paper][::-1] if wide else PAPERS[paper]))
        columns, rows = (_count(whole, one) for whole, one in ((width, across), (height, tall)))
        found.append(Poster(width, height, wide, columns, rows, (across, tall)))
    best = min(found, key=lambda poster: poster.count)
    if best.count > MOST_TILES:
        raise UserError(
            f"The outline would take {best.count} pages of {paper.upper() if paper != 'letter' else 'Letter'}.",
            f"{MOST_TILES} are possible: the canvas is {canvas.sides(size)}.",
            "Use --paper a3, a smaller --canvas-size, or a projector.",
        )
    return best


def _count(whole: float, one: float) -> int:
    """Count the tiles of length `one` that cover `whole`, each OVERLAP over the next."""
    return 1 + max(0, -int(-(whole - one) // (one - OVERLAP))) if whole > one else 1


def draw_plan(page: PdfPages, sheet: SheetContent, poster: Poster, paths: Sequence[OutlinePath]) -> None:
    """Draw how the pages lie, and say how they are put together."""
    say, (x, y, width, height) = page.book.say, page.box
    title = say(
        "Outline at the size of your canvas: {columns} x {rows} pages", columns=poster.columns, rows=poster.rows
    )
    bottom = y + height
    y = page.paragraph(x, y, title, TITLE, width, bold=True)
    y = page.paragraph(x, y, say(GLUE), TEXT, width) + 3
    whole = [OVERLAP + n * (side - OVERLAP) for n, side in zip((poster.columns, poster.rows), poster.tile, strict=True)]
    across, _ = fit_box((round(whole[1]), round(whole[0])), width, min(bottom - y, 0.7 * height))
    scale = across / whole[0]
    draw_outline(page, paths, x, y, scale * max(poster.width, poster.height))
    page.colour(GREY, width=0.3)
    for row in range(poster.rows):
        for column in range(poster.columns):
            left, top = (scale * n * (side - OVERLAP) for n, side in zip((column, row), poster.tile, strict=True))
            page.pdf.rect(x + left, y + top, scale * poster.tile[0], scale * poster.tile[1])
            page.words(x + left + 1, y + top + 0.5, f"{row + 1}-{column + 1}", SMALL, GREY)


def draw_tile(
    page: PdfPages, sheet: SheetContent, poster: Poster, paths: Sequence[OutlinePath], row: int, column: int
) -> None:
    """Draw one page of the outline at the canvas's size."""
    across, tall = poster.tile
    left, top = column * (across - OVERLAP), row * (tall - OVERLAP)
    x, y = EDGE - left, EDGE - top  # where the whole picture would begin
    pdf = page.pdf
    with pdf.rect_clip(EDGE, EDGE, across, tall):
        page.colour(RULE, FAINT)
        if column:  # what the page before lies over
            pdf.rect(EDGE, EDGE, OVERLAP, tall, style="F")
        if row:
            pdf.rect(EDGE, EDGE, across, OVERLAP, style="F")
        longest = max(poster.width, poster.height)
        near = [
            path for path in paths
            if (longest * path.points.max(axis=0) >= (left, top)).all()
            and (longest * path.points.min(axis=0) <= (left + across, top + tall)).all()
        ]  # fmt: skip
        draw_grid(page, sheet, (x, y, poster.width, poster.height), names=False)
        page.colour(GREY, width=0.3)
        pdf.rect(x, y, poster.width, poster.height)
        draw_outline(page, near, x, y, longest)
        page.colour(INK, width=0.25)
        for down in (0, 1):
            for right in (0, 1):
                cross_x = EDGE + (across - OVERLAP / 2 if right else OVERLAP / 2)
                cross_y = EDGE + (tall - OVERLAP / 2 if down else OVERLAP / 2)
                pdf.line(cross_x - 3, cross_y, cross_x + 3, cross_y)
                pdf.line(cross_x, cross_y - 3, cross_x, cross_y + 3)
        page.colour(GREY, width=0.3)
        pdf.set_dash_pattern(dash=2, gap=2)
        if column < poster.columns - 1:
            pdf.line(EDGE + across - 0.2, EDGE, EDGE + across - 0.2, EDGE + tall)
        if row < poster.rows - 1:
            pdf.line(EDGE, EDGE + tall - 0.2, EDGE + across, EDGE + tall - 0.2)
        pdf.set_dash_pattern()
    say = page.book.say
    name = say("row {row}, column {column}", row=row + 1, column=column + 1) if poster.count > 1 else ""
    words = "  ·  ".join(filter(None, [name, say("At its real size: print at 100 %.")]))
    page.words(EDGE + 1, page.height - EDGE + 0.8, words, SMALL - 1, GREY)
