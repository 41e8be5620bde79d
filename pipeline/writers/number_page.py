"""Pages to paint by numbers: outlines with numbers, a palette and an order, as SVG or PDF."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Protocol
from xml.sax.saxutils import escape

import numpy as np

from ...modules.io.errors import UserError, install_extra
from ..provenance import one_line
from .colour_names import colour_name
from .number_areas import NumberedPicture
from .pdf.drawing import EPOCH

PAPER = (210.0, 297.0)  # millimetres
MARGIN, GAP, ROW, LINE = 10.0, 4.0, 8.5, 4.6
CELL = 33.0  # width of a colour in the palette, at least
LARGEST, TEXT, SMALL = 4.0, 3.4, 2.7  # heights of letters
FIT = 0.92  # of the largest circle in an area that its number fills
WIDE, HIGH = 0.57, 0.72  # of a digit, as shares of its height of letters
OUTLINE, INK, GREY, RULE = "#8a8a8a", "#222222", "#666666", "#444444"
HEAVY, FINE = 0.3, 0.18  # line widths


@dataclass(frozen=True)
class NumberStep:
    """What to paint next: the name of a part and the numbers of its colours."""

    name: str
    part: int
    numbers: tuple[int, ...]


class NumberSheet(Protocol):
    """A page in millimetres on which is drawn."""

    def begin(self, name: str) -> None:
        """Begin a group."""
        ...

    def end(self) -> None:
        """End the group."""
        ...

    def area(self, lines: Sequence[np.ndarray], colour: str) -> None:
        """Draw an area's outlines (n,2), white inside; `colour` is what it will be painted in."""
        ...

    def box(self, x: float, y: float, width: float, height: float, fill: str | None) -> None: ...

    def text(self, x: float, y: float, said: str, size: float, *, colour: str = INK, middle: bool = False) -> None:
        """Write a line; y is its base line, x its left end or its middle."""
        ...

    def done(self) -> bytes:
        """Return the file."""
        ...


def curve_ends(points: np.ndarray) -> np.ndarray:
    """Make a closed line (n,2) smooth: where the quadratic curves end whose control points are the line's points."""
    return (points + np.roll(points, -1, axis=0)) / 2


def sharp_at(points: np.ndarray, width: float, height: float) -> np.ndarray:
    """Double the points of a line (n,2) that lie on the frame of the picture: curves have corners there."""
    on = (points <= 1e-6).any(axis=1) | (points[:, 0] >= width - 1e-6) | (points[:, 1] >= height - 1e-6)
    return np.repeat(points, 1 + on, axis=0)


class SvgPage:
    """The page as SVG: groups by step, so that drawing programs can show one after the other."""

    def __init__(self, size: tuple[float, float], title: str, text: Mapping[str, str]) -> None:
        self._lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]:g}mm" height="{size[1]:g}mm" '
            f'viewBox="0 0 {size[0]:g} {size[1]:g}" font-family="Helvetica, Arial, sans-serif">',
            f"<title>{escape(title)}</title>",
            f"<desc>{escape(one_line(text))}</desc>",
            f'<rect width="{size[0]:g}" height="{size[1]:g}" fill="#ffffff"/>',
        ]

    def begin(self, name: str) -> None:
        self._lines.append(f'<g data-name="{escape(name, {chr(34): "&quot;"})}">')

    def end(self) -> None:
        self._lines.append("</g>")

    def area(self, lines: Sequence[np.ndarray], colour: str) -> None:
        paths = []
        for line in lines:
            ends = curve_ends(line)
            curves = ("Q{:.2f} {:.2f} {:.2f} {:.2f}".format(*to, *end) for to, end in zip(line, ends, strict=True))
            paths.append("M{:.2f} {:.2f}".format(*ends[-1]) + "".join(curves) + "Z")
        self._lines.append(
            f'<path d="{"".join(paths)}" data-colour="{colour}" fill="#ffffff" fill-rule="evenodd" stroke="{OUTLINE}" '
            f'stroke-width="{FINE}"/>'
        )

    def box(self, x: float, y: float, width: float, height: float, fill: str | None) -> None:
        self._lines.append(
            f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" fill="{fill or "none"}" '
            f'stroke="{RULE}" stroke-width="{FINE if fill else HEAVY}"/>'
        )

    def text(self, x: float, y: float, said: str, size: float, *, colour: str = INK, middle: bool = False) -> None:
        anchor = ' text-anchor="middle"' if middle else ""
        self._lines.append(
            f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size:.2f}" fill="{colour}"{anchor}>{escape(said)}</text>'
        )

    def done(self) -> bytes:
        return "\n".join([*self._lines, "</svg>", ""]).encode()


def check_format(name: str) -> None:
    """Raise UserError for a format of pages that is unknown, or that a package is missing for."""
    if name == "pdf" and find_spec("fpdf") is None:
        raise UserError(
            "--numbers pdf cannot be written.", "The package fpdf2 is not installed.",
            f"Use --numbers svg, which browsers print. {install_extra('paper')}",
        )  # fmt: skip


class PdfPage:
    """The page as PDF, written with fpdf2."""

    def __init__(self, size: tuple[float, float], title: str, text: Mapping[str, str]) -> None:
        from fpdf import FPDF

        self._pdf: Any = FPDF(unit="mm", format=size)
        self._pdf.set_auto_page_break(False)
        self._pdf.set_creation_date(EPOCH)
        self._pdf.set_title(title)
        self._pdf.set_subject(one_line(text))
        self._pdf.add_page()
        self._pdf.set_margin(0)

    def begin(self, name: str) -> None:
        pass

    def end(self) -> None:
        pass

    def area(self, lines: Sequence[np.ndarray], colour: str) -> None:
        with self._pdf.drawing_context() as drawing:
            from fpdf.drawing import PaintedPath
            from fpdf.enums import PathPaintRule

            path = PaintedPath()
            path.style.paint_rule = PathPaintRule.STROKE_FILL_EVENODD
            path.style.fill_color, path.style.stroke_color, path.style.stroke_width = "#ffffff", OUTLINE, FINE
            for line in lines:
                ends = curve_ends(line)
                path.move_to(*map(float, ends[-1]))
                for to, end in zip(line, ends, strict=True):
                    path.quadratic_curve_to(*map(float, to), *map(float, end))
                path.close()
            drawing.add_item(path)

    def box(self, x: float, y: float, width: float, height: float, fill: str | None) -> None:
        self._pdf.set_draw_color(RULE)
        self._pdf.set_line_width(FINE if fill else HEAVY)
        if fill:
            self._pdf.set_fill_color(fill)
        self._pdf.rect(x, y, width, height, style="DF" if fill else "D")

    def text(self, x: float, y: float, said: str, size: float, *, colour: str = INK, middle: bool = False) -> None:
        self._pdf.set_font("Helvetica", size=size * 72 / 25.4)
        self._pdf.set_text_color(colour)
        said = said.encode("latin-1", "replace").decode("latin-1")  # what the built-in font has
        self._pdf.text(x - self._pdf.get_string_width(said) / 2 if middle else x, y, said)

    def done(self) -> bytes:
        return bytes(self._pdf.output())


PAGE_FORMATS: dict[str, type[SvgPage] | type[PdfPage]] = {"svg": SvgPage, "pdf": PdfPage}


def draw_page(
    kind: str, picture: NumberedPicture, order: Sequence[int], steps: Sequence[NumberStep], title: str,
    text: Mapping[str, str],
) -> bytes:  # fmt: skip
    """Draw a page.

    Args:
        kind: one of `PAGE_FORMATS`.
        order: the palette's colours in the order of their numbers, from 1.
        steps: in which order parts are painted.
        title: what stands on top.
        text: metadata.
    """
    height, width = picture.index.shape
    paper = PAPER if height >= width else PAPER[::-1]
    page = PAGE_FORMATS[kind](paper, title, text)
    across = paper[0] - 2 * MARGIN
    columns = int(across // CELL)
    lines = _wrapped(
        [f"{i}. {step.name}: {', '.join(map(str, step.numbers))}" for i, step in enumerate(steps, 1)], across
    )
    below = GAP + ROW * -(-len(order) // columns) + GAP + LINE * (len(lines) + 1)
    top = MARGIN + TEXT + GAP
    scale = min(across / width, (paper[1] - top - MARGIN - below) / height) * max(height, width)
    shape = np.array([width, height]) / max(height, width)
    corner = np.array([(paper[0] - scale * shape[0]) / 2, top])
    page.text(MARGIN, MARGIN + TEXT * 0.8, title, TEXT)
    number = {colour: i for i, colour in enumerate(order, 1)}
    for step in steps:
        page.begin(step.name)
        for area in picture.areas:
            if area.part == step.part:
                outlines = [corner + scale * sharp_at(line, *shape) for line in area.outlines]
                page.area(outlines, to_hex(picture.palette[area.colour]))
        page.end()
    page.begin("numbers")
    for area in picture.areas:
        said = str(number[area.colour])
        size = min(LARGEST, 2 * FIT * area.radius * scale / float(np.hypot(WIDE * len(said), HIGH)))
        x, y = corner + scale * np.array(area.place)
        page.text(x, y + HIGH * size / 2, said, size, colour=GREY, middle=True)
    page.end()
    page.box(corner[0], corner[1], scale * shape[0], scale * shape[1], None)
    page.begin("palette")
    _draw_palette(page, picture, order, corner[1] + scale * shape[1] + GAP, across / columns, columns)
    page.end()
    y = paper[1] - MARGIN - LINE * len(lines)
    for i, line in enumerate(lines):
        page.text(MARGIN, y + LINE * i, line, SMALL + 0.2)
    page.text(MARGIN, paper[1] - MARGIN + 1.5, one_line(text), 2.0, colour=GREY)
    return page.done()


def _draw_palette(
    page: NumberSheet, picture: NumberedPicture, order: Sequence[int], top: float, cell: float, columns: int
) -> None:
    for i, colour in enumerate(order):
        x, y = MARGIN + i % columns * cell, top + i // columns * ROW
        page.box(x, y, 8, ROW - 2, to_hex(picture.palette[colour]))
        page.text(x + 9.5, y + 3.1, str(i + 1), TEXT)
        page.text(x + 9.5, y + 6.2, colour_name(picture.palette[colour]), 2.3, colour=GREY)


def to_hex(rgb: np.ndarray) -> str:
    """Write a colour as "#rrggbb"."""
    return "#" + "".join(f"{int(v):02x}" for v in rgb)


def _wrapped(words: Sequence[str], width: float) -> list[str]:
    """Put what is said side by side, as much on a line as fits."""
    lines: list[str] = []
    for said in words:
        joined = f"{lines[-1]}  ·  {said}" if lines else said
        if lines and len(joined) * 0.5 * (SMALL + 0.2) <= width:
            lines[-1] = joined
        else:
            lines.append(said)
    return lines
