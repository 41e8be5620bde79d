"""Sample sheets: the learned hand beside the true one, for people to look at while training runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from ..plans.plan import PlanStep
from .inference import FramesPredictor
from .prediction import compose

if TYPE_CHECKING:
    from .dataset import SequenceDataset
    from .model import FramesModel

SHOWN, STATES = 3, 8


def draw_sample_grid(path: Path, model: FramesModel, samples: SequenceDataset, seed: int) -> None:
    """A PNG: for a few processes the true frames above, the model's own rollout from frame 1 below."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in rng.permutation(len(samples))[:SHOWN]:
        process = samples.processes[int(index)]
        plan = process.plan
        if plan is None:
            continue
        painting = process.painting().astype(np.float32) / 255
        count = len(process.frame_paths)
        shown = np.linspace(1, count - 1, STATES).astype(int).tolist()
        ground = np.asarray(process.info["ground"], np.float32)
        hand = FramesPredictor(model, painting, process.labels(), process.label_set, ground)
        canvas, own = process.frame(1).astype(np.float32) / 255, []
        for step in range(1, count):
            if step > 1:
                where, far = plan["field"][step - 1].astype(np.float32) / 255, plan["finish"][step - 1]
                now = PlanStep(step, plan["degrees"][step - 1], where, far, ())
                style, local = (torch.Generator().manual_seed(1000 * seed + n) for n in (0, step))
                canvas = compose(hand.predict(canvas, now, style, local), hand.states, canvas)
            if step in shown:
                own.append(canvas)
        true = [process.frame(step).astype(np.float32) / 255 for step in shown]
        rows += [np.concatenate(true, axis=1), np.concatenate(own, axis=1)]
    if not rows:
        return
    width = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0)), constant_values=0.5) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.round(np.concatenate(rows) * 255).astype(np.uint8)
    cv2.imencode(".png", np.ascontiguousarray(image[:, :, ::-1]))[1].tofile(path)
