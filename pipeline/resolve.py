"""From a request to the block of every node: stages are loaded, or replaced by what a person provides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..modules.io.errors import PPPError, UserError
from ..modules.io.files import file_sha256
from ..modules.plans import PlanFile
from ..modules.plans.sampled import load_rows
from .blocks.frames_step import FramesStep
from .blocks.locked_parts import LockedParts
from .blocks.parts import PartsBlock
from .blocks.plan import PlanBlock
from .blocks.provided import NoFirstFrame, ProvidedFirstFrame, ProvidedLabels
from .blocks.split_parts import SplitParts
from .graph import Block, Step
from .loading import LoadedStage
from .port_values import Noise, PlanSettings
from .request import RunInputs, RunRequest
from .stages import STAGES

if TYPE_CHECKING:
    from .pipeline import Pipeline

DATASET = "dataset="  # a plan named "dataset=FILE" brings its own degrees


@dataclass(frozen=True, eq=False)
class ResolvedRun:
    """A request with all that its nodes need.

    Attributes:
        stages: for every stage that takes part, what was loaded for it or stands in for it.
        blocks: the block of every node.
        values: the graph's inputs by name.
        notes: sentences that a person should read.
    """

    stages: Mapping[str, LoadedStage]
    blocks: Mapping[str, Block | Step]
    values: Mapping[str, Any]
    notes: tuple[str, ...]

    @property
    def makes_first_frame(self) -> bool:
        """Whether frame 1 is made before the loop."""
        return _makes_first_frame(self.stages)

    @property
    def painters(self) -> tuple[str, str]:
        """Who makes frame 1 and who the rest, as process.json says it."""
        rest = self.frames.name
        if not self.makes_first_frame:
            return rest, rest
        return "file" if isinstance(self.stages["firstframe"].block, ProvidedFirstFrame) else "firstframe", rest

    @property
    def frames(self) -> FramesStep:
        """The frames block."""
        block = _frames(self.stages)
        assert block is not None
        return block

    @property
    def weights(self) -> dict[str, Any]:
        """What process.json says that each stage was made by."""
        return {name: self.stages[name].weights if name in self.stages else None for name in STAGES}


def resolve(pipeline: Pipeline, request: RunRequest, inputs: RunInputs, nodes: Collection[str]) -> ResolvedRun:
    """Find the block of every node in `nodes`, loading the stages among them and no others.

    Raises:
        UserError: a stage does not load, or a provided file cannot be used.
    """
    stages = _find_stages(pipeline, request, inputs, nodes)
    blocks: dict[str, Block | Step] = {name: stage.block for name, stage in stages.items()}
    if frames := _frames(stages):
        blocks["frames"] = LockedParts(frames)
    if "parts" in nodes:
        source = blocks["segment"].outputs[0] if "segment" in blocks else None
        divided = not any(split.part.strip().casefold() == "background" for split in request.splits)
        blocks["parts"] = PartsBlock(source, trusted=request.segmentation is not None, divided=divided)
    if "plan" in nodes:
        blocks["plan"] = PlanBlock(*_degrees(pipeline, request, stages), _proposer(pipeline, request))
    blocks |= pipeline.blocks
    labels_node = pipeline.wiring.outputs["labels"].partition(".")[0]
    if request.splits and isinstance(block := blocks.get(labels_node), Block):
        blocks[labels_node] = SplitParts(block, request.splits)
    values = {
        "painting": inputs.painting.rgb,
        "request": _plan_settings(pipeline, request, inputs, stages),
        "noise": Noise(request.seed, inputs.painting.pixels_sha256),
    }
    return ResolvedRun(stages, blocks, values, _notes(request, stages))


def _find_stages(
    pipeline: Pipeline, request: RunRequest, inputs: RunInputs, nodes: Collection[str]
) -> dict[str, LoadedStage]:
    found: dict[str, LoadedStage] = {}
    if "frames" in nodes:
        found["frames"] = stage = pipeline.stage("frames")
        if not isinstance(stage.block, FramesStep):
            raise PPPError("The frames stage cannot be used.", f"{type(stage.block).__name__} is no FramesStep.")
    if "segment" in nodes and request.segmentation is not None:
        found["segment"] = LoadedStage(ProvidedLabels(request.segmentation), file=_sha256(request.segmentation))
    if "firstframe" in nodes:
        frames = _frames(found)
        if request.starts_on_canvas(frames is not None and frames.whole):
            found["firstframe"] = LoadedStage(NoFirstFrame(_canvas(request, inputs)))
        elif inputs.first_frame is not None:
            block = ProvidedFirstFrame(inputs.first_frame)
            found["firstframe"] = LoadedStage(block, file=inputs.first_frame.sha256)
    return {name: found[name] if name in found else pipeline.stage(name) for name in STAGES if name in nodes}


def _frames(stages: Mapping[str, LoadedStage]) -> FramesStep | None:
    block = stages["frames"].block if "frames" in stages else None
    return block if isinstance(block, FramesStep) else None


def _makes_first_frame(stages: Mapping[str, LoadedStage]) -> bool:
    return "firstframe" in stages and not isinstance(stages["firstframe"].block, NoFirstFrame)


def _canvas(request: RunRequest, inputs: RunInputs) -> np.ndarray | None:
    """Find the canvas (H,W,3) that the loop starts on; None is the bare one."""
    if request.prefix is not None:
        return request.prefix.frame(request.prefix.at - 1)
    return None if inputs.canvas is None else inputs.canvas.canvas


def _sha256(segmentation: Any) -> str | None:
    if not isinstance(segmentation, str | Path):
        return None
    try:
        return file_sha256(segmentation)
    except OSError as error:
        raise UserError(
            f"{segmentation} cannot be read.", f"{error.strerror or error}.", "Check the path of the segmentation."
        ) from None


def _degrees(
    pipeline: Pipeline, request: RunRequest, stages: Mapping[str, LoadedStage]
) -> tuple[Any, np.ndarray | None]:
    """Find how the frames stage measures degrees, and those it saw in training, without loading its weights."""
    config = None if "frames" in stages else pipeline.config("frames")
    if config is not None:
        mode, rows = config.get("degree_mode", "progress"), config.get("degree_rows")
    else:
        block = pipeline.stage("frames").block
        mode = getattr(block, "degree_mode", "progress")
        rows = getattr(getattr(getattr(block, "network", None), "config", None), "degree_rows", None)
    if isinstance(request.plan, str) and request.plan.startswith(DATASET):
        return mode, load_rows(Path(request.plan.removeprefix(DATASET)))
    return mode, np.asarray(rows, np.float32) if rows else None


def _proposer(pipeline: Pipeline, request: RunRequest) -> Any:
    """Find the planner of the frames stage, where the plan asks for one and the stage has one."""
    draft = request.plan.draft if isinstance(request.plan, PlanFile) else request.plan
    return pipeline.proposer() if draft == "learned" else None


def _plan_settings(
    pipeline: Pipeline, request: RunRequest, inputs: RunInputs, stages: Mapping[str, LoadedStage]
) -> PlanSettings:
    first_step = 2 if _makes_first_frame(stages) else 1
    return PlanSettings(
        n_frames=request.n_frames,
        seed=request.seed,
        plan="dataset" if isinstance(request.plan, str) and request.plan.startswith(DATASET) else request.plan,
        habit=request.habit,
        medium=request.medium,
        ending=request.ending,
        edits=request.plan_edits,
        canvas=None if inputs.canvas is None else inputs.canvas.canvas,
        first_step=first_step if request.prefix is None else request.prefix.at,
    )


def _notes(request: RunRequest, stages: Mapping[str, LoadedStage]) -> tuple[str, ...]:
    frames = _frames(stages)
    if frames and frames.whole and request.first_frame is not None:
        return (f"{frames.name} paints the first frame itself: --first-frame is not used.",)
    return ()
