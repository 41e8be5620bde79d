"""How near a firstframe stage comes to the simulated artist's own: the work of `ppp evaluate --first-frame`.

Every labelled picture is begun in all four ways (`STARTS`), by one artist each. The stage is told what the pipeline
would tell it: labels, palette, ground, start and the plan's first step. Beside it stand what needs no training:

- `untrained`: the same network with fresh weights (torch seed 0);
- `ground`: the toned ground alone;
- `flat`: where the step paints, every part flat in its mean colour, parents under their children;
- `tones`: the same with the palette's tones, placed by how the light runs over each part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...modules.finish_levels import part_colours
from ...modules.imaging.resize import fit_size
from ...modules.labels import PORTRAIT
from ..blocks.firstframe import FirstFrameBlock
from ..graph.graph import Block
from ..images import read_picture
from ..pipeline import Pipeline
from ..values import Beginning, Parts
from .filmstrip import THUMB
from .report import as_table

SYSTEMS = ("model", "untrained", "ground", "flat", "tones")
FIGURES = ("L1", "perceptual")


@dataclass(frozen=True)
class FirstFrameSettings:
    """weights: the pipeline; stages: stage -> source in place of its own; size: longest side of the pictures;
    perceptual: squeezenet, vgg16 or none; thumbs: where the strips of the contact sheets go."""

    weights: str
    stages: tuple[tuple[str, str], ...]
    size: int
    device: str
    perceptual: str
    thumbs: Path


@dataclass(frozen=True)
class FirstFrameCase:
    """One picture to begin, with its label map."""

    name: str
    image: Path
    labels: Path
    kind: str
    settings: FirstFrameSettings


@lru_cache(maxsize=2)
def _blocks(settings: FirstFrameSettings) -> dict[str, Block]:
    import torch

    pipeline = Pipeline.from_pretrained(settings.weights, device=settings.device, **dict(settings.stages))
    stage = pipeline.stage("firstframe")
    assert isinstance(stage.block, Block)
    found = {"model": stage.block}
    if stage.model is not None:
        torch.manual_seed(0)
        found["untrained"] = FirstFrameBlock(type(stage.model)(stage.model.config), settings.device)
    return found


@lru_cache(maxsize=2)
def _ruler(kind: str) -> Any:
    from ...modules.perceptual import PerceptualLoss

    return None if kind == "none" else PerceptualLoss(kind)


def check(settings: FirstFrameSettings) -> None:
    """UserError when the stage, or the perceptual distance's network, does not load."""
    _blocks(settings)
    _ruler(settings.perceptual)


def score_picture(sitting: FirstFrameCase) -> dict[str, Any]:
    """{name, kind, group, starts: {start: {system: {L1[, perceptual]}}}}; writes the picture's strip."""
    from ...modules.firstframe.model import STARTS
    from ...modules.firstframe.targets import artist_seed, make_target

    settings = sitting.settings
    full = read_picture(sitting.image)
    truth = PORTRAIT.load_png(sitting.labels, (full.width, full.height))
    size = fit_size(full.rgb.shape, settings.size)
    painting = cv2.resize(full.rgb, size, interpolation=cv2.INTER_AREA)
    parts = Parts(cv2.resize(truth, size, interpolation=cv2.INTER_NEAREST_EXACT), PORTRAIT)
    scores: dict[str, Any] = {}
    cells = [painting]
    for start in STARTS:
        target = make_target(painting, parts.labels, PORTRAIT, start, artist_seed(sitting.name, start, 0))
        true = target.frame.astype(np.float32) / 255
        ground = (float(target.ground[0]), float(target.ground[1]), float(target.ground[2]))
        beginning = Beginning(start, ground, target.step)
        frames = {
            name: block(**_for(block, {"labels": parts, "palette": painting, "beginning": beginning}))["x_1"]
            for name, block in _blocks(settings).items()
        }
        frames |= _untaught(painting, parts, beginning)
        scores[start] = {name: _distance(frame, true, settings.perceptual) for name, frame in frames.items()}
        if start != "toned":
            cells += [true, frames["model"]]
    _strip(settings.thumbs / f"{sitting.name}.png", cells)
    group = "photos" if sitting.kind == "photo" else "paintings" if sitting.kind else "pictures"
    return {"name": sitting.name, "kind": sitting.kind, "group": group, "starts": scores}


def _for(block: Block, values: dict[str, Any]) -> dict[str, Any]:
    """What of these values the block has a port for."""
    return {port.name: values[port.name] for port in block.inputs if port.name in values}


def _untaught(painting: np.ndarray, parts: Parts, beginning: Beginning) -> dict[str, np.ndarray]:
    """First frames that need no training."""
    from ...modules.firstframe.first_step import FirstStepMasks
    from ...modules.firstframe.palette import TONES, Palette

    count = len(parts.label_set)
    opening = FirstStepMasks.of(parts.labels, parts.label_set, beginning.step)
    ground = np.broadcast_to(np.array(beginning.ground, np.float32), painting.shape)
    palette = Palette.of(painting, parts.labels, parts.label_set)
    tone = np.clip(np.round(palette.light(opening.laid) * (TONES - 1)), 0, TONES - 1).astype(int)
    painted = opening.where[..., :1] > 0.5
    return {
        "ground": ground,
        "flat": np.where(painted, part_colours(painting, parts.labels, count)[opening.laid], ground),
        "tones": np.where(painted, palette.tones[opening.laid, tone], ground),
    }


def _distance(frame: np.ndarray, true: np.ndarray, perceptual: str) -> dict[str, float]:
    import torch

    found = {"L1": float(np.abs(frame - true).mean())}
    if perceptual != "none":
        pair = [torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None].float() for x in (frame, true)]
        with torch.inference_mode():
            found["perceptual"] = float(_ruler(perceptual)(*pair))
    return found


def _strip(path: Path, cells: list[np.ndarray]) -> None:
    size = fit_size(cells[0].shape, THUMB)
    small = [cv2.resize(cell.astype(np.float32), size, interpolation=cv2.INTER_AREA) for cell in cells]
    strip = np.concatenate([np.pad(cell, ((0, 0), (0, 3), (0, 0)), constant_values=1) for cell in small], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", np.round(np.clip(strip[..., ::-1], 0, 1) * 255).astype(np.uint8))
    if not done:
        raise OSError(f"{path} could not be encoded")
    data.tofile(path)


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over pictures: group -> start -> system -> figure, and how many pictures a group has."""
    found: dict[str, Any] = {}
    for group in sorted({result["group"] for result in results}):
        members = [result["starts"] for result in results if result["group"] == group]
        found[group] = {
            start: {
                system: {figure: float(np.mean([m[start][system][figure] for m in members])) for figure in figures}
                for system, figures in systems.items()
            }
            for start, systems in members[0].items()
        }
        found[group]["pictures"] = len(members)
    return found


def tables(results: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """Title -> rows of a table, its head first: one for each group and figure."""
    found = {}
    for group, starts in summary(results).items():
        count = starts.pop("pictures")
        systems = [name for name in SYSTEMS if name in next(iter(starts.values()))]
        for figure in FIGURES:
            if figure not in next(iter(starts.values()))[systems[0]]:
                continue
            rows = [[start, *(f"{starts[start][name][figure]:.3f}" for name in systems)] for start in starts]
            found[f"{group}: {count}, {figure} to the true first frame"] = [["start", *systems], *rows]
    return found


def markdown(results: list[dict[str, Any]], title: str, facts: list[str]) -> str:
    """The report."""
    lines = [f"# {title}", "", *(f"- {fact}" for fact in facts)]
    for heading, rows in tables(results).items():
        lines += ["", f"## {heading.capitalize()}", "", *as_table(rows)]
    return "\n".join(lines) + "\n"
