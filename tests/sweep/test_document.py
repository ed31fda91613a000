"""Every key of a document knows its line; a changed document leaves the first as it was."""

import pytest

from sweep import yaml_file
from sweep.document import dotted


def test_every_key_and_item_knows_its_line():
    document = yaml_file.parse("a: 1\nb:\n  c: [1, 2]\n  d:\n  - x\n  - {y: 2}\n")
    assert document.line_of(("a",)) == 1
    assert document.line_of(("b", "c")) == 3
    assert document.line_of(("b", "d", 0)) == 5
    assert document.line_of(("b", "d", 1, "y")) == 6
    assert document.line_of(("b", "absent", "deeper")) == 2, (
        "the nearest key that is there"
    )


def test_replaced_makes_what_is_missing_and_forgets_old_lines():
    document = yaml_file.parse("a: {b: [1, 2]}\n")
    new = document.replaced(("a", "b"), [3], 0).replaced(("c", "d"), 4, 7)
    assert new.data == {"a": {"b": [3]}, "c": {"d": 4}}
    assert new.line_of(("a", "b", 0)) == 0
    assert new.line_of(("c", "d")) == 7
    assert document.data == {"a": {"b": [1, 2]}}, "the original is untouched"
    with pytest.raises(KeyError):
        document.replaced(("a", "b", "c"), 1, 0)


@pytest.mark.parametrize(
    "path, text",
    [
        ((), ""),
        (("search",), "search"),
        (("search", "seeds", 1), "search.seeds[1]"),
        (("arms", 0, 2, "name"), "arms[0][2].name"),
    ],
)
def test_a_path_is_written_as_people_write_it(path, text):
    assert dotted(path) == text
