"""A process at another size: the strokes of its own run, rendered again; and a process from a file of strokes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .. import __version__
from ..modules.brush.media import MEDIA
from ..modules.brush.raster import draw_strokes
from ..modules.brush.stroke import UNIT, StrokeList
from ..modules.brush.stroke_file import read_strokes
from ..modules.brush.surface import SURFACES, bare_ground
from ..modules.imaging.resize import resize, resize_labels
from ..modules.io.errors import UserError
from ..modules.io.files import file_sha256
from ..modules.io.origin import PROVENANCE
from ..modules.labels import NO_PARENT, LabelSet
from ..modules.plans.spec import MOST_FRAMES
from .graph import Stream
from .images import MAX_PIXELS, Picture, quantise, read_picture, same_aspect
from .manifest import SCHEMA
from .output import MANIFEST, result_folder
from .port_values import Parts
from .provenance import Signing, metadata, name_process, seal
from .timelapse import TimeLapse
from .writers import WRITERS, VideoOptions, WriteJob, WriterFactory, write_all
from .writers.timing import video_timing
from .writers.write_all import Progress

__all__ = ["StrokeReplay", "at_size", "check_size"]

SMALLEST, LARGEST = 16, 8192  # longest side in pixels
USUAL = 1024  # of strokes without their painting
UNEXPLAINED = 0.05  # a pixel that strokes alone do not make is farther from the frame than this
STRIP = 256  # rows that are blended at a time


def check_size(longest: int) -> None:
    """Raise UserError for a longest side in pixels that no frame can have."""
    if not SMALLEST <= longest <= LARGEST:
        raise _wrong_size(longest, LARGEST)


def _wrong_size(longest: int, most: int) -> UserError:
    why = "It is the longest side of the frames in pixels."
    return UserError(f"--size {longest} cannot be used.", why, f"Use {SMALLEST} to {most}.")


def fit_longest(shape: tuple[int, ...], longest: int) -> tuple[int, int]:
    """Scale a picture's `shape` (H,W,...) to a longest side: (width, height). UserError for a size nobody can paint."""
    height, width = shape[:2]
    check_size(longest)
    scale = longest / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size[0] * size[1] > MAX_PIXELS:
        raise _wrong_size(longest, int((MAX_PIXELS * max(height, width) / min(height, width)) ** 0.5))
    return size


def at_size(lapse: TimeLapse, longest: int) -> TimeLapse:
    """Make the time lapse whose frames are those of `lapse` at another size: its strokes are rendered anew.

    What strokes do not explain (a locked part put back, gaps that the last look closes) is taken from the frame, and
    where that is the painting already, from the painting at the new size.

    Args:
        lapse: painted at its own size while the result is read.
        longest: side in pixels.

    Raises:
        UserError: the size cannot be used, or the frames are made without strokes.
    """
    size = fit_longest(lapse.picture.rgb.shape, longest)
    if not lapse.has_strokes:
        raise UserError(
            "The process cannot be rendered at another size.", f"{lapse.painters[1]} lays no brush strokes.",
            "Leave --size out, or run it anew with a larger picture.",
        )  # fmt: skip
    if size == (lapse.picture.width, lapse.picture.height):
        return lapse
    painting = np.clip(resize(lapse.picture.rgb, size), 0, 1)
    ground = _ground_at(lapse, size)

    def records() -> Iterator[dict[str, Any]]:
        states = lapse.states()
        before, _ = next(states)
        canvas = ground
        for frame, strokes in states:
            canvas = _render(canvas, before, frame, strokes, lapse.closing_pixels, painting)
            before = frame
            yield {"x_next": canvas, "strokes": strokes}

    return replace(
        lapse,
        picture=replace(lapse.picture, rgb=painting),
        parts=replace(lapse.parts, labels=resize_labels(lapse.parts.labels, size)),
        canvas=ground,
        first_frame=None,
        first_strokes=None,
        stream=Stream(records, "x_next", ("x_next", "strokes")),
        prefix=None,
        rendered={"process": lapse.header["id"], "width": lapse.picture.width, "height": lapse.picture.height},
    )


def _ground_at(lapse: TimeLapse, size: tuple[int, int]) -> np.ndarray:
    """Make frame 0 at a size (width, height): a bare surface keeps its own grain, any other picture is scaled."""
    canvas = lapse.canvas if lapse.prefix is None else lapse.prefix.frame(0)
    for surface in SURFACES:
        if np.abs(bare_ground(surface, lapse.plan.bare, *canvas.shape[:2]) - canvas).max() < 1.5 / 255:
            return bare_ground(surface, lapse.plan.bare, *size[::-1])
    return np.clip(resize(canvas, size), 0, 1)


def _render(
    canvas: np.ndarray, before: np.ndarray, frame: np.ndarray, strokes: StrokeList | None, small: np.ndarray | None,
    painting: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Paint a step at the new size.

    Args:
        canvas: (H,W,3) float32, the frame before at the new size.
        before, frame: (h,w,3) uint8, the frame before and the frame at its own size.
        strokes: of the step.
        small: the painting at its own size; None where strokes of the last finish lay their own colour.
        painting: at the new size.
    """
    done = np.zeros(frame.shape[:2], bool) if small is None else (frame == quantise(small)).all(axis=2)
    if done.all():
        return painting
    drawn, result = before.astype(np.float32) / 255, canvas.copy()
    if strokes:
        draw_strokes(drawn, strokes, painting=small)
        draw_strokes(result, strokes, painting=None if small is None else painting)
    off = np.abs(drawn - frame.astype(np.float32) / 255).max(axis=2) > UNEXPLAINED
    if off.any():
        still = (frame == before).all(axis=2)
        kinds = np.stack([off & still, off & done & ~still, off & ~done & ~still], axis=2).astype(np.float32)
        _blend(result, (canvas, painting, frame), kinds)
    return result


def _blend(result: np.ndarray, sources: tuple[np.ndarray, ...], shares: np.ndarray) -> None:
    """Lay sources over a picture, in place, where small maps (h,w,n) say so; the last source is a small frame."""
    height, width = result.shape[:2]
    scale_y, scale_x = shares.shape[0] / height, shares.shape[1] / width
    for top in range(0, height, STRIP):
        rows = slice(top, min(top + STRIP, height))
        matrix = np.array([[scale_x, 0, 0.5 * scale_x - 0.5], [0, scale_y, (top + 0.5) * scale_y - 0.5]])
        size = (width, rows.stop - top)

        def here(values: np.ndarray, matrix: np.ndarray = matrix, size: tuple[int, int] = size) -> np.ndarray:
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            return cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)

        weights = here(shares)
        if not weights.any():
            continue
        strip = result[rows] * (1 - weights.sum(axis=2, keepdims=True))
        for number, source in enumerate(sources[:2]):
            strip += source[rows] * weights[..., number : number + 1]
        result[rows] = strip + here(sources[2]).astype(np.float32) / 255 * weights[..., 2:]


class StrokeReplay:
    """A process from a file of strokes, as the brush leaves it.

    Args:
        path: of the file.
        size: longest side in pixels; None: that of the painting, or USUAL.
        painting: its painting, whose pixels strokes of the last finish lay; without it they lay their own colour.

    Raises:
        UserError: the file cannot be read, or the painting has another shape, or the size cannot be used.
    """

    def __init__(self, path: Path, *, size: int | None = None, painting: Path | None = None) -> None:
        self.path, self.file = path, read_strokes(path)
        self.picture: Picture | None = None if painting is None else read_picture(painting)
        shape = round(self.file.height * UNIT), round(self.file.width * UNIT)
        if self.picture is not None:
            if not same_aspect((self.picture.width, self.picture.height), shape[::-1]):
                raise UserError(
                    f"{painting} does not fit {path}.", "It has another shape than the picture of the strokes.",
                    "Give the painting that they are of.",
                )  # fmt: skip
            shape = self.picture.height, self.picture.width
        self._check_strokes()
        usual = USUAL if self.picture is None else max(shape)
        self.size = fit_longest(shape, usual if size is None else size)
        self.n_frames = 1 + int(self.file.strokes.step.max(initial=0))
        if not 2 <= self.n_frames <= MOST_FRAMES:
            raise UserError(
                f"{path} cannot be painted.", f"It has {self.n_frames - 1} steps.", f"1 to {MOST_FRAMES} are possible."
            )

    def _check_strokes(self) -> None:
        """Raise a UserError for the first stroke that belongs to no step, or to a part that the file does not name."""
        strokes, what, parts = self.file.strokes, f"{self.path} cannot be painted.", len(self.file.parts)
        if (early := np.flatnonzero(strokes.step < 1)).size:
            raise UserError(what, f"Stroke {early[0]} has the step 0.", "Steps begin at 1; 0 is the bare surface.")
        if parts and (unnamed := np.flatnonzero(strokes.part >= parts)).size:
            wrong = f"Stroke {unnamed[0]} has the part {strokes.part[unnamed[0]]}, which has no name."
            raise UserError(what, wrong, f"It names the parts 0 to {parts - 1}; -1 is none.")

    def __len__(self) -> int:
        return self.n_frames

    def states(self) -> Iterator[tuple[np.ndarray, StrokeList | None]]:
        """Paint the frames, (H,W,3) uint8, each with its strokes."""
        strokes, (width, height) = self.file.strokes, self.size
        medium = list(MEDIA.values())[strokes.medium[0]]
        painting = self._painting()
        canvas = bare_ground(medium.surface, self.file.ground, height, width)
        yield quantise(canvas), None
        for step in range(1, self.n_frames):
            laid = strokes[strokes.step == step]
            draw_strokes(canvas, laid, painting=painting)
            yield quantise(canvas), laid

    def _painting(self) -> np.ndarray | None:
        return None if self.picture is None else np.clip(resize(self.picture.rgb, self.size), 0, 1)

    def save(
        self, folder: Path, *, writers: list[str | WriterFactory], video: VideoOptions, overwrite: bool = False,
        progress: Progress | None = None, signing: Signing | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Paint into a result folder; returns its process.json. Raises as `TimeLapse.save` does."""
        video_timing(video, len(self), strokes=True)
        names = self.file.parts or ("painting",)
        label_set = LabelSet(names, ((0, 0, 0),) * len(names), (NO_PARENT,) * len(names))
        picture = self.picture
        header: dict[str, Any] = {
            "schema": SCHEMA,
            "kind": "rendered",
            "ppp_version": __version__,
            "painting": {
                "path": str(picture.path) if picture and picture.path else None,
                "sha256": picture.sha256 if picture else None, "width": self.size[0], "height": self.size[1],
            },
            "rendered": {"file": str(self.path), "sha256": file_sha256(self.path)},
            "frames": self.n_frames,
        }  # fmt: skip
        header |= name_process(header)
        job = WriteJob(
            folder, self.path.name, self.size, len(self),
            Parts(np.zeros(self.size[::-1], np.uint8), label_set), np.zeros((len(self) - 1, len(names)), np.float32),
            metadata(header["id"]), plan={"ground": self.file.ground, "bare": self.file.ground},
            video=video, painting=self._painting(), strokes=True, reference=self._painting(),
        )  # fmt: skip
        inputs = {"the file of strokes": self.path, "the painting": picture.path if picture else None}
        with result_folder(folder, overwrite, inputs=inputs) as part:
            kinds = [WRITERS[kind] if isinstance(kind, str) else kind for kind in writers]
            facts = write_all(replace(job, folder=part), kinds, self.states(), progress)
            process = seal(
                header | {"provenance": PROVENANCE} | facts, part, signing, picture.path if picture else None
            )
            (part / MANIFEST).write_text(json.dumps(process, indent=1) + "\n", encoding="utf-8")
        return process
