"""The film between frames: strokes are shown being laid, in every format, for as long as was asked."""

import cv2
import numpy as np
import pytest
from paintings import frames, job
from PIL import Image

from ppp.modules.brush import draw_strokes
from ppp.modules.brush.stroke import stroke_list
from ppp.modules.io.errors import UserError
from ppp.pipeline.writers import VideoOptions
from ppp.pipeline.writers.animated import MAX_ANIMATION_FPS, MAX_ANIMATION_PICTURES, kept_between
from ppp.pipeline.writers.timing import FORMATS, video_timing
from ppp.pipeline.writers.video import VideoWriter

SIZE, N = (96, 64), 5


def states(n_frames=N, size=SIZE):
    """Frames and the strokes that make each of the one before; frame 3 has none."""
    rng = np.random.default_rng(0)
    canvas = np.full((size[1], size[0], 3), 0.9, np.float32)
    found = [(np.rint(canvas * 255).astype(np.uint8), None)]
    for index in range(1, n_frames):
        points = rng.uniform(0.05, 0.9, (8, 2)) * (1, size[1] / size[0])
        strokes = stroke_list(points, np.full(8, 0.1), [4, 4], rng.uniform(0, 1, (2, 3)), step=index, seed=[index, 9])
        draw_strokes(canvas, strokes)
        found.append((np.rint(canvas * 255).astype(np.uint8), None if index == 3 else strokes))
    return found


def film(folder, video, pictures=None, **more):
    pictures = states() if pictures is None else pictures
    size = pictures[0][0].shape[1::-1]
    writer = VideoWriter(job(folder, size, len(pictures), video=video, strokes=True, **more))
    for index, (frame, strokes) in enumerate(pictures):
        writer.add(index, frame, strokes)
    return writer.close()["videos"]


def decoded(path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("name", ["mp4", "webm"])
@pytest.mark.parametrize("show_brush", [False, True])
def test_frames_stand_among_pictures_that_lead_to_them(tmp_path, name, show_brush):
    pictures = states()
    (facts,) = film(tmp_path, VideoOptions((name,), smooth=6, show_brush=show_brush), pictures)
    shown = decoded(tmp_path / facts["file"])
    assert facts["smooth"] == 6 and facts["fps"] == 24
    assert len(shown) == 1 + 6 * (N - 1) + facts["hold"]
    for index, (frame, _) in enumerate(pictures):
        if index == N - 1 or not show_brush:
            assert np.abs(shown[6 * index].astype(int) - frame).mean() < 9
    assert np.abs(shown[-1].astype(int) - pictures[-1][0]).mean() < 9
    far = [np.abs(picture.astype(int) - pictures[1][0]).mean() for picture in shown[:7]]
    if not show_brush:
        assert far[0] > far[2] > far[4] > far[6]
        assert np.abs(shown[13].astype(int) - shown[12]).mean() > 9, "without strokes the frame itself"
        assert np.abs(shown[18].astype(int) - shown[13]).mean() < 5


def test_one_shows_frames_only(tmp_path):
    slides = film(tmp_path, VideoOptions(("mp4",), smooth=1))
    assert slides[0]["smooth"] == 1
    assert len(decoded(tmp_path / "timelapse.mp4")) == N + slides[0]["hold"]
    for n_frames in (2, 40, 300):
        assert video_timing(VideoOptions(smooth=1), n_frames, strokes=True) == video_timing(VideoOptions(), n_frames)
        assert video_timing(VideoOptions(smooth=9), n_frames) == video_timing(VideoOptions(), n_frames), "no strokes"


def test_a_film_is_as_long_as_a_person_watches():
    for n_frames in (30, 40, 60, 100, 200, 300):
        when = video_timing(VideoOptions(), n_frames, strokes=True)
        assert 10 <= when.seconds <= 20
        assert when.rate >= 24 and (when.frames - 1) % (n_frames - 1) == 0
    assert video_timing(VideoOptions(), 40, strokes=True).smooth == 8


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (VideoOptions(duration=30), 30),
        (VideoOptions(duration=3), 3),
        (VideoOptions(duration=600), 600),
        (VideoOptions(fps=12, duration=20), 20),
        (VideoOptions(fps=60, duration=11.5), 11.5),
        (VideoOptions(smooth=3, duration=9), 9),
        (VideoOptions(smooth=4, fps=10), (1 + 4 * 39) / 10 + 2),
    ],
)
def test_length_and_rate_are_as_asked(options, seconds):
    when = video_timing(options, 40, strokes=True)
    assert when.seconds == pytest.approx(seconds, abs=0.02)
    assert options.fps is None or when.rate == options.fps
    assert options.smooth is None or when.smooth == options.smooth
    if options.smooth is None and options.fps is None and seconds > 5:
        assert 20 < when.rate < 30, "more pictures, not slower ones"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (VideoOptions(smooth=0), "--smooth 0"),
        (VideoOptions(smooth=-3), "--smooth -3"),
        (VideoOptions(smooth=1001), "1000"),
        (VideoOptions(smooth=900, duration=2), "another --smooth"),
        (VideoOptions(smooth=20, fps=24, duration=10), "781 pictures"),
    ],
)
def test_impossible_numbers_are_refused(options, said):
    with pytest.raises(UserError) as caught:
        video_timing(options, 40, strokes=True)
    assert said in f"{caught.value}{caught.value.why}{caught.value.fix}" and caught.value.fix


@pytest.mark.parametrize("name", ["gif", "webp", "apng"])
def test_animated_pictures_keep_every_frame_and_some_between(tmp_path, name):
    pictures = states()
    (facts,) = film(tmp_path, VideoOptions((name,), smooth=8), pictures)
    with Image.open(tmp_path / facts["file"]) as image:
        shown, times = [], []
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            times.append(image.info["duration"])
            shown.append(np.asarray(image.convert("RGB")).astype(int))
    assert N < len(shown) <= 1 + 4 * (N - 1), "of 24 pictures a second every second one, and frames"
    assert sum(times) == pytest.approx(1000 * facts["seconds"], abs=10)
    at = np.cumsum([0, *times[:-1]])
    for index, (frame, _) in enumerate(pictures):
        seen = shown[int(np.searchsorted(at, 1000 * 8 * index / 24 + 6, side="right")) - 1]
        assert np.abs(seen - frame).mean() < 8


def test_animated_pictures_stay_few():
    for n_frames in (2, 40, 100, 300):
        for video in (VideoOptions(), VideoOptions(smooth=100), VideoOptions(duration=100)):
            timing = video_timing(video, n_frames, strokes=True)
            every = kept_between(timing)
            kept = 1 + (n_frames - 1) * -(-timing.smooth // every)
            assert kept <= max(n_frames, MAX_ANIMATION_PICTURES)
            assert timing.rate / every <= MAX_ANIMATION_FPS


def test_all_formats_at_once_and_large_frames(tmp_path):
    """Pictures between frames have the size of the video."""
    size = (2304, 80)
    pictures = states(3, size)
    painting = np.zeros((size[1], size[0], 3), np.float32)
    video = VideoOptions(FORMATS if _has_av() else ("webm",), smooth=3)
    facts = film(tmp_path, video, pictures, painting=painting)
    assert len({one["seconds"] for one in facts}) == 1
    path = tmp_path / ("timelapse.mp4" if _has_av() else "timelapse.webm")
    video = cv2.VideoCapture(str(path))
    assert video.get(cv2.CAP_PROP_FRAME_WIDTH) == 2048


def _has_av():
    from ppp.pipeline.writers.encoders import can_encode

    return can_encode("mp4")


def test_frames_without_strokes_are_as_before(tmp_path):
    """A block that never lays strokes: no picture is invented."""
    pictures = [(frame, None) for frame in frames(SIZE, N)]
    work = job(tmp_path, SIZE, N, video=VideoOptions(("mp4",)))
    writer = VideoWriter(work)
    for index, (frame, strokes) in enumerate(pictures):
        writer.add(index, frame, strokes)
    facts = writer.close()["video"]
    assert facts["smooth"] == 1 and len(decoded(tmp_path / "timelapse.mp4")) == N + facts["hold"]
