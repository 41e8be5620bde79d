"""Label map corrections: brush strokes and fills in relative coordinates, so that they apply at any resolution.

The page sends the list of edits, never pixels; undo leaves the last one out.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Coordinate = Annotated[float, Field(ge=-0.5, le=1.5, allow_inf_nan=False)]  # a stroke may leave the picture
MAX_EDITS = 1000
MAX_POINTS = 4000  # of one stroke


class BrushEdit(BaseModel):
    """A brush of `width` (relative to the longest side) drawn through points [x, y], relative to width and height."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["brush"]
    part: str = Field(max_length=64)
    width: float = Field(gt=0, le=1, allow_inf_nan=False)
    points: list[tuple[Coordinate, Coordinate]] = Field(min_length=1, max_length=MAX_POINTS)


class FillEdit(BaseModel):
    """The connected area of a part around the point [x, y] becomes another part."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["fill"]
    part: str = Field(max_length=64)
    at: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


LabelEdit = Annotated[BrushEdit | FillEdit, Field(discriminator="tool")]


class LabelEdits(BaseModel):
    """All corrections of a label map, oldest first."""

    model_config = ConfigDict(extra="forbid")

    edits: list[LabelEdit] = Field(max_length=MAX_EDITS)


def apply_edits(labels: np.ndarray, names: Sequence[str], edits: Sequence[BrushEdit | FillEdit]) -> np.ndarray:
    """Apply corrections to a copy of a label map (H,W) uint8 with the class names `names`.

    Raises ValueError for a part that is not in `names`.
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
        thickness = max(1, round(edit.width * max(width, height)))
        points = np.round(np.array(edit.points) * (width, height) - 0.5).astype(np.int32)
        if len(points) == 1:
            cv2.circle(result, (int(points[0, 0]), int(points[0, 1])), thickness // 2, value, cv2.FILLED)
        else:
            cv2.polylines(result, [points], False, value, thickness)  # round joints and ends
    return result
