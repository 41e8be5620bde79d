"""Lists of strokes, and what is read back of them."""

import json

import numpy as np
import pytest

from ppp.modules.brush import MEDIA, concatenate, strokes_from_json, strokes_from_svg, strokes_to_json, strokes_to_svg
from ppp.modules.brush.stroke import AREAS, EMPTY, MARKS, UNIT, mark_index, stroke_list
from ppp.modules.finish_levels import LEVELS
from ppp.modules.io.errors import UserError

SHAPE = (300, 400)
PARTS = ("sky", 'her "face" & <hair>\'s')


def any_strokes(n=40, seed=0):
    """Strokes of every mark and medium at random; areas have closed loops."""
    rng = np.random.default_rng(seed)
    points, widths, counts, marks = [], [], [], rng.integers(0, len(MARKS), n)
    for mark in marks:
        path = rng.uniform(-0.1, 1.1, (rng.integers(4, 12), 2))
        if MARKS[mark] in AREAS:
            path = np.concatenate([path, path[:1], path + 0.3, path[:1] + 0.3])
        points.append(path)
        widths.append(rng.uniform(0, 0.05, len(path)))
        counts.append(len(path))
    return stroke_list(
        np.concatenate(points), np.concatenate(widths), counts, rng.uniform(0, 1, (n, 3)), opacity=rng.uniform(0, 1, n),
        finish=rng.integers(0, len(LEVELS), n), mark=marks, medium=rng.integers(0, len(MEDIA), n),
        part=rng.integers(-1, 5, n), step=np.sort(rng.integers(1, 9, n)), seed=rng.integers(0, 2**32, n),
    )  # fmt: skip


@pytest.mark.parametrize(("write", "read"), [(strokes_to_json, strokes_from_json), (strokes_to_svg, strokes_from_svg)])
@pytest.mark.parametrize("n", [0, 1, 40])
def test_files_lose_nothing(write, read, n):
    strokes = any_strokes(n) if n else EMPTY
    text = write(strokes, SHAPE, PARTS)
    back = read(text)
    assert back.strokes == strokes
    assert (back.width, back.height) == (1.0, 0.75)
    assert back.parts == PARTS
    assert write(back.strokes, SHAPE, back.parts) == text


def test_svg_is_a_picture_of_one_path_per_stroke():
    strokes = any_strokes()
    text = strokes_to_svg(strokes, SHAPE)
    assert text.count("<path ") == len(strokes)
    assert f'viewBox="0 0 {UNIT} {UNIT * 3 // 4}"' in text
    assert text.count("<g ") == len(np.unique(strokes.step))


def edit(text, key, value):
    data = json.loads(text)
    data[key] = value
    return json.dumps(data)


def edit_stroke(text, place, value):
    data = json.loads(text)
    del data["sha256"]
    data["strokes"][3][place] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda t: t[: len(t) // 2], "not a complete JSON file"),
        (lambda t: "", "not a complete JSON file"),
        (lambda t: "[]", "not an object"),
        (lambda t: t.replace("ppp-strokes/1", "ppp-strokes/9"), "ppp-strokes/9"),
        (lambda t: edit(t, "strokes", 3), "strokes is a whole number"),
        (lambda t: edit(t, "media", ["oil", "fresco"]), "'fresco'"),
        (lambda t: edit(t, "size", [0, 7]), "size"),
        (lambda t: edit(t, "strokes", json.loads(t)["strokes"][1:]), "edited"),
        (lambda t: edit_stroke(t, 5, "red"), "Stroke 3 has the colour 'red'"),
        (lambda t: edit_stroke(t, 6, 256), "Stroke 3 has the opacity 256"),
        (lambda t: edit_stroke(t, 3, 99), "Stroke 3 has the mark 99"),
        (lambda t: edit_stroke(t, 0, True), "nine values"),
        (lambda t: edit_stroke(t, 8, [1, 2]), "path"),
        (lambda t: edit_stroke(t, 8, [1, 2, -3]), "width below zero"),
        (lambda t: edit_stroke(t, 8, [1, 10**9, 3]), "near the picture"),
        (lambda t: edit_stroke(t, 8, [1.5, 2, 3]), "path"),
    ],
)
def test_damaged_json_is_refused(damage, why):
    with pytest.raises(UserError) as refusal:
        strokes_from_json(damage(strokes_to_json(any_strokes(), SHAPE)), "strokes.json")
    assert str(refusal.value).startswith("strokes.json cannot be read.")
    assert why in refusal.value.why
    assert refusal.value.fix


def test_edited_strokes_are_read_without_their_hash():
    strokes = any_strokes()
    data = json.loads(strokes_to_json(strokes, SHAPE))
    del data["sha256"], data["strokes"][0]
    assert strokes_from_json(json.dumps(data)).strokes == strokes[1:]


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda t: t[: len(t) // 2], "not a complete SVG"),
        (lambda t: '<svg xmlns="http://www.w3.org/2000/svg"/>', "data-schema"),
        (lambda t: "<!DOCTYPE svg>" + t, "document type"),
        (lambda t: t.replace("data-count=\"40\"", "data-count=\"39\""), "instead of 39"),
        (lambda t: t.replace(' data-widths="', ' data-widths="7 ', 1), "widths"),
        (lambda t: t.replace(' data-stroke="', ' data-stroke="7 ', 1), "too many values"),
    ],
)  # fmt: skip
def test_damaged_svg_is_refused(damage, why):
    with pytest.raises(UserError) as refusal:
        strokes_from_svg(damage(strokes_to_svg(any_strokes(), SHAPE)))
    assert why in refusal.value.why
    assert refusal.value.fix


def test_a_list_is_cut_and_joined():
    strokes = any_strokes(30)
    assert concatenate([strokes[:10], EMPTY, strokes[10:]]) == strokes
    assert strokes[:10] + strokes[10:] == strokes
    assert strokes[np.arange(30)[::-1]][np.arange(30)[::-1]] == strokes
    assert strokes[strokes.part == 2].part.tolist() == [p for p in strokes.part if p == 2]


def test_the_moments_of_a_list_are_equal_lengths_apart():
    strokes = any_strokes(30)
    lengths = strokes.lengths()
    for count in (1, 7, 400):
        moments = strokes.moments(count)
        assert all(0 <= whole < 30 and 0 <= share <= 1 for whole, share in moments)
        done = [lengths[:whole].sum() + share * lengths[whole] for whole, share in moments]
        assert done == pytest.approx(np.linspace(0, lengths.sum(), count + 2)[1:-1], rel=1e-3)


def test_a_stroke_is_an_object():
    strokes = any_strokes(30)
    for i, stroke in enumerate(strokes):
        assert stroke.mark == MARKS[strokes.mark[i]]
        assert stroke.path.shape == (len(stroke.widths), 2)
        assert stroke.colour == tuple(strokes.colour[i])
    assert strokes.at_step(4).stroke(3).step == 4
    line = stroke_list(np.array([[0, 0], [0.3, 0.4]]), np.zeros(2), [2], np.zeros((1, 3)), mark=mark_index("line"))
    assert line.lengths() == pytest.approx(0.5)


def test_unknown_values_are_refused():
    with pytest.raises(TypeError, match="no colours"):
        stroke_list(np.zeros((1, 2)), np.zeros(1), [1], np.zeros((1, 3)), colours=3)
