"""Canvas sizes: what is understood, and brush widths on them as shops have them."""

import pytest

from ppp.modules.io.errors import UserError
from ppp.pipeline.writers.canvas_size import CanvasSize, default_canvas, parse_canvas_size


@pytest.mark.parametrize(
    ("text", "longest", "unit"),
    [
        ("60cm", 600, "mm"), ("60 CM", 600, "mm"), ("1.2m", 1200, "mm"), ("12,5cm", 125, "mm"), ("300mm", 300, "mm"),
        ("24in", 24, "in"), ('24"', 24, "in"), ("24 inches", 24, "in"), ("2000px", 2000, "px"),
    ],
)  # fmt: skip
def test_lengths_with_a_unit_are_understood(text, longest, unit):
    assert parse_canvas_size(text) == CanvasSize(pytest.approx(longest), unit)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", ""), ("60", ""), ("big", ""), ("60ft", "unit"), ("-5cm", ""), ("nan cm", ""),
        ("60x40cm", "longest"), ("60cm x 40cm", "longest"),
        ("0cm", "2 cm to 20 m"), ("1cm", "2 cm to 20 m"), ("50m", "2 cm to 20 m"), ("0px", "px"), ("1000000px", "px"),
    ],
)  # fmt: skip
def test_other_lengths_are_refused_with_what_to_do(text, why):
    with pytest.raises(UserError) as caught:
        parse_canvas_size(text)
    assert why in caught.value.why
    assert "60cm, 24in or 2000px" in caught.value.fix


def test_brushes_have_widths_that_there_are():
    oil, inch, screen = CanvasSize(500, "mm"), CanvasSize(24, "in"), CanvasSize(2000, "px")
    assert [oil.width_words(oil.brush(share)) for share in (0.052, 0.026, 0.0075, 0.0014)] == [
        "25 mm", "15 mm", "4 mm", "0.7 mm",
    ]  # fmt: skip
    assert [inch.width_words(inch.brush(share)) for share in (0.06, 0.026, 0.0075)] == ["1 1/2 in", "3/4 in", "3/16 in"]
    assert screen.width_words(screen.brush(0.026)) == "50 px"
    assert CanvasSize(2000, "mm").width_words(100.0) == "10 cm"
    assert oil.brush(0.0) > 0


def test_the_other_side_follows_the_picture():
    assert CanvasSize(500, "mm").sides((300, 200)) == "50 x 33.5 cm"
    assert CanvasSize(24, "in").sides((200, 300)) == "16 x 24 in"
    assert default_canvas("digital", (300, 200)).sides((300, 200)) == "300 x 200 px"
    assert default_canvas("watercolour", (300, 200)) == CanvasSize(400, "mm")
    assert default_canvas(None, (300, 200)) == CanvasSize(500, "mm")
