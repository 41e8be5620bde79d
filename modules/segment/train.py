"""Training of the segment stage: cross-entropy and Dice, balanced over classes, on crops around heads.

Learns from quality A and B of the data folders' `train` pictures. In B hair, clothes and skin partly run into each
other and features may be misplaced, so those classes count less there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from ..io.errors import UserError
from ..io.files import file_sha256
from ..io.model_folder import model_folder
from ..things import ALL_CLASSES
from ..training.settings import RunConfig, apply_settings
from ..training.task import Task, warmup_cosine
from .classes import DEPTH, NETWORK_CLASSES
from .config import SETTINGS, SegmentConfig, SegmentTraining
from .dataset import SegmentDataset
from .encoder import load_pretrained
from .inference import SegmentPredictor
from .losses import balanced_ce, class_weights, depth_ranking, label_log_probabilities, label_trust, trusted_dice
from .model import SegmentModel
from .smp_networks import smp_network
from .torch_network import TorchSegmentNetwork
from .training_pictures import UNKNOWN, CutOut, LabelledPicture, load_training_pictures

if TYPE_CHECKING:
    from ..training.loop import LoopContext

ENCODER_LR = 0.3  # of the decoder's: the encoder starts from another task
CLIP = 5.0
DEPTH_WEIGHT = 1.0


class SmpSegmentModel(SegmentModel):
    """A segment model whose network is smp's; its weights run in a `SegmentModel`."""

    def _make_network(self) -> nn.Module:
        return smp_network(self.config)


class SegmentTask(Task):
    """The segment stage for the training loop."""

    stage: ClassVar[str] = "segment"
    exported_model: ClassVar[str] = "segment"

    def __init__(
        self,
        pictures: list[LabelledPicture],
        cutouts: list[CutOut],
        config: SegmentConfig,
        training: SegmentTraining,
        run: RunConfig,
    ) -> None:
        self.training, self.steps = training, run.steps
        if training.crop % config.multiple:
            raise UserError(
                f"--size {training.crop}", f"crops must be a multiple of {config.multiple}", "use 256 or 288"
            )
        train = [p for p in pictures if p.split == "train"]
        if not train:
            raise UserError("no training pictures", "all labelled pictures are of the val split", "add pictures")
        self.held_out = [p for p in pictures if p.split != "train"] or train
        self.dataset = SegmentDataset(train, training.crop, config.size, cutouts)
        kind = SmpSegmentModel
        self.model: SegmentModel = kind.from_pretrained(training.start) if training.start else kind(config)
        if not self.model.config.scenes:
            self.model = self.model.with_scenes()
        if training.average:
            self.model = self.model.averaged_with(kind.from_pretrained(training.average), training.share)
        if training.portrait:
            self.model = self.model.with_portrait(SegmentModel.from_pretrained(training.portrait))
        self.config = self.model.config
        self.encoder_start = None if training.encoder_start == "none" else Path(training.encoder_start)
        if self.encoder_start is not None:
            load_pretrained(self.model.net, self.encoder_start)
        self.class_weights = class_weights(train)

    def models(self) -> dict[str, nn.Module]:
        return {"segment": self.model}

    def optimisers(self) -> dict[str, Optimizer]:
        pretrained = self.encoder_start is not None or self.training.start
        slow = list(self.model.encoder.parameters()) if pretrained else []
        fast = [p for p in self.model.net.parameters() if all(p is not q for q in slow)]
        groups = [{"params": fast, "lr_scale": 1.0}] + ([{"params": slow, "lr_scale": ENCODER_LR}] if slow else [])
        return {"segment": AdamW(groups, lr=self.training.lr, weight_decay=1e-2)}

    def lr(self, step: int) -> float:
        return warmup_cosine(step, self.steps, self.training.lr)

    def step(self, batch: dict[str, Any], step: int, loop: LoopContext) -> Mapping[str, Tensor | float]:
        planes, labels = loop.models["segment"](batch["painting"]).float(), batch["labels"]
        found, trust = label_log_probabilities(planes[:, :-1]), label_trust(labels, batch["good"])
        entropy = balanced_ce(found, labels, trust, self.class_weights)
        dice = trusted_dice(found, labels, trust, batch["portrait"])
        depth = depth_ranking(planes[:, -1].sigmoid(), labels, batch["order"])
        loss = entropy + dice + DEPTH_WEIGHT * depth
        norm = loop.optimise("segment", loss, clip=CLIP)
        terms = {"loss": loss, "entropy": entropy, "dice": dice, "depth": depth}
        return {name: term.detach() for name, term in terms.items()} | {"norm": norm}

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)

    def sample_grid(self, seed: int) -> np.ndarray:
        """Eight held-out pictures: picture, label map, the net's class map and depth."""
        predictor = SegmentPredictor(TorchSegmentNetwork(self.model))
        colours = np.array([*ALL_CLASSES.colours, *[(0, 0, 0)] * (UNKNOWN + 1 - len(ALL_CLASSES))], np.uint8)
        index = np.array([ALL_CLASSES.index(name) for name in NETWORK_CLASSES])
        order = np.random.default_rng(seed).permutation(len(self.held_out))[:8]
        rows = []
        for picture in (self.held_out[i] for i in order):
            planes = predictor.look(picture.image.astype(np.float32) / 255)
            shown = cv2.cvtColor((planes[DEPTH] * 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
            row = [picture.image, colours[picture.labels], colours[index[planes[:DEPTH].argmax(0)]], shown]
            rows.append(np.hstack([cv2.resize(tile, (192, 240), interpolation=cv2.INTER_AREA) for tile in row]))
        half = (len(rows) + 1) // 2
        rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
        return np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])

    def describe(self) -> dict[str, Any]:
        def hash_of(model: str) -> str | None:
            return file_sha256(model_folder(model) / "model.safetensors") if model else None

        training = self.training
        averaged = {"average": hash_of(training.average), "share": training.share} if training.average else {}
        return {
            "config": asdict(self.config),
            "crop": training.crop,
            "lr": training.lr,
            "encoder_start": self.encoder_start.name if self.encoder_start else None,
            "start": hash_of(training.start),
            "portrait": hash_of(training.portrait),
            **averaged,
        }


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> SegmentTask:
    """Build the task of `ppp train segment DATA...`; options by the names in config.py."""
    training, config = apply_settings("segment", SETTINGS, options)
    leave_out = frozenset(name.strip() for name in training.leave_out.split(","))
    return SegmentTask(*load_training_pictures(data, leave_out), config, training, run)
