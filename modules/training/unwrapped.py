"""Fabric's strategy for several processes, without the wrapper that averages gradients: `parallel.py` does that."""

import os
from typing import Any

from lightning_fabric.strategies.ddp import DDPStrategy
from torch import distributed, nn


class UnwrappedStrategy(DDPStrategy):
    """Processes, devices and groups as ever; models stay as they are."""

    def setup_module(self, module: nn.Module) -> Any:
        """Return the module itself."""
        return module

    def _setup_distributed(self) -> None:
        """Meet the other processes; after a restart by torchrun not at the addresses of those that are gone.

        Torchrun keeps its store over restarts, and gloo takes what stands there from before. With several machines
        their counts of restarts may differ: there TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 gives each start a new store.
        """
        restart = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        alone = os.environ.get("LOCAL_WORLD_SIZE") == os.environ.get("WORLD_SIZE")
        if restart != "0" and alone and not distributed.is_initialized():
            store, rank, world = next(distributed.rendezvous("env://"))
            fresh = distributed.PrefixStore(f"restart {restart}", store)
            backend = self._get_process_group_backend()
            distributed.init_process_group(backend, store=fresh, rank=rank, world_size=world)
        super()._setup_distributed()
