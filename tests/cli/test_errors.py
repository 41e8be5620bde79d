"""Failures of the libraries beneath are explained in three lines, with what to do about them."""

import errno

import pytest

from ppp.cli.errors import explain
from ppp.modules.errors import UserError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("operator torchvision::nms does not exist"), "torch and torchvision do not belong together"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore"), "--device cpu"),
        (MemoryError(), "not enough memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (ModuleNotFoundError("No module named 'lightning'", name="lightning.fabric"), 'pip install -e ".[train]"'),
        (ModuleNotFoundError("No module named 'cv2'", name="cv2"), 'pip install -e "."'),
        (KeyError("a"), "KeyError: 'a'"),
    ],
)
def test_failures_are_explained(error, words):
    explained = explain(error)
    assert words in str(explained)
    assert len(str(explained).splitlines()) <= 3
    assert explained.exit_code == 1


def test_our_own_errors_stay_as_they_are():
    error = UserError("a", "b", "c")
    assert explain(error) is error
