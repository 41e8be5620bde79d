"""The tutorials are carried out: their commands one after the other, in small, and their Python as it stands there."""

import re
from pathlib import Path

import numpy as np
import pictures
import pytest
from commands import commands, python, words
from PIL import Image

from ppp.cli.main import main
from ppp.modules.data.synthetic.portraits import draw_sitter
from ppp.modules.data.synthetic.scenes import draw_scene

ROOT = Path(__file__).resolve().parent.parent
ARTISTS, RESEARCHERS, GRAPH = (ROOT / "docs" / f"{n}.md" for n in ("tutorial-artists", "tutorial-researchers", "graph"))

# What is made smaller, so that all of it takes seconds: (command that begins so, what is said otherwise).
SMALL = [
    (r"run .*-o out/mine --frames", {"--frames": "6"}),
    (r"run .*--variations", {"--variations": "2", "--frames": "6"}),
    (r"run .*-o out/(first|study)", {"--frames": "16"}),  # others go on from their frames 10 and 14
    (r"run .*simulate", {"--frames": "24"}),
    (r"(run|plan) ", {"--frames": "6"}),
    (r"data portraits", {"--size": "96x120"}),
    (r"data scenes", {"--size": "96x72", "--medium": "drawn"}),
    (r"data simulate", {"--frames": "8", "--size": "96", "--limit": "2"}),
    (r"train segment", {"--steps": "1", "--size": "32", "--batch": "2", "--set": "decoder_channels=[8,8,8,8,8]"}),
    (r"train firstframe", {"--steps": "1", "--size": "64", "--batch": "2", "--set": "widths=[8,8,8,8]"}),
    (r"train frames .*--variant planner", {"--steps": "1", "--batch": "2"}),
    (r"train frames", {"--steps": "1", "--size": "64", "--batch": "2", "--set": "width=16"}),
    (
        r"evaluate",
        {
            "--seeds": "1",
            "--frames": "6",
            "--rollout": "0",
            "--size": "96",
            "--systems": "mine=runs/frames",
            "--limit": "1",
            "--jobs": "1",
        },
    ),
]


def smaller(command):
    """The words of a command with what makes it small; an option that it does not have is added."""
    said = words(command)
    changes = next((c for start, c in SMALL if re.match(start, " ".join(said))), {})
    for option, value in changes.items():
        if option in said:
            said[said.index(option) + 1] = value
        elif not {"--continue", "--plan"} & set(said) or option != "--frames":
            said += [option, value]
    quick = [] if said[0] in ("segment", "plan", "evaluate", "train") or "--video-format" in said else ["--quiet"]
    if said[0] == "run" and "--video-format" not in said and "simulate" not in command:
        quick += ["--video-format", "gif"]
    if said[0] == "data" and said[1] in ("portraits", "scenes", "simulate", "check", "label"):
        quick += ["--jobs", "1"]
    return said + quick


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder with the example portrait in small and a drawing of three layers, as the current folder."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "my-drawings").mkdir()
    shapes = '<path id="sky" fill="#9cf" d="M0 0h90v60H0z"/><path id="hill" fill="#693" d="M0 40h90v20H0z"/>'
    tree = '<path id="tree" fill="#251" d="M30 15h20v35H30z"/>'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60">{shapes}{tree}</svg>'
    (tmp_path / "my-drawings" / "tree.svg").write_text(drawing, "utf-8")
    Image.open(ROOT / "examples" / "portrait.png").resize((96, 120)).save(tmp_path / "examples" / "portrait.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [ARTISTS, RESEARCHERS], ids=lambda p: p.stem)
def test_every_command_of_a_tutorial_works_where_it_stands(page, place, capsys):
    done = [command for command in commands(page) if not command.startswith("ppp serve")]
    assert len(done) >= 10
    for command in done:
        code = main(smaller(command))
        said = capsys.readouterr()
        assert code == 0, f"{command}\n{said.out}{said.err}"
    for named in re.findall(r"`(out/[\w./]+|runs/[\w./]+)`", page.read_text("utf-8")):
        assert (place / named).exists(), named


def test_the_python_of_the_graph_page_does_what_it_says(place, capsys):
    space = {"__name__": "tutorial"}
    blocks = python(GRAPH)
    assert len([said for _, said in blocks if said]) == 4
    for code, said in blocks:
        exec(compile(code, GRAPH.name, "exec"), space)
        printed = capsys.readouterr().out
        assert said is None or printed == said
    lapse = space["timelapse"]
    assert {step["by"] for step in lapse.process["steps"]} == {"firstframe", "dots"}
    distances = [step["distance"] for step in lapse.process["steps"]]
    assert distances[-1] < 0.3 * distances[0]  # the dots really paint the picture


def test_the_python_of_the_page_on_strokes_does_what_it_says(place, capsys):
    ((code, said),) = python(ROOT / "docs" / "strokes.md")
    exec(compile(code, "strokes.md", "exec"), {"__name__": "tutorial"})
    assert capsys.readouterr().out == said


def example(name):
    """An example picture (H,W,3) float32, and the arguments of the command that examples/README.md names for it."""
    said = (ROOT / "examples" / "README.md").read_text("utf-8")
    words = {"portrait.png": "data portraits"}.get(name, f"data scenes 1 -o {Path(name).stem}")
    (arguments,) = re.findall(rf"ppp {words} .*?(--[^#\n]+?)\s*(?:#.*)?$", said, flags=re.MULTILINE)
    kept = np.asarray(Image.open(ROOT / "examples" / name).convert("RGB"), np.float32) / 255
    return kept, tuple(arguments.split())


def test_the_example_portrait_is_the_sitter_it_is_said_to_be():
    """The sitters change now and then; `make pictures` then draws the portrait and the pages' pictures again."""
    kept, arguments = example("portrait.png")
    assert arguments == pictures.SITTER
    _, size, _, seed = arguments
    drawn, _ = draw_sitter(tuple(map(int, size.split("x"))), int(seed))
    assert kept.shape == drawn.shape
    assert np.abs(kept - drawn).mean() < 0.002  # other machines round otherwise


@pytest.mark.parametrize("name", pictures.SCENES)
def test_the_example_scenes_are_what_they_are_said_to_be(name):
    kept, arguments = example(name)
    assert arguments == pictures.SCENES[name]
    _, kind, _, medium, _, size, _, seed = arguments
    drawn = draw_scene(tuple(map(int, size.split("x"))), int(seed), kind, medium)[0].image / np.float32(255)
    assert kept.shape == drawn.shape
    assert np.abs(kept - drawn).mean() < 0.004


def test_every_picture_of_the_pages_is_made_by_the_script_and_is_small():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {n for p in pages for n in re.findall(r"\((?:docs/)?images/([\w.-]+)\)", p.read_text("utf-8"))}
    made = {name for name in shown if name.startswith(("tutorial", "graph", "readme"))}
    script = {*pictures.PICTURES, pictures.FILM}
    assert made <= script <= shown
    images = list((ROOT / "docs" / "images").iterdir())
    assert {path.name for path in images} == shown
    assert sum(path.stat().st_size for path in images if path.name != pictures.FILM) < 2 * 2**20


def test_the_film_of_the_readme_shows_two_processes_to_their_end_and_is_small():
    """GitHub shows pictures of up to 10 MB, but people open the page on telephones."""
    path = ROOT / "docs" / "images" / pictures.FILM
    assert path.stat().st_size < 3_000_000
    with Image.open(path) as film:
        assert film.n_frames > 60 and film.info["loop"] == 0
        bare = np.asarray(film.convert("RGB"), np.float32)
        film.seek(film.n_frames - 1)
        end = np.asarray(film.convert("RGB"), np.float32)
    portrait = Image.open(ROOT / "examples" / "portrait.png").convert("RGB")
    width = (end.shape[1] - pictures.GAP) // 2
    goal = np.asarray(portrait.resize((width, end.shape[0])), np.float32)
    for left in (0, width + pictures.GAP):
        painted, before = (np.abs(p[:, left : left + width] - goal).mean() for p in (end, bare))
        assert painted < 0.5 * before and painted < 45
