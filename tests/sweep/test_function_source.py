"""The text of a function: everything that its numbers depend on, and nothing that it
does not use."""

import functools
import math
import types

import pytest

from sweep import errors
from sweep.function_source import is_importable, source_text


def defined(text, name="train"):
    """A function as a notebook defines it: in a module of its own that nobody can import."""
    module = types.ModuleType("__main__")
    exec(compile(text, "<cell>", "exec"), module.__dict__)
    return module.__dict__[name]


CELL = """
import math
GAIN = 2.0
UNUSED = 3
def helper(x):
    return math.sqrt(x) * GAIN
def train(config, run):
    return helper(config["rate"])
"""


def test_values_that_it_reads_are_in_it_through_what_it_calls():
    assert "GAIN = 2.0" in source_text(defined(CELL))
    assert "UNUSED" not in source_text(defined(CELL))
    assert "import math" in source_text(defined(CELL))


@pytest.mark.parametrize(
    ("before", "after"), [("2.0", "3.0"), ("sqrt", "exp"), ('"rate"', '"rates"')]
)
def test_what_changes_the_result_changes_the_text(before, after):
    assert source_text(defined(CELL)) != source_text(
        defined(CELL.replace(before, after))
    )


def test_equal_cells_have_equal_texts():
    assert source_text(defined(CELL)) == source_text(defined(CELL))


def test_a_set_is_written_in_order():
    text = "NAMES = {'b', 'a', 'c'}\ndef train(config, run):\n    return NAMES\n"
    assert "NAMES = set('a', 'b', 'c')" in source_text(defined(text))


def test_what_a_function_around_it_holds_counts():
    def made(factor):
        def train(config, run):
            return factor

        return train

    assert source_text(made(1)) != source_text(made(2))
    assert "factor = 1" in source_text(made(1))


def test_a_partial_counts_with_its_arguments():
    def train(config, run, scale):
        return scale

    once, twice = functools.partial(train, scale=1), functools.partial(train, scale=2)
    assert source_text(once) != source_text(twice)


def test_what_no_process_can_be_given_is_refused():
    text = "import threading\nLOCK = threading.Lock()\ndef train(config, run):\n    return LOCK\n"
    with pytest.raises(errors.TrainerNotFound, match="create it inside the function"):
        source_text(defined(text))


def test_only_what_stands_in_a_module_is_importable():
    assert is_importable(source_text)
    assert is_importable(math.sqrt)
    assert not is_importable(lambda: None)
    assert not is_importable(defined(CELL))
