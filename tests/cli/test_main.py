"""The command line as a person meets it: help at once, exit codes, messages of at most three lines."""

import errno
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ppp import __version__
from ppp.cli.errors import EXTRAS, explain
from ppp.cli.main import COMMANDS, main
from ppp.cli.options import parse_stages, unique_names
from ppp.modules.io.errors import PPPError, UserError, choices, disk_advice
from ppp.modules.plans import HABITS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["evaluate", "--help"]])
def test_help_and_version_answer_within_a_second_and_without_torch(arguments):
    """Seconds of the processor, the interpreter's start included: a busy machine is not the command's fault."""
    code = (
        "import sys, time; from ppp.cli.main import main; code = main(sys.argv[1:]); "
        "print(code, 'torch' in sys.modules, time.process_time(), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)
    code, torch, seconds = done.stderr.split()
    assert code == "0"
    assert torch == "False"
    assert float(seconds) < 1.0


def test_opencv_takes_the_number_of_threads_that_others_take(monkeypatch):
    for threads, given, wanted in (("1", None, "1"), ("1", "2", "2"), ("", None, None)):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", given or "0")
        if given is None:
            monkeypatch.delenv("OPENCV_FOR_THREADS_NUM")
        assert main(["--version"]) == 0
        assert os.environ.get("OPENCV_FOR_THREADS_NUM") == wanted


def test_version_goes_to_stdout(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"ppp {__version__}"


def test_help_lists_every_command_that_is_there(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f" {command} " in text


@pytest.mark.parametrize(
    "arguments",
    [["paint"], ["run"], ["run", "x.png"], ["run", "x.png", "-o", "out", "--frames", "many"], ["--nonsense"]],
)
def test_wrong_usage_is_exit_code_2(arguments, capsys):
    assert main(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unexpected_failure_is_exit_code_1_without_a_traceback(monkeypatch, capsys):
    def fail(*args, **kwargs):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("ppp.pipeline.images.read_picture", fail)
    monkeypatch.delenv("PPP_DEBUG", raising=False)
    assert main(["run", "x.png", "-o", "out"]) == 1
    shown = capsys.readouterr().err
    assert "ZeroDivisionError" in shown
    assert "Traceback" not in shown
    assert len(shown.strip().splitlines()) <= 3
    monkeypatch.setenv("PPP_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["run", "x.png", "-o", "out"])


def test_an_interruption_is_exit_code_130(monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("ppp.pipeline.images.read_picture", stop)
    assert main(["run", "x.png", "-o", "out"]) == 130


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("operator torchvision::nms does not exist"), "matching pair"),
        (RuntimeError("CUDA out of memory. Tried to allocate"), "smaller picture"),
        (MemoryError(), "smaller picture"),
        (OSError(28, "No space left on device"), "disk is full"),
        (ModuleNotFoundError("No module named 'fastapi'", name="fastapi"), 'pip install -e ".[serve]"'),
        (ModuleNotFoundError("No module named 'cv2'", name="cv2"), 'pip install -e "."'),
        (ValueError("odd\nand long"), "ValueError: odd"),
        (UserError("a", "b", "c"), "a\nb\nc"),
    ],
)
def test_known_failures_are_explained_in_three_lines(error, reason):
    text = str(explain(error))
    assert reason in text
    assert len(text.splitlines()) <= 3


def test_what_was_meant_is_said_for_commands_and_options(capsys, tmp_path):
    for arguments, meant in (
        (["rnu", "x.png"], "Did you mean run?"),
        (["data", "extrct"], "Did you mean 'extract'?"),
        (["run", "x.png", "--medum", "oil"], "--medium"),
        (["train", "fames", "data", "-o", str(tmp_path / "x")], "Did you mean frames?"),
        ([str(ROOT / "README.md")], f"ppp run {ROOT / 'README.md'}"),
    ):
        assert main(arguments) == 2
        assert meant in capsys.readouterr().err
    assert choices("mases", HABITS).startswith("Did you mean masses? Use one of: masses, objects")


def test_the_list_of_data_commands_is_in_whole_sentences(capsys):
    assert main(["data", "--help"]) == 0
    commands = capsys.readouterr().out.partition("Commands:")[2].rstrip()
    assert "shard" in commands and "..." not in commands and commands.endswith(".")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ppp ru", ["run"]),
        ("ppp data ext", ["extract"]),
        ("ppp run x.png --hab", ["--habit"]),
        ("ppp run x.png --habit ", list(HABITS)),
        ("ppp run x.png --medium wa", ["watercolour"]),
        ("ppp run x.png --order sky,gr", ["sky,ground", "sky,grass"]),
        ("ppp run x.png --degree mo", ["mouth=", "mountain="]),
        ("ppp run --continue {result} --skip boat,", ["boat,big sea"]),
        ("ppp train f", ["firstframe", "frames"]),
    ],
)
def test_the_shell_completes_commands_options_and_names(words, found, capsys, monkeypatch, tmp_path):
    (tmp_path / "process.json").write_text(json.dumps({"labels": ["boat", "big sea"]}))
    words = words.format(result=tmp_path)
    monkeypatch.setenv("_PPP_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    main([])
    assert capsys.readouterr().out.split("\n")[: len(found)] == found


def test_extras_are_named_by_what_works():
    """The distribution is not published: only its clone installs an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert EXTRAS.keys() == project["project"]["optional-dependencies"].keys() - {"dev"}
    for extra, packages in EXTRAS.items():
        for package in packages:
            text = str(explain(ModuleNotFoundError(f"No module named {package!r}", name=package)))
            assert f'pip install -e ".[{extra}]"' in text
    sources = [path for folder in ("cli", "modules", "pipeline") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in sources if f"{project['project']['name']}[" in path.read_text("utf-8")] == []


def test_space_is_asked_for_only_where_it_is_missing():
    assert "Free some space" in disk_advice(OSError(errno.ENOSPC, "No space left on device"))
    assert "pace" not in disk_advice(OSError(errno.EIO, "Input/output error"))
    sources = [path for folder in ("cli", "modules", "pipeline") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in sources if "Is the disk full?" in path.read_text("utf-8")] == []


def test_messages_name_no_objects():
    for thing in (io.BytesIO(), open(ROOT / "README.md"), object()):  # noqa: SIM115
        text = str(PPPError("It cannot be read.", f"cannot identify image file {thing!r}."))
        assert "<" not in text and "identify image file it." in text


def test_stage_options():
    given = ["frames=runs/a=b", "segment=me/hub"]
    assert parse_stages(given) == {"frames": "runs/a=b", "segment": "me/hub"}
    for bad in (["frames"], ["frames="], ["frame=x"], ["frames=a", "frames=b"]):
        with pytest.raises(UserError):
            parse_stages(bad)


def test_folders_of_a_batch_never_collide():
    paths = [Path(p) for p in ("a/x.png", "b/x.jpg", "c/X.png", "x-2.png", "y.tar.png")]
    names = unique_names(paths)
    assert names[0] == "x"
    assert len({name.casefold() for name in names}) == len(paths)
    assert names[4] == "y.tar"
