"""What files say of themselves, however it is stored; and what a process.json cannot say all at once."""

import json

import pytest
from PIL import Image, PngImagePlugin

from ppp.modules.io.errors import UserError
from ppp.modules.io.origin import check_recorded, find_contradiction, find_statement

WORDS = "predicted, not recorded"
XMP = b"<x>http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia</x>"


def save(path, words=WORDS, **how):
    """A picture that says of itself what it is; `how` a program stored that."""
    picture, info = Image.new("RGB", (9, 7), (90, 40, 30)), PngImagePlugin.PngInfo()
    if how.get("chunk") == "iTXt":
        info.add_itxt("Comment", words, zip=how["zip"])
    elif how.get("chunk") == "zTXt":
        info.add_text("Description", "Made on Monday. " * 40 + words, zip=True)
    exif = Image.Exif()
    if how.get("exif"):  # Windows' comment
        exif[0x9C9C] = words.encode("utf-16-le")
    picture.save(path, pnginfo=info, exif=exif, **({"xmp": how["xmp"]} if "xmp" in how else {}))
    return path


WAYS = {
    "a.png": {"chunk": "iTXt", "zip": False},
    "b.png": {"chunk": "iTXt", "zip": True},
    "c.png": {"chunk": "zTXt"},
    "d.jpg": {"exif": True},
    "e.tif": {"exif": True},
    "f.jpg": {"xmp": XMP},
    "g.webp": {"xmp": XMP},
}


@pytest.mark.parametrize("name", WAYS)
def test_what_a_picture_says_is_found_in_every_form(tmp_path, name):
    path = save(tmp_path / name, **WAYS[name])
    assert find_statement(path.read_bytes())
    with pytest.raises(UserError, match="says of itself"):
        check_recorded(tmp_path, [path])
    Image.open(path).convert("RGB").save(tmp_path / f"bare-{name}")
    assert find_statement((tmp_path / f"bare-{name}").read_bytes()) == ""


def test_a_cut_or_strange_png_says_nothing(tmp_path):
    data = save(tmp_path / "a.png", **WAYS["b.png"]).read_bytes()
    for length in range(0, len(data), 7):
        find_statement(data[:length])
    assert find_statement(b"\x89PNG\r\n\x1a\n" + b"\xff" * 40) == ""


RECORDED = {
    "schema": 1, "kind": "recorded", "provenance": "recorded", "steps": [{"frame": 1, "by": "recorded"}, {"frame": 2}],
}  # fmt: skip


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "real"}, {"kind": None}, {"provenance": WORDS},
        {"provenance": "simulated, not recorded"}, {"seal": "0" * 64}, {"id": "0" * 64}, {"id_of": ["kind"]},
        {"weights": {}}, {"closing": "input"}, {"steps": [{"frame": 1, "by": "model"}]},
    ],
)  # fmt: skip
def test_contradictions_are_found(more):
    assert find_contradiction(RECORDED) == ""
    assert find_contradiction(RECORDED | more)


@pytest.mark.parametrize("kind", ["predicted", "simulated", "rendered"])
def test_stills_of_a_process_are_no_recording(tmp_path, kind):
    (tmp_path / "frames").mkdir()
    still = save(tmp_path / "frames" / "00000.png")
    Image.open(still).convert("RGB").save(still)  # says nothing itself
    (tmp_path / "process.json").write_text(json.dumps({"kind": kind, "files": {"frames/00000.png": "", "a.mp4": ""}}))
    for source in (tmp_path / "frames", tmp_path):
        with pytest.raises(UserError, match=kind):
            check_recorded(source, [still])
    with pytest.raises(UserError, match=kind):
        check_recorded(tmp_path / "a.mp4", [still])
    check_recorded(tmp_path / "mine.mp4", [still])  # a recording that happens to lie there
    (tmp_path / "process.json").write_text(json.dumps({"kind": "recorded"}))
    check_recorded(tmp_path / "frames", [still])
