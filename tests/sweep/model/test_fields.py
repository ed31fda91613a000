"""The types of a study file's fields: exactly what they say, never a value that only
looks like it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from sweep.model import fields

CASES = {
    "Text": (["a"], ["", 1, None, b"a"]),
    "Whole": ([-1, 0], [1.0, True, "1"]),
    "Count": ([1, 2**40], [0, -1, 1.0, True]),
    "Seed": ([0, 2**32 - 1], [-1, 2**32, 1.0]),
    "Number": ([1, -0.5], ["1", float("nan"), float("inf"), True]),
    "Positive": ([1e-9], [0, -1.0, float("inf")]),
    "NotNegative": ([0, 0.5], [-1e-9, float("nan")]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_type_takes_what_it_says_and_nothing_else(name):
    right, wrong = CASES[name]
    adapter = TypeAdapter(getattr(fields, name))
    for value in right:
        assert adapter.validate_python(value) == value
    for value in wrong:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@pytest.mark.parametrize("value", [4, 4.0])
def test_a_bound_stays_an_integer_where_it_was_written_as_one(value):
    read = TypeAdapter(fields.Bound).validate_python(value)
    assert (read, type(read)) == (value, type(value))


def test_a_section_refuses_a_key_it_does_not_know_and_cannot_be_changed():
    class Own(fields.Section):
        size: int = 1

    with pytest.raises(ValidationError, match="sizes"):
        Own(sizes=2)
    with pytest.raises(ValidationError, match="frozen"):
        Own().size = 2
