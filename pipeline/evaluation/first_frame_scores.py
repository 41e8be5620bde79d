"""Evaluate the firstframe stage alone, against the simulated painter's own first frames.

Every labelled picture is started in all four ways (`STARTS`), by one artist each. The stage gets the inputs that the
pipeline would give it: labels, palette, ground, start and the plan's first step. Beside it stand baselines:

- `untrained`: the same network with fresh weights (torch seed 0);
- `ground`: the toned ground alone;
- `flat`: where the step paints, every part flat in its mean colour, parents under their children;
- `tones`: the same with the palette's tones, placed by how the light runs over each part.
"""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.data.pictures import PictureFile, pick_evenly
from ...modules.finish_levels import part_colours
from ...modules.imaging.resize import fit_size
from ...modules.io.errors import UserError
from ...modules.labels import PORTRAIT
from ..blocks.firstframe import FirstFrameBlock
from ..graph import Block
from ..images import read_picture
from ..pipeline import Pipeline
from ..port_values import Beginning, Parts
from .cases import picture_group
from .contact_sheets import THUMB, write_contact_sheets, write_row
from .metrics import find_perceptual_metric
from .report import markdown_table, write_text
from .systems import MODEL, UNTRAINED
from .tables import Results

SYSTEMS = (MODEL, UNTRAINED, "ground", "flat", "tones")
DISTANCES = ("L1", "perceptual")


@dataclass(frozen=True)
class FirstFrameSettings:
    """Settings of an evaluation of the firstframe stage."""

    weights: str  # the pipeline, as `Pipeline.from_pretrained` takes it
    stages: tuple[tuple[str, str], ...]  # (stage, source) in place of its own
    size: int  # longest side of the pictures in pixels
    device: str
    perceptual: str  # network of the perceptual distance, or none
    thumbs: Path  # where the film strips of the contact sheets go


@dataclass(frozen=True)
class FirstFrameCase:
    """One picture to start, with its label map."""

    name: str
    image: Path
    labels: Path
    kind: str
    settings: FirstFrameSettings


def labelled_cases(pictures: Sequence[PictureFile], limit: int, settings: FirstFrameSettings) -> list[FirstFrameCase]:
    """Make the cases of the pictures with a label map, at most `limit`, spread evenly; 0 for all.

    UserError when there are none, or the stage does not load.
    """
    cases = [
        FirstFrameCase(p.name, p.image, labels, p.kind, settings)
        for p in pictures
        if (labels := p.portrait_labels) is not None
    ]
    if not cases:
        raise UserError(
            "No first frame can be scored.",
            "None of the pictures has a label map, and the true first frame is made from it.",
            "Give a folder with label maps, or --shared-data.",
        )
    _blocks(settings)
    return pick_evenly(cases, limit)


@lru_cache(maxsize=2)
def _blocks(settings: FirstFrameSettings) -> dict[str, Block]:
    """Load the stage and its untrained counterpart once a process."""
    import torch

    from ...modules.firstframe.torch_network import TorchFirstFrameNetwork

    pipeline = Pipeline.from_pretrained(
        settings.weights, device=settings.device, runtime="torch", **dict(settings.stages)
    )
    stage = pipeline.stage("firstframe")
    assert isinstance(stage.block, Block)
    found = {MODEL: stage.block}
    if stage.model is not None:
        torch.manual_seed(0)
        untrained = type(stage.model)(stage.model.config)
        found[UNTRAINED] = FirstFrameBlock(TorchFirstFrameNetwork(untrained.to(settings.device).eval()))
    return found


def evaluate_first_frames(case: FirstFrameCase) -> dict[str, Any]:
    """Score one picture and write its film strip: {name, kind, group, starts: {start: {system: distances}}}."""
    from ...modules.firstframe.targets import artist_seed, make_target
    from ...modules.plans.spec import STARTS

    settings = case.settings
    full = read_picture(case.image)
    truth = PORTRAIT.load_png(case.labels, (full.width, full.height))
    size = fit_size(full.rgb.shape, settings.size)
    painting = cv2.resize(full.rgb, size, interpolation=cv2.INTER_AREA)
    parts = Parts(cv2.resize(truth, size, interpolation=cv2.INTER_NEAREST_EXACT), PORTRAIT)
    scores: dict[str, Any] = {}
    cells = [painting]
    for start in STARTS:
        target = make_target(painting, parts.labels, PORTRAIT, start, artist_seed(case.name, start, 0))
        true = target.frame.astype(np.float32) / 255
        ground = (float(target.ground[0]), float(target.ground[1]), float(target.ground[2]))
        beginning = Beginning(start, ground, target.step)
        inputs = {"labels": parts, "palette": painting, "beginning": beginning}
        frames = {
            name: block(**{port.name: inputs[port.name] for port in block.inputs if port.name in inputs})["x_1"]
            for name, block in _blocks(settings).items()
        }
        frames |= _baselines(painting, parts, beginning)
        scores[start] = {name: _distances(frame, true, settings.perceptual) for name, frame in frames.items()}
        if start != "toned":
            cells += [true, frames[MODEL]]
    _write_strip(settings.thumbs / f"{case.name}.png", cells)
    return {"name": case.name, "kind": case.kind, "group": picture_group(case.kind), "starts": scores}


def _baselines(painting: np.ndarray, parts: Parts, beginning: Beginning) -> dict[str, np.ndarray]:
    """First frames that need no training."""
    from ...modules.firstframe.first_step import FirstStepMasks
    from ...modules.firstframe.palette import TONES, Palette

    count = len(parts.label_set)
    masks = FirstStepMasks.of(parts.labels, parts.label_set, beginning.step)
    ground = np.broadcast_to(np.array(beginning.ground, np.float32), painting.shape)
    palette = Palette.of(painting, parts.labels, parts.label_set)
    tone = np.clip(np.round(palette.light(masks.laid) * (TONES - 1)), 0, TONES - 1).astype(int)
    painted = masks.where[..., :1] > 0.5
    return {
        "ground": ground,
        "flat": np.where(painted, part_colours(painting, parts.labels, count)[masks.laid], ground),
        "tones": np.where(painted, palette.tones[masks.laid, tone], ground),
    }


def _distances(frame: np.ndarray, true: np.ndarray, perceptual: str) -> dict[str, float]:
    metric, _ = find_perceptual_metric(perceptual)
    found = {"L1": float(np.abs(frame - true).mean())}
    if metric is not None:
        found["perceptual"] = float(metric(frame[None].astype(np.float32), true[None])[0])
    return found


def _write_strip(path: Path, cells: list[np.ndarray]) -> None:
    size = fit_size(cells[0].shape, THUMB)
    small = [cv2.resize(cell.astype(np.float32), size, interpolation=cv2.INTER_AREA) for cell in cells]
    write_row(path, [np.pad(cell, ((0, 0), (0, 3), (0, 0)), constant_values=1) for cell in small])


def average(results: Results) -> dict[str, Any]:
    """Average over pictures: group -> start -> system -> distance, and how many pictures a group has."""
    found: dict[str, Any] = {}
    for group in sorted({result["group"] for result in results}):
        members = [result["starts"] for result in results if result["group"] == group]
        found[group] = {
            start: {
                system: {name: float(np.mean([m[start][system][name] for m in members])) for name in distances}
                for system, distances in systems.items()
            }
            for start, systems in members[0].items()
        }
        found[group]["pictures"] = len(members)
    return found


def tables(results: Results) -> dict[str, list[list[str]]]:
    """Format tables by title, head first: one for each group and distance."""
    found = {}
    for group, starts in average(results).items():
        count = starts.pop("pictures")
        first = next(iter(starts.values()))
        systems = [name for name in SYSTEMS if name in first]
        for distance in DISTANCES:
            if distance in first[systems[0]]:
                rows = [[start, *(f"{starts[start][name][distance]:.3f}" for name in systems)] for start in starts]
                found[f"{group}: {count}, {distance} to the true first frame"] = [["start", *systems], *rows]
    return found


def write_first_frames(
    out: Path, results: Results, settings: FirstFrameSettings, command: str, seconds: float, markdown: Path | None
) -> dict[str, Any]:
    """Write first-frames.md (also to `markdown`), first-frames.json and contact sheets; returns the summary."""
    facts = [
        f"Made by `{command}`.",
        f"{len(results)} labelled pictures, longest side {settings.size} px, one artist each; means over pictures.",
        "ground: the toned ground alone; flat: every part the step paints in its mean colour, parents under children; "
        "tones: the palette's tones by the run of the light, no network.",
        f"Perceptual distance: {settings.perceptual}. {seconds / 60:.0f} minutes on "
        f"{platform.machine()}, device {settings.device}.",
    ]
    summary = average(results)
    numbers = {"facts": facts, "summary": summary, "pictures": results}
    write_text(out / "first-frames.json", json.dumps(numbers, indent=1))
    lines = [f"# First frames of the weights {settings.weights!r}", "", *(f"- {fact}" for fact in facts)]
    for heading, rows in tables(results).items():
        lines += ["", f"## {heading.capitalize()}", "", *markdown_table(rows)]
    for page in filter(None, (out / "first-frames.md", markdown)):
        write_text(page, "\n".join(lines) + "\n")
    for group in summary:
        strips = [(r["name"], settings.thumbs / f"{r['name']}.png") for r in results if r["group"] == group]
        write_contact_sheets(out / f"first-frames-{group}", strips)
    return summary
