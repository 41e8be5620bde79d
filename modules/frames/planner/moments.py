"""A process at plan size, as the planner learns from it: the canvases, and what each step painted on them.

Simulated artists need no strokes for it: their plans are carried out exactly. Recorded processes are shrunk; what their
steps painted is what changed.
"""

import hashlib
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ...brush.media import MEDIA
from ...brush.media.detect import detect_medium
from ...data.pictures import PictureFile
from ...data.processes.process import Process
from ...finish_levels import finish_states, level
from ...imaging.resize import fit_size, resize, resize_labels
from ...io.files import atomic_file
from ...label_files import read_label_set
from ...labels import PORTRAIT, LabelSet
from ...plans import make_context, make_plan
from ...plans.context import PLAN_SIZE
from ...plans.dry_run import start_canvas
from ...plans.plan import UNSPECIFIED, Plan
from ...plans.scheduler import PassQueues
from .inputs import SEEN, STATES

FRAMES = 32  # of a simulated process, and most of a recorded one
PICTURE_SIZE = 192  # longest side at which pictures are read: plans are smaller, what tells the medium is not
OTHER_MEDIUM = 0.5  # share of the simulated artists in any medium, whatever the picture looks like
READABLE = (*SEEN, "painting")  # levels that a recorded frame is compared with
CHANGED = 0.04  # a smaller difference between recorded frames is noise
UNDECIDED = 0.01  # two levels that are so near to what was painted cannot be told apart


@dataclass(frozen=True)
class Moments:
    """N canvases of one process, and its N-1 steps."""

    painting: np.ndarray  # (h,w,3) uint8
    labels: np.ndarray  # (h,w) uint8
    label_set: LabelSet
    ground: np.ndarray  # (3,) float32
    medium: str
    frames: np.ndarray  # (N,h,w,3) uint8
    states: np.ndarray  # (4,h,w,3) uint8, the painting at the levels `inputs.SEEN`
    field: np.ndarray  # (N-1,h,w) bool, where each step painted
    finish: np.ndarray  # (N-1,h,w) uint8, to which level, `UNSPECIFIED` where that is not known

    def order_maps(self) -> np.ndarray:
        """When each pixel was first and last painted, (2,h,w) float32 in [0,1]; 1 where never."""
        steps = len(self.field)
        times = np.where(self.field, np.linspace(0, 1, steps)[:, None, None], np.nan)
        painted = self.field.any(axis=0)
        first, last = np.ones((2, *painted.shape), np.float32)
        first[painted] = np.nanmin(times[:, painted], axis=0)
        last[painted] = np.nanmax(times[:, painted], axis=0)
        return np.stack([first, last])

    def joined(self, step: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Join `count` steps from `step` on: field (h,w) bool and finish (h,w) uint8, of later ones on top."""
        where, finish = np.zeros(self.labels.shape, bool), np.full(self.labels.shape, UNSPECIFIED, np.uint8)
        for now, levels in zip(self.field[step : step + count], self.finish[step : step + count], strict=True):
            where |= now
            finish[now] = levels[now]
        return where, finish

    def save(self, path: Path) -> None:
        """Write to an .npz file."""
        arrays: dict[str, Any] = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        facts = json.dumps({"medium": self.medium, "label_set": self.label_set.to_json()})
        with atomic_file(path) as part, part.open("wb") as file:
            np.savez_compressed(file, facts=np.array(facts), **arrays)

    @classmethod
    def load(cls, path: Path) -> "Moments":
        """Read what `save` wrote."""
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            facts = json.loads(str(file["facts"]))
            arrays = {name: file[name] for name in file.files if name != "facts"}
        return cls(medium=facts["medium"], label_set=LabelSet.from_json(facts["label_set"]), **arrays)


def moments_of_plan(plan: Plan, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet) -> Moments:
    """Carry out a plan without strokes; painting (H,W,3) float32 in [0,1], labels (H,W)."""
    context = make_context(painting, labels, label_set, np.array(plan.ground, np.float32), None, plan.medium)
    queues = PassQueues(context, plan.passes, plan.medium)
    canvas = np.broadcast_to(np.array(plan.bare, np.float32), context.painting.shape)
    frames, regions = [canvas], []
    for number, step in enumerate(plan.slices, 1):
        if number == 1:
            canvas = start_canvas(context, plan.start, [plan.passes[piece.index] for piece in step])
        else:
            canvas = queues.paint(canvas, step, plan.constrained_at(number))
        frames.append(canvas)
        regions.append(plan.region(step, plan.constrained_at(number)))
    field, finish = (np.stack(maps) for maps in zip(*regions, strict=True))
    return Moments(
        _bytes(context.painting), context.labels, label_set, context.ground, plan.medium,
        np.stack([_bytes(frame) for frame in frames]), _bytes(context.states[STATES]), field, finish,
    )  # fmt: skip


def moments_of_process(process: Process) -> Moments:
    """Shrink a process; the fields of a simulated one are those of its plan."""
    count, label_set = len(process.frame_names), process.label_set
    at = np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int)).tolist()
    full = process.painting()
    size = fit_size(full.shape, PLAN_SIZE)

    def small(picture: np.ndarray) -> np.ndarray:
        return resize(picture.astype(np.float32) / 255, size).reshape(size[1], size[0], 3).astype(np.float32)

    painting, labels = small(full), resize_labels(process.labels(), size)
    frames = [small(process.frame(number)) for number in at]
    ground = np.asarray(process.info.get("ground", [0.96, 0.955, 0.935]), np.float32)
    plan, states = process.plan, finish_states(painting, labels, label_set, ground)
    steps = []
    for number, (a, b) in enumerate(zip(at, at[1:], strict=False)):
        if any(a < cut <= b for cut in process.cuts):
            steps.append((np.zeros(labels.shape, bool), np.full(labels.shape, UNSPECIFIED, np.uint8)))
        elif plan is not None and a > 0:
            steps.append(_planned_step(plan["field"][a:b], plan["finish"][a:b], size))
        else:
            steps.append(_seen_step(frames[number], frames[number + 1], states))
    field, finish = (np.stack(maps) for maps in zip(*steps, strict=True))
    medium = (process.info.get("plan") or {}).get("medium") or detect_medium(full.astype(np.float32) / 255)
    return Moments(
        _bytes(painting),
        labels,
        label_set,
        ground,
        medium,
        np.stack([_bytes(frame) for frame in frames]),
        _bytes(states[STATES]),
        field,
        finish,
    )


def _planned_step(fields: np.ndarray, levels: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    where = cv2.resize(fields.max(axis=0), size, interpolation=cv2.INTER_LINEAR) > 127
    finish = np.full(levels.shape[1:], UNSPECIFIED, np.uint8)
    for step in levels:
        finish[step != UNSPECIFIED] = step[step != UNSPECIFIED]
    return where, resize_labels(finish, size)


def _seen_step(before: np.ndarray, after: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find where a recorded step painted, and the level that what it painted is nearest to, where one is."""
    changed = (np.abs(after - before).max(axis=2) > CHANGED).astype(np.uint8)
    where = cv2.morphologyEx(changed, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    levels = np.array([level(name) for name in READABLE], np.uint8)
    apart = np.stack([cv2.blur(np.abs(after - states[index]).mean(axis=2), (3, 3)) for index in levels])
    nearest, second = np.sort(apart, axis=0)[:2]
    finish = levels[apart.argmin(axis=0)]
    finish[~where | (second - nearest < UNDECIDED)] = UNSPECIFIED
    return where, finish


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)


@dataclass(frozen=True)
class PlannedPicture:
    """A picture with label map that simulated artists plan."""

    file: PictureFile
    cache: Path | None = None

    @property
    def name(self) -> str:
        return self.file.name

    def moments(self, artist: int) -> Moments:
        """Let artist number `artist` plan it; read from the cache where it was planned before."""
        seed = int.from_bytes(hashlib.sha256(f"{self.name}/{artist}".encode()).digest()[:4], "big") >> 1
        path = None if self.cache is None else self.cache / f"{seed:08x}-{self.name}-{artist}.npz"
        if path is not None and path.is_file():
            return Moments.load(path)
        painting, labels, label_set = read_labelled(self.file)
        rng = np.random.default_rng([seed, 5])
        medium = str(rng.choice(list(MEDIA))) if rng.random() < OTHER_MEDIUM else None
        plan = make_plan("artist", painting, labels, label_set, FRAMES, seed, medium=medium)
        made = moments_of_plan(plan, painting, labels, label_set)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.save(path)
        return made


def read_labelled(file: PictureFile) -> tuple[np.ndarray, np.ndarray, LabelSet]:
    """Read a picture that has a label map: painting (H,W,3) float32 in [0,1], labels (H,W), and their set."""
    label_set = file.label_set
    if file.labels is not None and label_set == PORTRAIT:  # unless a manifest says more
        label_set = read_label_set(file.labels) or label_set
    painting, labels = file.load(label_set, PICTURE_SIZE)
    assert labels is not None
    return painting, labels, label_set


@dataclass(frozen=True)
class PaintedProcess:
    """A process on disk."""

    process: Process

    @property
    def name(self) -> str:
        return str(self.process.folder)

    def moments(self, artist: int) -> Moments:
        """Shrink it; whoever painted it, it is one artist's."""
        return moments_of_process(self.process)
