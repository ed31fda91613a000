"""Values on Hydra's command line; each was read back by Hydra 1.3."""

import pytest

from sweep.command.hydra_value import text


@pytest.mark.parametrize(
    "value, written",
    [
        (None, "null"),
        (True, "true"),
        (1e-05, "1e-05"),
        ("adam", "adam"),
        ("configs/a.yaml", "configs/a.yaml"),
        ("None", "None"),  # a text to Hydra as well
        ("null", "'null'"),
        ("1", "'1'"),
        (".5", "'.5'"),
        ("", "''"),
        ("a,b", "'a,b'"),
        ("x=y", "'x=y'"),
        ("it's", r"'it\'s'"),
        ("C:\\", "'C:\\\\'"),
        ([1, "a b", None], "[1,'a b',null]"),
        ({"a": 1, "b": {"c": "d"}}, "{a:1,b:{c:d}}"),
    ],
)
def test_a_value_is_written_so_that_hydra_reads_it_back(value, written):
    assert text(value) == written
