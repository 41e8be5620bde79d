"""Engines do many jobs: here in processes of this machine; `ray_engine.py` on a cluster."""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from typing import Annotated, Any, TypeVar

import typer

from ..modules.io.errors import PPPError

Job = TypeVar("Job")
Work = Callable[[Any], Any]
Make = Callable[[], Work]  # makes what does the jobs, once in each process
Outcome = tuple[Job, Any, Exception | None]  # a job, its result, and the error that it ended with instead
Engine = Callable[[Make, Iterable[Job]], Iterator[Outcome[Job]]]

AHEAD = 3  # jobs queued for each worker: few, so that an interrupt does not leave thousands behind
KILLED = PPPError(
    "The process that worked on it was killed.", "Out of memory, as a rule.", "Try a smaller picture, or fewer --jobs."
)

Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Parallel worker processes; 0 = one per core.")]


def iterate_results(make: Make, jobs: Iterable[Job], *, workers: int) -> Iterator[Outcome[Job]]:
    """Yield every job's outcome as it is done, by `workers` processes (0: one per core); 1 is this process.

    A process that is killed costs only the job it worked on: those that were underway are tried once more, one by one.
    """
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        yield from _iterate_here(make(), jobs)
        return
    packed = pickle.dumps(make)
    waiting, suspects = iter(jobs), deque[Job]()
    while True:
        broken = yield from _iterate_in_pool(packed, waiting, workers)
        if broken is None:
            return
        suspects.extend(broken)
        while suspects:
            job = suspects.popleft()
            if (yield from _iterate_in_pool(packed, iter([job]), 1)):
                yield job, None, KILLED


def _iterate_here(work: Work, jobs: Iterable[Job]) -> Iterator[Outcome[Job]]:
    for job in jobs:
        try:
            yield job, work(job), None
        except Exception as error:
            yield job, None, error


def _iterate_in_pool(
    packed: bytes, jobs: Iterator[Job], workers: int
) -> Generator[Outcome[Job], None, list[Job] | None]:
    """Do jobs in new processes; return those that were underway when one was killed, None when all are done."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    running: dict[Any, Job] = {}
    with _one_thread_each(), ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker) as pool:
        try:
            while True:
                for job in jobs:
                    running[_submit(pool, packed, job)] = job
                    if len(running) >= AHEAD * workers:
                        break
                if not running:
                    return None
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                    done, _ = wait(running)  # at once
                for future in done:
                    why = future.exception()
                    if isinstance(why, BrokenProcessPool):
                        continue
                    if why is not None and not isinstance(why, Exception):
                        raise why
                    yield running.pop(future), None if why else future.result(), why
                if running.keys() & done:
                    return [*running.values()]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _submit(pool: ProcessPoolExecutor, packed: bytes, job: Any) -> Future[Any]:
    """Submit a job; to a pool that broke meanwhile, as one that broke it."""
    try:
        return pool.submit(do_job, packed, job)
    except BrokenProcessPool as error:
        future = Future[Any]()
        future.set_exception(error)
        return future


@lru_cache(maxsize=1)
def _made(packed: bytes) -> Work:
    return pickle.loads(packed)()


def do_job(packed: bytes, job: Any) -> Any:
    """Do a job with what `packed` makes, which this process keeps for its next jobs."""
    return _made(packed)(job)


def same(work: Work) -> Work:
    """Make what does the jobs: a function that needs no preparation."""
    return work


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Start processes in which libraries use one thread: the processes are the parallelism."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = before or "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]


def _prepare_worker() -> None:
    """Limit a worker to one thread. Ctrl-C is for the parent to handle."""
    import signal

    import cv2

    from ..modules.io.child_processes import exit_with_parent

    exit_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
