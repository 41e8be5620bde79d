"""Wirings: which block feeds which, as JSON, so that a pipeline.json may hold one of its own; and those that ship.

{"name": ..., "inputs": {name: a port's fields}, "nodes": {name: {} or {"loop": {"carry": ..., "over": ...}}},
"connections": [[source, target] or [source, target, "optional"]], "outputs": {name: source or [source, "optional"]}}

A source is "node.port" or the name of a graph input, a target "node.port". An "optional" connection or output is left
out where a replaced block lacks one of the ports. The loop's feedback, frames.x_next -> frames.x_t, is its `carry`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...modules.io.errors import PPPError, UserError
from ...modules.io.json_schema import find_mismatch
from .port import Port

_PICTURE = {"kind": "picture", "channels": 3, "range": [0.0, 1.0]}
_INPUTS = {"painting": _PICTURE, "request": {"kind": "request"}, "noise": {"kind": "noise"}}
_LOOP = {"loop": {"carry": {"x_next": "x_t"}, "over": "degrees"}}

PAPER: dict[str, Any] = {
    # Figure 9 of the paper: the painting is segmented, the segmentation alone gives the first frame, and frames are
    # predicted from the painting, the frame before, the segmentation, the degrees and z, each fed back as x_t.
    "name": "paper",
    "inputs": _INPUTS,
    "nodes": {"segment": {}, "plan": {}, "firstframe": {}, "frames": _LOOP},
    "connections": [
        ["painting", "segment.painting"],
        ["segment.labels", "firstframe.labels"],
        ["firstframe.x_1", "frames.x_t"],
        ["painting", "frames.x_T"],
        ["segment.labels", "frames.labels"],
        ["plan.degrees", "frames.degrees"],
        ["noise", "frames.z", "optional"],
        # Outside of the figure: somebody has to say how much of each part is painted when.
        ["request", "plan.request"],
        ["painting", "plan.painting"],
        ["segment.labels", "plan.labels"],
    ],
    "outputs": {
        "labels": "segment.labels",
        "plan": "plan.plan",
        "canvas": "plan.canvas",
        "x_1": "firstframe.x_1",
        "first_strokes": ["firstframe.strokes", "optional"],
        "frames": "frames.x_next",
    },
}

DEFAULT: dict[str, Any] = {
    # The paper's graph, and: parts for pictures without a portrait, and a first frame that knows the picture's
    # colours and how this artist begins.
    "name": "default",
    "inputs": _INPUTS,
    "nodes": {"segment": {}, "parts": {}, "plan": {}, "firstframe": {}, "frames": _LOOP},
    "connections": [
        ["painting", "segment.painting"],
        ["painting", "parts.painting"],
        ["segment.labels", "parts.labels"],
        ["segment.confidence", "parts.confidence", "optional"],
        ["segment.scene", "parts.scene", "optional"],
        ["request", "plan.request"],
        ["painting", "plan.painting"],
        ["parts.labels", "plan.labels"],
        ["parts.labels", "firstframe.labels"],
        ["painting", "firstframe.palette", "optional"],
        ["plan.beginning", "firstframe.beginning", "optional"],
        ["firstframe.x_1", "frames.x_t"],
        ["painting", "frames.x_T"],
        ["parts.labels", "frames.labels"],
        ["plan.degrees", "frames.degrees"],
        ["plan.beginning", "frames.beginning", "optional"],
        ["noise", "frames.z", "optional"],
    ],
    "outputs": {
        "labels": "parts.labels",
        "plan": "plan.plan",
        "canvas": "plan.canvas",
        "x_1": "firstframe.x_1",
        "first_strokes": ["firstframe.strokes", "optional"],
        "frames": "frames.x_next",
    },
}

GRAPHS: dict[str, dict[str, Any]] = {"default": DEFAULT, "paper": PAPER}

_FORM = {
    "inputs": {"*": {"*": object}},
    "nodes": {"*": {"?loop": {"carry": {"*": str}, "over": str}}},
    "connections": [[str]],
    "outputs": {"*": (str, list)},
}
_OLD_KEY = "joints"  # what `connections` was called, when none was marked as optional


@dataclass(frozen=True)
class Connection:
    """source ("node.port" or a graph input) -> target ("node.port")."""

    source: str
    target: str
    optional: bool = False


@dataclass(frozen=True)
class Wiring:
    """A graph without its blocks; see the head of this file."""

    name: str  # of the graph, for messages
    inputs: Mapping[str, Port]  # the graph's inputs by name
    # for every node the arguments of its `Loop`, None where it does not loop
    nodes: Mapping[str, Mapping[str, Any] | None]
    connections: tuple[Connection, ...]  # who feeds whom
    outputs: Mapping[str, str]  # name -> source
    optional_outputs: frozenset[str] = frozenset()  # names of outputs that a block may lack

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Wiring":
        """Read a wiring. UserError when it is malformed, or names a node or an input that is not in it."""
        name = data.get("name", "?") if isinstance(data, Mapping) else "?"
        what = f"The graph {name!r} cannot be built."
        if isinstance(data, Mapping) and isinstance(data.get(_OLD_KEY), list) and "connections" not in data:
            optional = [row for graph in GRAPHS.values() for row in graph["connections"] if len(row) == 3]
            marked = {tuple(row[:2]): row for row in optional}
            rows = [marked.get(tuple(row), row) if isinstance(row, list) else row for row in data[_OLD_KEY]]
            data = {**data, "connections": rows}
        if wrong := find_mismatch(data, _FORM):
            raise UserError(what, f"Its wiring is malformed: {wrong}.", "docs/graph.md has the form.")
        connections = tuple(_connection(row, what) for row in data["connections"])
        outputs = {key: _output(value, what) for key, value in data["outputs"].items()}
        sources = [*(connection.source for connection in connections), *outputs.values()]
        unknown = [target for target in (c.target for c in connections) if _node(target) not in data["nodes"]]
        unknown += [s for s in sources if (_node(s) or s) not in data["nodes" if _node(s) else "inputs"]]
        if unknown:
            nodes, inputs = (", ".join(data[key]) or "none" for key in ("nodes", "inputs"))
            raise UserError(what, f"Nothing is called {unknown[0]}.", f"Its nodes are: {nodes}; its inputs: {inputs}.")
        return cls(
            name=str(data.get("name", "?")),
            inputs={name: Port.from_json(name, fields) for name, fields in data["inputs"].items()},
            nodes={name: node.get("loop") for name, node in data["nodes"].items()},
            connections=connections,
            outputs=outputs,
            optional_outputs=frozenset(key for key, value in data["outputs"].items() if isinstance(value, list)),
        )

    def until(self, name: str) -> "Wiring":
        """Cut out the part that an output, or else a node, needs; PPPError when there is neither."""
        if name not in self.outputs and name not in self.nodes:
            known = ", ".join({**self.outputs, **self.nodes})
            raise PPPError(f"The graph {self.name!r} cannot be run until {name!r}.", f"It has: {known}.")
        last = self.outputs[name].rpartition(".")[0] if name in self.outputs else name
        needed = self._upstream([last] if last else [])
        connections = tuple(c for c in self.connections if _node(c.target) in needed)
        outputs = {key: source for key, source in self.outputs.items() if not _node(source) or _node(source) in needed}
        used = {*(c.source for c in connections), *outputs.values()}
        return replace(
            self,
            inputs={key: port for key, port in self.inputs.items() if key in used},
            nodes={key: loop for key, loop in self.nodes.items() if key in needed},
            connections=connections,
            outputs=outputs,
        )

    def _upstream(self, nodes: Iterable[str]) -> set[str]:
        """Find these nodes and all that feed them, directly or not."""
        found: set[str] = set()
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            if node and node not in found:
                found.add(node)
                waiting += [_node(c.source) for c in self.connections if _node(c.target) == node]
        return found


def _connection(row: list[str], what: str) -> Connection:
    if len(row) not in (2, 3) or row[2:] not in ([], ["optional"]):
        raise UserError(what, f"{row} is no connection.", 'Write [source, target] or [source, target, "optional"].')
    return Connection(row[0], row[1], len(row) == 3)


def _output(value: Any, what: str) -> str:
    if isinstance(value, str):
        return value
    if len(value) != 2 or not isinstance(value[0], str) or value[1] != "optional":
        raise UserError(what, f"{value} is no output.", 'Write its source, or [source, "optional"].')
    return value[0]


def _node(address: str) -> str:
    """Find the node of "node.port"; "" for a graph input."""
    return address.rpartition(".")[0]
