"""The frames stage as a block: the model sees its own small canvas, Equation 2 is composed at full size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..modules.degree import degree_map
from ..modules.errors import PPPError
from ..modules.finish import finish_states, fit, resize, resize_labels
from ..modules.labels import PORTRAIT, label_edges
from ..modules.plans.plan import PlanStep
from .blocks import class_channels, to_image, to_tensor
from .composite import Composite, Masks, ModelCanvas
from .frames_step import FramesStep
from .graph import StepFunction
from .values import Beginning, Noise, Parts, Steps

if TYPE_CHECKING:
    from ..modules.frames.model import FramesModel
    from ..modules.frames.prediction import FramePrediction

STATES_SIZE = 512  # longest side of the states that are mixed at full size; only the painting itself has finer detail
WHITE = (1.0, 1.0, 1.0)


class FramesBlock(FramesStep):
    """(x_T, x_t, labels, degrees, z) -> x_next by a frames model. The canvas is carried at full size."""

    name = "frames"

    def __init__(self, model: FramesModel, device: torch.device | str) -> None:
        self.model, self.device = model.to(device).eval(), device
        self.degree_mode = model.config.degree_mode
        known = PORTRAIT.hash if model.config.n_classes == len(PORTRAIT) else None
        more: dict[str, dict[str, Any]] = {"degrees": {"degree_mode": self.degree_mode}, "labels": {"label_set": known}}
        self.inputs = tuple(replace(port, **more.get(port.name, {})) for port in FramesStep.inputs)

    def begin(
        self, *, x_T: np.ndarray, labels: Parts, degrees: Steps, z: Noise, beginning: Beginning | None = None
    ) -> StepFunction:
        """What holds for the whole run: states of finish, and the model's features of the painting."""
        config = self.model.config
        canvas = ModelCanvas.of(x_T.shape, config.size, config.multiple)
        small, small_labels = resize(x_T, canvas.size).reshape(canvas.size[1], canvas.size[0], 3), None
        small_labels = resize_labels(labels.labels, canvas.size)
        ground = beginning.ground if beginning else WHITE
        states, mixed = None, None
        if config.n_states:
            states = finish_states(small, small_labels, labels.label_set, ground)
            mixed = states if not canvas.scaled else self._states(x_T, labels, ground)
        composite = Composite(x_T, small, mixed)
        index = torch.from_numpy(canvas.down_labels(labels.labels).astype(np.int64))[None].to(self.device)
        with torch.inference_mode():
            prepared = self.model.prepare(
                to_tensor(canvas.down(x_T), self.device),
                class_channels(index, labels.label_set, config.n_classes),
                label_edges(index),
                self._state_tensor(states, canvas),
            )

        def step(*, x_t: np.ndarray, degrees: PlanStep) -> dict[str, Any]:
            with torch.inference_mode():
                prediction = self.model.predict(
                    prepared,
                    to_tensor(canvas.down(x_t), self.device),
                    self._degree_map(degrees, index),
                    to_tensor(canvas.fit_map(degrees.field), self.device),
                    self._finish(degrees, canvas),
                    self._z(z, degrees.index, canvas),
                )
            return {"x_next": composite(x_t, self._masks(prediction, canvas))}

        return step

    def _states(self, painting: np.ndarray, labels: Parts, ground: tuple[float, float, float]) -> np.ndarray:
        size = fit(painting.shape, STATES_SIZE)
        copy = resize(painting, size).reshape(size[1], size[0], 3)
        return finish_states(copy, resize_labels(labels.labels, size), labels.label_set, ground)

    def _state_tensor(self, states: np.ndarray | None, canvas: ModelCanvas) -> torch.Tensor:
        """(M,h,w,3) -> (1,M,3,H,W) on the model's canvas; no states at all for a model without."""
        if states is None:
            return torch.zeros((1, 0, 3, canvas.padded[1], canvas.padded[0]), device=self.device)
        return torch.cat([to_tensor(canvas.down(state), self.device) for state in states])[None]

    def _degree_map(self, step: PlanStep, index: torch.Tensor) -> torch.Tensor:
        config = self.model.config
        degrees = torch.from_numpy(np.asarray(step.degrees, np.float32))[None].to(self.device)
        return degree_map(degrees, index, config.granularity, config.hard_bins)

    def _finish(self, step: PlanStep, canvas: ModelCanvas) -> torch.Tensor:
        """How far the plan wants each place, (1,M,H,W): one of M, all zero where it says nothing."""
        n = self.model.config.n_states
        # Zero is what the padding gets, so the levels are counted from one until they are spread over channels.
        levels = np.where(step.finish < n, step.finish.astype(np.int16) + 1, 0).astype(np.uint8)
        wide = canvas.fit_map(levels, nearest=True)
        one_hot = np.arange(1, n + 1, dtype=np.uint8)[:, None, None] == wide
        return torch.from_numpy(one_hot.astype(np.float32))[None].to(self.device)

    def _z(self, noise: Noise, frame: int, canvas: ModelCanvas) -> torch.Tensor:
        # The paper draws all of z anew for every frame; ours keeps an artist's style for the whole process.
        style = noise.generator(frame if self.model.config.variant == "paper" else 0)
        local = noise.generator(frame)
        return self.model.draw_z(canvas.padded[1], canvas.padded[0], style, local).to(self.device)

    def _masks(self, prediction: FramePrediction, canvas: ModelCanvas) -> Masks:
        """The prediction as numpy without its padding. PPPError when the network gave no numbers."""
        if not all(torch.isfinite(t).all() for t in (prediction.weight, prediction.free)):
            raise PPPError(
                "The frames stage gave values that are no numbers.",
                "Its weights are damaged, or their training diverged.",
                "Use other weights for this stage: --stage frames=FOLDER",
            )
        mix = None
        if prediction.mix is not None:
            mix = np.ascontiguousarray(canvas.crop(to_image(prediction.mix)).transpose(2, 0, 1))
        free = np.ascontiguousarray(canvas.crop(to_image(prediction.free)))
        return Masks(mix, free, np.ascontiguousarray(canvas.crop(to_image(prediction.weight))[..., 0]))
