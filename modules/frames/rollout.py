"""The learned hand at one painting: what a simulated artist's hand is in data/simulate, with a network in it."""

from __future__ import annotations

import hashlib

import numpy as np
import torch

from ..finish import finish_states, fit, resize, resize_labels
from ..labels import LabelSet
from ..layers import pad_to_multiple
from .conditions import image_tensor, label_tensors, step_condition
from .model import FramesModel
from .prediction import FramePrediction, stroke


def generator(seed: int, key: bytes, frame: int) -> torch.Generator:
    """Random numbers of one frame: they depend on (seed, painting, frame) alone."""
    digest = hashlib.sha256(f"{seed}/{frame}/".encode() + key).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)


class LearnedHand:
    """A frames model at one painting.

    The painting is scaled to the model's size (longest side) once; `predict` gives stroke and weight at that size,
    `paint` the next canvas when the canvas has that size, too. Full-size pictures are composed by the pipeline.

    Attributes:
        size: (width, height) that predictions have.
        states: (M,H,W,3) states of finish at the painting's own size.
    """

    def __init__(
        self,
        model: FramesModel,
        painting: np.ndarray,
        labels: np.ndarray,
        label_set: LabelSet,
        ground: np.ndarray | tuple[float, float, float],
        seed: int,
        key: bytes = b"",
    ) -> None:
        """painting (H,W,3) float32 in [0,1], labels (H,W); `key` names the painting (its hash) for the noise."""
        self.model, self.seed, self.key = model, seed, key
        self.device = next(model.parameters()).device
        self.size = fit(painting.shape, model.config.size)
        self.states = finish_states(painting, labels, label_set, ground)
        small = resize(painting, self.size).reshape(self.size[1], self.size[0], 3)
        states = [resize(s, self.size).reshape(self.size[1], self.size[0], 3) for s in self.states]
        multiple = model.config.multiple
        index, classes, edges = label_tensors(resize_labels(labels, self.size), label_set, model.config)
        # The border is repeated to reach the multiple: a padding with a label of its own would have an outline.
        self.index = pad_to_multiple(index[:, None].float(), multiple)[:, 0].long()
        classes, edges = pad_to_multiple(classes, multiple), pad_to_multiple(edges, multiple)
        stack = torch.cat([image_tensor(s) for s in states])
        with torch.no_grad():
            self.prepared = model.prepare(
                pad_to_multiple(image_tensor(small), multiple).to(self.device),
                classes.to(self.device),
                edges.to(self.device),
                pad_to_multiple(stack, multiple)[None].to(self.device),
            )

    def predict(
        self, canvas: np.ndarray, degrees: np.ndarray, field: np.ndarray, finish: np.ndarray, frame: int
    ) -> FramePrediction:
        """Stroke and weight of the step that makes `frame`, (1,C,h,w) at `size`; canvas (H,W,3) of any size."""
        config = self.model.config
        small = resize(canvas, self.size).reshape(self.size[1], self.size[0], 3)
        x = pad_to_multiple(image_tensor(small), config.multiple)
        ask = step_condition(degrees, field, finish, self.index, config)
        # Frame 0 is the style's: it holds for the whole process.
        style, local = (generator(self.seed, self.key, n) for n in (0, frame))
        z = self.model.draw_z(x.shape[-2], x.shape[-1], style, local)
        to = [t.to(self.device) for t in (x, ask.degree_map, ask.field, ask.finish, z)]
        with torch.no_grad():
            full = self.model.predict(self.prepared, *to)
        width, height = self.size

        def cut(t: torch.Tensor | None) -> torch.Tensor | None:
            return None if t is None else t[..., :height, :width].float().cpu()

        mix, free, weight = cut(full.mix), cut(full.free), cut(full.weight)
        assert free is not None and weight is not None
        return FramePrediction(mix, free, weight, cut(full.mix_logits), cut(full.weight_logits))

    def paint(
        self, canvas: np.ndarray, degrees: np.ndarray, field: np.ndarray, finish: np.ndarray, frame: int
    ) -> np.ndarray:
        """The next canvas (h,w,3) of a canvas that has the model's size."""
        prediction = self.predict(canvas, degrees, field, finish, frame)
        width, height = self.size
        states = None
        if self.prepared.states is not None:
            states = self.prepared.states[..., :height, :width].cpu()
        colour = stroke(prediction, states)[0].permute(1, 2, 0).numpy()
        weight = prediction.weight[0, 0, :, :, None].numpy()
        painted: np.ndarray = weight * colour + (1 - weight) * canvas
        return painted.astype(np.float32)
