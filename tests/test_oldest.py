"""The oldest versions that are tried are those that pyproject.toml allows: every package, none twice."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from environment import EVERYTHING
from oldest import constraints

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_dependency_stands_at_its_lower_bound():
    script = [sys.executable, str(ROOT / ".ci" / "oldest.py"), "--constraints"]
    lines = subprocess.run(script, capture_output=True, text=True, check=True).stdout.split()
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [one for table in (PROJECT["project"]["dependencies"], *extras.values()) for one in table]
    assert lines == [re.sub(">=", "==", one) for one in asked] and len(lines) > 25


def test_what_is_tried_is_what_the_environments_hold():
    assert {*EVERYTHING} == {*PROJECT["project"]["optional-dependencies"]}


def test_the_build_needs_the_setuptools_that_is_tried():
    (build,) = PROJECT["build-system"]["requires"]
    assert build in PROJECT["project"]["optional-dependencies"]["dev"]


@pytest.mark.parametrize("dependency", ["numpy", "numpy<3", "numpy>=1.26,<3", "numpy ~= 1.26"])
def test_a_dependency_without_a_plain_lower_bound_is_told(dependency):
    with pytest.raises(ValueError, match="must be PACKAGE>=VERSION"):
        constraints({"dependencies": [dependency], "optional-dependencies": {}})


def test_two_bounds_for_one_package_are_told():
    with pytest.raises(ValueError, match=r"two lower bounds for av, 13\.0 and 14"):
        constraints({"dependencies": ["av>=13.0"], "optional-dependencies": {"video": ["av>=14"], "x": ["av>=13.0"]}})
