"""Oil: bristle strokes on a primed or toned canvas, broad before fine, edges softened late."""

from __future__ import annotations

import numpy as np

from ..tracing import Brush
from .medium import Medium
from .opaque import OpaquePaint

UMBER, CHALK = np.array([0.20, 0.13, 0.09]), np.array([0.85, 0.80, 0.70])


OIL = Medium(
    name="oil",
    surface="canvas",
    grounds=((0.93, 0.91, 0.87), (0.62, 0.50, 0.37), (0.55, 0.53, 0.49), (0.36, 0.29, 0.22)),
    reach=0.004,
    brushes={
        "ground": Brush(0.075, "bristle", (3.0, 7.0), opacity=0.85, tolerance=1.0, scatter=0.012, closed=True),
        "wash": Brush(0.060, "bristle", (2.5, 5.0), opacity=0.55, tolerance=0.20, scatter=0.020, overlap=0.5),
        "flat": Brush(0.052, "bristle", (2.2, 4.6), tolerance=0.13, scatter=0.018, closed=True),
        "form": Brush(0.026, "bristle", (2.2, 4.8), tolerance=0.10, scatter=0.013),
        "smooth": Brush(0.014, "bristle", (2.2, 5.5), tolerance=0.09, scatter=0.008),
        "painting": Brush(0.0095, "bristle", (2.5, 6.0), tolerance=1.0, scatter=0.0),
    },
    paint=OpaquePaint(
        UMBER,
        CHALK,
        line={"mark": "thin", "width": 0.0034, "opacity": 0.62, "loose": 0.002, "taper": 0.3},
        edges={"size": 0.016, "mark": "blend", "opacity": 0.45},
    ),
    toned=True,
)
