"""Options of `ppp batch` and `ppp watch`: how every picture is painted, and what is written of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...modules.io.errors import UserError
from ...pipeline.stages import STAGES
from ..options import Device, PipelineOptions
from ..output_options import OutputOptions
from ..plan_options import EditOptions, PlanOptions, Size

if TYPE_CHECKING:
    from .painter import BatchSettings


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """What the paintings of a batch share."""

    plan: PlanOptions
    size: Size = None
    models: PipelineOptions
    edits: EditOptions
    first_frame: Annotated[str | None, typer.Option("--first-frame", help="'blank': begin on the bare canvas.")] = None
    output: OutputOptions
    device: Device = "auto"

    def check(self) -> None:
        """Raise UserError for what no batch can do, before anything is read."""
        if self.edits.split or self.first_frame not in (None, "blank"):
            raise UserError("--split and pictures for --first-frame belong to one painting.", fix="Use ppp run for it.")
        from ...pipeline.request import RunRequest

        plan = self.plan
        request = RunRequest.of("", plan.frames, plan.seed, plan.find(), edits=self.edits.parse())
        self.output.video(request.n_frames)

    def settings(self, out: str, *, keep: bool, overwrite: bool) -> BatchSettings:
        """Gather what every painting needs. Raises UserError for a pipeline that would fail every one."""
        from ...pipeline.request import RunRequest
        from .painter import BatchSettings, digest_of

        plan, output = self.plan, self.output
        more = {"edits": self.edits.parse(), "first_frame": self.first_frame, "size": self.size, **plan.request}
        request = RunRequest.of("", plan.frames, plan.seed, plan.find(), **more)
        pipeline = self.models.load(self.device)
        for stage in STAGES:
            pipeline.config(stage)
        files = [Path(plan.file).read_text("utf-8")] if plan.file else []
        groups = (("plan", plan), ("edits", self.edits), ("models", self.models))
        chosen = {name: asdict(group) for name, group in groups}
        written = {**asdict(output), "sign": output.sign is not None}
        # paints by what is in their files
        shelves = [shelf for shelf in (request.palette, output.sheet_options().paints) if shelf]
        digest = digest_of([chosen, written, files, self.first_frame, self.size, *shelves])
        return BatchSettings(request, self.models, output, self.device, out, digest, keep=keep, overwrite=overwrite)
