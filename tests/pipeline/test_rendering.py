"""Strokes are a result: written in order, read back, and rendered again at any size."""

import json
import re

import cv2
import numpy as np
import pytest
from PIL import Image
from scenes import save_head

from ppp.cli.main import main
from ppp.modules.brush import concatenate, draw_strokes, read_strokes, strokes_to_json, strokes_to_svg
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans.edits import Skip
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.rendering import StrokeReplay, at_size, fit_longest
from ppp.pipeline.verify import verify

N = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with painting.png, labels.png, out/: a process in ink with its strokes, and few.json, few.svg of it."""
    folder = tmp_path_factory.mktemp("rendering")
    save_head(folder)
    code = main(["run", str(folder / "painting.png"), "-o", str(folder / "out"), "--frames", str(N), "--segmentation",
                 str(folder / "labels.png"), "--stage", "frames=simulate", "--medium", "ink", "--device", "cpu",
                 "--strokes", "svg,json",
                 "--smooth", "2", "-q"])  # fmt: skip
    assert code == 0
    strokes = read_strokes(folder / "out" / "strokes.json").strokes
    few = strokes[(strokes.step < N - 1) | (np.arange(len(strokes)) % 40 == 0)]
    ground = np.median(np.asarray(Image.open(folder / "out" / "first_frame.png")), axis=(0, 1)) / 255
    for name, write in (("few.json", strokes_to_json), ("few.svg", strokes_to_svg)):
        (folder / name).write_text(write(few, (72, 64), PORTRAIT.names, ground), encoding="utf-8")
    return folder


def paint(folder, frames="simulate", **options):
    pipeline = Pipeline.from_pretrained("portrait", frames=frames, device="cpu")
    options = {"medium": "ink", **options}
    return pipeline(folder / "painting.png", N, segmentation=folder / "labels.png", **options)


def test_what_ends_as_the_brush_leaves_it_does_so_at_any_size(place):
    """No pixel of the painting is pasted into the larger frames, and none of the smaller ones is enlarged."""
    lapse = paint(place, medium="oil", ending="brush")
    large = at_size(lapse, 288)
    frames = [(frame, strokes) for frame, strokes in large.states()]
    assert np.abs(frames[-1][0].astype(int) - (255 * large.picture.rgb)).max(axis=2).mean() > 4
    canvas = frames[-2][0].astype(np.float32) / 255
    draw_strokes(canvas, frames[-1][1])
    assert np.abs(canvas - frames[-1][0] / np.float32(255)).mean() < 1 / 255


def frames_in(folder):
    return [np.asarray(Image.open(path)) for path in sorted((folder / "frames").iterdir())]


def command(capsys, *words):
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_every_stroke_is_written_in_order(place):
    process = json.loads((place / "out" / "process.json").read_text())
    laid = [strokes.at_step(index) for index, (_, strokes) in enumerate(paint(place).states()) if index]
    for name in ("strokes.json", "strokes.svg"):
        file = read_strokes(place / "out" / name)
        assert file.strokes == concatenate(laid)
        assert file.parts == PORTRAIT.names and file.width / file.height == pytest.approx(64 / 72, rel=1e-4)
        assert file.ground == pytest.approx(process["plan"]["ground"], abs=1 / 255)
        assert name in process["files"]
    assert (np.diff(file.strokes.step) >= 0).all() and file.strokes.step.max() == N - 1
    assert process["strokes"] == {"files": ["strokes.svg", "strokes.json"], "count": len(file.strokes), "unknown": []}
    assert str(verify(place / "out").state) == str(verify(place / "out" / "process.json").state)


def test_a_process_at_another_size_is_the_same_process(place):
    small, large = frames_in(place / "out"), at_size(paint(place), 288)
    found, laid = zip(*large.states(), strict=True)
    assert len(found) == N and found[0].shape == (288, 256, 3)
    for one, other in zip(small, found, strict=True):
        assert np.abs(cv2.resize(other, (64, 72), interpolation=cv2.INTER_AREA).astype(int) - one).mean() < 4
    edges = [cv2.Laplacian(frame, cv2.CV_32F).std() for frame in (found[2], cv2.resize(small[2], (256, 288)))]
    assert edges[0] > 1.5 * edges[1], "strokes are drawn, not enlarged"
    assert large.process["closing"] == "input" and large.process["unfinished"] == []
    own = json.loads((place / "out" / "process.json").read_text())
    assert large.process["rendered"] == {"process": own["id"], "width": 64, "height": 72} != own["id"]
    assert sum(len(strokes) for strokes in laid if strokes is not None) == own["strokes"]["count"]


def test_its_own_size_is_its_own_frames(place):
    lapse = paint(place)
    assert at_size(lapse, 72) is lapse


def test_parts_that_are_left_alone_stay_so_at_another_size(place):
    large = at_size(paint(place, edits=[Skip("clothes")]), 144)
    found = list(large)
    clothes = cv2.erode((large.parts.labels == PORTRAIT.index("clothes")).astype(np.uint8), np.ones((5, 5))) > 0
    for frame in found[2:]:
        assert np.abs(frame - found[1])[clothes].mean() < 0.01


def test_a_process_without_strokes_has_no_other_size(place, capsys):
    with pytest.raises(UserError, match="at another size"):
        at_size(paint(place, "crossfade"), 100)
    out = place / "none"
    run = ("run", place / "painting.png", "-o", out, "--frames", 3, "--stage", "frames=crossfade", "--device", "cpu")
    code, said = command(capsys, *run, "--strokes", "json")
    assert code == 2 and "no strokes to write" in said and not out.exists()


@pytest.mark.parametrize("size", [0, -5, 15, 8193, 100_000])
def test_sizes_that_nobody_can_paint(size):
    with pytest.raises(UserError, match=f"--size {size}") as caught:
        fit_longest((300, 400), size)
    assert "16 to" in caught.value.fix
    assert fit_longest((300, 400), 800) == (800, 600)
    assert fit_longest((1, 4000), 16) == (16, 1)


def test_replay_at_a_size(place, capsys):
    code, said = command(capsys, "replay", place / "out", "--size", 100, "-o", place / "again", "--device", "cpu")
    assert code == 0, said
    found = frames_in(place / "again")
    assert len(found) == N and found[0].shape == (100, 89, 3)
    painting = cv2.resize(np.asarray(Image.open(place / "painting.png")), (89, 100), interpolation=cv2.INTER_LINEAR)
    assert np.abs(found[-1].astype(int) - painting).max() <= 1
    assert verify(place / "again").state == verify(place / "out").state
    code, said = command(capsys, "replay", place / "again", "-o", place / "more")
    assert code == 2 and "rendered from the process" in said and not (place / "more").exists()


@pytest.mark.parametrize("name", ["few.json", "few.svg"])
def test_a_file_of_strokes_is_painted(place, tmp_path, capsys, name):
    file = tmp_path / name.replace("few", "strokes")
    file.write_bytes((place / name).read_bytes())
    painted = ("--painting", place / "painting.png")
    code, said = command(capsys, "replay", file, *painted, "-o", tmp_path / "a", "--strokes", "json", "--smooth", "3")
    assert code == 0, said
    own, found = frames_in(place / "out"), frames_in(tmp_path / "a")
    assert len(found) == N and found[0].shape == own[0].shape
    for one, other in zip(own[1:-1], found[1:-1], strict=True):
        assert np.abs(one.astype(int) - other).mean() < 2
    assert read_strokes(tmp_path / "a" / "strokes.json").strokes == read_strokes(file).strokes
    process = json.loads((tmp_path / "a" / "process.json").read_text())
    assert process["kind"] == "rendered" and process["frames"] == N and process["video"]["smooth"] == 3
    assert verify(tmp_path / "a").state == verify(place / "out").state
    code, said = command(capsys, "replay", tmp_path / "a", "-o", tmp_path / "b")
    assert code == 2 and "Replay that one" in said
    code, said = command(capsys, "replay", file, "-o", tmp_path / "c", "--size", "48", "--json", "--smooth", "1")
    assert code == 0 and json.loads(said)["size"] == [43, 48]


DAMAGE = {
    "empty": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "not UTF-8": lambda data: data[:200] + b"\xff\xfe" + data[200:],
    "another file": lambda data: b"{}" if data.startswith(b"{") else b"<svg/>",
    "edited": lambda data: data.replace(b"[1,", b"[2,", 1).replace(b'data-step="1"', b'data-step="x"'),
    "NaN": lambda data: data.replace(b"[1,", b"[NaN,", 1).replace(b'data-step="1"', b'data-step="nan"'),
    "missing key": lambda data: data.replace(b'"unit"', b'"init"').replace(b"data-parts", b"data-party"),
    "wrong type": lambda data: data.replace(b"100000,", b'"much",', 1).replace(b"viewBox", b"viewbox"),
    "ground": lambda data: data.replace(b'"ground": "', b'"ground": "zz').replace(b'data-ground="', b'data-ground="zz'),
    "before the first step": lambda data: data.replace(b'"sha256"', b'"sha"').replace(b"[1,", b"[0,", 1).replace(
        b'data-step="1"', b'data-step="0"'
    ),
    "a part without a name": lambda data: re.sub(
        rb'(data-stroke=")-?\d+', rb"\g<1>99", re.sub(rb"\[1, ?-?\d+", b"[1, 99", data.replace(b'"sha256"', b'"sha"'))
    ),
    "far future": lambda data: data.replace(b'"sha256"', b'"sha"').replace(b"[1,", b"[2000000000,", 1).replace(
        b'data-step="1"', b'data-step="2000000000"'
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["strokes.json", "strokes.svg"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_of_strokes_is_refused(place, tmp_path, capsys, name, damage):
    file, out = tmp_path / name, tmp_path / "out"
    file.write_bytes(DAMAGE[damage]((place / name.replace("strokes", "few")).read_bytes()))
    code, said = command(capsys, "replay", file, "-o", out)
    assert code == 2 and str(file) in said and len(said.splitlines()) >= 3 and "Traceback" not in said
    assert not out.exists() and sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_other_mistakes_leave_nothing_behind(place, tmp_path, capsys):
    Image.new("RGB", (100, 20)).save(tmp_path / "wide.png")
    out, strokes, run = tmp_path / "o", place / "few.json", ("run", place / "painting.png")
    for words, says in [
        (("replay", strokes, "--painting", tmp_path / "wide.png"), "another shape"),
        (("replay", strokes, "--size", 0), "--size 0"),
        (("replay", strokes, "--smooth", 0), "--smooth 0"),
        (("replay", tmp_path / "strokes.json"), "no such file"),
        (("replay", place / "out", "--size", 100_000), "--size 100000"),
        (("replay", place / "out", "--strokes", "jsn"), "Did you mean json"),
        ((*run, "--smooth", 0), "--smooth 0"),
        ((*run, "--strokes", "xml"), "json, svg"),
        ((*run, "--strokes", "json,"), "nothing"),
    ]:
        code, said = command(capsys, *words, "-o", out)
        assert code == 2 and says in said, said
        assert not out.exists()


def test_a_stroke_replay_takes_its_size_from_the_painting(place):
    strokes = StrokeReplay(place / "few.json", painting=place / "painting.png")
    assert strokes.size == (64, 72) and len(strokes) == N
    assert StrokeReplay(place / "few.svg").size == (910, 1024)
