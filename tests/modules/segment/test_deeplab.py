"""DeepLab for scenes: the published network's function on sub-classes, its fixed statistics, files that do not fit."""

import numpy as np
import pytest
import torch

from ppp.modules.io.errors import UserError
from ppp.modules.segment.ade_classes import ade20k_scene_classes
from ppp.modules.segment.classes import DEPTH, NETWORK_CLASSES
from ppp.modules.segment.config import SETTINGS, SegmentConfig
from ppp.modules.segment.deeplab import DeepLab
from ppp.modules.segment.encoder import load_pretrained
from ppp.modules.segment.model import SegmentModel
from ppp.modules.things import SCENE_CLASSES


def published(net: DeepLab, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Arrays as the published ones are named and shaped, random, of an encoder that is the net's own."""
    arrays = {
        name: value.numpy() for name, value in net.encoder.state_dict().items() if "num_batches_tracked" not in name
    }
    for name, layer in net.named_children():
        convolution = layer[0] if isinstance(layer, torch.nn.Sequential) else layer
        if name == "encoder" or name.startswith("fine"):
            continue
        shape = (151, 256, 1, 1) if name == "logits" else tuple(convolution.weight.shape)
        arrays[f"head.{name}.weight"] = rng.normal(0, 0.05, shape).astype(np.float16)
        arrays[f"head.{name}.scale"] = rng.uniform(0.5, 1.5, shape[0]).astype(np.float32)
        arrays[f"head.{name}.bias"] = rng.normal(0, 1.0, shape[0]).astype(np.float32)
    return arrays


@pytest.fixture
def started(tmp_path):
    torch.manual_seed(0)
    net, file = DeepLab(), tmp_path / "ade.npz"
    arrays = published(net, np.random.default_rng(0))
    np.savez(file, **arrays)
    load_pretrained(net, file)
    return net.eval(), arrays


@torch.inference_mode()
def test_probability_of_a_class_is_the_sum_of_what_ade20k_calls_it(started):
    net, arrays = started
    seen = []
    net.decoder_conv1_pointwise.register_forward_hook(lambda _, __, out: seen.append(out))
    planes = net(torch.rand(1, 3, 64, 96) * 2 - 1)[0]
    weight = arrays["head.logits.weight"].astype(np.float32)[:, :, 0, 0] * arrays["head.logits.scale"][:, None]
    scores = np.tensordot(weight, seen[0][0].numpy(), 1) + arrays["head.logits.bias"][:, None, None]
    ade = torch.from_numpy(scores[1:]).softmax(0).numpy()  # without "void", at stride 4
    want = np.stack([ade[ade20k_scene_classes() == i].sum(0) for i in range(len(SCENE_CLASSES))])
    found = planes[:DEPTH].softmax(0)[[NETWORK_CLASSES.index(name) for name in SCENE_CLASSES]].numpy()
    corner = (slice(None), [0, 0, -1, -1], [0, -1, 0, -1])  # no interpolation there
    person = want[SCENE_CLASSES.index("person")][corner[1:]]
    assert found[corner] == pytest.approx(want[corner], abs=0.2 * float(person.max()) + 0.02)
    others = [i for i, name in enumerate(SCENE_CLASSES) if name != "person"]
    relative = found[corner][others] / found[corner][others].sum(0)
    assert relative == pytest.approx(want[corner][others] / want[corner][others].sum(0), abs=1e-4)
    assert planes[DEPTH] == pytest.approx(0.0)  # it does not know depth yet


def test_a_class_of_ade20k_each_has_its_place():
    classes = ade20k_scene_classes()
    named = [SCENE_CLASSES[i] for i in classes[[2, 12, 16, 4, 126]]]  # sky, person, mountain, tree, animal
    assert named == ["sky", "person", "mountain", "tree", "animal"]
    assert set(classes) == set(range(len(SCENE_CLASSES)))


def test_statistics_of_the_encoder_stay_in_training():
    net = DeepLab().train()
    before = {name: value.clone() for name, value in net.encoder.named_buffers()}
    net(torch.rand(2, 3, 64, 64) * 3).mean().backward()
    assert all(torch.equal(before[name], value) for name, value in net.encoder.named_buffers())
    assert all(p.grad is not None for p in net.parameters())


def test_head_that_does_not_fit_is_refused(tmp_path):
    net = DeepLab()
    arrays = published(net, np.random.default_rng(0))
    for name, bad in (("head.aspp0.weight", np.zeros((8, 320, 1, 1))), ("head.logits.bias", None)):
        odd = {**arrays, name: bad} if bad is not None else {k: v for k, v in arrays.items() if k != name}
        np.savez(tmp_path / "odd.npz", **odd)
        with pytest.raises(UserError, match=r"odd\.npz cannot be used"):
            load_pretrained(net, tmp_path / "odd.npz")


def test_decoder_wants_its_encoder_and_scenes():
    assert isinstance(SegmentModel(SETTINGS["default"][1]).net, DeepLab)
    for odd in ({"decoder": "deeplab"}, {"decoder": "unett"}, {"decoder": "deeplab", "encoder": "mobilenet_v2"}):
        with pytest.raises(UserError, match="decoder"):
            SegmentConfig(**odd)


def test_mean_of_weights_lies_between_and_refuses_other_networks():
    torch.manual_seed(0)
    config = SETTINGS["default"][1]
    one, other = SegmentModel(config), SegmentModel(config)
    mean = one.averaged_with(other, 0.25)
    for a, b, m in zip(one.net.parameters(), other.net.parameters(), mean.net.parameters(), strict=True):
        assert torch.allclose(m, 0.75 * a + 0.25 * b, atol=1e-6)
    assert torch.equal(one.averaged_with(other, 0.0).net.logits.weight, one.net.logits.weight)
    with pytest.raises(UserError, match="cannot be averaged"):
        one.averaged_with(SegmentModel(SegmentConfig("mobilenet_v2", scenes=True)), 0.25)
