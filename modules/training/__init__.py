"""One training loop for all stages: write a `Task` (task.py says how), then `fit(task, RunConfig(...))`."""

from .loop import Loop, NotFinite, Outcome, fit
from .task import RunConfig, Samples, Task, sample_rng, step_seed, warmup_cosine

__all__ = [
    "Loop",
    "NotFinite",
    "Outcome",
    "RunConfig",
    "Samples",
    "Task",
    "fit",
    "sample_rng",
    "step_seed",
    "warmup_cosine",
]
