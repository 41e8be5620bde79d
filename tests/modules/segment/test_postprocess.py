"""Faces without features are skin, stray pieces of person are background, and nothing else moves."""

import numpy as np

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.segment.postprocess import keep_portrait_parts

BACKGROUND, HAIR, CLOTHES, EYES, NOSE, FACE, BODY = (
    PORTRAIT.index(name) for name in ("background", "hair", "clothes", "eyes", "nose", "face", "body")
)


def portrait():
    """A head with eyes and nose on a clothed body, 100 x 100."""
    labels = np.full((100, 100), BACKGROUND)
    labels[50:, 20:80] = CLOTHES
    labels[15:50, 35:65] = FACE
    labels[25:29, 40:60] = EYES
    labels[30:40, 48:52] = NOSE
    return labels


def test_a_right_map_stays_and_the_input_is_not_touched():
    for seed in range(5):
        labels = draw_sitter(128, seed)[1].astype(np.int64)
        before = labels.copy()
        after = keep_portrait_parts(labels, PORTRAIT)
        assert np.array_equal(labels, before)
        assert (after != labels).mean() < 0.01
    assert np.array_equal(keep_portrait_parts(portrait(), PORTRAIT), portrait())


def test_a_face_without_features_is_body():
    labels = portrait()
    labels[70:85, 25:45] = FACE
    wanted = labels.copy()
    wanted[70:85, 25:45] = BODY
    assert np.array_equal(keep_portrait_parts(labels, PORTRAIT), wanted)


def test_a_stray_piece_is_background_but_a_large_one_and_a_second_head_stay():
    labels = portrait()
    labels[2:8, 2:12] = HAIR
    assert np.array_equal(keep_portrait_parts(labels, PORTRAIT), portrait())
    labels = portrait()
    labels[0:60, 0:10] = CLOTHES
    assert np.array_equal(keep_portrait_parts(labels, PORTRAIT), labels)
    labels = portrait()
    labels[2:14, 2:14], labels[4:6, 3:13], labels[7:10, 7:9] = FACE, EYES, NOSE
    assert np.array_equal(keep_portrait_parts(labels, PORTRAIT), labels)


def test_without_a_head_nothing_changes():
    labels = portrait()
    labels[labels == NOSE] = FACE
    labels[2:8, 2:12] = HAIR
    assert np.array_equal(keep_portrait_parts(labels, PORTRAIT), labels)
    assert keep_portrait_parts(np.zeros((1, 1), int), PORTRAIT).tolist() == [[0]]


def test_other_label_sets_are_left_alone():
    labels = portrait()
    assert keep_portrait_parts(labels, cluster_label_set(12)) is labels
