"""The learned hand at one painting: what a simulated artist's hand is in data/simulate, with a network in it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import cv2
import numpy as np
import torch
from torch import Tensor

from ..degree import DegreeMode, evenly
from ..finish_levels import depth_order, finish_states
from ..imaging.edge_fringes import remove_fringes
from ..imaging.letterbox import Letterbox
from ..imaging.resize import resize, resize_labels
from ..io.errors import PPPError
from ..labels import LabelSet
from ..plans.plan import UNSPECIFIED, PlanStep
from .conditioning import image_tensor, label_tensors, step_condition
from .decoder import smooth_logits, weight_of_logits
from .degree_control import calibrate_logits
from .model import FramesModel
from .prediction import FramePrediction, Masks, colours

NEAR = 0.008  # of the longest side: half a stroke


class FramesPredictor:
    """A frames model at one painting.

    The model sees everything on its own canvas, whatever the picture's size: what it answers are masks at that size.
    Full-size pictures are composed by the pipeline.

    Attributes:
        canvas: how the picture lies on the model's canvas.
        small, labels: (h,w,3) the painting and (h,w) its parts at the model's size, without padding.
        states: (M,h,w,3) its states of finish at that size; None for a model that mixes none.
    """

    def __init__(
        self,
        model: FramesModel,
        painting: np.ndarray,
        labels: np.ndarray,
        label_set: LabelSet,
        ground: np.ndarray | tuple[float, float, float],
    ) -> None:
        """painting (H,W,3) float32 in [0,1], labels (H,W) indices into `label_set`, ground RGB in [0,1]."""
        self.model, self.device = model, next(model.parameters()).device
        config = model.config
        self.canvas = canvas = Letterbox.of(painting.shape, config.size, config.multiple)
        self.small = resize(painting, canvas.size).reshape(canvas.size[1], canvas.size[0], 3)
        self.labels, self.rank = resize_labels(labels, canvas.size), depth_order(label_set)
        self.states = finish_states(self.small, self.labels, label_set, ground) if config.n_states else None
        self.index, classes, edges = label_tensors(canvas.down_labels(labels), label_set, config)
        with torch.inference_mode():
            self.prepared = model.prepare(
                self._image(painting), classes.to(self.device), edges.to(self.device), self._states()
            )

    def _image(self, image: np.ndarray) -> Tensor:
        return image_tensor(self.canvas.down(image)).to(self.device)

    def _states(self) -> Tensor:
        """(1,M,3,H,W) on the model's canvas; no states at all for a model without."""
        if self.states is None:
            return torch.zeros((1, 0, 3, self.canvas.padded[1], self.canvas.padded[0]), device=self.device)
        return torch.cat([self._image(state) for state in self.states])[None]

    def predict(self, image: np.ndarray, step: PlanStep, style: torch.Generator, local: torch.Generator) -> Masks:
        """What the hand does to a canvas (H,W,3) of any size in one step; `style` and `local` draw z.

        Raises:
            PPPError: the network gave no numbers.
        """
        step = step if self.model.config.field else self._by_part(step)
        ask = step_condition(step.degrees, self._fit(step), self.index, self.model.config)
        z = self.model.draw_z(self.canvas.padded[1], self.canvas.padded[0], style, local)
        with torch.inference_mode():
            to = [t.to(self.device) for t in (ask.degree_map, ask.field, ask.finish, z)]
            prediction = self.model.predict(self.prepared, self._image(image), *to)
            masks = self._masks(prediction)
            allowed = np.ones_like(masks.weight)
            if masks.mix is not None:
                mix, allowed = remove_fringes(masks.mix, masks.weight, self.labels, self.rank)
                masks = replace(masks, mix=mix, weight=masks.weight * allowed)
            if self.model.config.keep and prediction.weight_logits is not None:
                masks = self._kept(masks, prediction.weight_logits, allowed, resize(image, self.canvas.size), step)
        return masks

    def _kept(self, masks: Masks, logits: Tensor, allowed: np.ndarray, image: np.ndarray, step: PlanStep) -> Masks:
        """The masks with a weight at which every part reaches what was asked of it, as nearly as it can."""
        config, (width, height) = self.model.config, self.canvas.size
        steady = smooth_logits(logits)[0, 0, :height, :width].float().cpu()

        def weight_of(shift: np.ndarray) -> np.ndarray:
            found: np.ndarray = weight_of_logits(steady + torch.from_numpy(shift), config.decided).numpy() * allowed
            return found

        weight = calibrate_logits(
            weight_of, colours(masks, self.states), image.reshape(self.small.shape), self.small, self.labels,
            step.degrees, self._near(step.field), config.keep, cast(DegreeMode, config.degree_mode),
        )  # fmt: skip
        return replace(masks, weight=weight)

    def _by_part(self, step: PlanStep) -> PlanStep:
        """The step as a model knows it that is not told where inside a part to paint."""
        far = self.canvas.crop(self.canvas.fit_map(step.finish + np.uint8(1), nearest=True)) - np.uint8(1)
        where, far = evenly(step.degrees, far, self.labels, UNSPECIFIED)
        return replace(step, field=where, finish=far)

    def _near(self, field: np.ndarray) -> np.ndarray:
        """Where a hand may go on to paint (h,w) in [0,1]: the field and a stroke's width around it, at small size."""
        small = self.canvas.crop(self.canvas.fit_map(field))
        if not self.model.config.field:  # anywhere in the parts that are asked for
            return (small > 0).astype(np.float32)
        side = 2 * round(NEAR * max(small.shape)) + 1
        near = cv2.dilate(small, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        return cv2.blur(near, (side, side)).reshape(small.shape)

    def _fit(self, step: PlanStep) -> tuple[np.ndarray, np.ndarray]:
        """Field and finish of a step on the model's canvas; nothing is asked of the padding."""
        # Zero is what the padding gets, so the levels are counted from one on the way.
        far = self.canvas.fit_map(step.finish + np.uint8(1), nearest=True) - np.uint8(1)
        return self.canvas.fit_map(step.field), far

    def _masks(self, prediction: FramePrediction) -> Masks:
        """The prediction as numpy without its padding."""
        if not all(torch.isfinite(t).all() for t in (prediction.weight, prediction.free)):
            raise PPPError(
                "The frames stage gave values that are no numbers.",
                "Its weights are damaged, or their training diverged.",
                "Use other weights for this stage: --stage frames=FOLDER",
            )
        width, height = self.canvas.size

        def cut(tensor: Tensor) -> np.ndarray:
            return np.ascontiguousarray(tensor[0, :, :height, :width].float().cpu().numpy())

        mix = None if prediction.mix is None else cut(prediction.mix)
        free = np.ascontiguousarray(cut(prediction.free).transpose(1, 2, 0))
        return Masks(mix, free, cut(prediction.weight)[0], prediction.adds)
