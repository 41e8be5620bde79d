"""Label map corrections: brush strokes, fills; parts that are added, renamed, merged or moved nearer.

Coordinates are relative, so that they apply at any resolution. The page sends the list of edits, never pixels; undo
leaves the last one out. Each names parts as they are called when its turn comes.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ...modules.io.errors import UserError
from ...modules.label_set_edits import add_thing, rank_parts, rename_part
from ...modules.labels import MAX_CLASSES, LabelSet
from ...modules.plans.part_names import suggest
from ...pipeline.port_values import Parts

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


class AddEdit(BaseModel):
    """A part more, the nearest of all; without a name it is called by its kind."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["add"]
    kind: str = Field(min_length=1, max_length=64)
    name: str = Field("", max_length=64)


class RenameEdit(BaseModel):
    """Another name for a part, and another kind where it is given."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["rename"]
    part: str = Field(max_length=64)
    name: str = Field(min_length=1, max_length=64)
    kind: str = Field("", max_length=64)


class MergeEdit(BaseModel):
    """All of a part becomes another part."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["merge"]
    part: str = Field(max_length=64)
    into: str = Field(max_length=64)


class RankEdit(BaseModel):
    """Parts from far to near, among the places that they have."""

    model_config = ConfigDict(extra="forbid")

    tool: Literal["rank"]
    order: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=MAX_CLASSES)


AnyEdit = BrushEdit | FillEdit | AddEdit | RenameEdit | MergeEdit | RankEdit
LabelEdit = Annotated[AnyEdit, Field(discriminator="tool")]


class LabelEdits(BaseModel):
    """All corrections of a label map, oldest first."""

    model_config = ConfigDict(extra="forbid")

    edits: list[LabelEdit] = Field(max_length=MAX_EDITS)


def edited_set(label_set: LabelSet, edit: AnyEdit) -> LabelSet:
    """Apply one correction to a label set. UserError for a part that is not in it, or a name that cannot be."""
    named = edit.order if isinstance(edit, RankEdit) else [] if isinstance(edit, AddEdit) else [edit.part]
    for name in [*named, *([edit.into] if isinstance(edit, MergeEdit) else [])]:
        if name not in label_set.names or name == "edge":  # all of a picture is painted
            known = [one for one in label_set.names if one != "edge"]
            raise UserError(f"There is no part called {name!r}.", fix=suggest(name, known))
    if isinstance(edit, AddEdit):
        return add_thing(label_set, edit.kind, edit.name)
    if isinstance(edit, RenameEdit):
        return rename_part(label_set, edit.part, edit.name, edit.kind)
    return rank_parts(label_set, edit.order) if isinstance(edit, RankEdit) else label_set


def apply_edits(parts: Parts, edits: Sequence[AnyEdit], most: float = math.inf) -> Parts:
    """Apply corrections, one after the other, to a copy of a label map.

    most: pixels that they may touch together; their time is proportional to it.

    UserError as `edited_set`, and where they would touch more.
    """
    labels, label_set = parts.labels.copy(), parts.label_set
    work = 0.0
    for edit in edits:
        label_set = edited_set(label_set, edit)
        if isinstance(edit, BrushEdit):
            work += _brush_work(labels.shape, edit)
            _check_work(work, most)
            _brush(labels, label_set.index(edit.part), edit)
        elif isinstance(edit, FillEdit):
            (height, width), value = labels.shape, label_set.index(edit.part)
            x, y = (min(int(share * side), side - 1) for share, side in zip(edit.at, (width, height), strict=True))
            if labels[y, x] != value:
                work += cv2.floodFill(labels, None, (x, y), value, 0, 0, flags=4)[0]
        elif isinstance(edit, MergeEdit):
            work += labels.size / 8  # compared, many pixels at a time
            labels[labels == label_set.index(edit.part)] = label_set.index(edit.into)
        _check_work(work, most)
    return Parts(labels, label_set)


def _check_work(work: float, most: float) -> None:
    if work > most:
        raise UserError(
            "These corrections are too much work.", "They go over too many pixels, again and again.",
            "Undo some of them, or scale the picture down.",
        )  # fmt: skip


def _brush_work(shape: tuple[int, ...], edit: BrushEdit) -> float:
    """Count the pixels that a brush goes over: a band as wide as it is, with a disc at each point."""
    height, width = shape
    thickness = max(1.0, edit.width * max(width, height))
    points = np.array(edit.points) * (width, height)
    lengths = np.hypot(*np.diff(points, axis=0).T) if len(points) > 1 else np.zeros(1)
    return float((thickness * (lengths + thickness)).sum())


def _brush(labels: np.ndarray, value: int, edit: BrushEdit) -> None:
    height, width = labels.shape
    thickness = max(1, round(edit.width * max(width, height)))
    points = np.round(np.array(edit.points) * (width, height) - 0.5).astype(np.int32)
    if len(points) == 1:
        cv2.circle(labels, (int(points[0, 0]), int(points[0, 1])), thickness // 2, value, cv2.FILLED)
    else:
        cv2.polylines(labels, [points], False, value, thickness)  # round joints and ends
