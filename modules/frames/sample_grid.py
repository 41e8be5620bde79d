"""Sample grids: the model's rollout beside the true process, for people to look at while training runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..plans.plan import PlanStep
from .inference import set_painting
from .torch_network import TorchFramesNetwork

if TYPE_CHECKING:
    from .dataset import SequenceDataset
    from .model import FramesModel

PROCESSES, COLUMNS = 3, 8


def draw_sample_grid(model: FramesModel, dataset: SequenceDataset, seed: int) -> np.ndarray | None:
    """Draw the true frames of a few processes above the model's own rollout from frame 1, (H,W,3) uint8 RGB."""
    rng = np.random.default_rng(seed)
    rows = []
    for index in rng.permutation(len(dataset))[:PROCESSES]:
        process = dataset.processes[int(index)]
        plan = process.plan
        if plan is None:
            continue
        painting = process.painting().astype(np.float32) / 255
        count = len(process.frame_paths)
        columns = np.linspace(1, count - 1, COLUMNS).astype(int).tolist()
        ground = np.asarray(process.info["ground"], np.float32)
        predictor = set_painting(TorchFramesNetwork(model), painting, process.labels(), process.label_set, ground)
        canvas, own = process.frame(1).astype(np.float32) / 255, []
        for index in range(1, count):
            if index > 1:
                field, finish = plan["field"][index - 1].astype(np.float32) / 255, plan["finish"][index - 1]
                step = PlanStep(index, plan["degrees"][index - 1], field, finish, ())
                canvas, _ = predictor.paint_step(canvas, step, 1000 * seed, 1000 * seed + index)
            if index in columns:
                own.append(canvas)
        true = [process.frame(index).astype(np.float32) / 255 for index in columns]
        rows += [np.concatenate(true, axis=1), np.concatenate(own, axis=1)]
    if not rows:
        return None
    width = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0)), constant_values=0.5) for row in rows]
    return np.round(np.concatenate(rows) * 255).astype(np.uint8)
