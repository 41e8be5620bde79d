"""Variations: several ways to paint one picture, a folder for each and a sheet that shows them side by side."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..modules.imaging.resize import fit_size, resize
from ..modules.io.errors import UserError
from ..modules.io.outputs import Given, check_apart
from ..modules.io.png import png_info, read_rgb
from .diversity import at_levels, spread_of
from .frame_arrays import evenly
from .output import check_output, result_folder
from .provenance import metadata
from .timelapse import TimeLapse

FACTS, SHEET = "variations.json", "variations.png"
MOST_VARIATIONS = 100
MOST_FRAMES = 120  # of longer processes so many are compared
SIDE = 128  # longest side at which they are compared
CELL, GAP, MARGIN, LEFT = 220, 14, 32, 190  # of the sheet, pixels
TITLE, TEXT = 24, 17
MOMENTS = 5  # columns of the sheet besides the first frame
WHERE = "where both are equally far from the painting. Predicted, not recorded."
PAPER, INK, GREY = (250, 249, 246), (40, 38, 36), (120, 116, 110)


def check_variations(folder: Path, overwrite: bool, inputs: Mapping[str, Given] | None = None) -> None:
    """Raise UserError for a folder that holds an input, anything but variations, or any unless `overwrite`."""
    check_apart(folder, inputs or {})
    if not folder.is_dir():
        check_output(folder, overwrite)
        return
    what = f"The variations cannot be written to {folder}."
    for path in sorted(folder.iterdir()):
        if path.is_dir() and re.fullmatch(r"\d+", path.name):
            check_output(path, overwrite)
        elif path.name not in (FACTS, SHEET) or not (folder / FACTS).is_file():
            raise UserError(what, f"It holds other files, such as {path.name}.", "Choose a new folder with -o.")
        elif not overwrite:
            raise UserError(what, "It already holds variations.", "Choose another folder, or add --overwrite.")


@dataclass
class _Variation:
    """A variation as the sheet shows it: facts, pictures (h,w,3) uint8, and the numbers of their frames."""

    facts: dict[str, Any]
    pictures: list[np.ndarray]
    frames: list[int]


def save_variations(
    make: Callable[[int], TimeLapse],
    count: int,
    folder: Path,
    save: Callable[[TimeLapse, Path], Any],
    *,
    overwrite: bool = False,
    inputs: Mapping[str, Given] | None = None,
) -> dict[str, Any]:
    """Paint variations into folder/1, 2, ..., with a sheet and `variations.json`.

    Args:
        make: makes variation 0 .. count-1.
        count: how many, 2 or more.
        folder: appears complete or not at all.
        overwrite: replace variations that are already there.
        inputs: what is read, which must not lie in the folder; see `check_apart`.

    Returns:
        What `variations.json` says; `spread_l1` is how far they are apart where they are equally far from the painting
        (see `diversity.spread_of`; 0: they differ in pace at most).

    Raises:
        UserError: under two variations, over a hundred, or a folder that would lose something.
    """
    if count < 2:
        raise UserError(f"{count} variations are too few to compare.", fix="Ask for 2 or more.")
    if count > MOST_VARIATIONS:
        raise UserError(f"{count} variations are too many to compare.", fix=f"Ask for {MOST_VARIATIONS} or fewer.")
    check_variations(folder, overwrite, inputs)
    found: list[_Variation] = []
    states: list[np.ndarray] = []
    with result_folder(folder, overwrite, check_variations, inputs) as part:
        for number in range(count):
            lapse = make(number)
            inside = part / str(number + 1)
            save(lapse, inside)
            states.append(compared_states(inside, lapse.picture.rgb))
            found.append(_shown(lapse, inside))
        facts = {
            "painting": {"path": str(lapse.picture.path), "sha256": lapse.picture.sha256},
            **{key: round(value, 5) for key, value in spread_of(states).items()},
            "variations": [variation.facts for variation in found],
        }
        (part / FACTS).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        info = png_info(metadata(found[0].facts["process"]))
        _draw_sheet(lapse.picture.name, facts, found).save(part / SHEET, pnginfo=info)
    return facts


def compared_states(folder: Path, painting: np.ndarray) -> np.ndarray:
    """Read the states (L,h,w,3) float32, scaled down, by which the result in `folder` is compared with others.

    One for each of the distances to the painting (H,W,3) in `diversity.LEVELS`.
    """
    return at_levels(_small_frames(folder), _resized(painting), float((1 - painting).mean()))


def _resized(picture: np.ndarray) -> np.ndarray:
    size = fit_size(picture.shape, SIDE)
    return np.clip(resize(picture, size).reshape(size[1], size[0], 3), 0, 1)


def _small_frames(folder: Path) -> np.ndarray:
    """Read frames (n,h,w,3) float32 of a result, scaled down, at most MOST_FRAMES."""
    paths = evenly(np.array(sorted((folder / "frames").iterdir())), MOST_FRAMES)
    return np.stack([_resized(read_rgb(path).astype(np.float32) / 255) for path in paths])


def _shown(lapse: TimeLapse, folder: Path) -> _Variation:
    last = len(lapse) - 1
    # At the same moments, so that a column shows who does what first.
    frames = sorted({1, *(max(1, round(last * i / MOMENTS)) for i in range(1, MOMENTS + 1))})
    height, width = lapse.picture.rgb.shape[:2]
    scale = CELL / max(height, width)
    size = (max(1, round(scale * width)), max(1, round(scale * height)))
    pictures = [read_rgb(folder / "frames" / f"{frame:05}.png") for frame in frames]
    cells = [resize(picture, size).reshape(size[1], size[0], 3) for picture in pictures]
    plan = lapse.plan
    facts = {
        "folder": folder.name, "process": lapse.process["id"], "seed": lapse.seed, "plan": plan.name,
        "habit": plan.habit, "start": plan.start, "unfinished": lapse.process["unfinished"],
    }  # fmt: skip
    return _Variation(facts, cells, frames)


def _draw_sheet(name: str, facts: dict[str, Any], variations: list[_Variation]) -> Image.Image:
    """Draw the page: a row for each variation, its frames at the same moments."""
    title, text = ImageFont.load_default(TITLE), ImageFont.load_default(TEXT)
    height, width = variations[0].pictures[0].shape[:2]
    row = max(height, 36 + 24 * 3) + GAP
    columns = len(variations[0].pictures)
    size = (max(680, 2 * MARGIN + LEFT + columns * (width + GAP) - GAP), 2 * MARGIN + 116 + len(variations) * row)
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN - 6), f"{name}, painted by {len(variations)} artists", font=title, fill=INK)
    apart = 100 * facts["spread_l1"]
    for line, words in enumerate((f"Diversity {apart:.1f} %: how much two of them differ", WHERE)):
        pen.text((MARGIN, MARGIN + 28 + 22 * line), words, font=text, fill=GREY)
    top = MARGIN + 88
    for column, frame in enumerate(variations[0].frames):
        pen.text((MARGIN + LEFT + column * (width + GAP), top), f"frame {frame}", font=text, fill=GREY)
    for number, variation in enumerate(variations):
        y = top + 28 + number * row
        pen.text((MARGIN, y), variation.facts["folder"], font=title, fill=INK)
        lines = (variation.facts["habit"], f"begins: {variation.facts['start']}", f"seed {variation.facts['seed']}")
        for line, words in enumerate(lines):
            pen.text((MARGIN, y + 36 + 24 * line), words, font=text, fill=INK)
        for column, picture in enumerate(variation.pictures):
            x = MARGIN + LEFT + column * (width + GAP)
            page.paste(Image.fromarray(np.ascontiguousarray(picture)), (x, y))
            pen.rectangle((x - 1, y - 1, x + width, y + height), outline=(205, 202, 196))
    return page
