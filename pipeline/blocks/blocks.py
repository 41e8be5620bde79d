"""One block per stage: ports around a model, and the blocks that stand in where a person gives a file instead.

Pictures travel between blocks as numpy float32 (H,W,3) at full size; every block scales for its own model.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...modules.degree import DegreeMode
from ...modules.io.errors import UserError
from ...modules.io.files import read_file
from ...modules.labels import PORTRAIT, LabelSet, cluster_label_set
from ...modules.plans import make_context, make_plan
from ...modules.plans.dry_run import expected_degrees
from ...modules.plans.plan import Plan
from ...modules.plans.spec import FROM_CANVAS
from ...modules.segment.clusters import cluster
from ..graph.graph import SERIES, Block, Port
from ..images import Picture, quantise
from ..values import Beginning, Parts, PlanSteps, RunRequest

if TYPE_CHECKING:
    from ...modules.segment.model import SegmentModel

__all__ = [
    "ClustersBlock",
    "ProvidedFirstFrame",
    "ProvidedLabels",
    "PartsBlock",
    "PlanBlock",
    "SegmentBlock",
    "is_portrait",
]

Notify = Callable[[str], None]

# What makes a portrait. On 10 labelled val pictures features took 12 % of the face or more; on 17 landscapes and crowds
# 2 % or less, and the segment stage's mean confidence in what it called a person was under 0.8 there.
LEAST_NAMED = 0.05  # named classes other than the background have to cover this share of the picture
LEAST_FEATURES = 0.05  # share of the face that eyebrows, eyes, nose and mouth have to take
SURE = 0.8  # mean confidence that does instead
LEAST_SKIN = 0.005  # share of the picture that face and body have to take, then
CANVAS = (1.0, 1.0, 1.0)  # frame 0

_PAINTING = Port("painting", "picture", 3, (0.0, 1.0))
_UNIT = (0.0, 1.0)


def to_tensor(image: np.ndarray, device: torch.device | str) -> torch.Tensor:
    """(H,W,C) or (H,W) float -> (1,C,H,W) float32."""
    planes = image[..., None] if image.ndim == 2 else image
    return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1)))[None].float().to(device)


def labels_port(label_set: LabelSet) -> Port:
    """The output port for labels of a set: named classes are told by its hash, other parts have outlines only."""
    return Port("labels", "labels", label_set=label_set.hash if label_set.named else None, unnamed=not label_set.named)


class SegmentBlock(Block):
    """painting -> labels, and how sure it is of each pixel, (H,W) in [0,1]; by a segment model."""

    inputs = (_PAINTING,)

    def __init__(self, model: SegmentModel, device: torch.device | str) -> None:
        self.model, self.device = model.to(device).eval(), device
        self.outputs = (labels_port(model.label_set), Port("confidence", "confidence"))

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        labels, confidence = self.model.predict(to_tensor(painting, self.device))
        parts = Parts(labels[0].cpu().numpy().astype(np.uint8), self.model.label_set)
        return {"labels": parts, "confidence": confidence[0].float().cpu().numpy()}


class ProvidedLabels(Block):
    """painting -> the label map that a person gave, as a file or an array, in place of the segment stage."""

    inputs = (_PAINTING,)

    def __init__(self, source: str | Path | np.ndarray | Parts, label_set: LabelSet | None = None) -> None:
        self.source = source
        self.label_set = label_set or (source.label_set if isinstance(source, Parts) else _set_of(source))
        self.outputs = (labels_port(self.label_set),)

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        height, width = painting.shape[:2]
        if isinstance(self.source, (str, Path)):
            return {"labels": Parts(self.label_set.load_png(self.source, (width, height)), self.label_set)}
        labels = np.asarray(self.source.labels if isinstance(self.source, Parts) else self.source)
        what = "The label map cannot be used."
        if labels.shape != (height, width):
            raise UserError(what, f"Its shape is {labels.shape}, the painting's is {(height, width)}.")
        if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= len(self.label_set):
            raise UserError(what, "It has values that are no class.", f"Use integers 0..{len(self.label_set) - 1}.")
        return {"labels": Parts(labels.astype(np.uint8), self.label_set)}


def _set_of(source: str | Path | np.ndarray) -> LabelSet:
    """The label set a file was painted with: a segmentation.png of ours tells its clusters by its palette."""
    if isinstance(source, np.ndarray):
        return PORTRAIT
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read_file(source, "")), formats=["PNG"]) as image:
            palette = image.getpalette() if image.mode == "P" else None
    except Exception:
        return PORTRAIT  # load_png says what is wrong with the file
    n = len(palette or ()) // 3
    if 2 <= n <= 256:
        clusters = cluster_label_set(n - 1)
        if palette == [c for colour in clusters.colours for c in colour]:
            return clusters
    return PORTRAIT


def is_portrait(labels: np.ndarray, confidence: np.ndarray | None = None) -> bool:
    """Whether a label map (H,W) of the portrait classes shows a person.

    A network that knows people only sees people everywhere: in trials it took two thirds of a landscape for clothes,
    but never found eyes, nose and mouth there. So besides LEAST_NAMED it takes a face with features in it or, for
    faces that are masked or turned away, a network that is sure: confidence (H,W) in [0,1].
    """
    person = ~np.isin(labels, [PORTRAIT.index("edge"), PORTRAIT.index("background")])
    if person.mean() < LEAST_NAMED:
        return False
    features = np.isin(labels, [PORTRAIT.index(name) for name in ("eyebrows", "eyes", "nose", "mouth")]).sum()
    face = (labels == PORTRAIT.index("face")).sum() + features
    if features > LEAST_FEATURES * face:
        return True
    skin = face + (labels == PORTRAIT.index("body")).sum()
    if skin < LEAST_SKIN * labels.size:  # the Starry Night is no person in a wide coat
        return False
    return confidence is not None and float(confidence[person].mean()) > SURE


class PartsBlock(Block):
    """labels -> labels: the same for a portrait; for a picture without one, parts found by colour and place.

    notify: gets a sentence when that happens. given: the port that the labels come from, a portrait's if not said.
    trusted: the labels come from a person and are never replaced.
    """

    inputs = (Port("labels", "labels", unnamed=True), _PAINTING, Port("confidence", "confidence", optional=True))

    def __init__(self, notify: Notify, given: Port | None = None, trusted: bool = False) -> None:
        self.notify, self.trusted = notify, trusted
        self.outputs = (replace(given or labels_port(PORTRAIT), unnamed=True),)

    def __call__(self, *, labels: Parts, painting: np.ndarray, confidence: np.ndarray | None = None) -> dict[str, Any]:
        if self.trusted or not labels.label_set.named:
            return {"labels": labels}
        edge, background = labels.label_set.index("edge"), labels.label_set.index("background")
        # Nobody paints what is no painting, and all of the picture has to be painted.
        found = np.where(labels.labels == edge, background, labels.labels).astype(np.uint8)
        if is_portrait(found, confidence):
            return {"labels": Parts(found, labels.label_set)}
        clusters = find_clusters(painting)
        self.notify(f"No portrait found: using {len(clusters.present)} parts by colour and place, not face and hair.")
        return {"labels": clusters}


def find_clusters(painting: np.ndarray) -> Parts:
    """The parts of a painting (H,W,3) by colour and place."""
    found, label_set = cluster(painting, seed=0)
    return Parts(found.astype(np.uint8), label_set)


class ClustersBlock(Block):
    """painting -> labels without a network: parts by colour and place, whatever the picture shows."""

    stage, name = "segment", "clusters"
    inputs = (_PAINTING,)
    outputs = (Port("labels", "labels", unnamed=True),)

    def __call__(self, *, painting: np.ndarray) -> dict[str, Any]:
        return {"labels": find_clusters(painting)}


class PlanBlock(Block):
    """painting, labels, request -> the plan, its steps (after the first frame, and all), the canvas, the beginning."""

    inputs = (Port("request", "request"), _PAINTING, Port("labels", "labels", unnamed=True))

    def __init__(self, degree_mode: DegreeMode = "progress", degree_rows: np.ndarray | None = None) -> None:
        self.degree_mode, self.degree_rows = degree_mode, degree_rows
        self.outputs = (
            Port("plan", "plan"),
            Port("degrees", SERIES + "degrees", degree_mode=degree_mode),
            Port("all_degrees", SERIES + "degrees", degree_mode=degree_mode),
            Port("beginning", "beginning"),
            Port("canvas", "picture", 3, _UNIT),
        )

    def __call__(self, *, request: RunRequest, painting: np.ndarray, labels: Parts) -> dict[str, Any]:
        if isinstance(request.plan, Plan):
            plan = request.plan
            if plan.n_frames != request.n_frames or plan.part_names != labels.label_set.names:
                raise UserError(
                    "The plan does not fit this run.",
                    f"It has {plan.n_frames} frames and the parts {', '.join(plan.part_names)}.",
                    f"This run has {request.n_frames} frames and {', '.join(labels.label_set.names)}.",
                )
        else:
            plan = make_plan(
                request.plan, painting, labels.labels, labels.label_set, request.n_frames, request.seed,
                habit=request.habit, degree_rows=self.degree_rows, steering=request.steering,
                canvas=request.canvas, notes=request.notes,
            )  # fmt: skip
        if self.degree_mode != "progress":
            # Plans count degrees as progress. The same steps are asked for in the numbers that this model learned.
            ground = np.array(plan.ground, np.float32)
            begun = request.canvas if plan.start == FROM_CANVAS else None
            scene = make_context(painting, labels.labels, labels.label_set, ground, begun)
            degrees = expected_degrees(scene, plan.start, plan.passes, plan.slices, self.degree_mode, plan.told)
            plan = replace(plan, degrees=degrees)
        bare = np.broadcast_to(np.array(CANVAS, np.float32), painting.shape)
        return {
            "plan": plan,
            "degrees": PlanSteps(plan, 2),
            "all_degrees": PlanSteps(plan, request.first),
            "beginning": Beginning(plan.start, plan.ground, plan.step(1)),
            "canvas": next((c for c in (request.now, request.canvas) if c is not None), bare),
        }


class ProvidedFirstFrame(Block):
    """The first frame that a person gave, in place of the firstframe stage."""

    inputs = (Port("labels", "labels", unnamed=True),)
    outputs = (Port("x_1", "picture", 3, _UNIT),)

    def __init__(self, picture: Picture) -> None:
        self.picture = picture

    def __call__(self, *, labels: Parts) -> dict[str, Any]:
        if self.picture.rgb.shape[:2] != labels.labels.shape:
            height, width = labels.labels.shape
            raise UserError(
                f"{self.picture.name} cannot be the first frame.",
                f"It is {self.picture.width}x{self.picture.height} pixels, the painting is {width}x{height}.",
                "Give a picture of exactly the painting's size.",
            )
        # On the grid of 8-bit values, as frame 1 is written: from there it can be painted again.
        return {"x_1": quantise(self.picture.rgb).astype(np.float32) / 255}
