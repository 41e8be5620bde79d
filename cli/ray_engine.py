"""Jobs on a Ray cluster: tasks that Ray gives to another process when theirs is killed, on any of its machines."""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from ..modules.io.errors import PPPError, UserError, install_extra
from .engines import AHEAD, KILLED, Job, Make, Outcome, do_job

RETRIES = 2  # of a job whose process was killed, or whose machine was lost: its third death is its own doing


def check_ray() -> None:
    """Raise UserError where Ray is not installed."""
    if find_spec("ray") is None:
        fix = install_extra("cluster")
        raise UserError("--engine ray needs the package 'ray'.", "It is not installed.", fix)


def iterate_on_ray(make: Make, jobs: Iterable[Job], *, workers: int, address: str) -> Iterator[Outcome[Job]]:
    """Yield every job's outcome as it is done, by at most `workers` processes of the cluster (0: one per CPU).

    Raises UserError: there is no cluster at the address.
    """
    ray = _connect(address)
    try:
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(_do_there)
        packed = ray.put(pickle.dumps(make))
        waiting, running = iter(jobs), dict[Any, Job]()
        while True:
            # Asked each time: machines may come and go.
            most = workers or AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
            for job in waiting if len(running) < most else ():
                running[task.remote(os.getcwd(), packed, job)] = job
                if len(running) >= most:
                    break
            if not running:
                return
            for done in ray.wait([*running], num_returns=1)[0]:
                job = running.pop(done)
                try:
                    yield job, ray.get(done), None
                except Exception as error:
                    yield job, None, _explain(ray, error)
    finally:
        ray.shutdown()


def _do_there(folder: str, packed: bytes, job: Any) -> Any:
    """Do a job where relative paths lead to what they lead to here: all machines share the folder, if any."""
    if os.path.isdir(folder):
        os.chdir(folder)
    return do_job(packed, job)


def _connect(address: str) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reports its use to its makers unless it is told not to
    import ray

    try:
        host, _, port = address.rpartition(":")
        if port.isdecimal() and "/" not in host:  # Ray itself tries for minutes, and ends the process
            socket.create_connection((host, int(port)), timeout=10).close()
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        fix = "Start one with `ray start --head`, and give its address: --address HOST:6379"
        raise UserError(f"There is no Ray cluster at {address}.", why, fix) from error
    return ray


def _explain(ray: Any, error: Exception) -> Exception:
    """Turn what Ray raises into what the job raised, or into our words."""
    if isinstance(error, ray.exceptions.RayTaskError):
        return error.cause if isinstance(getattr(error, "cause", None), Exception) else error
    if isinstance(error, ray.exceptions.WorkerCrashedError | ray.exceptions.OutOfMemoryError):
        return KILLED
    return PPPError("The cluster lost it.", f"{type(error).__name__}: {str(error).strip()[:200]}", "Try it again.")
