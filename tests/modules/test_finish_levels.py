"""States of finish: what a face looks like before it has eyes, and that nothing leaves [0,1]."""

import numpy as np
import pytest
from scenes import head

from ppp.modules.finish_levels import LEVELS, finish_states, level, line_drawing, part_colours, tone_map
from ppp.modules.imaging.push_pull import push_pull_fill
from ppp.modules.imaging.resize import fit_size
from ppp.modules.labels import PORTRAIT, cluster_label_set

GROUND = (0.6, 0.5, 0.4)


def _states():
    painting, labels = head()
    return painting, labels, finish_states(painting, labels, PORTRAIT, GROUND)


def test_shapes_and_range():
    painting, _, states = _states()
    assert states.shape == (len(LEVELS), *painting.shape)
    assert states.min() >= 0
    assert states.max() <= 1
    assert np.array_equal(states[level("painting")], painting)
    assert np.allclose(states[level("ground")], GROUND)


def test_more_finish_is_nearer_to_the_painting():
    painting, _, states = _states()
    errors = [np.abs(states[level(n)] - painting).mean() for n in ("ground", "flat", "form", "painting")]
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 0.12  # a third to a half of the first touches of real artists are this near


def test_a_face_is_laid_in_without_eyes():
    painting, labels, states = _states()
    eyes, face = labels == PORTRAIT.index("eyes"), labels == PORTRAIT.index("face")
    under = states[level("under")][eyes].mean(axis=0)
    assert np.abs(under - painting[face].mean(axis=0)).max() < 0.12
    assert np.abs(under - painting[eyes].mean(axis=0)).max() > 0.3


def test_flat_parts_have_few_colours():
    _, labels, states = _states()
    wall = states[level("flat")][labels == PORTRAIT.index("background")]
    assert len(np.unique(np.round(wall, 3), axis=0)) <= 3


def test_where_two_tones_blur_into_one_another_is_no_third():
    """Round a sun in a plain sky stood a ring; light that turns to dark over a wide sky is one."""
    y, x = np.mgrid[0:160, 0:160]
    sky, sun = np.array([0.84, 0.96, 0.96]), np.array([1.0, 0.82, 0.4])
    disc = np.where(np.hypot(x - 80, y - 60)[..., None] < 30, sun, sky).astype(np.float32)
    slope = (sky + np.clip((y - 40) / 80, 0, 1)[..., None] * (sun - sky)).astype(np.float32)
    everywhere = np.ones(x.shape, bool)
    tones = [tone_map(one, everywhere, 3, blur=6.0, corner=1.0, apart=9.0) for one in (disc, slope)]
    assert [len(np.unique(one.reshape(-1, 3), axis=0)) for one in tones] == [2, 3]
    assert np.abs(tones[0][60, 80] - sun).max() < 0.05


def test_depth_order():
    rank = PORTRAIT.depth_order
    names = ("background", "body", "face", "eyes")
    assert [rank[PORTRAIT.index(a)] < rank[PORTRAIT.index(b)] for a, b in zip(names, names[1:], strict=False)] == [
        True
    ] * 3
    assert cluster_label_set(4).depth_order.tolist() == [0, 1, 2, 3, 4]


def test_fill_keeps_what_is_known_and_invents_no_colour():
    image = np.zeros((9, 13, 3), np.float32)
    known = np.zeros((9, 13), bool)
    known[:, :3] = True
    image[known] = (0.2, 0.4, 0.6)
    assert np.allclose(push_pull_fill(image, known), (0.2, 0.4, 0.6), atol=1e-5)


def test_lines_stand_on_the_outlines():
    painting, labels = head()
    lines = line_drawing(painting, labels, inner=False)
    assert lines[20, 15] > 0.3 or lines[20, 16] > 0.3 or lines[24, 15] > 0.3  # hair against the wall
    assert lines[2, 2] == 0


def test_palette_of_parts():
    painting, labels = head()
    colours = part_colours(painting, labels, len(PORTRAIT))
    assert colours[PORTRAIT.index("nose")].tolist() == [0.5, 0.5, 0.5]
    hair = labels == PORTRAIT.index("hair")
    assert np.allclose(colours[PORTRAIT.index("hair")], painting[hair].mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 2), (600, 20)])
def test_any_size(shape):
    rng = np.random.default_rng(0)
    painting = rng.random((*shape, 3)).astype(np.float32)
    labels = rng.integers(0, 10, shape).astype(np.uint8)
    assert finish_states(painting, labels, PORTRAIT, GROUND).shape == (len(LEVELS), *shape, 3)


def test_fit_never_enlarges():
    assert fit_size((100, 50), 200) == (50, 100)
    assert fit_size((1000, 10), 100) == (1, 100)


def test_the_shapes_of_a_part_reach_its_outline():
    """A mass of the darker tone ends where the part ends, without a rim of the tone that covers most of the part."""
    y, x = np.mgrid[0:160, 0:160]
    disc = (x - 80) ** 2 + (y - 80) ** 2 < 60**2
    painting = np.full((160, 160, 3), 0.95, np.float32)
    painting[disc] = 0.7
    painting[disc & (x > 95)] = 0.2
    labels = np.where(disc, PORTRAIT.names.index("clothes"), PORTRAIT.names.index("background")).astype(np.uint8)
    flat = finish_states(painting, labels, PORTRAIT, (0.5, 0.5, 0.5))[level("flat")]
    dark_side = disc & (x > 110)  # well away from where the two tones meet
    assert (flat[dark_side].max(axis=1) < 0.4).all()
