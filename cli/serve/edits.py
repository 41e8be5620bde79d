"""Corrections of a label map: strokes of a brush and filled areas, in shares of the picture, so at any size the same.

The page sends the list of what a person did, never pixels: undoing is leaving the last one out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=-0.5, le=1.5, allow_inf_nan=False)]  # a stroke may leave the picture
MOST_EDITS = 1000
MOST_POINTS = 4000  # of one stroke


class BrushEdit(BaseModel):
    """A brush of `width` (share of the longest side) drawn through points [x, y], shares of width and height."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["brush"]
    part: str = Field(max_length=64)
    width: float = Field(gt=0, le=1, allow_inf_nan=False)
    points: list[tuple[Share, Share]] = Field(min_length=1, max_length=MOST_POINTS)


class FillEdit(BaseModel):
    """All of the area of one part that touches the point [x, y] becomes another part."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["fill"]
    part: str = Field(max_length=64)
    at: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


Edit = Annotated[BrushEdit | FillEdit, Field(discriminator="tool")]


class LabelEdits(BaseModel):
    """All corrections of a label map, oldest first."""

    model_config = ConfigDict(extra="forbid")

    edits: list[Edit] = Field(max_length=MOST_EDITS)


def apply_edits(labels: np.ndarray, names: Sequence[str], edits: Sequence[BrushEdit | FillEdit]) -> np.ndarray:
    """Label map (H,W) uint8 with the edits carried out, as a new array; `names` of the classes by their index.

    ValueError for a part that is not in `names`.
    """
    result = labels.copy()
    height, width = result.shape
    for edit in edits:
        value = names.index(edit.part)
        if isinstance(edit, FillEdit):
            x, y = (min(int(share * side), side - 1) for share, side in zip(edit.at, (width, height), strict=True))
            if result[y, x] != value:
                cv2.floodFill(result, None, (x, y), value, 0, 0, flags=4)
            continue
        thick = max(1, round(edit.width * max(width, height)))
        points = np.round(np.array(edit.points) * (width, height) - 0.5).astype(np.int32)
        if len(points) == 1:
            cv2.circle(result, (int(points[0, 0]), int(points[0, 1])), thick // 2, value, cv2.FILLED)
        else:
            cv2.polylines(result, [points], False, value, thick)  # round at its joints and ends
    return result
