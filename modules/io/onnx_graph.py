"""The ONNX graphs of a model folder, run by ONNX Runtime: named numpy arrays in and out. Does not import torch."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from .errors import PPPError


class OnnxGraph:
    """One graph. It computes on the CPU, on as many threads as OMP_NUM_THREADS says, or one for each core."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        threads = os.environ.get("OMP_NUM_THREADS", "")
        options.intra_op_num_threads = int(threads) if threads.isdigit() else 0
        # Threads that wait in a loop cost a busy machine twice the time of those that sleep.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Its own store of memory keeps the largest call's, hundreds of MB, and is no faster.
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors have no type in common
            fix = "Make it again with this release: ppp export FOLDER -o NEW"
            raise PPPError(f"{path} does not load.", str(error).strip().splitlines()[0][:300], fix) from error
        self.outputs = [output.name for output in self._session.get_outputs()]

    def __call__(self, **arrays: np.ndarray) -> dict[str, np.ndarray]:
        inputs = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        return dict(zip(self.outputs, self._session.run(None, inputs), strict=True))
