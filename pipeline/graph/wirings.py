"""The graphs as data: which block feeds which. JSON values only, so that a pipeline.json may hold one of its own.

A joint is (source, target): "node.port", or the name of a graph input. The loop's feedback,
frames.x_next -> frames.x_t, is not a joint but the loop's `carry`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["DEFAULT", "GRAPHS", "PAPER", "from_canvas"]

_PICTURE = {"kind": "picture", "channels": 3, "range": [0.0, 1.0]}
_INPUTS = {"painting": _PICTURE, "request": {"kind": "request"}, "noise": {"kind": "noise"}}
_LOOP = {"loop": {"carry": {"x_next": "x_t"}, "over": "degrees"}}

PAPER: dict[str, Any] = {
    # Figure 9 of the paper: the painting is segmented, the segmentation alone gives the first frame, and frames are
    # predicted from the painting, the frame before, the segmentation, the degrees and z, each fed back as x_t.
    "name": "paper",
    "inputs": _INPUTS,
    "nodes": {"segment": {}, "plan": {}, "firstframe": {}, "frames": _LOOP},
    "joints": [
        ["painting", "segment.painting"],
        ["segment.labels", "firstframe.labels"],
        ["firstframe.x_1", "frames.x_t"],
        ["painting", "frames.x_T"],
        ["segment.labels", "frames.labels"],
        ["plan.degrees", "frames.degrees"],
        ["noise", "frames.z"],
        # What stands outside the figure: somebody has to say how much of each part is painted when.
        ["request", "plan.request"],
        ["painting", "plan.painting"],
        ["segment.labels", "plan.labels"],
    ],
    "outputs": {
        "labels": "segment.labels",
        "plan": "plan.plan",
        "canvas": "plan.canvas",
        "x_1": "firstframe.x_1",
        "frames": "frames.x_next",
    },
}

DEFAULT: dict[str, Any] = {
    # The paper's graph, and: parts for pictures without a portrait, and a first frame that knows the picture's
    # colours and how this artist begins.
    "name": "default",
    "inputs": _INPUTS,
    "nodes": {"segment": {}, "parts": {}, "plan": {}, "firstframe": {}, "frames": _LOOP},
    "joints": [
        ["painting", "segment.painting"],
        ["painting", "parts.painting"],
        ["segment.labels", "parts.labels"],
        ["segment.confidence", "parts.confidence"],
        ["request", "plan.request"],
        ["painting", "plan.painting"],
        ["parts.labels", "plan.labels"],
        ["parts.labels", "firstframe.labels"],
        ["painting", "firstframe.palette"],
        ["plan.beginning", "firstframe.beginning"],
        ["firstframe.x_1", "frames.x_t"],
        ["painting", "frames.x_T"],
        ["parts.labels", "frames.labels"],
        ["plan.degrees", "frames.degrees"],
        ["plan.beginning", "frames.beginning"],
        ["noise", "frames.z"],
    ],
    "outputs": {
        "labels": "parts.labels",
        "plan": "plan.plan",
        "canvas": "plan.canvas",
        "x_1": "firstframe.x_1",
        "frames": "frames.x_next",
    },
}

GRAPHS: dict[str, dict[str, Any]] = {"default": DEFAULT, "paper": PAPER}


def from_canvas(wiring: Mapping[str, Any]) -> dict[str, Any]:
    """The same graph without its firstframe node: the loop begins at the bare canvas and takes every step of the plan.

    For `--first-frame blank`, and for frames blocks that make a whole process themselves.
    """
    joints = [
        [source, target]
        for source, target in wiring["joints"]
        if not target.startswith("firstframe.") and target not in ("frames.x_t", "frames.degrees")
    ]
    joints += [["plan.canvas", "frames.x_t"], ["plan.all_degrees", "frames.degrees"]]
    return {
        **wiring,
        "name": f"{wiring['name']} from the canvas",
        "nodes": {name: node for name, node in wiring["nodes"].items() if name != "firstframe"},
        "joints": joints,
        "outputs": {name: source for name, source in wiring["outputs"].items() if name != "x_1"},
    }
