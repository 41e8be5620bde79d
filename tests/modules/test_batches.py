"""The shipped weights answer for a picture the same in a batch of eight as alone, to a step of eight bits."""

import numpy as np
import pytest
import torch

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.finish_levels import finish_states
from ppp.modules.firstframe.conditioning import class_planes, default_condition
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.frames.conditioning import image_tensor, label_tensors, step_condition
from ppp.modules.frames.model import FramesModel
from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.model import SegmentModel
from ppp.pipeline.loading import SHIPPED

COUNT, SIDE = 8, 96
STEP = 1 / 255
PORTRAIT_WEIGHTS = SHIPPED / "portrait"


@pytest.fixture(scope="module")
def sitters():
    """Eight paintings with their label maps, of one size."""
    return [draw_sitter(SIDE, seed)[:2] for seed in range(COUNT)]


def stacked(tensors):
    """Tuples of tensors of one sample each -> a tuple of batches."""
    return tuple(torch.cat(column) for column in zip(*tensors, strict=True))


def assert_alike(answer, samples):
    """answer: what gives a picture's answer, or a batch's; samples: a tuple of tensors for each of eight pictures."""
    with torch.inference_mode():
        together = answer(*stacked(samples))
        alone = torch.cat([answer(*sample) for sample in samples])
    assert together.shape == alone.shape
    assert len(together) == COUNT
    assert (alone[0] - alone[1]).abs().max() > 10 * STEP  # they are not all one
    assert (together - alone).abs().max() < STEP


def test_segment(sitters):
    model = SegmentModel.from_pretrained(PORTRAIT_WEIGHTS / "segment")
    assert_alike(lambda painting: model(painting).softmax(1), [(image_tensor(painting),) for painting, _ in sitters])


def test_firstframe(sitters):
    model = FirstFrameModel.from_pretrained(PORTRAIT_WEIGHTS / "firstframe")
    rng = np.random.default_rng(0)

    def sample(labels):
        condition = default_condition(labels, class_planes(labels, PORTRAIT, 10), "block", ground=rng.random(3))
        return (torch.from_numpy(condition)[None],)

    assert_alike(model, [sample(labels) for _, labels in sitters])


def test_frames(sitters):
    model = FramesModel.from_pretrained(PORTRAIT_WEIGHTS / "frames")
    rng = np.random.default_rng(0)

    def sample(index, painting, labels):
        ground = rng.random(3).astype(np.float32)
        states = finish_states(painting, labels, PORTRAIT, tuple(ground))
        level = rng.integers(0, len(states), labels.shape).astype(np.uint8)
        index_map, classes, edges = label_tensors(labels, PORTRAIT, model.config)
        asked = rng.random(len(PORTRAIT)).astype(np.float32)
        told = step_condition(asked, (np.ones(labels.shape, np.float32), level), index_map, model.config)
        seeds = (torch.Generator().manual_seed(index), torch.Generator().manual_seed(index + COUNT))
        return (
            image_tensor(painting),
            classes,
            edges,
            torch.cat([image_tensor(state) for state in states])[None],
            image_tensor(states[1]),
            told.degree_map,
            told.field,
            told.finish,
            model.draw_z(*labels.shape, *seeds),
        )

    def answer(painting, classes, edges, states, *step):
        return model(model.prepare(painting, classes, edges, states), *step)

    assert_alike(answer, [sample(index, *sitter) for index, sitter in enumerate(sitters)])
