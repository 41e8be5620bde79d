"""The pipeline: three stages in a graph, from a painting to its time lapse."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..modules.io.errors import PPPError, UserError
from ..modules.io.files import atomic_folder, file_sha256, path_exists
from ..modules.plans import PlanFile
from ..modules.plans.edits import PlanEdit
from ..modules.plans.plan import Plan
from ..modules.plans.sampled import load_rows
from .blocks.frames_step import FramesStep
from .blocks.locked_parts import LockedParts
from .blocks.parts import PartsBlock
from .blocks.plan import PlanBlock
from .blocks.provided import ProvidedFirstFrame, ProvidedLabels
from .blocks.split_parts import Split, SplitParts
from .graph.graph import Block, Graph, Step
from .graph.wirings import GRAPHS, from_canvas
from .images import Picture, Source, read_picture
from .initial_canvas import PaintedPrefix, read_initial_canvas
from .loading import (
    FORMAT,
    PIPELINE_FILE,
    SHIPPED,
    LoadedStage,
    choose_device,
    find_folder,
    load_stage,
    read_pipeline,
    shipped_names,
)
from .stages import STAGES
from .timelapse import TimeLapse
from .values import Noise, Parts, RunRequest

if TYPE_CHECKING:
    import torch

StageSource = str | Path | Block | Step


class Pipeline:
    """`Pipeline.from_pretrained("portrait")(painting)` -> TimeLapse.

    sources: for every stage a folder, hub id, registered name, or a block. graph: a name in `GRAPHS` or a wiring.
    blocks: what stands at the nodes of a wiring that are no stages, by the node's name; `parts` and `plan` have theirs.
    Stages are loaded when they are first needed, and once.
    """

    def __init__(
        self,
        sources: Mapping[str, StageSource],
        *,
        graph: str | Mapping[str, Any] = "default",
        blocks: Mapping[str, Block | Step] | None = None,
        device: str = "auto",
    ) -> None:
        if unknown := set(sources) - set(STAGES):
            raise UserError(f"There is no stage {sorted(unknown)[0]!r}.", fix=f"Use one of: {', '.join(STAGES)}.")
        if isinstance(graph, str) and graph not in GRAPHS:
            raise UserError(f"There is no graph {graph!r}.", fix=f"Use one of: {', '.join(GRAPHS)}.")
        if taken := set(blocks or {}) & set(STAGES):
            raise UserError(f"{sorted(taken)[0]} is a stage.", fix="Give its block among the sources.")
        self.sources = dict(sources)
        self.blocks = dict(blocks or {})
        self.wiring: Mapping[str, Any] = GRAPHS[graph] if isinstance(graph, str) else graph
        self.device: torch.device = choose_device(device)
        self._stages: dict[str, LoadedStage] = {}
        self.origin: dict[str, Any] = {
            "pipeline": None,
            "graph": graph if isinstance(graph, str) else dict(graph),
            "stages": {name: _named(source) for name, source in self.sources.items()},
        }
        if self.blocks:
            self.origin["blocks"] = sorted(self.blocks)

    @classmethod
    def from_pretrained(
        cls,
        name: str | Path = "portrait",
        *,
        segment: StageSource | None = None,
        firstframe: StageSource | None = None,
        frames: StageSource | None = None,
        device: str = "auto",
        revision: str | None = None,
    ) -> Pipeline:
        """A pipeline that comes with the package ("portrait"), of a folder, or of the Hugging Face hub.

        segment, firstframe, frames: replace single stages: a model folder, a training run, a hub id, a registered
        name such as "simulate", or a block. device: auto, cpu, cuda or mps. revision: branch, tag or commit of a hub
        id; "owner/name@revision" says the same, also for single stages.
        Raises UserError when something of it does not exist or does not load.
        """
        if revision is not None:
            if isinstance(name, Path) or not re.fullmatch(r"[\w.-]+/[\w.-]+", name) or Path(name).is_dir():
                raise UserError(f"{name} has no revision {revision!r}.", "Only weights of the hub (owner/name) have.")
            name = f"{name}@{revision}"
        given = {"segment": segment, "firstframe": firstframe, "frames": frames}
        shipped = SHIPPED / str(name)
        if isinstance(name, str) and name in shipped_names():
            folder = shipped
        else:
            names = ", ".join(shipped_names())
            folder = find_folder(name, "weights", f"a hub id (owner/name){f', or one of: {names}' if names else ''}")
        data = read_pipeline(folder)
        sources: dict[str, StageSource] = {}
        for stage in STAGES:
            source = given[stage]
            if source is None:
                source = str(data["stages"].get(stage, stage))
                source = folder / source if path_exists(folder / source, "folder") else source
            sources[stage] = source
        pipeline = cls(sources, graph=data.get("graph", "default"), device=device)
        pipeline.origin = {
            "pipeline": str(name) if folder == shipped or not path_exists(name, "folder") else str(folder.resolve()),
            "graph": data.get("graph", "default"),
            "stages": {stage: _named(source) for stage, source in given.items() if source is not None},
        }
        return pipeline

    def stage(self, name: str) -> LoadedStage:
        """A stage, loaded on first use. UserError when it does not load."""
        if name not in self._stages:
            if name not in self.sources:
                raise UserError(f"No stage {name!r} is given.", fix=f"Give one: --stage {name}=FOLDER")
            self._stages[name] = load_stage(name, self.sources[name], self.device)
        return self._stages[name]

    def save_pretrained(self, folder: Path | str) -> None:
        """Write pipeline.json and every stage with weights to a new folder, for `from_pretrained`."""
        folder = Path(folder)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"The pipeline cannot be saved in {folder}.", "It is not empty.", "Choose a new folder.")
        if self.blocks:
            names = ", ".join(self.blocks)
            raise UserError("The pipeline cannot be saved.", f"Its blocks are objects in memory: {names}.")
        stages = {name: self.stage(name) for name in self.sources}
        for name, stage in stages.items():
            if stage.model is None and stage.name is None:
                raise PPPError("The pipeline cannot be saved.", f"The block of {name} has neither weights nor a name.")
        with atomic_folder(folder) as part:
            for name, stage in stages.items():
                if stage.model is not None:
                    stage.model.save_pretrained(part / name)
            data = {
                "format": FORMAT,
                "graph": self.wiring["name"] if self.wiring in GRAPHS.values() else self.wiring,
                "stages": {name: name if stage.model is not None else stage.name for name, stage in stages.items()},
            }
            (part / PIPELINE_FILE).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")

    def segment(self, painting: Source | Picture) -> tuple[Parts, list[str]]:
        """The parts of a painting as a run would use them, and what a person should know of it."""
        picture = read_picture(painting)
        notes = [f"{picture.name}: {note}." for note in picture.notes]
        block = self.stage("segment").block
        assert isinstance(block, Block)
        found = block(painting=picture.rgb)
        return PartsBlock(notes.append, block.outputs[0])(painting=picture.rgb, **found)["labels"], notes

    def plan(self, painting: Source | Picture, *arguments: Any, **options: Any) -> tuple[Plan, list[str]]:
        """The plan that a call with the same arguments would follow, and what a person should know of it."""
        lapse = self(painting, *arguments, **options)
        return lapse.plan, lapse.notes

    def __call__(
        self,
        painting: Source | Picture,
        n_frames: int | None = None,
        seed: int | None = None,
        plan: str | Plan | PlanFile = "artist",
        *,
        habit: str | None = None,
        segmentation: str | Path | np.ndarray | Parts | None = None,
        first_frame: Source | None = None,
        steer: Sequence[PlanEdit | Split] = (),
        canvas: Source | None = None,
        kept: PaintedPrefix | None = None,
        watch: Callable[[str], None] | None = None,
    ) -> TimeLapse:
        """Read, segment, plan, and paint the first frame; the others are painted while the result is read.

        painting: a path, a Pillow image, or an array (see images.read_picture). n_frames: N, frame 0 (bare canvas)
        included; 40, or as many as a plan file says. seed: 0, or the plan file's. plan: a name in `plans.PLANS`,
        "dataset=FILE" (degrees from `ppp data check --degrees`), `PlanFile.load(FILE)` for a plan file, or a plan.
        habit: of plan "artist"; None draws one by the seed.
        segmentation: a label map in place of the segment stage: a PNG, or (H,W) integers of the portrait's classes.
        first_frame: "blank", or a picture in place of the firstframe stage. steer: what is wanted otherwise, objects of
        `modules/plans/edits.py`, done one after the other: [Order("hair", "face"), Degrees(hair=0.5), Skip("body")];
        and `Split` of pipeline/blocks/split_parts.py, done before them.
        canvas: a half-finished picture to go on from, as frame 0, of the painting's shape; what is right on it is left.
        kept: frames that were painted before, to go on from (see replay.go_on).
        watch: told the name of each node of the graph when it begins.
        Raises UserError for input that cannot be used.
        """
        n_frames, seed = _numbers(plan, n_frames, seed)
        if n_frames < 2:
            raise UserError(f"{n_frames} frames are too few.", "The bare canvas is frame 0.", "Ask for 2 or more.")
        if not 0 <= seed < 2**63:
            raise UserError(f"The seed {seed} cannot be used.", fix="Use a whole number from 0 on.")
        times: dict[str, float] = {}
        notes: list[str] = []
        started = time.perf_counter()
        picture = read_picture(painting)
        notes.extend(f"{picture.name}: {note}." for note in picture.notes)
        times["read"] = time.perf_counter() - started
        blank = isinstance(first_frame, str) and first_frame == "blank"
        if canvas is not None and first_frame is not None:
            raise UserError("A given canvas has no first frame.", fix="Leave out one of --from and --first-frame.")
        given_first = None if first_frame is None or blank else read_picture(first_frame)
        begun = None if canvas is None else read_initial_canvas(canvas, (picture.width, picture.height), notes)

        started = time.perf_counter()
        frames = self.stage("frames").block
        if not isinstance(frames, FramesStep):
            raise PPPError("The frames stage cannot be used.", f"{type(frames).__name__} is no FramesStep.")
        blocks: dict[str, Block | Step] = {"frames": frames}
        weights: dict[str, Any] = {"segment": None, "firstframe": None, "frames": self.stage("frames").sha256}
        if segmentation is None:
            blocks["segment"], weights["segment"] = self.stage("segment").block, self.stage("segment").sha256
        else:
            blocks["segment"] = ProvidedLabels(segmentation)
            if isinstance(segmentation, str | Path):
                weights["segment"] = _file(segmentation)
        labels = blocks["segment"].outputs[0]
        blocks["parts"] = PartsBlock(notes.append, labels, trusted=segmentation is not None)
        rows = _degree_rows(frames)
        if isinstance(plan, str) and plan.startswith("dataset="):
            plan, _, file = plan.partition("=")
            rows = load_rows(Path(file))
        blocks["plan"] = PlanBlock(frames.degree_mode, rows)
        blocks |= self.blocks
        # The one step of two frames has to do everything: no first frame is in between.
        whole = frames.whole or blank or begun is not None or (n_frames == 2 and given_first is None)
        whole = whole or kept is not None
        by = (frames.name, frames.name)
        wiring = from_canvas(self.wiring) if whole else self.wiring
        if not whole and given_first is not None:
            blocks["firstframe"], by = ProvidedFirstFrame(given_first), ("file", frames.name)
            weights["firstframe"] = {"file": given_first.sha256}
        elif not whole:
            blocks["firstframe"], by = self.stage("firstframe").block, ("firstframe", frames.name)
            weights["firstframe"] = self.stage("firstframe").sha256
        if frames.whole and first_frame is not None:
            notes.append(f"{frames.name} paints the first frame itself: --first-frame is not used.")
        splits = [wish for wish in steer if isinstance(wish, Split)]
        wishes = tuple(wish for wish in steer if not isinstance(wish, Split))
        giver = self.wiring["outputs"]["labels"].partition(".")[0]
        if splits and isinstance(giving := blocks[giver], Block):
            blocks[giver] = SplitParts(giving, splits)
        blocks["frames"] = LockedParts(frames)
        graph = Graph(wiring, blocks)
        times["load"] = time.perf_counter() - started

        request = RunRequest(n_frames, seed, plan, habit, wishes, None if begun is None else begun.canvas, notes=notes)
        if kept is not None:
            request = replace(request, first=kept.at, now=kept.frame(kept.at - 1))
        noise = Noise(seed, picture.pixels_sha256)
        values = graph.run({"painting": picture.rgb, "request": request, "noise": noise}, times, watch)
        return TimeLapse(
            picture=picture,
            parts=values["labels"],
            plan=values["plan"],
            canvas=values["canvas"],
            first=values.get("x_1"),
            stream=values["frames"],
            by=by,
            closing=frames.closing,
            degree_mode=frames.degree_mode,
            weights=weights,
            seed=seed,
            device=str(self.device),
            times=times,
            notes=notes,
            made_with=self.origin | {"first_frame": "blank" if blank else None if given_first is None else "file"},
            given=None if begun is None else begun.facts,
            kept=kept,
        )


def _numbers(plan: str | Plan | PlanFile, n_frames: int | None, seed: int | None) -> tuple[int, int]:
    """How many frames and which seed: what was asked for, what the plan file says, or 40 and 0."""
    if not isinstance(plan, PlanFile):
        return 40 if n_frames is None else n_frames, seed or 0
    if n_frames is not None:
        plan.check_frames(n_frames)
    return n_frames or plan.frames or 40, plan.seed or 0 if seed is None else seed


def _named(source: StageSource) -> str | None:
    """How process.json names where a stage came from: a name, a hub id or an absolute path; None for an object."""
    if isinstance(source, Block | Step):
        return None
    return str(Path(source).resolve()) if path_exists(source, "folder") else str(source)


def _file(path: str | Path) -> dict[str, str]:
    """How process.json names a file that replaced a stage."""
    try:
        return {"file": file_sha256(path)}
    except OSError as error:
        raise UserError(
            f"{path} cannot be read.", f"{error.strerror or error}.", "Check the path of the segmentation."
        ) from None


def _degree_rows(frames: FramesStep) -> np.ndarray | None:
    """The degrees a frames model saw in training, for plan `dataset`; None when it has none."""
    rows = getattr(getattr(getattr(frames, "model", None), "config", None), "degree_rows", None)
    return np.asarray(rows, np.float32) if rows else None
