"""Artist: what makes two people with one plan and one medium differ."""

from dataclasses import dataclass

import numpy as np

KEY_SPREAD = 0.03  # of the key from part to part: each colour is mixed for itself


@dataclass(frozen=True)
class Artist:
    """Traits of one artist.

    Attributes:
        brush: factor on the widths of brushes.
        slender: factor on the lengths of strokes.
        scatter: factor on the spread of colour from stroke to stroke.
        key: how far all first colours lean to the darks (below 0) or the lights (above 0) of the picture, in [-1,1].
        cast: (3,) RGB added to all first colours: warm or cool.
    """

    brush: float
    slender: float
    scatter: float
    key: float
    cast: np.ndarray


def draw_artist(seed: int, *, on_paper: bool = False) -> Artist:
    """Draw the traits of a seed's artist; on paper white is the light, so that nothing is begun darker than it ends."""
    rng = np.random.default_rng([seed, 1])
    # Many begin darker than they mean to end and find the lights later, some begin chalky.
    key = rng.normal(*[(-0.2, 0.05), (0.0, 0.05), (0.15, 0.05)][rng.choice(3, p=[0.45, 0.35, 0.2])])
    return Artist(
        brush=float(np.exp(rng.normal(0, 0.15))),
        slender=float(rng.uniform(0.75, 1.35)),
        scatter=float(rng.uniform(0.6, 1.5)),
        key=float(abs(key) if on_paper else key),
        cast=np.array([1, 0.1, -1], np.float32) * float(np.clip(rng.normal(0, 0.015), -0.03, 0.03)),
    )
