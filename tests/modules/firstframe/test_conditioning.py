"""The condition of the first frame: the palette's few numbers, the masks of the plan's first step."""

import numpy as np
import pytest

from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.finish_levels import level
from ppp.modules.firstframe.conditioning import SLICES, FirstFrameInputs, class_planes, default_condition
from ppp.modules.firstframe.config import FirstFrameConfig
from ppp.modules.firstframe.first_step import FirstStepMasks, laid_parts
from ppp.modules.firstframe.inference import FirstFramePredictor
from ppp.modules.firstframe.model import FirstFrameModel
from ppp.modules.firstframe.palette import Palette
from ppp.modules.firstframe.targets import artist_seed, cached_target, make_target
from ppp.modules.firstframe.torch_network import TorchFirstFrameNetwork
from ppp.modules.labels import PORTRAIT, cluster_label_set
from ppp.modules.plans.plan import UNSPECIFIED, PlanStep


@pytest.fixture(scope="module")
def sitter():
    return draw_sitter((80, 96), 4)


def _step(labels, finish, field=None):
    field = (finish != UNSPECIFIED).astype(np.float32) if field is None else field
    return PlanStep(1, np.zeros(len(PORTRAIT), np.float32), field, finish, ())


def test_tones_are_those_of_the_part_from_dark_to_light():
    labels = np.repeat([[1, 7]], 60, 0).repeat(60, 1).astype(np.uint8)
    painting = np.full((60, 120, 3), 0.2, np.float32)
    painting[:, 20:40], painting[:, 40:60] = 0.5, 0.8
    painting[:, 60:] = (0.6, 0.3, 0.1)
    palette = Palette.of(painting, labels, PORTRAIT)
    assert np.abs(palette.tones[1] - np.array([[0.2], [0.5], [0.8]])).max() < 0.08
    assert np.abs(palette.tones[7] - (0.6, 0.3, 0.1)).max() < 1e-3, "an even part has one tone"
    assert (np.diff(palette.marks, axis=1) > 0).all()
    assert (palette.tones[3] == 0.5).all(), "a part without pixels has a colour, too"


def test_the_middle_tone_is_nearer_to_what_covers_more():
    painting = np.full((60, 80, 3), 0.3, np.float32)
    painting[:, 60:] = 0.9
    tones = Palette.of(painting, np.ones((60, 80), np.uint8), PORTRAIT).tones[1, :, 0]
    assert abs(tones[0] - 0.3) < 0.05 and abs(tones[2] - 0.9) < 0.05 and tones[1] < 0.55


def test_light_runs_where_the_picture_has_it():
    ramp = np.tile(np.linspace(0.1, 0.9, 64, dtype=np.float32)[None, :, None], (48, 1, 3))
    labels = np.ones((48, 64), np.uint8)
    palette = Palette.of(ramp, labels, PORTRAIT)
    light = palette.light(labels)
    assert light[:, :5].max() < 0.15 and light[:, -5:].min() > 0.85 and abs(light[:, 32].mean() - 0.5) < 0.2
    small = palette.light(np.ones((12, 16), np.uint8))
    assert np.abs(small - light[2::4, 2::4]).max() < 0.08, "the same numbers hold at any size"


def test_a_palette_is_a_few_numbers_per_part_and_no_picture():
    """Texture that is mirrored changes next to nothing: no detail can pass."""
    rng = np.random.default_rng(1)
    labels = np.ones((64, 64), np.uint8)
    texture = np.clip(0.5 + 0.2 * np.sign(rng.normal(size=(64, 64, 1))).repeat(3, 2), 0, 1).astype(np.float32)
    other = texture[::-1, ::-1].copy()
    one, two = Palette.of(texture, labels, PORTRAIT), Palette.of(other, labels, PORTRAIT)
    assert np.allclose(one.tones, two.tones, atol=0.02)
    assert np.abs(one.colours(labels) - 0.5).max() < 0.1, "half-closed eyes see no texture"
    assert sum(getattr(one, name)[1].size for name in ("tones", "marks", "run", "place")) < 25


def test_a_face_is_seen_without_its_features(sitter):
    painting, labels = sitter
    face = labels == PORTRAIT.index("face")
    other = painting.copy()
    other[np.isin(labels, [PORTRAIT.index(n) for n in ("eyes", "mouth", "nose", "eyebrows")])] = (0, 1, 0)
    one, two = (Palette.of(p, labels, PORTRAIT).tones[PORTRAIT.index("face")] for p in (painting, other))
    assert face.any() and np.abs(one - two).max() < 0.05


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 40)])
def test_tiny_and_even_pictures_have_a_palette(shape):
    labels = np.ones(shape, np.uint8)
    palette = Palette.of(np.full((*shape, 3), 0.4, np.float32), labels, PORTRAIT)
    assert np.allclose(palette.tones[1], 0.4, atol=1e-3)
    assert np.isfinite(palette.light(labels)).all() and palette.colours(labels).shape == (*shape, 9)


def test_a_part_too_small_for_the_small_copy_has_its_colour():
    painting = np.full((1024, 1024, 3), 0.5, np.float32)
    labels = np.ones((1024, 1024), np.uint8)
    labels[401, 401], painting[401, 401] = 7, (0.9, 0.1, 0.1)
    assert np.allclose(Palette.of(painting, labels, PORTRAIT).tones[7], (0.9, 0.1, 0.1), atol=0.01)


def test_without_a_plan_a_face_has_no_features_yet(sitter):
    labels = sitter[1]
    masks = FirstStepMasks.of(labels, PORTRAIT, None)
    assert not masks.known and masks.where.shape == (*labels.shape, 3) and not masks.where.any()
    features = np.isin(labels, [PORTRAIT.index(n) for n in ("eyes", "nose", "mouth")])
    assert features.any() and (masks.laid[features] == PORTRAIT.index("face")).mean() > 0.9
    others = ~np.isin(labels, [PORTRAIT.index(n) for n in ("eyebrows", "eyes", "nose", "mouth")])
    assert (masks.laid[others] == labels[others]).all()


def test_the_paint_of_a_step_is_the_parents_under_and_the_nearer_part_over():
    labels = np.ones((20, 30), np.uint8)
    labels[:, 10:20] = PORTRAIT.index("body")
    labels[5:15, 12:18] = PORTRAIT.index("clothes")
    finish = np.full(labels.shape, level("flat"), np.uint8)
    finish[5:15, 12:18] = level("under")
    finish[:, 9] = level("over")
    laid = laid_parts(labels, PORTRAIT, finish)
    assert (laid[5:15, 12:18] == PORTRAIT.index("body")).all() and (laid[:, 9] == PORTRAIT.index("body")).all()
    assert (laid[:, :9] == 1).all() and (laid[:, 20:] == 1).all()
    masks = FirstStepMasks.of(labels, PORTRAIT, _step(labels, finish))
    assert masks.known and masks.where[..., 0].min() == 1
    assert (masks.where[..., 1].astype(bool) == (finish == level("under"))).all()
    assert (masks.where[..., 2].astype(bool) == (finish == level("over"))).all()


def test_a_small_plan_keeps_to_the_full_outlines():
    labels = np.ones((96, 96), np.uint8)
    labels[:, 37:] = PORTRAIT.index("clothes")
    small = labels[1::8, 1::8]
    finish = np.where(small == 1, level("flat"), UNSPECIFIED).astype(np.uint8)
    masks = FirstStepMasks.of(labels, PORTRAIT, _step(labels, finish))
    assert (masks.where[:, :37, 0] == 1).all() and (masks.where[:, 37:, 0] == 0).all()


def test_parts_without_names_have_masks(sitter):
    rng = np.random.default_rng(0)
    labels = np.kron(rng.integers(1, 7, (5, 6)), np.ones((12, 12))).astype(np.uint8)
    masks = FirstStepMasks.of(labels, cluster_label_set(6), None)
    assert (masks.laid == labels).all()


def test_targets_are_the_painters_and_repeatable(sitter):
    painting, labels = sitter
    seen = set()
    for start in ("toned", "sketch", "mass", "block"):
        one = make_target(painting, labels, PORTRAIT, start, 5)
        two = make_target(painting, labels, PORTRAIT, start, 5)
        assert np.array_equal(one.frame, two.frame) and np.array_equal(one.step.finish, two.step.finish)
        assert one.step.field.any() == (start in ("mass", "block"))
        painted = FirstStepMasks.of(labels, PORTRAIT, one.step).where[..., 0] > 0.9
        changed = np.abs(one.frame / 255 - one.ground).max(2) > 0.05
        if start in ("mass", "block"):
            assert changed[painted].mean() > 0.5 * painted.mean()
            outside = FirstStepMasks.of(labels, PORTRAIT, one.step).where[..., 0] == 0
            assert (changed & outside).sum() <= 0.2 * outside.sum()
        seen.add(one.frame.tobytes())
    assert len(seen) == 4


def test_varied_masses_begin_with_any_part(sitter):
    painting, labels = sitter
    fields = [make_target(painting, labels, PORTRAIT, "mass", s, vary=True).step.field.mean() for s in range(12)]
    usual = [make_target(painting, labels, PORTRAIT, "mass", s).step.field.mean() for s in range(12)]
    assert sum(a != b for a, b in zip(fields, usual, strict=True)) >= 2


def test_a_damaged_cached_target_is_made_again(sitter, tmp_path):
    pixels = np.round(sitter[0] * 255).astype(np.uint8)
    seed = artist_seed("a", "mass", 0)
    fresh = cached_target(tmp_path, pixels, sitter[1], PORTRAIT, "mass", seed)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    again = cached_target(tmp_path, pixels, sitter[1], PORTRAIT, "mass", seed)
    assert np.array_equal(fresh.frame, again.frame) and path.stat().st_size > 1000
    third = cached_target(tmp_path, pixels, sitter[1], PORTRAIT, "mass", seed)
    assert np.array_equal(third.frame, fresh.frame) and np.abs(third.step.field - fresh.step.field).max() < 0.01


@pytest.mark.parametrize("variant", ["default", "paper"])
def test_a_label_map_alone_is_enough(sitter, variant):
    labels = sitter[1]
    model = FirstFrameModel(FirstFrameConfig(variant, widths=(4, 8, 8, 8), blocks=1, paper_width=2))
    frame = FirstFramePredictor(TorchFirstFrameNetwork(model)).predict(labels, PORTRAIT, FirstFrameInputs())
    assert frame.shape == (*labels.shape, 3) and np.isfinite(frame).all() and frame.min() >= 0 and frame.max() <= 1


def test_what_is_not_known_is_marked(sitter):
    labels = sitter[1]
    classes = class_planes(labels, PORTRAIT, 10)
    maps = {"colours": np.full((*labels.shape, 9), 0.2), "light": np.full(labels.shape, 0.3)}
    whole = default_condition(
        labels, classes, "mass", **maps, ground=np.full(3, 0.9), where=np.zeros((*labels.shape, 3))
    )
    bare = default_condition(labels, np.zeros_like(classes), "mass")
    assert whole.shape == bare.shape == (33, *labels.shape) and whole.dtype == np.float32
    assert np.array_equal(whole[-10:].argmax(0), labels) and not bare[-10:].any()
    for name in ("edges", "start"):
        assert np.array_equal(whole[SLICES[name]], bare[SLICES[name]]), name
    assert (whole[SLICES["palette_known"]] == 1).all() and (bare[SLICES["palette_known"]] == 0).all()
    assert (bare[SLICES["colours"]] == 0.5).all() and (bare[SLICES["light"]] == 0.5).all()
    # A step that lays no paint (a toned ground) is known; a label map without a plan has none.
    assert (whole[SLICES["where_known"]] == 1).all() and (bare[SLICES["where_known"]] == 0).all()


def test_parts_without_names_and_pieces_have_the_planes_of_their_classes(sitter):
    labels = sitter[1]
    assert not class_planes(np.ones((4, 4), np.uint8), cluster_label_set(6), 10).any()
    pieces = PORTRAIT.split("hair", ("fringe", "back"))
    hair = PORTRAIT.index("hair")
    cut = np.where((labels == hair) & (np.arange(labels.shape[1]) > 40), 10, labels).astype(np.uint8)
    assert np.array_equal(class_planes(cut, pieces, 10), class_planes(labels, PORTRAIT, 10))
