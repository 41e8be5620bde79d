"""The parts of a picture: things where the segmenter knows scenes, clusters where it does not."""

import numpy as np
import torch

from ppp.modules.labels import PORTRAIT
from ppp.modules.segment.classes import NETWORK_CLASSES
from ppp.modules.segment.config import SegmentConfig
from ppp.modules.segment.model import SegmentModel
from ppp.modules.segment.torch_network import TorchSegmentNetwork
from ppp.pipeline.blocks.parts import PartsBlock
from ppp.pipeline.blocks.segment import SegmentBlock
from ppp.pipeline.blocks.split_parts import Split
from ppp.pipeline.port_values import Parts, Scene

SIZE = 96


def seascape(*front: tuple[str, np.s_]) -> tuple[np.ndarray, Scene]:
    """Sky over water, and what stands before them: painting and scene."""
    probabilities = np.zeros((len(NETWORK_CLASSES), SIZE, SIZE), np.float32)
    depth, painting = np.zeros((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE, 3), np.float32)
    things = [("sky", np.s_[:]), ("water", np.s_[50:]), *front]
    for i, (kind, where) in enumerate(things):
        probabilities[:, *(where if isinstance(where, tuple) else (where,))] = 0
        probabilities[NETWORK_CLASSES.index(kind)][where] = 1
        depth[where], painting[where] = 0.25 * i, (0.8 - 0.3 * i, 0.7 - 0.1 * i, 0.9 - 0.3 * i)
    return painting, Scene(probabilities, depth)


def test_a_picture_without_a_portrait_has_things_where_the_segmenter_knows_scenes():
    painting, scene = seascape(("vehicle", np.s_[30:70, 40:60]))
    nobody = Parts(np.full((SIZE, SIZE), PORTRAIT.index("background"), np.uint8), PORTRAIT)
    found = PartsBlock()(labels=nobody, painting=painting, scene=scene)
    assert found["labels"].names == ["sky", "water", "vehicle"]
    assert found["notes"] == ("No portrait found: 3 things: sky, water, vehicle.",)
    old = PartsBlock()(labels=nobody, painting=painting)
    assert old["labels"].names[0] == "part 1" and "parts by colour and place" in old["notes"][0]
    unsure = Scene(np.full_like(scene.probabilities, 1 / 24), scene.depth)
    assert PartsBlock()(labels=nobody, painting=painting, scene=unsure)["notes"] == old["notes"]
    given = PartsBlock(trusted=True)(labels=nobody, painting=painting, scene=scene)
    assert given["labels"] is nobody, "what a person says stays"


def test_a_portrait_keeps_its_parts_and_has_things_behind_them():
    painting, scene = seascape(("face", np.s_[20:70, 30:65]))
    labels = np.full((SIZE, SIZE), PORTRAIT.index("background"), np.uint8)
    labels[20:70, 30:65], labels[30:50, 40:55] = PORTRAIT.index("face"), PORTRAIT.index("eyes")
    labels[:3] = PORTRAIT.index("edge")
    found = PartsBlock()(labels=Parts(labels, PORTRAIT), painting=painting, scene=scene)
    assert found["labels"].names == ["eyes", "face", "sky", "water"] and found["labels"].label_set.named
    assert (found["labels"].labels[:3] == found["labels"].label_set.index("sky")).all(), "all of it has to be painted"
    assert PartsBlock()(labels=Parts(labels, PORTRAIT), painting=painting)["labels"].names == [
        "background",
        "eyes",
        "face",
    ]
    whole = PartsBlock(divided=False)(labels=Parts(labels, PORTRAIT), painting=painting, scene=scene)["labels"]
    mask = np.zeros((SIZE, SIZE, 3), np.uint8)
    mask[:, 50:] = 255
    assert Split("background", mask).apply(whole).names == ["eyes", "face", "background.1", "background.2"]


def test_no_portrait_is_where_a_network_of_scenes_sees_nobody():
    painting, scene = seascape()
    labels = np.full((SIZE, SIZE), PORTRAIT.index("background"), np.uint8)
    labels[20:70, 30:65], labels[30:50, 40:55] = PORTRAIT.index("face"), PORTRAIT.index("eyes")  # in the clouds
    assert PartsBlock()(labels=Parts(labels, PORTRAIT), painting=painting)["labels"].label_set.named
    assert PartsBlock()(labels=Parts(labels, PORTRAIT), painting=painting, scene=scene)["labels"].names == [
        "sky",
        "water",
    ]


def test_a_network_of_scenes_gives_the_scene_beside_the_labels():
    torch.manual_seed(0)
    for scenes in (False, True):
        config = SegmentConfig("mobilenet_v2", labels=PORTRAIT.to_json(), size=64, scenes=scenes)
        block = SegmentBlock(TorchSegmentNetwork(SegmentModel(config).eval()))
        found = block(painting=np.random.default_rng(0).random((40, 50, 3), dtype=np.float32))
        assert [port.name for port in block.outputs] == list(found)
        assert ("scene" in found) == scenes and found["labels"].labels.shape == (40, 50)
    assert (
        found["scene"].probabilities.shape[0] == 24
        and found["scene"].depth.shape == found["scene"].probabilities.shape[1:]
    )
