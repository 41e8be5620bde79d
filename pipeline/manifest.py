"""process.json: what was requested and what was reached, measured on the very pixels that are written."""

import hashlib
from typing import Any

import numpy as np

from .. import __version__
from ..modules.degree import FINISHED_DISTANCE, DegreeMode, distance, measure
from ..modules.io.origin import PROVENANCE
from ..modules.plans.plan import Plan
from .images import Picture
from .port_values import Parts
from .provenance import name_process

SCHEMA = 1
_DIGITS = 4


class Recorder:
    """Measure frames as they go by; only numbers are kept.

    Frames come as uint8, as they are written, so that anyone can measure the same again.

    Args:
        painting: (H,W,3) float32 in [0,1].
        requested: (N-1,K) degrees of every step.
        mode: how degrees are measured.
    """

    def __init__(self, painting: np.ndarray, parts: Parts, requested: np.ndarray, mode: DegreeMode) -> None:
        self.painting, self.parts, self.requested, self.mode = painting, parts, requested, mode
        self.steps: list[dict[str, Any]] = []
        self._before: tuple[np.ndarray, np.ndarray] | None = None  # the last frame, and its distance (K,)
        self._shares = np.bincount(parts.labels.ravel(), minlength=len(parts.label_set)) / parts.labels.size
        self._present = {k: parts.label_set.names[k] for k in parts.present}
        self._finished: list[str] = []

    def add(self, index: int, frame: np.ndarray, by: str) -> None:
        """Measure frame `index`, (H,W,3) uint8, made by `by`."""
        labels, n = self.parts.labels, len(self.parts.label_set)
        left = distance(frame, self.painting, labels, n)
        if self._before is not None:
            before, left_before = self._before
            reached = measure(before, frame, self.painting, labels, n, self.mode, (left_before, left))
            self._finished = [name for k, name in self._present.items() if left[k] < FINISHED_DISTANCE]
            self.steps.append(
                {
                    "frame": index,
                    "by": by,
                    "asked": self._by_name(self.requested[index - 1]),
                    "reached": self._by_name(reached),
                    "finished": self._finished,
                    "distance": round(float(left @ self._shares), 6),
                }
            )
        self._before = frame, left

    def _by_name(self, degrees: np.ndarray) -> dict[str, float]:
        return {name: round(float(degrees[k]), _DIGITS) for k, name in self._present.items()}

    @property
    def unfinished(self) -> list[str]:
        """Present parts that are not finished in the last frame seen."""
        return [name for name in self._present.values() if name not in self._finished]


def process_header(
    picture: Picture,
    parts: Parts,
    plan: dict[str, Any],
    *,
    weights: dict[str, Any],
    seed: int,
    mode: DegreeMode,
    **more: dict[str, Any] | None,
) -> dict[str, Any]:
    """Collect the keys of process.json that are known before the first frame is painted, its `id` included.

    Args:
        weights: what each stage was made by.
        mode: how degrees are measured.
        **more: keys that only some processes have: `from` (an initial canvas), `continued`, `rendered`,
            `palette`.
    """
    header = {
        "schema": SCHEMA,
        "kind": "predicted",
        "ppp_version": __version__,
        "painting": {
            "path": str(picture.path) if picture.path else None,
            "sha256": picture.sha256,
            "width": picture.width,
            "height": picture.height,
        },
        "weights": weights,
        "seed": seed,
        "plan": plan,
        "labels": parts.names,
        "parts": parts.label_set.parts_json(parts.present),
        "label_set": parts.label_set.to_json(),
        "label_map": hashlib.sha256(np.ascontiguousarray(parts.labels).data).hexdigest(),
        "degree_mode": mode,
    } | {key: value for key, value in more.items() if value is not None}
    return header | name_process(header)


def process_json(
    header: dict[str, Any],
    recorder: Recorder,
    *,
    closing: str,
    times: dict[str, float],
    device: str,
    runtime: str | None,
) -> dict[str, Any]:
    """Complete the manifest of a run. Its keys are an interface: add, never rename.

    closing: "model", "input" where the last frame is the painting itself, or "palette" where it is in its colours.
    """
    return header | {
        "steps": recorder.steps,
        "closing": closing,
        "unfinished": recorder.unfinished,
        "times": {name: round(seconds, 3) for name, seconds in times.items()},
        "device": device,
        "runtime": runtime,
        "provenance": PROVENANCE,
    }


def requested_vs_reached(
    plan: Plan, parts: Parts, painting: np.ndarray, ground: np.ndarray, last: np.ndarray
) -> dict[str, dict[str, float]]:
    """Compare requested and reached degrees of every part that has one for the whole process.

    Args:
        painting: (H,W,3) in [0,1].
        ground: what was there before anything was painted, (3,) or (H,W,3) in [0,1].
        last: the last frame, (H,W,3) uint8.

    Returns:
        {part: {"asked", "reached"}}: shares of the way from the ground to the painting.
    """
    degrees = plan.spec.degrees if plan.spec is not None else {}
    found = {}
    for part in sorted(set(degrees) & set(parts.present)):
        here = parts.labels == part
        under = ground if ground.ndim == 1 else ground[here]
        start = float(np.abs(under - painting[here]).mean())
        left = float(np.abs(last[here].astype(np.float32) / 255 - painting[here]).mean())
        reached = round(1 - left / max(start, 1e-6), _DIGITS)
        found[parts.label_set.names[part]] = {"asked": round(degrees[part], _DIGITS), "reached": reached}
    return found
