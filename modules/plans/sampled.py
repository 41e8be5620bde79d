"""Sample degrees from those seen in training (the paper's second conclusion), for plan `dataset`.

They are rows (R, 1+K): the time of a step in [0,1], then its degrees, all as if every process had SLOTS steps after its
first frame. A plan draws a row for each slot among those of about the same time, and the slots are then joined or
divided into as many steps as are requested, so that a plan of 12 frames and one of 400 paint alike.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..io.errors import UserError
from ..io.files import atomic_file, read_json
from ..io.json_schema import find_mismatch
from ..labels import PORTRAIT
from .context import PlanContext

SLOTS = 38  # steps after the first frame in a process of 40 frames
SCHEMA = 1
KIND = "degrees"
_CLOSING = 0.9  # from this time on all that is left is requested
_MOST = 0.9995  # a degree of 1 would be an infinite amount of work


def resample(degrees: np.ndarray, n_steps: int) -> np.ndarray:
    """Resample degrees (M,K) of M steps to (n_steps,K), which paint the same in the same time.

    What is left after a share of the time is kept: two steps of 0.5 become one of 0.75, or four of 0.29.
    """
    work = -np.log1p(-np.minimum(degrees.astype(np.float64), _MOST))  # adds up where degrees multiply
    done = np.concatenate([np.zeros((1, degrees.shape[1])), np.cumsum(work, axis=0)])
    at = np.linspace(0, len(degrees), n_steps + 1)
    below = np.minimum(at.astype(int), len(degrees) - 1)
    reached = done[below] + (at - below)[:, None] * (done[below + 1] - done[below])
    found = -np.expm1(-np.diff(reached, axis=0))
    return np.where(found >= _MOST - 1e-6, 1.0, found).astype(np.float32)


def dataset_degrees(context: PlanContext, n_frames: int, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw degrees (N-1,K) from `rows`; row 0 belongs to the first frame and is not used.

    Parts of a picture without a portrait, or of another set than the rows', borrow the degrees of parts that were seen,
    in turn; the last tenth requests all that is left.
    """
    n_parts, known = len(context.label_set), rows.shape[1] - 1
    used = np.flatnonzero(rows[:, 1:].max(axis=0) > 0)
    if context.label_set.named and known == n_parts - len(context.label_set.pieces):
        columns = context.label_set.base_classes
    else:
        columns = rng.permutation(used)[np.arange(n_parts) % len(used)] if len(used) else np.zeros(n_parts, int)
    slots = np.zeros((SLOTS, n_parts), np.float32)
    for slot in range(SLOTS):
        near = np.argsort(np.abs(rows[:, 0] - slot / (SLOTS - 1)), kind="stable")[: max(8, len(rows) // 20)]
        slots[slot] = rows[rng.choice(near), 1 + columns]
    degrees = np.zeros((n_frames - 1, n_parts), np.float32)
    if n_frames > 2:
        degrees[1:] = resample(slots, n_frames - 2)
        degrees[np.arange(n_frames - 1) / (n_frames - 2) > _CLOSING] = 1.0
    return degrees


def save_rows(path: Path, names: Sequence[str], rows: np.ndarray) -> None:
    """Write rows (R,1+K) and the names (K,) of their parts as JSON."""
    data = {"schema": SCHEMA, "kind": KIND, "slots": SLOTS, "parts": list(names), "rows": np.round(rows, 4).tolist()}
    with atomic_file(path) as part:
        part.write_text(json.dumps(data), encoding="utf-8")


def load_rows(path: Path) -> np.ndarray:
    """Read rows (R,1+K) float32 that `save_rows` wrote; those of a portrait in the order of its classes.

    Raises UserError when the file is missing or holds something else.
    """
    what, fix = f"{path} cannot be used for plan 'dataset'.", "Make it with: ppp data check FOLDER --degrees FILE"
    try:
        data = read_json(path, what, fix)
        if not isinstance(data, dict) or data.get("kind") != KIND or data.get("schema") != SCHEMA:
            raise UserError(what, "It does not hold degrees, or is from a newer ppp.", fix)
        if wrong := find_mismatch(data, {"parts": [str], "rows": [[float]]}):
            raise UserError(what, f"{wrong}.", fix)
        names, rows = list(data["parts"]), np.array(data["rows"], np.float64)
    except ValueError as error:
        raise UserError(what, f"{type(error).__name__}: {error}", fix) from None
    if rows.ndim != 2 or rows.shape[1] != 1 + len(names) or not len(rows):
        raise UserError(what, f"Its rows do not fit its {len(names)} parts.", fix)
    if not (np.isfinite(rows).all() and rows.min() >= 0 and rows.max() <= 1):
        raise UserError(what, "Times and degrees are 0 to 1.", fix)
    if sorted(names) == sorted(PORTRAIT.names):
        rows = rows[:, [0, *(1 + names.index(name) for name in PORTRAIT.names)]]
    return rows.astype(np.float32)
