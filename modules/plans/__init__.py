"""Plans: what is painted when. One plan drives the simulated painter and the frames stage alike."""

from .context import make_context
from .edits import PlanEdit
from .habits import HABITS
from .named_plans import OWN, PLANS
from .plan import Plan, PlanStep
from .plan_file import PlanFile
from .planner import make_plan
from .spec import PlanSpec

__all__ = [
    "HABITS", "OWN", "PLANS", "Plan", "PlanEdit", "PlanFile", "PlanSpec", "PlanStep", "make_context", "make_plan",
]  # fmt: skip
