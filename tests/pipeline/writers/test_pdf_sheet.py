"""The sheet as a PDF: pages with real text, nothing beyond them, the outline at the canvas's size, every language."""

import re
import zlib

import numpy as np
import pytest
from paintings import TEXT, frames, job, write

from ppp.modules.io.errors import UserError
from ppp.pipeline.provenance import find_line
from ppp.pipeline.writers.brush_words import Arrow
from ppp.pipeline.writers.canvas_size import CanvasSize
from ppp.pipeline.writers.pdf import fonts
from ppp.pipeline.writers.pdf.content import SheetContent, SheetStep, usual_square
from ppp.pipeline.writers.pdf.drawing import PAPERS, PdfPages
from ppp.pipeline.writers.pdf.poster import EDGE, MOST_TILES, OVERLAP, plan_poster
from ppp.pipeline.writers.pdf.write_pdf import write_pdf
from ppp.pipeline.writers.sheet_options import SheetOptions, parse_grid, parse_sheet_options
from ppp.pipeline.writers.step_sheet import SheetWriter

pytest.importorskip("fpdf")

LONG = (
    "Block in part 11 (dark grey-blue-green, lower right): flat colour",
    "Middle-sized flat bristle brush (15 mm, 6 mm where it is narrow), thin paint: what is below shines through, "
    "about 90 short strokes mostly downwards to the right, along the form; then fine round brush (4 mm), opaque "
    "paint, about 90 long strokes in all directions",
)


def sheet(shape=(48, 64), n_steps=5, canvas=None, poster=False, square=50.0, title="my lady", recipes=False):
    picture = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    painted = np.zeros(shape, bool)
    painted[: shape[0] // 2] = True
    palette = [{"rgb": [40 * i] * 3, "name": "very dark grey-blue-green", "part": "part 11"} for i in range(5)]
    if recipes:
        parts = [("quinacridone rose", 8.0), ("cadmium yellow", 6.0), ("burnt sienna", 0.1), ("ultramarine", 0.1)]
        palette = [{**colour, "recipe": {"parts": parts, "rgb": [90, 80, 70], "error": 12.3}} for colour in palette]
    arrows = [Arrow((0.1, 0.1), (0.2, 0.2), True), Arrow((0.3, 0.1), (0.4, 0.1), False)]
    said = [LONG, ("Let it dry", ""), LONG]
    steps = [SheetStep(i, i, picture, painted, said, palette, arrows, 25) for i in range(1, n_steps + 1)]
    materials = {
        "medium": "oil paint",
        "canvas": "60 x 50 cm, primed white",
        "brushes": "round brush, 6 and 4 mm; " * 6,
    }
    labels = np.ones(shape, np.uint8)
    labels[:, shape[1] // 2 :] = 2
    return SheetContent(
        title, "washes, from light to dark", n_steps + 1, (shape[1], shape[0]), picture, labels, {}, (250, 240, 230),
        materials, canvas or CanvasSize(500.0, "mm"), poster, square, steps,
    )  # fmt: skip


def pages(pdf):
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def words(pdf):
    """The text of a PDF in Helvetica."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, flags=re.DOTALL)
    plain = []
    for stream in streams:
        try:
            plain.append(zlib.decompress(stream).decode("latin-1"))
        except zlib.error:
            continue
    return " ".join(re.findall(r"\((.*?)\) Tj", " ".join(plain)))


@pytest.mark.parametrize(("size", "n_frames"), [((64, 48), 9), ((1, 1), 5), ((3000, 4), 3), ((40, 900), 3)])
def test_a_run_writes_a_pdf_of_any_picture(tmp_path, size, n_frames):
    options = SheetOptions(("pdf",))
    facts = write(
        lambda work: SheetWriter(work, options), job(tmp_path, size, n_frames=n_frames), frames(size, n_frames)
    )
    assert facts["sheet"]["files"] == ["sheet.pdf"] == [path.name for path in tmp_path.iterdir()]
    pdf = (tmp_path / "sheet.pdf").read_bytes()
    assert pages(pdf) == 1 + -(-(n_frames - 1) // 2) + 3
    assert "somebody" in words(pdf) and "Outline to trace" in words(pdf)
    assert find_line(pdf) == TEXT, "ppp verify knows it"


def test_the_same_sheet_is_the_same_file():
    assert write_pdf(sheet(), text=TEXT) == write_pdf(sheet(), text=TEXT)


@pytest.mark.parametrize("shape", [(48, 64), (64, 40), (20, 90)])
@pytest.mark.parametrize(("paper", "language"), [("a4", "de"), ("letter", "en"), ("a3", "fr")])
@pytest.mark.parametrize("recipes", [False, True])
def test_nothing_is_written_beyond_the_page_or_over_each_other(monkeypatch, shape, paper, language, recipes):
    drawn = []
    real = PdfPages.words

    def note(self, x, y, text, points, colour=(0, 0, 0), *, bold=False):
        width, height = self.length(text, points, bold=bold), 0.75 * points * 25.4 / 72 * self.scale
        drawn.append((self.pdf.page, x, y, x + width, y + height, text, self.width, self.height))
        real(self, x, y, text, points, colour, bold=bold)

    monkeypatch.setattr(PdfPages, "words", note)
    content = sheet(shape, canvas=CanvasSize(500.0, "mm"), poster=True, recipes=recipes)
    write_pdf(content, paper=paper, language=language, text=TEXT)
    assert len(drawn) > 100
    for place, one in enumerate(drawn):
        assert one[1] > 3 and one[2] > 3 and one[3] < one[6] - 3 and one[4] < one[7] - 1, one
        for other in drawn[:place]:
            if other[0] == one[0]:
                over = min(one[3], other[3]) - max(one[1], other[1]), min(one[4], other[4]) - max(one[2], other[2])
                assert min(over) < 0.6, (one, other)


# ---- the outline at the canvas's size


@pytest.mark.parametrize(("longest", "paper"), [(600.0, "a4"), (600.0, "a3"), (250.0, "a3"), (900.0, "letter")])
def test_tiles_cover_the_canvas_with_what_they_share(longest, paper):
    poster = plan_poster(CanvasSize(longest, "mm"), (640, 480), paper)
    whole = [n * (side - OVERLAP) + OVERLAP for n, side in zip((poster.columns, poster.rows), poster.tile, strict=True)]
    assert whole[0] >= longest and whole[1] >= 0.75 * longest
    for n, side, needed in zip((poster.columns, poster.rows), poster.tile, (longest, 0.75 * longest), strict=True):
        assert n == 1 or (n - 1) * (side - OVERLAP) + OVERLAP < needed, "no page too many"
    assert max(poster.tile) + 2 * EDGE == max(PAPERS[paper])
    content = sheet((48, 64), canvas=CanvasSize(longest, "mm"), poster=True)
    more = poster.count + (poster.count > 1)
    assert pages(write_pdf(content, paper=paper, text=TEXT)) == 7 + more


def test_a_canvas_that_would_take_too_many_pages_is_refused_before_anything_is_painted(tmp_path):
    huge = CanvasSize(5000.0, "mm")
    with pytest.raises(UserError, match=f"{MOST_TILES} are possible"):
        SheetWriter(job(tmp_path, canvas_size=huge), SheetOptions(("pdf",)))
    SheetWriter(job(tmp_path, canvas_size=huge), SheetOptions(("png",)))
    assert plan_poster(CanvasSize(2000, "px"), (640, 480), "a4") is None


@pytest.mark.parametrize(
    ("grid", "canvas", "side"),
    [
        ("", CanvasSize(500, "mm"), 50), ("", CanvasSize(24, "in"), 2.5), ("8", CanvasSize(400, "mm"), 50),
        ("5cm", CanvasSize(400, "mm"), 50), ("2in", CanvasSize(24, "in"), 2), ("5cm", CanvasSize(20, "in"), 50 / 25.4),
        ("100px", CanvasSize(2000, "px"), 100), ("none", CanvasSize(400, "mm"), 0),
    ],
)  # fmt: skip
def test_the_grid_has_the_squares_that_are_asked_for(grid, canvas, side):
    assert parse_grid(grid, canvas) == pytest.approx(side)
    assert 4 <= canvas.longest / usual_square(canvas) <= 12


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"formats": ["svg"]}, "png, pdf"), ({"paper": "a4"}, "belongs to the PDF"),
        ({"grid": "8"}, "belongs to the PDF"),
        ({"formats": ["pdf"], "paper": "a9"}, "a4, letter, a3"), ({"formats": ["pdf"], "language": "xx"}, "Deutsch"),
        ({"formats": ["pdf"], "grid": "wide"}, "not understood"), ({"formats": ["pdf"], "grid": "0"}, "not understood"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_said(more, why):
    with pytest.raises(UserError) as caught:
        parse_sheet_options(**more)
    assert why in str(caught.value)


def test_grids_that_do_not_fit_the_canvas_are_refused():
    with pytest.raises(UserError, match="500 squares"):
        parse_grid("1mm", CanvasSize(500, "mm"))
    with pytest.raises(UserError, match="same unit"):
        parse_grid("5cm", CanvasSize(2000, "px"))


# ---- fonts


def test_a_language_without_a_font_is_refused_and_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path])
    with pytest.raises(UserError, match="--language zh") as caught:
        parse_sheet_options(["pdf"], language="zh")
    assert "--font" in str(caught.value)
    (tmp_path / "none.ttf").write_bytes(b"no font")
    with pytest.raises(UserError, match=r"none\.ttf"):
        parse_sheet_options(["pdf"], font=tmp_path / "none.ttf")
    assert parse_sheet_options(["pdf"], language="es").font is None, "Helvetica has its letters"


def test_names_in_other_letters_need_no_font_to_be_written(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "font_folders", lambda: [tmp_path])
    assert "?" in words(write_pdf(sheet(title="Портрет", n_steps=1), text=TEXT))
