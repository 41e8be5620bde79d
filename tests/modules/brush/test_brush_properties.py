"""Any size, any parts, any medium: what always holds of painting with strokes."""

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ppp.modules.brush import MEDIA, Layout, draw_strokes, strokes_from_json, strokes_to_json
from ppp.modules.finish_levels import LEVELS

SLACK = 0.012  # of the longest side, and two pixels of the working size: what an outline of pixels leaves open

sizes = st.one_of(st.integers(1, 9), st.integers(1, 40), st.integers(1, 90), st.integers(1, 600))
cases = st.fixed_dictionaries(
    {
        "height": sizes,
        "width": sizes,
        "finish": st.sampled_from(LEVELS),
        "n_parts": st.integers(1, 4),
        "seed": st.integers(0, 2**31),
        "reach": st.sampled_from([0.0, 0.01]),
        "smooth": st.booleans(),
    }
)


def picture(rng, height, width, n_parts, smooth):
    """A painting, blurred or pure noise, and a label map of blobs."""

    def blobs(cells, channels):
        small = rng.uniform(0, 1, (min(height, cells), min(width, cells), channels)).astype(np.float32)
        return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, channels)

    painting = blobs(7, 3) if smooth else rng.uniform(0, 1, (height, width, 3)).astype(np.float32)
    return painting, blobs(5, n_parts).argmax(axis=2)


@pytest.mark.parametrize("medium", MEDIA)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases)
def test_any_picture_in_any_medium(medium, case):
    rng = np.random.default_rng(case["seed"])
    painting, labels = picture(rng, case["height"], case["width"], case["n_parts"], case["smooth"])
    place = labels == labels[rng.integers(labels.shape[0]), rng.integers(labels.shape[1])]
    part = int(labels[place][0])
    canvas = np.full_like(painting, rng.uniform(0.2, 1))

    def paint():
        layout = Layout(painting, labels, medium, seed=case["seed"] % 7)
        strokes = layout.strokes(place, painting, case["finish"], canvas=canvas, part=part, reach=case["reach"])
        after = canvas.copy()
        return strokes, after, draw_strokes(after, strokes, painting=painting)

    strokes, after, layer = paint()
    again, after_again, _ = paint()
    assert after.tobytes() == after_again.tobytes() and strokes == again
    assert strokes_from_json(strokes_to_json(strokes, labels.shape)).strokes == strokes
    assert set(strokes.part) <= {part}
    assert np.isfinite(after).all() and after.min() >= 0 and after.max() <= 1

    longest = max(labels.shape)
    away = cv2.distanceTransform((~place).astype(np.uint8), cv2.DIST_L2, 5) / longest
    touched = np.abs(after - canvas).max(axis=2) > 0.05
    # A pixel of a tiny picture is far across.
    assert away[touched].max(initial=0) <= case["reach"] + SLACK + 1.5 / longest

    if layer is not None and case["finish"] == "painting":
        top, bottom, left, right = layer.box
        whole = layer.coverage >= 1
        assert np.abs(after - painting)[top:bottom, left:right][whole].max(initial=0) < 1e-5
