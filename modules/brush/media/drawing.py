"""Lines of a picture as strokes: brush drawing, pencil and ink."""

from __future__ import annotations

import cv2
import numpy as np

from ..lines import TracedLines, runs
from ..stroke import EMPTY, StrokeList, mark_index, stroke_list
from ..tracing import sample_at
from .medium import Passage

TONES_APART = 0.25  # lightness of a line's dark end and its light one from which each is drawn for itself
INK_TONE = 0.75  # share of a line's own lightness that its ink has: what is seen of thin lines is mixed with both sides


def draw_lines(
    passage: Passage,
    lines: TracedLines,
    *,
    mark: str,
    colour: np.ndarray | None,
    width: float | None,
    opacity: float,
    loose: float = 0.0,
    taper: float = 0.35,
) -> StrokeList:
    """Draw all lines inside a passage.

    Args:
        passage: where.
        lines: of the picture.
        mark: one of `MARKS`.
        colour: RGB (3,) in [0,1], or None: of the picture along each line.
        width: share of the longest side, or None: as wide as the lines are in the picture.
        opacity: in [0,1]; faint lines are drawn with less pressure, unless they have the picture's own width.
        loose: how far a line strays from the picture's, in shares of the longest side.
        taper: share of the width that is left at the ends.
    """
    rng, longest = passage.rng, passage.context.longest
    paths, widths, colours, opacities, middles = [], [], [], [], []
    for path, wide, strength in zip(lines.paths, lines.widths, lines.strength, strict=True):
        drawn = sample_at(passage.place, path)
        along = sample_at(passage.context.painting, path)
        for run in _runs_of_one_tone(drawn, along) if colour is None else runs(drawn):
            points, n = path[run][::2], len(path[run][::2])
            if n < 2:
                continue
            middles.append(points[n // 2])
            firm = np.clip(strength[run][::2] / 0.5, 0.25, 1)
            colours.append(np.percentile(along[run], 25, axis=0) * INK_TONE if colour is None else colour)
            if loose:
                stray = np.cumsum(rng.normal(0, 0.25 * loose * longest, (n, 2)), axis=0) / np.sqrt(n)
                points = points + rng.normal(0, 0.35 * loose * longest, 2) + stray
            if rng.uniform() < 0.35:
                points, firm = points[::-1], firm[::-1]
            u = np.linspace(0, 1, n)
            pressure = taper + (1 - taper) * np.sin(np.pi * np.clip(0.08 + 0.9 * u, 0, 1)) ** 0.6
            pressure = pressure * (1 + 0.18 * np.sin(2 * np.pi * (u * rng.uniform(0.7, 2) + rng.uniform())))
            base = wide[run][::2] if width is None else width * longest * (0.55 + 0.6 * firm)
            paths.append(points)
            widths.append(base * np.clip(pressure, 0.15, 1.3))
            opacities.append(opacity * (1 if width is None else float(np.clip(firm.mean(), 0.35, 1))))
    if not paths:
        return EMPTY
    at = np.stack(middles)
    moments = sample_at(passage.travel, at) + rng.normal(0, 0.02, len(paths))
    strokes = stroke_list(
        np.concatenate(paths) / longest, np.concatenate(widths) / longest, [len(path) for path in paths],
        np.array(colours), opacity=np.array(opacities), mark=mark_index(mark), part=sample_at(passage.parts, at),
        seed=rng.integers(0, 2**32, len(paths)), **passage.values,
    )  # fmt: skip
    return strokes[np.argsort(moments, kind="stable")]


def _runs_of_one_tone(drawn: np.ndarray, along: np.ndarray) -> list[slice]:
    """List the stretches of a line that are `drawn` (P,) bool in one tone of its colours `along` (P,3).

    What runs from an eye down a nose is not black all the way.
    """
    found = []
    for run in runs(drawn):
        light = cv2.blur(along[run].mean(axis=1)[:, None], (1, 9), borderType=cv2.BORDER_REPLICATE)[:, 0]
        low, high = np.percentile(light, (10, 90))
        dark = light < (low + high) / 2
        pieces = [*runs(dark), *runs(~dark)] if high - low > TONES_APART else [slice(0, len(light))]
        found += [slice(run.start + piece.start, run.start + piece.stop) for piece in pieces]
    return found
