"""Order of touching parts, seen at their outlines, and completions of what is hidden."""

import numpy as np
import pytest

from ppp.pipeline.evaluation.metrics.amodal import amodal_iou, hidden_parts, nearest_completion
from ppp.pipeline.evaluation.metrics.depth_order import cue_votes, outline_votes, pairs_right


@pytest.fixture
def parts():
    """A small 3 on the border of 1 over a wide 2; a row without a part; and a 4 that touches 2 too little."""
    found = np.ones((40, 50), np.uint8)
    found[20:] = 2
    found[10:20, 5:15] = 3
    found[30:33, 40:45] = 4
    found[35] = 0
    return found


def test_which_of_two_touching_parts_is_nearer_is_read_a_few_pixels_from_their_outline(parts):
    depth = np.array([0.5, 0.1, 0.6, 0.3, 0.9])[parts]
    votes = outline_votes(parts, depth)
    assert votes == pytest.approx({(1, 2): 0.5, (1, 3): 0.2, (2, 4): 0.3})
    assert outline_votes(parts.T, depth.T) == pytest.approx(votes)
    blurred = depth.copy()
    blurred[19:21] = blurred[20, 0] - depth[19:21] + 0.1  # the other way round, but only on the outline itself
    assert outline_votes(parts, blurred)[1, 2] == pytest.approx(0.5)


def test_thin_parts_and_short_outlines(parts):
    parts[30:33, 40:45] = 2
    parts[30, 40:43] = 4  # 8 px of outline are no touching
    parts[0] = 5  # one pixel thin
    votes = outline_votes(parts, parts.astype(np.float32))
    assert sorted(votes) == [(1, 2), (1, 3), (1, 5)] and votes[1, 5] == 4
    assert outline_votes(np.full((5, 5), 3, np.uint8), np.zeros((5, 5))) == {}


def test_votes_are_judged_by_the_true_order(parts):
    votes = {(1, 2): 0.5, (1, 3): -0.1, (2, 4): 0.0, (2, 3): 1.0}
    nearness = np.array([0, 1, 2, 5, 9])
    assert pairs_right(votes, nearness) == {(1, 2): 1, (1, 3): 0, (2, 4): 0.5, (2, 3): 1}
    assert (1, 2) not in pairs_right(votes, np.array([0, 1, 1, 5, 9])), "of two as near as each other none is nearer"
    cues = cue_votes(parts, votes)
    assert cues["lower centre"][1, 2] > 0 > cues["lower centre"][2, 3]
    assert cues["smaller"][1, 3] > 0 and cues["smaller"][2, 4] > 0


def test_completions_are_scored_as_a_whole_and_by_what_is_hidden():
    extents = np.zeros((3, 40, 40), bool)
    extents[0] = True
    extents[1, 10:30, 5:25] = True
    extents[2, 10:30, 15:35] = True
    parts = np.where(extents[2], 3, np.where(extents[1], 2, 1)).astype(np.uint8)
    assert hidden_parts(parts, extents) == [1, 2], "the nearest is not hidden"
    visible = parts == 2
    assert amodal_iou(visible, extents[1], visible) == (0.5, 0.0)
    assert amodal_iou(extents[1], extents[1], visible) == (1.0, 1.0)
    completed = nearest_completion(parts, 2)
    whole, hidden = amodal_iou(completed, extents[1], visible)
    assert not (completed & (parts == 1)).any() and 0.5 < whole < 1 and 0.1 < hidden < whole
    assert (nearest_completion(parts, 1) | completed)[extents[2]].all(), "something is behind everywhere"
    parts[20:22] = 0
    assert not nearest_completion(parts, 2)[20:22].any(), "no part goes on where there is no painting"
