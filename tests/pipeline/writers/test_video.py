"""Every video is decoded again: codec, pixel format, size, number of frames, duration, the hold, and what it says."""

import builtins

import cv2
import numpy as np
import pytest
from paintings import TEXT, frames, job, write
from PIL import Image

from ppp.modules.io.errors import UserError
from ppp.pipeline.provenance import find_line, one_line
from ppp.pipeline.writers import VideoOptions, write_clip
from ppp.pipeline.writers.animated import MAX_ANIMATION_PIXELS, animation_size
from ppp.pipeline.writers.encoders import video_size
from ppp.pipeline.writers.timing import FORMATS, Timing, default_fps, parse_formats, video_timing
from ppp.pipeline.writers.video import VideoWriter


@pytest.fixture
def without_pyav(monkeypatch):
    real = builtins.__import__

    def no_av(name, *args, **kwargs):
        if name == "av":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_av)


@pytest.mark.parametrize("size", [(64, 48), (63, 49), (1, 1), (5000, 4), (2500, 1500)])
def test_the_video_decodes_again(tmp_path, size):
    av = pytest.importorskip("av")
    pictures = frames(size, 5)
    facts = write(VideoWriter, job(tmp_path, size), pictures)["video"]
    assert facts["file"] == "timelapse.mp4"
    (width, height), padded = video_size(size)
    with av.open(str(tmp_path / "timelapse.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert float(stream.average_rate) == facts["fps"]
        assert container.metadata["comment"] == one_line(TEXT)
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(decoded) == 5 + facts["hold"]
    assert facts["hold"] / facts["fps"] == pytest.approx(2)
    assert decoded[0].shape == (padded[1], padded[0], 3)
    assert facts["size"] == list(padded)
    assert padded[0] % 2 == padded[1] % 2 == 0
    for picture, frame in zip([*pictures, *[pictures[-1]] * facts["hold"]], decoded, strict=True):
        wanted = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        error = np.abs(frame[:height, :width].astype(float) - wanted)
        assert error.mean() < 4, "the right frame, in the right colours"


def test_the_video_starts_before_it_is_all_there(tmp_path):
    pytest.importorskip("av")
    write(VideoWriter, job(tmp_path), frames((64, 48), 5))
    data = (tmp_path / "timelapse.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


ASKED = [
    (VideoOptions(("mp4",), fps=12), 5 / 12 + 2),
    (VideoOptions(("mp4",), fps=0.5), 12),
    (VideoOptions(("mp4",), fps=29.97), 5 / 29.97 + 60 / 29.97),
    (VideoOptions(("mp4",), duration=7.3), 7.3),
    (VideoOptions(("mp4",), duration=0.2), 0.2),
    (VideoOptions(("mp4",), fps=4, duration=3), 3),
    (VideoOptions(("mp4",), fps=4, duration=1.25), 1.25),
    (VideoOptions(("webm",), fps=7), 9 / 7 + 10 / 7),
]


@pytest.mark.parametrize(("options", "seconds"), ASKED)
def test_the_video_lasts_as_long_as_was_asked(tmp_path, options, seconds):
    av = pytest.importorskip("av")
    pictures = frames((64, 48), 5)
    (facts,) = write_clip(tmp_path, "a", pictures, 5, TEXT, options)
    with av.open(str(tmp_path / facts["file"])) as container:
        stream = container.streams.video[0]
        times = [float(frame.pts * stream.time_base) for frame in container.decode(stream)]
    step = 1 / facts["fps"]
    assert len(times) == 5 + facts["hold"]
    np.testing.assert_allclose(np.diff(times), step, atol=0.0015)
    assert times[-1] + step == pytest.approx(facts["seconds"], abs=0.003)
    if options.duration:
        assert facts["seconds"] == pytest.approx(seconds, abs=0.5 / (options.fps or 1e9) + 1e-3)
    if options.fps:
        assert facts["fps"] == pytest.approx(options.fps, rel=1e-3)


BAD = [
    (VideoOptions(fps=0), "0.1 to 60"),
    (VideoOptions(fps=float("nan")), "--fps nan"),
    (VideoOptions(fps=61), "60"),
    (VideoOptions(("gif", "mp4"), fps=55), "50 frames"),
    (VideoOptions(duration=0), "--duration 0"),
    (VideoOptions(duration=float("inf")), "3600"),
    (VideoOptions(duration=-1), "--duration -1"),
    (VideoOptions(duration=0.1), "0.1 to 60 are possible"),
    (VideoOptions(duration=3600), "frames a second"),
    (VideoOptions(fps=2, duration=10), "20.00 seconds"),
]


@pytest.mark.parametrize(("options", "word"), BAD)
def test_numbers_that_make_no_video_are_refused(options, word):
    with pytest.raises(UserError, match=word.replace(".", r"\.")):
        video_timing(options, 40)


def test_the_advice_of_a_refusal_can_be_followed():
    for n_frames in (2, 40, 500):
        with pytest.raises(UserError) as error:
            video_timing(VideoOptions(duration=0.01), n_frames)
        least = float(error.value.fix.split()[1])
        assert video_timing(VideoOptions(duration=least), n_frames).seconds == pytest.approx(least)


def test_formats_are_read_as_people_write_them():
    assert parse_formats(["mp4,GIF", ".webp", "gif"]) == ("mp4", "gif", "webp")
    with pytest.raises(UserError, match="Did you mean webm"):
        parse_formats(["wbem"])
    with pytest.raises(UserError, match="nothing"):
        parse_formats(["mp4,"])


@pytest.mark.parametrize("name", ["gif", "webp", "apng"])
@pytest.mark.parametrize("options", [{}, {"fps": 7}, {"duration": 5.5}])
def test_animated_pictures_decode_again(tmp_path, name, options):
    pictures = frames((64, 48), 9)
    (facts,) = write_clip(tmp_path, "timelapse", pictures, 9, TEXT, VideoOptions((name,), **options))
    assert facts["file"] == f"timelapse.{name}"
    with Image.open(tmp_path / facts["file"]) as image:
        assert (image.format, image.n_frames, image.size) == ({"apng": "PNG"}.get(name, name.upper()), 9, (64, 48))
        assert image.info["loop"] == 0
        shown = []
        for index, picture in enumerate(pictures):
            image.seek(index)
            image.load()
            shown.append(image.info["duration"])
            error = np.abs(np.asarray(image.convert("RGB")).astype(float) - picture)
            assert error.mean() < {"gif": 6, "webp": 4, "apng": 0.01}[name]
    assert sum(shown) == pytest.approx(1000 * facts["seconds"], abs=10)
    assert shown[-1] - shown[0] == pytest.approx(1000 * facts["hold"] / facts["fps"], abs=20)
    assert max(shown[:-1]) - min(shown[:-1]) <= 10
    assert find_line((tmp_path / facts["file"]).read_bytes()) == (TEXT if name != "apng" else None)
    if name == "apng":
        with Image.open(tmp_path / facts["file"]) as image:
            assert image.text == TEXT


def test_what_does_not_change_does_not_flicker_in_a_gif(tmp_path):
    """Dithering every frame by itself would move the dots of what is at rest."""
    rng = np.random.default_rng(0)
    still = cv2.GaussianBlur(rng.random((60, 80, 3), np.float32), (0, 0), 4)
    still = (255 * (still - still.min()) / (still.max() - still.min())).astype(np.uint8)
    pictures = [still.copy() for _ in range(4)]
    for index, picture in enumerate(pictures):
        picture[:20, 20 * index :] = (200, 30 * index, 50)
    write_clip(tmp_path, "a", pictures, 4, TEXT, VideoOptions(("gif",)))
    seen = []
    with Image.open(tmp_path / "a.gif") as image:
        for index in range(4):
            image.seek(index)
            seen.append(np.asarray(image.convert("RGB")).copy())
    for picture in seen[1:]:
        np.testing.assert_array_equal(picture[20:], seen[0][20:])


def test_durations_of_frames_add_up():
    for rate, n_frames, hold in ((7, 40, 14), (30, 300, 60), (50, 3, 1)):
        when = Timing(video_timing(VideoOptions(fps=rate), n_frames).rate, n_frames, hold)
        for unit in (1, 10):
            shown = when.milliseconds(unit)
            assert len(shown) == n_frames
            assert sum(shown) == pytest.approx(1000 * when.seconds, abs=unit)
            assert all(value % unit == 0 and value > 0 for value in shown)


def test_animated_pictures_stay_small_enough_to_hold():
    for size, n_frames in (((4000, 3000), 5), ((4000, 3000), 500), ((30, 2000), 200), ((1, 1), 10)):
        for name in ("gif", "webp", "apng"):
            width, height = animation_size(size, n_frames, name)
            assert width * height * n_frames <= 1.05 * MAX_ANIMATION_PIXELS
            assert width <= size[0] and height <= size[1]


def test_several_formats_at_once(tmp_path):
    pytest.importorskip("av")
    facts = write(VideoWriter, job(tmp_path, video=VideoOptions(FORMATS)), frames((64, 48), 5))
    assert [one["file"] for one in facts["videos"]] == [f"timelapse.{name}" for name in FORMATS]
    assert facts["video"] == facts["videos"][0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(one["file"] for one in facts["videos"])
    assert len({one["seconds"] for one in facts["videos"]}) == 1


def test_vp9_is_what_is_asked_for(tmp_path):
    av = pytest.importorskip("av")
    pictures = frames((65, 48), 5)
    write_clip(tmp_path, "a", pictures, 5, TEXT, VideoOptions(("webm",)))
    with av.open(str(tmp_path / "a.webm")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("vp9", "yuv420p")
        assert one_line(TEXT) in container.metadata.values()
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    for picture, frame in zip(pictures, decoded, strict=False):
        assert np.abs(frame[:48, :65].astype(float) - picture).mean() < 6


def test_without_pyav_the_video_is_webm_and_decodes_again(tmp_path, without_pyav):
    pictures = frames((65, 48), 5)
    facts = write(VideoWriter, job(tmp_path, (65, 48)), pictures)["video"]
    assert facts["file"] == "timelapse.webm"
    assert facts["codec"] in ("vp9", "vp8")
    assert not (tmp_path / "timelapse.mp4").exists()
    video = cv2.VideoCapture(str(tmp_path / "timelapse.webm"))
    decoded = []
    while True:
        found, frame = video.read()
        if not found:
            break
        decoded.append(frame[..., ::-1])
    assert len(decoded) == 5 + facts["hold"]
    for picture, frame in zip(pictures, decoded, strict=False):
        assert np.abs(frame[:48, :65].astype(float) - picture).mean() < 6
    assert find_line((tmp_path / "timelapse.webm").read_bytes()) == TEXT


def test_without_pyav_an_mp4_that_was_asked_for_is_refused(tmp_path, without_pyav):
    with pytest.raises(UserError, match=r"\[video\]"):
        write_clip(tmp_path, "a", frames((64, 48), 3), 3, TEXT, VideoOptions(("mp4",)))


def test_other_programs_find_the_comment_that_opencv_did_not_write(tmp_path, monkeypatch):
    """FFmpeg finds it by the table of contents that was mended."""
    av = pytest.importorskip("av")
    monkeypatch.setattr("ppp.pipeline.writers.encoders.can_encode", lambda name: False)
    write_clip(tmp_path, "a", frames((64, 48), 5), 5, TEXT, VideoOptions(("webm",)))
    with av.open(str(tmp_path / "a.webm")) as container:
        assert container.metadata["COMMENT"] == one_line(TEXT)
        assert len(list(container.decode(video=0))) >= 5


def test_the_speed_suits_the_length():
    assert default_fps(2) == 2
    assert 3 < 40 / default_fps(40) < 10
    assert default_fps(10_000) == 30
