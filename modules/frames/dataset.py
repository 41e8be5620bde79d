"""Training dataset of the frames stage: short sequences of one process's frames, with the condition of each step."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

from ..data.processes.pairs import INTERVALS, sequence_window, valid_starts
from ..data.processes.process import Process
from ..data.processes.sampler import DegreeBalance, SequenceTable
from ..degree import DegreeMode, average_over_parts, measure
from ..finish_levels import finish_states
from ..imaging.resize import resize_labels
from ..io.errors import UserError
from ..plans.plan import UNSPECIFIED
from ..training.task import sample_rng

MOST_PARTS = 256  # a label map has 8 bits; degrees have one shape in a batch


@dataclass(frozen=True)
class _SharedArrays:
    """Arrays that all samples of one process share, as uint8."""

    painting: np.ndarray  # (H,W,3)
    labels: np.ndarray  # (H,W)
    states: np.ndarray  # (M,H,W,3)
    sequences: SequenceTable | None  # with a balance


class SequenceDataset:
    """Sequences of S+1 frames at intervals {1,3,5} (the paper's Figure 10), cropped, flipped and colour-jittered.

    Sample i of epoch e is a function of (seed, e, i): process i, with a start, interval, crop, flip and colours drawn.
    With a `balance` start and interval are drawn so that degrees come more evenly.
    """

    def __init__(
        self,
        processes: list[Process],
        *,
        steps: int = 3,
        crop: int = 128,
        mode: DegreeMode = "progress",
        intervals: tuple[int, ...] = INTERVALS,
        augment: bool = True,
        cached: int = 2000,
        balance: DegreeBalance | None = None,
        field: bool = True,
    ) -> None:
        """Set up the dataset.

        Args:
            steps: S per sequence.
            cached: paintings whose states are kept in memory.
            balance: sampling odds by degree; None draws uniformly.
            field: whether samples tell where in a part paint went, not only one degree and finish for each part
                (`degree.average_over_parts`).
        """
        self.processes, self.steps, self.crop, self.mode = processes, steps, crop, mode
        self.intervals, self.augment, self.balance, self.field = intervals, augment, balance, field
        self._cache: OrderedDict[int, _SharedArrays] = OrderedDict()
        self._cached = cached

    def __len__(self) -> int:
        return len(self.processes)

    @cached_property
    def groups(self) -> np.ndarray | None:
        """Number of the shard that each process lies in, (len,); None when some lie in folders."""
        groups = [process.files.group for process in self.processes]
        return None if None in groups else np.array(groups)

    def name(self, index: int) -> str:
        return str(self.processes[index].folder)

    def _shared(self, index: int) -> _SharedArrays:
        """Load what the process's samples share; the least recently used are dropped."""
        if index not in self._cache:
            self._cache[index] = self._load(index)
            if len(self._cache) > self._cached:
                self._cache.popitem(last=False)
        self._cache.move_to_end(index)
        return self._cache[index]

    def _load(self, index: int) -> _SharedArrays:
        process = self.processes[index]
        painting, labels = process.painting(), process.labels()
        ground = np.asarray(process.info.get("ground", [0.96, 0.955, 0.935]), np.float32)
        states = finish_states(painting.astype(np.float32) / 255, labels, process.label_set, ground)
        sequences = self.balance.tabulate(process) if self.balance else None
        return _SharedArrays(painting, labels, np.round(states * 255).astype(np.uint8), sequences)

    def _draw_frames(self, process: Process, table: SequenceTable | None, rng: np.random.Generator) -> list[int]:
        """Draw the numbers of S+1 frames: any start, one interval, the finished frame appended at the end."""
        count, cuts = len(process.frame_names), process.cuts
        interval = int(rng.choice(self.intervals))
        from_bare = process.begins_bare and rng.random() >= 0.97  # the first frame's business, and a little of ours
        if table is not None and self.balance is not None and not from_bare:
            odds = table.odds(self.balance.weights)
            start, interval = table.sequences[rng.choice(len(table.sequences), p=odds)]
            return sequence_window(start, interval, self.steps, count, cuts)
        if not (starts := valid_starts(count, cuts, interval)):
            interval, starts = 1, valid_starts(count, cuts, 1)
        if not starts:
            raise UserError(f"{process.folder} has no two frames to learn from", "cuts part them all", "leave it out")
        inner = [start for start in starts if start > 0] if process.begins_bare else starts
        start = inner[int(rng.integers(len(inner)))] if inner and not from_bare else starts[0]
        return sequence_window(start, interval, self.steps, count, cuts)

    def _draw_crop(self, field: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> tuple[slice, slice]:
        """Draw rows and columns of a crop; three in four contain a place where paint goes."""
        height, width = shape
        size_y, size_x = min(self.crop, height), min(self.crop, width)
        painted = np.argwhere(field > 0.5)
        if len(painted) and rng.random() < 0.75:
            y, x = painted[rng.integers(len(painted))] * np.array(shape) / np.array(field.shape)
            top = int(np.clip(y - rng.uniform(0.2, 0.8) * size_y, 0, height - size_y))
            left = int(np.clip(x - rng.uniform(0.2, 0.8) * size_x, 0, width - size_x))
        else:
            top, left = int(rng.integers(height - size_y + 1)), int(rng.integers(width - size_x + 1))
        return slice(top, top + size_y), slice(left, left + size_x)

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Load one sequence as arrays.

        Returns frames (S+1,3,h,w) and painting (3,h,w) and states (M,3,h,w) float32 in [0,1]; labels (h,w) int64;
        degrees (S,K); field (S,h,w) float32; finish (S,h,w) uint8 with `UNSPECIFIED`; named: 1.0 when the classes have
        names.
        """
        rng = sample_rng(seed, epoch, index)
        process, shared = self.processes[index], self._shared(index)
        numbers = self._draw_frames(process, shared.sequences, rng)
        frames = {n: process.frame(n) for n in set(numbers)}
        height, width = shared.labels.shape
        pairs = list(zip(numbers, numbers[1:], strict=False))
        regions = [self._region_and_finish(process, frames, a, b, (width, height), rng) for a, b in pairs]
        floats = {n: frame.astype(np.float32) / 255 for n, frame in frames.items()}
        target = shared.painting.astype(np.float32) / 255
        n_classes = len(process.label_set)
        degrees = []
        for a, b in pairs:
            measured = measure(floats[a], floats[b], target, shared.labels, n_classes, self.mode)
            degrees.append(process.apply_manual_degrees(a, b, measured, self.mode))
        rows, columns = self._draw_crop(regions[0][0], (height, width), rng)
        if not self.field:
            regions = [
                average_over_parts(d, f, shared.labels, UNSPECIFIED) for d, (_, f) in zip(degrees, regions, strict=True)
            ]
        jitter = _ColourJitter(rng) if self.augment else None
        mirrored = self.augment and rng.random() < 0.5

        def image(array: np.ndarray) -> np.ndarray:
            piece = array[..., rows, columns, :].astype(np.float32) / 255
            piece = jitter(piece) if jitter else piece
            piece = piece[..., ::-1, :] if mirrored else piece
            return np.ascontiguousarray(np.moveaxis(self._fill(piece, -3), -1, -3))

        def plain(array: np.ndarray) -> np.ndarray:
            piece = array[..., rows, columns]
            return np.ascontiguousarray(self._fill(piece[..., ::-1] if mirrored else piece, -2))

        padded = np.zeros((len(degrees), MOST_PARTS), np.float32)
        padded[:, :n_classes] = np.stack(degrees)
        return {
            "frames": np.stack([image(frames[n]) for n in numbers]),
            "painting": image(shared.painting),
            "states": image(shared.states),
            "labels": plain(shared.labels).astype(np.int64),
            "degrees": padded,
            "field": plain(np.stack([field for field, _ in regions])),
            "finish": plain(np.stack([finish for _, finish in regions])),
            "named": np.float32(process.label_set.named),
        }

    def _fill(self, array: np.ndarray, first: int) -> np.ndarray:
        """Pad a picture smaller than the crop by repeating its border; `first` is its axis of rows."""
        first %= array.ndim
        missing = [(0, 0)] * array.ndim
        missing[first] = (0, self.crop - array.shape[first])
        missing[first + 1] = (0, self.crop - array.shape[first + 1])
        return np.pad(array, missing, mode="edge") if any(after for _, after in missing) else array

    def _region_and_finish(
        self, process: Process, frames: dict[int, np.ndarray], a: int, b: int, size: tuple[int, int],
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
        """Find the region (H,W) float32 and level of finish (H,W) uint8 that the step from frame a to b was to paint.

        Simulated processes have a plan. For others the region is made of the pixel differences, at random coarseness,
        with soft or hard edges, and the finish stays unspecified.
        """
        plan = process.plan
        if plan is None or a == 0:
            return _region_of_change(frames[a], frames[b], rng), np.full(size[::-1], UNSPECIFIED, np.uint8)
        field = plan["field"][a : max(b, a + 1)].max(axis=0) if a < len(plan["field"]) else plan["field"][-1] * 0
        finish = np.full(field.shape, UNSPECIFIED, np.uint8)
        for step in plan["finish"][a:b]:
            finish[step != UNSPECIFIED] = step[step != UNSPECIFIED]
        region = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
        finish = resize_labels(finish, size)
        if self.augment and rng.random() < 0.15:
            finish = np.full_like(finish, UNSPECIFIED)  # so that recorded processes and bare degrees work, too
        return region, finish


def _region_of_change(before: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Region (H,W) float32 in [0,1] that differs between frames (H,W,3) uint8: blurred, half the time hardened."""
    changed = (np.abs(after.astype(np.int16) - before).max(axis=2) > 8).astype(np.float32)
    sigma = float(rng.uniform(0.01, 0.04)) * max(changed.shape)
    field = cv2.GaussianBlur(changed, (0, 0), sigma)
    return (field > 0.35).astype(np.float32) if rng.random() < 0.5 else np.clip(1.6 * field, 0, 1)


class _ColourJitter:
    """One random colour change for all images of a sample: a matrix near the identity, a shift and a contrast."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.matrix = (np.eye(3) + rng.normal(0, 0.08, (3, 3))).astype(np.float32)
        if rng.random() < 0.2:
            self.matrix = self.matrix[rng.permutation(3)]
        self.gain = np.float32(np.exp(rng.normal(0, 0.15)))
        self.shift = rng.normal(0, 0.04, 3).astype(np.float32)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Change the colours of (...,3) float32 in [0,1]."""
        return np.clip((image - 0.5) @ self.matrix.T * self.gain + 0.5 + self.shift, 0, 1)
