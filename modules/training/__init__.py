"""One training loop for all stages: write a `Task` (task.py says how), then `fit(task, RunConfig(...))` (loop.py)."""
