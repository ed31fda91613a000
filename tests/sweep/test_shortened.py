"""A long list in a message is shortened, and says by how much."""

import pytest

from sweep.shortened import first_names, first_texts, joined_texts


@pytest.mark.parametrize(
    "names, text",
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a, b"),
        (["a", "b", "c"], "a, b and 1 more"),
        (["a", "b", "c", "d"], "a, b and 2 more"),
    ],
)
def test_two_names_are_shown_and_the_others_counted(names, text):
    assert first_names(names, 2) == text


def test_two_texts_are_shown_and_the_others_counted():
    assert first_texts(["one", "two"], 2) == ["one", "two"]
    assert first_texts(["one", "two", "three"], 2) == ["one", "two", "and 1 more"]


def test_the_others_are_called_what_they_are():
    shown = first_texts(["one", "two", "three"], 1, "more arms")
    assert shown == ["one", "and 2 more arms"]


def test_texts_in_one_line_are_told_apart_by_semicolons():
    assert joined_texts(["a, b", "c", "d"], 2) == "a, b; c; and 1 more"
