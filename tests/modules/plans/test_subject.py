"""What a picture is of, and what that changes: who paints it, in which order, and what goes on behind what."""

from functools import cache

import numpy as np
import pytest
from scenes import head

from ppp.modules.finish_levels import level
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.habits import HABITS
from ppp.modules.plans.named_plans import artist_spec
from ppp.modules.plans.passes import make_pass
from ppp.modules.plans.plan import WHOLE
from ppp.modules.plans.spec import BrushStyle, PlannedPass
from ppp.modules.plans.subject import SUBJECTS, find_subject
from ppp.modules.things import thing_label_set

KINDS = ("sky", "mountain", "grass", "ground", "tree", "tree")
SKY, MOUNTAIN, GRASS, ROAD, LEFT, RIGHT = range(1, 7)
WHITE = np.array([0.96, 0.95, 0.93], np.float32)
COLOURS = np.array(
    [
        (0, 0, 0), (0.45, 0.65, 0.85), (0.4, 0.4, 0.55), (0.35, 0.5, 0.2), (0.7, 0.6, 0.4), (0.1, 0.25, 0.1),
        (0.15, 0.3, 0.1),
    ],
    np.float32,
)  # fmt: skip


@cache
def meadow():
    """Painting (72,64,3) and labels: sky, a mountain, a meadow with a road in it, two trees that stand apart."""
    y, x = np.mgrid[0:72, 0:64]
    labels = np.full((72, 64), SKY, np.uint8)
    labels[y > 40 - (x - 32) ** 2 / 60] = MOUNTAIN
    labels[y > 44] = GRASS
    labels[(y > 48) & (abs(x - 32) < 8)] = ROAD
    for tree, centre in ((LEFT, 10), (RIGHT, 54)):
        labels[(abs(x - centre) < 3) & (y > 30) & (y < 56)] = tree
        labels[(x - centre) ** 2 + (y - 22) ** 2 < 64] = tree
    painting = COLOURS[labels] + 0.15 * (x / 64 - 0.5)[..., None] * (labels > MOUNTAIN)[..., None]
    painting[(labels == RIGHT) & (x > 53)] += 0.25  # in the sun
    return np.clip(painting, 0, 1).astype(np.float32), labels


@cache
def context_of(medium="oil", kinds=KINDS):
    return make_context(*meadow(), thing_label_set(kinds), WHITE, medium=medium)


def first_coat(part, covers=True, **context):
    """What the first coat of a part covers of a bare canvas."""
    found = context_of(**context)
    style = BrushStyle(direction=float(np.pi / 2), by_light=0.0, wander=0.0, reach=0.006, covers=covers)
    bare = np.broadcast_to(found.ground, found.painting.shape).astype(np.float32)
    return make_pass(found, PlannedPass(part, "flat", 0.05), bare, style, np.random.default_rng(0))[0]


def share(extent, part):
    return extent[meadow()[1] == part].mean()


@pytest.mark.parametrize(("kinds", "medium", "subject"), [
    (KINDS, "oil", "landscape"),
    (KINDS, "watercolour", "landscape"),
    (KINDS, "ink", "illustration"),
    (KINDS, "digital", "illustration"),
    (("wall", "object", "furniture", "object", "object", "plant"), "oil", "still life"),
    (("wall", "person", "furniture", "object", "person", "animal"), "oil", "figures"),
    (("fog", "mood", "grass", "ground", "dream", "dream"), "oil", "unknown"),
])  # fmt: skip
def test_the_subject_is_seen_from_the_kinds_of_the_parts_their_shares_and_the_medium(kinds, medium, subject):
    assert context_of(medium, kinds).subject == subject


def test_parts_without_kinds_are_of_no_subject_and_portraits_are_portraits_whatever_is_behind_them():
    painting, labels = meadow()
    assert find_subject(painting, labels, cluster_label_set(6), "ink") == "unknown"
    assert find_subject(painting, labels, PORTRAIT, "ink") == "portrait"
    rough = np.clip(painting + np.random.default_rng(0).normal(0, 0.06, painting.shape), 0, 1).astype(np.float32)
    assert find_subject(rough, labels, thing_label_set(KINDS), "digital") == "landscape", "no flat colours"
    assert set(SUBJECTS) >= {"portrait", "landscape", "still life", "figures", "illustration", "unknown"}
    assert {name for row in SUBJECTS.values() for name in row.habits} <= set(HABITS)


def spec_of(habit, start, seed, medium="oil"):
    rng = np.random.default_rng(seed)
    return artist_spec(context_of(medium), 30, seed, habit=habit, start=start, rng=rng)


@pytest.mark.parametrize("habit", ["objects", "masses", "shapes"])
def test_far_planes_come_before_near_ones_and_only_trees_that_stand_apart_change_places(habit):
    orders = set()
    for seed in range(40):
        passes = [p for p in spec_of(habit, "mass", seed).passes if p.part != WHOLE]
        order = list(dict.fromkeys(p.part for p in passes))
        assert order[:4] == [SKY, MOUNTAIN, GRASS, ROAD]
        ends = [p.part for p in passes if p.finish == "painting"]
        assert ends[:4] == [SKY, MOUNTAIN, GRASS, ROAD]
        orders.add(tuple(order[4:]))
    assert orders == {(LEFT, RIGHT), (RIGHT, LEFT)}


def test_things_that_touch_are_never_painted_the_wrong_way_round():
    labels = meadow()[1].copy()
    labels[20:24, 10:54] = LEFT  # the crowns grow together
    context = make_context(meadow()[0], labels, thing_label_set(KINDS), WHITE)
    for seed in range(40):
        passes = HABITS["objects"].passes(context, "mass", np.random.default_rng(seed))
        assert next(p.part for p in passes if p.part in (LEFT, RIGHT)) == LEFT


def test_most_who_paint_a_landscape_finish_each_thing_before_the_next():
    finished = []
    for seed in range(60):
        passes = spec_of("objects", "mass", seed).passes
        runs = [
            p.part
            for p, before in zip(passes, (None, *passes), strict=False)
            if before is None or before.part != p.part
        ]
        finished.append(len(runs) == len(set(runs)))
    assert 0.8 < np.mean(finished) < 1


def test_the_sky_goes_on_behind_the_trees_but_not_behind_the_land():
    plain, covering = (first_coat(SKY, covers).extent for covers in (False, True))
    crowns = meadow()[1].copy()
    crowns[24:] = 0
    assert covering[np.isin(crowns, (LEFT, RIGHT))].mean() > 0.95 > 0.75 > plain[np.isin(crowns, (LEFT, RIGHT))].mean()
    assert 0 < share(covering, MOUNTAIN) < 0.6, "a little below the horizon, and no farther"
    assert share(covering, GRASS) < 0.05 and share(covering, ROAD) == 0
    assert set(np.unique(first_coat(SKY).levels[covering & (meadow()[1] == LEFT)])) == {level("under")}


def test_in_flat_art_shapes_are_whole_what_is_hidden_of_them_included():
    assert share(first_coat(GRASS, medium="ink").extent, ROAD) > 0.95
    assert share(first_coat(GRASS).extent, ROAD) < 0.9
    plans = [make_plan("artist", *meadow(), thing_label_set(KINDS), 12, seed, medium="ink") for seed in range(2)]
    assert {plan.habit for plan in plans} == {"shapes", "lineart"}


def test_another_ground_does_not_change_what_a_picture_is_of():
    """The context is made anew then: what is hidden of a meadow is laid in flat art as before."""
    data = {"manner": {"covers": True, "reach": 0.006}, "passes": [{"part": "grass", "finish": "flat", "brush": 0.05}]}
    file = PlanFile(data | {"start": "mass", "ground": [0.9, 0.8, 0.7]}, "x")
    coat, *_ = make_plan(file, *meadow(), thing_label_set(KINDS), 12, 0, medium="ink").passes
    assert coat.part == GRASS and share(coat.extent, ROAD) > 0.95


def test_trees_are_laid_in_from_dark_to_light():
    """Trunk and branches before the leaves in the sun, which are on the right."""
    right, x = meadow()[1] == RIGHT, np.indices(meadow()[1].shape)[1]
    travel = first_coat(RIGHT).travel
    assert travel[right & (x < 52)].max() < travel[right & (x > 55)].min()


def test_what_goes_on_behind_a_tree_is_asked_of_the_tree_too():
    """So a step that paints the sky where the tree will be does not count as touching what nobody asked for."""
    plan = next(
        plan
        for plan in (make_plan("artist", *meadow(), thing_label_set(KINDS), 20, s, medium="oil") for s in range(8))
        if plan.habit == "objects" and plan.start == "mass" and plan.spec.brush_style.covers
    )
    assert plan.passes[0].part == SKY and plan.degrees[0, LEFT] > 0
    assert plan.degrees[0, GRASS] == 0, "bare canvas below until it is reached"


@pytest.mark.parametrize("covers", [False, True])
def test_what_goes_on_behind_a_sitter_does_so_as_in_a_portrait(covers):
    """Named or not, what is behind is the background of a portrait, and no scene."""
    painting, labels = head()
    style = BrushStyle(direction=float(np.pi / 2), by_light=0.0, wander=0.0, reach=0.02, covers=covers)
    extents = []
    for part, label_set in (("background", PORTRAIT), ("sky", PORTRAIT.split("background", ("sky",), ("sky",)))):
        index = label_set.index(part)
        context = make_context(painting, np.where(labels == 1, index, labels).astype(np.uint8), label_set, WHITE)
        bare = np.broadcast_to(context.ground, painting.shape).astype(np.float32)
        planned = PlannedPass(index, "flat", 0.05)
        extents.append(make_pass(context, planned, bare, style, np.random.default_rng(0))[0].extent)
    assert np.array_equal(*extents)


@pytest.mark.parametrize("habit", ["objects", "masses", "lineart", "watercolour"])
def test_what_lies_behind_a_sitter_is_painted_far_to_near_as_one_background(habit):
    whole = PORTRAIT.split("background", ("sky", "trees"), ("sky", "tree"))
    labels = np.full((64, 64), whole.index("sky"), np.uint8)
    labels[40:] = whole.index("trees")
    labels[24:, 20:44] = PORTRAIT.index("clothes")
    labels[10:30, 24:40] = PORTRAIT.index("face")
    painting = np.random.default_rng(0).random((len(whole), 3)).astype(np.float32)[labels]
    context = make_context(painting, labels, whole, WHITE)
    far = [whole.index("sky"), whole.index("trees")]
    for seed in range(30):
        passes = HABITS[habit].passes(context, "mass", np.random.default_rng(seed))
        for finish in {p.finish for p in passes}:
            order = [p.part for p in passes if p.finish == finish and p.part != WHOLE]
            if set(far) <= set(order):
                assert order[order.index(far[0]) :][:2] == far
