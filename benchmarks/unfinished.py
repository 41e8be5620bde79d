"""Measure what a frames model knows from the canvas alone: nobody says where to paint, the canvas is by another hand.

    python benchmarks/unfinished.py PROCESSES… --frames FRAMES… [--limit 20] [--json]

PROCESSES are simulated ones of pictures that the model has not seen. On their canvases at three times every part is
requested by half, everywhere, without degree control. Area under the ROC curve of the weight that the network gives,
mean of the canvases: `unfinished` against finished pixels; and of the unfinished ones those that the artist paints
`next`, within a tenth of the time, against the others; 0.5 is chance. Beside it: the same network untrained, and the
field that another artist's plan has at that time (`wrong plan`).
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ppp.modules.data.processes.process import Process, find_processes
from ppp.modules.degree import touched
from ppp.modules.frames.inference import StepRequest, set_painting
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.torch_network import TorchFramesNetwork
from ppp.modules.imaging.resize import resize
from ppp.modules.plans import make_plan
from ppp.modules.plans.plan import UNSPECIFIED

AT = (0.3, 0.5, 0.7)  # shares of the time
AHEAD = 0.1
WRONG = "wrong plan"


def roc_area(score: np.ndarray, true: np.ndarray) -> float:
    """Area under the ROC curve of scores (n,) of what is `true` (n,) bool; ties count by half, nan without both."""
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - 0.5 * (count - 1))[place]
    n = np.count_nonzero(true)
    if not 0 < n < len(true):
        return float("nan")
    return float((rank[true].sum() - n * (n + 1) / 2) / (n * (len(true) - n)))


def measure_process(process: Process, networks: dict[str, TorchFramesNetwork]) -> Iterator[tuple[str, str, float]]:
    """Yield (row, figure, area) of every canvas of a process."""
    painting, labels, label_set = process.painting().astype(np.float32) / 255, process.labels(), process.label_set
    count, seed = len(process.frame_names), int(process.info["seed"])
    ground = process.info["plan"]["ground"]
    others = make_plan("artist", painting, labels, label_set, count, seed + 1)
    predictors = {
        name: set_painting(network, painting, labels, label_set, ground) for name, network in networks.items()
    }
    half = np.full(len(label_set), 0.5, np.float32)
    for share in AT:
        number = round(share * (count - 1))
        canvas, later = (
            process.frame(min(k, count - 1)).astype(np.float32) / 255 for k in (number, number + round(AHEAD * count))
        )
        left, changed = touched(canvas, painting), touched(canvas, later)
        fields = [others.step(number + 1 + k).field for k in range(round(AHEAD * count))]
        scores = {WRONG: resize(np.max(fields, axis=0), left.shape[::-1]).reshape(left.shape)}
        for name, predictor in predictors.items():
            box = predictor.box
            shape = box.padded[1], box.padded[0]
            everywhere = StepRequest(
                half, box.fit_map(np.ones(left.shape, np.float32)), np.full(shape, UNSPECIFIED, np.uint8)
            )
            masks = predictor.network.predict(
                predictor.prepared, box.down(canvas), everywhere, predictor.network.draw_z(*shape, 0, 0)
            )
            logits = masks.crop(*box.size).weight_logits
            scores[name] = resize(logits, left.shape[::-1]).reshape(left.shape)
        for name, score in scores.items():
            yield name, "unfinished", roc_area(score.ravel(), left.ravel())
            yield name, "next", roc_area(score[left], changed[left])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("processes", nargs="+", type=Path)
    parser.add_argument("--frames", nargs="+", type=Path, required=True, help="models of the frames stage")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    networks = {}
    for path in options.frames:
        model = FramesModel.from_pretrained(path).eval()
        networks[str(path)] = TorchFramesNetwork(model)
        torch.manual_seed(0)
        networks["untrained"] = TorchFramesNetwork(FramesModel(model.config).eval())
    found = defaultdict(list)
    for process in find_processes(options.processes, labelled=True)[: options.limit]:
        for name, figure, area in measure_process(process, networks):
            found[name, figure].append(area)
    figures = {f"{name}, {figure}": float(np.nanmean(areas)) for (name, figure), areas in found.items()}
    if options.json:
        print(json.dumps(figures))
        return
    print("| | unfinished | next |\n|---|--:|--:|")
    for name in (*networks, WRONG):
        print(f"| {name} | {figures[f'{name}, unfinished']:.3f} | {figures[f'{name}, next']:.3f} |")


if __name__ == "__main__":
    main()
