"""The Dockerfile: built and asked for its page where Docker runs; read with care everywhere."""

import json
import re
import shlex
import shutil
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
import typer

from ppp.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "Dockerfile").read_text("utf-8")
LINES = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
STEPS = [(line.split()[0], line.partition(" ")[2].strip()) for line in LINES if line.strip()]


def given(name):
    return [value for step, value in STEPS if step == name]


def test_its_steps_are_known_and_its_base_is_pinned_and_slim():
    known = {"FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
    assert {step for step, _ in STEPS} <= known
    assert all(re.match(r"python:3\.\d+-slim\b", base) for base in given("FROM"))


def test_it_installs_the_light_set_alone_and_keeps_no_cache():
    installs = [part for run in given("RUN") for part in run.split("&&") if "pip install" in part]
    assert installs and all("--no-cache-dir" in part for part in installs)
    assert any("requirements/light.txt" in part for part in installs)
    assert "--no-deps" in installs[-1], "the package itself would bring torch"
    serve = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["serve"]
    assert set(serve) <= set((ROOT / "requirements" / "light.txt").read_text("utf-8").splitlines())


def test_what_it_copies_is_not_ignored():
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    for needed in ("cli", "modules", "pipeline", "weights", "requirements", "pyproject.toml", "README.md", "LICENSE"):
        assert (ROOT / needed).exists() and needed not in ignored


def test_it_runs_as_a_user_and_serves_the_port_that_it_tells():
    names = [step for step, _ in STEPS]
    assert given("USER") == ["ppp"] and names.index("USER") < names.index("CMD")
    words = json.loads(given("ENTRYPOINT")[0]) + json.loads(given("CMD")[0])
    command = typer.main.get_command(app).get_command(None, words[1])
    options = command.make_context(words[1], words[2:]).params
    assert words[0] == "ppp" and [str(options["port"])] == given("EXPOSE")
    (check,) = given("HEALTHCHECK")
    asked = json.loads(check.partition("CMD ")[2])
    compile(asked[2], "HEALTHCHECK", "exec")
    assert str(options["port"]) in asked[2]


def docker(*words, check=True):
    done = subprocess.run(["docker", *words], cwd=ROOT, capture_output=True, text=True, timeout=1500)
    assert not check or done.returncode == 0, f"docker {shlex.join(words)}: {done.stderr[-2000:]}"
    return done


@pytest.mark.skipif(
    shutil.which("docker") is None or docker("info", check=False).returncode != 0, reason="no Docker runs here"
)
def test_it_is_built_and_healthy():
    docker("build", "-t", "ppp-test", ".")
    started = docker("run", "-d", "--rm", "ppp-test").stdout.strip()
    try:
        deadline = time.monotonic() + 180
        while (state := docker("inspect", "-f", "{{.State.Health.Status}}", started).stdout.strip()) != "healthy":
            assert state == "starting" and time.monotonic() < deadline, docker("logs", started).stdout
            time.sleep(2)
    finally:
        docker("rm", "-f", started, check=False)
