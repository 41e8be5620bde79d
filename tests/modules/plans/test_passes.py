"""One pass over a part: where it lays paint, what it leaves alone, in which order it goes, and how much it changes."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from scenes import head

from ppp.modules.degree import touched
from ppp.modules.finish_levels import level
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import passes
from ppp.modules.plans.context import make_context
from ppp.modules.plans.passes import make_pass
from ppp.modules.plans.plan import UNSPECIFIED, WHOLE
from ppp.modules.plans.spec import BrushStyle, PlannedPass
from ppp.modules.things import thing_label_set

WALL, HAIR, CLOTHES, EYES, FACE, MOUTH = (
    PORTRAIT.index(n) for n in ("background", "hair", "clothes", "eyes", "face", "mouth")
)
GROUND = np.array([0.9, 0.85, 0.8], np.float32)
STRAIGHT = BrushStyle(direction=float(np.pi / 2), by_light=0.0, wander=0.0, reach=0.02, covers=False)


def context_of(painting, labels, initial_canvas=None):
    return make_context(painting, labels, PORTRAIT, GROUND, initial_canvas)


CONTEXT = context_of(*head())
BARE = np.broadcast_to(CONTEXT.ground, CONTEXT.painting.shape).astype(np.float32)


def made(part, finish, canvas=BARE, context=CONTEXT, seed=0, brush=0.05, blocked=None, **style):
    style = BrushStyle(**{**vars(STRAIGHT), **style})
    rng = np.random.default_rng(seed)
    return make_pass(context, PlannedPass(part, finish, brush), canvas, style, rng, blocked)


@pytest.mark.parametrize("finish", ["wash", "lined", "flat", "form", "smooth", "painting"])
@pytest.mark.parametrize("part", [WALL, HAIR, FACE, EYES])
def test_a_pass_lays_its_finish_in_its_part_and_says_how_much_it_changes(part, finish):
    work, after, amount = made(part, finish)
    own = CONTEXT.labels == part
    assert (work.part, work.finish_name, work.brush) == (part, finish, 0.05)
    assert set(np.unique(work.levels[work.extent & own])) == {level(finish)}
    assert np.array_equal(after[~work.extent], BARE[~work.extent])
    laid = np.take_along_axis(CONTEXT.states, work.levels[None, ..., None].clip(max=len(CONTEXT.states) - 1), 0)[0]
    assert np.array_equal(after[work.extent], laid[work.extent])
    assert amount == pytest.approx(touched(BARE, after).mean()) and amount > 0
    assert work.travel[work.extent].min() == 0 and work.travel.max() == 1
    covered = (work.extent & own).sum() / own.sum()
    assert covered > (0.9 if finish == "painting" else 0.5)


def test_loose_masses_go_a_little_past_their_outline_and_careful_ones_do_not():
    own, outside = CONTEXT.labels == CLOTHES, {}
    for finish in ("flat", "wash", "lined", "form", "painting"):
        work, _, _ = made(CLOTHES, finish, reach=0.06)
        assert set(np.unique(work.levels[work.extent & ~own])) <= {level("over")}
        outside[finish] = int((work.extent & ~own).sum())
    assert outside["flat"] > 0 and outside["form"] == outside["painting"] == outside["lined"] == outside["wash"] == 0
    assert outside["flat"] <= 0.2 * own.sum(), "no more is spilt than a fifth of the part"
    assert not (made(CLOTHES, "flat", reach=0.0)[0].extent & ~own).any()
    wide, near = (made(WALL, "flat", reach=reach)[0].extent.sum() for reach in (0.03, 0.0))
    assert wide > near, "the wall goes on a little beneath what stands before it"


def test_features_are_laid_under_with_the_first_coats_of_their_face():
    for finish, laid in (("flat", level("under")), ("lined", level("under")), ("wash", level("wash"))):
        work, _, _ = made(FACE, finish)
        for feature in (EYES, MOUTH):
            theirs = CONTEXT.labels == feature
            assert work.extent[theirs].all() and set(np.unique(work.levels[theirs])) == {laid}
    for finish in ("form", "painting"):
        work, _, _ = made(FACE, finish)
        assert not work.extent[np.isin(CONTEXT.labels, [EYES, MOUTH])].any()
    work, _, _ = made(FACE, "flat")
    assert (work.extent & (CONTEXT.labels == HAIR)).mean() < 0.05, "hair only borders on the face"


def test_a_face_that_is_laid_with_its_body_has_no_holes_where_its_features_are():
    painting, labels = head()
    labels[(labels == WALL) | (labels == CLOTHES)] = PORTRAIT.index("body")
    work, _, _ = made(PORTRAIT.index("body"), "flat", context=context_of(painting, labels))
    for part in (FACE, EYES, MOUTH):
        assert work.extent[labels == part].all()


def test_what_is_done_already_is_not_painted_over():
    work, after, amount = made(FACE, "painting", canvas=CONTEXT.painting)
    assert not work.extent.any() and amount == 0 and after is CONTEXT.painting
    half = BARE.copy()
    half[:, :30] = CONTEXT.painting[:, :30]
    for finish in ("flat", "form", "smooth"):
        work, _, _ = made(FACE, finish, canvas=half)
        assert not work.extent[:, :27].any() and work.extent[:, 33:].any()
    work, _, _ = made(WHOLE, "form", canvas=half)
    assert not work.extent[:, :27].any() and work.extent[:, 33:].any()
    work, _, _ = made(WHOLE, "painting", canvas=half)
    assert work.extent.all(), "the last look is at all of it"


def test_nothing_is_laid_where_it_is_blocked():
    blocked = CONTEXT.labels == HAIR
    blocked[:, :32] = True
    for part, finish in ((FACE, "flat"), (WALL, "painting"), (WHOLE, "smooth")):
        work, after, _ = made(part, finish, blocked=blocked)
        assert work.extent.any() and not work.extent[blocked].any()
        assert np.array_equal(after[blocked], BARE[blocked])


def test_who_covers_lays_the_wall_behind_the_sitter():
    behind = np.isin(CONTEXT.labels, [HAIR, CLOTHES])
    plain, covering = (made(WALL, "flat", covers=covers)[0] for covers in (False, True))
    assert covering.extent[behind].mean() > 0.8 > 0.4 > plain.extent[behind].mean()
    assert set(np.unique(covering.levels[covering.extent & behind])) == {level("under")}
    careful = made(WALL, "wash", covers=True)[0]
    assert careful.extent[behind].mean() < 0.1, "a wash is not laid under everything"
    painted = made(HAIR, "flat")[1]
    late = made(WALL, "flat", canvas=painted, covers=True)[0]
    assert late.extent[CONTEXT.labels == HAIR].mean() < 0.3, "what is there already is cut in around"


@pytest.mark.parametrize("shoulders", [26, 30])
@pytest.mark.parametrize("neck", [6, 16])
def test_a_sitter_is_covered_wholly_or_cut_in_around(neck, shoulders):
    """The wall is never inside a part of which it leaves the rest bare: that looks like a torn mask."""
    painting, labels = head()
    y, x = np.indices(labels.shape)
    labels[(labels == WALL) & (y > 40) & (np.abs(x - 32) < neck)] = PORTRAIT.index("body")
    labels[(labels == WALL) & (y > 46) & (np.abs(x - 32) < shoulders)] = CLOTHES
    context = context_of(painting, labels)
    work = made(WALL, "flat", context=context, covers=True)[0]
    inside = cv2.erode((labels != WALL).astype(np.uint8), np.ones((11, 11), np.uint8), borderValue=1) > 0
    assert work.extent[inside].mean() in (0, 1), "past the rim all of it or nothing"


def test_a_wall_behind_a_sitter_is_wall_also_where_another_part_is_next_behind():
    """The face is next behind its eyes. Were its colour thought to be there, it would not be laid there later."""
    _, after, _ = made(WALL, "flat", covers=True)
    wall, face = (CONTEXT.painting[CONTEXT.labels == part].mean(axis=0) for part in (WALL, FACE))
    for feature in (EYES, MOUTH):
        there = after[CONTEXT.labels == feature].mean(axis=0)
        assert np.abs(there - wall).max() < 0.1 < np.abs(there - face).max()


def test_lines_of_a_sketch_do_not_keep_the_wall_from_behind_the_sitter():
    drawn = made(WHOLE, "sketch")[1]
    bare = (np.abs(drawn - BARE).max(axis=2) < 0.01) & (CONTEXT.labels == CLOTHES)
    extent = made(WALL, "flat", canvas=drawn, covers=True, reach=0.006)[0].extent
    assert extent[bare].mean() > 0.9
    sitter = CONTEXT.labels == CLOTHES
    assert extent[sitter & ~bare].mean() > 0.9, "they are painted over, not left as dashes of paper"


@pytest.mark.parametrize(("width", "covered"), [(10, True), (32, True), (48, False)])
def test_only_what_is_smaller_than_a_part_or_about_as_large_is_covered_by_it(width, covered):
    """A wall goes on behind the sitter, a neck does not behind a coat."""
    painting, labels = head()
    labels[:] = WALL
    labels[:, 64 - width :] = CLOTHES
    painting = np.where((labels == WALL)[..., None], np.float32(0.3), np.float32(0.5)) + 0 * painting
    context = context_of(painting, labels)
    bare = np.broadcast_to(context.ground, painting.shape).astype(np.float32)
    work, _, _ = made(WALL, "flat", canvas=bare, context=context, covers=True)
    share = work.extent[labels == CLOTHES].mean()
    assert share > 0.9 if covered else share < 0.2


def test_the_sky_goes_on_under_a_small_sitter_and_not_within_a_large_one():
    work, _, _ = made(WALL, "flat")
    assert work.extent[CONTEXT.labels == FACE].mean() < 0.2, "bare hair surrounds the face: no more than its rim"
    assert not work.extent[np.isin(CONTEXT.labels, [EYES, MOUTH])].any()
    painting, labels = head()
    labels[:] = WALL
    labels[20:32, 20:32], labels[24:32, 24:28] = HAIR, FACE
    work, _, _ = made(WALL, "flat", context=context_of(painting, labels))
    assert work.extent.all(), "a small sitter is painted on the wall"


def meadow():
    """A horse on a meadow under the sky: its context, and its pixels."""
    y, x = np.mgrid[0:96, 0:128]
    labels = np.where(y < 56, 1, 2).astype(np.uint8)
    labels[(abs(x - 64) < 30) & (y > 26) & (y < 70)] = 3
    colours = np.array([[0, 0, 0], [0.6, 0.7, 0.85], [0.4, 0.5, 0.15], [0.15, 0.1, 0.08]], np.float32)
    things = thing_label_set(["sky", "grass", "animal"])
    return make_context(colours[labels], labels, things, GROUND), labels == 3


def test_the_sky_ends_as_level_behind_a_horse_as_beside_it():
    """It is laid a little past the horizon, and not deep into the meadow, of which it will be no part."""
    context, _ = meadow()
    bare = np.broadcast_to(GROUND, context.painting.shape)
    work, _, _ = made(1, "flat", bare, context, reach=0.02, covers=True)
    ends = 96 - work.extent[::-1].argmax(axis=0)
    assert 56 < ends[4:30].mean() < 56 + 0.09 * 96
    assert np.abs(ends - np.median(ends)).max() < 5


def test_a_coat_leaves_no_small_holes_where_something_else_lies_behind():
    """What is behind a tree before the sky may be a hill by the map: the sky is laid through it, unless it is large."""
    things = thing_label_set(["sky", "mountain", "tree"])
    for side, filled in ((6, True), (30, False)):
        labels = np.full((96, 128), 1, np.uint8)
        labels[80:] = 2
        labels[20:60, 40:80] = 3
        colours = np.array([[0, 0, 0], [0.6, 0.7, 0.85], [0.4, 0.4, 0.5], [0.1, 0.3, 0.08]], np.float32)
        context = make_context(colours[labels], labels, things, GROUND)
        hole = np.zeros(labels.shape, bool)
        hole[40 - side // 2 : 40 + side // 2, 60 - side // 2 : 60 + side // 2] = True
        context = replace(context, behind=np.where(hole, 2, context.behind))
        work, sky, _ = made(1, "flat", np.broadcast_to(GROUND, colours[labels].shape), context, covers=True)
        assert work.extent[(labels == 3) & ~hole].mean() > 0.95
        assert work.extent[hole].all() == filled
        assert filled == bool(np.abs(sky[hole] - colours[1]).max() < 0.15)


def test_what_is_worked_over_goes_on_a_little_behind_what_is_not_there_yet():
    """Clouds end at no outline of a horse that nobody has painted, and go no further than they are needed."""
    context, horse = meadow()
    _, sky, _ = made(1, "flat", np.broadcast_to(GROUND, context.painting.shape), context, reach=0.02, covers=True)
    flat, painted = context.states[level("flat")], {}
    context.states[level("form")] = context.states[level("smooth")] = flat + np.float32([0.08, -0.08, 0.0])  # clouds
    for name, canvas in {"no horse": sky, "horse": np.where(horse[..., None], flat, sky)}.items():
        for finish in ("form", "smooth", "painting"):
            work, after, _ = made(1, finish, canvas, context, reach=0.02, covers=True)
            painted[name, finish] = (work.extent & horse).sum() / (horse & (context.behind == 1)).sum()
            if painted[name, finish]:
                assert np.allclose(after[work.extent & horse], context.states[level(finish)][0, 0], atol=0.02)
    assert 0.8 > painted["no horse", "form"] > painted["no horse", "smooth"] > 0.2
    assert painted["no horse", "painting"] == 0, "nobody finishes what is not seen"
    assert not any(share for (name, _), share in painted.items() if name == "horse")


def test_a_meadow_is_laid_over_the_sky_behind_a_horse_and_not_over_the_horse():
    context, horse = meadow()
    bare = np.broadcast_to(GROUND, context.painting.shape)
    _, sky, _ = made(1, "flat", bare, context, reach=0.02, covers=True)
    work, _, _ = made(2, "flat", sky, context, reach=0.02, covers=True)
    behind = horse & (context.behind == 2)
    assert behind.sum() > 300 and work.extent[behind].mean() > 0.95
    _, painted, _ = made(3, "flat", sky, context, reach=0.02)
    work, _, _ = made(2, "flat", painted, context, reach=0.02)
    inside = cv2.erode(horse.astype(np.uint8), np.ones((9, 9))) > 0
    assert not work.extent[inside].any(), "the horse was there before the meadow"


@pytest.mark.filterwarnings("error")
def test_a_part_of_one_pixel_is_painted():
    painting, labels = head()
    labels[:] = WALL
    labels[10, 10] = EYES
    painting[10, 10] = 0
    context = context_of(painting, labels)
    work, after, amount = made(EYES, "painting", context=context)
    assert np.argwhere(work.extent).tolist() == [[10, 10]] and amount == 1 / labels.size
    assert after[10, 10] == pytest.approx(painting[10, 10])


def test_lines_are_drawn_where_there_are_any():
    work, after, _ = made(WHOLE, "sketch")
    drawn = np.abs(CONTEXT.states[level("sketch")] - CONTEXT.ground).max(axis=2) > 0.04
    assert work.extent[drawn].all() and 0.02 < work.extent.mean() < 0.6
    assert (work.levels[~work.extent] == UNSPECIFIED).all()
    assert np.array_equal(after[drawn], CONTEXT.states[level("sketch")][drawn])


@pytest.mark.parametrize(("direction", "axis", "sign"), [(0, 1, 1), (0.5, 0, 1), (1, 1, -1), (1.5, 0, -1)])
def test_work_travels_in_the_direction_of_the_artist(direction, axis, sign):
    """0 is from left to right, a quarter turn from the top down; in equal times equal amounts are done."""
    for seed in range(5):
        work, _, _ = made(WALL, "painting", direction=direction * np.pi, seed=seed)
        places = np.argwhere(work.extent)[:, axis]
        assert sign * np.corrcoef(places, work.travel[work.extent])[0, 1] > 0.6
        halves = [(work.extent & (work.travel < moment)).sum() / work.extent.sum() for moment in (0.25, 0.5, 0.75)]
        assert halves == pytest.approx([0.25, 0.5, 0.75], abs=0.12)


def test_some_go_from_the_darks_to_the_lights_and_some_wander():
    painting, labels = head()
    labels[:] = WALL
    x = np.linspace(0, 1, 64, dtype=np.float32)
    painting = np.broadcast_to(0.3 + 0.5 * np.abs(2 * x - 1)[None, :, None], painting.shape).astype(np.float32)
    context = context_of(painting, labels)
    bare = np.broadcast_to(context.ground, painting.shape).astype(np.float32)

    def by_light(**style):
        work, _, _ = made(WALL, "painting", canvas=bare, context=context, **style)
        return np.corrcoef(context.light[work.extent], work.travel[work.extent])[0, 1]

    assert by_light(by_light=5.0) > 0.9 > 0.3 > abs(by_light(by_light=0.0))

    def jumps(wander):
        travel = made(WALL, "painting", canvas=bare, context=context, wander=wander)[0].travel
        return np.abs(np.diff(travel, axis=1)).mean()

    assert jumps(0.25) > 1.3 * jumps(0.0)
    one, other = (made(WALL, "painting", seed=seed, wander=0.2)[0].travel for seed in (1, 2))
    assert not np.array_equal(one, other), "every pass in its own way"


def test_on_a_canvas_that_was_begun_nothing_is_laid_over_what_is_nearer_to_the_picture():
    painting, labels = head()
    canvas = np.clip(painting + 0.005, 0, 1)
    canvas[:, 32:] = 0.9
    context = context_of(painting, labels, canvas)
    for finish in ("flat", "form"):
        work, after, _ = made(WALL, finish, canvas=context.initial_canvas, context=context)
        before, now = (np.abs(c - context.painting).mean() for c in (context.initial_canvas, after))
        assert now < before
        assert work.extent[:, :28].mean() < 0.02 and work.extent[context.labels == WALL][1::2].any()


def test_on_a_canvas_that_was_begun_nothing_is_laid_over_what_is_nearer_already():
    """Also where it is not right yet, which on one's own canvas is a reason to go on."""
    beside = np.clip(CONTEXT.painting + np.where(CONTEXT.painting > 0.5, -0.1, 0.1), 0, 1).astype(np.float32)
    wall = CONTEXT.labels == WALL
    flat = CONTEXT.states.copy()
    flat[level("flat")] = np.clip(CONTEXT.painting + np.where(CONTEXT.painting > 0.5, -0.3, 0.3), 0, 1)
    for canvas, laid in ((None, True), (beside, False)):
        context = replace(context_of(*head(), initial_canvas=canvas), states=flat)
        work, _, _ = made(WALL, "flat", canvas=beside, context=context)
        assert bool(work.extent[wall].mean() > 0.9) is laid
        assert bool(work.extent[wall].mean() < 0.1) is not laid


def test_no_more_is_spoilt_past_an_outline_than_is_won_within():
    """A dark coat that is nearly right stays within its outline beside a wall that is nearly right, too."""
    nearly = np.clip(CONTEXT.painting + np.where(CONTEXT.painting > 0.5, -0.09, 0.09), 0, 1).astype(np.float32)
    wall, coat = CONTEXT.labels == WALL, CONTEXT.labels == CLOTHES
    bare, _, _ = made(CLOTHES, "flat", reach=0.06)
    assert bare.extent[wall].any()
    work, _, _ = made(CLOTHES, "flat", canvas=nearly, reach=0.06)
    assert work.extent[coat].any()
    assert not work.extent[wall].any()


@pytest.mark.parametrize(("off", "laid"), [(0.0, False), (0.045, True)])
def test_first_colours_leave_a_ground_that_is_right_alone(off, laid):
    """Bare ground shows beside first colours that lean another way, so it must be nearer than paint need be."""
    painting, labels = head()
    wall = labels == WALL
    painting[wall] = GROUND - np.float32(off)
    context = context_of(painting, labels)
    states = context.states.copy()
    states[level("flat")][wall] -= 0.1
    bare = np.broadcast_to(context.ground, painting.shape).astype(np.float32)
    work, _, _ = made(WALL, "flat", canvas=bare, context=replace(context, states=states))
    inside = cv2.erode(wall.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert bool(work.extent[inside].mean() > 0.9) is laid
    assert bool(work.extent[inside].mean() < 0.1) is not laid


@pytest.mark.parametrize(
    ("kinds", "style"),
    [((), {}), (("sky", "mountain", "tree", "person", "building"), {}), (("tree",), {"covers": True, "reach": 0.05})],
)
def test_of_hundreds_of_parts_a_pass_looks_at_the_few_that_it_can_reach(monkeypatch, kinds, style):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:96, 0:128]
    middles = rng.random((120, 2)) * (128, 96)
    labels = ((x[..., None] - middles[:, 0]) ** 2 + (y[..., None] - middles[:, 1]) ** 2).argmin(axis=2).astype(np.uint8)
    names = [kinds[i % len(kinds)] for i in range(120)] if kinds else None
    label_set = thing_label_set(names) if names else cluster_label_set(120)
    painting = rng.random((96, 128, 3)).astype(np.float32)
    context = make_context(painting, labels + (len(label_set) - 120), label_set, GROUND)
    bare = np.broadcast_to(context.ground, context.painting.shape).astype(np.float32)
    found, real = [], passes._within_reach
    monkeypatch.setattr(passes, "_within_reach", lambda *a, **b: found.append(real(*a, **b)) or found[-1])
    chosen = context.present[::20]
    few = [made(part, "flat", bare, context, **style)[0] for part in chosen]
    assert 0 < sum(map(len, found)) < 20 * len(found)
    everything = lambda context, part, *a, **b: [k for k in context.present if k != part]  # noqa: E731
    monkeypatch.setattr(passes, "_within_reach", everything)
    for work, part in zip(few, chosen, strict=True):
        whole = made(part, "flat", bare, context, **style)[0]
        assert np.array_equal(work.extent, whole.extent) and np.array_equal(work.levels, whole.levels)
