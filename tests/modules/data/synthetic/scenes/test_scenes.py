"""Procedural scenes: layers are exact, pictures various and the same for the same seed, at any size."""

import cv2
import numpy as np
import pytest

from ppp.modules.data.layered.layered_picture import topmost
from ppp.modules.data.synthetic.scenes import SCENE_KINDS, draw_scene
from ppp.modules.data.synthetic.scenes.scene_canvas import SceneCanvas, clear_specks
from ppp.modules.data.synthetic.scenes.things import paint_boat
from ppp.modules.data.synthetic.scenes.world import HOURS, ROOMS, SCHOOLS, SEASONS, grade, sample_world
from ppp.modules.io.errors import UserError
from ppp.modules.things import SCENE_CLASSES

SEEDS = range(10)
FARTHEST = {"landscape": "sky", "sea": "sky", "animals": "sky", "still-life": "wall", "interior": "wall"}
CENTRAL = {
    "landscape": {"grass", "ground", "water"},
    "sea": {"water"},
    "animals": {"animal"},
    "still-life": {"object"},
    "interior": {"furniture"},
}


@pytest.fixture(scope="session")
def gallery():
    """Ten scenes of each kind: kind -> layered pictures."""
    return {kind: [draw_scene((96, 72), seed, kind)[0] for seed in SEEDS] for kind in SCENE_KINDS}


@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_layers_are_exact(gallery, kind):
    for picture in gallery[kind]:
        assert np.array_equal(picture.layers, topmost(picture.extents))
        assert picture.layers.min() >= 1, "every pixel belongs to a thing"
        assert set(picture.kinds) <= set(SCENE_CLASSES)
        assert set(np.unique(picture.layers)) == set(range(1, len(picture.kinds) + 1)), (
            "of every thing something is seen"
        )


@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_a_scene_has_what_its_kind_promises_far_things_first(gallery, kind):
    for picture in gallery[kind]:
        assert picture.kinds[0] == FARTHEST[kind]
        assert CENTRAL[kind] & set(picture.kinds)
        assert 2 <= len(picture.kinds) <= 20, "things as a painter would name them"


def test_things_hide_each_other(gallery):
    hidden = [
        (one & (picture.layers != i)).sum() / one.sum()
        for pictures in gallery.values()
        for picture in pictures
        for i, one in enumerate(picture.extents, 1)
    ]
    assert np.mean(np.array(hidden) > 0.03) > 0.3, "many things go on behind nearer ones"


@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_scenes_of_a_kind_are_various(gallery, kind):
    pictures = [picture.image.astype(np.float32) / 255 for picture in gallery[kind]]
    small = np.stack([cv2.resize(one, (12, 9), interpolation=cv2.INTER_AREA) for one in pictures])
    for i, one in enumerate(small):
        assert min(np.abs(one - other).mean() for j, other in enumerate(small) if j != i) > 0.03, f"{i} has a double"
    means = small.reshape(len(small), -1, 3).mean(axis=1)
    assert means.mean(axis=1).std() > 0.06, "dark and light ones"
    assert (means - means.mean(axis=1, keepdims=True)).std() > 0.03, "warm and cool ones"
    assert len({picture.kinds for picture in gallery[kind]}) >= 8, "compositions differ"


def test_the_same_request_is_the_same_picture_and_another_seed_another():
    one, same, other = (draw_scene((80, 60), seed)[0] for seed in (7, 7, 8))
    assert np.array_equal(one.image, same.image) and np.array_equal(one.extents, same.extents)
    assert not np.array_equal(one.image, other.image)


@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_another_size_is_the_same_scene(kind):
    small, large = (draw_scene(size, 4, kind)[0] for size in ((160, 120), (320, 240)))
    shrunk = cv2.resize(large.image, (160, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(shrunk.astype(float) - small.image).mean() < 20
    if small.kinds == large.kinds:
        assert (large.layers[::2, ::2] == small.layers).mean() > 0.85


@pytest.mark.parametrize("seed", [6, 8, 11])
def test_the_books_of_a_shelf_do_not_change_what_else_is_in_the_room(seed):
    small, large = (draw_scene(size, seed, "interior", "drawn")[0] for size in ((96, 72), (160, 120)))
    assert small.kinds == large.kinds


@pytest.mark.parametrize("kind", ["ground", "water"])
def test_boats_are_mirrored_in_water_only(kind):
    canvas = SceneCanvas(100, 100, sample_world(1))
    canvas.begin(kind)
    canvas.cover(np.ones((100, 100), np.float32), (0.8, 0.7, 0.5))
    before = canvas.colour.copy()
    paint_boat(canvas, np.random.default_rng(0), (50.0, 60.0), 40.0, 0.0, True)
    assert not canvas.extents[1][70:].any()
    assert np.array_equal(canvas.colour[70:], before[70:]) == (kind == "ground")


@pytest.mark.parametrize("size", [32, (32, 150), (150, 33)])
@pytest.mark.parametrize("kind", SCENE_KINDS)
def test_any_size_and_shape(size, kind):
    width, height = (size, size) if isinstance(size, int) else size
    picture, drawn = draw_scene(size, 11, kind)
    assert picture.image.shape == (height, width, 3) and drawn == kind
    assert picture.layers.min() >= 1 and picture.image.std() > 5


def test_a_medium_paints_it_and_keeps_its_layers():
    drawn, painted = (draw_scene((200, 60), 3, "landscape", medium)[0] for medium in ("drawn", "digital"))
    assert np.array_equal(drawn.layers, painted.layers) and np.array_equal(drawn.extents, painted.extents)
    assert 1 < np.abs(drawn.image.astype(float) - painted.image).mean() < 40


@pytest.mark.parametrize(
    "request_", [(31, 0), ((320, 20), 0), (64, -1), (64, 0, "portrait"), (64, 0, "sea", "acrylics")]
)
def test_what_cannot_be_drawn_is_said(request_):
    with pytest.raises(UserError):
        draw_scene(*request_)


def test_worlds_cover_all_hours_seasons_and_schools():
    worlds = [sample_world(seed) for seed in range(300)]
    assert {world.hour for world in worlds} == set(HOURS)
    assert {sample_world(seed, indoors=True).hour for seed in range(100)} == set(ROOMS)
    assert {world.season for world in worlds} == set(SEASONS)
    assert {world.school for world in worlds} == set(SCHOOLS)
    grey = np.full((1, 1, 3), 0.5, np.float32)
    assert len({tuple(np.round(grade(grey, world)[0, 0], 2)) for world in worlds}) >= 5, "schools tint"


def test_what_is_painted_later_hides_and_specks_belong_to_what_they_lie_on():
    canvas = SceneCanvas(100, 100, sample_world(1))
    canvas.begin("sky")
    canvas.cover(np.ones((100, 100), np.float32), (0.5, 0.6, 0.8))
    canvas.begin("tree")
    canvas.polygon(np.float32([[20, 20], [60, 20], [60, 60], [20, 60]]), (0, 0.4, 0), canvas.now)
    canvas.begin("animal")
    canvas.polygon(np.float32([[50.0, 50], [51, 50], [51, 51], [50, 51]]), (0, 0, 0), canvas.now)
    canvas.begin("rock")
    canvas.polygon(np.float32([[40, 40], [90, 40], [90, 90], [40, 90]]), (0.3, 0.3, 0.3), canvas.now)
    layers, extents, kinds = clear_specks(np.stack(canvas.extents), tuple(canvas.kinds))
    assert kinds == ("sky", "tree", "rock"), "what nobody sees is no thing"
    assert extents[1][50, 50] and layers[50, 50] == 3 and layers[30, 30] == 2 and layers[5, 5] == 1
    canvas.shade(np.ones((100, 100), np.float32), 0.5)
    again = clear_specks(np.stack(canvas.extents), tuple(canvas.kinds))[0]
    assert np.array_equal(again, layers), "a shadow belongs to what it lies on"
