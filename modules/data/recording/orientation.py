"""Orientation of a video's pictures: the eight ways in which its display matrix may turn and mirror them."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Orientation:
    """How stored pictures are shown: mirrored left to right first, then turned clockwise by quarter turns."""

    mirrored: bool = False
    turns: int = 0

    @classmethod
    def of(cls, frame: Any) -> "Orientation":
        """Read the display matrix of a decoded frame; without one, pictures are shown as they are stored."""
        data = next((bytes(data) for data in frame.side_data if data.type.name == "DISPLAYMATRIX"), None)
        if data is None or len(data) < 36:
            return cls(False, -round(getattr(frame, "rotation", 0) / 90) % 4)
        a, b, _, c, d = struct.unpack("=9i", data[:36])[:5]  # x' = a x + c y, y' = b x + d y
        mirrored = a * d - b * c < 0
        turn = np.degrees(np.arctan2(b, a)) if not mirrored else np.degrees(np.arctan2(-b, -a))
        return cls(mirrored, round(turn / 90) % 4)

    def size(self, stored: tuple[int, int]) -> tuple[int, int]:
        """Return (width, height) as shown of a picture stored as such; the same the other way round."""
        return (stored[1], stored[0]) if self.turns % 2 else stored

    def show(self, picture: np.ndarray) -> np.ndarray:
        """Turn a stored picture as it is shown."""
        return np.ascontiguousarray(np.rot90(picture[:, ::-1] if self.mirrored else picture, -self.turns))
