"""What was painted can be painted again, byte by byte; and gone on from any step, or from a canvas of one's own."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from scenes import head

from ppp.cli.main import main
from ppp.modules.labels import PORTRAIT

N = 8


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with painting.png, labels.png and begun.png: a canvas whose left half is painted."""
    folder = tmp_path_factory.mktemp("replay")
    painting, labels = head()
    pixels = (painting * 255).round().astype(np.uint8)
    Image.fromarray(pixels).save(folder / "painting.png")
    PORTRAIT.save_png(folder / "labels.png", labels)
    canvas = np.full_like(pixels, 205)
    canvas[:, :32] = pixels[:, :32]
    Image.fromarray(canvas).save(folder / "begun.png")
    (folder / "plan.toml").write_text('order = ["hair", "face"]\n[[steps]]\nframe = 4\ndegrees = {hair = 0.5}\n')
    return folder


@pytest.fixture
def ppp(tiny_pipeline, place, capsys):
    def call(command, *arguments):
        fixed = {"run": ["--weights", tiny_pipeline, "--device", "cpu"]}.get(command, [])
        code = main([command, *map(str, [*arguments, *([] if "--continue" in arguments else fixed)])])
        return code, capsys.readouterr().err

    return call


def frames(folder):
    return [path.read_bytes() for path in sorted((folder / "frames").iterdir())]


def pixels(folder):
    return [np.asarray(Image.open(path)) for path in sorted((folder / "frames").iterdir())]


WAYS = {
    "plain": [],
    "steered": ["--order", "hair,face", "--degree", "hair=.4,face=.5@4", "--skip", "clothes", "--passes", "2",
                "--group", "inner=eyes,mouth"],
    "blank": ["--first-frame", "blank", "--seed", "3"],
    "file": ["--first-frame", "begun.png"],
    "random": ["--plan", "random", "--stage", "frames=simulate"],
    "from": ["--from", "begun.png", "--plan", "reverse"],
    "plan file": ["--plan", "plan.toml"],
    "own parts": ["--segmentation", "labels.png", "--stage", "frames=simulate"],
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_process_is_painted_again(ppp, place, tmp_path, way):
    arguments = [place / a if str(a).endswith((".png", ".toml")) else a for a in WAYS[way]]
    code, err = ppp("run", place / "painting.png", "--frames", N, "-o", tmp_path / "a", *arguments)
    assert code == 0, err
    code, err = ppp("replay", tmp_path / "a" / "process.json", "-o", tmp_path / "b")
    assert code == 0, err
    assert frames(tmp_path / "a") == frames(tmp_path / "b")
    one, other = (json.loads((tmp_path / name / "process.json").read_text()) for name in "ab")
    for process in (one, other):
        for key in ("times", "files", "seal", "made_with"):
            process.pop(key)
    assert one == other
    if way == "from":  # what was painted again can be painted again
        code, err = ppp("replay", tmp_path / "b", "-o", tmp_path / "c", "--quiet")
        assert code == 0 and frames(tmp_path / "c") == frames(tmp_path / "a")


def test_one_step_is_changed_and_the_rest_follows(ppp, place, tmp_path):
    segmentation = ["--segmentation", place / "labels.png", "--stage", "frames=simulate", "--seed", "2"]
    assert ppp("run", place / "painting.png", "--frames", 16, "-o", tmp_path / "a", *segmentation)[0] == 0
    code, err = ppp("run", "--continue", tmp_path / "a", "--at", 7, "--degree", "hair=1", "-o", tmp_path / "b")
    assert code == 0, err
    a, b = tmp_path / "a", tmp_path / "b"
    assert frames(b)[:7] == frames(a)[:7]
    hair = head()[1] == PORTRAIT.index("hair")
    painting = np.asarray(Image.open(place / "painting.png"))
    assert np.abs(pixels(b)[7].astype(int) - painting)[hair].mean() < 6
    assert (pixels(a)[7][hair] != pixels(b)[7][hair]).any()
    process = json.loads((b / "process.json").read_text())
    assert process["steps"][6]["asked"]["hair"] == 1
    assert process["continued"]["at"] == 7
    assert process["continued"]["process"] == json.loads((a / "process.json").read_text())["id"]
    assert process["unfinished"] == []
    # Again, and from there once more another way.
    assert ppp("replay", b / "process.json", "-o", tmp_path / "c")[0] == 0
    assert frames(tmp_path / "c") == frames(b)
    code, err = ppp("run", "--continue", b, "--at", 10, "--skip", "face", "-o", tmp_path / "d")
    assert code == 0, err
    face = head()[1] == PORTRAIT.index("face")
    assert frames(tmp_path / "d")[:10] == frames(b)[:10]
    assert all((frame[face] == pixels(b)[9][face]).all() for frame in pixels(tmp_path / "d")[10:])


def test_a_canvas_of_ones_own_is_frame_0_and_what_is_right_on_it_is_left(ppp, place, tmp_path):
    more = ["--segmentation", place / "labels.png", "--stage", "frames=simulate"]
    code, err = ppp(
        "run", place / "painting.png", "--from", place / "begun.png", "--frames", 12, "-o", tmp_path / "a", *more
    )
    assert code == 0, err
    found = pixels(tmp_path / "a")
    begun, painting = (np.asarray(Image.open(place / name)) for name in ("begun.png", "painting.png"))
    assert (found[0] == begun).all() and (found[-1] == painting).all()
    assert all((frame[:, :20] == painting[:, :20]).all() for frame in found)
    process = json.loads((tmp_path / "a" / "process.json").read_text())
    assert process["from"]["width"] == 64 and process["steps"][0]["by"] == "simulate"
    # Of another size it is scaled, of another shape refused.
    Image.open(place / "begun.png").resize((128, 144)).save(tmp_path / "large.png")
    code, err = ppp(
        "run", place / "painting.png", "--from", tmp_path / "large.png", "--frames", 4, "-o", tmp_path / "b", *more
    )
    assert code == 0 and "scaled to the painting's 64x72" in err
    Image.open(place / "begun.png").resize((128, 72)).save(tmp_path / "wide.png")
    code, err = ppp("run", place / "painting.png", "--from", tmp_path / "wide.png", "-o", tmp_path / "c")
    assert code == 2 and "another shape" in err and not (tmp_path / "c").exists()


def test_what_cannot_be_painted_again_is_said(ppp, place, tmp_path):
    shutil.copy(place / "painting.png", tmp_path / "mine.png")
    run = ("run", tmp_path / "mine.png", "--frames", 4, "-o", tmp_path / "a", "--stage", "frames=simulate")
    assert ppp(*run)[0] == 0
    for arguments, says in [
        (("replay", tmp_path / "none", "-o", tmp_path / "b"), "There is no such file"),
        (("replay", tmp_path / "a", "-o", tmp_path / "a"), "the process itself"),
        (("run", "--continue", tmp_path / "a", "-o", tmp_path / "b"), "--at"),
        (("run", "--continue", tmp_path / "a", "--at", 4, "-o", tmp_path / "b"), "1 to 3"),
        (("run", "--continue", tmp_path / "a", "--at", 2, "--order", "hair,face", "-o", tmp_path / "b"), "--from"),
        (("run", "--continue", tmp_path / "a", "--at", 2, "--seed", 4, "-o", tmp_path / "b"), "--seed"),
        (("run", tmp_path / "mine.png", "--at", 2, "-o", tmp_path / "b"), "--continue"),
        (("run", "-o", tmp_path / "b"), "No painting"),
    ]:
        code, err = ppp(*arguments)
        assert code == 2 and says in err, err
    (tmp_path / "mine.png").write_bytes((place / "begun.png").read_bytes())
    code, err = ppp("replay", tmp_path / "a", "-o", tmp_path / "b")
    assert code == 2 and "another picture" in err
    (tmp_path / "mine.png").unlink()
    assert "is gone" in ppp("replay", tmp_path / "a", "-o", tmp_path / "b")[1]
    code, err = ppp("replay", tmp_path / "a", "-o", tmp_path / "b", "--painting", place / "painting.png")
    assert code == 0 and frames(tmp_path / "a") == frames(tmp_path / "b")
    assert not (tmp_path / "c").exists()
