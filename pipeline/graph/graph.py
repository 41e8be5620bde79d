"""The graph: blocks with declared ports, joints between them, checked before anything is computed.

A `Block` is a declaration (its ports) and a call. A graph is data, a `wiring` of JSON values (see graphs.py), plus one
block for each of its nodes. `Loop` repeats a `Step` over a series, feeding its output back into its input, and is
itself a block: its output is a stream that is computed while it is read.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...modules.io.errors import PPPError, UserError
from ...modules.io.json_schema import find_mismatch

__all__ = ["Block", "Graph", "Loop", "Port", "Step", "StepFunction", "Stream"]

SERIES = "series of "


@dataclass(frozen=True)
class Port:
    """One input or output of a block. None means "any" for an input and "not said" for an output.

    kind: what travels: picture, labels, degrees, noise, request, ...; `series of X` is a stream of X.
    channels, range: of a picture's values. multiple: an output's width and height always are a multiple of this, an
    input's have to be. label_set: hash of the LabelSet the labels belong to. unnamed: an output may give labels of
    parts without known names (clusters), an input takes them. degree_mode: how degrees are counted (modules/degree.py).
    optional: an input that may stay unconnected.
    """

    name: str
    kind: str
    channels: int | None = None
    range: tuple[float, float] | None = None
    multiple: int = 1
    label_set: str | None = None
    unnamed: bool = False
    degree_mode: str | None = None
    optional: bool = False

    def misfit(self, target: Port) -> str:
        """Why this output cannot feed the input `target`; empty when it can."""
        if self.kind != target.kind:
            return f"{self.kind} are not {target.kind}"
        if None not in (self.channels, target.channels) and self.channels != target.channels:
            return f"{self.channels} channels are given, {target.channels} are wanted"
        if self.range and target.range and not (target.range[0] <= self.range[0] and self.range[1] <= target.range[1]):
            return f"values from {self.range[0]} to {self.range[1]} are given, {target.range} are wanted"
        if self.multiple % target.multiple:
            return f"sizes are multiples of {self.multiple}, multiples of {target.multiple} are wanted"
        if self.label_set and target.label_set and self.label_set != target.label_set:
            return f"the label sets differ ({self.label_set} and {target.label_set})"
        if self.unnamed and not target.unnamed and target.label_set:
            return "parts without names may be given, and only named ones are understood"
        if self.degree_mode and target.degree_mode and self.degree_mode != target.degree_mode:
            return f"degrees are counted by {self.degree_mode!r}, and {target.degree_mode!r} is wanted"
        return ""


class Block(ABC):
    """A declaration of ports and a call: values of the input ports by name -> values of the output ports by name.

    An input that is optional and not connected is not passed.
    """

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    @abstractmethod
    def __call__(self, *args: Any, **values: Any) -> dict[str, Any]:
        """Values of the inputs by port name -> values of the outputs. (`args` only lets blocks name their own.)"""


StepFunction = Callable[..., dict[str, Any]]


class Step(ABC):
    """A block to be repeated by a `Loop`: `begin` does what is needed once per run and returns the step itself."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    @abstractmethod
    def begin(self, *args: Any, **constants: Any) -> StepFunction:
        """Values of the ports that stay the same, and the whole series under its port's name -> the step.

        The step is called once for every item with the item and the carried values, by port name, and returns the
        values of the output ports.
        """


class Stream:
    """The values of one output port of a loop: computed while they are read, from the start again at every reading."""

    def __init__(self, start: Callable[[], Iterator[dict[str, Any]]], port: str) -> None:
        self._start, self._port = start, port

    def __iter__(self) -> Iterator[Any]:
        return (values[self._port] for values in self._start())


class Loop(Block):
    """Repeat `step` for every item of the series at its port `over`; after each, the output `a` becomes the input `b`
    for every `a: b` in `carry`. The outputs are streams; only the values of one step are ever held.
    """

    def __init__(self, step: Step, carry: Mapping[str, str], over: str) -> None:
        self.step, self.carry, self.over = step, dict(carry), over
        ins, outs = {p.name: p for p in step.inputs}, {p.name: p for p in step.outputs}
        if over not in ins or not set(carry) <= outs.keys() or not set(carry.values()) <= ins.keys() - {over}:
            raise PPPError(
                f"{type(step).__name__} cannot be looped.",
                f"It has inputs {sorted(ins)} and outputs {sorted(outs)}; the loop is over {over}, carrying {carry}.",
            )
        for source, target in carry.items():
            if why := outs[source].misfit(ins[target]):
                raise UserError(f"The loop of {type(step).__name__} cannot carry {source} to {target}.", f"{why}.")
        self.inputs = tuple(replace(p, kind=SERIES + p.kind) if p.name == over else p for p in step.inputs)
        self.outputs = tuple(replace(p, kind=SERIES + p.kind) for p in step.outputs)

    def __call__(self, *args: Any, **values: Any) -> dict[str, Any]:
        series: Iterable[Any] = values[self.over]
        carried = {name: values[name] for name in self.carry.values()}
        constants = {name: value for name, value in values.items() if name not in carried}

        def run() -> Iterator[dict[str, Any]]:
            do = self.step.begin(**constants)
            now = dict(carried)
            for item in series:
                result = do(**{self.over: item}, **now)
                now = {target: result[source] for source, target in self.carry.items()}
                yield result

        return {port.name: Stream(run, port.name) for port in self.outputs}


_WIRING = {
    "inputs": {"*": {"*": object}},
    "nodes": {"*": {"?loop": {"carry": {"*": str}, "over": str}}},
    "joints": [[str]],
    "outputs": {"*": str},
}  # fmt: skip


def _check_wiring(wiring: Mapping[str, Any], blocks: Mapping[str, Block | Step]) -> None:
    what = f"The graph {wiring.get('name', '?')!r} cannot be built."
    if wrong := find_mismatch(wiring, _WIRING):
        raise UserError(what, f"Its wiring is not of the right form: {wrong}.")
    if odd := next((joint for joint in wiring["joints"] if len(joint) != 2), None):
        raise UserError(what, f"{odd} is no pair of a source and a target.")
    missing = set(wiring["nodes"]) - blocks.keys()
    if missing:
        raise UserError(what, f"No block is given for: {', '.join(sorted(missing))}.")
    for name, node in wiring["nodes"].items():
        if ("loop" in node) != isinstance(blocks[name], Step):
            raise UserError(
                what,
                f"{name} is {'a' if 'loop' in node else 'no'} loop, and {type(blocks[name]).__name__} cannot be that.",
            )


class Graph:
    """Blocks wired together. Building one checks every joint; nothing is computed before `run`.

    wiring: JSON values, see graphs.py: `inputs` (port declarations), `nodes` (each with `loop` or nothing), `joints`
        (pairs "node.output" or graph input -> "node.input"), `outputs` (name -> "node.output").
    blocks: for every node its block, a `Step` for one that loops.
    Raises UserError when a joint does not fit, naming both ports, or the wiring has gaps or circles.
    """

    def __init__(self, wiring: Mapping[str, Any], blocks: Mapping[str, Block | Step]) -> None:
        _check_wiring(wiring, blocks)
        self.wiring = wiring
        self.blocks: dict[str, Block] = {}
        for name, node in wiring["nodes"].items():
            block = blocks[name]
            self.blocks[name] = Loop(block, **node["loop"]) if isinstance(block, Step) else block
        self.inputs = {name: _port_from_json(name, port) for name, port in wiring["inputs"].items()}
        self.sources: dict[str, dict[str, str]] = {name: {} for name in self.blocks}
        for source, target in wiring["joints"]:
            self._join(source, target)
        for name, block in self.blocks.items():
            for port in block.inputs:
                if not port.optional and port.name not in self.sources[name]:
                    raise UserError(f"The graph {self.name!r} is incomplete.", f"Nothing feeds {name}.{port.name}.")
        for source in wiring["outputs"].values():
            self._output_port(source)
        self.order = self._sorted()

    @property
    def name(self) -> str:
        return str(self.wiring.get("name", "?"))

    def _output_port(self, source: str) -> Port:
        node, _, port = source.rpartition(".")
        found = (
            self.inputs.get(source)
            if not node
            else next((p for p in self.blocks[node].outputs if p.name == port), None) if node in self.blocks else None
        )  # fmt: skip
        if found is None:
            raise UserError(f"The graph {self.name!r} cannot be built.", f"Nothing is called {source}.")
        return found

    def _join(self, source: str, target: str) -> None:
        """Record and check one joint.

        Left out are inputs that a block does not have, and optional inputs that the block before does not give: a
        replaced stage may want less, or give less, than the one the graph was drawn for.
        """
        node, _, name = target.rpartition(".")
        if node not in self.blocks:
            raise UserError(f"The graph {self.name!r} cannot be built.", f"There is no node {node!r} for {target}.")
        port = next((p for p in self.blocks[node].inputs if p.name == name), None)
        giver = source.rpartition(".")[0]
        given = giver not in self.blocks or any(f"{giver}.{p.name}" == source for p in self.blocks[giver].outputs)
        if port is None or (port.optional and not given):
            return
        out = self._output_port(source)
        if name in self.sources[node]:
            raise UserError(f"The graph {self.name!r} cannot be built.", f"{target} is fed twice.")
        if why := out.misfit(port):
            raise UserError(
                f"{source} does not fit {target}.",
                f"{why[0].upper()}{why[1:]}.",
                "Use stages that were made for each other, or replace one of the two with --stage.",
            )
        self.sources[node][name] = source

    def _sorted(self) -> list[str]:
        """The nodes in an order in which every one comes after those that feed it."""
        waits = {
            node: {s.rpartition(".")[0] for s in sources.values()} - {""} for node, sources in self.sources.items()
        }
        order: list[str] = []
        while waits:
            ready = [node for node, on in waits.items() if on <= set(order)]
            if not ready:
                raise UserError(
                    f"The graph {self.name!r} cannot be run.", f"These wait for each other: {sorted(waits)}."
                )
            order.extend(ready)
            for node in ready:
                del waits[node]
        return order

    def run(
        self,
        inputs: Mapping[str, Any],
        times: dict[str, float] | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Compute the outputs by name. The seconds that each node took are added to `times`, and `watch` is told the
        name of each when it begins; a loop only starts here, its work is done while its stream is read."""
        missing = self.inputs.keys() - inputs.keys()
        if missing:
            raise PPPError(f"The graph {self.name!r} cannot be run.", f"Inputs are missing: {sorted(missing)}.")
        values = dict(inputs)
        for name in self.order:
            if watch:
                watch(name)
            started = time.perf_counter()
            result = self.blocks[name](**{port: values[source] for port, source in self.sources[name].items()})
            values.update({f"{name}.{port}": value for port, value in result.items()})
            if times is not None:
                times[name] = times.get(name, 0.0) + time.perf_counter() - started
        return {name: values[source] for name, source in self.wiring["outputs"].items()}


def _port_from_json(name: str, port: Mapping[str, Any]) -> Port:
    """A port declaration in a wiring: Port's fields as JSON values."""
    fields: dict[str, Any] = {key: tuple(value) if key == "range" else value for key, value in port.items()}
    try:
        return Port(name=name, **fields)
    except TypeError as error:
        raise UserError(f"The graph's input {name!r} is not declared right.", f"{error}.") from None
