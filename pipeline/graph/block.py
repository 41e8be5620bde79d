"""Blocks: a declaration of ports and a call; steps, and the loop that repeats one as a stream."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...modules.io.errors import UserError
from .port import SERIES, Port


class Block(ABC):
    """A declaration of ports and a call, from values of the inputs by name to values of the outputs by name.

    An optional input that is not connected is not passed.
    """

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    @abstractmethod
    def __call__(self, *args: Any, **values: Any) -> dict[str, Any]:
        """Compute the outputs; `args` is never given, it lets subclasses name their own arguments."""


StepFunction = Callable[..., dict[str, Any]]


class Step(ABC):
    """A block to be repeated by a `Loop`: `begin` does the work of once per run and returns the step itself."""

    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()

    @abstractmethod
    def begin(self, *args: Any, **constants: Any) -> StepFunction:
        """Prepare a run and return its step.

        Args:
            *args: never given; it lets subclasses name their own arguments.
            **constants: values of the ports that stay the same, and the whole series under its port's name.

        Returns:
            A function that is called once for every item with the item and the carried values, by port name, and
            returns the values of the output ports.
        """


class Stream:
    """The values of one output of a loop: computed while they are read, anew at every reading.

    Attributes:
        port: the output's name.
        ports: names of all outputs of the loop.
    """

    def __init__(self, start: Callable[[], Iterator[dict[str, Any]]], port: str, ports: Collection[str] = ()) -> None:
        self._start, self.port, self.ports = start, port, tuple(ports) or (port,)

    def __iter__(self) -> Iterator[Any]:
        return (values[self.port] for values in self._start())

    def records(self) -> Iterator[dict[str, Any]]:
        """Read all outputs of the loop in one pass: for every step its values by port name."""
        return self._start()


class Loop(Block):
    """Repeat a step for every item of a series, feeding outputs back into inputs; its own outputs are streams.

    Only the values of one step are ever held.

    Args:
        step: what is repeated.
        carry: output -> the input that it becomes in the next step.
        over: the input that takes the items of the series, one by one.

    Raises:
        UserError: the step has no such ports, or an output does not fit the input that it is carried to.
    """

    def __init__(self, step: Step, carry: Mapping[str, str], over: str) -> None:
        self.step, self.carry, self.over = step, dict(carry), over
        ins, outs = {p.name: p for p in step.inputs}, {p.name: p for p in step.outputs}
        if over not in ins or not set(carry) <= outs.keys() or not set(carry.values()) <= ins.keys() - {over}:
            raise UserError(
                f"{type(step).__name__} cannot be looped.",
                f"It has inputs {sorted(ins)} and outputs {sorted(outs)}; the loop is over {over}, carrying {carry}.",
                "Name ports that it has under `carry` and `over` of the node's loop.",
            )
        for source, target in carry.items():
            if why := outs[source].mismatch(ins[target]):
                raise UserError(f"The loop of {type(step).__name__} cannot carry {source} to {target}.", f"{why}.")
        self.inputs = tuple(replace(p, kind=SERIES + p.kind) if p.name == over else p for p in step.inputs)
        self.outputs = tuple(replace(p, kind=SERIES + p.kind) for p in step.outputs)

    def __call__(self, *args: Any, **values: Any) -> dict[str, Any]:
        series: Iterable[Any] = values[self.over]
        first = {name: values[name] for name in self.carry.values()}
        constants = {name: value for name, value in values.items() if name not in first}

        def run() -> Iterator[dict[str, Any]]:
            step = self.step.begin(**constants)
            carried = dict(first)
            for item in series:
                result = step(**{self.over: item}, **carried)
                carried = {target: result[source] for source, target in self.carry.items()}
                yield result

        names = [port.name for port in self.outputs]
        return {name: Stream(run, name, names) for name in names}


def describe(block: Block | Step) -> dict[str, Any]:
    """Describe a block as JSON, for a form or a node editor: name, description, inputs and outputs."""
    return {
        "name": type(block).__name__,
        "description": (inspect.getdoc(block) or "").partition("\n")[0],
        "loop": isinstance(block, Step),
        "inputs": [port.to_json() for port in block.inputs],
        "outputs": [port.to_json() for port in block.outputs],
    }
