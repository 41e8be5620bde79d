"""The pipeline: stages in a graph, from a painting to its time lapse."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..modules.io.errors import PPPError, UserError, choices
from ..modules.io.files import atomic_folder, path_exists
from ..modules.paints.pigments import Shelf
from ..modules.plans import PlanFile
from ..modules.plans.edits import PlanEdit
from ..modules.plans.plan import Plan
from .blocks.split_parts import Split
from .device import choose_device
from .graph import Block, Graph, Step
from .graph.wirings import GRAPHS, Wiring
from .images import Picture, Source
from .initial_canvas import PaintedPrefix
from .loading import (
    FORMAT,
    PIPELINE_FILE,
    LoadedStage,
    StageSource,
    copy_planner,
    find_pipeline,
    load_planner,
    load_stage,
    read_config,
    read_pipeline,
)  # fmt: skip
from .memory import give_back
from .port_values import Parts
from .request import RunRequest
from .resolve import resolve
from .runtime import check_runtime
from .stages import STAGES
from .timelapse import TimeLapse

INPUTS = ("painting", "request", "noise")
OUTPUTS = {  # of every graph that a pipeline runs -> what travels there
    "labels": "labels", "plan": "plan", "canvas": "picture", "x_1": "picture", "frames": "series of picture",
}  # fmt: skip
MORE_OUTPUTS = {"first_strokes": "strokes"}  # that a graph may have


class Pipeline:
    """Predict how paintings were painted: `Pipeline.from_pretrained("portrait")(painting)` -> TimeLapse.

    Stages are loaded when they are first needed, and once.

    Args:
        sources: for every stage a folder, hub id, registered name, or a block.
        graph: a name in `GRAPHS`, or a wiring as JSON.
        blocks: the blocks of nodes that are no stages, by the node's name; `parts` and `plan` have theirs.
        device: auto, cpu, cuda or mps.
        runtime: auto, torch or onnx: what computes the networks.

    Raises:
        UserError: an unknown stage, graph, device or runtime, or a malformed wiring.
    """

    def __init__(
        self,
        sources: Mapping[str, StageSource],
        *,
        graph: str | Mapping[str, Any] = "default",
        blocks: Mapping[str, Block | Step] | None = None,
        device: str = "auto",
        runtime: str = "auto",
    ) -> None:
        if unknown := set(sources) - set(STAGES):
            raise UserError(f"There is no stage {sorted(unknown)[0]!r}.", fix=choices(sorted(unknown)[0], STAGES))
        if isinstance(graph, str) and graph not in GRAPHS:
            raise UserError(f"There is no graph {graph!r}.", fix=choices(graph, GRAPHS))
        if taken := set(blocks or {}) & set(STAGES):
            raise UserError(f"{sorted(taken)[0]} is a stage.", fix="Give its block among the sources.")
        self.sources = dict(sources)
        self.blocks = dict(blocks or {})
        self.wiring = Wiring.from_json(GRAPHS[graph] if isinstance(graph, str) else graph)
        self._check_wiring()
        self.graph = graph if isinstance(graph, str) else dict(graph)
        check_runtime(runtime, device)
        self._device, self.runtime = device, runtime
        if device not in ("auto", "cpu") or "torch" in sys.modules:
            choose_device(device)  # refuses it before anything is loaded
        self._stages: dict[str, LoadedStage] = {}
        self.origin: dict[str, Any] = {  # what process.json says of it
            "pipeline": None,
            "graph": self.graph,
            "stages": {name: _named(source) for name, source in self.sources.items()},
        }
        if self.blocks:
            self.origin["blocks"] = sorted(self.blocks)

    def _check_wiring(self) -> None:
        """Refuse a graph that is no pipeline's: without the outputs that a time lapse needs, or with other inputs."""
        what = f"The graph {self.wiring.name!r} cannot be used."
        if missing := [name for name in OUTPUTS if name not in self.wiring.outputs]:
            raise UserError(what, f"It has no output {missing[0]!r}.", f"Give all of: {', '.join(OUTPUTS)}.")
        if unknown := self.wiring.inputs.keys() - set(INPUTS):
            raise UserError(what, f"Nothing feeds its input {sorted(unknown)[0]!r}.", f"Use only: {', '.join(INPUTS)}.")
        if "frames" not in self.wiring.nodes:
            raise UserError(what, "It has no node 'frames', which paints.")

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path = "portrait",
        *,
        device: str = "auto",
        runtime: str = "auto",
        revision: str | None = None,
        **stages: StageSource | None,
    ) -> Pipeline:
        """Load a pipeline that ships with the package ("portrait"), a folder, or one on the Hugging Face hub.

        Args:
            name: a shipped name, a folder, or a hub id ("owner/name" or "owner/name@revision").
            device: auto, cpu, cuda or mps.
            runtime: auto, torch or onnx: what computes the networks.
            revision: branch, tag or commit of a hub id.
            **stages: replace single stages (segment, firstframe, frames) by a model folder, a training run, a hub id, a
                registered name such as "simulate", or a block; None keeps the pipeline's own.

        Raises:
            UserError: something of it does not exist or does not load.
        """
        folder, origin = find_pipeline(name, revision)
        data = read_pipeline(folder)
        replaced = {stage: source for stage, source in stages.items() if source is not None}
        sources: dict[str, StageSource] = {}
        for stage in STAGES:
            own = str(data["stages"].get(stage, stage))
            sources[stage] = folder / own if path_exists(folder / own, "folder") else own
        graph = data.get("graph", "default")
        pipeline = cls(sources | replaced, graph=graph, device=device, runtime=runtime)
        named = {stage: _named(replaced[stage]) for stage in STAGES if stage in replaced}
        pipeline.origin = {"pipeline": origin, "graph": graph, "stages": named}
        return pipeline

    def stage(self, name: str) -> LoadedStage:
        """Get a stage, loading it on first use. UserError when it does not load."""
        if name not in self._stages:
            self._stages[name] = load_stage(name, self._source(name), self._device, self.runtime)
        return self._stages[name]

    def forget(self, *names: str) -> None:
        """Give back the memory of stages that have done their part; they are loaded again when they are used again."""
        for name in names:
            self._stages.pop(name, None)
        give_back()

    def config(self, name: str) -> dict[str, Any] | None:
        """Read the config of a stage's model without loading its weights; None for a block without a model."""
        return read_config(name, self._source(name))

    def proposer(self) -> Any:
        """Load the planner of the frames stage, for plan "learned"; None when it has none."""
        return load_planner(self._source("frames"), self._device)

    @property
    def device(self) -> str:
        """What its networks compute on, as process.json says it."""
        if any(stage.runtime == "torch" for stage in self._stages.values()):
            return str(choose_device(self._device))
        return "cpu"

    def _source(self, name: str) -> StageSource:
        if name not in self.sources:
            raise UserError(f"No stage {name!r} is given.", fix=f"Give one: --stage {name}=FOLDER")
        return self.sources[name]

    def save_pretrained(self, folder: Path | str) -> None:
        """Write pipeline.json and every stage with weights to a new folder, for `from_pretrained`.

        Raises:
            UserError: the folder is not empty, or the pipeline has blocks in memory.
            PPPError: a stage has neither weights nor a name.
        """
        folder = Path(folder)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"The pipeline cannot be saved in {folder}.", "It is not empty.", "Choose a new folder.")
        if self.blocks:
            names = ", ".join(self.blocks)
            raise UserError("The pipeline cannot be saved.", f"Its blocks are objects in memory: {names}.")
        stages = {name: self.stage(name) for name in self.sources}
        for name, stage in stages.items():
            if stage.runtime == "onnx":
                stages[name] = load_stage(name, self._source(name), "cpu", "torch")
        for name, stage in stages.items():
            if stage.model is None and stage.name is None:
                raise PPPError("The pipeline cannot be saved.", f"The block of {name} has neither weights nor a name.")
        with atomic_folder(folder) as part:
            for name, stage in stages.items():
                if stage.model is not None:
                    stage.model.save_pretrained(part / name)
                    if name == "frames" and stage.folder is not None:
                        copy_planner(stage.folder, part / name)
            named = {name: name if stage.model is not None else str(stage.name) for name, stage in stages.items()}
            self._write_manifest(part, named)

    def push_to_hub(
        self, repository: str, *, private: bool | None = None, branch: str | None = None, message: str = "",
        token: str | None = None,
    ) -> str:  # fmt: skip
        """Push the pipeline to the Hugging Face hub, for `from_pretrained(repository)`; return the commit's address.

        What its stages' folders hold is sent as it is: weights, graphs that run without PyTorch, the model card.

        Args:
            repository: OWNER/NAME; made when it is not there.
            private, branch, message, token: see `hub.push_folder`.

        Raises:
            UserError: that is no name, or the pipeline has blocks in memory.
            PPPError: the hub refused it, or cannot be reached.
        """
        from .hub import check_repository, gather_stages, push_folder

        check_repository(repository)
        if self.blocks:
            names = ", ".join(self.blocks)
            raise UserError("The pipeline cannot be pushed.", f"Its blocks are objects in memory: {names}.")
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            self._write_manifest(folder, gather_stages(self.sources, folder))
            if not self.origin["stages"] and self.origin["pipeline"] is not None:  # the card is of these weights
                for path in find_pipeline(self.origin["pipeline"])[0].glob("*.md"):
                    shutil.copy(path, folder)
            return push_folder(folder, repository, private=private, branch=branch, message=message, token=token)

    def _write_manifest(self, folder: Path, stages: dict[str, str]) -> None:
        """Write pipeline.json into a folder; `stages` are names of sub-folders or of blocks."""
        graph = next((name for name, wiring in GRAPHS.items() if wiring == self.graph), self.graph)
        data = {"format": FORMAT, "graph": graph, "stages": stages}
        (folder / PIPELINE_FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")

    def segment(self, painting: Source | Picture) -> tuple[Parts, list[str]]:
        """Find the parts of a painting as a run would use them; only the stages that this needs are loaded.

        Returns:
            The parts, and sentences that a person should read.
        """
        return self._run_until("labels", RunRequest(painting))

    def plan(self, painting: Source | Picture, *arguments: Any, **options: Any) -> tuple[Plan, list[str]]:
        """Make the plan that a call with the same arguments would follow; no network of firstframe or frames is loaded.

        Returns:
            The plan, and sentences that a person should read.
        """
        return self._run_until("plan", RunRequest.of(painting, *arguments, **options))

    def _run_until(self, output: str, request: RunRequest) -> tuple[Any, list[str]]:
        if output != "labels":
            request = self._with_palette(request)
        inputs = request.read()
        request = request.with_layers(inputs)
        wiring = self.wiring.until(output)
        run = resolve(self, request, inputs, wiring.nodes)
        notes = [*inputs.notes, *run.notes]
        return Graph(wiring, run.blocks).run(run.values, notes=notes)[output], notes

    def __call__(
        self,
        painting: Source | Picture,
        n_frames: int | None = None,
        seed: int | None = None,
        plan: str | Plan | PlanFile = "artist",
        *,
        habit: str | None = None,
        medium: str | None = None,
        ending: str | None = None,
        segmentation: str | Path | np.ndarray | Parts | None = None,
        first_frame: Source | None = None,
        edits: Sequence[PlanEdit | Split] = (),
        canvas: Source | None = None,
        prefix: PaintedPrefix | None = None,
        palette: Shelf | None = None,
        on_node: Callable[[str], None] | None = None,
    ) -> TimeLapse:
        """Read, segment, plan, and paint the first frame; the others are painted while the result is read.

        Args:
            painting: a path, the bytes of a file, a Pillow image, or an array (see `images.read_picture`).
            n_frames: N, frame 0 (bare canvas) included; None is what a plan file says, or 40.
            seed: which artist paints it; None is what a plan file says, or 0.
            plan: a name in `plans.PLANS`, "dataset=FILE" (degrees from `ppp data check --degrees`),
                `PlanFile.load(FILE)`, or a plan.
            habit: a name in `plans.HABITS` for the plans "artist" and "reverse"; None draws one by the seed.
            medium: a name in `brush.MEDIA`; None: what the painting looks like.
            ending: "painting", or "brush" to leave it as the brush does; None is what a plan file says, or "painting".
            segmentation: a label map in place of the segment stage: a PNG, (H,W) integers of the portrait's classes, or
                Parts.
            first_frame: a picture in place of the firstframe stage, or "blank" for none.
            edits: changes to the plan, objects of `modules/plans/edits.py`, applied one after the other, such as
                [Order("hair", "face"), Degrees(hair=0.5), Skip("body")]; and `Split` of
                `pipeline/blocks/split_parts.py`, which is done before them.
            canvas: a half-finished picture of the painting's shape, as frame 0; what is right on it is left.
            prefix: frames that were painted before, to continue from (see `replay.continue_from`).
            palette: the paints in whose colours it is painted, its last frame too (see `modules/paints/pigments.py`).
            on_node: called with the name of each node of the graph when it begins.

        Raises:
            UserError: input that cannot be used, or stages that do not load or fit.
        """
        request = RunRequest.of(
            painting, n_frames, seed, plan, habit=habit, medium=medium, ending=ending, segmentation=segmentation,
            first_frame=first_frame, edits=edits, canvas=canvas, prefix=prefix, palette=palette,
        )  # fmt: skip
        return self.run(request, on_node)

    def _with_palette(self, request: RunRequest) -> RunRequest:
        """Put the painting into the colours of the palette that is requested; its parts are those of the painting."""
        if request.palette is None:
            return request
        from ..modules.paints.gamut import fit_to_palette

        painting = request.read().painting
        parts = self.segment(painting)[0] if request.segmentation is None else request.segmentation
        repainted = replace(painting, rgb=fit_to_palette(painting.rgb, request.palette))
        return replace(request, painting=repainted, segmentation=parts)

    def run(self, request: RunRequest, on_node: Callable[[str], None] | None = None) -> TimeLapse:
        """Carry out a request, as `__call__` does with its arguments."""
        times: dict[str, float] = {}
        segmented = request.segmentation is None and request.palette is not None
        request = self._with_palette(request)
        with _timed(times, "read"):
            inputs = request.read()
            request = request.with_layers(inputs)
        with _timed(times, "load"):
            run = resolve(self, request, inputs, self.wiring.nodes)
            graph = Graph(self.wiring, run.blocks)
            _check_outputs(graph)
        notes = [*inputs.notes, *run.notes]
        values = graph.run(run.values, times=times, notes=notes, on_node=on_node)
        give_back()
        provided = "blank" if request.blank else None if inputs.first_frame is None else "file"
        return TimeLapse(
            picture=inputs.painting,
            parts=values["labels"],
            plan=values["plan"],
            canvas=values["canvas"],
            first_frame=values.get("x_1") if run.makes_first_frame else None,
            first_strokes=values.get("first_strokes") if run.makes_first_frame else None,
            stream=values["frames"],
            painters=run.painters,
            closing=run.frames.closing,
            degree_mode=run.frames.degree_mode,
            weights=run.weights | ({"segment": self.stage("segment").weights} if segmented else {}),
            seed=request.seed,
            device=self.device,
            runtime=", ".join(sorted({stage.runtime for stage in run.stages.values() if stage.runtime})) or None,
            times=times,
            notes=notes,
            made_with=self.origin | {"first_frame": provided},
            started_from=None if inputs.canvas is None else inputs.canvas.facts,
            prefix=request.prefix,
            palette=request.palette,
        )


def _check_outputs(graph: Graph) -> None:
    for name, kind in (OUTPUTS | MORE_OUTPUTS).items():
        source = graph.wiring.outputs.get(name)
        if source and (port := graph.port_of(source)) and port.kind != kind:
            what = f"The output {name!r} of the graph {graph.wiring.name!r} cannot be used."
            raise UserError(what, f"{source} gives {port.kind}, and {kind} is expected.", "Name another source for it.")


@contextmanager
def _timed(times: dict[str, float], name: str) -> Iterator[None]:
    """Write the seconds that the body takes into `times`."""
    started = time.perf_counter()
    yield
    times[name] = time.perf_counter() - started


def _named(source: StageSource) -> str | None:
    """How process.json names where a stage came from: a name, a hub id or an absolute path; None for an object."""
    if isinstance(source, Block | Step):
        return None
    return str(Path(source).resolve()) if path_exists(source, "folder") else str(source)
