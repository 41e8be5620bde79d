"""Settings: one declaration gives names, help, parsing and checks."""

from dataclasses import dataclass

import pytest

from ppp.modules.io.errors import UserError
from ppp.modules.training.settings import apply_settings, parse_settings, setting, settings_of


@dataclass(frozen=True)
class Optimiser:
    lr: float = setting(1e-3, "Highest learning rate.")
    variant: str = setting("default", "default or paper.")
    nesterov: bool = setting(False, "Look ahead.")


@dataclass(frozen=True)
class Net:
    size: int = setting(64, "Longest side.", name="run_size")
    widths: tuple[int, ...] = setting((4, 8), "Channels.")
    classes: int = 10

    def __post_init__(self):
        if self.size < 8:
            raise UserError(f"run_size {self.size} is too small")


SETTINGS = {"default": (Optimiser(), Net()), "paper": (Optimiser(lr=0.5, variant="paper"), Net())}


def test_settings_are_the_declared_fields_under_their_names():
    assert list(settings_of(Net)) == ["run_size", "widths"]
    size = settings_of(Net(size=16))["run_size"]
    assert (size.help, size.field, size.default) == ("Longest side.", "size", 16)


def test_options_replace_the_defaults_of_their_variant():
    assert apply_settings("tiny", SETTINGS, {}) == (Optimiser(), Net())
    given = {"variant": "paper", "run_size": 32, "widths": [1, 2, 3], "nesterov": True}
    assert apply_settings("tiny", SETTINGS, given) == (Optimiser(0.5, "paper", True), Net(32, (1, 2, 3)))
    (optimiser, _) = apply_settings("tiny", SETTINGS, {"lr": 1})
    assert optimiser.lr == 1 and type(optimiser.lr) is int, "recorded as it was written"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"classes": 3}, "no setting 'classes'.*lr, variant, nesterov, run_size, widths"),
        ({"variant": "huge"}, "no variant 'huge'.*default, paper"),
        ({"nesterov": 1}, "nesterov is 1.*a switch.*nesterov=true or nesterov=false"),
        ({"run_size": 2.5}, "run_size is 2.5.*a whole number.*run_size=64"),
        ({"run_size": True}, "run_size is True"),
        ({"widths": "8"}, r"a list.*widths=\[4, 8\]"),
        ({"lr": "fast"}, "lr is 'fast'.*a number"),
        ({"run_size": 4}, "too small"),
    ],
)
def test_what_cannot_be_set_is_said(options, said):
    with pytest.raises(UserError, match="(?s)" + said):
        apply_settings("tiny", SETTINGS, options)


def test_values_are_json_or_text():
    assert parse_settings(["a=3", "b=[1,2]", "c=none", "d=true", "e=x=y"]) == {
        "a": 3, "b": [1, 2], "c": "none", "d": True, "e": "x=y",
    }  # fmt: skip
    with pytest.raises(UserError, match="NAME=VALUE"):
        parse_settings(["a b=3"])
