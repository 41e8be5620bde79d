"""Draw the report of `ppp data check`: verdicts on a data set, charts of its statistics, some processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .statistics import LOCAL_SHARE

WIDTH, MARGIN, GAP = 1560, 40, 36
INK, SOFT, LINE = (38, 42, 48), (110, 116, 124), (214, 217, 221)
BLUE, PALE, ORANGE = (52, 104, 176), (188, 208, 233), (222, 128, 32)
SIGNS = {"good": (46, 139, 87), "look": (214, 144, 20), "bad": (196, 52, 48)}


@dataclass(frozen=True)
class ReportVerdict:
    """A sentence about the data, with its sign: good, look (worth a look) or bad."""

    sign: str
    text: str


@dataclass(frozen=True)
class Strip:
    """A row of pictures (h,w,3) uint8 with a caption."""

    caption: str
    pictures: list[np.ndarray]


def judge_data(summary: dict[str, Any], failed: int) -> list[ReportVerdict]:
    """Judge the figures of `summarise`, with advice where they are not good. failed: number of unreadable processes."""
    paintings, mode = summary["paintings"], summary["conflicts"]["mode"]
    uneven = summary["degrees"][mode]["from_uniform"]
    balanced = summary["balanced"]["from_uniform"] if summary["balanced"] else None
    more = f" The balanced sampler of the training brings it to {balanced:.0%}." if balanced is not None else ""
    share, away = summary["conflicts"]["share"], summary["moved_away"]["share"]
    undone, local = summary["undone"]["median"], summary["changed_per_step"]["local"]
    rows = (  # value, good up to, fair up to, text, advice
        (-paintings, -200, -30, f"{summary['processes']} processes of {paintings} paintings.",
         "Few paintings: a net learns these by heart. Add more, or simulated ones."),
        (uneven, 0.15, 0.35, f"Degrees ({mode}): {uneven:.0%} would have to move to be even.{more}",
         "Some degrees are rare; what is asked for rarely is obeyed badly."),
        (share, 0.02, 0.10, f"{share:.1%} of the steps begin like another and end differently (conflicts).",
         "A net can only learn the mean of both: use shorter intervals."),
        (away, 0.15, 0.30, f"{away:.0%} of the touched parts moved away from the finished painting in a step.",
         "Under-painting, or a canvas that is not aligned: look at these processes."),
        (undone, 0.03, 0.08, f"{undone:.1%} of the pixels were final and later left (painters: 1 to 3 %).",
         "Something hides the canvas now and then, or it is not aligned."),
        (1 - local, 0.2, 0.5, f"{local:.0%} of the steps change under a quarter of the canvas.",
         "Large steps: keep more frames of each video."),
    )  # fmt: skip
    verdicts = []
    if failed:
        text = f"{failed} processes cannot be used; they are listed where the command ran."
        verdicts.append(ReportVerdict("bad", text))
    for value, good, fair, text, advice in rows:
        sign = "good" if value <= good else "look" if value <= fair else "bad"
        verdicts.append(ReportVerdict(sign, text if sign == "good" else f"{text} {advice}"))
    return verdicts


def draw_report(
    summary: dict[str, Any], verdicts: Sequence[ReportVerdict], strips: Sequence[Strip], conflicts: Sequence[Strip]
) -> Image.Image:
    """Draw the whole page. strips: some processes; conflicts: canvas and the two outcomes of the clearest conflicts."""
    page = _Page()
    page.text("Painting processes: what the data is like", 34, INK, bold=True)
    kinds = ", ".join(f"{count} {kind}" for kind, count in summary["kinds"].items())
    intervals = ", ".join(map(str, summary["intervals"]))
    page.text(
        f"{summary['processes']} processes ({kinds}) of {summary['paintings']} paintings  ·  "
        f"{summary['frames']} frames  ·  "
        f"{summary['pairs']} pairs and {summary['sequences']} sequences at intervals {intervals}  ·  "
        f"{summary['cuts']} cuts  ·  {summary['degrees_by_hand']} degrees set by hand",
        19, SOFT,
    )  # fmt: skip
    page.skip(10)
    for verdict in verdicts:
        page.verdict(verdict)
    page.skip(18)
    _degree_panels(page, summary)
    _time_panels(page, summary)
    for title, rows in (("Some of the processes, from the first frame to the last", strips),
                        ("The clearest conflicts: one condition, two outcomes", conflicts)):  # fmt: skip
        if rows:
            page.text(title, 24, INK, bold=True)
            for strip in rows:
                page.strip(strip)
            page.skip(14)
    return page.image()


def _degree_panels(page: "_Page", summary: dict[str, Any]) -> None:
    page.text("How much of a part is painted in a step: touched parts by degree", 24, INK, bold=True)
    page.text(
        "The line is an even spread. Left bars: under a fifth of the part; right bars: nearly all of it.", 17, SOFT
    )
    boxes = page.columns(len(summary["degrees"]), 230)
    for box, (mode, degrees) in zip(boxes, summary["degrees"].items(), strict=True):
        balanced = summary["balanced"]
        marks = balanced["shares"] if balanced and balanced["mode"] == mode else None
        label = f"{mode}  ({degrees['not_touched']:.0%} of the parts are not touched)"
        page.bars(box, degrees["shares"], 1 / len(degrees["shares"]), label, marks)
    page.skip(6)
    if summary["balanced"]:
        page.text("Orange: as the balanced sampler draws them in training.", 17, ORANGE)
    page.skip(18)


def _time_panels(page: "_Page", summary: dict[str, Any]) -> None:
    page.text("How the work is spread over the time", 24, INK, bold=True)
    page.text(
        "Per step after the first frame, by tenths of the time. Black: mean; blue: median; pale: eight steps in ten.",
        17,
        SOFT,
    )
    left, right = page.columns(2, 250)
    page.band(left, summary["change_over_time"], "change of the canvas in a step (mean |difference|)", None)
    page.band(right, summary["changed_over_time"], "share of the canvas touched in a step", LOCAL_SHARE)
    page.skip(26)


def _round_up(value: float) -> float:
    """Round up to a number that four grid lines divide into plain percentages."""
    return next((plain for plain in (0.02, 0.04, 0.08, 0.12, 0.2, 0.4, 0.6, 0.8) if value <= plain), 1.0)


class _Page:
    """A page that is drawn from top to bottom."""

    def __init__(self) -> None:
        self._canvas = Image.new("RGB", (WIDTH, 6000), "white")
        self.draw = ImageDraw.Draw(self._canvas)
        self.y = MARGIN

    def image(self) -> Image.Image:
        """Return the page, cropped to what is drawn."""
        return self._canvas.crop((0, 0, WIDTH, min(self.y + MARGIN, self._canvas.height)))

    def skip(self, pixels: int) -> None:
        self.y += pixels

    def text(
        self, text: str, size: int, colour: tuple[int, int, int], *, bold: bool = False, left: int = MARGIN
    ) -> None:
        """Write text at the left, broken where the page ends."""
        font = ImageFont.load_default(size)
        line = ""
        for word in [*text.split(" "), None]:
            longer = f"{line} {word}".strip() if word is not None else line
            if word is None or self.draw.textlength(longer, font) > WIDTH - MARGIN - left:
                width = 1 if bold else 0
                self.draw.text((left, self.y), line, colour, font, stroke_width=width, stroke_fill=colour)
                self.y += round(size * 1.38)
                line = word or ""
            else:
                line = longer

    def verdict(self, verdict: ReportVerdict) -> None:
        """Write a verdict beside a dot in the colour of its sign."""
        middle = self.y + 13
        self.draw.ellipse((MARGIN, middle - 8, MARGIN + 16, middle + 8), fill=SIGNS[verdict.sign])
        self.text(verdict.text, 20, INK, left=MARGIN + 28)

    def columns(self, count: int, height: int) -> list[tuple[int, int, int, int]]:
        """Reserve boxes (left, top, right, bottom) beside each other."""
        width = (WIDTH - 2 * MARGIN - (count - 1) * GAP) // count
        top = self.y + 10
        self.y = top + height + 8
        lefts = [MARGIN + i * (width + GAP) for i in range(count)]
        return [(left, top, left + width, top + height) for left in lefts]

    def _axes(self, box: tuple[int, int, int, int], top_value: float, title: str) -> tuple[int, int, int, int]:
        """Draw axes with percentages at the left; returns the inner box."""
        left, top, right, bottom = box
        self.draw.text((left, top), title, INK, ImageFont.load_default(18))
        inner = (left + 52, top + 32, right, bottom - 26)
        font = ImageFont.load_default(15)
        for i in range(5):
            y = inner[3] - (inner[3] - inner[1]) * i / 4
            self.draw.line((inner[0], y, inner[2], y), LINE)
            value = top_value * i / 4
            text = f"{value:.1%}" if top_value < 0.04 else f"{value:.0%}"
            self.draw.text((inner[0] - 8, y), text, SOFT, font, anchor="rm")
        return inner

    def bars(
        self, box: tuple[int, int, int, int], values: Sequence[float], even: float, title: str,
        marks: Sequence[float] | None,
    ) -> None:  # fmt: skip
        """Draw a bar chart; `even`: a dashed line; `marks`: a second value of each bar."""
        top_value = _round_up(max(0.4, *values, *(marks or [0.0])))
        left, top, right, bottom = self._axes(box, top_value, title)
        step = (right - left) / len(values)
        font = ImageFont.load_default(15)
        for i, value in enumerate(values):
            x = left + i * step
            height = (bottom - top) * value / top_value
            self.draw.rectangle((x + 0.15 * step, bottom - height, x + 0.85 * step, bottom), fill=BLUE)
            if marks:
                y = bottom - (bottom - top) * marks[i] / top_value
                self.draw.line((x + 0.05 * step, y, x + 0.95 * step, y), ORANGE, 4)
            name = f"{i / len(values):.0%}-{(i + 1) / len(values):.0%}"
            self.draw.text((x + step / 2, bottom + 6), name, SOFT, font, anchor="ma")
        y = bottom - (bottom - top) * even / top_value
        for x in range(round(left), round(right), 12):
            self.draw.line((x, y, x + 6, y), INK, 2)

    def band(
        self, box: tuple[int, int, int, int], rows: Sequence[dict[str, Any]], title: str, line: float | None
    ) -> None:
        """Draw mean, median and the 10 to 90 % range over time; `line`: a value to compare with."""
        font = ImageFont.load_default(15)
        known = [(i, row) for i, row in enumerate(rows) if row["mean"] is not None]
        highs = np.array([row["q90"] for _, row in known] + [row["mean"] for _, row in known] + [line or 0.0, 0.01])
        top_value = _round_up(float(highs.max()))
        left, top, right, bottom = self._axes(box, top_value, title)
        step = (right - left) / len(rows)

        def y(value: float) -> float:
            return bottom - (bottom - top) * min(value, top_value) / top_value

        for i, row in known:
            x = left + i * step
            self.draw.rectangle((x + 0.12 * step, y(row["q90"]), x + 0.88 * step, y(row["q10"])), fill=PALE)
            self.draw.line((x + 0.12 * step, y(row["q50"]), x + 0.88 * step, y(row["q50"])), BLUE, 4)
        points = [(left + (i + 0.5) * step, y(row["mean"])) for i, row in known]
        if len(points) > 1:
            self.draw.line(points, INK, 3, joint="curve")
        if line is not None:
            self.draw.line((left, y(line), right, y(line)), ORANGE, 2)
            self.draw.text((right - 4, y(line) - 4), "a quarter of the canvas", ORANGE, font, anchor="rs")
        for i in range(len(rows) + 1):
            self.draw.text((left + i * step, bottom + 6), f"{i / len(rows):.0%}", SOFT, font, anchor="ma")

    def strip(self, strip: Strip) -> None:
        """Draw a caption and its pictures in a row, as large as they fit, at most 180 pixels high."""
        self.text(strip.caption, 17, SOFT)
        shapes = [picture.shape for picture in strip.pictures]
        room = WIDTH - 2 * MARGIN - 6 * (len(shapes) - 1)
        height = min(180, int(room / sum(shape[1] / shape[0] for shape in shapes)))
        x = MARGIN
        for picture in strip.pictures:
            width = max(1, round(height * picture.shape[1] / picture.shape[0]))
            self._canvas.paste(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS), (x, self.y))
            # canvases are white, too
            self.draw.rectangle((x - 1, self.y - 1, x + width, self.y + height), outline=LINE)
            x += width + 6
        self.y += height + 12
