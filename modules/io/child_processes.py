"""Processes that this one starts for work, and that must not outlive it."""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Called in a child that multiprocessing started: from now on it ends when its parent does, also by kill -9.

    Without it, a worker waits for its next job for ever, since the pipe that the job would come through is held open
    by the other workers; and so does whoever reads the workers' stderr. Does nothing in a process without a parent.
    """
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
