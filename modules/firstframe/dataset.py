"""Training data of the firstframe stage: crops of pictures, and the first frames simulated artists make of them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..data.pictures import PictureFile, find_pictures
from ..data.processes.process import Process
from ..imaging.resize import shrink_labels
from ..labels import LabelSet
from ..plans.spec import STARTS
from ..training.task import sample_rng
from .conditioning import CONDITIONS, class_planes
from .config import FirstFrameConfig
from .first_step import FirstStepMasks
from .palette import Palette
from .targets import Target, artist_seed, cached_target

STARTS_ODDS = (0.05, 0.20, 0.30, 0.45)  # `toned` is the ground alone: soon learned
UNNAMED = 0.35  # share of the samples that are shown without class names
NO_PALETTE = 0.05  # share, of those with names, that are shown without the parts' colours
NO_STEP = 0.10  # share without the plan's first step: a label map alone has no plan
SMALLEST_SCALE = 0.55


class TrainingPicture:
    """One picture with label map, at the size the model runs at, read once."""

    def __init__(self, file: PictureFile, size: int) -> None:
        self.file, self.size = file, size

    @cached_property
    def label_set(self) -> LabelSet:
        """The classes: a process folder names its own, a manifest those of other pictures."""
        folder = self.file.image.parent
        if self.file.files is not None:
            return Process(folder, self.file.files).label_set
        return Process(folder).label_set if (folder / "process.json").is_file() else self.file.label_set

    @cached_property
    def loaded(self) -> tuple[np.ndarray, np.ndarray]:
        """Painting (H,W,3) uint8 and labels (H,W) uint8."""
        painting, labels = self.file.load(self.label_set, self.size)
        assert labels is not None  # find_training_pictures leaves out those without
        return np.round(painting * 255).astype(np.uint8), labels

    @cached_property
    def palette(self) -> Palette:
        painting, labels = self.loaded
        return Palette.of(painting.astype(np.float32) / 255, labels, self.label_set)


def find_training_pictures(folders: list[Path], size: int, split: str) -> list[TrainingPicture]:
    """Find the pictures with label maps of `split`; may be empty for `val`."""
    found = find_pictures(folders)
    return [TrainingPicture(file, size) for file in found if file.labels is not None and file.split == split]


@dataclass(frozen=True)
class _TargetMaps:
    """A target with its masks at the picture's size: laid (H,W) uint8, light (H,W) float32, where (H,W,3) uint8."""

    frame: np.ndarray
    ground: np.ndarray
    laid: np.ndarray
    light: np.ndarray
    where: np.ndarray


class FirstFrameDataset:
    """Crops of pictures with their first frames, `artists` of them per picture and start.

    Targets are made when first needed and kept: in memory, and in `cache` (a folder) if there is one.
    """

    def __init__(
        self, pictures: list[TrainingPicture], config: FirstFrameConfig, crop: int, artists: int, cache: Path | None
    ) -> None:
        self.pictures, self.crop, self.artists, self.cache = pictures, crop, artists, cache
        self.classes, self.build_condition = config.classes, CONDITIONS[config.variant]
        self._targets: dict[tuple[int, str, int], Target] = {}
        self._maps: dict[tuple[int, str, int], _TargetMaps] = {}

    def __len__(self) -> int:
        return len(self.pictures)

    @cached_property
    def groups(self) -> np.ndarray | None:
        """The shard that each picture lies in, (len,); None when some lie in folders."""
        groups = [picture.file.files.group if picture.file.files else None for picture in self.pictures]
        return None if None in groups else np.array(groups)

    def name(self, index: int) -> str:
        return self.pictures[index].file.name

    def target(self, index: int, start: str, artist: int) -> Target:
        """Make the first frame of one artist on picture `index`; a pure function of the picture and the arguments."""
        key = (index, start, artist)
        if key not in self._targets:
            picture = self.pictures[index]
            seed = artist_seed(picture.file.name, start, artist)
            self._targets[key] = cached_target(self.cache, *picture.loaded, picture.label_set, start, seed)
        return self._targets[key]

    def _target_maps(self, index: int, start: str, artist: int) -> _TargetMaps:
        key = (index, start, artist)
        if key not in self._maps:
            picture, target = self.pictures[index], self.target(*key)
            masks = FirstStepMasks.of(picture.loaded[1], picture.label_set, target.step)
            where = np.round(255 * masks.where).astype(np.uint8)
            self._maps[key] = _TargetMaps(
                target.frame, target.ground, masks.laid, picture.palette.light(masks.laid), where
            )
        return self._maps[key]

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Cut a crop (c = `crop`): first frame x_1 (3,c,c) in [0,1] and condition (C,c,c), both float32.

        Class names, palette and the plan's step are hidden in some samples, as each may be unknown in use.
        """
        rng = sample_rng(seed, epoch, index)
        picture = self.pictures[index]
        start, artist = STARTS[int(rng.choice(len(STARTS), p=STARTS_ODDS))], int(rng.integers(self.artists))
        maps = self._target_maps(index, start, artist)
        laid, light, where = maps.laid, maps.light, maps.where
        planned = rng.random() >= NO_STEP
        if not planned:
            laid = FirstStepMasks.of(picture.loaded[1], picture.label_set, None).laid
            light = picture.palette.light(laid)
        cropped = _crop([maps.frame, picture.loaded[1], laid, light, where], self.crop, rng)
        if rng.random() < 0.5:
            cropped = [values[:, ::-1] for values in cropped]
        frame, labels, laid, light, where = cropped
        gain = np.exp(rng.normal(0, 0.08, 3) + rng.normal(0, 0.12)).astype(np.float32)

        def tinted(colours: np.ndarray) -> np.ndarray:
            return np.clip(colours.reshape(*colours.shape[:-1], -1, 3) * gain, 0, 1).reshape(colours.shape)

        named = picture.label_set.named and rng.random() >= UNNAMED
        coloured = not named or rng.random() >= NO_PALETTE
        classes = class_planes(labels, picture.label_set, self.classes)
        condition = self.build_condition(
            labels,
            classes if named else np.zeros_like(classes),
            start,
            colours=tinted(picture.palette.colours(laid)) if coloured else None,
            light=light if coloured else None,
            ground=tinted(maps.ground),
            where=where.astype(np.float32) / 255 if planned else None,
        )
        x_1 = tinted(frame.astype(np.float32) / 255).astype(np.float32).transpose(2, 0, 1)
        return {"x_1": np.ascontiguousarray(x_1), "condition": condition}


def _crop(maps: list[np.ndarray], crop: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Cut one random square of `crop` pixels out of all maps (frame, labels, laid, light, where), at a random scale."""
    height, width = maps[1].shape
    least = crop / min(height, width)  # above 1 for a picture smaller than the crop
    scale = least if least > 1 else float(np.clip(rng.uniform(SMALLEST_SCALE, 1.0), least, 1.0))
    size = (max(crop, round(width * scale)), max(crop, round(height * scale)))
    x, y = (int(rng.integers(0, side - crop + 1)) for side in size)

    def scaled(values: np.ndarray, labels: bool) -> np.ndarray:
        if size == (width, height):
            return values
        if labels:
            larger = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST) if scale >= 1 else None
            return shrink_labels(values, size) if larger is None else larger
        return cv2.resize(values, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)

    return [scaled(values, i in (1, 2))[y : y + crop, x : x + crop] for i, values in enumerate(maps)]
