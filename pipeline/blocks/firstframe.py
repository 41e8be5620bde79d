"""The firstframe stage as a block: the model scores at its own small size, the picture is mixed at full size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ...modules.imaging.push_pull import enlarge_by_part
from ...modules.imaging.resize import crop_resize, fit_size, resize_labels
from ..graph.graph import Block, Port
from ..values import Beginning, Parts

if TYPE_CHECKING:
    from ...modules.firstframe.first_step import FirstStepMasks
    from ...modules.firstframe.inference import FirstFrameInputs
    from ...modules.firstframe.model import FirstFrameModel

ROWS = 256  # of the picture mixed at a time: memory grows with one frame, not with the candidates


class FirstFrameBlock(Block):
    """labels -> x_1 by a firstframe model; where the graph feeds them, knowing the painting's palette (tones of each
    part, never its pixels), the start and what the plan's first step paints."""

    def __init__(self, model: FirstFrameModel, device: torch.device | str) -> None:
        self.model = model.to(device).eval()
        picture: dict[str, Any] = {"kind": "picture", "channels": 3, "range": (0.0, 1.0)}
        self.inputs = (
            Port("labels", "labels", label_set=model.config.label_hash, unnamed=True),
            Port("palette", **picture, optional=True),
            Port("beginning", "beginning", optional=True),
        )
        self.outputs = (Port("x_1", **picture),)

    def __call__(
        self, *, labels: Parts, palette: np.ndarray | None = None, beginning: Beginning | None = None
    ) -> dict[str, Any]:
        from ...modules.firstframe.first_step import FirstStepMasks
        from ...modules.firstframe.inference import FirstFrameInputs, build_condition, paint_first_frame
        from ...modules.firstframe.palette import Palette

        told: dict[str, Any] = {}
        if palette is not None:
            told["palette"] = Palette.of(palette, labels.labels, labels.label_set)
        if beginning is not None:
            told |= {"start": beginning.start, "ground": beginning.ground, "step": beginning.step}
        begun = FirstFrameInputs(**told)
        small = resize_labels(labels.labels, fit_size(labels.labels.shape, self.model.config.size))
        if small.shape == labels.labels.shape or self.model.config.variant == "paper":
            painted = paint_first_frame(self.model, small, labels.label_set, begun)
            return {"x_1": enlarge_by_part(painted, small, labels.labels)}
        with torch.inference_mode():
            scores, free = self.model.scores(build_condition(self.model, small, labels.label_set, begun))
        scores = scores / self.model.config.temperature
        planes = [np.ascontiguousarray(t[0].float().permute(1, 2, 0).cpu().numpy()) for t in (scores, free)]
        opening = FirstStepMasks.of(labels.labels, labels.label_set, begun.step)
        return {"x_1": _mixed(planes[0], planes[1], opening, begun)}


def _mixed(scores: np.ndarray, free: np.ndarray, opening: FirstStepMasks, begun: FirstFrameInputs) -> np.ndarray:
    """The picture (H,W,3) that scores (h,w,C) and free colour (h,w,3) make at the size of an opening.

    Scores are enlarged rather than what they mix, so that shapes stay crisp; outlines are those of the full label map.
    """
    from ...modules.firstframe.palette import TONES, UNKNOWN

    height, width = opening.laid.shape
    ground = np.full(3, UNKNOWN, np.float32) if begun.ground is None else np.asarray(begun.ground, np.float32)
    result = np.empty((height, width, 3), np.float32)
    for top in range(0, height, ROWS):
        box = (top, min(height, top + ROWS), 0, width)
        wide = np.dstack([crop_resize(scores[..., i], opening.laid.shape, box) for i in range(scores.shape[2])])
        shares = np.exp(wide - wide.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        laid = opening.laid[top : box[1]]
        picture = shares[..., :1] * ground + shares[..., -1:] * crop_resize(free, opening.laid.shape, box)
        for tone in range(TONES):
            colours = np.full(3, UNKNOWN, np.float32) if begun.palette is None else begun.palette.tones[:, tone][laid]
            picture += shares[..., 1 + tone : 2 + tone] * colours
        result[top : box[1]] = picture
    return np.clip(result, 0, 1, out=result)
