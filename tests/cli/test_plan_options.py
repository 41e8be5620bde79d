"""Steering from the command line: what was requested is what process.json holds and what the frames show."""

import json

import numpy as np
import pytest
from PIL import Image
from scenes import save_head

from ppp.cli.main import main
from ppp.cli.plan_options import EditOptions
from ppp.modules.data.processes.process import Process
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.modules.plans import edits


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """painting.png and labels.png of the small head."""
    folder = tmp_path_factory.mktemp("head")
    save_head(folder)
    return folder / "painting.png", folder / "labels.png"


@pytest.fixture
def run(tiny_pipeline, files, tmp_path, capsys):
    """Runs `ppp run` on the head -> (exit code, stderr, the process)."""

    def call(*arguments, frames="simulate", name="out"):
        out = tmp_path / name
        fixed = ["--weights", tiny_pipeline, "--device", "cpu", "--segmentation", files[1], "--overwrite", "-o", out]
        stage = ["--stage", f"frames={frames}"] if frames else []
        code = main(["run", *map(str, [files[0], *fixed, *stage, *arguments])])
        return code, capsys.readouterr().err, Process(out)

    return call


def test_options_become_objects():
    degrees = ["hair=0.2", "face=1@5-7,eyes=.5@3"]
    found = EditOptions("hair, face", degrees, ["body"], ["3", "hair=2"], ["h=face,hair"]).parse()
    assert found == [
        edits.Group("h", "face", "hair"), edits.Passes(3), edits.Passes(2, "hair"), edits.Order("hair", "face"),
        edits.Skip("body"), edits.Degrees(hair=0.2), *(edits.Degrees(face=1.0, step=i) for i in (5, 6, 7)),
        edits.Degrees(eyes=0.5, step=3),
    ]  # fmt: skip
    assert EditOptions(degree=["hair=1"]).parse(step=17) == [edits.Degrees(hair=1.0, step=17)]
    with pytest.raises(UserError, match="(?s)3 of the options.*--group head.*--passes x.*--degree hair"):
        EditOptions(group=["head"], passes=["x"], degree=["hair"]).parse()
    with pytest.raises(UserError, match=r"(?s)2 of the options.*--passes ².*--degree hair=1@9-5"):
        EditOptions(passes=["²"], degree=["hair=1@9-5"]).parse()
    endless = EditOptions(degree=["hair=1@5-99999999999"]).parse()
    assert len(endless) < 20_000, "refused when the number of frames is known, and not counted until then"


def test_order_and_skip_hold_in_the_frames(run):
    """By the simulated painter, and measured on its frames."""
    code, err, process = run("--order", "hair,clothes,face", "--skip", "background", "--frames", 24, "--seed", 1)
    assert code == 0, err
    labels, frames = process.labels(), [process.frame(i).astype(int) for i in range(24)]
    ground, first = 255 * np.array(process.info["plan"]["ground"]), {}
    for name in ("hair", "clothes", "face"):
        inside = labels == PORTRAIT.index(name)
        painted = [(np.abs(frame - ground).max(axis=2) > 12)[inside].mean() > 0.2 for frame in frames[1:]]
        first[name] = painted.index(True)
    assert first["hair"] < first["clothes"] < first["face"]
    wall = labels == PORTRAIT.index("background")
    assert all((frame[wall] == frames[1][wall]).all() for frame in frames[2:])
    assert process.info["unfinished"] == ["background"]
    assert "not finished in the last frame: background" in err


def test_the_learned_hand_leaves_alone_what_is_skipped(run):
    code, err, process = run("--skip", "clothes", "--degree", "hair=0@4-5", "--frames", 7, frames=None)
    assert code == 0, err
    labels, frames = process.labels(), [process.frame(i) for i in range(7)]
    clothes, hair = (labels == PORTRAIT.index(name) for name in ("clothes", "hair"))
    assert all((frame[clothes] == frames[1][clothes]).all() for frame in frames[2:])
    assert (frames[5][hair] == frames[3][hair]).all()
    assert [step["asked"]["hair"] for step in process.info["steps"][3:5]] == [0, 0]
    bare = 255 * np.array(process.info["plan"]["ground"])
    assert process.info["plan"]["start"] == "toned" or np.abs(frames[0] - bare).max() < 8, "the ground, not white"


def test_wishes_stand_in_the_manifest(run):
    code, _, process = run(
        "--degree", "hair=0.3", "--degree", "face=0.5@6", "--passes", 2, "--group", "head=face,eyes,mouth"
    )
    assert code == 0
    spec = process.info["plan"]["recipe"]
    assert spec["parts"]["hair"] == {"degree": 0.3}
    assert spec["steps"] == [{"frame": 6, "degrees": {"face": 0.5}}]
    assert spec["groups"] == {"head": ["face", "eyes", "mouth"]}
    assert process.info["steps"][5]["asked"]["face"] == 0.5
    assert process.info["unfinished"] == ["hair"]
    json.dumps(spec)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--order", "hiar,face"], "Did you mean hair"),
        (["--degree", "hair=2"], "0 (not at all) to 1"),
        (["--degree", "hair"], "PART=0.2"),
        (["--degree", "hair=1@40"], "2 to 39"),
        (["--skip", "x"], "background"),
        (["--passes", "9"], "1 to 5"),
        (["--medium", "watercolr"], "Did you mean watercolour"),
        (["--medium", "gouache"], "oil, digital, watercolour, ink, pencil"),
        (["--finish", "varnish"], "painting, brush"),
        (["--group", "face=hair,eyes"], "part of that name"),
        (["--plan", "learned"], "ppp train frames PROCESSES -o RUN --variant planner"),
    ],
)
def test_what_cannot_be_done_is_refused(run, arguments, expected):
    code, err, process = run(*arguments)
    assert code == 2 and expected in err and len(err.splitlines()) <= 3
    assert not process.folder.exists()


def test_medium_and_finish_hold_in_the_manifest_and_the_frames(run, files):
    painting = np.asarray(Image.open(files[0]))
    for finish, ends in (("painting", True), ("brush", False)):
        code, err, process = run("--medium", "digital", "--finish", finish, "--frames", 4, name=finish)
        assert code == 0, err
        recipe = process.info["plan"]["recipe"]
        assert (recipe["medium"], recipe["ending"]) == ("digital", finish)
        assert process.info["closing"] == ("input" if ends else "model")
        assert np.array_equal(process.frame(3), painting) == ends
    code, _, process = run("--medium", "auto", "--frames", 4, name="auto")
    assert code == 0 and process.info["plan"]["recipe"]["medium"] == "oil"
    assert process.info["plan"]["recipe"]["ending"] == "painting"


def test_what_is_not_in_the_picture_is_said(run):
    code, err, _ = run("--skip", "body", "--frames", 4)
    assert code == 0 and "There is no body in this picture" in err


def test_a_plan_is_printed_and_given_back(run, tiny_pipeline, files, tmp_path, capsys):
    """Unchanged it gives the same frames, byte by byte; steered on the way it is steered."""
    options = ["--order", "hair,face", "--degree", "hair=0.4@4", "--seed", "2", "--frames", "8"]
    fixed = ["--weights", tiny_pipeline, "--device", "cpu", "--segmentation", files[1], "--stage", "frames=simulate"]
    assert main(["plan", *map(str, [files[0], *fixed, *options])]) == 0
    text = capsys.readouterr().out
    (tmp_path / "plan.toml").write_text(text)
    one, other = run(*options, name="one"), run("--plan", tmp_path / "plan.toml", name="other")
    assert one[0] == other[0] == 0, other[1]
    names = sorted(path.name for path in (one[2].folder / "frames").iterdir())
    assert len(names) == 8
    for name in names:
        assert (one[2].folder / "frames" / name).read_bytes() == (other[2].folder / "frames" / name).read_bytes()
    (tmp_path / "plan.toml").write_text(
        text.replace('plan = "artist"', 'plan = "artits"').replace("brush = ", "brsh = ", 1)
    )
    code, err, _ = run("--plan", tmp_path / "plan.toml", name="none")
    assert code == 2 and "3 mistakes" in err and "Did you mean artist" in err and "brush" in err
    assert main(["plan", str(files[0]), "-o", str(tmp_path / "plan.toml")]) == 2, "it is there already"
