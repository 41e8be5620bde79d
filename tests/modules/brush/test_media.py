"""The table of media, and which one a picture is seen to be in."""

import cv2
import numpy as np
import pytest

from ppp.modules.brush import MEDIA, Layout, bare_ground, detect_medium, draw_strokes
from ppp.modules.brush.marks import ASPECTS, MARK_TABLE, ROWS, stroke_load, stroke_texture
from ppp.modules.brush.media.areas import outlines, tone_shapes
from ppp.modules.brush.media.detect import medium_features
from ppp.modules.brush.stroke import MARKS
from ppp.modules.brush.surface import SURFACES
from ppp.modules.finish_levels import LEVELS


def test_the_table_is_whole():
    assert list(MEDIA) == ["oil", "digital", "watercolour", "ink", "pencil"]
    assert set(MARK_TABLE) == set(MARKS)
    for name, medium in MEDIA.items():
        assert medium.name == name and medium.surface in SURFACES
        for finish in LEVELS:
            brush = medium.brush(finish)
            assert brush.mark in MARKS and 0.005 < brush.size < 0.1
        sizes = [medium.brush(finish).size for finish in ("flat", "form", "smooth", "painting")]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("mark", [name for name, spec in MARK_TABLE.items() if spec.shape == "ribbon"])
def test_textures_end_within_their_borders(mark):
    """What lies on the border of a texture would be smeared over the box of the stroke."""
    for aspect in range(len(ASPECTS)):
        load = stroke_load(mark, aspect, 0, len(ROWS) - 1)
        assert load.max() > 150
        assert max(load[0].max(), load[-1].max(), load[:, 0].max(), load[:, -1].max()) <= 3
        both = stroke_texture(mark, aspect, 0, 2, 1)
        assert both.shape[0] == ROWS[2] and both.shape[2] == 2


def test_own_pencil_drawings_and_flats_are_recognised():
    y, x = np.mgrid[:300, :300].astype(np.float32) / 300
    ball = np.clip(1 - 3 * np.hypot(x - 0.5, y - 0.5), 0, 1)
    picture = np.repeat((0.9 - 0.7 * ball)[..., None], 3, axis=2).astype(np.float32)
    labels = (ball > 0).astype(np.uint8)
    for medium in ("pencil", "ink"):
        layout = Layout(picture, labels, medium, ground=(0.97, 0.96, 0.94))
        canvas = bare_ground(layout.medium.surface, layout.context.ground, 500, 500)
        for finish in ("form", "smooth") if medium == "pencil" else ("flat",):
            draw_strokes(canvas, layout.strokes(np.ones((1, 1)), picture, finish, canvas=canvas))
        assert detect_medium(canvas) == medium


def test_a_dark_rough_picture_is_oil():
    rng = np.random.default_rng(0)
    small = rng.uniform(0.05, 0.5, (40, 40, 3)).astype(np.float32)
    picture = cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC) + rng.normal(0, 0.04, (400, 400, 3))
    assert detect_medium(np.clip(picture, 0, 1).astype(np.float32)) == "oil"


def test_a_calm_sky_is_no_flat_colour():
    """A landscape with a smooth sky over dark trees was painted in ink."""
    y, x = np.mgrid[0:400, 0:500] / 500
    sky = np.stack([0.95 - 0.3 * y - 0.2 * x, 0.85 - 0.5 * y, 0.7 - 0.3 * y + 0.25 * x], 2)
    small = np.random.default_rng(0).uniform(0.05, 0.6, (66, 83, 3))
    land = cv2.resize(small, (500, 400), interpolation=cv2.INTER_LINEAR)
    for rows in (120, 160):
        picture = np.where((np.arange(400) < rows)[:, None, None], sky, land).astype(np.float32)
        seen = medium_features(picture)
        assert seen.flat > 0.2 and seen.crisp > 4.3 and detect_medium(picture) != "ink"


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (300, 2)])
def test_tiny_pictures_have_a_medium(shape):
    assert detect_medium(np.full((*shape, 3), 0.4, np.float32)) in MEDIA


def test_a_drawing_on_toned_paper_begins_on_it():
    paper = np.full((200, 200, 3), (0.85, 0.76, 0.6), np.float32)
    paper[80:120, 80:120] = 0.2
    ground = MEDIA["pencil"].choose_ground(paper)
    assert ground == pytest.approx([0.8755, 0.7828, 0.618], abs=1e-3)
    assert MEDIA["oil"].choose_ground(paper) == pytest.approx(MEDIA["oil"].grounds[0])
    noise = np.random.default_rng(0).uniform(0, 1, (200, 200, 3)).astype(np.float32)
    assert MEDIA["watercolour"].choose_ground(noise) == pytest.approx(MEDIA["watercolour"].grounds[0])


def test_outlines_have_no_staircase_and_keep_their_holes():
    y, x = np.mgrid[:200, :200]
    radius = np.hypot(x - 99.5, y - 99.5)
    (shape,) = outlines((radius < 80) & (radius > 30), 1.0, 20)
    assert len(shape) == 2
    for loop, expected in zip(shape, (80, 30), strict=True):
        assert (loop[0] == loop[-1]).all()
        assert np.abs(np.hypot(*(loop - 100).T) - expected).max() < 0.8
    assert outlines(np.zeros((20, 20), bool), 1.0, 4) == []


def test_tones_are_few_and_the_commonest_lies_under_all():
    what = np.full((60, 60, 3), 0.5, np.float32)
    what[:20] = 0.8
    what[30, 30] = (1, 0, 0)  # a speck is no tone
    shapes = list(tone_shapes(what, np.ones((60, 60), bool), np.zeros((60, 60), int), apart=0.1, least=9))
    assert [round(float(colour[0]), 2) for _, _, colour in shapes] == [0.5, 0.8]
    assert shapes[0][1].all() and shapes[1][1].sum() == 20 * 60


def test_lines_in_ink_are_drawn_in_their_own_part_and_not_where_it_is_hidden():
    """Flats go on behind what will stand before them; its lines come with it."""
    picture = np.full((200, 200, 3), 0.8, np.float32)
    picture[:, 48:52] = picture[:, 148:152] = 0.1
    labels = np.repeat([[1, 2]], 100, axis=1).repeat(200, axis=0)
    layout = Layout(picture, labels, "ink")
    strokes = layout.strokes(np.ones((1, 1)), picture, "flat", part=1)
    lines = strokes[strokes.mark == MARKS.index("line")]
    x = lines.middles()[:, 0]
    assert len(lines) and x.max() < 0.5 and strokes.points[:, 0].max() > 0.9


def test_a_large_flat_is_filled_piece_by_piece_in_one_colour_without_seams():
    """A whole background at once is a jump that no number of strokes could spread over steps."""
    painting = np.full((300, 400, 3), (0.3, 0.4, 0.6), np.float32)
    layout = Layout(painting, np.zeros((300, 400), np.uint8), "ink", seed=1)
    fills = layout.strokes(np.ones((1, 1)), painting, "flat")
    assert (fills.mark == MARKS.index("fill")).all() and len(np.unique(fills.colour, axis=0)) == 1
    canvas, shares = np.ones_like(painting), []
    for i in range(len(fills)):
        draw_strokes(canvas, fills[i : i + 1])
        shares.append((np.abs(canvas - painting).max(axis=2) < 0.01).mean())
    assert shares[-1] == 1 and np.diff([0, *shares]).max() < 0.15


def test_ink_fills_in_what_is_dark_and_thin_but_no_line():
    """A brow is a part of its own: lines are taken off flats in favour of what is beside them in their part."""
    painting = np.full((300, 300, 3), 0.8, np.float32)
    painting[147:153, 100:200] = 0.1
    labels = np.uint8(painting[..., 0] < 0.5)
    canvas = painting.copy()
    canvas[labels > 0] = 0.8
    layout = Layout(painting, labels, "ink", seed=1)
    strokes = layout.strokes(labels > 0, painting, "lined", canvas=canvas, part=1)
    draw_strokes(canvas, strokes[strokes.areas])
    assert canvas[labels > 0].mean() < 0.3
    shadows = layout.strokes(labels == 0, 0.9 * painting, "form", canvas=canvas, part=0)
    draw_strokes(canvas, shadows)
    assert canvas[labels > 0].mean() < 0.3  # which are not laid over it


def first_tone(medium, painting, labels, part, canvas=None):
    """What a first light tone over a part makes of the paper, or of a canvas, and the layout."""
    layout = Layout(painting, labels, medium, seed=1, ground=(0.97, 0.96, 0.94))
    size = painting.shape[:2]
    canvas = bare_ground(layout.medium.surface, layout.context.ground, *size) if canvas is None else canvas.copy()
    draw_strokes(canvas, layout.strokes(labels == part, painting, "wash", canvas=canvas, part=part))
    return canvas


@pytest.mark.parametrize("medium", ["watercolour", "pencil"])
def test_a_first_tone_is_light_and_in_the_hue_of_what_it_becomes(medium):
    """Brown that is mixed with white is grey; thinned it is a light brown."""
    painting = np.full((300, 300, 3), (0.30, 0.16, 0.08), np.float32)
    labels = np.zeros((300, 300), np.uint8)
    painting[:, :80], labels[:, :80] = (0.2, 0.4, 0.8), 1  # another hue: no drawing in one chalk
    tone = first_tone(medium, painting, labels, 0)[40:-40, 120:-40].mean(axis=(0, 1))
    assert 0.5 < tone.mean() < 0.93
    assert tone[0] - tone[2] > 0.1


def test_what_is_nearly_black_begins_as_a_middle_tone_of_its_hue():
    """Black hair does not begin as a grey helmet."""
    painting = np.full((300, 300, 3), (0.13, 0.075, 0.068), np.float32)
    tone = first_tone("watercolour", painting, np.zeros((300, 300), np.uint8), 0).mean(axis=(0, 1))
    assert 0.4 < tone.mean() < 0.56
    assert tone[0] - tone[2] > 0.1


def test_a_light_that_has_a_hue_gets_it_with_the_first_wash_and_white_stays_paper():
    painting, labels = np.full((300, 300, 3), (0.5, 0.3, 0.25), np.float32), np.zeros((300, 300), np.uint8)
    painting[:, 100:140], painting[:, 200:240] = (0.86, 0.78, 0.95), (0.96, 0.95, 0.92)
    canvas = first_tone("watercolour", painting, labels, 0)
    lilac, white = canvas[50:250, 112:128].mean(axis=(0, 1)), canvas[50:250, 212:228].mean(axis=(0, 1))
    assert lilac[2] - lilac[1] > 0.015 and lilac.mean() > 0.85
    assert white.mean() > 0.94


def test_the_light_end_of_a_sky_is_no_white_paper():
    """A band along the horizon would stay white until the last step."""
    painting = np.linspace((0.5, 0.65, 0.84), (0.82, 0.81, 0.79), 300, dtype=np.float32)[:, None].repeat(300, axis=1)
    canvas = first_tone("watercolour", painting, np.zeros((300, 300), np.uint8), 0)
    assert (canvas.mean(axis=2) > 0.935).mean() < 0.05


def test_two_washes_meet_without_a_seam_where_the_picture_has_none():
    """A background of two pieces has no arc where they meet."""
    y, x = np.mgrid[:400, :400]
    away = np.hypot(x - 200, y - 200) - 130
    painting = np.float32([0.4, 0.45, 0.6]) * (1.1 - 0.2 * y / 400)[..., None].astype(np.float32)
    canvas, labels = None, (away < 0).astype(np.uint8)
    for part in (1, 0):
        canvas = first_tone("watercolour", painting, labels, part, canvas)
    seam = [canvas[np.abs(away - at) < 3].mean() for at in (-24, 0, 24)]
    assert seam[1] == pytest.approx((seam[0] + seam[2]) / 2, abs=0.02)


@pytest.mark.parametrize("medium", ["watercolour", "pencil"])
def test_a_face_gets_its_first_tone_before_it_has_eyes(medium):
    painting, labels = np.full((300, 300, 3), (0.8, 0.62, 0.5), np.float32), np.zeros((300, 300), np.uint8)
    painting[130:160, 130:170], labels[130:160, 130:170] = 0.1, 1
    layout = Layout(painting, labels, medium, seed=1, ground=(0.97, 0.96, 0.94))
    canvas = bare_ground(layout.medium.surface, layout.context.ground, 300, 300)
    draw_strokes(canvas, layout.strokes(np.ones((300, 300)), painting, "wash", canvas=canvas, part=0))
    inside, around = canvas[135:155, 135:165].mean(), canvas[80:120, 100:200].mean()
    assert inside == pytest.approx(around, abs=0.05)


def test_no_paper_is_left_between_neighbouring_washes():
    """The lighter goes on under the darker, whichever comes first."""
    y, x = np.mgrid[:400, :400]
    labels = (np.hypot(x - 200, y - 200) < 110).astype(np.uint8)
    painting = np.where(labels[..., None] > 0, np.float32([0.75, 0.6, 0.5]), np.float32([0.15, 0.2, 0.25]))
    between = np.abs(np.hypot(x - 200, y - 200) - 110) < 5
    for order in ((1, 0), (0, 1)):
        canvas = None
        for part in order:
            canvas = first_tone("watercolour", painting, labels, part, canvas)
        assert (canvas[between].mean(axis=1) > 0.92).mean() < 0.001


def disc_on_dark(colour):
    """A disc on a dark field, for pencil: distance of the pixels from its middle, labels, picture, layout, paper."""
    y, x = np.mgrid[:400, :400]
    radius = np.hypot(x - 200, y - 200)
    labels = (radius < 110).astype(np.uint8)
    painting = np.where(labels[..., None] > 0, np.float32(colour), np.float32([0.15, 0.2, 0.15]))
    layout = Layout(painting, labels, "pencil", seed=1, ground=(0.97, 0.96, 0.94))
    return radius, labels, painting, layout, bare_ground(layout.medium.surface, layout.context.ground, 400, 400)


def test_no_halo_of_paper_stands_around_what_is_drawn():
    radius, labels, painting, layout, canvas = disc_on_dark((0.6, 0.4, 0.3))
    for finish in ("flat", "form"):
        for part in (1, 0):
            draw_strokes(canvas, layout.strokes(labels == part, painting, finish, canvas=canvas, part=part))
    tone = canvas.mean(axis=2)
    rim, field = abs(radius - 111) < 1, (radius > 130) & (radius < 180)
    assert tone[rim].mean() < tone[field].mean() + 0.02


def test_fine_layers_of_pencil_close_the_grain():
    """Hatched over and over, white hollows would stay till the last step; a stump evens them on the way."""
    _, labels, painting, layout, canvas = disc_on_dark((0.6, 0.4, 0.3))
    left = []
    for finish in ("flat", "form", "smooth"):
        draw_strokes(canvas, layout.strokes(labels == 1, painting, finish, canvas=canvas, part=1))
        left.append(np.abs(canvas - painting)[labels == 1].mean())
    assert left[1] < 0.85 * left[0] and left[2] < 0.85 * left[1] and left[2] < 0.07


def test_a_rubbed_tone_reaches_the_outlines_as_it_goes_on():
    """What comes last in a pass may be left out: then a rim of paper would stand along every outline."""
    _, labels, painting, layout, canvas = disc_on_dark((0.9, 0.8, 0.7))
    strokes = layout.strokes(labels == 0, painting, "wash", canvas=canvas, part=0)
    rubbed = strokes[strokes.mark == MARKS.index("smudge")]
    widths = np.maximum.reduceat(rubbed.widths, rubbed.starts[:-1])
    narrow = widths < 0.55 * widths.max()
    down, halves = rubbed.middles()[:, 1], np.array_split(np.arange(len(rubbed)), 2)
    assert narrow.any() and not narrow.all()
    for kind in (narrow, ~narrow):
        first, second = (half[kind[half]] for half in halves)
        assert len(first) > 0.3 * kind.sum() and down[first].mean() < down[second].mean() - 0.2
