"""Reading recordings: what is left undecoded changes nothing in what is read."""

import numpy as np
import pytest
from videos import states, write_video

from ppp.modules.data.recording import open_video
from ppp.modules.data.recording.packets import decode
from ppp.modules.io.errors import UserError

COUNT = 60
ENCODERS = {
    "plain.mp4": {},
    "short groups.mp4": {"g": "12"},
    "open groups.mkv": {"g": "12", "x264-params": "open-gop=1:bframes=3:b-pyramid=normal:scenecut=0"},
    "no B frames.mov": {"g": "9", "bf": "0"},
    "vp9.webm": {"g": "10"},
    "a.gif": {},
}


@pytest.fixture(scope="module")
def frames():
    painted = states(14, seed=1)[2:]
    # every frame another one: the canvas goes round
    return [np.roll(painted[i // 5], 3 * i, axis=1) for i in range(COUNT)]


@pytest.mark.parametrize("name", ENCODERS)
def test_wanted_frames_are_those_of_reading_it_all(frames, name, tmp_path):
    times = None if name.endswith("gif") else np.cumsum([1 + (i * 7) % 4 for i in range(COUNT)]).tolist()
    video = open_video(write_video(tmp_path / name, frames, times=times, **ENCODERS[name]))
    everything = {frame.index: frame for frame in video.frames()}
    assert sorted(everything) == list(range(COUNT))
    for wanted in (lambda n: n % 6 == 0, {3, 4, 30, 31, 37, 59}.__contains__, {59}.__contains__, {0}.__contains__):
        got = {frame.index: frame for frame in video.frames(wanted)}
        assert sorted(got) == [n for n in range(COUNT) if wanted(n)]
        for number, frame in got.items():
            assert frame.time == everything[number].time
            assert np.array_equal(frame.rgb(), everything[number].rgb())


def test_groups_without_a_wanted_frame_are_not_decoded(frames, tmp_path, monkeypatch):
    video = open_video(write_video(tmp_path / "a.mp4", frames, g="10"))
    assert video.packets is not None and sum(video.packets.keys) >= 6
    need = video.packets.needed({3, 55}.__contains__)
    assert 0 < sum(need) <= 30 and not any(need[25:45])
    seen = []
    monkeypatch.setattr(
        "ppp.modules.data.recording.packets.decode",
        lambda *a: (seen.append(frame.pts) or frame for frame in decode(*a)),
    )
    assert [frame.index for frame in video.frames({3, 55}.__contains__)] == [3, 55]
    assert len(seen) < 30


def test_a_file_cut_off_is_found_out_even_when_its_end_is_not_wanted(frames, tmp_path):
    path = write_video(tmp_path / "a.mp4", frames, g="10")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(UserError, match="damaged"):
        list(open_video(path).frames({0, 3}.__contains__))
