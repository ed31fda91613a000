"""Hydra's values as text; each was compared with Hydra 1.3's own parser."""

import pytest

from sweep.spec.foreign.hydra_text import split, value


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("null", None),
        ("None", "None"),
        ("True", True),
        ("1_000", 1000),
        ("010", "010"),
        ("1e-5", 1e-5),
        ("1:30", "1:30"),
        ("'1'", "1"),
        (r"'it\'s'", "it's"),
        (r"a\,b", "a,b"),
        ("[1,[a b],null]", [1, ["a b"], None]),
        ("{a:1,b:{c:[d]}}", {"a": 1, "b": {"c": ["d"]}}),
        ("x y", "x y"),
    ],
)
def test_text_is_parsed_as_hydra_parses_it(text, wanted):
    assert value(text) == wanted
    assert type(value(text)) is type(wanted)


@pytest.mark.parametrize("text", ["[1", "{a}"])
def test_malformed_lists_and_mappings_are_refused(text):
    with pytest.raises(ValueError, match=r"is not key|does not end"):
        value(text)


def test_commas_in_brackets_and_quotes_do_not_split():
    assert split(r"[1,2],'a,b',c\,d") == ["[1,2]", "'a,b'", r"c\,d"]
