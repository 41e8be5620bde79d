"""Errors say what, why and how to fix it, in at most three lines, also from a worker process."""

import pickle

import pytest

from ppp.modules.io.errors import PPPError, UserError, did_you_mean


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


def test_a_mistyped_name_is_recognised():
    assert did_you_mean("wbem", ("mp4", "webm")) == "Did you mean webm?"
    assert did_you_mean("painting", ("mp4", "webm")) == ""
