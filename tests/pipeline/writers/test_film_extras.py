"""Shape, speed, title card and captions of the film."""

import numpy as np
import pytest
from paintings import frames, job
from PIL import ImageDraw

from ppp.modules.io.errors import UserError
from ppp.pipeline.provenance import find_line
from ppp.pipeline.writers import VideoOptions
from ppp.pipeline.writers.captions import add_captions, captions_of, to_srt, to_vtt
from ppp.pipeline.writers.film_layout import BACKGROUND, SHAPES, draw_title, plan_layout
from ppp.pipeline.writers.timing import HOLD_SECONDS, TITLE_SECONDS, video_timing
from ppp.pipeline.writers.video import VideoWriter

STEPS = [
    {"number": 1, "first": 1, "frame": 2, "do": ["Begin on the white canvas", "Block in the sky: flat colour"]},
    {"number": 2, "first": 3, "frame": 4, "do": ["Finish the <sky> & trees: details and highlights"]},
]


def film(folder, video, size=(96, 64), n_frames=5):
    pictures = frames(size, n_frames)
    reference = np.full((size[1], size[0], 3), 0.5, np.float32)
    writer = VideoWriter(job(folder, size, n_frames, video=video, reference=reference))
    for index, frame in enumerate(pictures):
        writer.add(index, frame, None)
    return writer.close(), pictures


def decoded(path):
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


# ---- shape


@pytest.mark.parametrize("size", [(768, 960), (768, 576), (100, 100), (3000, 400), (7, 5), (1, 1)])
@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("shape", [None, *SHAPES])
def test_pictures_stand_in_the_film_whole_beside_each_other_and_as_large_as_they_fit(size, beside, shape):
    layout = plan_layout(size, shape, beside)
    if shape is None and not beside:
        assert layout is None
        return
    assert len(layout.places) == 1 + beside and layout.size[0] % 2 == layout.size[1] % 2 == 0
    if shape and min(size) > 50:
        assert layout.size[0] / layout.size[1] == pytest.approx(SHAPES[shape][0] / SHAPES[shape][1], rel=0.01)
    for x, y, width, height in layout.places:
        assert x >= 0 and y >= 0 and x + width <= layout.size[0] and y + height <= layout.size[1]
        if min(size) > 50:
            assert width / height == pytest.approx(size[0] / size[1], rel=0.03)
    if beside and min(size) > 50:
        (ax, ay, w, h), (bx, by, *_) = layout.places
        assert bx >= ax + w or by >= ay + h
        assert max(2 * w / layout.size[0], 2 * h / layout.size[1], w / layout.size[0], h / layout.size[1]) > 0.9
    if max(layout.size) < 2000:
        assert layout.places[0][2:] == size, "not scaled where there is room"


def test_the_canvas_and_the_painting_are_where_the_layout_says(tmp_path):
    pytest.importorskip("av")
    facts, pictures = film(tmp_path, VideoOptions(("mp4",), shape="square", beside=True))
    layout = plan_layout((96, 64), "square", True)
    assert facts["video"]["size"] == list(layout.size)
    last = decoded(tmp_path / "timelapse.mp4")[-1].astype(int)
    for (x, y, width, height), wanted in zip(layout.places, (pictures[-1], 127), strict=True):
        assert np.abs(last[y : y + height, x : x + width] - wanted).mean() < 9
    assert np.abs(last[0, 0] - BACKGROUND).max() < 9


def test_a_film_of_strokes_alone_has_no_painting_to_show_beside(tmp_path):
    with pytest.raises(UserError, match="--beside"):
        VideoWriter(job(tmp_path, video=VideoOptions(("gif",), beside=True)))


# ---- title, speed


@pytest.mark.parametrize("name", ["mp4", "gif"])
def test_a_title_comes_before_the_first_frame(tmp_path, name):
    if name == "mp4":
        pytest.importorskip("av")
    (facts, _), plain = film(tmp_path, VideoOptions((name,), title="My lady")), video_timing(VideoOptions((name,)), 5)
    video = facts["video"]
    assert video["lead"] == round(TITLE_SECONDS * plain.rate)
    assert video["seconds"] == pytest.approx(plain.seconds + TITLE_SECONDS, abs=0.3)
    if name == "mp4":
        shown = decoded(tmp_path / "timelapse.mp4")
        assert len(shown) == video["lead"] + 5 + video["hold"]
        assert np.abs(shown[0].astype(int) - shown[video["lead"] - 1]).mean() < 3
        assert np.abs(shown[0].astype(int) - shown[video["lead"]]).mean() > 15
    else:
        from PIL import Image, ImageSequence

        shown = [one.info["duration"] for one in ImageSequence.Iterator(Image.open(tmp_path / "timelapse.gif"))]
        assert sum(shown) / 1000 == pytest.approx(video["seconds"], abs=0.05) and shown[0] > 2000


@pytest.mark.parametrize("size", [(640, 360), (200, 400), (16, 16), (3, 2)])
@pytest.mark.parametrize(
    "title", ["A", "The long title of a painting that has many words", "Frédéric à la mer", "北斋"]
)
def test_titles_fit_on_their_card(size, title):
    card = draw_title(size, title, np.full((30, 40, 3), 200, np.uint8))
    assert card.shape == (size[1], size[0], 3)
    if min(size) > 100:
        bright = (card.min(axis=2) > 225).any(axis=0).nonzero()[0]
        assert len(bright) and bright.min() > 2 and bright.max() < size[0] - 3


def test_a_duration_includes_the_title_and_speed_shortens_the_painting_not_the_hold():
    whole = video_timing(VideoOptions(("mp4",), duration=12, title="x"), 25)
    assert whole.seconds == pytest.approx(12, abs=0.2) and whole.lead
    usual = video_timing(VideoOptions(("mp4",)), 24, strokes=True)
    for speed in (2.0, 0.5):
        timing = video_timing(VideoOptions(("mp4",), speed=speed), 24, strokes=True)
        assert timing.seconds - HOLD_SECONDS == pytest.approx((usual.seconds - HOLD_SECONDS) / speed, rel=0.06)


@pytest.mark.parametrize(
    ("options", "word"),
    [({"speed": 0}, "0.05 to 20"), ({"speed": 2, "fps": 5}, "contradict"), ({"speed": float("nan")}, "0.05 to 20"),
     ({"speed": 20}, "nearer to 1")],
)  # fmt: skip
def test_impossible_speeds_are_refused(options, word):
    with pytest.raises(UserError) as caught:
        video_timing(VideoOptions(("mp4",), **options), 400)
    assert word in str(caught.value)


# ---- captions


def test_captions_follow_each_other_from_the_title_to_the_end():
    video = {"seconds": 10.0, "hold": 10, "smooth": 4, "lead": 5}
    captions = captions_of(STEPS, 5, video)
    pictures = 5 + 1 + 4 * 4 + 10
    assert captions[0].start == round(10_000 * 5 / pictures)
    assert captions[0].end == captions[1].start == round(10_000 * (5 + 1 + 2 * 4) / pictures)
    assert captions[1].end == 10_000
    assert captions[0].title == "1. Begin on the white canvas"
    assert captions_of(STEPS, 5, video, "de")[0].text == "1. Auf der weißen Leinwand beginnen; Flächig anlegen: Himmel"


def test_caption_files_are_of_their_form():
    captions = captions_of(STEPS, 5, {"seconds": 3661.5, "hold": 1, "smooth": 1})
    assert to_srt(captions).startswith("1\n00:00:00,000 --> ") and "--> 01:01:01,500\n2. Finish" in to_srt(captions)
    vtt = to_vtt(captions, "where from")
    assert vtt.startswith("WEBVTT\n\nNOTE where from\n\n00:00:00.000 --> ") and "&lt;sky&gt; &amp; trees" in vtt


def test_an_mp4_gets_a_track_and_chapters_and_keeps_its_pictures_and_metadata(tmp_path):
    av = pytest.importorskip("av")
    facts, _ = film(tmp_path, VideoOptions(("mp4", "gif")))
    before = decoded(tmp_path / "timelapse.mp4")
    facts |= {"sheet": {"steps": STEPS}}
    made = add_captions(tmp_path, facts, 5, "fr", {"Software": "ppp"})
    assert made["captions"]["files"] == ["timelapse.srt", "timelapse.vtt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "timelapse.gif", "timelapse.mp4", "timelapse.srt", "timelapse.vtt",
    ]  # fmt: skip
    assert all((a == b).all() for a, b in zip(before, decoded(tmp_path / "timelapse.mp4"), strict=True))
    with av.open(str(tmp_path / "timelapse.mp4")) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == [
            one.title for one in captions_of(STEPS, 5, facts["video"], "fr")
        ]
        assert container.streams.subtitles[0].language == "fra"
        said = [line.dialogue.decode() for line in container.decode(subtitles=0)]
    assert said[0].startswith("1. Commencer sur la toile blanche")
    assert find_line((tmp_path / "timelapse.mp4").read_bytes()), "ppp verify knows it"


@pytest.mark.parametrize("title", ["m" * 60, "A word and another, as many as are possible; " * 2, "头" * 60])
def test_a_long_title_stands_on_the_card_whole(title, monkeypatch):
    shown = []
    draw = ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw,
        "text",
        lambda pen, at, text, **how: (shown.append((text, how["font"])), draw(pen, at, text, **how)),
    )
    draw_title((540, 960), title, np.full((30, 40, 3), 200, np.uint8))
    lines = shown[:-1]  # without the statement
    assert len(lines) <= 4 and all(font.getlength(text) <= 540 for text, font in lines)
    assert "".join(text for text, _ in lines).replace(" ", "") == title.replace(" ", "") or not title.isascii()
