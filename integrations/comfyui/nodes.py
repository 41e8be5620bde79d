"""The nodes: find the parts of a painting, plan, paint, look at frames and step sheets, save layers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import folder_paths
import numpy as np
import torch
from comfy_api.latest import ComfyAPISync, ComfyExtension, InputImpl, io
from PIL import Image

from ppp import Pipeline
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import read_rgb
from ppp.pipeline.blocks.ports import LABELS, PAINTING
from ppp.pipeline.graph import Port
from ppp.pipeline.replay import replay
from ppp.pipeline.writers import DEFAULT, LayersWriter
from ppp.pipeline.writers.layers import parse_layer_formats

from .schema import PROCESS, REQUEST, chosen, inputs_of, outputs_of

CATEGORY = "painting process"
PLAN = Port("plan", "plan", optional=True, description="A plan to follow; what it says counts before the widgets.")
_PARTS = replace(LABELS, optional=True)


def _weights() -> Any:
    return io.String.Input(
        "weights", default="portrait", optional=True, advanced=True,
        tooltip="The pipeline: a name, a folder or a Hugging Face id.",
    )  # fmt: skip


@lru_cache(maxsize=2)
def load_pipeline(weights: str) -> Pipeline:
    """Load a pipeline once; what computes its networks is chosen by what is installed (ONNX Runtime, or torch)."""
    return Pipeline.from_pretrained(weights)


def to_picture(image: torch.Tensor) -> np.ndarray:
    """Take the one picture of a batch (B,H,W,C) as (H,W,3) float32."""
    if len(image) != 1:
        raise UserError(f"{len(image)} pictures are given.", "A process is of one painting.", "Give one of the batch.")
    return np.ascontiguousarray(image[0, ..., :3].cpu().numpy().astype(np.float32).clip(0, 1))


def to_image(*pictures: np.ndarray) -> torch.Tensor:
    """Make a batch (B,H,W,3) of pictures (H,W,3) uint8 of one size."""
    return torch.from_numpy(np.stack(pictures).astype(np.float32) / 255)


def new_folder(prefix: str) -> Path:
    """Find a free folder for a result among ComfyUI's outputs: PREFIX_00001, ..."""
    base = Path(folder_paths.get_output_directory()).resolve()
    wanted = (base / prefix).resolve()
    if base not in wanted.parents:
        raise UserError(f"{prefix!r} leads out of the folder of outputs.", fix="Give a name, or folder/name.")
    taken = [path.name.rpartition("_")[2] for path in wanted.parent.glob(f"{wanted.name}_*")]
    number = 1 + max((int(text) for text in taken if text.isdecimal()), default=0)
    return wanted.with_name(f"{wanted.name}_{number:05}")


def show_progress() -> Callable[[int, int], None]:
    """Make a callback that moves the node's bar, and ends the painting when somebody stops the queue."""
    from comfy.model_management import throw_exception_if_processing_interrupted

    execution = ComfyAPISync().execution

    def show(done: int, total: int) -> None:
        throw_exception_if_processing_interrupted()
        execution.set_progress(done, total)

    return show


def node_schema(node: type, node_id: str, name: str, inputs: list[Any], outputs: list[Any], keeps: bool = False) -> Any:
    """Make the schema of a node, whose docstring is its description; `keeps`: it writes a result."""
    about = " ".join((node.__doc__ or "").split())
    return io.Schema(
        node_id=node_id, display_name=name, category=CATEGORY, description=about, inputs=inputs, outputs=outputs,
        is_output_node=keeps,
    )  # fmt: skip


class FindParts(io.ComfyNode):
    """Find the things in a painting that a painter would name: the sky, that tree, her face."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPFindParts",
            "Find parts",
            inputs=[*inputs_of(PAINTING), _weights()],
            outputs=[
                *outputs_of(LABELS),
                io.Mask.Output(
                    "masks", display_name="masks", tooltip="A mask for every part, in the order of the names."
                ),
                io.Image.Output("preview", display_name="preview", tooltip="The parts in colours."),
                io.String.Output("names", display_name="names", tooltip="Their names, one on each line."),
            ],
        )

    @classmethod
    def execute(cls, painting: torch.Tensor, weights: str = "portrait") -> io.NodeOutput:
        parts, _ = load_pipeline(weights).segment(to_picture(painting))
        masks = torch.from_numpy(np.stack([parts.labels == k for k in parts.present]).astype(np.float32))
        preview = to_image(parts.label_set.colourise(parts.labels))
        return io.NodeOutput(parts, masks, preview, "\n".join(parts.names))


def _options(
    n_frames: int, seed: int, plan_name: str, medium: str, habit: str, ending: str, plan: Any
) -> dict[str, Any]:
    """Make the arguments of a pipeline's call from the widgets and a plan, which comes first."""
    if plan is not None:
        return {"n_frames": plan.n_frames, "seed": plan.seed, "plan": plan}
    given = {"medium": chosen(medium), "habit": chosen(habit), "ending": ending}
    return {"n_frames": n_frames, "seed": seed, "plan": plan_name, **given}


class MakePlan(io.ComfyNode):
    """Plan which part is painted when, and how; quick, since nothing is painted."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPPlan",
            "Plan the painting",
            inputs=[*inputs_of(PAINTING, REQUEST, _PARTS), _weights()],
            outputs=[
                *outputs_of(PLAN),
                io.String.Output("steps", display_name="steps", tooltip="What is painted in each step."),
            ],
        )

    @classmethod
    def execute(
        cls, painting: torch.Tensor, n_frames: int, seed: int, plan_name: str, medium: str, habit: str, ending: str,
        labels: Any = None, weights: str = "portrait",
    ) -> io.NodeOutput:  # fmt: skip
        options = _options(n_frames, seed, plan_name, medium, habit, ending, None)
        plan, _ = load_pipeline(weights).plan(to_picture(painting), segmentation=labels, **options)
        steps = [f"{i}: {', '.join(plan.step(i).parts) or '-'}" for i in range(1, plan.n_frames)]
        return io.NodeOutput(plan, "\n".join(steps))


class Paint(io.ComfyNode):
    """Predict how a painting could have been painted. The result lies in a folder of the outputs."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPPaint",
            "Paint",
            inputs=[
                *inputs_of(PAINTING, REQUEST, _PARTS, PLAN),
                io.String.Input("filename_prefix", default="ppp/process", tooltip="Where the result goes."),
                _weights(),
            ],
            outputs=[
                *outputs_of(PROCESS),
                io.Video.Output("video", display_name="video", tooltip="The time lapse, read from its file."),
                io.Image.Output("last", display_name="last frame", tooltip="How it ends."),
            ],
            keeps=True,
        )

    @classmethod
    def execute(
        cls, painting: torch.Tensor, n_frames: int, seed: int, plan_name: str, medium: str, habit: str, ending: str,
        filename_prefix: str, labels: Any = None, plan: Any = None, weights: str = "portrait",
    ) -> io.NodeOutput:  # fmt: skip
        folder = new_folder(filename_prefix)
        source = _keep_painting(to_picture(painting), folder)
        options = _options(n_frames, seed, plan_name, medium, habit, ending, plan)
        lapse = load_pipeline(weights)(source, segmentation=labels, **options)
        lapse.save(folder, writers=DEFAULT, progress=show_progress())
        video = InputImpl.VideoFromFile(str(folder / lapse.process["video"]["file"]))
        return io.NodeOutput(str(folder), video, to_image(read_rgb(sorted((folder / "frames").iterdir())[-1])))


def _keep_painting(picture: np.ndarray, folder: Path) -> Path:
    """Write the painting beside its result, from which `SaveLayers` and `ppp replay` paint it again."""
    path = folder.with_name(f"{folder.name}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.rint(picture * 255).astype(np.uint8)).save(path)
    return path


class GetFrames(io.ComfyNode):
    """Read frames of a process from its folder: only those that are asked for are loaded."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPFrames",
            "Frames of a process",
            inputs=[
                *inputs_of(PROCESS),
                io.Int.Input("first", default=0, min=0, max=9999, tooltip="The first frame; 0 is the bare canvas."),
                io.Int.Input("count", default=8, min=1, max=10_000, tooltip="How many at most."),
                io.Int.Input("every", default=1, min=1, max=1000, tooltip="Each so many-th frame."),
            ],
            outputs=[io.Image.Output("frames", display_name="frames", tooltip="A batch.")],
        )

    @classmethod
    def execute(cls, process: str, first: int, count: int, every: int) -> io.NodeOutput:
        paths = sorted((Path(process) / "frames").iterdir())[first::every][:count]
        if not paths:
            raise UserError(f"There is no frame {first}.", "The process has fewer.", "Begin with an earlier one.")
        return io.NodeOutput(to_image(*(read_rgb(path) for path in paths)))


class StepSheet(io.ComfyNode):
    """The steps to print and paint along with: what to do, with which brush, which colours, where."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPStepSheet",
            "Step sheet",
            inputs=inputs_of(PROCESS),
            outputs=[io.Image.Output("pages", display_name="pages", tooltip="A batch of pages (A4, 300 dpi).")],
        )

    @classmethod
    def execute(cls, process: str) -> io.NodeOutput:
        pages = [Path(process) / "sheet.png"]
        while (more := pages[0].with_name(f"sheet-{len(pages) + 1}.png")).is_file():
            pages.append(more)
        return io.NodeOutput(to_image(*(read_rgb(page) for page in pages)))


class SaveLayers(io.ComfyNode):
    """Paint the process once more and save its passes as layers: OpenRaster (Krita, GIMP) or PSD."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return node_schema(
            cls,
            "PPPSaveLayers",
            "Save layers",
            inputs=[
                *inputs_of(PROCESS),
                io.Combo.Input("format", options=["ora", "psd"], default="ora", tooltip="psd needs psd-tools."),
            ],
            outputs=[io.String.Output("file", display_name="file", tooltip="Where it lies: beside the process.")],
            keeps=True,
        )

    @classmethod
    def execute(cls, process: str, format: str) -> io.NodeOutput:
        folder, file = Path(process), Path(f"{process}.{format}")
        formats, scratch = parse_layer_formats([format]), Path(f"{process}-layers")
        try:
            writer = partial(LayersWriter, formats=formats)
            replay(folder).save(scratch, writers=[writer], overwrite=True, progress=show_progress())
            shutil.copyfile(scratch / f"layers.{format}", file)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return io.NodeOutput(str(file))


class PaintingProcess(ComfyExtension):
    """All nodes."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [FindParts, MakePlan, Paint, GetFrames, StepSheet, SaveLayers]


async def comfy_entrypoint() -> PaintingProcess:
    return PaintingProcess()
