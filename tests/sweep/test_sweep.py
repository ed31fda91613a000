"""`import sweep`: the names a notebook uses."""

from pathlib import Path

import pytest

import sweep
import sweep.study

MODULES = {path.stem for path in Path(sweep.__file__).parent.iterdir()}


@pytest.mark.parametrize("name", sweep.__all__)
def test_a_public_name_is_what_it_says_whatever_was_imported_before(name):
    # A module of the same name would take its place as soon as somebody imports it.
    assert name not in MODULES
    assert getattr(sweep, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'optimise'"):
        _ = sweep.optimise
