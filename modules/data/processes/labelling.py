"""Label a process: write its label map, and the measured degrees of every step in all three modes."""

import json
from typing import Any

import numpy as np

from ...degree import FINISHED_DISTANCE
from ...io.files import atomic_file
from ...labels import LabelSet
from .arrays import ProcessArrays
from .process import Process, read_manual_degrees

_DIGITS = 4


def label_process(process: Process, labels: np.ndarray, label_set: LabelSet) -> dict[str, Any]:
    """Write labels.png and what follows from it into a process folder.

    Steps get `degrees` (mode -> part -> degree, every present part), `finished` and `distance`; their other keys stay.
    degrees.json is left alone: readers apply it on top of the measured degrees. process.json is written last, so that
    an interrupted run leaves a process that is not labelled yet.

    Args:
        labels: (H,W), the painting's size.

    Returns:
        The new process.json.

    Raises:
        UserError: labels or frames do not fit, or degrees.json cannot be used.
    """
    arrays = ProcessArrays(process, labels=labels)
    read_manual_degrees(process, label_set)  # reports now, not in training, what is wrong with it
    info = dict(process.info)
    info["labels"] = [label_set.names[k] for k in np.unique(labels)]
    info["parts"] = label_set.parts_json(np.unique(labels).tolist())
    info["label_set"] = label_set.to_json()
    known = {int(step["frame"]): step for step in info.get("steps") or []}
    info["steps"] = [
        {"frame": index, "by": info.get("kind", "recorded")}
        | known.get(index, {})
        | _measure_step(arrays, index, label_set)
        for index in range(1, len(arrays.frames))
    ]
    if 0 in known:
        info["steps"].insert(0, known[0])
    label_set.save_png(process.folder / "labels.png", labels)
    with atomic_file(process.folder / "process.json") as part:
        part.write_text(json.dumps(info), encoding="utf-8")
    return info


def _measure_step(arrays: ProcessArrays, index: int, label_set: LabelSet) -> dict[str, Any]:
    """Measure the step that makes frame `index`."""
    n = len(label_set)
    degrees = arrays.degrees(index - 1, index, n)
    present = [int(k) for k in arrays.present]
    finished = arrays.distances(n)[index] < FINISHED_DISTANCE
    return {
        "degrees": {
            mode: {label_set.names[k]: round(float(row[k]), _DIGITS) for k in present} for mode, row in degrees.items()
        },
        "finished": [label_set.names[k] for k in present if finished[k]],
        "distance": round(float(np.abs(arrays.frame(index) - arrays.painting).mean()), 6),
    }
