"""Schemas of nodes, made from the ports of the blocks that they run: names, types, what is optional, tooltips."""

from typing import Any

from comfy_api.latest import io

from ppp.modules.brush.media import MEDIA
from ppp.modules.plans.habits import HABITS
from ppp.modules.plans.named_plans import PLANS
from ppp.modules.plans.spec import ENDINGS, MOST_FRAMES
from ppp.pipeline.blocks.plan import PlanBlock
from ppp.pipeline.graph import Port

AUTO = "auto"  # the program chooses
KINDS: dict[str, Any] = {
    "picture": io.Image,
    "labels": io.Custom("PPP_LABELS"),
    "plan": io.Custom("PPP_PLAN"),
    "process": io.Custom("PPP_PROCESS"),
}
"""What travels between ports -> the type of a node's socket. `process` is a folder of a result."""

PROCESS = Port("process", "process", description="A painted process: its folder.")
NEEDS_FILE = ("dataset",)  # plans that need more than their name
REQUEST = next(port for port in PlanBlock.inputs if port.kind == "request")


def inputs_of(*ports: Port) -> list[Any]:
    """Make the inputs of a node for ports; a port `request` becomes a widget for each of its values."""
    found = []
    for port in ports:
        if port.kind == "request":
            found += request_inputs()
        else:
            found.append(KINDS[port.kind].Input(port.name, optional=port.optional, tooltip=port.description))
    return found


def outputs_of(*ports: Port) -> list[Any]:
    """Make the outputs of a node for ports."""
    return [KINDS[port.kind].Output(port.name, display_name=port.name, tooltip=port.description) for port in ports]


def request_inputs() -> list[Any]:
    """Make the widgets of a request, with the defaults of its port."""
    usual = REQUEST.default
    plans = [name for name in PLANS if name not in NEEDS_FILE]
    return [
        io.Int.Input(
            "n_frames", display_name="frames", default=usual["n_frames"], min=2, max=MOST_FRAMES,
            tooltip="How many pictures the process has, the bare canvas included.",
        ),
        io.Int.Input(
            "seed", default=usual["seed"], min=0, max=2**63 - 1, control_after_generate=True,
            tooltip="Which artist: another seed is another way to paint the same picture.",
        ),
        io.Combo.Input("plan_name", options=plans, default=usual["plan"], tooltip="What is painted when."),
        io.Combo.Input("medium", options=[AUTO, *MEDIA], default=AUTO, tooltip="What it is painted with."),
        io.Combo.Input("habit", options=[AUTO, *HABITS], default=AUTO, tooltip="How the artist works."),
        io.Combo.Input(
            "ending", options=list(ENDINGS), default=ENDINGS[0],
            tooltip="Whether it ends as the painting itself, or as the brush leaves it.",
        ),
    ]  # fmt: skip


def chosen(value: str) -> str | None:
    """Read a choice: None where the program chooses."""
    return None if value == AUTO else value
