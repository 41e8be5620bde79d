"""Output options of `ppp run` and `ppp replay`: formats and speed of the video, the step sheet, the overlay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..modules.io.errors import UserError, did_you_mean
from ..modules.paints.pigments import PALETTES
from .completion import complete_names
from .options import print_note

if TYPE_CHECKING:
    from ..pipeline.provenance import Signing
    from ..pipeline.timelapse import TimeLapse
    from ..pipeline.writers import VideoOptions
    from ..pipeline.writers.canvas_size import CanvasSize
    from ..pipeline.writers.sheet_options import SheetOptions
    from ..pipeline.writers.write_all import Progress, WriterFactory

MOST_TITLE = 120  # letters of a title card


@dataclass(frozen=True)
class OutputOptions:
    """What is written of a time lapse."""

    video_format: Annotated[
        list[str] | None,
        typer.Option(
            "--video-format",
            autocompletion=complete_names(("mp4", "webm", "gif", "webp", "apng"), several=True),
            help="mp4 (the default), webm, gif, webp or apng. Repeatable, or several separated by commas.",
        ),
    ] = None
    fps: Annotated[float | None, typer.Option("--fps", help="Pictures per second of the video, 0.1 to 60.")] = None
    duration: Annotated[
        float | None,
        typer.Option("--duration", help="Seconds of the whole video, including the hold of the last frame."),
    ] = None
    smooth: Annotated[
        int | None,
        typer.Option(
            "--smooth",
            help="Pictures that each frame takes in the video, which show its strokes being laid; 1: frames only. "
            "By default as many as make a film of about 15 seconds.",
        ),
    ] = None
    show_brush: Annotated[
        bool, typer.Option("--show-brush", help="Show the brush that lays the strokes in the video.")
    ] = False
    speed: Annotated[
        float | None, typer.Option("--speed", help="How many times as fast the video is as by default: 2, 0.5.")
    ] = None
    shape: Annotated[
        str | None,
        typer.Option(
            "--format",
            autocompletion=complete_names(("portrait", "square", "landscape")),
            help="Shape of the video: portrait (9:16), square or landscape (16:9).",
        ),
    ] = None
    beside: Annotated[bool, typer.Option("--beside", help="Show the painting beside the canvas in the video.")] = False
    title_card: Annotated[
        str | None, typer.Option("--title-card", metavar="TEXT", help="Begin the video with a card that says this.")
    ] = None
    captions: Annotated[
        bool,
        typer.Option(
            "--captions",
            help="Say in captions what each step does: timelapse.srt, .vtt; in an mp4 as a track with chapters, too.",
        ),
    ] = False
    strokes: Annotated[
        list[str] | None,
        typer.Option(
            "--strokes",
            autocompletion=complete_names(("json", "svg"), several=True),
            help="Also write every brush stroke in order with step, part, colour and width: json, svg, or json,svg.",
        ),
    ] = None
    layers: Annotated[
        list[str] | None,
        typer.Option(
            "--layers",
            autocompletion=complete_names(("ora", "psd"), several=True),
            help="Also write the process as layers, one a pass, grouped by part, which stacked are the painting: ora "
            "(Krita, GIMP), psd, or ora,psd.",
        ),
    ] = None
    numbers: Annotated[
        list[str] | None,
        typer.Option(
            "--numbers",
            autocompletion=complete_names(("svg", "pdf"), several=True),
            help="Also write the painting to paint by numbers, colours in the plan's order: svg, pdf, or svg,pdf.",
        ),
    ] = None
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also write overlay pictures of what each step changed.")
    ] = False
    canvas_size: Annotated[
        str | None,
        typer.Option(
            "--canvas-size",
            metavar="LENGTH",
            help="Longest side of the canvas that somebody paints along on, for the brush widths of the step sheet: "
            "60cm, 24in, 2000px. Default: one that is usual for the medium.",
        ),
    ] = None

    sheet: Annotated[
        list[str] | None,
        typer.Option(
            "--sheet",
            autocompletion=complete_names(("png", "pdf"), several=True),
            metavar="FORMAT",
            help="The step sheet as png (the default), as pdf with a grid, an outline to trace and a value study, "
            "or as both: png,pdf.",
        ),
    ] = None
    title: Annotated[
        str | None,
        typer.Option("--title", help="Title of the step sheet, in place of one made of the painting's file name."),
    ] = None
    paper: Annotated[
        str | None,
        typer.Option(
            "--paper",
            autocompletion=complete_names(("a4", "letter", "a3")),
            help="Paper of the PDF: a4 (the default), letter or a3. With --canvas-size the outline is given at the "
            "canvas's size, in tiles to glue together.",
        ),
    ] = None
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            autocompletion=complete_names(("en", "de", "fr", "es", "zh")),
            help="Language of the PDF: en (the default), de, fr, es or zh.",
        ),
    ] = None
    font: Annotated[
        Path | None, typer.Option("--font", metavar="FILE", help="A TrueType or OpenType font for the PDF.")
    ] = None
    grid: Annotated[
        str | None,
        typer.Option(
            "--grid",
            metavar="SQUARES",
            help="Squares of the PDF's grid: their side on the canvas, such as 5cm; how many along its longest side, "
            "such as 8; or none.",
        ),
    ] = None

    paints: Annotated[
        str | None,
        typer.Option(
            "--paints",
            autocompletion=complete_names(("common", *PALETTES)),
            metavar="NAME|FILE",
            help="Give a recipe for each colour of the sheet, of paints that you have: common, the name of a palette, "
            "or a TOML file.",
        ),
    ] = None

    sign: Annotated[
        Path | None,
        typer.Option(
            "--sign",
            metavar="KEY",
            help="Sign the result with this Ed25519 private key (of ssh-keygen or openssl), for ppp verify --key.",
        ),
    ] = None
    c2pa: Annotated[
        bool,
        typer.Option(
            "--c2pa", help="With --sign: also write content credentials (C2PA) into the pictures and the video."
        ),
    ] = False

    def signing(self) -> Signing | None:
        """Read the key. UserError for what is none, or where a library is missing."""
        from ..modules.io.signing import read_private_key
        from ..pipeline.content_credentials import require_c2pa
        from ..pipeline.provenance import Signing

        if self.c2pa:
            if self.sign is None:
                raise UserError("--c2pa needs --sign.", "Content credentials are signed.", "Add --sign KEY.")
            require_c2pa()
        return None if self.sign is None else Signing(read_private_key(self.sign), self.c2pa)

    def canvas(self) -> CanvasSize | None:
        """Parse the canvas size. Raises UserError when it is no length that somebody paints on."""
        from ..pipeline.writers.canvas_size import parse_canvas_size

        return None if self.canvas_size is None else parse_canvas_size(self.canvas_size)

    def stroke_formats(self) -> tuple[str, ...]:
        """Parse the formats of strokes. UserError for an unknown one."""
        from ..pipeline.writers.stroke_lists import parse_stroke_formats

        return parse_stroke_formats(self.strokes or [])

    def sheet_options(self) -> SheetOptions:
        """Parse the options of the sheet. UserError for what is not understood, or has no font here."""
        from ..pipeline.writers.sheet_options import parse_sheet_options

        return parse_sheet_options(
            self.sheet or [], self.paper, self.language, self.font, self.grid, self.paints, self.title, self.captions,
            self.canvas(),
        )  # fmt: skip

    def layer_formats(self) -> tuple[str, ...]:
        """Parse the formats of layers. UserError for an unknown one, or where a library is missing."""
        from ..pipeline.writers.layers import parse_layer_formats

        return parse_layer_formats(self.layers or [])

    def number_formats(self) -> tuple[str, ...]:
        """Parse the formats of pages to paint by numbers. UserError for an unknown one, or a missing library."""
        from ..pipeline.writers.numbers import parse_number_formats

        return parse_number_formats(self.numbers or [])

    def writers(self, first: Sequence[str | WriterFactory]) -> list[str | WriterFactory]:
        """List the writers: the first ones, and those that are asked for."""
        from ..pipeline.writers import LayersWriter, NumbersWriter, SheetWriter, StrokesWriter

        sheet = partial(SheetWriter, options=self.sheet_options())
        more: list[str | WriterFactory] = ["overlay"] if self.overlay else []
        if formats := self.stroke_formats():
            more.append(partial(StrokesWriter, formats=formats))
        if formats := self.layer_formats():
            more.append(partial(LayersWriter, formats=formats))
        if formats := self.number_formats():
            more.append(partial(NumbersWriter, formats=formats))
        return [*(sheet if name == "sheet" else name for name in first), *more]

    def video(self, n_frames: int) -> VideoOptions:
        """Parse and check the options of the video. Raises UserError before anything is loaded or painted."""
        from ..pipeline.writers import VideoOptions
        from ..pipeline.writers.encoders import check_formats
        from ..pipeline.writers.film_layout import SHAPES
        from ..pipeline.writers.timing import parse_formats, video_timing

        self.stroke_formats()
        self.sheet_options()
        self.layer_formats()
        self.number_formats()
        self.signing()
        formats = parse_formats(self.video_format or [])
        shape = None if self.shape is None else self.shape.strip().lower()
        if shape not in (None, *SHAPES):
            raise UserError(
                f"--format {self.shape} is unknown.",
                did_you_mean(str(shape), SHAPES),
                f"Use one of: {', '.join(SHAPES)}.",
            )
        if self.title_card is not None and not 1 <= len(self.title_card.strip()) <= MOST_TITLE:
            raise UserError(
                "--title-card cannot be used.",
                f"It has {len(self.title_card.strip())} letters.",
                f"Use 1 to {MOST_TITLE}.",
            )
        video = VideoOptions(
            formats, self.fps, self.duration, self.smooth, self.show_brush, self.speed, shape, self.beside,
            (self.title_card or "").strip(), self.sheet_options().language if self.captions else "",
        )  # fmt: skip
        video_timing(video, n_frames, strokes=True)  # checked once more when it is known whether there are some
        check_formats(video.formats)
        return video

    def save(
        self,
        lapse: TimeLapse,
        folder: Path,
        *,
        overwrite: bool,
        quiet: bool,
        progress: Progress | None = None,
        final: bool = True,
    ) -> None:
        """Paint a time lapse into a folder; say what a person should know of it, before and after.

        final: whether the folder keeps its name; a place that is moved at the end is not told.
        """
        from ..pipeline.writers import DEFAULT

        video = self.video(len(lapse))
        for note in lapse.notes:
            print_note(f"{lapse.picture.name}: {note}", quiet)
        writers, size = self.writers(DEFAULT), self.canvas()
        lapse.save(
            folder, overwrite=overwrite, progress=progress, writers=writers, video=video, canvas_size=size,
            signing=self.signing(),
        )  # fmt: skip
        brush = lapse.process["plan"]["ending"] == "brush"  # it never is the painting itself: nothing to warn of
        if not brush and (unfinished := lapse.process["unfinished"]):
            print_note(f"{lapse.picture.name}: not finished in the last frame: {', '.join(unfinished)}.", quiet)
        if final:
            print_note(f"The video is {folder / lapse.process['video']['file']}", quiet)
