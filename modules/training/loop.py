"""The training loop of all three stages, to be read from top to bottom.

Nothing here has hidden state: the order of samples is f(seed, epoch), augmentation f(seed, epoch, index), torch's
generator is seeded f(seed, step), the learning rate is lr(step). So a checkpoint needs weights, optimisers, EMA and the
log's running means, and a resumed run equals an uninterrupted one bit by bit (on the CPU, with equal threads).
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from ..io.errors import PPPError, UserError
from ..io.files import atomic_file
from ..io.locks import exclusive_lock, remove_stale
from . import checkpoint
from .dataloader import make_batches
from .ema import EMA
from .launch import make_fabric, seed_all, trap_stop_signals
from .logging import Meter, TrainingLog, warn
from .settings import RunConfig
from .task import Task, step_seed

__all__ = ["LoopContext", "NotFinite", "Outcome", "fit"]


class NotFinite(PPPError):
    """A loss or gradient was NaN or infinite."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: after `step` steps, because it was `done`, out of `minutes`, or told to by a signal."""

    step: int
    reason: str  # done | minutes | SIGTERM | SIGINT

    @property
    def exit_code(self) -> int:
        return {"SIGTERM": 143, "SIGINT": 130}.get(self.reason, 0)


class LoopContext:
    """What a task's `step` may use: `fabric`, the wrapped `models` and `optimisers`, and `optimise`."""

    def __init__(self, fabric: Any, models: dict[str, Any], optimisers: dict[str, Any]) -> None:
        self.fabric, self.models, self.optimisers = fabric, models, optimisers

    def optimise(self, name: str, loss: Tensor, clip: float = math.inf) -> float:
        """zero_grad, backward, clip the gradients' norm to `clip`, step of optimiser `name`; returns the norm.

        Raises NotFinite before any weight changes when the loss or the norm is NaN or infinite.
        """
        optimiser = self.optimisers[name]
        if not torch.isfinite(loss):
            raise NotFinite(f"the loss of {name} is {loss.item()}")
        optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        weights = [p for group in optimiser.param_groups for p in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(weights, clip)
        if not torch.isfinite(norm):
            raise NotFinite(f"the gradients of {name} are {norm.item()}")
        optimiser.step()
        return float(norm)


def fit(task: Task, run: RunConfig) -> Outcome:
    """Train `task` as `run` says, continuing what stands in `run.out` when there is something to continue.

    Writes run.json, log.jsonl, checkpoints/, sheets/ and model/ (the EMA weights) into `run.out`.
    Raises UserError when the folder holds another run or another process is training there, NotFinite when a loss
    breaks down.
    """
    fabric = make_fabric(run)
    if fabric.global_rank:
        return _fit(task, run, fabric)
    run.out.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(run.out) as locked:
        if locked is False:
            raise UserError(
                f"{run.out} is being trained in",
                "another process holds it",
                "wait for it or stop it, or choose another folder",
            )
        return _fit(task, run, fabric)


def _fit(task: Task, run: RunConfig, fabric: Any) -> Outcome:
    first = fabric.global_rank == 0
    torch.manual_seed(step_seed(run.seed, -1))
    state = _to_continue(task, run)

    models = task.models()
    layout = torch.channels_last if run.channels_last else torch.contiguous_format
    for module in models.values():
        module.to(device=fabric.device, memory_format=layout)  # type: ignore[call-overload]
        for buffer in module.buffers():  # of odd strides (channels last of one pixel), and processes cannot share it
            buffer.data = buffer.data.clone(memory_format=torch.contiguous_format)
        module.train()
    optimisers = task.optimisers()
    ema = EMA(models[task.shipped], run.ema_decay)
    meter, step = Meter(), 0
    if state is not None:
        step = restore(state, task, models, optimisers, ema, meter)
    loop = LoopContext(
        fabric,
        {k: _wrapped(fabric, m, task.methods) for k, m in models.items()},
        {k: fabric.setup_optimizers(o) for k, o in optimisers.items()},
    )
    log = TrainingLog(run.out, run.steps, step, quiet=run.quiet, live=first)
    if first:
        for place in (run.out, run.out / "checkpoints"):
            remove_stale(place, grace=0)  # what a run that was killed left half-written; nobody else is in here
        _write_settings(task, run)

    def save() -> None:
        if first:
            try:
                checkpoint.save(run.out, step, snapshot(step, task, run, models, optimisers, ema, meter))
                with ema.applied(models[task.shipped]):
                    task.save(run.out / "model")
            except OSError as error:
                raise PPPError(
                    f"the state after step {step} could not be written to {run.out}",
                    error.strerror or str(error),
                    "make room there; the checkpoints before it are good, and the same command continues from them",
                ) from error
        fabric.barrier()

    began, reason, saved_at = time.monotonic(), "done", -1
    feed = make_batches(task, run, step, fabric.global_rank, fabric.world_size) if step < run.steps else iter(())
    with trap_stop_signals() as stop:
        try:
            while step < run.steps:
                batch = _to_device(next(feed), fabric.device, layout)
                lr = task.lr(step)
                for optimiser in optimisers.values():
                    for group in optimiser.param_groups:
                        group["lr"] = lr * group.get("lr_scale", 1.0)
                seed_all(step_seed(run.seed, step, fabric.global_rank))
                try:
                    values = _numbers(task.step(batch, step, loop))
                except NotFinite as error:
                    raise _name_batch(error, task, batch, step) from None
                ema.update(models[task.shipped])
                step += 1

                meter.add(values)
                log.show(step, values)
                if step % run.log_every == 0 or step == run.steps:
                    log.write(step, {"lr": lr, **meter.take()})
                if first and step % run.sheet_every == 0:
                    with ema.applied(models[task.shipped]), torch.no_grad():
                        task.sheet(run.out / "sheets" / f"{step:08d}.png", run.seed)
                reason = _why_stop(stop, began, run, fabric)
                if step % run.save_every == 0 or reason != "done":
                    save()
                    saved_at = step
                if reason != "done":
                    break
            if saved_at != step:
                save()
        finally:
            log.close()
    return Outcome(step, reason)


def _wrapped(fabric: Any, module: nn.Module, methods: tuple[str, ...]) -> Any:
    wrapped = fabric.setup_module(module)
    for method in methods:
        if hasattr(module, method):
            wrapped.mark_forward_method(method)
    return wrapped


def _to_continue(task: Task, run: RunConfig) -> dict[str, Any] | None:
    """The state to continue from, if any. UserError when the folder holds a run with other settings."""
    if run.resume == "never":
        if checkpoint.folders(run.out):
            raise UserError(
                f"{run.out} already holds a run",
                "--resume never was asked for",
                "choose another folder, or --resume auto",
            )
        return None
    state = checkpoint.load(run.out, warn)
    if state is None:
        return None
    then, now = json.loads(state["identity"]), json.loads(_identity(task, run))
    if then != now:
        other = ", ".join(sorted(k for k in {*then, *now} if then.get(k) != now.get(k)))
        raise UserError(
            f"{run.out} holds a run with other settings",
            f"different: {other}",
            "give the same settings, or choose another folder",
        )
    return state


def _identity(task: Task, run: RunConfig) -> str:
    """What must be equal in a run and its continuation, as JSON. The number of steps may grow."""
    own = {
        "stage": task.stage,
        "seed": run.seed,
        "batch": run.batch,
        "precision": run.precision,
        "ema_decay": run.ema_decay,
        "samples": len(task.samples),
    }
    return json.dumps({**task.describe(), **own}, sort_keys=True)


def snapshot(
    step: int,
    task: Task,
    run: RunConfig,
    models: Mapping[str, nn.Module],
    optimisers: Mapping[str, Optimizer],
    ema: EMA,
    meter: Meter,
) -> dict[str, Any]:
    """Everything that `restore` needs, after `step` steps."""
    return {
        "step": step,
        "identity": _identity(task, run),
        "models": {name: module.state_dict() for name, module in models.items()},
        "optimisers": {name: optimiser.state_dict() for name, optimiser in optimisers.items()},
        "ema": ema.state(),
        "meter": meter.state(),
        "task": task.state(),
    }


def restore(
    state: dict[str, Any],
    task: Task,
    models: Mapping[str, nn.Module],
    optimisers: Mapping[str, Optimizer],
    ema: EMA,
    meter: Meter,
) -> int:
    """Put a snapshot back in place; returns the number of steps done."""
    for name, module in models.items():
        module.load_state_dict(state["models"][name])
    for name, optimiser in optimisers.items():
        optimiser.load_state_dict(state["optimisers"][name])
    ema.load(state["ema"])
    meter.load(state["meter"])
    task.load_state(state["task"])
    step: int = state["step"]
    return step


def _write_settings(task: Task, run: RunConfig) -> None:
    settings = {name: str(v) if isinstance(v, Path) else v for name, v in vars(run).items() if name != "out"}
    text = json.dumps(
        {
            "stage": task.stage,
            "run": settings,
            "task": task.describe(),
            "samples_per_epoch": len(task.samples),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        },
        indent=2,
    )
    with atomic_file(run.out / "run.json") as part:
        part.write_text(text + "\n", encoding="utf-8")


def _to_device(batch: dict[str, Any], device: torch.device, layout: torch.memory_format) -> dict[str, Any]:
    """Move the batch's tensors; pictures (4-D, float) get the models' memory layout."""

    def move(value: Any) -> Any:
        if not isinstance(value, Tensor):
            return value
        value = value.to(device, non_blocking=True)
        picture = value.ndim == 4 and value.is_floating_point()
        return value.contiguous(memory_format=layout) if picture else value

    return {name: move(value) for name, value in batch.items()}


def _numbers(values: Mapping[str, Tensor | float]) -> dict[str, float]:
    found = {name: float(v.detach()) if isinstance(v, Tensor) else float(v) for name, v in values.items()}
    for name, value in found.items():
        if not math.isfinite(value):
            raise NotFinite(f"{name} is {value}")
    return found


def _name_batch(error: NotFinite, task: Task, batch: dict[str, Any], step: int) -> NotFinite:
    names = [task.samples.name(int(i)) for i in batch["index"]]
    epochs = sorted({int(e) for e in batch["epoch"]})
    return NotFinite(
        f"training stopped at step {step}: {error.what}",
        f"in the batch of epoch {', '.join(map(str, epochs))}: {', '.join(names)}",
        "look at these samples, or lower --lr; the checkpoints before this step are good",
    )


def _why_stop(stop: list[str], began: float, run: RunConfig, fabric: Any) -> str:
    """Why to stop now, or "done" to go on. With several processes all must agree, or they would wait for each other."""
    out_of_time = run.minutes is not None and time.monotonic() - began > run.minutes * 60
    code = {"SIGTERM": 3, "SIGINT": 2}.get(stop[0] if stop else "", 1 if out_of_time else 0)
    if fabric.world_size > 1:
        code = int(fabric.all_reduce(torch.tensor(float(code), device=fabric.device), reduce_op="max"))
    return ("done", "minutes", "SIGINT", "SIGTERM")[code]
