"""What is bound anew in modules and classes is seen; what a library does for itself is not."""

import json
import sys
import types

import pytest

from sweep.worker.rebound import Bindings


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's with a setting, a cache and a class."""
    (tmp_path / "own_module.py").write_text(
        "rate = 0.1\ncache = {}\nclass Net:\n    depth = 2\n    def forward(self): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import own_module

    yield own_module
    del sys.modules["own_module"]


def test_unchanged_bindings_are_not_reported(own):
    assert Bindings().changed() == []


def test_globals_and_classes_of_the_users_modules_are_named(own):
    before = Bindings()
    own.rate = 0.2
    own.added = 1
    own.cache["data"] = [1]
    own.Net.depth = 3
    assert before.changed() == [
        "own_module.Net.depth",
        "own_module.added",
        "own_module.cache",
        "own_module.rate",
    ]


def test_a_patched_function_or_method_of_a_library_is_named(own, monkeypatch):
    before = Bindings()
    monkeypatch.setattr(json, "dumps", repr)
    monkeypatch.setattr(json.JSONEncoder, "encode", repr)
    monkeypatch.delattr(json, "loads")
    assert before.changed() == [
        "json.dumps",
        "json.encoder.JSONEncoder.encode",
        "json.loads",
    ]


def test_a_setting_or_cache_of_a_librarys_own_is_not_named(own, monkeypatch):
    before = Bindings()
    monkeypatch.setattr(json.decoder, "NaN", 0.0)
    monkeypatch.setitem(sys.modules, "colorsys_again", types.ModuleType("json.part"))
    assert before.changed() == ["sys.modules['colorsys_again']"]


def test_values_that_cannot_be_compared_differ(own):
    class Odd:
        def __eq__(self, other):
            raise RuntimeError

        __hash__ = None

    own.cache["data"] = Odd()
    before = Bindings()
    assert before.changed() == [], "the same thing is the same"
    own.cache["data"] = Odd()
    assert before.changed() == ["own_module.cache"]
