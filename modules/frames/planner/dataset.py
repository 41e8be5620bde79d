"""Training dataset of the planner: steps of simulated plans and of processes on disk."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from ...data.manifest import MANIFEST
from ...data.pictures import find_pictures
from ...data.processes.process import find_processes
from ...data.processes.shard_reader import find_sharded
from ...io.errors import UserError
from ...training.task import sample_rng
from .config import PlannerConfig
from .inputs import edge_plane, pad_planes, planner_facts, planner_planes, rank_plane
from .moments import Moments, PaintedProcess, PlannedPicture

MOST_STEPS = 4  # of a process that are learned as one
TRAIL_KNOWN = 0.75  # share of the moments at which the steps before are known; whoever takes over a canvas knows none


class PlanStepDataset:
    """Some steps of one process each: canvas, and where and how finely the next steps paint.

    Sample i of epoch e is a function of (seed, e, i): source i, with its artist, steps, mirroring and colours drawn.
    """

    groups = None  # sources are not divided by shards

    def __init__(
        self,
        sources: list[PlannedPicture | PaintedProcess],
        config: PlannerConfig,
        *,
        artists: int = 4,
        moments: int = 4,
        cached: int = 100,
    ) -> None:
        self.sources, self.config, self.artists, self.moments, self.cached = sources, config, artists, moments, cached
        self._kept: OrderedDict[tuple[int, int], Moments] = OrderedDict()

    def __len__(self) -> int:
        return len(self.sources)

    def name(self, index: int) -> str:
        return self.sources[index].name

    def load(self, index: int, artist: int) -> Moments:
        """Load a source as one artist paints it; the least recently used are dropped."""
        key = (index, artist)
        if key not in self._kept:
            self._kept[key] = self.sources[index].moments(artist)
            if len(self._kept) > self.cached:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def sample(self, seed: int, epoch: int, index: int) -> dict[str, Any]:
        """Load S steps of one process as arrays.

        Returns planes (S,C,h,w) and facts (S,F) of the canvases, order (8,h,w) of the process, field (S,h,w) float32 in
        {0,1}, finish (S,h,w) uint8 with `UNSPECIFIED`; parts (h,w) uint8, part k is k + 1 and 0 is none; named: 1.0
        when the classes have names.
        """
        rng = sample_rng(seed, epoch, index)
        process = self.load(index, int(rng.integers(self.artists)))
        gain = np.exp(rng.normal(0, 0.06, 3) + rng.normal(0, 0.1)).astype(np.float32)
        size, mirrored = self.config.size, rng.random() < 0.5

        def tinted(colours: np.ndarray) -> np.ndarray:
            return np.clip(colours.astype(np.float32) / 255 * gain, 0, 1)

        def fitted(maps: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(pad_planes(maps[..., ::-1] if mirrored else maps, size))

        painting, ground = tinted(process.painting), np.clip(process.ground * gain, 0, 1)
        states, steps = tinted(process.states), len(process.field)
        worked = np.flatnonzero(process.field.any(axis=(1, 2)))
        if not len(worked):
            raise UserError(f"{self.name(index)} has no step to learn from.", fix="Leave it out.")
        planes, facts, fields, finishes = [], [], [], []
        for start in rng.choice(worked, self.moments).tolist():
            count = int(rng.integers(1, MOST_STEPS + 1))
            canvas = tinted(process.frames[start])
            field, finish = process.joined(start, count)
            trail = process.joined(max(0, start - count), min(count, start))[0]
            known = start > 0 and rng.random() < TRAIL_KNOWN
            planes.append(
                planner_planes(
                    painting, canvas, process.labels, process.label_set, ground, states, trail if known else None,
                    self.config.n_classes,
                )
            )  # fmt: skip
            pace = min(count, steps - start) / steps
            facts.append(planner_facts(painting, canvas, ground, process.medium, pace, self.config.media))
            fields.append(field.astype(np.float32))
            finishes.append(finish)
        ranks, edges = rank_plane(process.labels, process.label_set), edge_plane(process.labels)
        order = [*painting.transpose(2, 0, 1), ranks, edges, np.ones_like(ranks), *process.order_maps()]
        return {
            "planes": fitted(np.stack(planes)),
            "facts": np.stack(facts),
            "order": fitted(np.stack(order).astype(np.float32)),
            "field": fitted(np.stack(fields)),
            "finish": fitted(np.stack(finishes)),
            "parts": fitted(process.labels + 1),
            "named": np.float32(process.label_set.named),
        }


def find_sources(data: list[Path], cache: Path | None, split: str = "train") -> list[PlannedPicture | PaintedProcess]:
    """Find the processes and the pictures with label maps in folders of data.

    Raises UserError when there are none.
    """
    found: list[PlannedPicture | PaintedProcess] = []
    for folder in data:
        listed = (folder / MANIFEST).is_file()
        if not listed and (next(folder.rglob("process.json"), None) or find_sharded([folder])):
            found += [PaintedProcess(process) for process in find_processes([folder], labelled=True, split=split)]
        else:
            pictures = find_pictures([folder], split)
            found += [PlannedPicture(file, cache) for file in pictures if file.labels is not None]
    if not found:
        names = ", ".join(str(folder) for folder in data)
        raise UserError(
            f"There is nothing to learn plans from in {names}.",
            "There are no processes, and no picture has a label map.",
            "Make some: ppp data simulate PICTURES -o FOLDER",
        )
    return found
