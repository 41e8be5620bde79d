"""Samples of a recording kept on disk: each analysed frame, reduced, to be read again in any order."""

import tempfile

import cv2
import numpy as np


class SampleStore:
    """Small pictures (H,W,3) uint8 in a temporary file, compressed without loss; equal neighbours are stored once."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the store)
        self.places: list[tuple[int, int]] = []
        self.last = b""

    def add(self, rgb: np.ndarray) -> None:
        data = bytes(cv2.imencode(".png", rgb, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1])
        if data != self.last:
            self.places.append((self.file.seek(0, 2), len(data)))
            self.file.write(data)
            self.last = data
        else:
            self.places.append(self.places[-1])

    def __getitem__(self, number: int) -> np.ndarray:
        place, length = self.places[number]
        self.file.seek(place)
        return np.asarray(cv2.imdecode(np.frombuffer(self.file.read(length), np.uint8), cv2.IMREAD_COLOR))

    def close(self) -> None:
        self.file.close()
