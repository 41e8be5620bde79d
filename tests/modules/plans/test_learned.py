"""Plan `learned` with planners of known opinions in place of trained ones."""

import numpy as np
import pytest
from planners import asking, near_to_far, silent
from scenes import head

from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import PlanFile, make_plan
from ppp.modules.plans.context import make_context
from ppp.modules.plans.dry_run import start_canvas
from ppp.modules.plans.edits import Degrees, Order, Passes, Skip
from ppp.modules.plans.order import first_pass_order
from ppp.modules.plans.plan_file import to_toml
from ppp.modules.plans.scheduler import PassQueues


def learned(n_frames: int = 24, seed: int = 1, proposer=near_to_far, **more):
    return make_plan("learned", *head(), PORTRAIT, n_frames, seed, medium="oil", proposer=proposer, **more)


def order(plan) -> list[str]:
    return [PORTRAIT.names[part] for part in first_pass_order(plan.spec.passes) if part >= 0]


def depth(plan) -> list[int]:
    return [int(PORTRAIT.depth_order[PORTRAIT.index(name)]) for name in order(plan)]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_the_planners(seed):
    plan = learned(seed=seed)
    places = depth(plan)
    assert len(places) > 4
    assert places == sorted(places, reverse=True)
    assert plan.habit == "given"
    artist = make_plan("artist", *head(), PORTRAIT, 24, seed, medium="oil")
    assert depth(artist) != sorted(depth(artist), reverse=True)


@pytest.mark.parametrize("proposer", [near_to_far, silent])
@pytest.mark.parametrize("n_frames", [2, 3, 24])
def test_finished_at_the_last_frame(n_frames, proposer):
    """Also what the planner never asked for."""
    plan = learned(n_frames, proposer=proposer)
    painting, labels = head()
    context = make_context(painting, labels, PORTRAIT, np.array(plan.ground, np.float32))
    queues = PassQueues(context, plan.passes, plan.medium)
    canvas = start_canvas(context, plan.start, [plan.passes[piece.index] for piece in plan.slices[0]])
    for step in plan.slices[1:]:
        canvas = queues.paint(canvas, step)
    assert np.abs(canvas - context.painting).max() < 1e-6
    assert {*order(plan)} == {PORTRAIT.names[part] for part in context.present}


def test_a_seed_gives_one_plan():
    one, other = (learned().spec.to_json() for _ in range(2))
    assert one == other


def test_edits_are_obeyed():
    ordered = order(learned(edits=[Order("background", "clothes")]))
    assert ordered.index("background") < ordered.index("clothes")
    skipped = learned(edits=[Skip("hair")])
    assert skipped.degrees[:, PORTRAIT.index("hair")].max() == 0
    assert learned(edits=[Degrees(hair=0.5)]).spec.degrees == {PORTRAIT.index("hair"): 0.5}
    passes = learned(edits=[Passes(1)]).spec.passes
    assert len(passes) < len(learned().spec.passes)
    assert learned(edits=[Degrees({"background": 0.4}, step=3)]).degrees[2, PORTRAIT.index("background")] == (
        pytest.approx(0.4)
    )


def test_its_plan_file_needs_no_planner():
    plan = learned()
    file = PlanFile.parse(to_toml(plan, "learned"), "plan.toml")
    again = make_plan(file, *head(), PORTRAIT, 24, 1)
    assert again.spec.to_json() == plan.spec.to_json()


def test_a_canvas_is_gone_on_with():
    """What is done on it gets no pass; what is bare on it is painted as the planner says."""
    painting, labels = head()
    done = np.isin(labels, [PORTRAIT.index(name) for name in ("background", "hair")])
    canvas = np.where(done[..., None], painting, np.float32(0.95)).astype(np.float32)
    plan = learned(canvas=canvas)
    assert not {"background", "hair"} & {*order(plan)}
    assert depth(plan) == sorted(depth(plan), reverse=True)


def test_parts_that_are_asked_for_alike_are_begun_together():
    def features_with_face(context, canvas, medium, pace, seed, trail):
        face, eyes, mouth = (PORTRAIT.index(name) for name in ("face", "eyes", "mouth"))
        proposal = asking(context, face, "flat")
        proposal.field[np.isin(context.labels, (eyes, mouth))] = 0.88
        return proposal

    passes = [planned for seed in range(4) for planned in learned(seed=seed, proposer=features_with_face).spec.passes]
    together = {PORTRAIT.names[planned.part] for planned in passes if planned.together}
    assert "mouth" in together
    assert not {"background", "clothes"} & together, "not what is as large"
    assert not any(planned.together for planned in learned().spec.passes)


def test_without_a_planner_it_says_what_to_train():
    with pytest.raises(UserError) as caught:
        learned(proposer=None)
    assert "--variant planner" in str(caught.value)
