"""The example painting: a procedural sitter, drawn on demand, so that none has to be shipped."""

from functools import cache

from ...modules.data.synthetic.portraits import draw_sitter
from ...modules.io.png import encode_png
from ...pipeline.images import quantise

SIZE, SEED = (768, 960), 42706  # as examples/portrait.png


@cache
def example_png() -> bytes:
    """Draw the example."""
    return encode_png(quantise(draw_sitter(SIZE, SEED)[0]))
