"""Several artists side by side, and one part driven as several, from the command line."""

import json

import numpy as np
import pytest
from PIL import Image
from scenes import head, save_head

from ppp.cli.main import main
from ppp.modules.data.processes.process import Process
from ppp.modules.io.errors import UserError
from ppp.modules.labels import PORTRAIT
from ppp.pipeline.blocks.split_parts import Split
from ppp.pipeline.diversity import at_levels, spread_of
from ppp.pipeline.port_values import Parts


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with painting.png, labels.png and masks for its hair."""
    folder = tmp_path_factory.mktemp("head")
    _, labels = save_head(folder)
    mask = np.zeros(labels.shape, np.uint8)
    mask[:20] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    Image.fromarray(mask).resize((128, 144), Image.Resampling.BICUBIC).save(folder / "soft.png")
    Image.fromarray(mask[:30]).save(folder / "wide.png")
    return folder


@pytest.fixture
def run(tiny_pipeline, place, tmp_path, capsys):
    def call(*arguments, out="out"):
        fixed = ["--weights", tiny_pipeline, "--device", "cpu", "--segmentation", place / "labels.png"]
        code = main(["run", *map(str, [place / "painting.png", *fixed, "-o", tmp_path / out, *arguments])])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


SIMULATE = ("--stage", "frames=simulate", "--frames", 10)


def test_variations_are_different_artists_and_compared(run, tmp_path):
    code, out, err = run("--variations", 3, "--seed", 4, "--json", *SIMULATE)
    assert code == 0, err
    folder, said = tmp_path / "out", json.loads(out)
    assert ".ppp-" not in err, "no place that is gone by now"
    assert sorted(p.name for p in folder.iterdir()) == ["1", "2", "3", "variations.json", "variations.png"]
    found = [Process(folder / str(i)) for i in (1, 2, 3)]
    assert [process.info["seed"] for process in found] == [4, 5, 6]
    assert len({process.info["plan"]["habit"] for process in found}) > 1
    stacks = [np.stack([p.frame(i) for i in range(10)]).astype(np.float32) / 255 for p in found]
    painting = found[0].painting().astype(np.float32) / 255
    start = float((1 - painting).mean())  # one scale for all, whatever their grounds are
    apart = spread_of([at_levels(stack, painting, start) for stack in stacks])["spread_l1"]
    assert said["spread_l1"] == pytest.approx(apart, abs=1e-4) and apart > 0.01
    assert f"diversity {100 * apart:.1f} %" in err
    with Image.open(folder / "variations.png") as sheet:
        assert sheet.width > 600 and sheet.text["Provenance"] == "predicted, not recorded"
    code, _, err = run("--variations", 2, *SIMULATE)
    assert code == 2 and "--overwrite" in err
    assert run("--variations", 2, "--overwrite", *SIMULATE)[0] == 0
    assert sorted(p.name for p in folder.iterdir()) == ["1", "2", "variations.json", "variations.png"]
    (folder / "notes.txt").write_text("mine")
    code, _, err = run("--variations", 2, "--overwrite", *SIMULATE)
    assert code == 2 and "notes.txt" in err and (folder / "notes.txt").exists()
    assert run("--variations", 1, *SIMULATE, out="one")[0] == 2
    assert run("--variations", 101, *SIMULATE, out="many")[0] == 2


def test_pieces_of_a_part_are_driven_apart(run, place, tmp_path):
    """By the networks too: for them a piece is what it was cut from."""
    split = ("--split", f"hair:fringe,rest={place / 'mask.png'}")
    code, _, err = run(*split, "--skip", "rest", "--order", "face,fringe", "--frames", 5)
    assert code == 0, err
    process = Process(tmp_path / "out")
    assert [n for n in process.info["labels"] if n not in PORTRAIT.names] == ["fringe", "rest"]
    labels, hair = process.labels(), head()[1] == PORTRAIT.index("hair")
    assert process.label_set.base_class_name(10) == process.label_set.base_class_name(11) == "hair"
    assert ((labels == 10) | (labels == 11)).sum() == hair.sum() and (labels[:20] != 11).all()
    frames = [process.frame(i) for i in range(5)]
    assert all((frame[labels == 11] == frames[1][labels == 11]).all() for frame in frames[2:])
    code, _, err = run(*split, "--degree", "hair=1@5", *SIMULATE, out="both")
    asked = Process(tmp_path / "both").info["steps"][4]["asked"]
    assert code == 0 and asked["fringe"] == asked["rest"] == 1, "the whole stands for its pieces"
    assert main(["replay", str(tmp_path / "both"), "-o", str(tmp_path / "again"), "--quiet"]) == 0
    one, other = ([p.read_bytes() for p in sorted((tmp_path / n / "frames").iterdir())] for n in ("both", "again"))
    assert one == other


def test_masks(place):
    parts = Parts(head()[1], PORTRAIT)
    sharp, soft = (Split("hair", place / f"{name}.png").apply(parts) for name in ("mask", "soft"))
    assert sharp.label_set.names[-2:] == ("hair.1", "hair.2")
    assert (sharp.labels != soft.labels).mean() < 0.02
    more = Split("face", np.repeat(np.arange(72, dtype=np.uint8)[:, None] // 12 * 40, 64, 1)).apply(sharp)
    assert more.label_set.pieces[:2] == (2, 2) and set(more.label_set.pieces[2:]) == {8}
    for split, says in [
        (Split("hair", place / "wide.png"), "another aspect ratio"),
        (Split("hiar", place / "mask.png"), "Did you mean hair"),
        (Split("clothes", place / "mask.png"), "one shade"),
        (Split("hair", place / "mask.png", ("a", "b", "c")), "2 pieces, but 3 names"),
        (Split("hair", place / "mask.png", ("face", "b")), "repeated"),
    ]:
        with pytest.raises(UserError, match=says):
            split.apply(parts)
    with pytest.raises(UserError, match="already is a piece"):
        sharp.label_set.split("hair.1", ("a", "b"))
