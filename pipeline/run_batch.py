"""Several paintings, one after the other: one that fails does not stop the rest."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .request import RunRequest

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class RunJob:
    """A request and where its result goes."""

    painting: Path  # its file, as a person named it
    request: RunRequest  # what is painted
    folder: Path  # the result folder


def run_batch(jobs: Iterable[RunJob], paint: Callable[[RunJob], Result]) -> Iterator[tuple[RunJob, Result | Exception]]:
    """Carry out every job -> each with what `paint` returned for it, or the exception that ended it."""
    for job in jobs:
        try:
            result: Result | Exception = paint(job)
        except Exception as error:
            result = error
        yield job, result
