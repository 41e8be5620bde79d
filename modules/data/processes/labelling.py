"""Give a process its parts: write the label map, and the degrees of every step in all three modes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ...degree import FINISHED_DISTANCE
from ...io.files import atomic_file
from ...labels import LabelSet
from .arrays import ProcessArrays
from .process import Process, read_set_by_hand

_DIGITS = 4


def label_process(process: Process, labels: np.ndarray, label_set: LabelSet) -> dict[str, Any]:
    """Write labels.png and what follows from it into a process folder; returns the new process.json.

    labels: (H,W), the painting's size. Steps get `degrees` (mode -> part -> degree, every present part), `finished`
    and `distance`; what they held before stays. degrees.json is left alone: readers put it on top of what is measured.
    process.json is written last, so that an interrupted run leaves a process that is not labelled yet.
    Raises UserError when labels or frames do not fit, or degrees.json cannot be used.
    """
    look = ProcessArrays(process, labels=labels)
    read_set_by_hand(process, label_set)  # says now, not in training, what is wrong with it
    info = dict(process.info)
    info["labels"] = [label_set.names[k] for k in np.unique(labels)]
    info["label_set"] = label_set.to_json()
    told = {int(step["frame"]): step for step in info.get("steps") or []}
    info["steps"] = [
        {"frame": index, "by": info.get("kind", "recorded")} | told.get(index, {}) | _facts(look, index, label_set)
        for index in range(1, len(look.frames))
    ]
    if 0 in told:
        info["steps"].insert(0, told[0])
    label_set.save_png(process.folder / "labels.png", labels)
    with atomic_file(process.folder / "process.json") as part:
        part.write_text(json.dumps(info), encoding="utf-8")
    return info


def _facts(look: ProcessArrays, index: int, label_set: LabelSet) -> dict[str, Any]:
    """What is measured of the step that makes frame `index`."""
    n = len(label_set)
    degrees = look.degrees(index - 1, index, n)
    present = [int(k) for k in look.present]
    done = look.left(n)[index] < FINISHED_DISTANCE
    return {
        "degrees": {
            mode: {label_set.names[k]: round(float(row[k]), _DIGITS) for k in present} for mode, row in degrees.items()
        },
        "finished": [label_set.names[k] for k in present if done[k]],
        "distance": round(float(np.abs(look.frame(index) - look.painting).mean()), 6),
    }
