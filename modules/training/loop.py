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

from ..io.errors import PPPError, UserError, disk_advice
from ..io.files import atomic_file
from ..io.locks import exclusive_lock, remove_stale
from ..io.png import write_rgb
from . import checkpoint
from .dataloader import make_batches
from .ema import EMA
from .launch import make_fabric, seed_all, trap_stop_signals
from .logging import AverageMeter, TrainingLog
from .parallel import average_gradients, average_numbers, average_statistics, share_weights
from .settings import RunConfig
from .task import Task, step_seed

__all__ = ["LoopContext", "NotFinite", "Outcome", "fit"]


class NotFinite(PPPError):
    """A loss or gradient was NaN or infinite."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: after `step` steps, because it was `done`, out of `minutes`, or stopped by a signal."""

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
        """Minimise a loss: zero_grad, backward, clip the gradients' norm, step of optimiser `name`; returns the norm.

        Raises:
            NotFinite: the loss or the norm is NaN or infinite; no weight has changed.
        """
        optimiser = self.optimisers[name]
        several, finite = self.fabric.world_size > 1, bool(torch.isfinite(loss))
        if not (finite or several):
            raise NotFinite(f"the loss of {name} is {loss.item()}")
        optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        weights = [p for group in optimiser.param_groups for p in group["params"]]
        if several and not average_gradients(weights, finite):
            found = "finite here, and not in another process" if finite else loss.item()
            raise NotFinite(f"the loss of {name} is {found}")
        norm = torch.nn.utils.clip_grad_norm_(weights, clip)
        if not torch.isfinite(norm):
            raise NotFinite(f"the gradients of {name} are {norm.item()}")
        optimiser.step()
        return float(norm)


def fit(task: Task, run: RunConfig) -> Outcome:
    """Train a task, continuing from the newest checkpoint in `run.out` if there is one.

    Writes run.json, log.jsonl, checkpoints/, sheets/ and model/ (the EMA weights) into `run.out`.

    Raises:
        UserError: the folder holds another run, or another process is training there.
        NotFinite: a loss or gradient is NaN or infinite.
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
    main_process = fabric.global_rank == 0
    torch.manual_seed(step_seed(run.seed, -1))
    found = _load_checkpoint(task, run)
    layout = torch.channels_last if run.channels_last else torch.contiguous_format
    state = TrainingState.start(task, run, fabric.device, layout)
    if found is not None:
        state.restore(found)
    if fabric.world_size > 1:
        share_weights(state.models.values())
    loop = LoopContext(
        fabric,
        {name: _wrap(fabric, module, task.forward_methods) for name, module in state.models.items()},
        {name: fabric.setup_optimizers(optimiser) for name, optimiser in state.optimisers.items()},
    )
    log = TrainingLog(run.out, run.steps, state.step, quiet=run.quiet, live=main_process)
    if main_process:
        for place in (run.out, run.out / "checkpoints"):
            remove_stale(place, grace=0)  # what a run that was killed left half-written; nobody else is in here
        _write_settings(task, run)

    def save() -> None:
        if main_process:
            state.save(run)
        fabric.barrier()

    began, reason, saved_at = time.monotonic(), "done", -1
    rank, world, device = fabric.global_rank, fabric.world_size, fabric.device
    batches = make_batches(task, run, state.step, rank, world) if state.step < run.steps else iter(())
    with trap_stop_signals() as signals:
        try:
            while state.step < run.steps:
                batch = _to_device(next(batches), device, layout)
                lr = state.set_lr()
                seed_all(step_seed(run.seed, state.step, rank))
                try:
                    values = _finite(task.step(batch, state.step, loop))
                except NotFinite as error:
                    raise _name_batch(error, task, batch, state.step) from None
                if world > 1:
                    average_statistics(state.models.values())
                state.ema.update(state.exported)
                state.step += 1

                state.averages.add(values)
                log.show(state.step, values)
                if state.step % run.log_every == 0 or state.step == run.steps:
                    means = state.averages.take()
                    log.write(state.step, {"lr": lr, **(average_numbers(means, device) if world > 1 else means)})
                if main_process and state.step % run.sheet_every == 0:
                    with state.ema.applied(state.exported), torch.no_grad():
                        grid = task.sample_grid(run.seed)
                    if grid is not None:
                        with atomic_file(run.out / "sheets" / f"{state.step:08d}.png") as part:
                            write_rgb(part, grid)
                reason = _stop_reason(signals, began, run, fabric)
                if state.step % run.save_every == 0 or reason != "done":
                    save()
                    saved_at = state.step
                if reason != "done":
                    break
            if saved_at != state.step:
                save()
        finally:
            log.close()
    return Outcome(state.step, reason)


@dataclass
class TrainingState:
    """Everything that changes during a run: what a checkpoint holds."""

    task: Task
    models: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]
    ema: EMA
    averages: AverageMeter
    step: int = 0

    @classmethod
    def start(cls, task: Task, run: RunConfig, device: torch.device, layout: torch.memory_format) -> "TrainingState":
        """Move the task's models to the device and make their optimisers and EMA."""
        models = task.models()
        for module in models.values():
            module.to(device=device, memory_format=layout)  # type: ignore[call-overload]
            for buffer in module.buffers():  # of odd strides (channels last of one pixel): processes cannot share it
                buffer.data = buffer.data.clone(memory_format=torch.contiguous_format)
            module.train()
        return cls(task, models, task.optimisers(), EMA(models[task.exported_model], run.ema_decay), AverageMeter())

    @property
    def exported(self) -> nn.Module:
        """The model that is averaged and exported."""
        return self.models[self.task.exported_model]

    def set_lr(self) -> float:
        """Set the learning rate of the present step, and return it."""
        lr = self.task.lr(self.step)
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = lr * group.get("lr_scale", 1.0)
        return lr

    def snapshot(self, run: RunConfig) -> dict[str, Any]:
        """Return all that `restore` needs."""
        return {
            "step": self.step,
            "identity": _identity(self.task, run),
            "models": {name: module.state_dict() for name, module in self.models.items()},
            "optimisers": {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()},
            "ema": self.ema.state(),
            "meter": self.averages.state(),
            "task": self.task.state(),
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Put a snapshot back in place."""
        for name, module in self.models.items():
            module.load_state_dict(snapshot["models"][name])
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(snapshot["optimisers"][name])
        self.ema.load(snapshot["ema"])
        self.averages.load(snapshot["meter"])
        self.task.load_state(snapshot["task"])
        self.step = snapshot["step"]

    def save(self, run: RunConfig) -> None:
        """Write a checkpoint and the exported model."""
        try:
            checkpoint.save(run.out, self.step, self.snapshot(run))
            with self.ema.applied(self.exported):
                self.task.save(run.out / "model")
        except OSError as error:
            raise PPPError(
                f"the state after step {self.step} could not be written to {run.out}",
                error.strerror or str(error),
                f"{disk_advice(error)} The checkpoints before it are good, and the same command continues from them.",
            ) from error


def _wrap(fabric: Any, module: nn.Module, methods: tuple[str, ...]) -> Any:
    wrapped = fabric.setup_module(module)
    for method in methods:
        if hasattr(module, method):
            wrapped.mark_forward_method(method)
    return wrapped


def _load_checkpoint(task: Task, run: RunConfig) -> dict[str, Any] | None:
    """Load the snapshot to continue from, if any. UserError when the folder holds a run with other settings."""
    if run.resume == "never":
        if checkpoint.checkpoint_folders(run.out):
            raise UserError(
                f"{run.out} already holds a run",
                "--resume never was given",
                "choose another folder, or --resume auto",
            )
        return None
    snapshot = checkpoint.load(run.out)
    if snapshot is None:
        return None
    then, now = json.loads(snapshot["identity"]), json.loads(_identity(task, run))
    if then != now:
        other = ", ".join(sorted(k for k in {*then, *now} if then.get(k) != now.get(k)))
        raise UserError(
            f"{run.out} holds a run with other settings",
            f"different: {other}",
            "give the same settings, or choose another folder",
        )
    return snapshot


def _identity(task: Task, run: RunConfig) -> str:
    """Return, as JSON, what must be equal in a run and its continuation. The number of steps may grow."""
    own = {
        "stage": task.stage,
        "seed": run.seed,
        "batch": run.batch,
        "precision": run.precision,
        "ema_decay": run.ema_decay,
        "samples": len(task.dataset),
    }
    return json.dumps({**task.describe(), **own}, sort_keys=True)


def _write_settings(task: Task, run: RunConfig) -> None:
    settings = {name: str(v) if isinstance(v, Path) else v for name, v in vars(run).items() if name != "out"}
    text = json.dumps(
        {
            "stage": task.stage,
            "run": settings,
            "task": task.describe(),
            "samples_per_epoch": len(task.dataset),
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


def _finite(values: Mapping[str, Tensor | float]) -> dict[str, float]:
    found = {name: float(v.detach()) if isinstance(v, Tensor) else float(v) for name, v in values.items()}
    for name, value in found.items():
        if not math.isfinite(value):
            raise NotFinite(f"{name} is {value}")
    return found


def _name_batch(error: NotFinite, task: Task, batch: dict[str, Any], step: int) -> NotFinite:
    names = [task.dataset.name(int(i)) for i in batch["index"]]
    epochs = sorted({int(e) for e in batch["epoch"]})
    return NotFinite(
        f"training stopped at step {step}: {error.what}",
        f"in the batch of epoch {', '.join(map(str, epochs))}: {', '.join(names)}",
        "look at these samples, or lower --lr; the checkpoints before this step are good",
    )


def _stop_reason(signals: list[str], began: float, run: RunConfig, fabric: Any) -> str:
    """Say why to stop now, or "done" to go on; several processes agree on it, or they would wait for each other."""
    out_of_time = run.minutes is not None and time.monotonic() - began > run.minutes * 60
    code = {"SIGTERM": 3, "SIGINT": 2}.get(signals[0] if signals else "", 1 if out_of_time else 0)
    if fabric.world_size > 1:
        code = int(fabric.all_reduce(torch.tensor(float(code), device=fabric.device), reduce_op="max"))
    return ("done", "minutes", "SIGINT", "SIGTERM")[code]
