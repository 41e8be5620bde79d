"""Sheet options: as pictures or as a PDF, on which paper, in which language, under which grid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ...modules.io.errors import UserError, choices, install_extra
from ...modules.paints.pigments import Shelf, find_shelf
from .canvas_size import CanvasSize
from .format_names import parse_format_names
from .pdf.content import MOST_SQUARES, usual_square
from .pdf.drawing import PAPERS
from .pdf.fonts import FontFile, check_font
from .pdf.phrasebook import check_language

SHEET_FORMATS = ("png", "pdf")
MOST_TITLE = 200
_MILLIMETRES = {"mm": 1.0, "cm": 10.0, "in": 25.4, "px": 0.0}


@dataclass(frozen=True)
class SheetOptions:
    """How the step sheet is written.

    Attributes:
        title: of its pages; "" for one made of the painting's name.
        formats: of `SHEET_FORMATS`.
        paper: of the PDF, one of `PAPERS`.
        language: of the PDF.
        font: of the PDF; None for Helvetica.
        paints: that recipes are given for; None: those of the palette that it is painted in, if any.
        grid: squares of the PDF's grid: "" for usual ones, "none", a number along the longest side, or a length.
    """

    formats: tuple[str, ...] = ("png",)
    paper: str = "a4"
    language: str = "en"
    font: FontFile | None = None
    grid: str = ""
    paints: Shelf | None = None
    title: str = ""


def parse_sheet_options(
    formats: Sequence[str] = (), paper: str | None = None, language: str | None = None, font: Path | None = None,
    grid: str | None = None, paints: str | None = None, title: str | None = None, captions: bool = False,
    canvas: CanvasSize | None = None,
) -> SheetOptions:  # fmt: skip
    """Parse and check the options of the sheet. Raises UserError before anything is painted.

    Args:
        captions: whether there will be some, which are in the PDF's language.
        canvas: whose size the grid has to fit, where it is known.
    """
    names = parse_format_names("--sheet", formats or ["png"], SHEET_FORMATS)
    title = " ".join((title or "").split())
    if not title.isprintable() or len(title) > MOST_TITLE:
        fix = f"Give {MOST_TITLE} letters or fewer."
        raise UserError("--title cannot be used.", f"It has {len(title)} characters, or some that cannot be seen.", fix)
    given = {"--paper": paper, "--language": language, "--font": font, "--grid": grid}
    shelf = None if paints is None else find_shelf(paints, "--paints")
    if "pdf" not in names:
        if alone := [
            name for name, value in given.items() if value is not None and not (captions and name == "--language")
        ]:
            raise UserError(f"{alone[0]} belongs to the PDF of the sheet.", fix="Add --sheet pdf, or png,pdf for both.")
        return SheetOptions(names, language=check_language(language or "en"), paints=shelf, title=title)
    if find_spec("fpdf") is None:
        raise UserError("The sheet cannot be written as a PDF.", "The package 'fpdf2' is not installed.",
                        install_extra("paper"))  # fmt: skip
    size = (paper or "a4").strip().lower()
    if size not in PAPERS:
        raise UserError(f"There is no paper {paper!r}.", fix=choices(paper or "", PAPERS))
    code = check_language(language or "en")
    grid = (grid or "").strip().lower()
    parse_grid(grid, canvas)
    return SheetOptions(names, size, code, check_font(code, font), grid, shelf, title)


def parse_grid(grid: str, canvas: CanvasSize | None) -> float:
    """Find the side of a grid's squares in a canvas's unit; 0 for no grid, or where the canvas is not known yet.

    Raises:
        UserError: when it is not understood, does not fit the canvas's unit, or would have too many squares.
    """
    what, fix = f"--grid {grid} cannot be used.", "For example: --grid 5cm, --grid 8 or --grid none"
    if grid == "none" or (grid == "" and canvas is None):
        return 0.0
    if grid == "" and canvas is not None:
        return usual_square(canvas)
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?)\s*(mm|cm|in|px)?", grid)
    if found is None or not (number := float(found[1].replace(",", "."))):
        raise UserError(f"--grid {grid} is not understood.", fix=fix)
    if canvas is None:
        return 0.0
    if found[2] is None:
        side = canvas.longest / number
    elif (found[2] == "px") != (canvas.unit == "px"):
        raise UserError(what, f"The canvas is {canvas.longest:g} {canvas.unit} long.", "Give both in the same unit.")
    else:
        side = number if canvas.unit == "px" else number * _MILLIMETRES[found[2]] / _MILLIMETRES[canvas.unit]
    if canvas.longest / side > MOST_SQUARES:
        why = f"It would have {canvas.longest / side:.0f} squares along the longest side; {MOST_SQUARES} are possible."
        raise UserError(what, why, fix)
    return side
