"""Python read and not run."""

import ast

import pytest

from sweep.errors import TrainerNotFound
from sweep.initial.source import UNKNOWN, calls, imports, literal, parsed


def test_what_has_to_be_computed_is_unknown():
    assert literal(ast.parse("[1, 2]", mode="eval").body) == [1, 2]
    assert literal(ast.parse("f()", mode="eval").body) is UNKNOWN
    assert literal(None) is UNKNOWN


def test_packages_are_found_wherever_they_are_imported():
    tree = ast.parse(
        "import a.b\nfrom c.d import e\ndef f():\n    import g\nfrom . import h\n"
    )
    assert imports(tree) == {"a", "c", "g"}


def test_calls_are_found_by_their_last_name():
    assert (
        len(list(calls(ast.parse("a.b.option(1)\noption(2)\nx.other()"), "option")))
        == 2
    )


def test_what_is_no_python_is_refused(tmp_path):
    (tmp_path / "x.py").write_text("def (")
    with pytest.raises(TrainerNotFound, match="is not a Python script"):
        parsed(tmp_path / "x.py")
