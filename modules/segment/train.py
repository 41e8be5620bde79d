"""Training the segment stage: cross-entropy and Dice, balanced over classes, on crops around heads.

Learns from quality A and B of the data folders' `train` pictures. In B hair, clothes and skin partly run into each
other and features may be misplaced, so those classes count less there.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW, Optimizer

from ..io.errors import UserError
from ..io.files import atomic_file, file_sha256
from ..io.pretrained import model_folder
from ..labels import PORTRAIT
from ..losses import dice_loss
from ..training.settings import RunConfig
from ..training.task import Task, sample_rng, warmup_cosine
from .dataset import EDGE, IGNORE, LabelledPicture, crop, read_pictures
from .encoder import SqueezeNetEncoder
from .model import SegmentConfig, SegmentModel

if TYPE_CHECKING:
    from ..training.loop import Loop

# How often a picture of each (kind, quality) is seen in an epoch; kinds not named are PAINTED. The bars are on
# paintings, and there are fewer of them than photos; sitters and processes come in any number, so once.
REPEATS = {("photo", "A"): 1, ("photo", "B"): 1, ("process", "A"): 1, ("sitter", "A"): 1}
PAINTED = {"A": 3, "B": 2}
OPTIONS = ("variant", "crop", "lr", "encoder", "decoder_channels", "encoder_start", "start", "run_size")
# How much a pixel of each class counts in quality B, by name; 1 where nothing is said.
B_WEIGHTS = {"hair": 0.5, "clothes": 0.5, "body": 0.5, "eyebrows": 0.3, "eyes": 0.3, "nose": 0.3, "mouth": 0.3}
ENCODER_LR = 0.2  # of the decoder's: the encoder starts from ImageNet
CLIP = 5.0


class SegmentSamples:
    """Crops of labelled pictures; a picture may stand several times in an epoch, each time cut differently."""

    def __init__(self, pictures: list[LabelledPicture], size: int, run_size: int) -> None:
        self.size, self.run_size = size, run_size
        self.entries: list[LabelledPicture] = []
        for picture in pictures:
            self.entries += [picture] * REPEATS.get((picture.kind, picture.quality), PAINTED[picture.quality])

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, index: int) -> str:
        return self.entries[index].name

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """painting (3,size,size) float32 in [0,1], labels (size,size) int64, IGNORE outside, good: 1 for A, 0 for B."""
        picture = self.entries[index]
        image, labels = crop(picture, self.size, self.run_size, sample_rng(seed, epoch, index))
        painting = np.ascontiguousarray(image.transpose(2, 0, 1))
        return {"painting": painting, "labels": labels, "good": np.float32(picture.quality == "A")}


def class_weights(pictures: list[LabelledPicture], classes: int, most: float = 4.0) -> Tensor:
    """Weights (classes,) for the cross-entropy: one over the root of a class's share, 1 for the commonest."""
    counts = np.zeros(classes)
    for picture in pictures:
        counts += np.bincount(picture.labels.ravel(), minlength=classes)
    share = counts / counts.sum()
    weights = np.sqrt(share.max() / np.maximum(share, 1e-9))
    weights[EDGE] = 1.0  # it is rare in pictures, yet common in crops, and must not be found where it is not
    return torch.tensor(np.minimum(weights, most), dtype=torch.float32)


class SegmentTask(Task):
    """What the loop needs to train a `SegmentModel`."""

    stage: ClassVar[str] = "segment"
    shipped: ClassVar[str] = "segment"

    def __init__(
        self,
        pictures: list[LabelledPicture],
        config: SegmentConfig,
        run: RunConfig,
        *,
        crop_size: int = 256,
        lr: float = 1e-3,
        encoder_start: Path | None = None,
        start: Path | None = None,
    ) -> None:
        self.config, self.crop_size, self.peak, self.steps = config, crop_size, lr, run.steps
        if crop_size % config.multiple:
            raise UserError(f"--size {crop_size}", f"crops must be a multiple of {config.multiple}", "use 256 or 288")
        training = [p for p in pictures if p.split == "train"]
        if not training:
            raise UserError("no training pictures", "all labelled pictures are of the val split", "add pictures")
        self.held_out = [p for p in pictures if p.split != "train"] or training
        self.samples = SegmentSamples(training, crop_size, config.size)
        self.model = SegmentModel(config) if start is None else SegmentModel.from_pretrained(start)
        self.config = self.model.config
        self.start, self.encoder_start = start, encoder_start
        if encoder_start is not None:
            if not isinstance(self.model.encoder, SqueezeNetEncoder):
                raise UserError("--encoder-start needs the squeezenet encoder", f"this one is {config.encoder}")
            self.model.encoder.load_imagenet(encoder_start)
        names = self.model.label_set.names
        self.weights = class_weights(training, len(names))
        self.b_weights = torch.tensor([B_WEIGHTS.get(name, 1.0) for name in names])

    def models(self) -> dict[str, nn.Module]:
        return {"segment": self.model}

    def optimisers(self) -> dict[str, Optimizer]:
        pretrained = self.encoder_start is not None or self.start is not None
        slow = list(self.model.encoder.parameters()) if pretrained else []
        fast = [p for p in self.model.parameters() if all(p is not q for q in slow)]
        groups = [{"params": fast, "lr_scale": 1.0}] + ([{"params": slow, "lr_scale": ENCODER_LR}] if slow else [])
        return {"segment": AdamW(groups, lr=self.peak, weight_decay=1e-2)}

    def lr(self, step: int) -> float:
        return warmup_cosine(step, self.steps, self.peak)

    def step(self, batch: dict[str, Any], step: int, loop: "Loop") -> Mapping[str, Tensor | float]:
        scores = loop.models["segment"](batch["painting"]).float()
        labels, good = batch["labels"], batch["good"]
        seen = labels.clamp_min(0)
        trust = torch.where(good[:, None, None] > 0.5, 1.0, self.b_weights.to(scores)[seen])
        weight = trust * self.weights.to(scores)[seen] * (labels != IGNORE)
        entropy = F.cross_entropy(scores, labels, ignore_index=IGNORE, reduction="none")
        entropy = (entropy * weight).sum() / weight.sum().clamp_min(1.0)
        # Dice knows no weights per pixel: what is little trusted is left out of it.
        dice = dice_loss(scores, torch.where(trust < 0.4, IGNORE, labels), ignore_index=IGNORE)
        norm = loop.optimise("segment", entropy + dice, clip=CLIP)
        return {"loss": (entropy + dice).detach(), "entropy": entropy.detach(), "dice": dice.detach(), "norm": norm}

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)

    def sheet(self, path: Path, seed: int) -> None:
        """Eight held-out pictures: picture, label map, what the net says."""
        order = np.random.default_rng(seed).permutation(len(self.held_out))[:8]
        rows = []
        for picture in (self.held_out[i] for i in order):
            labels = predict_labels(self.model, picture.image)
            colourise = self.model.label_set.colourise
            row = [picture.image, colourise(picture.labels), colourise(labels)]
            rows.append(np.hstack([cv2.resize(tile, (192, 240), interpolation=cv2.INTER_AREA) for tile in row]))
        half = (len(rows) + 1) // 2
        rows += [np.zeros_like(rows[0])] * (2 * half - len(rows))
        picture_sheet = np.hstack([np.vstack(rows[:half]), np.vstack(rows[half:])])
        with atomic_file(path) as part:
            cv2.imwrite(str(part), cv2.cvtColor(picture_sheet, cv2.COLOR_RGB2BGR))

    def describe(self) -> dict[str, Any]:
        return {
            "config": asdict(self.config),
            "crop": self.crop_size,
            "lr": self.peak,
            "encoder_start": self.encoder_start.name if self.encoder_start else None,
            "start": file_sha256(model_folder(self.start) / "model.safetensors") if self.start else None,
        }


def predict_labels(model: SegmentModel, image: np.ndarray, *, flip: bool | None = None) -> np.ndarray:
    """Label map (H,W) uint8 of one picture (H,W,3) uint8."""
    device = next(model.parameters()).device
    painting = torch.from_numpy(image.astype(np.float32) / 255.0).permute(2, 0, 1)[None].to(device)
    return model.predict(painting, flip=flip)[0][0].cpu().numpy().astype(np.uint8)


def task(data: list[Path], options: dict[str, Any], run: RunConfig) -> SegmentTask:
    """The task of `ppp train segment DATA...`.

    options: crop (side in pixels), lr, encoder, decoder_channels, encoder_start (.npz of SqueezeNet, or none),
    run_size (`SegmentConfig.size`, which the crops' scale follows), start (a segment model folder or run to go on
    from: its net, with a fresh optimiser and schedule).
    UserError for others, and for the paper variant.
    """
    if options.get("variant", "default") != "default":
        raise UserError(
            "segment has no paper variant", "the paper gives no numbers for its segmentation net", "leave --variant out"
        )
    if strange := sorted(set(options) - set(OPTIONS)):
        raise UserError(f"the segment stage knows no setting {strange[0]!r}", fix=f"settings: {', '.join(OPTIONS)}")
    start = options.get("encoder_start")
    net: dict[str, Any] = {name: options[name] for name in ("encoder", "decoder_channels") if name in options}
    if "run_size" in options:
        net["size"] = options["run_size"]
    if "decoder_channels" in net:
        net["decoder_channels"] = tuple(net["decoder_channels"])
    return SegmentTask(
        read_pictures(data),
        SegmentConfig(**net, labels=PORTRAIT.to_json()),
        run,
        crop_size=options.get("crop", 256),
        lr=options.get("lr", 1e-3),
        encoder_start=Path(start) if start not in (None, "none") else None,
        start=Path(options["start"]) if "start" in options else None,
    )
