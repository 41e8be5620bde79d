"""Inference of the frames stage: one step from canvas to next canvas, with any runtime behind it.

Every stage's inference.py follows this pattern. A `...Network` protocol is all it knows of the network: numpy in, numpy
out, `prepare` once per painting (its result is opaque here), `predict` once per step. torch_network.py implements it;
another runtime implements the same methods. What is not the network (sizes, plans, degree control, strokes, Equation 2)
stays here, as numpy.
"""

from dataclasses import replace
from typing import Any, NamedTuple, Protocol, cast

import cv2
import numpy as np

from ..brush.pass_layout import PassLayout
from ..brush.stroke import StrokeList
from ..degree import DegreeMode, average_over_parts
from ..finish_levels import finish_states
from ..imaging.letterbox import Letterbox
from ..imaging.resize import resize, resize_labels
from ..io.errors import PPPError
from ..labels import LabelSet
from ..plans.plan import UNSPECIFIED, PlanStep
from .composite import Composite
from .config import FramesConfig
from .degree_control import calibrate_weight
from .masks import Masks, stroke_colours
from .stroke_composite import StrokeComposite

HALF_STROKE = 0.008  # of the longest side


class StepRequest(NamedTuple):
    """What a plan requests of a step, on the model's canvas."""

    degrees: np.ndarray  # (K,) in [0,1]
    field: np.ndarray  # (h,w) in [0,1], where the step paints
    finish: np.ndarray  # (h,w) uint8 levels of finish, `UNSPECIFIED` where the plan leaves them open


class FramesNetwork(Protocol):
    """The frames network in some runtime. All maps have the size (h,w) of the model's padded canvas."""

    config: FramesConfig

    def prepare(
        self, painting: np.ndarray, labels: np.ndarray, classes: np.ndarray | None, states: np.ndarray | None
    ) -> Any:
        """Compute what depends on the painting alone.

        Args:
            painting: (h,w,3) float32 in [0,1].
            labels: (h,w) part indices.
            classes: (h,w) class of each pixel's part, or None when the parts are unnamed.
            states: (M,h,w,3) states of finish in [0,1], or None for a model that mixes none.
        """

    def draw_z(self, height: int, width: int, style_seed: int, local_seed: int) -> np.ndarray:
        """Draw z for a canvas of height x width: (Z,h/16,w/16), or (Z,1,1) where it is one vector.

        Equal seeds give equal numbers; `style_seed` draws what holds for a whole process, `local_seed` the rest.
        """

    def predict(self, prepared: Any, canvas: np.ndarray, request: StepRequest, z: np.ndarray) -> Masks:
        """Predict one step; prepared: of `prepare`, canvas (h,w,3) float32 in [0,1], z: of `draw_z`."""

    def opacity(self, logits: np.ndarray) -> np.ndarray:
        """Compute the weight in [0,1] of smoothed logits, any shape: the function behind `Masks.weight`."""


class FramesPredictor:
    """A frames network set on one painting: `paint_step` turns one canvas into the next.

    The network sees everything on a small canvas of its own, whatever the picture's size, and answers with masks.
    """

    def __init__(
        self,
        network: FramesNetwork,
        painting: np.ndarray,
        labels: np.ndarray,
        label_set: LabelSet,
        ground: np.ndarray | tuple[float, float, float],
        layout: PassLayout | None = None,
    ) -> None:
        """Prepare the network and all that depends on the painting alone.

        Args:
            painting: (H,W,3) float32 in [0,1].
            labels: (H,W) indices into `label_set`.
            ground: RGB in [0,1].
            layout: of the strokes that are laid; None composes the network's masks as they are.
        """
        self.network, self.config = network, network.config
        self.box = box = Letterbox.of(painting.shape, self.config.size, self.config.multiple)
        self.small = resize(painting, box.size).reshape(box.size[1], box.size[0], 3)
        self.labels = resize_labels(labels, box.size)
        self.states = finish_states(self.small, self.labels, label_set, ground) if self.config.n_states else None
        padded = box.down_labels(labels)
        self.prepared = network.prepare(
            box.down(painting),
            padded,
            label_set.base_classes[padded] if label_set.named else None,  # a piece counts as what it was cut from
            None if self.states is None else np.stack([box.down(state) for state in self.states]),
        )
        self.composite = Composite(painting.shape, self.states)
        self.strokes: StrokeComposite | None = None
        if layout is not None and self.states is not None:
            mode = cast(DegreeMode, self.config.degree_mode)
            self.strokes = StrokeComposite(layout, self.small, self.labels, self.states, mode)

    def paint_step(
        self, canvas: np.ndarray, step: PlanStep, style_seed: int, local_seed: int
    ) -> tuple[np.ndarray, StrokeList | None]:
        """Paint one step of a plan.

        Args:
            canvas: x_t (H,W,3) float32 in [0,1].

        Returns:
            x_{t+1} (H,W,3) float32 in [0,1], and the strokes that made it; None where masks are composed.

        Raises:
            PPPError: the network returned NaN or infinity.
        """
        # Condition: what the plan requests, on the network's canvas.
        request = self._request(step)

        # z: what the step could have been otherwise.
        z = self.network.draw_z(self.box.padded[1], self.box.padded[0], style_seed, local_seed)

        # The network: shares of the states of finish, and the weight.
        masks = self.network.predict(self.prepared, self.box.down(canvas), request, z)
        masks = _check_finite(masks).crop(*self.box.size)

        # Degree control and Equation 2: by strokes at the picture's own size, or by the masks themselves.
        field = self._reachable(self.box.crop(request.field))
        if self.strokes is not None:
            return self.strokes(canvas, masks, step, field, self.config.max_logit_shift)
        return self.composite(canvas, self._controlled(masks, canvas, step, field)), None

    def _controlled(self, masks: Masks, canvas: np.ndarray, step: PlanStep, field: np.ndarray) -> Masks:
        """Shift the weight's logits per part until the step reaches the requested degrees."""
        if masks.weight_logits is None or not self.config.max_logit_shift:
            return masks
        logits, small = masks.weight_logits, resize(canvas, self.box.size).reshape(self.small.shape)
        weight = calibrate_weight(
            lambda shift: self.network.opacity(logits + shift), stroke_colours(masks, self.states), small, self.small,
            self.labels, step.degrees, field, self.config.max_logit_shift, cast(DegreeMode, self.config.degree_mode),
        )  # fmt: skip
        return replace(masks, weight=weight)

    def _request(self, step: PlanStep) -> StepRequest:
        """Fit a step to the network's canvas; nothing is requested of the padding."""
        return StepRequest(step.degrees, self.box.fit_map(step.field), self._fit_levels(step.finish))

    def _fit_levels(self, finish: np.ndarray) -> np.ndarray:
        # The padding gets 0, so levels are counted from one on the way: there it becomes UNSPECIFIED.
        return self.box.fit_map(finish + np.uint8(1), nearest=True) - np.uint8(1)

    def _reachable(self, field: np.ndarray) -> np.ndarray:
        """Where degree control may add paint (h,w) in [0,1]: the field and a stroke's width around it."""
        side = 2 * round(HALF_STROKE * max(field.shape)) + 1
        near = cv2.dilate(field, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)))
        return cv2.blur(near, (side, side)).reshape(field.shape)


class PartwisePredictor(FramesPredictor):
    """The ablation without field: only parts are requested, not where inside them to paint."""

    def _request(self, step: PlanStep) -> StepRequest:
        levels = self.box.crop(self._fit_levels(step.finish))
        field, finish = average_over_parts(step.degrees, levels, self.labels, UNSPECIFIED)
        return StepRequest(step.degrees, self.box.fit_map(field), self._fit_levels(finish))

    def _reachable(self, field: np.ndarray) -> np.ndarray:
        return (field > 0).astype(np.float32)


def set_painting(
    network: FramesNetwork,
    painting: np.ndarray,
    labels: np.ndarray,
    label_set: LabelSet,
    ground: np.ndarray | tuple[float, float, float],
    layout: PassLayout | None = None,
) -> FramesPredictor:
    """Set a network on a painting; see `FramesPredictor`."""
    kind = FramesPredictor if network.config.field else PartwisePredictor
    return kind(network, painting, labels, label_set, ground, layout)


def _check_finite(masks: Masks) -> Masks:
    if not (np.isfinite(masks.weight).all() and np.isfinite(masks.free).all()):
        raise PPPError(
            "The frames stage returned NaN or infinity.",
            "Its weights are damaged, or their training diverged.",
            "Use other weights for this stage: --stage frames=FOLDER",
        )
    return masks
