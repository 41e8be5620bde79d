"""What one frame costs: GFLOP and milliseconds of the frames stage, default against paper variant, in the same run.

    python benchmarks/frame_cost.py [--size 256] [--threads 2] [--device cpu] [--weights FOLDER]

FLOP are those torch.utils.flop_counter sees (convolutions, matrix products; a multiplication and an addition are two);
element-wise work is in the time but not in the count. `once` is done once per painting, `frame` for every frame.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from ppp.modules.frames.conditioning import class_channels, step_condition
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.paper.config import PaperConfig
from ppp.modules.frames.paper.model import PaperFramesModel
from ppp.modules.labels import label_edges


def seconds(work: Callable[[], Any], device: str, repeats: int) -> float:
    """Median time of a call, after three that warm up."""
    found = []
    for i in range(repeats + 3):
        started = time.perf_counter()
        work()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        if i >= 3:
            found.append(time.perf_counter() - started)
    return statistics.median(found)


def gflop(work: Callable[[], Any]) -> float:
    counter = FlopCounterMode(display=False)
    with counter:
        work()
    return counter.get_total_flops() / 1e9


@torch.inference_mode()
def cost(model: FramesModel, size: int, device: str, repeats: int) -> dict[str, float]:
    """GFLOP, milliseconds and parameters of a frames model on one square picture of `size` pixels."""
    config = model.config
    model = model.to(device).eval()
    generator = torch.Generator().manual_seed(0)

    def rand(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    labels = torch.randint(1, config.n_classes, (1, size, size), generator=generator).to(device)
    finish = torch.randint(0, config.n_states + 1, (1, size, size), generator=generator).to(device)
    condition = step_condition(rand(1, config.n_classes), rand(1, size, size), finish, labels, config)
    painting, canvas, states = rand(1, 3, size, size), rand(1, 3, size, size), rand(1, config.n_states, 3, size, size)
    z = model.latent.draw(size, size, generator, generator).to(device)

    def once() -> Any:
        return model.prepare(painting, class_channels(labels, config.n_classes), label_edges(labels), states)

    prepared = once()

    def frame() -> Any:
        return model(prepared, canvas, condition, z)

    return {
        "parameters_M": sum(p.numel() for p in model.decoder.parameters()) / 1e6,
        "once_gflop": gflop(once),
        "once_ms": 1000 * seconds(once, device, repeats),
        "frame_gflop": gflop(frame),
        "frame_ms": 1000 * seconds(frame, device, repeats),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--weights", help="a folder of the frames stage, instead of a fresh default")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    default = FramesModel.from_pretrained(options.weights) if options.weights else FramesModel()
    found = {
        name: cost(model, options.size, options.device, options.repeats)
        for name, model in {"default": default, "paper": PaperFramesModel(PaperConfig(size=options.size))}.items()
    }
    faster = found["paper"]["frame_ms"] / found["default"]["frame_ms"]
    if options.json:
        print(json.dumps({"size": options.size, "threads": options.threads, **found, "times_faster": faster}, indent=1))
        return
    print(f"One frame of {options.size} px, {options.device}, {options.threads} threads, {platform.machine()}:")
    print(f"{'variant':8} {'M par.':>7} {'once GFLOP':>11} {'once ms':>8} {'frame GFLOP':>12} {'frame ms':>9}")
    for name, row in found.items():
        print(
            f"{name:8} {row['parameters_M']:7.2f} {row['once_gflop']:11.2f} {row['once_ms']:8.1f}"
            f" {row['frame_gflop']:12.2f} {row['frame_ms']:9.1f}"
        )
    print(f"The default is {faster:.1f} times faster per frame.")


if __name__ == "__main__":
    main()
