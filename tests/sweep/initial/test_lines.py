"""Lines of a study file: values on one line, comments in a column."""

import pytest
import yaml

from sweep.initial.lines import commented, one_line, wrapped


@pytest.mark.parametrize(
    "value", [{"a": [1, "no", 1e-5]}, ["x, y", "1e3", "[z]"], "a: b", None, {}]
)
def test_a_value_on_one_line_is_the_same_value(value):
    text = one_line(value)
    assert "\n" not in text
    assert yaml.safe_load(f"[{text}]") == [value]


def test_an_empty_comment_is_left_out():
    assert commented("epochs: 3", "") == "epochs: 3"
    assert commented("epochs: 3", "all").split("#") == [f"{'epochs: 3':<44} ", " all"]


def test_a_long_list_goes_on_in_the_next_line():
    names = [f"metric_{number}" for number in range(30)]
    lines = list(wrapped("# also: ", names))
    assert len(lines) > 1
    assert all(len(line) <= 120 for line in lines)
    assert " ".join(lines).count("metric_") == len(names)
