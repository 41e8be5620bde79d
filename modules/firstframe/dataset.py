"""What the firstframe stage learns from: crops of pictures, and the first frames simulated artists make of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..data.pictures import PictureFile, find_pictures
from ..data.processes.process import Process
from ..imaging.resize import shrink_labels
from ..labels import PORTRAIT, LabelSet
from ..training.task import sample_rng
from .first_step import FirstStepMasks
from .model import STARTS
from .palette import Palette
from .targets import Target, artist_seed, kept_target

STARTS_ODDS = (0.05, 0.20, 0.30, 0.45)  # `toned` is the ground alone: soon learned
UNNAMED = 0.35  # share of the samples that are shown without class names
NO_PALETTE = 0.05  # share, of those with names, that are shown without the parts' colours
NO_STEP = 0.10  # share that are not told where the first step paints: a label map alone has no plan
SMALLEST_SCALE = 0.55


class Picture:
    """One picture with label map, at the size the model runs at, read once."""

    def __init__(self, file: PictureFile, size: int) -> None:
        self.file, self.size = file, size

    @cached_property
    def label_set(self) -> LabelSet:
        """A process folder names its own classes; everything else is a portrait."""
        return self.process.label_set if self.process else PORTRAIT

    @cached_property
    def process(self) -> Process | None:
        """The process that this picture was painted in, if it comes from one: it names the parts."""
        folder = self.file.image.parent
        if self.file.files is not None:
            return Process(folder, self.file.files)
        return Process(folder) if (folder / "process.json").is_file() else None

    @cached_property
    def loaded(self) -> tuple[np.ndarray, np.ndarray]:
        """painting (H,W,3) uint8, labels (H,W) uint8."""
        painting, labels = self.file.load(self.label_set, self.size)
        assert labels is not None  # read_pictures leaves out those without
        return np.round(painting * 255).astype(np.uint8), labels

    @cached_property
    def palette(self) -> Palette:
        """What is known of the parts' colours."""
        painting, labels = self.loaded
        return Palette.of(painting.astype(np.float32) / 255, labels, self.label_set)


def read_pictures(folders: list[Path], size: int, split: str) -> list[Picture]:
    """The pictures with label maps of `split`; may be empty for `val`."""
    found = find_pictures(folders)
    return [Picture(file, size) for file in found if file.labels is not None and file.split == split]


@dataclass(frozen=True)
class _Ready:
    """A target with all that the model is told of it, at the picture's size: laid (H,W) uint8, light (H,W) float32,
    where (H,W,3) uint8."""

    frame: np.ndarray
    ground: np.ndarray
    laid: np.ndarray
    light: np.ndarray
    where: np.ndarray


class FirstFrameSamples:
    """Crops of pictures with their first frames: `artists` of them per picture and start, made when first needed and
    kept: in memory, and in `cache` (a folder) if there is one."""

    def __init__(self, pictures: list[Picture], crop: int, artists: int = 2, cache: Path | None = None) -> None:
        self.pictures, self.crop, self.artists, self.cache = pictures, crop, artists, cache
        self._made: dict[tuple[int, str, int], Target] = {}
        self._ready: dict[tuple[int, str, int], _Ready] = {}

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
        """The first frame of one artist on picture `index`; a pure function of the picture and the arguments."""
        key = (index, start, artist)
        if key not in self._made:
            picture = self.pictures[index]
            seed = artist_seed(picture.file.name, start, artist)
            self._made[key] = kept_target(self.cache, *picture.loaded, picture.label_set, start, seed)
        return self._made[key]

    def _told(self, index: int, start: str, artist: int) -> _Ready:
        key = (index, start, artist)
        if key not in self._ready:
            picture, target = self.pictures[index], self.target(*key)
            opening = FirstStepMasks.of(picture.loaded[1], picture.label_set, target.step)
            where = np.round(255 * opening.where).astype(np.uint8)
            light = picture.palette.light(opening.laid)
            self._ready[key] = _Ready(target.frame, target.ground, opening.laid, light, where)
        return self._ready[key]

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Painting-sized things cut to `crop`: x_1 (3,c,c), colours (9,c,c) and light (1,c,c) of the palette, where
        (3,c,c), labels (c,c) int64; ground (3,), start; and whether the classes are shown (named), the palette
        (coloured) and the plan's step (told)."""
        rng = sample_rng(seed, epoch, index)
        picture = self.pictures[index]
        start, artist = int(rng.choice(len(STARTS), p=STARTS_ODDS)), int(rng.integers(self.artists))
        ready = self._told(index, STARTS[start], artist)
        laid, light, where = ready.laid, ready.light, ready.where
        told = rng.random() >= NO_STEP
        if not told:
            blind = FirstStepMasks.of(picture.loaded[1], picture.label_set, None)
            laid, light, where = blind.laid, picture.palette.light(blind.laid), np.zeros_like(where)
        maps = [ready.frame, picture.loaded[1], laid, light, where]
        maps = _cut(maps, self.crop, rng)
        if rng.random() < 0.5:
            maps = [values[:, ::-1] for values in maps]
        frame, labels, laid, light, where = maps
        gain = np.exp(rng.normal(0, 0.08, 3) + rng.normal(0, 0.12)).astype(np.float32)

        def tinted(colours: np.ndarray) -> np.ndarray:
            return np.clip(colours.reshape(*colours.shape[:-1], -1, 3) * gain, 0, 1).reshape(colours.shape)

        def planes(values: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(values.astype(np.float32).transpose(2, 0, 1))

        named = picture.label_set.named and rng.random() >= UNNAMED
        coloured = not named or rng.random() >= NO_PALETTE
        return {
            "x_1": planes(tinted(frame.astype(np.float32) / 255)),
            "colours": planes(tinted(picture.palette.colours(laid))),
            "light": planes(light[..., None]),
            "where": planes(where.astype(np.float32) / 255),
            "labels": labels.astype(np.int64),
            "ground": tinted(ready.ground),
            "start": start,
            "named": np.float32(named),
            "coloured": np.float32(coloured),
            "told": np.float32(told),
        }


def _cut(maps: list[np.ndarray], crop: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The same random square of `crop` pixels of all maps (frame, labels, laid, light, where) at one random scale."""
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
