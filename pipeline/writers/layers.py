"""Writer of layers.ora and layers.psd: the process as layers to paint on with, one a pass, in groups, one a part."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from ...modules.brush.raster import render_strokes
from ...modules.brush.stroke import EMPTY, StrokeList
from ...modules.io.errors import UserError
from ...modules.plans.plan import EVERYTHING, WHOLE
from .base import WriteJob, Writer
from .format_names import parse_format_names
from .layer_files import LAYER_FORMATS, LayerFile
from .layer_pixels import close_gap, flatten_layer, opaque, to_picture
from .layer_stack import (
    LAST_TOUCHES,
    LayerKey,
    LayerRun,
    LayerStack,
    PackedMask,
    PixelFix,
    StackLayer,
    split_runs,
    step_passes,
)

UNEXPLAINED = 2 / 255  # a pixel that strokes alone do not make is farther from the frame than this
COVERED = 0.5 / 255  # what covers less is not seen
COVER_SIDE = 1024  # longest side at which it is known where layers lie
GROUND = "ground"


def parse_layer_formats(values: Sequence[str]) -> tuple[str, ...]:
    """Parse the values of `--layers`, each one or more names with commas between them; no duplicates.

    Raises UserError for an unknown format, or one that a package is missing for.
    """
    names = parse_format_names("--layers", values, LAYER_FORMATS, " Krita and GIMP open ora.")
    for name in names:
        LAYER_FORMATS[name].check()
    return names


class LayersWriter(Writer):
    """Collects strokes while the frames come, and renders them layer by layer at the end.

    Raises UserError when the frames are made without strokes.
    """

    def __init__(self, job: WriteJob, formats: Sequence[str] = ("ora",)) -> None:
        super().__init__(job)
        if not job.strokes:
            raise UserError(
                "There are no layers to write.", "The frames are painted by a block that lays no strokes.",
                "Leave --layers out, or paint with brush strokes: --medium auto",
            )  # fmt: skip
        self.formats = formats
        self.stack = LayerStack()
        self.passes = step_passes(job.plan, job.parts.label_set.names)
        self.ground = self.before = np.zeros((0, 0, 3), np.uint8)
        self.every = max(1, -(-max(job.size) // COVER_SIDE))
        self._open: list[LayerFile] = []

    def add(self, index: int, frame: np.ndarray, strokes: StrokeList | None) -> None:
        if index == 0:
            self.ground = frame.copy()
        elif strokes is None:
            changed = (frame != self.before).any(axis=2)
            key, fix = LayerKey(WHOLE, f"step {index}"), PixelFix.of(frame, changed, solid=True)
            self.stack.add(LayerRun(key, EMPTY, fix=fix), self._cover(changed))
        else:
            self._add_step(index, frame, strokes)
        self.before = frame.copy()

    def _add_step(self, index: int, frame: np.ndarray, strokes: StrokeList) -> None:
        """Sort the strokes of a step into layers, and find which pixels they do not explain."""
        drawn, runs = self.before.astype(np.float32) / 255, []
        closes = self.job.painting is not None
        for key, own in split_runs(strokes, self.passes.get(index, []), closes=closes):
            layer = render_strokes(own, *frame.shape[:2], painting=self.job.painting)
            if layer is None:
                continue
            layer.apply(drawn)
            top, bottom, left, right = layer.box
            cover = np.zeros(frame.shape[:2], bool)
            cover[top:bottom, left:right] = layer.coverage > COVERED
            runs.append((key, own, cover))
        off = np.abs(drawn - frame.astype(np.float32) / 255).max(axis=2) > UNEXPLAINED
        still = off & (frame == self.before).all(axis=2)
        hidden = PackedMask.of(still) if still.any() else None
        for key, own, cover in runs:
            self.stack.add(LayerRun(key, own, hidden), self._cover(cover & ~still))
        changed = off & ~still
        if changed.any():
            key = LayerKey(runs[-1][0].part, runs[-1][0].name) if runs else LayerKey(WHOLE, f"step {index}")
            self.stack.add(LayerRun(key, EMPTY, fix=PixelFix.of(frame, changed, solid=False)), self._cover(changed))

    def _cover(self, mask: np.ndarray) -> np.ndarray:
        """Pack a mask (H,W) bool into bits, scaled down: what has any of it counts. There may be hundreds."""
        if self.every == 1:
            return np.packbits(mask)
        height, width = (-(-side // self.every) for side in mask.shape)
        padded = np.zeros((height * self.every, width * self.every), np.uint8)
        padded[: mask.shape[0], : mask.shape[1]] = mask
        return np.packbits(cv2.resize(padded * 255, (width, height), interpolation=cv2.INTER_AREA) > 0)

    def close(self) -> dict[str, Any]:
        names = [f"layers.{name}" for name in self.formats]
        for name, file in zip(self.formats, names, strict=True):
            self._open.append(LAYER_FORMATS[name](self.job.folder / file, self.job.size, self.job.text))
        for file_ in self._open:
            file_.add(GROUND, opaque(self.ground))
        canvas = self.ground.astype(np.float32) / 255
        if not self.stack.groups or self.stack.groups[-1].layers[-1].key.glaze:  # that can only darken
            everywhere = self._cover(np.ones(self.before.shape[:2], bool))
            self.stack.add(LayerRun(LayerKey(WHOLE, LAST_TOUCHES), EMPTY), everywhere)
        count, groups = 1, self.stack.groups
        for group in groups:
            for file_ in self._open:
                file_.begin_group()
            for layer in group.layers:
                planes = flatten_layer(layer, canvas, self.job.painting)
                if layer is groups[-1].layers[-1]:
                    close_gap(planes, canvas, self.before)
                if (picture := to_picture(planes, canvas)) is not None:
                    count += 1
                    for file_ in self._open:
                        file_.add(self._layer_name(layer), picture)
            for file_ in self._open:
                file_.end_group(_numbered(self._part_name(group.part), group.number))
        for file_ in self._open:
            file_.close(self.before)
        self._open = []
        off = np.abs(np.rint(canvas * 255) - self.before)
        return {"layers": {"files": names, "groups": len(groups), "layers": count, "off": int(off.max(initial=0))}}

    def abort(self) -> None:
        for file in self._open:
            file.abort()

    def _part_name(self, part: int) -> str:
        return EVERYTHING if part == WHOLE else self.job.parts.label_set.names[part]

    def _layer_name(self, layer: StackLayer) -> str:
        return _numbered(f"{self._part_name(layer.key.part)}: {layer.key.name}", layer.number)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name} ({number})"
