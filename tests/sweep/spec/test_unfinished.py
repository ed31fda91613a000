"""A file that still says CHANGE is not sound."""

import pytest

from sweep import yaml_file
from sweep.spec import unfinished


def test_each_marked_line_is_named_with_its_key():
    text = "parameters:\n  depth: 1   # CHANGE: its default was not found\n  rate: 2 # kept\n"
    (found,) = unfinished.violations(yaml_file.parse(text))
    assert (found.line, found.key) == (2, "parameters.depth")
    assert "its default was not found" in found.problem


@pytest.mark.parametrize(
    "line", ["# CHANGE this later", "a: CHANGE", "a: '# CHANGED'", "a: 1 # changed"]
)
def test_unmarked_lines_are_not_reported(line):
    assert not unfinished.violations(yaml_file.parse(f"b: 1\n{line}\n"))
