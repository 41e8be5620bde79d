"""Start of a run: devices, seeds, and the signals that end it."""

import logging
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from ..io.errors import UserError, install_extra
from .settings import RunConfig


def make_fabric(run: RunConfig) -> Any:
    """Make Fabric for the run's device and precision, on one device or as many as `torchrun` started processes for."""
    try:
        from lightning_fabric import Fabric
    except ImportError:
        raise UserError("Training needs Lightning Fabric.", "It is not installed.", install_extra("train")) from None
    from .unwrapped import UnwrappedStrategy

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it announces every setting
    kind, _, number = run.device.partition(":")
    devices: int | list[int] = [int(number)] if number else 1
    nodes, world = 1, int(os.environ.get("WORLD_SIZE", 1))
    if world > 1:
        devices = int(os.environ.get("LOCAL_WORLD_SIZE", world))
        nodes = world // devices
    precision: Any = {"32": "32-true"}.get(run.precision, run.precision)
    try:
        strategy: Any = UnwrappedStrategy() if world > 1 else "auto"
        fabric = Fabric(accelerator=kind, devices=devices, num_nodes=nodes, precision=precision, strategy=strategy)
    except Exception as error:  # Fabric raises several kinds for a device that is not there
        raise UserError(f"--device {run.device} cannot be used", str(error), "use --device cpu") from None
    fabric.launch()
    return fabric


def seed_all(seed: int) -> None:
    """Seed the global generators of torch, numpy and Python."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  (for libraries that draw from it)
    random.seed(seed)


@contextmanager
def trap_stop_signals() -> Iterator[list[str]]:
    """Collect "SIGTERM" and "SIGINT" in a list as they arrive, so that the current step is finished and saved.

    A second Ctrl-C interrupts at once. Outside the main thread signals cannot be caught and the list stays empty.
    """
    seen: list[str] = []

    def note(number: int, _: Any) -> None:
        if seen and number == signal.SIGINT:
            raise KeyboardInterrupt
        seen.append(signal.Signals(number).name)

    before = {}
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            before[number] = signal.signal(number, note)
    except ValueError:
        pass  # not in the main thread
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
