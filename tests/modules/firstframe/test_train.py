"""Training the first frame: samples, losses, and that it learns."""

import json

import cv2
import numpy as np
import pytest
import torch

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.data.synthetic.simulated_process import write_simulated
from ppp.modules.firstframe.conditioning import SLICES
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.dataset import FirstFrameDataset, find_training_pictures
from ppp.modules.firstframe.losses import candidate_ce
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.firstframe.train import FirstFrameTask, paint_picture, task
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans import make_plan
from ppp.modules.plans.spec import STARTS
from ppp.modules.training.loop import fit
from ppp.modules.training.settings import RunConfig

TINY = {"widths": [4, 8, 8, 8], "blocks": 1, "artists": 1, "crop": 48}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    rows = []
    for seed in range(3):
        painting, labels = draw_sitter((64, 80), seed)
        cv2.imwrite(str(folder / f"s{seed}.png"), (painting[..., ::-1] * 255).astype(np.uint8))
        PORTRAIT.save_png(folder / f"s{seed}_l.png", labels)
        split = "val" if seed == 2 else "train"
        rows.append({"file": f"s{seed}.png", "labels": f"s{seed}_l.png", "kind": "sitter", "split": split})
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def _task(data, tmp_path, **options) -> tuple[FirstFrameTask, RunConfig]:
    steps = options.pop("steps", 2)
    run = RunConfig(
        tmp_path / "run", steps, batch=2, device="cpu", quiet=True, sheet_every=2, save_every=2, log_every=1
    )
    torch.manual_seed(0)
    return task([data], {**TINY, **options}, run), run


def _start(condition: np.ndarray) -> str:
    return STARTS[condition[SLICES["start"]][:, 0, 0].argmax()]


def _samples(pictures, cache=None) -> FirstFrameDataset:
    return FirstFrameDataset(pictures, FirstFrameConfig(), 48, 1, cache)


def test_samples_are_cut_alike_and_repeatable(data):
    samples = _samples(find_training_pictures([data], 256, "train"))
    assert [samples.name(i) for i in range(len(samples))] == ["s0", "s1"]
    one, two = samples.sample(3, 1, 0), samples.sample(3, 1, 0)
    assert one.keys() == two.keys() and all(np.array_equal(one[k], two[k]) for k in one)
    assert one["x_1"].shape == (3, 48, 48) and one["condition"].shape == (33, 48, 48)
    for name in ("x_1", "condition"):
        assert one[name].dtype == np.float32 and one[name].min() >= 0 and one[name].max() <= 1, name
    assert any(not np.array_equal(one["x_1"], samples.sample(3, e, 0)["x_1"]) for e in range(2, 5))


def test_names_are_dropped_in_at_least_three_of_ten_samples(data):
    samples = _samples(find_training_pictures([data], 256, "train"))
    drawn = [samples.sample(0, epoch, epoch % 2)["condition"] for epoch in range(300)]
    named = np.array([c[-10:].any() for c in drawn])
    coloured, planned = (np.array([c[SLICES[n]].all() for c in drawn]) for n in ("palette_known", "where_known"))
    assert 0.28 < 1 - named.mean() < 0.45
    assert coloured[~named].all(), "without names and colours there is nothing to go by"
    assert 0.04 < 1 - planned.mean() < 0.18
    assert all(not c[SLICES["where"]].any() for c, known in zip(drawn, planned, strict=True) if not known)
    assert {_start(c) for c in drawn} == set(STARTS)


def test_toned_is_the_ground_and_a_block_in_is_near_the_picture(data):
    samples = _samples(find_training_pictures([data], 256, "train"))
    toned, block = samples.target(0, "toned", 0), samples.target(0, "block", 0)
    assert np.abs(toned.frame / 255 - toned.ground).max() < 0.02
    painting = samples.pictures[0].loaded[0] / 255
    assert np.abs(block.frame / 255 - painting).mean() < np.abs(block.ground - painting).mean()


def test_kept_targets_are_the_same_targets(data, tmp_path):
    pictures = find_training_pictures([data], 256, "train")
    fresh = _samples(pictures).target(0, "mass", 0)
    _samples(pictures, tmp_path).target(0, "mass", 0)
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    again = _samples(pictures, tmp_path).target(0, "mass", 0)
    assert np.array_equal(fresh.frame, again.frame) and kept.stat().st_mtime_ns == stamp


def test_a_process_is_a_picture_with_its_own_parts(data, tmp_path):
    picture = find_training_pictures([data], 256, "train")[0]
    painting = picture.loaded[0].astype(np.float32) / 255
    label_set = cluster_label_set(4)
    labels = np.kron([[1, 2], [3, 4]], np.ones((40, 32))).astype(np.uint8)
    plan = make_plan("artist", painting, labels, label_set, 4, 5)
    write_simulated(tmp_path / "p", painting, labels, label_set, plan, 5, picture.file.image)
    (process,) = find_training_pictures([tmp_path], 256, "train")
    assert process.label_set == label_set and np.array_equal(process.loaded[1], labels)
    samples = _samples([process])
    drawn = [samples.sample(0, epoch, 0)["condition"] for epoch in range(30)]
    assert not any(c[-10:].any() for c in drawn) and {_start(c) for c in drawn} >= {*STARTS[1:]}


@pytest.mark.parametrize("variant", ["default", "paper"])
def test_a_run_trains_both_networks_and_can_be_loaded(data, tmp_path, variant):
    work, run = _task(data, tmp_path, variant=variant, paper_width=2, crop=48, alone=0)
    before = {k: {n: p.clone() for n, p in m.named_parameters()} for k, m in work.models().items()}
    assert fit(work, run).step == 2
    for key, module in work.models().items():
        moved = [not torch.equal(p, before[key][n]) for n, p in module.named_parameters()]
        assert sum(moved) > 0.6 * len(moved), key
    model = FirstFrameModel.from_pretrained(run.out)
    assert model.config.variant == variant
    assert list((run.out / "sheets").glob("*.png"))
    row = json.loads((run.out / "log.jsonl").read_text().splitlines()[-1])
    assert {"l1", "d", "g", "matching"} <= set(row)


def test_training_goes_on_from_other_weights(data, tmp_path):
    torch.manual_seed(5)
    model = FirstFrameModel(FirstFrameConfig(widths=(4, 8, 8, 8), blocks=1))
    model.save_pretrained(tmp_path / "m")
    work, _ = _task(data, tmp_path, init=str(tmp_path / "m"))
    assert all(torch.equal(a, b) for a, b in zip(work.generator.parameters(), model.parameters(), strict=True))
    with pytest.raises(UserError, match="fit"):
        _task(data, tmp_path, init=str(tmp_path / "m"), widths=[8, 8, 8, 8])


def test_the_choice_is_the_nearest_candidate_or_a_free_colour():
    ground, tones = torch.full((1, 3, 1, 2), 0.5), torch.tensor([0.1, 0.2, 0.3]).repeat_interleave(3)
    tones = tones.reshape(1, 9, 1, 1).expand(1, 9, 1, 2)
    true = torch.tensor([0.21, 0.95]).reshape(1, 1, 1, 2).expand(1, 3, 1, 2)
    right = torch.full((1, 5, 1, 2), -30.0)
    right[0, 2, 0, 0] = right[0, 4, 0, 1] = 30.0
    assert candidate_ce(right, ground, tones, true, true) < 1e-4
    assert candidate_ce(right.flip(3), ground, tones, true, true) > 30
    off = candidate_ce(right, ground, tones, torch.zeros_like(true), true)
    assert torch.isclose(off, torch.tensor(0.95), atol=1e-3), "the free colour counts only where nothing else will do"


def test_the_discriminator_sees_the_condition_and_different_real_and_fake_frames(data, tmp_path):
    work, _ = _task(data, tmp_path, alone=0)
    seen: list[torch.Tensor] = []
    handle = work.discriminator.register_forward_pre_hook(lambda _, given: seen.append(given[0].detach().clone()))

    class Loop:
        models = work.models()

        def optimise(self, name, loss, clip=0.0):
            loss.backward()
            return 0.0

    batch = work.collate([work.dataset.sample(0, 0, i) for i in range(2)])
    work.step(batch, 0, Loop())
    handle.remove()
    real, fake, fake_again, real_again = seen
    n = work.generator.generator.in_channels
    assert all(torch.equal(real[:, :n], other[:, :n]) for other in (fake, fake_again)), "one condition"
    assert not torch.equal(real[:, n:], fake[:, n:]) and torch.equal(fake, fake_again) and torch.equal(real, real_again)
    assert torch.equal(real[:, n:], batch["x_1"])
    assert all(p.grad is not None for p in work.generator.parameters())
    assert all(p.requires_grad for p in work.discriminator.parameters())


def test_it_learns(data, tmp_path):
    """A few steps of L1 bring the model nearer to the true first frames than the bare ground is."""
    work, _ = _task(data, tmp_path, lr=5e-3)
    optimiser = torch.optim.Adam(work.generator.parameters(), 5e-3)
    batch = work.collate([work.dataset.sample(0, e, e % 2) for e in range(12)])
    condition, true = batch["condition"], batch["x_1"]
    ground = (condition[:, SLICES["ground"]] - true).abs().mean().item()
    for _ in range(80):
        loss = (work.generator(condition) - true).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss.item() < 0.7 * ground, (loss.item(), ground)


def test_a_whole_picture_is_painted_at_its_size(data):
    picture = find_training_pictures([data], 256, "train")[0]
    target = _samples([picture]).target(0, "mass", 0)
    frame = paint_picture(FirstFrameModel(), picture, "mass", target)
    assert frame.shape == (80, 64, 3) and frame.dtype == np.uint8


def test_bad_options_are_named(data, tmp_path):
    run = RunConfig(tmp_path, 0)
    for options, message in (
        ({"variant": "large"}, "large"), ({"crop": 50}, "multiple of 16"), ({"colour": 1}, "colour"),
        ({"perceptual": "x"}, "x"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=message):
            task([data], options, run)
    with pytest.raises(UserError):
        task([tmp_path], {}, run)


def test_the_papers_learning_rate_falls_over_the_second_half(data, tmp_path):
    work, _ = _task(data, tmp_path, variant="paper", paper_width=2, steps=100)
    assert work.lr(0) == work.lr(50) == 2e-4 and np.isclose(work.lr(75), 1e-4) and work.lr(99) < 1e-5
