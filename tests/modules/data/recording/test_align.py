"""Alignment: known moves of the canvas are recovered to half a pixel and half a percent, on real processes."""

import json

import cv2
import numpy as np
import pytest
from videos import TRAJECTORIES, every_state, moved, states, trajectory, write_video

from ppp.modules.data.processes.process import Process
from ppp.modules.data.recording import CanvasBox, SelectionRules, align, extract, open_video
from ppp.modules.data.recording.grey_image import GreyImage
from ppp.modules.data.recording.moved_layers import find_moved_layers
from ppp.modules.data.recording.registration import Aligner
from ppp.modules.data.recording.registration_refine import refine_similarity
from ppp.modules.data.recording.similarity_transform import (
    IDENTITY,
    angle_of,
    compose,
    displacement,
    fourier_mellin,
    from_parts,
    invert,
    scale_of,
    shift_of,
)
from ppp.modules.io.errors import UserError
from ppp.modules.io.png import read_rgb, write_rgb
from ppp.modules.plans.habits import HABITS

SIZE = (200, 240)


@pytest.fixture(scope="module")
def painted():
    return states(14, seed=3, size=SIZE)


def walk(n, seed=0):
    """Draw moves that change every few frames, the last frames unmoved: shift, scale, angle of each frame."""
    rng = np.random.default_rng(seed)
    moves, now = [], ((0.0, 0.0), 1.0, 0.0)
    for i in range(n):
        if i % 3 == 0:
            now = (tuple(rng.uniform(-14, 14, 2)), rng.uniform(0.92, 1.06), rng.uniform(-5, 5))
        moves.append(now if i < n - 2 else ((0.0, 0.0), 1.0, 0.0))
    return moves


def recorded(folder, frames):
    """Write a process folder with these frames, as extraction does."""
    (folder / "frames").mkdir(parents=True)
    for i, frame in enumerate(frames):
        write_rgb(folder / "frames" / f"{i:05d}.png", frame)
    write_rgb(folder / "painting.png", frames[-1])
    info = {"schema": 1, "kind": "recorded", "cuts": [], "alignment": None, "steps": []}
    (folder / "process.json").write_text(json.dumps(info))
    return Process(folder)


def check(found, move, size=SIZE):
    """Assert that the transform takes the frame back: within half a pixel at the middle, and half a percent."""
    back = invert(from_parts(*move, size))
    off = compose(found, invert(back))
    assert np.hypot(*shift_of(off, size)) < 0.5
    assert abs(scale_of(off) - 1) < 0.005
    assert abs(angle_of(off)) < 0.3


@pytest.mark.parametrize("habit", HABITS)
def test_known_moves_are_recovered(habit):
    """However somebody paints. At most one pair that is nothing but two washes may be left out."""
    painted = states(14, 1, SIZE, habit)
    moves = walk(len(painted))
    aligner = Aligner(painted[-1])
    unclear = 0
    for i in range(len(painted) - 2, 1, -1):  # frames 0 and 1 are bare: nothing in them says where they are
        pose = aligner.register(moved(painted[i], *moves[i]))
        check(pose.matrix, moves[i], SIZE)
        unclear += not pose.explained
    assert unclear <= 1


def test_a_few_marks_that_tell_nothing_are_not_learned_from(painted, tmp_path):
    """Strokes that are painted over in the next frame, while the canvas moved, do not show where they were.

    Marks that stay do.
    """
    few = painted[0].copy()
    cv2.line(few, (60, 70), (90, 84), (40, 40, 40), 3)
    cv2.line(few, (120, 150), (122, 190), (40, 40, 40), 3)
    more = few.copy()
    cv2.line(more, (40, 200), (80, 190), (40, 40, 40), 3)
    covered = [moved(few, (11, -8)), moved(more, (11, -8)), *painted[7:]]
    assert align(recorded(tmp_path / "covered", covered), tmp_path / "a")["cuts"] == [1, 2]
    after = painted[7].copy()
    after[(few < 200).any(axis=2)] = 40
    after[(more < 200).any(axis=2)] = 40
    stays = [moved(few, (11, -8)), moved(more, (11, -8)), after]
    alignment = align(recorded(tmp_path / "stays", stays), tmp_path / "b")
    assert 2 in alignment["cuts"] or np.hypot(*np.add(alignment["frames"][1]["shift"], (11, -8))) < 0.5


@pytest.fixture(scope="module")
def gradual():
    """Paintings as a record shows them: every state, without those that are bare or nearly."""
    return {seed: every_state(20, seed, SIZE)[4:] for seed in (0, 3)}


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("kind", [kind for kind in TRAJECTORIES if kind != "still"])
def test_journeys_are_followed(gradual, kind, seed):
    """A tenth of a pixel a frame is less than anybody sees, and several pixels in the end."""
    scene = gradual[seed]
    moves = trajectory(kind, len(scene), seed)
    aligner = Aligner(scene[-1])
    for i in range(len(scene) - 2, -1, -1):
        check(aligner.register(moved(scene[i], *moves[i])).matrix, moves[i], SIZE)


def test_the_estimated_error_holds(gradual):
    """Half of all poses are within twice of it, nearly all within five times, which is what moves are held against."""
    ratios = []
    for scene in gradual.values():
        for i in range(0, len(scene) - 1, 2):
            move = from_parts((0.9, -0.6), 1.004, 0.2, SIZE)
            before, after = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in (scene[i], scene[i + 1]))
            before = cv2.warpAffine(before, move, SIZE, flags=cv2.INTER_LANCZOS4)
            found = refine_similarity(GreyImage(before), GreyImage(after), IDENTITY)
            ratios.append(displacement(compose(found.matrix, move), SIZE) / found.error(SIZE))
    assert 0.3 < np.median(ratios) < 2 and np.mean(np.array(ratios) < 5) > 0.9


def test_through_extraction_and_h264(painted, tmp_path):
    moves = [((0, 0), 1.0, 0.0) if i >= 8 else ((9.0, -6.0), 0.95, 3.0) for i in range(len(painted))]
    shown = [moved(state, *move) for state, move in zip(painted, moves, strict=True)]
    video = open_video(write_video(tmp_path / "a.mp4", [f for f in shown for _ in range(2)]))
    extract(video, tmp_path / "out", SelectionRules(), 512, CanvasBox(0, 0, *SIZE))
    folder = tmp_path / "out" / "process-00"
    assert json.loads((folder / "process.json").read_text())["cuts"] == [8]
    alignment = align(Process(folder), folder)
    assert alignment["cuts"] == [] == json.loads((folder / "process.json").read_text())["cuts"]
    log = [json.loads(line) for line in (tmp_path / "out" / "extract.jsonl").read_text().splitlines()]
    # A state that shows hardly anything new may be left out, as that at the move.
    kept = [line["frame"] // 2 for line in log if line["keep"]]
    assert kept[:8] == list(range(8)) and len(kept) >= 12
    for report, i in list(zip(alignment["frames"], kept, strict=True))[3:]:
        check(from_parts(report["shift"], report["scale"], report["angle"], SIZE), moves[i], SIZE)
    for place, i in list(enumerate(kept))[4:]:
        frame = read_rgb(folder / "frames" / f"{place:05d}.png")[20:-20, 20:-20].astype(int)
        assert np.abs(frame - painted[i][20:-20, 20:-20]).mean() < 7


def test_a_canvas_that_never_moves_is_left_alone_to_the_bit(painted, tmp_path):
    process = recorded(tmp_path / "p", painted)
    before = [path.read_bytes() for path in process.frame_paths]
    alignment = align(process, tmp_path / "p")
    assert [path.read_bytes() for path in Process(tmp_path / "p").frame_paths] == before
    assert {report["method"] for report in alignment["frames"]} == {"still", "last"} and alignment["cuts"] == []
    assert alignment["moved"] == []


def test_soft_pictures_without_features_are_placed_by_frequencies():
    rng = np.random.default_rng(0)
    soft = cv2.GaussianBlur(rng.uniform(0, 1, (240, 200)).astype(np.float32), (0, 0), 12)
    soft = cv2.normalize(soft, None, 20, 235, cv2.NORM_MINMAX).astype(np.uint8)
    for move in (((6.0, -4.0), 1.0, 0.0), ((3.0, 5.0), 1.04, 3.0)):
        shown = cv2.warpAffine(soft, from_parts(*move, SIZE), SIZE, borderMode=cv2.BORDER_REFLECT)
        found = fourier_mellin(soft, shown)
        assert displacement(compose(found, invert(from_parts(*move, SIZE))), SIZE) < 6, "ECC does the rest"
        aligner = Aligner(np.dstack([soft] * 3))
        check(aligner.register(np.dstack([shown] * 3)).matrix, move, SIZE)


def test_a_bare_canvas_stays_where_the_next_frame_is(painted):
    bare = painted[0].copy()
    bare[30:42, 50:60] = 20  # a cursor on it is nothing to go by
    aligner = Aligner(painted[-1])
    pose = aligner.register(moved(painted[-2], (9.0, -6.0), 0.95, 3.0)).matrix
    assert fourier_mellin(bare[..., 0], painted[-2][..., 0]) is None
    assert np.array_equal(aligner.register(bare).matrix, pose)


def test_a_pair_that_nothing_relates_becomes_a_cut(painted, tmp_path):
    other = states(5, seed=11, size=SIZE)
    alignment = align(recorded(tmp_path / "p", [*other[3:], *painted[6:]]), tmp_path / "out")
    # nor do the two before it lead to this painting: there is nothing to learn from them
    assert alignment["cuts"] == [1, 2]
    assert (tmp_path / "out" / "painting.png").is_file()


def test_parts_that_the_artist_moved_are_reported(painted):
    before = painted[-1]
    x, y, w, h = 60, 50, 70, 80
    part = cv2.resize(before[y : y + h, x : x + w], None, fx=1.1, fy=1.1, interpolation=cv2.INTER_CUBIC)
    after = before.copy()
    left, top = 80, 90
    after[top : top + part.shape[0], left : left + part.shape[1]] = part
    (found,) = find_moved_layers(before, after)
    # where the middle of the part's features goes, by the same move
    grown = 1.1
    assert abs(found["scale"] - grown) < 0.01 and abs(found["angle"]) < 0.6
    assert abs(found["dx"] - (left + part.shape[1] / 2 - x - w / 2)) < 4
    assert abs(found["dy"] - (top + part.shape[0] / 2 - y - h / 2)) < 4
    bx, by, bw, bh = found["box"]
    assert (
        bx >= left - 2 and by >= top - 2 and bx + bw <= left + part.shape[1] + 2 and by + bh <= top + part.shape[0] + 2
    )
    assert find_moved_layers(painted[-3], painted[-2]) == [], "painting is no move"


def test_only_recorded_processes_are_aligned(painted, tmp_path):
    process = recorded(tmp_path / "p", painted[:3])
    info = process.info | {"kind": "simulated"}
    (tmp_path / "p" / "process.json").write_text(json.dumps(info))
    with pytest.raises(UserError, match="not recorded"):
        align(Process(tmp_path / "p"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_transforms():
    move = from_parts((3.5, -2), 1.2, 7, SIZE)
    assert np.allclose(shift_of(move, SIZE), (3.5, -2)) and np.isclose(scale_of(move), 1.2)
    assert np.isclose(angle_of(move), 7) and np.allclose(compose(move, invert(move)), [[1, 0, 0], [0, 1, 0]])
