"""Attachments of a painting: plan files to follow, half-finished canvases to continue from, one's own paints."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...modules.io.errors import UserError
from ...modules.paints.pigments import read_shelf
from ...modules.plans import PlanFile
from ...modules.plans.part_names import PartNames
from ...modules.plans.spec import FROM_CANVAS
from ...pipeline.images import read_picture
from ...pipeline.initial_canvas import read_initial_canvas
from .painting import Painting, check_pixels
from .server_settings import ServerSettings

MAX_LINE_LENGTH = 8000
MAX_ATTACHMENTS = 12  # of each kind for one painting; the oldest is dropped


def _add(attachments: dict[str, Any], attachment: Any) -> str:
    token = secrets.token_urlsafe(16)
    attachments[token] = attachment
    while len(attachments) > MAX_ATTACHMENTS:
        del attachments[next(iter(attachments))]
    return token


def _add_file(painting: Painting, attachments: dict[str, Path], data: bytes, name: str) -> str:
    """Keep a file; the one that is dropped for it is deleted."""
    path = painting.folder / f"{name}-{secrets.token_urlsafe(16)}"
    path.write_bytes(data)
    with painting.lock:
        before = set(attachments.values())
        token = _add(attachments, path)
        for dropped in before - set(attachments.values()):
            dropped.unlink(missing_ok=True)
    return token


def add_plan_file(painting: Painting, file: Path, settings: ServerSettings) -> dict[str, Any]:
    """Attach the plan file at `file`. Raises UserError with all its mistakes, as `ppp run --plan` does."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("The plan file cannot be read.", f"It is not UTF-8 text (byte {error.start}).") from None
    longest = max(map(len, text.splitlines()), default=0)
    if longest > MAX_LINE_LENGTH:  # the time to parse a key grows with the square of its dots
        why = f"It has a line of {longest} characters, the limit is {MAX_LINE_LENGTH}."
        raise UserError("The plan file cannot be read.", why, "Break the line into several.")
    plan_file = PlanFile.parse(text, "The plan file")
    parts = painting.parts()
    continues = plan_file.data.get("start") == FROM_CANVAS
    frames = (plan_file.frames or 40) + continues
    first = 1 if continues or frames == 2 else 2
    plan_file.check(PartNames(parts.label_set, frozenset(parts.present)), frames, first, continues)
    if plan_file.frames is not None and plan_file.frames > settings.max_frames:
        fix = f"Use {settings.max_frames} or fewer."
        raise UserError(f"The plan file is for {plan_file.frames} frames.", "They are too many.", fix)
    with painting.lock:
        token = _add(painting.plan_files, plan_file)
    return {
        "id": token, "plan": plan_file.plan, "habit": plan_file.habit, "frames": plan_file.frames,
        "seed": plan_file.seed,
    }  # fmt: skip


def add_canvas(painting: Painting, file: Path, settings: ServerSettings) -> dict[str, Any]:
    """Attach the picture at `file` as an initial canvas. Raises UserError for an unreadable one or another shape."""
    check_pixels(file, settings.max_upload_pixels)
    data = file.read_bytes()
    picture = replace(read_picture(data), path=Path("The canvas"))  # its name in messages
    canvas = read_initial_canvas(picture, painting.size)
    token = _add_file(painting, painting.canvases, data, "canvas")
    return {"id": token, "width": picture.width, "height": picture.height, "notes": list(canvas.notes)}


def add_paints(painting: Painting, file: Path, settings: ServerSettings) -> dict[str, Any]:
    """Attach the list of paints (TOML) at `file`, for recipes. Raises UserError as `ppp run --paints` does."""
    shelf = read_shelf(file, "This list of paints cannot be used.")
    token = _add_file(painting, painting.shelves, file.read_bytes(), "paints")
    return {"id": token, "paints": [paint.short for paint in shelf.paints]}
