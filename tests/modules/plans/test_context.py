"""The picture as a planner sees it, and the ground that an artist puts under it."""

import numpy as np
import pytest
from scenes import head

from ppp.modules.labels import NO_PARENT, PORTRAIT, LabelSet
from ppp.modules.plans.context import ground_beneath, ground_colour, make_context
from ppp.modules.plans.passes import _extent
from ppp.modules.plans.spec import BrushStyle

GROUND = np.array([0.9, 0.85, 0.8], np.float32)


def of(colour, size=(20, 30)):
    """A picture of about one colour."""
    noise = np.random.default_rng(0).normal(0, 0.02, (*size, 3))
    return np.clip(np.asarray(colour) + noise, 0, 1).astype(np.float32)


def grounds(colour, kind):
    return np.stack([ground_colour(of(colour), kind, np.random.default_rng(seed)) for seed in range(60)])


def test_grounds_are_of_their_tone():
    light = {kind: grounds(0.5, kind).mean(axis=1) for kind in ("toned", "dark")}
    assert 0.4 < light["toned"].min() < 0.45 and 0.59 < light["toned"].max() < 0.63
    assert 0.13 < light["dark"].min() < 0.16 and 0.24 < light["dark"].max() < 0.26
    assert grounds(0.15, "toned").mean(axis=1).max() < 0.25, "nobody begins a night on light grey"
    white = grounds(0.5, "white")
    assert (white == white[0]).all() and white.min() > 0.9


def test_grounds_lean_to_the_colour_of_the_picture_and_to_earth():
    red, blue = (
        ground[:, 0] - ground[:, 2] for ground in (grounds(c, "toned") for c in ((0.7, 0.3, 0.3), (0.3, 0.3, 0.7)))
    )
    assert (red > 0.1).all() and (red - blue > 0.15).all(), "the same earth, warmer and cooler"
    assert red.mean() > 0.2 > 0.05 > blue.mean() > blue.min() + 0.1, "and a cool one is cool with a blue picture"
    assert blue.min() < -0.05
    grey = grounds(0.5, "toned")
    assert (grey[:, 0] >= grey[:, 2] - 0.01).all() and (grey[:, 0] - grey[:, 2]).max() > 0.05, "earths are warm"
    assert len(np.unique((grey / grey.sum(axis=1, keepdims=True)).round(2), axis=0)) == 4, "there are four"


def test_a_light_picture_gets_a_light_ground():
    for light in (0.9, 0.95):
        for ground in grounds(light, "dark"):
            assert np.abs(of(light) - ground).mean() <= np.abs(of(light) - 1).mean() + 1e-6
    assert grounds(0.95, "toned").mean() > 0.85


def test_the_ground_of_a_begun_canvas_is_the_colour_that_is_most_unlike_the_picture():
    painting = of((0.3, 0.4, 0.5), (60, 80))
    default = np.array([0.1, 0.2, 0.3], np.float32)
    canvas = painting.copy()
    canvas[:, 30:] = (0.8, 0.7, 0.5)
    canvas[:5, 30:40] = (0.9, 0.1, 0.1)  # a touch of something else
    assert ground_beneath(canvas, painting, default) == pytest.approx((0.8, 0.7, 0.5), abs=0.01)
    for canvas in (painting, np.clip(painting + 0.1, 0, 1)):
        assert np.array_equal(ground_beneath(canvas, painting, default), default), "nothing shows its ground"
    for rows, found in ((1, False), (2, True)):  # of 60: under and over two hundredths
        canvas = painting.copy()
        canvas[:rows] = 0.9
        assert np.array_equal(ground_beneath(canvas, painting, default), default) != found
    for channel in range(3):
        canvas = painting.copy()
        canvas[..., channel] += 0.2
        assert not np.array_equal(ground_beneath(canvas, painting, default), default), "one channel is enough"


@pytest.mark.parametrize(("size", "small"), [((300, 200), (128, 85)), ((200, 400), (64, 128)), ((72, 64), (72, 64))])
def test_scenes_are_small(size, small):
    rng = np.random.default_rng(0)
    painting = rng.random((*size, 3)).astype(np.float32)
    labels = rng.integers(1, 3, size).astype(np.uint8)
    context = make_context(painting, labels, PORTRAIT, GROUND, painting)
    assert (
        context.shape
        == small
        == context.labels.shape
        == context.light.shape
        == context.behind.shape
        == context.front.shape
    )
    assert context.painting.shape == context.initial_canvas.shape == (*small, 3) and context.states.shape[1:] == (
        *small,
        3,
    )
    assert np.abs(context.painting - context.initial_canvas).max() < 1e-6
    assert set(np.unique(context.labels)) <= {1, 2} and 0 <= context.light.min() <= context.light.max() <= 1
    assert context.light.std() < 0.6 * context.painting.mean(axis=2).std(), "without its details"
    assert make_context(painting, labels, PORTRAIT, GROUND).initial_canvas is None


def test_parts_are_counted_far_to_near_without_the_padding():
    painting, labels = head()
    labels[:8] = 0
    context = make_context(painting, labels, PORTRAIT, GROUND)
    names = [PORTRAIT.names[k] for k in context.present]
    assert names[0] == "background" and set(names) == {"background", "clothes", "face", "hair", "eyes", "mouth"}
    assert names.index("face") < names.index("eyes") and names.index("clothes") < names.index("hair")
    assert sum(context.share(k) for k in range(10)) == pytest.approx(1) and context.share(0) == pytest.approx(8 / 72)
    assert context.ground_rgb == pytest.approx((0.9, 0.85, 0.8)) and all(type(v) is float for v in context.ground_rgb)


def test_the_first_class_of_a_set_without_padding_is_a_part():
    labels = np.zeros((20, 30), np.uint8)
    labels[10:] = 1
    things = LabelSet(("sky", "sea"), ((0, 0, 0),) * 2, (NO_PARENT,) * 2)
    assert make_context(of(0.5), labels, things, GROUND).present == [0, 1]
    assert make_context(of(0.5), labels, PORTRAIT, GROUND).present == [1]


def test_what_parts_are_to_each_other_is_found_once(monkeypatch):
    """Hundreds of parts have so many pairs that a plan would take hours."""
    labels = np.kron(np.arange(1, 17, dtype=np.uint8).reshape(4, 4), np.ones((6, 6), np.uint8))
    painting = np.random.default_rng(0).random((24, 24, 3), np.float32)
    names, asked = ["edge", *(f"part {k}" for k in range(16))], []
    label_set = LabelSet.from_json({"classes": [{"name": name} for name in names]})
    context, kinds = make_context(painting, labels, label_set, GROUND), label_set.base_classes
    monkeypatch.setattr(LabelSet, "base_classes", property(lambda self: asked.append(1) or kinds))
    for part in 3 * context.present:
        _extent(context, part, "flat", BrushStyle(0.0, 0.0, 0.1, 0.01, True), np.ones_like(context.painting))
    assert 0 < len(asked) <= 3 * len(context.present) ** 2
