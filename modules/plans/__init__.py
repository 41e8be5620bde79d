"""Plans: what is painted when. One plan drives the simulated painter and the frames stage alike."""

from .context import PlanContext, ground_colour, make_context
from .edits import PlanEdit
from .habits import HABITS
from .named_plans import OWN, PLANS
from .plan import Pass, Plan, PlanStep, Slice
from .plan_file import PlanFile
from .planner import make_plan
from .spec import PlanSpec

__all__ = [
    "HABITS", "OWN", "PLANS", "Pass", "Plan", "PlanContext", "PlanEdit", "PlanFile", "PlanSpec", "PlanStep", "Slice",
    "ground_colour", "make_context", "make_plan",
]  # fmt: skip
