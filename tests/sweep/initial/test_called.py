"""Command lines that a library makes of a function or a class."""

import ast

import pytest

from sweep.initial import called


@pytest.mark.parametrize(
    ("source", "names", "words"),
    [
        ("def go(a=1): pass\nfire.Fire(go)", ["a"], ()),
        ("def go(a=1): pass\nfire.Fire()", ["a"], ("go",)),
        ("def a(): pass\ndef train(b=1): pass\nfire.Fire()", ["b"], ("train",)),
        ("def f(b=1): pass\nfire.Fire({'fit': f})", ["b"], ("fit",)),
        (
            "class T:\n  def __init__(self, a=1): pass\n  def fit(self, b=2): pass\nFire(T)",
            ["a", "b"],
            ("fit",),
        ),
        (
            "class T:\n    def __call__(self, b=2): pass\nfire.Fire(T)",
            ["b"],
            (),
        ),
    ],
)
def test_fire_calls_what_trains(source, names, words):
    parameters, said = called.fire(ast.parse(source))
    assert ([each.name for each in parameters], said) == (names, words)


def test_fire_of_what_is_not_in_the_script_is_not_known():
    assert called.fire(ast.parse("fire.Fire(other.train)")) is None


def test_lightning_has_the_parts_names_in_front_and_takes_them_by_keyword():
    source = """
class Net:
    def __init__(self, lr=0.1): pass
LightningCLI(model_class=Net, seed_everything_default=7)
"""
    found = {each.name: each.default for each in called.lightning(ast.parse(source))}
    assert found == {"trainer.max_epochs": 10, "model.lr": 0.1, "seed_everything": 7}


def test_a_script_without_a_call_has_no_command_line():
    assert called.lightning(ast.parse("x = 1")) is None
    assert called.of_argument(ast.parse("x = 1"), "cli") is None
