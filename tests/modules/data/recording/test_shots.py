"""What a frame shows: the same painting painted on, however much of it at once, or another one."""

import cv2
import numpy as np
import pytest
from videos import CANVAS, states

from ppp.modules.data.recording.shots import SHOT_CHANGE, ShotImage, ShotTracker
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.labels import PORTRAIT


def shots(*frames: np.ndarray) -> list[int]:
    tracker = ShotTracker(zoom=1.15)
    return [tracker.track(ShotImage(frame)).shot for frame in frames]


@pytest.mark.parametrize("habit", ["objects", "lineart"])
def test_a_coat_over_most_of_the_canvas_is_no_cut_and_another_painting_is(habit):
    painted = states(8, 1, CANVAS, habit)
    behind = draw_sitter(CANVAS, 1)[1] == PORTRAIT.names.index("background")
    for before in painted[3:7]:
        coated = before.copy()
        coated[behind] = (150, 96, 60)
        cv2.ellipse(coated, (80, 150), (30, 22), 20, 0, 360, (52, 70, 96), -1)
        assert ShotImage(before).difference_share(ShotImage(coated)) > SHOT_CHANGE, "so much that a cut is considered"
        assert shots(before, coated) == [0, 0]
    for other in states(8, 11, CANVAS, habit)[4:]:
        assert shots(painted[5], other) == [0, 1]
