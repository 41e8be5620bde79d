"""The result of a run: frames that are painted while they are read, and their record."""

import json
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..modules.brush.stroke import StrokeList
from ..modules.degree import DegreeMode
from ..modules.io.errors import PPPError
from ..modules.paints.pigments import Shelf
from ..modules.plans.plan import Plan
from .blocks.ports import STROKES
from .graph import Stream
from .images import Picture, quantise
from .initial_canvas import PaintedPrefix
from .manifest import Recorder, process_header, process_json, requested_vs_reached
from .output import MANIFEST, result_folder
from .port_values import Parts
from .provenance import Signing, metadata, seal
from .writers import DEFAULT, WRITERS, VideoOptions, WriteJob, WriterFactory, write_all
from .writers.canvas_size import CanvasSize
from .writers.captions import add_captions
from .writers.timing import video_timing
from .writers.write_all import Progress


@dataclass
class TimeLapse:
    """N frames from the bare canvas to the painting, made by `Pipeline.__call__`.

    Iterating paints them one by one, (H,W,3) float32 in [0,1], on the grid of 8-bit values: what is iterated is exactly
    what `save` writes. Every iteration paints from the start again and gives the same frames; only one is held.

    Attributes:
        picture: the painting as it was read.
        parts: its label map.
        plan: what is painted when.
        canvas: frame 0, (H,W,3).
        first_frame: frame 1 where it was made ahead of the loop, else None.
        first_strokes: its brush strokes, where it has some.
        stream: the frames that the loop paints, whose records may have strokes beside them.
        painters: who makes frame 1 and who the rest, as process.json says it.
        closing: "model", or "input" where the frames block puts the painting at the end, which process.json calls
            "palette" where that is in a palette's colours.
        degree_mode: how degrees are measured.
        weights: what process.json says that each stage was made by.
        seed: which artist.
        device: that the stages run on.
        runtime: what computes them, torch or onnx; None where none has a network.
        times: seconds spent so far, by node.
        notes: sentences that a person should read.
        made_with: where the stages came from.
        started_from: what process.json says of a canvas that was given as frame 0.
        prefix: frames that were painted before.
        rendered: of which process these frames are a rendering at another size, as process.json says it.
        palette: the paints in whose colours it is painted; `picture` is in them.
    """

    picture: Picture
    parts: Parts
    plan: Plan
    canvas: np.ndarray
    first_frame: np.ndarray | None
    first_strokes: StrokeList | None
    stream: Stream
    painters: tuple[str, str]
    closing: str
    degree_mode: DegreeMode
    weights: dict[str, Any]
    seed: int
    device: str
    times: dict[str, float]
    notes: list[str]
    runtime: str | None = None
    made_with: dict[str, Any] = field(default_factory=dict)
    started_from: dict[str, Any] | None = None
    prefix: PaintedPrefix | None = None
    rendered: dict[str, Any] | None = None
    palette: Shelf | None = None
    _process: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def closing_pixels(self) -> np.ndarray | None:
        """What strokes of the last finish lay: the painting (H,W,3), or None where it ends as the brush leaves it."""
        return self.picture.rgb if self.plan.ending == "painting" else None

    def __len__(self) -> int:
        return self.plan.n_frames

    def __iter__(self) -> Iterator[np.ndarray]:
        return (frame.astype(np.float32) / 255 for frame, _ in self._paint(dict(self.times)))

    def states(self) -> Iterator[tuple[np.ndarray, StrokeList | None]]:
        """Paint the frames, (H,W,3) uint8, each with the brush strokes that made it of the one before, or None."""
        return self._paint(dict(self.times))

    @property
    def frames(self) -> Iterator[np.ndarray]:
        """The frames, painted while they are read."""
        return iter(self)

    @property
    def has_strokes(self) -> bool:
        """Whether the frames' brush strokes are known."""
        return STROKES.name in self.stream.ports

    @property
    def process(self) -> dict[str, Any]:
        """What process.json says. Paints the frames once when nobody has read them yet."""
        if self._process is None:
            for _ in self._paint(dict(self.times)):
                pass
        assert self._process is not None
        return self._process

    @cached_property
    def header(self) -> dict[str, Any]:
        """The keys of process.json that are known before the first frame, the process's `id` included."""
        continued = None if self.prefix is None else self.prefix.facts
        palette = None if self.palette is None else self.palette.to_json()
        more = {"from": self.started_from, "continued": continued, "rendered": self.rendered, "palette": palette}
        return process_header(
            self.picture, self.parts, self.plan.to_json(), weights=self.weights, seed=self.seed, mode=self.degree_mode,
            **more,
        )  # fmt: skip

    def _unquantised(self) -> Iterator[tuple[np.ndarray, StrokeList | None]]:
        """Yield the frames as they come, (H,W,3) float, with their strokes."""
        if self.prefix is not None:
            yield from ((frame, None) for frame in self.prefix.frames())
        else:
            yield self.canvas, None
            if self.first_frame is not None:
                yield self.first_frame, self.first_strokes
        for values in self.stream.records():
            yield values[self.stream.port], values.get(STROKES.name)

    def _paint(self, times: dict[str, float]) -> Iterator[tuple[np.ndarray, StrokeList | None]]:
        """Paint frames as uint8, each measured, with their strokes; `times` gets the seconds of both."""
        recorder = Recorder(self.picture.rgb, self.parts, self.plan.degrees, self.degree_mode)
        frames = self._unquantised()
        times["frames"] = times["measure"] = 0.0
        count = 0
        last = None
        while True:
            started = time.perf_counter()
            frame, strokes = next(frames, (None, None))
            if frame is None:
                break
            if not np.isfinite(frame.sum()):
                raise PPPError(f"Frame {count} holds NaN or infinity.", f"It was made by {self._painter(count)}.")
            last = quantise(frame)
            painted = time.perf_counter()
            recorder.add(count, last, self._painter(count))
            times["frames"] += painted - started
            times["measure"] += time.perf_counter() - painted
            yield last, strokes
            count += 1
        if last is None or count != len(self):
            raise PPPError(f"{count} frames were painted, and {len(self)} requested.", f"By {self.painters}.")
        self._process = self._record(recorder, last, times)

    def _painter(self, index: int) -> str:
        """Who painted frame `index`."""
        if self.prefix is not None and 0 < index < self.prefix.at:
            return self.prefix.painters[index - 1]
        return self.painters[0] if index == 1 else self.painters[1]

    def _record(self, recorder: Recorder, last: np.ndarray, times: dict[str, float]) -> dict[str, Any]:
        # Only a last frame that is the painting, pixel by pixel, may be said to be the input.
        closing = self.closing
        if closing == "input" and not np.array_equal(last, quantise(self.picture.rgb)):
            closing = "model"
        if closing == "input" and self.palette is not None:
            closing = "palette"
        process = process_json(
            self.header, recorder, closing=closing, times=times, device=self.device, runtime=self.runtime
        )
        compared = requested_vs_reached(self.plan, self.parts, self.picture.rgb, self._ground(), last)
        return process | {"made_with": self.made_with, "told": compared}

    def _ground(self) -> np.ndarray:
        """Find what was there before anything was painted: (H,W,3) or, for an artist's own ground, (3,)."""
        if self.started_from is None:
            return np.array(self.plan.ground, np.float32)
        return self.canvas if self.prefix is None else self.prefix.frame(0)

    def save(
        self,
        folder: Path | str,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
        writers: Sequence[str | WriterFactory] = DEFAULT,
        video: VideoOptions | None = None,
        canvas_size: CanvasSize | None = None,
        signing: Signing | None = None,
    ) -> Path:
        """Paint the frames into a result folder, which appears complete or not at all.

        Args:
            folder: where frames/, the time lapse, sheets, stills and process.json go.
            overwrite: replace a result that is already there.
            progress: called with the number of frames done, and of all, after each.
            writers: names in `WRITERS`, or functions that create a writer from a `WriteJob`.
            video: formats and speed of the video.
            canvas_size: at which the step sheet gives brush widths; None: one that is usual for the medium.
            signing: the key that the result is signed with.

        Returns:
            The folder's path.

        Raises:
            UserError: the folder holds a result (unless `overwrite`) or anything else, or the video's numbers do not
                fit the number of frames.
        """
        folder = Path(folder)
        video = video or VideoOptions()
        video_timing(video, len(self), strokes=self.has_strokes)  # reports wrong numbers before anything is painted
        times = dict(self.times)
        inputs = {"the painting": self.picture.path, "the process": self.prefix.paths if self.prefix else None}
        with result_folder(folder, overwrite, inputs=inputs) as part:
            started = time.perf_counter()
            kinds = [WRITERS[kind] if isinstance(kind, str) else kind for kind in writers]
            facts = write_all(self._job(part, video, canvas_size), kinds, self._paint(times), progress)
            if video.captions:
                facts |= add_captions(part, facts, len(self), video.captions, metadata(self.header["id"]))
            for index, path in enumerate(self.prefix.paths if self.prefix is not None and "frames" in writers else ()):
                shutil.copyfile(path, part / "frames" / f"{index:05}.png")  # as they were, byte by byte
            # Writing goes on while the next frame is painted: this is what it took on top.
            times["write"] = time.perf_counter() - started - times["frames"] - times["measure"]
            assert self._process is not None
            self._process["times"] = {name: round(seconds, 3) for name, seconds in times.items()}
            self._process.update(facts)
            self._process = seal(self._process, part, signing, self.picture.path)
            (part / MANIFEST).write_text(json.dumps(self._process, indent=1) + "\n", encoding="utf-8")
        return folder

    def _job(self, folder: Path, video: VideoOptions, canvas_size: CanvasSize | None) -> WriteJob:
        size, header = (self.picture.width, self.picture.height), self.header
        return WriteJob(
            folder, self.picture.name, size, len(self), self.parts, self.plan.degrees, metadata(header["id"]),
            plan=header["plan"], video=video, canvas_size=canvas_size,
            painting=self.closing_pixels,
            strokes=self.has_strokes, reference=self.picture.rgb, palette=self.palette,
        )  # fmt: skip
