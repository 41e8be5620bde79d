"""Fabric's strategy for several processes, without the wrapper that averages gradients: `parallel.py` does that."""

from typing import Any

from lightning_fabric.strategies.ddp import DDPStrategy
from torch import nn


class UnwrappedStrategy(DDPStrategy):
    """Processes, devices and groups as ever; models stay as they are."""

    def setup_module(self, module: nn.Module) -> Any:
        """Return the module itself."""
        return module
