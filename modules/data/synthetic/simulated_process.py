"""Write processes painted by the simulated painter."""

import json
from pathlib import Path

import numpy as np

from ...degree import measure
from ...io.files import atomic_folder, file_sha256
from ...io.png import write_rgb
from ...labels import LabelSet
from ...plans.plan import Plan
from ...version import __version__
from ..processes.process import SCHEMA
from .painter import simulate


def write_simulated(
    folder: Path, painting: np.ndarray, labels: np.ndarray, label_set: LabelSet, plan: Plan, seed: int, source: Path
) -> None:
    """Let the simulated painter carry out a plan, and write the process.

    Args:
        painting: (H,W,3) float32 in [0,1].
        labels: (H,W) class indices of `label_set`.
        seed: of the painter's hand.
        source: the picture's file, named in process.json.
    """
    height, width = labels.shape
    with atomic_folder(folder) as part:
        (part / "frames").mkdir()
        write_rgb(part / "painting.png", painting)
        label_set.save_png(part / "labels.png", labels)
        steps, before = [], None
        names = [label_set.names[k] for k in np.unique(labels)]
        for index, frame in enumerate(simulate(painting, labels, label_set, plan.n_frames, seed, plan)):
            write_rgb(part / "frames" / f"{index:05d}.png", frame)
            if before is not None:
                reached = measure(before, frame, painting, labels, len(label_set))
                requested = plan.degrees[index - 1]
                steps.append(
                    {
                        "frame": index,
                        "by": "simulate",
                        "asked": {n: round(float(requested[label_set.index(n)]), 4) for n in names},
                        "reached": {n: round(float(reached[label_set.index(n)]), 4) for n in names},
                        "distance": round(float(np.abs(frame - painting).mean()), 6),
                    }
                )
            before = frame
        planned = [plan.step(i) for i in range(1, plan.n_frames)]
        np.savez_compressed(
            part / "plan.npz",
            field=np.stack([np.round(255 * s.field).astype(np.uint8) for s in planned]),
            finish=np.stack([s.finish for s in planned]),
            degrees=plan.degrees,
        )
        info = {
            "schema": SCHEMA,
            "kind": "simulated",
            "ppp_version": __version__,
            "painting": {"path": str(source), "sha256": file_sha256(source), "width": width, "height": height},
            "seed": seed,
            "plan": plan.to_json(),
            "ground": list(plan.ground),
            "labels": names,
            "parts": label_set.parts_json(np.unique(labels).tolist()),
            "label_set": label_set.to_json(),
            "steps": steps,
            "provenance": "simulated, not recorded",
        }
        (part / "process.json").write_text(json.dumps(info), encoding="utf-8")
