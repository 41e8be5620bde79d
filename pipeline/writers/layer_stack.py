"""Layer stack: the strokes of a process sorted into layers, one a pass, and groups, one a part, in true order.

Paint that is laid later may only go below other paint that it does not meet. So a pass that is interrupted goes on in
its old layer as long as nothing lies over that in between, and a part has one group as long as its layers do not
sandwich those of other parts; else a further layer or group is begun on top.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...modules.brush.marks import MARK_TABLE
from ...modules.brush.stroke import MARKS, StrokeList
from ...modules.finish_levels import LEVELS
from ...modules.plans.plan import EVERYTHING, WHOLE

SPREAD = 3  # so many times as many changes of part as there are parts make a pass one over everything
_TRANSPARENT = np.array([MARK_TABLE[name].transparent for name in MARKS])
_PAINTING, _SMOOTH = LEVELS.index("painting"), LEVELS.index("smooth")

PASS_NAMES = {
    "ground": "tone", "sketch": "sketch", "wash": "pale wash", "lined": "flat colour in the lines", "flat": "block in",
    "form": "light and shadow", "smooth": "soften", "painting": "finish",
}  # fmt: skip
LAST_TOUCHES = "last touches"


@dataclass(frozen=True)
class LayerKey:
    """Which strokes share a layer.

    Attributes:
        part: index of their part, or WHOLE.
        name: of the pass.
        glaze: whether all of them are transparent: a layer that multiplies what lies below.
    """

    part: int
    name: str
    glaze: bool = False


@dataclass(frozen=True)
class PackedMask:
    """A mask (H,W) bool in little memory."""

    shape: tuple[int, int]
    data: bytes

    @classmethod
    def of(cls, mask: np.ndarray) -> "PackedMask":
        return cls((mask.shape[0], mask.shape[1]), zlib.compress(np.packbits(mask).tobytes(), 1))

    def unpack(self) -> np.ndarray:
        bits = np.frombuffer(zlib.decompress(self.data), np.uint8)
        return np.unpackbits(bits, count=self.shape[0] * self.shape[1]).reshape(self.shape).astype(bool)


@dataclass(frozen=True)
class PixelFix:
    """Pixels of a frame that its strokes do not make: where, and their colours. `solid`: nothing else made them."""

    where: PackedMask
    colours: bytes
    solid: bool

    @classmethod
    def of(cls, frame: np.ndarray, where: np.ndarray, *, solid: bool) -> "PixelFix":
        return cls(PackedMask.of(where), zlib.compress(frame[where].tobytes(), 1), solid)

    def unpack(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where they are, (H,W) bool, and their colours (n,3) uint8."""
        return self.where.unpack(), np.frombuffer(zlib.decompress(self.colours), np.uint8).reshape(-1, 3)


@dataclass(frozen=True)
class LayerRun:
    """Strokes of one layer that are laid one after the other in a step.

    Attributes:
        strokes: may be none.
        hidden: where they do not show: what a step must not touch was put back.
        fix: pixels that are right only with it, after the strokes.
    """

    key: LayerKey
    strokes: StrokeList
    hidden: PackedMask | None = None
    fix: PixelFix | None = None


@dataclass
class StackLayer:
    """One layer: its runs in their order, and where it has paint: bool, or bits in bytes, of any shape."""

    key: LayerKey
    number: int  # 1 for the first with its key
    runs: list[LayerRun]
    cover: np.ndarray = field(repr=False)


@dataclass
class StackGroup:
    """Layers of a part, the lowest first, and where they have paint."""

    part: int
    number: int
    layers: list[StackLayer]
    cover: np.ndarray = field(repr=False)


class LayerStack:
    """Groups of layers, the lowest first."""

    def __init__(self) -> None:
        self.groups: list[StackGroup] = []

    def add(self, run: LayerRun, cover: np.ndarray) -> None:
        """Lay a run on top, as deep as it may go; `cover` is where it has paint."""
        group, layer = self._same_layer(run.key, cover) or (self._group(run.key.part, cover), None)
        if layer is None:
            number = 1 + sum(other.key == run.key for others in self.groups for other in others.layers)
            group.layers.append(StackLayer(run.key, number, [run], cover))
        else:
            layer.runs.append(run)
            layer.cover = layer.cover | cover
        group.cover = group.cover | cover

    def _same_layer(self, key: LayerKey, cover: np.ndarray) -> tuple[StackGroup, StackLayer] | None:
        """Find the uppermost layer with this key, if the paint meets none of what lies above it."""
        for group in reversed(self.groups):
            if group.part != key.part and not _meet(group.cover, cover):
                continue
            for layer in reversed(group.layers):
                if layer.key == key:
                    return group, layer
                if _meet(layer.cover, cover):
                    return None
        return None

    def _group(self, part: int, cover: np.ndarray) -> StackGroup:
        """Find the uppermost group of a part, if the paint meets none of the groups above it; else begin one."""
        for group in reversed(self.groups):
            if group.part == part:
                return group
            if _meet(group.cover, cover):
                break
        number = 1 + sum(group.part == part for group in self.groups)
        self.groups.append(StackGroup(part, number, [], np.zeros_like(cover)))
        return self.groups[-1]


def _meet(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one & other).any())


def split_runs(
    strokes: StrokeList, passes: Sequence[tuple[int, str]], *, closes: bool = True
) -> list[tuple[LayerKey, StrokeList]]:
    """Divide the strokes of a step among the passes that laid them, in their order.

    Args:
        strokes: of the step.
        passes: (part or WHOLE, finish) of the passes that the step carries out, in their order; may be unknown.
        closes: whether strokes of the last finish lay the painting's own pixels, which are opaque.
    """
    if not len(strokes):
        return []
    glaze = _TRANSPARENT[strokes.mark] & ~(closes & (strokes.finish == _PAINTING))
    begins = np.flatnonzero(np.diff(strokes.part, prepend=-2) | np.diff(strokes.finish.astype(int), prepend=-1))
    known = set(zip(strokes.part.tolist(), strokes.finish.tolist(), strict=True))
    whole = not passes and len(begins) > SPREAD * len(known)
    at, keys = 0, np.zeros(len(strokes), np.int64)  # indices in `found`
    found: list[tuple[int, str]] = []
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(strokes)], strict=True):
        part, finish = int(strokes.part[begin]), int(strokes.finish[begin])
        fits = [i for i in range(at, len(passes)) if _fits(passes[i], part, finish)]
        at = fits[0] if fits else at
        one = (
            passes[at] if fits else (WHOLE if whole or LEVELS[finish] in ("ground", "sketch") else part, LEVELS[finish])
        )
        if one not in found:
            found.append(one)
        keys[begin:end] = found.index(one)
    cuts = [*np.flatnonzero(np.diff(keys, prepend=-1)).tolist(), len(strokes)]
    return [
        (_key(*found[keys[begin]], glaze=bool(glaze[begin:end].all())), strokes[begin:end])
        for begin, end in zip(cuts, cuts[1:], strict=False)
    ]


def _fits(one: tuple[int, str], part: int, finish: int) -> bool:
    level = LEVELS.index(one[1])
    # What ends as a transparent medium leaves it has no opaque last coat.
    return one[0] in (WHOLE, part) and (finish == level or (finish == _SMOOTH and level == _PAINTING))


def _key(part: int, finish: str, *, glaze: bool) -> LayerKey:
    last = part == WHOLE and finish == "painting"
    return LayerKey(part, LAST_TOUCHES if last else PASS_NAMES.get(finish, finish), glaze)


def step_passes(plan: Mapping[str, Any], names: Sequence[str]) -> dict[int, list[tuple[int, str]]]:
    """List for every frame the passes, (part or WHOLE, finish), that a plan as in process.json makes it by."""
    index = {name: k for k, name in enumerate(names)} | {EVERYTHING: WHOLE}
    passes = [(index.get(one["part"], WHOLE), one["finish"]) for one in plan.get("passes") or []]
    return {
        step["frame"]: [passes[i] for i, _, _ in step.get("passes") or [] if 0 <= i < len(passes)]
        for step in plan.get("steps") or []
    }
