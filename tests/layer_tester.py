"""One check for every layer and network, kornia's way; tests/modules/test_layers.py has a case for each."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass

import torch
from torch import Tensor, nn

import ppp.modules


def layer_classes() -> set[type[nn.Module]]:
    """Every class of the package that can be called as a layer: an nn.Module with a `forward`."""
    for module in pkgutil.walk_packages(ppp.modules.__path__, "ppp.modules."):
        importlib.import_module(module.name)
    found, todo = set(), [nn.Module]
    while todo:
        todo += (subclasses := todo.pop().__subclasses__())
        found |= {c for c in subclasses if c.__module__.startswith("ppp.") and c.forward is not nn.Module.forward}
    return found


def tensors(output) -> Iterator[Tensor]:
    """The tensors of an output, however they are nested in lists, tuples and dataclasses."""
    if isinstance(output, Tensor):
        yield output
    parts = [getattr(output, f.name) for f in fields(output)] if is_dataclass(output) else output
    for part in parts if isinstance(parts, list | tuple) else ():
        yield from tensors(part)


@dataclass(frozen=True)
class LayerCase:
    """How a layer is made and called, and what comes out.

    Attributes:
        make: builds it.
        inputs: shapes of its float inputs, outputs: shapes of the tensors it returns; both without the batch's size.
        call: calls it with the inputs as tensors.
        silent: pattern of parameters that get no gradient by design.
    """

    make: Callable[[], nn.Module]
    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[tuple[int, ...], ...]
    call: Callable[..., object] = lambda layer, *inputs: layer(*inputs)
    silent: str = "none"

    def run(self, layer: nn.Module, batch: int, dtype: torch.dtype = torch.float32) -> list[Tensor]:
        torch.manual_seed(1)
        samples = [[torch.rand(shape) for shape in self.inputs] for _ in range(batch)]
        inputs = [torch.stack(column).to(dtype) for column in zip(*samples, strict=True)]
        return list(tensors(self.call(layer, *inputs)))

    def check(self) -> None:
        torch.manual_seed(0)
        layer = self.make()
        outputs = self.run(layer, 2)
        assert [tuple(o.shape) for o in outputs] == [(2, *shape) for shape in self.outputs]
        assert all(o.isfinite().all() for o in outputs)
        sum((o * torch.randn_like(o)).sum() for o in outputs if o.requires_grad).backward()
        untouched = [n for n, p in layer.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
        assert [n for n in untouched if not re.fullmatch(self.silent, n)] == [], "gradients reach every parameter"
        layer.eval()
        with torch.no_grad():
            for alone, together in zip(self.run(layer, 1), self.run(layer, 3), strict=True):
                torch.testing.assert_close(together[:1], alone, rtol=1e-3, atol=1e-4)
            for dtype in (torch.bfloat16, torch.float64):
                assert {o.dtype for o in self.run(layer.to(dtype), 2, dtype)} == {dtype}
