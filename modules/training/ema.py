"""Exponential moving average (EMA) of a model's weights: exported, as it is calmer than the last step's weights."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class EMA:
    """`shadow = decay * shadow + (1 - decay) * weights` after every step, running statistics included.

    The decay rises as (1 + n) / (10 + n) after n updates until it reaches `decay`, so that a short run is not
    dominated by its random start. Integer buffers are copied.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.shadow = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards the module's present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, value in module.state_dict().items():
            if value.is_floating_point():
                self.shadow[name].lerp_(value.to(self.shadow[name].dtype), 1 - decay)
            else:
                self.shadow[name].copy_(value)

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[None]:
        """Put the averaged weights into the module, in eval mode, inside the `with`; its own come back exactly."""
        own = {name: value.detach().clone() for name, value in module.state_dict().items()}
        was_training = module.training
        module.load_state_dict(self.shadow)
        module.eval()
        try:
            yield
        finally:
            module.load_state_dict(own)
            module.train(was_training)

    def state(self) -> dict[str, int | dict[str, Tensor]]:
        """Return the state for a checkpoint."""
        return {"updates": self.updates, "shadow": self.shadow}

    def load(self, state: dict[str, int | dict[str, Tensor]]) -> None:
        """Restore what `state` returned, keeping device and memory layout."""
        shadow = state["shadow"]
        assert isinstance(shadow, dict) and isinstance(state["updates"], int)
        self.updates = state["updates"]
        for name, value in self.shadow.items():
            value.copy_(shadow[name])
