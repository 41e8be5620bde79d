"""Where files come from: every format, moved, renamed, edited, stripped and forged by halves."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from ppp.cli.main import main
from ppp.modules.io.errors import UserError
from ppp.modules.io.origin import seal_of
from ppp.pipeline.pipeline import Pipeline
from ppp.pipeline.verify import verify
from ppp.pipeline.writers import WRITERS, VideoOptions


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_pipeline):
    """A result with every kind of file in it; not to be changed."""
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (6, 5, 3), np.uint8).repeat(12, 0).repeat(12, 1)
    folder = tmp_path_factory.mktemp("made") / "out"
    lapse = Pipeline.from_pretrained(tiny_pipeline, device="cpu")(picture, 4, seed=3)
    options = VideoOptions(("webm", "gif", "webp", "apng", "mp4"))
    lapse.save(folder, writers=tuple(WRITERS), video=options)
    return folder


@pytest.fixture
def out(made, tmp_path):
    return shutil.copytree(made, tmp_path / "out")


def process_of(folder):
    return json.loads((folder / "process.json").read_text())


KINDS = {
    "frames/00002.png": "PNG", "overlay/00001.png": "PNG", "sheet.png": "PNG", "first_frame.png": "PNG",
    "segmentation.png": "PNG", "timelapse.mp4": "MP4", "timelapse.webm": "WebM", "timelapse.gif": "GIF",
    "timelapse.webp": "WebP", "timelapse.apng": "PNG", "overlay.mp4": "MP4", "process.json": "process",
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_every_file_of_a_result_says_where_it_comes_from(made, tmp_path, name):
    found = verify(made / name)
    assert found.from_ppp
    assert found.kind == KINDS[name]
    assert found.statement == "predicted, not recorded"
    assert found.process == process_of(made)["id"]
    assert found.state == "unchanged"
    # alone and under another name a file still says it; only a PNG can be checked then, by its pixels
    alone = shutil.copy(made / name, tmp_path / f"mine{(made / name).suffix}")
    found = verify(alone)
    assert found.from_ppp
    assert found.process == process_of(made)["id"]
    expected = "unchanged" if KINDS[name] in ("PNG", "process") and name != "timelapse.apng" else "unknown"
    assert found.state == expected


def test_every_file_of_a_result_is_in_its_manifest(made):
    files = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert set(process_of(made)["files"]) == files - {"process.json"}
    assert verify(made).state == "unchanged"
    assert verify(made).kind == "folder"


def test_repainting_a_frame_shows(out, tmp_path):
    path = out / "frames" / "00002.png"
    with Image.open(path) as image:
        info = PngImagePlugin.PngInfo()
        for key, value in image.text.items():
            info.add_itxt(key, value)
        image.putpixel((3, 3), (1, 2, 3))
        image.save(path, pnginfo=info)
    assert verify(path).state == "changed"
    assert verify(shutil.copy(path, tmp_path / "alone.png")).state == "changed"
    found = verify(out)
    assert found.state == "changed"
    assert "frames/00002.png" in " ".join(found.notes)


def test_a_repacked_frame_has_its_pixels_still(out, tmp_path):
    path = out / "frames" / "00001.png"
    with Image.open(path) as image:
        info = PngImagePlugin.PngInfo()
        for key, value in image.text.items():
            info.add_itxt(key, value)
        image.save(tmp_path / "repacked.png", pnginfo=info, compress_level=9)
    assert verify(tmp_path / "repacked.png").state == "unchanged"
    shutil.copy(tmp_path / "repacked.png", path)
    found = verify(path)
    assert found.state == "changed"
    assert "pixels are the same" in " ".join(found.notes)


def test_without_its_words_a_file_is_unknown_and_that_is_said(out, tmp_path):
    with Image.open(out / "frames" / "00002.png") as image:
        image.save(tmp_path / "stripped.png")
        image.save(tmp_path / "stripped.jpg")
    for name in ("stripped.png", "stripped.jpg"):
        found = verify(tmp_path / name)
        assert not found.from_ppp
        assert "does not prove" in found.notes[-1]
    # in its own place the manifest still knows that another file stood there
    shutil.copy(tmp_path / "stripped.png", out / "frames" / "00002.png")
    assert verify(out / "frames" / "00002.png").state == "changed"


@pytest.mark.parametrize("name", ["timelapse.mp4", "timelapse.gif"])
def test_an_edited_video_shows_beside_its_manifest(out, name):
    data = bytearray((out / name).read_bytes())
    data[-40] ^= 255
    (out / name).write_bytes(data)
    assert verify(out / name).state == "changed"


def test_a_file_of_another_process_is_not_taken_for_a_changed_one(out, tmp_path, tiny_pipeline):
    Pipeline.from_pretrained(tiny_pipeline, device="cpu")(np.full((40, 40), 0.5), 3).save(tmp_path / "b")
    other = shutil.copy(tmp_path / "b" / "frames" / "00001.png", out / "frames" / "00001.png")
    found = verify(other)
    assert found.process == process_of(tmp_path / "b")["id"]
    assert found.state == "unchanged"
    assert verify(out).state == "changed"


def sealed(process):
    """As somebody would seal it who has read how."""
    return process | {"seal": seal_of(process)}


def without(process, *keys):
    return {key: value for key, value in process.items() if key not in keys}


FORGED = {
    "seed": lambda p: p | {"seed": 4},
    "steps": lambda p: p | {"steps": []},
    "a step": lambda p: p | {"steps": p["steps"][::-1]},
    "words": lambda p: p | {"provenance": "recorded by a camera"},
    "id": lambda p: p | {"id": "0" * 64},
    "kind": lambda p: p | {"kind": "recorded"},
    "simulated": lambda p: p | {"kind": "simulated"},
    "kind and words": lambda p: p | {"kind": "recorded", "provenance": "recorded"},
    "kind, sealed": lambda p: sealed(p | {"kind": "recorded", "provenance": "recorded"}),
    "no kind": lambda p: without(p, "kind"),
    "no seal": lambda p: without(p, "seal"),
    "no hashes": lambda p: without(p, "seal", "id", "id_of", "files"),
    "no hashes, recorded": lambda p: without(p, "seal", "id", "id_of", "files") | {"kind": "recorded"},
    "no files": lambda p: sealed(p | {"files": {}}),
    "files lost": lambda p: sealed(without(p, "files")),
    "no such files": lambda p: sealed(p | {"files": None}),
    "a file less": lambda p: sealed(p | {"files": without(p["files"], "sheet.png")}),
}


@pytest.mark.parametrize("change", FORGED)
def test_a_changed_manifest_shows(out, change):
    (out / "process.json").write_text(json.dumps(FORGED[change](process_of(out))))
    assert verify(out).state == "changed"
    assert verify(out / "process.json").state == "changed"
    assert main(["verify", str(out)]) == 4


def test_a_prediction_with_the_manifest_of_a_recording_shows(out):
    """Nothing is left in process.json that a prediction has, and its pictures still say it."""
    kept = {"schema": 1, "kind": "recorded", "ppp_version": "0.1.0", "painting": {}, "provenance": "recorded"}
    (out / "process.json").write_text(json.dumps(kept))
    found = verify(out)
    assert found.state == "changed"
    assert "frames/00000.png" in " ".join(found.notes)


def test_files_put_in_each_others_place_show(out):
    a, b = out / "frames" / "00001.png", out / "frames" / "00002.png"
    one, other = a.read_bytes(), b.read_bytes()
    a.write_bytes(other)
    b.write_bytes(one)
    for path in (out, out / "process.json", a, b):
        assert verify(path).state == "changed"
    # the same file kept under another name elsewhere in the result is not called changed itself
    a.write_bytes(one)
    b.write_bytes(other)
    shutil.copy(a, out / "mine.png")
    assert verify(out / "mine.png").state == "unchanged"
    assert verify(out).state == "changed"


def test_a_file_beside_a_changed_manifest_is_not_vouched_for(out):
    (out / "process.json").write_text(json.dumps(process_of(out) | {"kind": "recorded"}))
    assert verify(out / "timelapse.mp4").state == "changed"


def test_another_layout_of_the_same_manifest_is_no_change(out):
    (out / "process.json").write_text(json.dumps(process_of(out), sort_keys=True))
    assert verify(out).state == "unchanged"


def test_missing_and_added_files_are_named(out):
    (out / "sheet.png").unlink()
    (out / "mine.txt").write_text("mine")
    notes = " ".join(verify(out).notes)
    assert "Missing: sheet.png." in notes
    assert "Not of this process: mine.txt." in notes
    assert verify(out).state == verify(out / "process.json").state == "changed"


@pytest.mark.parametrize("change", ["missing", "added", "gutted"])
def test_a_missing_or_added_file_is_a_change(out, change):
    if change == "missing":
        (out / "frames" / "00003.png").unlink()
    elif change == "added":
        (out / "frames" / "00004.png").write_bytes(b"")
    else:
        for path in out.rglob("*.*"):
            if path.name != "process.json":
                path.unlink()
    assert verify(out).state == "changed"
    assert main(["verify", str(out)]) == 4


def test_what_a_system_leaves_in_folders_is_no_change(out):
    for name in (".DS_Store", "frames/Thumbs.db", "frames/._00001.png"):
        (out / name).write_bytes(b"")
    assert verify(out).state == "unchanged"


def test_the_same_request_has_the_same_name(tiny_pipeline):
    pipeline = Pipeline.from_pretrained(tiny_pipeline, device="cpu")
    picture = np.random.default_rng(0).random((40, 40, 3))

    def name(*arguments, **options):
        return pipeline(*arguments, **options).header["id"]

    first = name(picture, 4, seed=1)
    assert len(first) == 64
    assert name(picture, 4, seed=1) == first
    assert len({first, name(picture, 4, seed=2), name(picture, 5, seed=1), name(1 - picture, 4, seed=1)}) == 4
    assert name(picture, 4, seed=1, segmentation=np.ones((40, 40), np.uint8)) != first


@pytest.mark.parametrize("kind", ["recorded", "simulated"])
def test_other_processes_are_called_what_they_are(tmp_path, kind):
    info = {"schema": 1, "kind": kind, "ppp_version": "0.1.0", "painting": {}, "provenance": f"{kind}"}
    (tmp_path / "process.json").write_text(json.dumps(info))
    found = verify(tmp_path)
    assert found.from_ppp
    assert found.statement == kind
    assert found.state == "unknown"
    assert ("true record" in found.notes[0]) == (kind == "recorded")


def unreadable(folder, made):
    (folder / "empty.png").write_bytes(b"")
    (folder / "text.png").write_text("hello")
    (folder / "cut.png").write_bytes((made / "sheet.png").read_bytes()[:60])
    (folder / "cut.json").write_text('{"schema": 1')
    (folder / "bare").mkdir()
    return [folder / name for name in ("gone.png", "empty.png", "text.png", "cut.png", "cut.json", "bare")]


def test_what_cannot_be_read_is_refused(tmp_path, made):
    for path in unreadable(tmp_path, made):
        with pytest.raises(UserError, match=path.name):
            verify(path)


@pytest.mark.parametrize("name", ["sheet.png", "frames/00001.png"])
def test_a_picture_too_damaged_to_be_read_was_changed(name, tmp_path, made):
    """What it says of itself, or what process.json says of it, is enough to know."""
    cut = tmp_path / "mine.png"
    cut.write_bytes((made / name).read_bytes()[:-40])
    found = verify(cut)
    assert found.from_ppp and found.state == "changed" and "damaged" in found.notes[0]
    assert not any("credentials" in note for note in found.notes)
    shutil.copytree(made, tmp_path / "result")
    (tmp_path / "result" / name).write_bytes((made / name).read_bytes()[:60])
    assert verify(tmp_path / "result" / name).state == "changed"
    assert main(["verify", str(cut), "--json"]) == 4


def test_exit_codes_and_words(out, tmp_path, capsys):
    def call(*arguments):
        code = main(["verify", *map(str, arguments)])
        return code, *capsys.readouterr()

    Image.new("RGB", (9, 9)).save(tmp_path / "other.png")
    code, said, _ = call(out / "timelapse.mp4")
    assert code == 0
    assert "from ppp (predicted, not recorded), not changed since" in said
    assert process_of(out)["id"] in said
    assert call(tmp_path / "other.png")[0] == 3
    code, _, err = call(tmp_path / "gone.png")
    assert code == 2
    assert "no such file" in err
    (out / "first_frame.png").write_bytes((tmp_path / "other.png").read_bytes())
    code, said, _ = call(out, "--json")
    assert code == 4
    assert json.loads(said)["state"] == "changed"
    code, said, err = call(out / "sheet.png", tmp_path / "other.png", tmp_path / "gone.png", "--json")
    assert code == 2
    assert [one["from_ppp"] for one in json.loads(said)] == [True, False]
    assert "gone.png" in err
