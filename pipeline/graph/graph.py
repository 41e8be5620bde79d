"""The graph: blocks wired together, checked when it is built, run whole or up to an output."""

import time
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from ...modules.io.errors import PPPError, UserError
from .block import Block, Loop, Step
from .port import Port
from .wirings import Connection, Wiring


class Graph:
    """Blocks wired together. Building one checks every connection; nothing is computed before `run`.

    Args:
        wiring: a `Wiring`, or its JSON.
        blocks: the block of every node, a `Step` for one that loops.

    Raises:
        UserError: a connection does not fit or leads to a port that does not exist, an input is fed twice or not at
            all, or nodes wait for each other.
    """

    def __init__(self, wiring: Wiring | Mapping[str, Any], blocks: Mapping[str, Block | Step]) -> None:
        self.wiring = wiring if isinstance(wiring, Wiring) else Wiring.from_json(wiring)
        self._what = f"The graph {self.wiring.name!r} cannot be built."
        self.blocks = {name: self._placed(name, blocks) for name in self.wiring.nodes}
        self.sources: dict[str, dict[str, str]] = {name: {} for name in self.blocks}  # node -> input -> its source
        for connection in self.wiring.connections:
            self._connect(connection)
        for name, block in self.blocks.items():
            for port in block.inputs:
                if not port.optional and port.name not in self.sources[name]:
                    raise UserError(
                        f"The graph {self.wiring.name!r} is incomplete.", f"Nothing feeds {name}.{port.name}."
                    )
        for name, source in self.wiring.outputs.items():
            if self.port_of(source) is None and name not in self.wiring.optional_outputs:
                raise self._no_port(source, "output")
        self.order = self._sorted()

    def _placed(self, name: str, blocks: Mapping[str, Block | Step]) -> Block:
        if name not in blocks:
            missing = ", ".join(sorted(self.wiring.nodes.keys() - blocks.keys()))
            raise UserError(
                self._what, f"No block is given for: {missing}.", "Give them: Pipeline(..., blocks={NAME: BLOCK})."
            )
        block, loop = blocks[name], self.wiring.nodes[name]
        if isinstance(block, Step) and loop is not None:
            return Loop(block, **loop)
        if isinstance(block, Step) or loop is not None:
            is_loop = "a" if loop is not None else "no"
            raise UserError(self._what, f"{name} is {is_loop} loop, and {type(block).__name__} cannot be that.")
        return block

    def port_of(self, source: str) -> Port | None:
        """Find the port of a source, an output of a node or an input of the graph; None where there is none."""
        node, _, name = source.rpartition(".")
        if not node:
            return self.wiring.inputs[source]
        return next((port for port in self.blocks[node].outputs if port.name == name), None)

    def _connect(self, connection: Connection) -> None:
        """Check and record one connection; an optional one is dropped where a block lacks the port."""
        source, target = connection.source, connection.target
        node, _, name = target.rpartition(".")
        out = self.port_of(source)
        into = next((port for port in self.blocks[node].inputs if port.name == name), None)
        if out is None or into is None:
            if connection.optional:
                return
            raise self._no_port(source, "output") if out is None else self._no_port(target, "input")
        if name in self.sources[node]:
            raise UserError(self._what, f"{target} is fed twice.", "Leave one of the two connections out.")
        if why := out.mismatch(into):
            raise UserError(
                f"{source} does not fit {target}.",
                f"{why[0].upper()}{why[1:]}.",
                "Use stages that were made for each other, or replace one of the two with --stage.",
            )
        self.sources[node][name] = source

    def _no_port(self, address: str, side: str) -> UserError:
        """Make the error for an address ("node.port") without a port."""
        node, _, name = address.rpartition(".")
        block = self.blocks[node]
        known = ", ".join(port.name for port in (block.inputs if side == "input" else block.outputs)) or "none"
        return UserError(
            self._what,
            f"{node} ({type(block).__name__}) has no {side} {name!r}; its {side}s are: {known}.",
            'Correct the name, or mark a connection that a block may lack: [source, target, "optional"].',
        )

    def _sorted(self) -> list[str]:
        """Sort the nodes so that every one comes after those that feed it."""
        waits = {
            node: {s.rpartition(".")[0] for s in sources.values()} - {""} for node, sources in self.sources.items()
        }
        try:
            return list(TopologicalSorter(waits).static_order())
        except CycleError as error:
            why = f"These wait for each other: {sorted(set(error.args[1]))}."
            raise UserError(f"The graph {self.wiring.name!r} cannot be run.", why, "Take a connection out.") from None

    def run(
        self,
        inputs: Mapping[str, Any],
        *,
        until: str | None = None,
        times: dict[str, float] | None = None,
        notes: list[str] | None = None,
        on_node: Callable[[str], None] | None = None,
    ) -> dict[str, Any]:
        """Compute outputs. A loop only starts here; its work is done while its stream is read.

        Args:
            inputs: the graph's inputs by name.
            until: an output or a node: only the nodes that it needs are run. None runs all of them.
            times: the seconds that each node took are added to it.
            notes: the sentences that nodes give at an output `notes` are added to it.
            on_node: called with the name of each node when it begins.

        Returns:
            The graph's outputs by name, without optional ones that no block gave; with `until` those that are known by
            then.
        """
        wiring = self.wiring if until is None else self.wiring.until(until)
        if missing := wiring.inputs.keys() - inputs.keys():
            raise PPPError(f"The graph {wiring.name!r} cannot be run.", f"Inputs are missing: {sorted(missing)}.")
        values = dict(inputs)
        for name in self.order:
            if name not in wiring.nodes:
                continue
            if on_node:
                on_node(name)
            started = time.perf_counter()
            result = self.blocks[name](**{port: values[source] for port, source in self.sources[name].items()})
            values.update({f"{name}.{port}": value for port, value in result.items()})
            if notes is not None:
                notes.extend(result.get("notes", ()))
            if times is not None:
                times[name] = times.get(name, 0.0) + time.perf_counter() - started
        outputs, optional = wiring.outputs.items(), wiring.optional_outputs
        return {name: values[source] for name, source in outputs if source in values or name not in optional}
