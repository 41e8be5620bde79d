"""Errors say what, why and how to fix it, in at most three lines, also from a worker process."""

import errno
import pickle

import pytest

from ppp.modules.errors import PPPError, UserError, known_failure


def test_three_lines():
    error = UserError("It failed.", "There is\nno such\n\tfile.", "Check the path.")
    assert str(error) == "It failed.\nThere is no such file.\nCheck the path."


def test_parts_left_out_give_no_empty_line():
    assert str(PPPError("It failed.", fix="Try again.")) == "It failed.\nTry again."


def test_exit_codes():
    assert PPPError("x").exit_code == 1
    assert UserError("x").exit_code == 2
    with pytest.raises(PPPError):
        raise UserError("x")


def test_survives_pickling():
    error = pickle.loads(pickle.dumps(UserError("a", "b", "c")))
    assert type(error) is UserError
    assert (error.what, error.why, error.fix, str(error)) == ("a", "b", "c", "a\nb\nc")


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (RuntimeError("operator torchvision::nms does not exist"), "torchvision"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.\nmore"), "--device cpu"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
    ],
)
def test_known_failures_of_libraries_are_explained(error, word):
    explained = known_failure(error)
    assert explained is not None
    assert word in str(explained)
    assert len(str(explained).splitlines()) == 3


@pytest.mark.parametrize("error", [RuntimeError("mat1 and mat2"), OSError(errno.EACCES, "denied"), KeyError("a")])
def test_unknown_failures_are_not(error):
    assert known_failure(error) is None
