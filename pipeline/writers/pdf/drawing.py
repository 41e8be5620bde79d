"""Drawing on PDF pages in millimetres: text that wraps, pictures, swatches, arrows."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ....modules.io.png import encode_png
from ...provenance import SHORT, one_line
from .fonts import FontFile, is_plain
from .phrasebook import Phrasebook

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4), "a3": (297.0, 420.0)}  # millimetres
INK, GREY, RULE = (30, 28, 26), (104, 100, 96), (206, 202, 196)
POINT = 25.4 / 72  # millimetres
LINE = 1.28  # distance of lines, in sizes of letters
DPI = 200  # of pictures, at most
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of every file: the same sheet is the same file

Colour = tuple[int, int, int]


class PdfPages:
    """A PDF that is drawn page by page.

    Args:
        paper: one of `PAPERS`.
        book: says what stands on every page.
        font: None for Helvetica.
        text: metadata of the file.
        title: of the file.
    """

    def __init__(
        self, paper: str, book: Phrasebook, font: FontFile | None, text: Mapping[str, str], title: str
    ) -> None:
        from fpdf import FPDF

        self.size, self.book, self.font = PAPERS[paper], book, font
        self.foot = "  ·  ".join(
            [book.say("predicted, not recorded"), text.get("Software", "ppp")]
            + ([f"process {text['Process'][:SHORT]}"] if text.get("Process") else [])
        )
        self.margin = 13.0
        self.scale = min(1.3, self.size[0] / PAPERS["a4"][0])
        self.pdf = FPDF(unit="mm", format=self.size)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_creation_date(EPOCH)
        self.pdf.set_title(title)
        self.pdf.set_subject(one_line(text))
        self.pdf.set_creator(text.get("Software", "ppp"))
        self.pdf.set_lang(book.language)
        if font is not None:
            self.pdf.add_font("sheet", fname=str(font.path), collection_font_number=font.face)

    @property
    def width(self) -> float:
        """Of the page, in millimetres."""
        return float(self.pdf.w)

    @property
    def height(self) -> float:
        """Of the page, in millimetres."""
        return float(self.pdf.h)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """What may be drawn on: x, y, width, height; below it stands the foot."""
        return self.margin, self.margin, self.width - 2 * self.margin, self.height - 2 * self.margin - 6

    def add_page(self, number: int, total: int, *, wide: bool = False, bare: bool = False) -> None:
        """Begin a page, `wide` for one that lies, with its foot, which a `bare` one has not."""
        self.pdf.add_page(orientation="landscape" if wide else "portrait")
        if bare:
            return
        y = self.height - self.margin + 1
        self.words(self.margin, y, self.foot, 7.5, GREY)
        page = self.book.say("page {n} of {pages}", n=number, pages=total)
        self.words(self.width - self.margin - self.length(page, 7.5), y, page, 7.5, GREY)

    # ---- text

    def _set(self, points: float, bold: bool) -> None:
        points *= self.scale
        if self.font is None:
            self.pdf.set_font("helvetica", "B" if bold else "", points)
        else:
            self.pdf.set_font("sheet", "", points)

    def plain(self, text: str) -> str:
        """Return a text without letters that the font has not."""
        return text if self.font is not None or is_plain(text) else text.encode("latin-1", "replace").decode("latin-1")

    def length(self, text: str, points: float, *, bold: bool = False) -> float:
        """Width of a line of text."""
        self._set(points, bold)
        return float(self.pdf.get_string_width(self.plain(text)))

    def line_height(self, points: float) -> float:
        """Distance of lines."""
        return LINE * POINT * points * self.scale

    def wrap(self, text: str, points: float, width: float, *, bold: bool = False) -> list[str]:
        """Wrap a text into lines of at most `width`; Chinese between any letters, a longer word where it must be."""
        lines = [""]
        for word in _words(text):
            longer = lines[-1] + word
            if self.length(longer.rstrip(), points, bold=bold) <= width or (not lines[-1] and len(word) == 1):
                lines[-1] = longer
            elif self.length(word.rstrip(), points, bold=bold) <= width:
                lines.append(word)
            else:
                for letter in word:
                    if lines[-1] and self.length(lines[-1] + letter, points, bold=bold) > width:
                        lines.append("")
                    lines[-1] += letter
        return [line.rstrip() for line in lines]

    def words(self, x: float, y: float, text: str, points: float, colour: Colour = INK, *, bold: bool = False) -> None:
        """Write a line of text whose letters begin at (x, y), its upper left corner."""
        from fpdf.enums import TextMode

        self._set(points, bold)
        self.pdf.set_text_color(*colour)
        self.pdf.text_mode = TextMode.FILL
        if bold and self.font is not None:  # a font that has no bold letters of its own
            self.colour(colour, width=0.012 * points)
            self.pdf.text_mode = TextMode.FILL_STROKE
        self.pdf.text(x, y + 0.78 * POINT * points * self.scale, self.plain(text))

    def paragraph(
        self, x: float, y: float, text: str, points: float, width: float, colour: Colour = INK, *, bold: bool = False
    ) -> float:
        """Write a text in lines of at most `width`; return the y below it."""
        for line in self.wrap(text, points, width, bold=bold):
            self.words(x, y, line, points, colour, bold=bold)
            y += self.line_height(points)
        return y

    # ---- pictures and lines

    def colour(self, line: Colour, fill: Colour | None = None, width: float = 0.2) -> None:
        """Set the colours of what is drawn next, and the width of its lines."""
        self.pdf.set_draw_color(*line)
        self.pdf.set_line_width(width)
        if fill is not None:
            self.pdf.set_fill_color(*fill)

    def picture(self, picture: np.ndarray, x: float, y: float, width: float, height: float) -> None:
        """Place a picture (h,w,3) or (h,w) uint8, no finer than `DPI`, in a thin frame."""
        most = max(1, round(width / 25.4 * DPI)), max(1, round(height / 25.4 * DPI))
        if picture.shape[1] > most[0]:
            picture = cv2.resize(picture, most, interpolation=cv2.INTER_AREA)
        self.pdf.image(_encode(picture), x, y, width, height)
        self.colour(RULE, width=0.15)
        self.pdf.rect(x, y, width, height)

    def fit_picture(self, picture: np.ndarray, x: float, y: float, width: float, height: float) -> tuple[float, float]:
        """Place a picture as large as it fits at (x, y); return its width and height."""
        size = fit_box(picture.shape, width, height)
        self.picture(picture, x, y, *size)
        return size

    def swatch(self, x: float, y: float, rgb: Sequence[int], width: float, height: float) -> None:
        """Draw a colour."""
        self.colour(GREY, (int(rgb[0]), int(rgb[1]), int(rgb[2])), 0.15)
        self.pdf.rect(x, y, width, height, style="DF")

    def path(self, points: np.ndarray) -> None:
        """Draw a line through (P,2) points in millimetres."""
        self.pdf.polyline([(float(x), float(y)) for x, y in points])

    def rule(self, y: float) -> None:
        """Draw a thin line over the page."""
        self.colour(RULE, width=0.25)
        self.pdf.line(self.margin, y, self.width - self.margin, y)

    def save(self) -> bytes:
        """Return the file's bytes."""
        return bytes(self.pdf.output())


def _encode(picture: np.ndarray) -> io.BytesIO:
    """Encode a picture (h,w,3) as JPEG; one in few greys (h,w) as PNG, which is smaller there."""
    if picture.ndim == 2:
        return io.BytesIO(encode_png(np.repeat(picture[..., None], 3, axis=2)))
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=92)
    file.seek(0)
    return file


def fit_box(shape: Sequence[int], width: float, height: float) -> tuple[float, float]:
    """Size at which a picture (h,w,…) fits into width x height, each side half a millimetre at least."""
    scale = min(width / shape[1], height / shape[0])
    return max(0.5, shape[1] * scale), max(0.5, shape[0] * scale)


def _words(text: str) -> list[str]:
    """Split a text where a line may end: after spaces, and after Chinese letters but not before their points."""
    found: list[str] = []
    for letter in text:
        wide = ord(letter) > 0x2E80
        if found and (not found[-1][-1].isspace() or letter.isspace()):
            ends = ord(found[-1][-1]) > 0x2E80 or wide
            if not ends or letter in "，。；：、）》？！" or letter.isspace() or found[-1][-1] in "（《":
                found[-1] += letter
                continue
        found.append(letter)
    return found


def say_time(book: Phrasebook, minutes: int) -> str:
    """Say a time: "25 min", "3 h 40 min"."""
    hours, rest = divmod(minutes, 60)
    facts: dict[str, Any] = {"h": hours, "n": rest}
    return book.say("{h} h {n} min" if hours and rest else "{h} h" if hours else "{n} min", **facts)
