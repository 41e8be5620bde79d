"""What others build on does not change unnoticed: public names, options, exit codes, keys of JSON."""

import difflib
import json

import pytest
import surface


def differences(name: str, now: str) -> str:
    """What would change in tests/surface/NAME.json, as git would show it."""
    then = (surface.FOLDER / f"{name}.json").read_text("utf-8")
    return "".join(difflib.unified_diff(then.splitlines(True), now.splitlines(True), "as agreed", "as it is", n=1))


@pytest.mark.parametrize("name", ["names", "commands", "exit_codes"])
def test_the_surface_is_as_agreed(name):
    changed = differences(name, surface.text(surface.PARTS[name]()))
    assert not changed, f"If this is meant, {surface.RENEW} writes it anew:\n{changed}"


def test_the_keys_of_json_are_as_agreed(tiny_pipeline, tmp_path):
    changed = differences("json_keys", surface.text(surface.json_keys(tiny_pipeline, tmp_path)))
    assert not changed, f"If this is meant, {surface.RENEW} writes it anew:\n{changed}"


def test_no_command_that_speaks_json_is_left_out():
    keys = json.loads((surface.FOLDER / "json_keys.json").read_text("utf-8"))
    for command, options in surface.commands().items():
        if "--json" in options:
            assert any(name.split(",")[0] == command for name in keys), command


def test_a_change_would_be_told():
    now = surface.commands()
    now["ppp run"]["--frames"]["default"] = 41
    del now["ppp doctor"]["--size"]
    told = differences("commands", surface.text(now))
    assert '+   "default": 41' in told and '-  "--size": {' in told
