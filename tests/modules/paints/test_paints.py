"""Paints: curves that look as they should, mixtures as painters know them, recipes, and pictures within a palette."""

import numpy as np
import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.paints.gamut import fit_to_palette, palette_colours
from ppp.modules.paints.mixing import mix, optics_of
from ppp.modules.paints.pigments import COMMON, MOST, PALETTES, Paint, Shelf, find_shelf, named_shelf
from ppp.modules.paints.recipes import TOUCH, RecipeBook
from ppp.modules.paints.spectra import colour_of, delta_e, reflectance_of, to_lab

ALL = Shelf("all", tuple(COMMON.values()))


def rgb(colour):
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def mixed(**parts):
    row = np.array([[parts.get(paint.name.replace(" ", "_"), 0.0) for paint in ALL.paints]])
    assert np.count_nonzero(row) == len(parts)
    return mix(optics_of(ALL), row)[0]


@pytest.mark.parametrize("colour", ["#c5261e", "#1b1b62", "#f8c300", "#123f35", "#808080", "#30d0f0"])
def test_a_reflectance_curve_looks_like_the_colour_that_it_was_made_of(colour):
    curve = reflectance_of(rgb(colour))
    assert curve.min() > 0 and curve.max() < 1
    assert np.abs(colour_of(curve) - rgb(colour)).max() < 0.06
    assert delta_e(to_lab(colour_of(curve)), to_lab(rgb(colour))) < 2
    assert np.abs(np.diff(curve)).max() < 0.2, "smooth"


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425), ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0), ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492), ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)  # fmt: skip
def test_differences_of_colours_are_those_of_the_paper(first, second, wanted):
    """Pairs of Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", 2005."""
    assert delta_e(np.array(first), np.array(second)) == pytest.approx(wanted, abs=1e-4)
    assert delta_e(np.array(second), np.array(first)) == pytest.approx(wanted, abs=1e-4)


def test_paints_look_as_they_come_from_the_tube_and_as_their_tint_says():
    optics = optics_of(ALL)
    assert (optics.absorption >= 0).all() and (optics.scattering > 0).all()
    for place, paint in enumerate(ALL.paints):
        parts = np.zeros((2, len(ALL.paints)))
        parts[:, place] = 1
        thick, thin = mix(optics, parts + np.array([[0.0], [paint.white]]) * (np.arange(len(ALL.paints)) == ALL.white))
        assert place == ALL.white or delta_e(to_lab(thin), to_lab(rgb(paint.tint))) < 1, paint.name
        assert delta_e(to_lab(thick), to_lab(rgb(paint.masstone))) < 1, paint.name


def test_mixtures_are_what_painters_know():
    green = mixed(lemon_yellow=3, phthalo_blue=0.2)
    assert green[1] > 1.1 * green[0] and green[1] > 2 * green[2], "yellow and blue are green, not grey"
    olive = to_lab(mixed(cadmium_yellow=2, ivory_black=1))
    assert 90 < np.degrees(np.arctan2(olive[2], olive[1])) < 130 or olive[1] < 6, "black turns yellow to olive"
    dark = to_lab(mixed(ultramarine_blue=1, burnt_sienna=1))
    assert dark[0] < 25 and np.hypot(*dark[1:]) < 15, "ultramarine and burnt sienna are nearly black"
    strong, weak = (to_lab(mixed(titanium_white=9, **{name: 1}))[0] for name in ("phthalo_blue", "cobalt_blue"))
    assert strong < weak, "phthalo is the stronger blue"


# ---- recipes


def test_recipes_are_of_the_paints_on_the_shelf_and_as_near_as_they_say():
    shelf = named_shelf("zorn")
    book, optics = RecipeBook(shelf), optics_of(shelf)
    for colour in ((200, 150, 130), (120, 100, 90), (240, 235, 230), (60, 40, 35)):
        recipe = book.find(colour)
        names = [paint.short for paint in shelf.paints]
        row = np.zeros((1, len(names)))
        for name, parts in recipe.parts:
            row[0, names.index(name)] = parts
        made = mix(optics, row)[0]
        assert delta_e(to_lab(made), to_lab(np.array(colour) / 255)) == pytest.approx(recipe.error, abs=1e-6)
        assert recipe.error < 5 and len(recipe.parts) <= 4
        assert np.abs(np.array(recipe.rgb) / 255 - made).max() < 0.003
    assert book.find((20, 60, 220)).error > 15, "no blue in it, and it says so"


def test_a_paint_by_itself_is_its_own_recipe_and_a_touch_is_called_one():
    book = RecipeBook(named_shelf("common"))
    assert book.find((0xB9, 0x81, 0x2F)).words == "ochre"
    words = [book.find((r, g, b)).words for r in (60, 150, 230) for g in (60, 150, 220) for b in (60, 150, 210)]
    assert any("a touch of" in one for one in words) and any(" : " in one for one in words)
    assert TOUCH < 1


# ---- a picture in a palette


@pytest.mark.parametrize("name", PALETTES)
def test_a_picture_is_repainted_in_what_the_palette_mixes_to(name):
    shelf = named_shelf(name)
    mixtures = to_lab(palette_colours(shelf))
    picture = np.random.default_rng(0).random((12, 12, 3)).astype(np.float32)
    made = fit_to_palette(picture, shelf)
    apart = [np.linalg.norm(mixtures - one, axis=1).min() for one in to_lab(made).reshape(-1, 3)]
    before = [np.linalg.norm(mixtures - one, axis=1).min() for one in to_lab(picture).reshape(-1, 3)]
    assert np.mean(apart) < 6 < np.mean(before)
    assert made.dtype == np.float32 and made.min() >= 0 and made.max() <= 1
    own = mix(optics_of(shelf), np.ones((1, len(shelf.paints))))[0]
    stays = fit_to_palette(np.full((2, 2, 3), own, np.float32), shelf)
    assert delta_e(to_lab(stays[0, 0]), to_lab(own)) < 4, "what is in it stays"


def test_a_smooth_picture_stays_smooth():
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    picture = np.stack([ramp, 0.3 + 0.4 * ramp, 1 - ramp], axis=-1)[None].repeat(2, 0)
    for name in PALETTES:
        steps = np.linalg.norm(np.diff(to_lab(fit_to_palette(picture, named_shelf(name))[0]), axis=0), axis=1)
        assert steps.max() < 2.5, name


# ---- a person's own


def write(folder, text):
    (folder / "mine.toml").write_text(text)
    return str(folder / "mine.toml")


def test_own_paints_are_read_by_name_and_by_colours(tmp_path):
    text = """[paints]
    white = "titanium white"
    ochre = "yellow ochre"
    "my blue" = { masstone = "#1a1f5e", tint = "#8f9fd6", white = 4 }
    """
    shelf = find_shelf(write(tmp_path, text), "--paints")
    assert [paint.short for paint in shelf.paints] == ["white", "ochre", "my blue"]
    assert shelf.paints[2] == Paint("my blue", "my blue", "#1a1f5e", "#8f9fd6", 4.0) and shelf.white == 0
    assert Shelf.from_json(shelf.to_json(), "x") == shelf
    listed = find_shelf(write(tmp_path, 'paints = ["titanium white", "ivory black"]'), "--paints")
    assert listed.paints == named_shelf("greys").paints


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('paints = ["yellow ochre", "ivory black"]', "no white"), ("paints = []", "no paints"), ("", "no paints"),
        ('paints = ["titanium white", "cadmium blue"]', "Did you mean"), ("paints = [", "no TOML"),
        ('[paints]\nwhite = "titanium white"\nblue = { masstone = "blue" }', "no #rrggbb"),
        ('[paints]\nwhite = "titanium white"\nblue = { masstone = "#000000" }', "no tint"),
        ('[paints]\nwhite = "titanium white"\nblue = { masstone = "#000000", tint = "#999999", white = 0 }', "0.5"),
        ('[paints]\nwhite = "titanium white"\nblue = 3', "not understood"),
        ('paints = ["titanium white"]', f"2 to {MOST}"),
        ('paints = ["titanium white", {masstone = "#112233"}]', "no name"),
        ('paints = ["titanium white", "ivory black", "Ivory Black"]', "more than once"),
        ('[paints]\n"" = "titanium white"\nblack = "ivory black"', "name"),
        ('[paints]\nwhite = "titanium white"\n"a\\nb" = "ivory black"', "cannot be seen"),
        ('[paints]\nwhite = { masstone = "#102030" }\nblack = "ivory black"', "no white"),
    ],
)  # fmt: skip
def test_what_is_no_shelf_is_refused_and_says_what_to_do(tmp_path, text, word):
    with pytest.raises(UserError) as caught:
        find_shelf(write(tmp_path, text), "--paints")
    assert word in str(caught.value)
    with pytest.raises(UserError, match="no file"):
        find_shelf("nothing", "--palette")
    with pytest.raises(UserError, match="no file"):
        find_shelf("x" * 5000, "--palette")


def test_paints_of_a_process_are_as_those_of_a_file(tmp_path):
    (tmp_path / "notepad.toml").write_text('paints = ["titanium white", "ivory black"]', encoding="utf-8-sig")
    data = find_shelf(str(tmp_path / "notepad.toml"), "--palette").to_json()
    for wrong in ({"masstone": "red"}, {"masstone": ""}, {"tint": "#12345"}, {"white": float("nan")}, {"short": ""}):
        with pytest.raises(UserError, match="x cannot"):
            Shelf.from_json({**data, "paints": [data["paints"][0], data["paints"][1] | wrong]}, "x cannot")
