"""Loss terms against values worked out independently: torch.distributions, plain numpy, numbers by hand."""

import math

import numpy as np
import pytest
import torch
from published import write_vgg16

from ppp.modules import losses
from ppp.modules.io.errors import UserError
from ppp.modules.perceptual import SQUEEZENET_FILE, PerceptualLoss, shared_data

TEACHER = shared_data() / "teachers" / SQUEEZENET_FILE
needs_teacher = pytest.mark.skipif(
    not TEACHER.is_file(),
    reason=f"{SQUEEZENET_FILE} is in the shared data folder (set PPP_DATA), absent here",
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_kl_is_what_torch_distributions_says_summed_over_z_per_sample():
    g = generator()
    mu, logvar = torch.randn(3, 4, 5, 2, generator=g), torch.randn(3, 4, 5, 2, generator=g)
    ours = losses.kl_standard_normal(mu, logvar)
    normal = torch.distributions.Normal
    theirs = torch.distributions.kl_divergence(normal(mu, (0.5 * logvar).exp()), normal(0.0, 1.0))
    torch.testing.assert_close(ours, theirs.sum((1, 2, 3)))
    assert losses.kl_standard_normal(torch.zeros(2, 256), torch.zeros(2, 256)).tolist() == [0.0, 0.0]


def test_adversarial_values_by_hand_and_scales_count_alike():
    real, fake = torch.tensor([[2.0, 0.5]]), torch.tensor([[-2.0, 0.0]])
    assert losses.lsgan_d(real, fake).item() == pytest.approx(0.5 * ((1 + 0.25) / 2 + (4 + 0) / 2))
    assert losses.lsgan_g(fake).item() == pytest.approx((9 + 1) / 2)
    assert losses.hinge_d(real, fake).item() == pytest.approx((0 + 0.5) / 2 + (0 + 1) / 2)
    assert losses.hinge_g(fake).item() == pytest.approx(1.0)
    big, small = torch.full((2, 1, 8, 8), 3.0), torch.full((2, 1, 4, 4), 0.0)
    assert losses.lsgan_g([big, small]).item() == pytest.approx((4 + 1) / 2)
    features = torch.full((2, 7, 8, 8), 99.0)
    assert losses.lsgan_g([[features, big], [features, small]]).item() == pytest.approx((4 + 1) / 2)
    with pytest.raises(ValueError, match="fake"):
        losses.hinge_d([big, small], [big])


def test_feature_matching_leaves_the_score_out_and_the_discriminator_alone():
    real = [torch.zeros(1, 2, 4, 4, requires_grad=True), torch.ones(1, 2, 2, 2), torch.zeros(1, 1, 2, 2)]
    fake = [
        torch.ones(1, 2, 4, 4, requires_grad=True),
        torch.full((1, 2, 2, 2), 4.0),
        torch.full((1, 1, 2, 2), 99.0),
    ]
    loss = losses.feature_matching(real, fake)
    assert loss.item() == pytest.approx((1 + 3) / 2)
    assert losses.feature_matching([real, real], [fake, real]).item() == pytest.approx(1.0)
    loss.backward()
    assert real[0].grad is None and fake[0].grad is not None


def test_total_variation_by_hand_and_of_a_single_row():
    picture = torch.tensor([[0.0, 1.0, 1.0], [0.5, 0.5, 0.0]]).view(1, 1, 2, 3)
    assert losses.total_variation(picture).item() == pytest.approx((1 + 0 + 0 + 0.5) / 4 + (0.5 + 0.5 + 1.0) / 3)
    assert losses.total_variation(torch.ones(1, 3, 1, 1)).item() == 0.0
    assert losses.total_variation(torch.tensor([[[[0.0, 1.0]]]])).item() == pytest.approx(1.0)


def test_dice_of_the_truth_of_the_opposite_and_of_what_does_not_count():
    labels = torch.tensor([[[0, 0, 1], [1, 1, -1]]])
    sure = torch.nn.functional.one_hot(labels.clamp_min(0), 4).movedim(-1, 1).float() * 200.0
    assert losses.dice_loss(sure, labels).item() == pytest.approx(0.0, abs=1e-5)
    wrong = sure.roll(1, dims=1)
    # every pixel has moved up a class: class 0 gets nothing right, nor does class 1
    assert losses.dice_loss(wrong, labels).item() == pytest.approx(1.0, abs=1e-5)
    flat = torch.zeros(1, 4, 2, 3)  # a quarter everywhere over 5 valid pixels; classes 2 and 3 are absent
    by_hand = [1 - 2 * 0.25 * n / (0.25 * 5 + n) for n in (2, 3)]
    assert losses.dice_loss(flat, labels).item() == pytest.approx(np.mean(by_hand), abs=1e-6)
    nothing = torch.zeros(1, 4, 2, 3, requires_grad=True)
    loss = losses.dice_loss(nothing, torch.full((1, 2, 3), -1))
    loss.backward()
    assert loss.item() == 0.0 and torch.equal(nothing.grad, torch.zeros_like(nothing))


@pytest.mark.parametrize(
    "term",
    [
        lambda x: losses.kl_standard_normal(x, x).sum(),
        lambda x: losses.lsgan_d(x[:1], x[1:]),
        lambda x: losses.lsgan_g(x),
        lambda x: losses.hinge_d(0.1 * x[:1], 0.1 * x[1:]),
        lambda x: losses.hinge_g(x),
        lambda x: losses.total_variation(x),
        lambda x: losses.dice_loss(x, torch.arange(32).view(2, 4, 4) % 3),
    ],
)
def test_gradients_agree_with_finite_differences(term):
    x = torch.randn(2, 3, 4, 4, dtype=torch.float64, generator=generator(1), requires_grad=True)
    assert torch.autograd.gradcheck(term, (x,))


def test_missing_weights_and_unknown_kinds_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PPP_DATA", str(tmp_path))
    with pytest.raises(UserError, match="PPP_DATA") as caught:
        PerceptualLoss("squeezenet")
    assert len(str(caught.value).splitlines()) <= 3
    with pytest.raises(UserError, match=r"download\.pytorch\.org"):
        PerceptualLoss("vgg16", tmp_path / "none.pth")
    (tmp_path / "bad.npz").write_bytes(b"not a zip file")
    with pytest.raises(UserError, match="damaged"):
        PerceptualLoss("squeezenet", tmp_path / "bad.npz")
    (tmp_path / "bad.pth").write_bytes(b"not a checkpoint")
    with pytest.raises(UserError, match="damaged"):
        PerceptualLoss("vgg16", tmp_path / "bad.pth")
    with pytest.raises(UserError, match="squeezenet"):
        PerceptualLoss("alexnet")


def plain_conv(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
    """(C, H, W) by (O, C, k, k) with numpy alone, ReLU included."""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[-2:], axis=(1, 2))[:, ::stride, ::stride]
    return np.maximum(np.einsum("chwij,ocij->ohw", windows, weight, optimize=True) + bias[:, None, None], 0)


def plain_pool(x: np.ndarray) -> np.ndarray:
    """3x3 maximum, stride 2, the last window reaching over the edge (Caffe's ceil)."""
    out = [math.ceil((n - 3) / 2) + 1 for n in x.shape[1:]]
    return np.stack(
        [
            np.stack([x[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((1, 2)) for j in range(out[1])], -1)
            for i in range(out[0])
        ],
        1,
    )


@needs_teacher
def test_squeezenet_features_are_those_of_plain_numpy():
    picture = np.random.default_rng(0).random((40, 46, 3))
    w = dict(np.load(TEACHER, allow_pickle=False))

    def fire(x: np.ndarray, n: int) -> np.ndarray:
        s, e1, e3 = (f"fire{n}/conv{part}" for part in ("1x1_1", "1x1_2", "3x3_2"))
        x = plain_conv(x, w[f"{s}.weight"], w[f"{s}.bias"])
        return np.concatenate(
            [
                plain_conv(x, w[f"{e1}.weight"], w[f"{e1}.bias"]),
                plain_conv(x, w[f"{e3}.weight"], w[f"{e3}.bias"], padding=1),
            ]
        )

    bgr = (picture[..., ::-1] * 255.0 - np.array([104.0, 117.0, 123.0])).transpose(2, 0, 1)
    x = plain_conv(bgr, w["conv1.weight"], w["conv1.bias"], stride=2)
    golden = [x]
    x = fire(fire(plain_pool(x), 2), 3)
    golden.append(x)
    x = fire(plain_pool(fire(x, 4)), 5)
    golden.append(x)
    x = fire(fire(x, 6), 7)
    golden.append(x)
    golden.append(fire(x, 8))

    given = torch.from_numpy(picture.astype(np.float32)).permute(2, 0, 1)[None]
    ours = PerceptualLoss("squeezenet").features(given)
    assert len(ours) == len(golden)
    for found, aim in zip(ours, golden, strict=True):
        np.testing.assert_allclose(found[0].numpy(), aim, rtol=2e-4, atol=2e-3 * aim.std())
        assert aim.std() > 1.0, "far from degenerate"


@needs_teacher
def test_perceptual_distance_ranks_and_sends_gradients_to_the_prediction_only():
    ruler = PerceptualLoss("squeezenet").train()
    assert not ruler.training and not any(p.requires_grad for p in ruler.parameters())
    target = torch.rand(2, 3, 64, 48, generator=generator(3))
    target = torch.nn.functional.avg_pool2d(target, 5, 1, 2)
    near = (target + 0.01 * torch.randn(target.shape, generator=generator(4))).clamp(0, 1).requires_grad_()
    far = torch.full_like(target, 0.5)
    assert ruler(target, target).item() == 0.0
    per_sample = ruler(near, target, per_sample=True)
    assert per_sample.shape == (2,)
    assert (per_sample < 0.5 * ruler(far, target, per_sample=True)).all()
    target.requires_grad_()
    ruler(near, target).backward()
    assert target.grad is None and near.grad.abs().sum() > 0
    with pytest.raises(ValueError, match="32 px"):
        ruler(target[..., :16], target[..., :16])


def test_vgg16_takes_features_before_relu_overwrites_them(tmp_path):
    layers = write_vgg16(tmp_path / "vgg16.pth")
    picture = torch.rand(1, 3, 32, 32, generator=generator(5))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    ours = PerceptualLoss("vgg16", tmp_path / "vgg16.pth").features(picture)
    assert [f.shape[1] for f in ours] == [64, 128, 256, 512]
    with torch.no_grad():
        golden = layers[:23]((picture - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1))
    torch.testing.assert_close(ours[-1], golden)
    assert (ours[0] >= 0).all() and ours[0].max() > 0
