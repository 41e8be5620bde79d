"""What a person gives besides the painting: plan files, and half-finished canvases to go on from."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...modules.io.errors import UserError
from ...modules.plans import PlanFile
from ...modules.plans.edits import Names
from ...modules.plans.spec import FROM_CANVAS
from ...pipeline.images import read_picture
from ...pipeline.initial_canvas import read_initial_canvas
from .painting import Painting, check_pixels
from .settings import ServerSettings

LONGEST_LINE = 8000
MOST_KEPT = 12  # of each kind for one painting; the oldest goes


def _keep(shelf: dict[str, Any], thing: Any) -> str:
    token = secrets.token_urlsafe(16)
    shelf[token] = thing
    while len(shelf) > MOST_KEPT:
        del shelf[next(iter(shelf))]
    return token


def take_plan(painting: Painting, file: Path, settings: ServerSettings) -> dict[str, Any]:
    """Keep the plan file at `file`. UserError with all its mistakes, as `ppp run --plan` tells them."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("The plan file cannot be read.", f"It is no text in UTF-8 (byte {error.start}).") from None
    longest = max(map(len, text.splitlines()), default=0)
    if longest > LONGEST_LINE:  # the time it takes to read a key grows with the square of its dots
        why = f"A line of it has {longest} characters, at most {LONGEST_LINE} are taken."
        raise UserError("The plan file cannot be read.", why, "Break the line into several.")
    book = PlanFile.parse(text, "The plan file")
    parts = painting.parts()
    begun = book.data.get("start") == FROM_CANVAS
    frames = (book.frames or 40) + begun
    book.check(Names(parts.label_set, frozenset(parts.present)), frames, 1 if begun or frames == 2 else 2, begun)
    if book.frames is not None and book.frames > settings.most_frames:
        fix = f"Ask for {settings.most_frames} or fewer."
        raise UserError(f"The plan file is for {book.frames} frames.", "They are too many.", fix)
    with painting.lock:
        token = _keep(painting.books, book)
    return {"id": token, "plan": book.plan, "habit": book.habit, "frames": book.frames, "seed": book.seed}


def take_canvas(painting: Painting, file: Path, settings: ServerSettings) -> dict[str, Any]:
    """Keep the picture at `file` as a canvas to go on from. UserError when it is none, or of another shape."""
    check_pixels(file, settings.most_pixels)
    data = file.read_bytes()
    notes: list[str] = []
    picture = replace(read_picture(data), path=Path("The canvas"))  # what messages call it
    read_initial_canvas(picture, painting.size, notes)
    kept = painting.folder / f"canvas-{secrets.token_urlsafe(16)}"
    kept.write_bytes(data)
    with painting.lock:
        before = set(painting.canvases.values())
        token = _keep(painting.canvases, kept)
        for gone in before - set(painting.canvases.values()):
            gone.unlink(missing_ok=True)
    return {"id": token, "width": picture.width, "height": picture.height, "notes": notes}
