"""Digital painting and gouache: round opaque brushes, hard for shapes, soft for forms that turn away."""

from __future__ import annotations

import numpy as np

from ..tracing import Brush
from .medium import Medium
from .opaque import OpaquePaint

GREY = np.array([1.0, 0.95, 1.05])


DIGITAL = Medium(
    name="digital",
    surface="smooth",
    grounds=((1.0, 1.0, 1.0), (0.50, 0.50, 0.52), (0.20, 0.20, 0.22)),
    reach=0.003,
    brushes={
        "ground": Brush(0.090, "round", (3.0, 8.0), tolerance=1.0, scatter=0.0, closed=True),
        "flat": Brush(
            0.050, "round", (1.2, 4.0), tolerance=0.13, scatter=0.004, overlap=0.7, pressure=(1, 1, 0.95), closed=True
        ),
        "form": Brush(0.026, "round", (1.5, 4.5), opacity=0.9, scatter=0.006, pressure=(0.7, 1, 0.5)),
        "smooth": Brush(
            0.016, "round", (1.5, 5.0), opacity=0.75, tolerance=0.09, scatter=0.004, pressure=(0.5, 1, 0.3)
        ),
        "painting": Brush(0.0100, "round", (1.5, 5.0), tolerance=1.0, scatter=0.0, pressure=(0.6, 1, 0.5)),
    },
    paint=OpaquePaint(
        0.25 * GREY,
        0.8 * GREY,
        line={"mark": "line", "width": 0.0022, "opacity": 0.5, "loose": 0.0015, "taper": 0.15},
        edges={"size": 0.018, "mark": "airbrush", "opacity": 0.45},
    ),
    toned=True,
    habits=("masses", "objects", "lineart", "shapes"),
)
