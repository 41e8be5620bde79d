"""What names of layers say."""

import pytest

from ppp.modules.data.layered.layer_names import check_portrait_kinds, kind_of_name, kind_of_names
from ppp.modules.data.layered.layered_picture import KINDS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sky", "sky"),
        ("Clouds_2", "sky"),
        ("pineTree", "tree"),
        ("trees behind", "tree"),
        ("left-eye", "eyes"),
        ("eye_brow", "eyebrows"),
        ("g4-hair-back", "hair"),
        ("Grass", "grass"),
        ("tree house", "unknown"),
        ("path3712", "unknown"),
        ("path", "unknown"),
        ("garden path", "ground"),
        ("layer1", "unknown"),
        ("", "unknown"),
        ("Himmel", "unknown"),
    ],
)
def test_names_that_clearly_say_a_class(name, kind):
    assert kind_of_name(name) == kind


def test_further_words_count_first():
    assert kind_of_name("Himmel links", {"himmel": "sky"}) == "sky"
    assert kind_of_name("pine", {"pine": "object"}) == "object"
    assert kind_of_names(["g12", "wiese", "tree"], {"wiese": "grass"}) == "grass"


def test_every_word_says_a_class_of_layers():
    from ppp.modules.data.layered.layer_names import _KINDS

    assert set(_KINDS.values()) <= KINDS


def test_an_animal_has_eyes_but_is_no_sitter():
    assert check_portrait_kinds(("background", "animal", "eyes", "mouth")) == (
        "unknown",
        "animal",
        "unknown",
        "unknown",
    )
    assert check_portrait_kinds(("background", "hair", "eyes")) == ("background", "hair", "eyes")
