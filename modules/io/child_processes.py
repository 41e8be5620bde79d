"""Worker processes that must not outlive their parent."""

import multiprocessing
import os
import threading


def exit_with_parent() -> None:
    """Make this multiprocessing worker exit when its parent does, also after kill -9.

    Without it, a worker waits for its next job for ever, since the pipe that the job would come through is held open
    by the other workers; and so does whoever reads the workers' stderr. Does nothing in a process without a parent.
    """
    threading.Thread(target=_exit_after_parent, daemon=True).start()


def _exit_after_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
