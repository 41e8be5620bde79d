"""Canvas size: how large somebody paints a picture, and brush widths on it as shops and programs have them."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...modules.io.errors import UserError

DEFAULT_MM = {"oil": 500.0, "watercolour": 400.0, "ink": 300.0, "pencil": 300.0}  # longest side; digital: the pixels
_UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, '"': 25.4, "inch": 25.4, "inches": 25.4}  # millimetres
MIN_MM, MAX_MM, MAX_PX = 20.0, 20_000.0, 100_000
# Widths that brushes have, each about 1.5 times the one before; lines are thinner and finer told apart.
_MM = (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 10, 15, 25, 40, 60, 100, 150, 250, 400, 600, 1000)
_INCH = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 160, 240, 384, 640)  # sixty-fourths
_PX = (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000, 3000, 5000, 8000)


@dataclass(frozen=True)
class CanvasSize:
    """Longest side of a canvas, in `unit`: "mm", "in" or "px"."""

    longest: float
    unit: str

    def brush(self, share: float) -> float:
        """Round a width, given as a share of the longest side, to one that a brush has; in `unit`."""
        return float(self.brushes(np.array([share]))[0])

    def brushes(self, shares: np.ndarray) -> np.ndarray:
        """Round widths (n,) as `brush` does."""
        series = np.array(_INCH) / 64 if self.unit == "in" else np.array(_MM if self.unit == "mm" else _PX, float)
        apart = np.abs(np.log(series / np.maximum(shares * self.longest, 1e-6)[:, None]))
        rounded: np.ndarray = series[apart.argmin(axis=1)]
        return rounded

    def width_words(self, width: float) -> str:
        """Write a brush width in `unit`: "25 mm", "1/2 in", "30 px"."""
        if self.unit == "in":
            whole, part = divmod(round(64 * width), 64)
            common = int(np.gcd(part, 64))
            fraction = f"{part // common}/{64 // common}" if part else ""
            return f"{' '.join(filter(None, [str(whole) if whole else '', fraction]))} in"
        return f"{width:g} {self.unit}" if self.unit != "mm" or width < 100 else f"{width / 10:g} cm"

    def sides(self, size: tuple[int, int]) -> str:
        """Write width x height of a canvas for a picture of `size` = (width, height) pixels."""
        sides = [self.longest * side / max(size) for side in size]
        if self.unit == "px":
            return f"{round(sides[0])} x {round(sides[1])} px"
        if self.unit == "in":
            return f"{' x '.join(f'{round(4 * side) / 4:g}' for side in sides)} in"
        return f"{' x '.join(f'{max(round(side / 5), 1) / 2:g}' for side in sides)} cm"

    def to_json(self) -> dict[str, Any]:
        """Return the keys in process.json."""
        return {"longest": self.longest, "unit": self.unit}


def default_canvas(medium: str | None, size: tuple[int, int]) -> CanvasSize:
    """Choose a usual size for a medium; a digital one has the pixels of the picture, `size` = (width, height)."""
    if medium == "digital":
        return CanvasSize(float(max(size)), "px")
    return CanvasSize(DEFAULT_MM.get(medium or "oil", DEFAULT_MM["oil"]), "mm")


def parse_canvas_size(text: str) -> CanvasSize:
    """Parse the longest side of a canvas: "60cm", "24 in", "2000px".

    Raises:
        UserError: when it is no length, has no unit, or nobody can paint on it.
    """
    fix = "Give the longest side with its unit, for example --canvas-size 60cm, 24in or 2000px."
    found = re.fullmatch(r'\s*(\d+(?:[.,]\d+)?)\s*([a-z"]+)\s*', text.lower())
    if found is None:
        both = re.search(r"\d\s*\w*\s*[x×]", text)
        why = "Only the longest side is given: the picture says how long the other is." if both else ""
        raise UserError(f"--canvas-size {text or '(nothing)'} is not understood.", why, fix)
    number, unit = float(found[1].replace(",", ".")), found[2]
    if unit == "px":
        if not 1 <= number <= MAX_PX:
            raise UserError(f"--canvas-size {text} cannot be used.", f"1 to {MAX_PX} px are possible.", fix)
        return CanvasSize(number, "px")
    if unit not in _UNITS:
        raise UserError(f"--canvas-size {text} is not understood.", f"There is no unit {unit!r}.", fix)
    millimetres = number * _UNITS[unit]
    if not MIN_MM <= millimetres <= MAX_MM:
        why = f"A canvas has {MIN_MM / 10:g} cm to {MAX_MM / 1000:g} m."
        raise UserError(f"--canvas-size {text} cannot be used.", why, fix)
    return CanvasSize(number, "in") if _UNITS[unit] == 25.4 else CanvasSize(millimetres, "mm")
