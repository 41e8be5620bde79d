"""The shipped weights answer for a picture the same in a batch of eight as alone, to a step of eight bits."""

import numpy as np
import pytest
import torch

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.finish_levels import finish_states
from ppp.modules.firstframe.conditioning import class_planes, default_condition
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.frames.conditioning import Condition, class_channels, step_condition
from ppp.modules.frames.model import FramesModel
from ppp.modules.frames.torch_network import image_tensor
from ppp.modules.labels import PORTRAIT, label_edges
from ppp.modules.segment.model import SegmentModel
from ppp.pipeline.loading import SHIPPED

COUNT, SIDE = 8, 96
STEP = 1 / 255
PORTRAIT_WEIGHTS = SHIPPED / "portrait"


@pytest.fixture(scope="module")
def sitters():
    """Eight paintings with their label maps, of one size."""
    return [draw_sitter(SIDE, seed)[:2] for seed in range(COUNT)]


def label_index(labels):
    """A label map (H,W) -> (1,H,W) int64."""
    return torch.from_numpy(labels.astype(np.int64))[None]


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
        index_map = label_index(labels)
        degrees = torch.from_numpy(rng.random((1, len(PORTRAIT))).astype(np.float32))
        field, finish = torch.ones(1, *labels.shape), torch.from_numpy(level)[None]
        condition = step_condition(degrees, field, finish, index_map, model.config)
        seeds = (torch.Generator().manual_seed(index), torch.Generator().manual_seed(index + COUNT))
        return (
            image_tensor(painting),
            class_channels(index_map, len(PORTRAIT)),
            label_edges(index_map),
            torch.cat([image_tensor(state) for state in states])[None],
            image_tensor(states[1]),
            condition.degree_map,
            condition.field,
            condition.finish,
            model.latent.draw(*labels.shape, *seeds),
        )

    def answer(painting, classes, edges, states, canvas, degree_map, field, finish, z):
        prepared = model.prepare(painting, classes, edges, states)
        return model(prepared, canvas, Condition(degree_map, field, finish), z)

    assert_alike(answer, [sample(index, *sitter) for index, sitter in enumerate(sitters)])
