"""What the firstframe stage learns from: pictures, and the first frames that simulated artists would make of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..data.pictures import PictureFile, find_pictures, shrink_labels
from ..data.process import Process
from ..data.simulate import first_frame
from ..files import atomic_file
from ..labels import PORTRAIT, LabelSet
from ..plans.scene import GROUNDS, ground_colour
from ..training import sample_rng
from .model import STARTS

STARTS_ODDS = (0.10, 0.30, 0.30, 0.30)  # `toned` is the ground alone: soon learned
UNNAMED = 0.35  # share of the samples that are shown without class names
NO_PALETTE = 0.10  # share, of those with names, that are shown without the parts' colours
SMALLEST_SCALE = 0.55
REPEATS = 3  # how often a picture without process stands in an epoch: once for each start that is not trivial


@dataclass(frozen=True)
class Target:
    """x_1 (H,W,3) uint8 as one artist would make it on a ground (3,) float32."""

    frame: np.ndarray
    ground: np.ndarray


class Picture:
    """One picture with label map, at the size the model runs at, read once."""

    def __init__(self, file: PictureFile, size: int) -> None:
        self.file, self.size = file, size

    @cached_property
    def begun(self) -> str | None:
        """The start of the simulated process that this picture comes from; None for any other picture."""
        plan = self.process.info.get("plan") if self.process else None
        start = plan.get("start") if isinstance(plan, dict) else None
        return start if start in STARTS else None

    @cached_property
    def label_set(self) -> LabelSet:
        """A process folder names its own classes; everything else is a portrait."""
        return self.process.label_set if self.process else PORTRAIT

    @cached_property
    def process(self) -> Process | None:
        """The process that this picture was painted in, if it comes from one."""
        folder = self.file.image.parent
        return Process(folder) if (folder / "process.json").is_file() else None

    @cached_property
    def beginning(self) -> Target:
        """Frame 1 and ground of that process."""
        assert self.process is not None and self.begun
        height, width = self.loaded[1].shape
        frame = self.process.frame(1)
        if frame.shape[:2] != (height, width):
            frame = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        return Target(frame, np.asarray(self.process.info["ground"], np.float32))

    @cached_property
    def loaded(self) -> tuple[np.ndarray, np.ndarray]:
        """painting (H,W,3) uint8, labels (H,W) uint8."""
        painting, labels = self.file.load(self.label_set, self.size)
        assert labels is not None  # read_pictures leaves out those without
        return np.round(painting * 255).astype(np.uint8), labels

    @cached_property
    def palette(self) -> np.ndarray:
        """Mean colour per class (K,3) float32 in [0,1]; absent ones grey."""
        painting, labels = self.loaded
        index, n = labels.ravel(), len(self.label_set)
        counts = np.bincount(index, minlength=n)
        sums = np.stack([np.bincount(index, painting[..., c].ravel(), n) for c in range(3)], 1)
        means = sums / np.maximum(counts, 1)[:, None] / 255
        return np.where(counts[:, None] > 0, means, 0.5).astype(np.float32)


def read_pictures(folders: list[Path], size: int, split: str) -> list[Picture]:
    """The pictures with label maps of `split`; may be empty for `val`."""
    found = find_pictures(folders)
    return [Picture(file, size) for file in found if file.labels is not None and file.split == split]


class FirstFrameSamples:
    """Crops of pictures with their first frames. A simulated process brings its own; any other picture has `artists` of
    them per start, made when first needed and kept: in memory, and in `cache` (a folder) if there is one."""

    def __init__(self, pictures: list[Picture], crop: int, artists: int = 2, cache: Path | None = None) -> None:
        self.pictures, self.crop, self.artists, self.cache = pictures, crop, artists, cache
        # A picture has a start for everybody, a process only its own, and most begin with a sketch or a bare ground.
        self.entries = [i for i, picture in enumerate(pictures) for _ in range(1 if picture.begun else REPEATS)]
        self._made: dict[tuple[int, str, int], Target] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def name(self, index: int) -> str:
        return self.pictures[self.entries[index]].file.name

    def target(self, index: int, start: str, artist: int) -> Target:
        """The first frame of one artist on picture `index`; a pure function of the picture and the arguments."""
        key = (index, start, artist)
        if key not in self._made:
            picture = self.pictures[index]
            painting = picture.loaded[0].astype(np.float32) / 255
            seed = _seed(picture.file.name, start, artist)
            rng = np.random.default_rng(seed)
            ground = ground_colour(painting, str(rng.choice(GROUNDS)), rng)
            self._made[key] = Target(self._frame(picture, painting, start, ground, seed), ground)
        return self._made[key]

    def _frame(self, picture: Picture, painting: np.ndarray, start: str, ground: np.ndarray, seed: int) -> np.ndarray:
        path = None
        if self.cache is not None and start != "toned":
            digest = hashlib.sha256(picture.loaded[0].tobytes() + picture.loaded[1].tobytes()).hexdigest()[:12]
            path = self.cache / f"{digest}-{start}-{seed}.png"
            if path.is_file() and (kept := cv2.imread(str(path))) is not None:
                return kept
        frame = first_frame(painting, picture.loaded[1], picture.label_set, start, ground, seed)
        pixels = np.round(np.clip(frame, 0, 1) * 255).astype(np.uint8)
        if path is not None:
            with atomic_file(path) as part:
                cv2.imwrite(str(part), pixels)  # channels as they are: only this class reads it
        return pixels

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """painting-sized things cut to `crop`: x_1 (3,c,c), palette (3,c,c), labels (c,c) int64; ground (3,), start,
        named (1 when the classes are shown), coloured (1 when the palette is)."""
        rng = sample_rng(seed, epoch, index)
        which = self.entries[index]
        picture = self.pictures[which]
        start, artist = int(rng.choice(len(STARTS), p=STARTS_ODDS)), int(rng.integers(self.artists))
        if picture.begun:
            start, target = STARTS.index(picture.begun), picture.beginning
        else:
            target = self.target(which, STARTS[start], artist)
        labels = picture.loaded[1]
        frame = target.frame
        least = self.crop / min(labels.shape)
        scale = float(np.clip(rng.uniform(SMALLEST_SCALE, 1.0), min(least, 1.0), 1.0))
        if least > 1:  # a picture smaller than the crop
            scale = least
        size = (max(self.crop, round(labels.shape[1] * scale)), max(self.crop, round(labels.shape[0] * scale)))
        if size != (labels.shape[1], labels.shape[0]):
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
            labels = (
                shrink_labels(labels, size) if scale < 1 else cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
            )
        x, y = (int(rng.integers(0, side - self.crop + 1)) for side in size)
        frame, labels = (a[y : y + self.crop, x : x + self.crop] for a in (frame, labels))
        if rng.random() < 0.5:
            frame, labels = frame[:, ::-1], labels[:, ::-1]
        gain = np.exp(rng.normal(0, 0.08, 3) + rng.normal(0, 0.12)).astype(np.float32)

        def tinted(colours: np.ndarray) -> np.ndarray:
            return np.clip(colours * gain, 0, 1).astype(np.float32)

        named = picture.label_set.named and rng.random() >= UNNAMED
        coloured = not named or rng.random() >= NO_PALETTE
        return {
            "x_1": np.ascontiguousarray(tinted(frame.astype(np.float32) / 255).transpose(2, 0, 1)),
            "palette": np.ascontiguousarray(tinted(picture.palette)[labels].transpose(2, 0, 1)),
            "labels": labels.astype(np.int64),
            "ground": tinted(target.ground),
            "start": start,
            "named": np.float32(named),
            "coloured": np.float32(coloured),
        }


def _seed(name: str, start: str, artist: int) -> int:
    digest = hashlib.sha256(f"{name}/{start}/{artist}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
