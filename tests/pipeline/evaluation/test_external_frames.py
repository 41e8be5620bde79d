"""Frames that were painted elsewhere: whatever they are called, however many, of any size."""

import cv2
import numpy as np
import pytest
from recorded import edit, recorded, simulated

from ppp.modules.data.processes.process import Process
from ppp.modules.io.errors import UserError
from ppp.pipeline.evaluation import external_frames
from ppp.pipeline.evaluation.cases import EvalSettings, find_inputs, process_cases, with_external


def stills(folder, count: int, size=(8, 6), ending: str = "png", name: str = "frame") -> None:
    """Grey pictures, the value of each its number."""
    folder.mkdir(parents=True)
    for index in range(count):
        picture = np.full((size[1], size[0], 3), index % 256, np.uint8)
        cv2.imencode(f".{ending}", picture)[1].tofile(folder / f"{name}{index}.{ending}")


def test_frames_come_in_order_of_their_numbers_and_at_the_paintings_size(tmp_path):
    stills(tmp_path / "a", 12, (16, 12))
    frames, note = external_frames.read_sequence(tmp_path / "a", (8, 6))
    assert frames.shape == (12, 6, 8, 3) and frames.dtype == np.float32 and note == ""
    np.testing.assert_allclose(frames[:, 0, 0, 0], np.arange(12) / 255, atol=1e-6)
    square, note = external_frames.read_sequence(tmp_path / "a", (8, 8))
    assert square.shape == (12, 8, 8, 3) and "16x12, stretched to the painting's 8x8" in note


@pytest.mark.parametrize("count", [200, 201, 250, 256])
def test_of_long_sequences_every_other_frame_is_read_and_always_the_last(tmp_path, count):
    stills(tmp_path / "a", count)
    frames, _ = external_frames.read_sequence(tmp_path / "a", (8, 6))
    values = np.round(frames[:, 0, 0, 0] * 255).astype(int)
    assert values[0] == 0 and values[-1] == count - 1
    assert external_frames.MAX_READ / 2 <= len(values) <= external_frames.MAX_READ + 1
    assert len(set(np.diff(values)[:-1])) == 1, "evenly"


def test_one_frame_is_no_process(tmp_path):
    stills(tmp_path / "a", 1)
    with pytest.raises(UserError, match="It has 1 frames"):
        external_frames.read_sequence(tmp_path / "a", (8, 6))


def test_a_video_is_read_like_its_frames(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "mine" / "p.mp4"
    path.parent.mkdir()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(10):
            picture = np.full((48, 64, 3), 20 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    assert external_frames.find_sequences(tmp_path / "mine", "p", False) == [path]
    frames, note = external_frames.read_sequence(path, (32, 24))
    assert frames.shape == (10, 24, 32, 3) and note == ""
    np.testing.assert_allclose(frames.mean((1, 2, 3)), np.arange(10) * 20 / 255, atol=0.03)


def test_where_another_tools_sequences_are_looked_for(tmp_path):
    stills(tmp_path / "one" / "p", 3)
    stills(tmp_path / "draws" / "p" / "b", 3, ending="jpg")
    stills(tmp_path / "draws" / "p" / "a" / "frames", 3)
    stills(tmp_path / "flat", 3)
    stills(tmp_path / "run" / "p" / "frames", 3)

    def find(folder: str, alone: bool = False) -> list[str]:
        found = external_frames.find_sequences(tmp_path / folder, "p", alone)
        return [path.relative_to(tmp_path).as_posix() for path in found]

    assert find("one") == ["one/p"]
    assert find("draws") == ["draws/p/a/frames", "draws/p/b"]
    assert find("run") == ["run/p/frames"]
    assert find("flat") == [] and find("flat", alone=True) == ["flat"]


def test_a_process_gives_its_frames_and_the_requested_degrees(tmp_path):
    painted = Process(simulated(tmp_path / "a", n_frames=6))
    frames, requested = external_frames.read_process(painted, (32, 36))
    assert frames.shape == (6, 36, 32, 3) and requested is not None and painted.plan is not None
    np.testing.assert_allclose(requested, painted.plan["degrees"], atol=1e-4)
    assert external_frames.read_process(Process(recorded(tmp_path / "b", n_frames=6)), (32, 36))[1] is None
    edit(tmp_path / "a", steps=[])
    assert external_frames.read_process(Process(tmp_path / "a"), (32, 36))[1] is None


def test_processes_of_one_painting_are_one_case(tmp_path):
    simulated(tmp_path / "data" / "a", 0, 4)
    recorded(tmp_path / "data" / "b", 1, 4)
    simulated(tmp_path / "data" / "c", 2, 4)
    edit(tmp_path / "data" / "c", kind="predicted", provenance="predicted, not recorded")
    simulated(tmp_path / "data" / "d", 3, 4)
    edit(tmp_path / "data" / "d", painting={"sha256": "another"})
    stills(tmp_path / "pictures", 2)
    pictures, groups = find_inputs([tmp_path / "data", tmp_path / "pictures"], "val")
    assert [p.name for p in pictures] == ["frame0", "frame1"] and [len(group) for group in groups] == [3, 1]
    first, second = process_cases(groups, EvalSettings("none", {}, {}))
    assert [p.folder.name for p in first.references] == ["a", "b"] and [p.folder.name for p in first.predicted] == ["c"]
    assert (first.name, second.name) == ("a", "d")
    stills(tmp_path / "mine" / "b", 3)  # named after any process of the painting
    both = with_external([first, second], {"mine": tmp_path / "mine"})
    assert both[0].external == (("mine", (tmp_path / "mine" / "b",)),) and both[1].external == ()
    with pytest.raises(UserError, match="no frames for --other mine"):
        with_external([second, second], {"mine": tmp_path / "mine"})
