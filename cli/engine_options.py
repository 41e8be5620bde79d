"""Options of commands with many jobs: where they are done, and by how many processes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import typer

from ..modules.io.errors import UserError
from .engines import Engine, Jobs, iterate_results


@dataclass(frozen=True)
class EngineOptions:
    """The engine."""

    jobs: Jobs = 0
    engine: Annotated[
        str, typer.Option("--engine", help="local: processes of this machine; ray: those of a Ray cluster.")
    ] = "local"
    address: Annotated[
        str, typer.Option("--address", help="With --engine ray: the cluster's address; auto is the one this runs in.")
    ] = "auto"

    def find(self) -> Engine[Any]:
        """Choose the engine. UserError for an unknown one, or where its library is missing."""
        if self.engine == "local":
            return partial(iterate_results, workers=self.jobs)
        if self.engine != "ray":
            raise UserError(f"--engine {self.engine} is unknown.", fix="Use local or ray.")
        from .ray_engine import check_ray, iterate_on_ray

        check_ray()
        return partial(iterate_on_ray, workers=self.jobs, address=self.address)
