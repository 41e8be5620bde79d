"""The overlay shows what a step painted, where, and nothing else."""

import json

import numpy as np
import pytest
from paintings import TEXT, frames, job, write
from PIL import Image

from ppp.pipeline.writers.overlay import LINE, OverlayWriter, changed_mask, highlight


def test_a_square_that_was_painted_is_marked():
    before = np.full((120, 160, 3), 210, np.uint8)
    after = before.copy()
    after[40:80, 50:100] = (150, 40, 30)
    mask = changed_mask(before, after)
    wanted = np.zeros((120, 160), bool)
    wanted[40:80, 50:100] = True
    assert (mask != wanted).sum() < 0.1 * wanted.sum()
    shown = highlight(after, changed_mask(before, after)).astype(int)
    assert np.abs(shown[55:65, 70:80] - (150, 40, 30)).max() < 60, "its own colour, hardly tinted"
    assert np.ptp(shown[5, 5]) == 0, "what is at rest has no colour"
    assert shown[5, 5, 0] > 210, "and is pale"
    rim = shown[36:44, 70:80].reshape(-1, 3)
    assert np.abs(rim - LINE).sum(axis=1).min() < 60
    assert (rim.min(axis=1) > 200).any(), "the line lies between white ones"


def test_noise_and_rest_are_not_marked():
    rng = np.random.default_rng(0)
    before = rng.integers(0, 240, (90, 90, 3)).astype(np.uint8)
    assert not changed_mask(before, before).any()
    assert not changed_mask(before, before + rng.integers(0, 11, (90, 90, 3)).astype(np.uint8)).any()


@pytest.mark.parametrize("size", [(64, 48), (1, 1), (300, 3)])
def test_the_overlay_has_a_picture_for_every_step(tmp_path, size):
    pictures = frames(size, 5)
    facts = write(OverlayWriter, job(tmp_path, size), pictures)
    paths = sorted((tmp_path / "overlay").iterdir())
    assert [path.name for path in paths] == [f"{i:05}.png" for i in range(1, 5)]
    for path in paths:
        with Image.open(path) as image:
            assert image.size == size
            assert {key: image.text[key] for key in TEXT} == TEXT
    (video,) = facts["overlay"]
    assert (tmp_path / video["file"]).stat().st_size > 0
    json.dumps(facts)
