"""Parameters of functions and classes, read from source."""

import ast

from sweep.initial.signatures import methods, of_class, of_function
from sweep.initial.source import UNKNOWN, classes, functions

SOURCE = """
class Kind(Enum):
    small = 1
    large = 2

class Base:
    epochs: int = 3

@dataclass
class Inner(Base):
    lr: float = 0.1
    kind: Kind = Kind.large

@dataclass
class Outer:
    inner: Inner = field(default_factory=Inner)
    mode: Literal["a", "b"] = "b"
    amp: bool = field(default=True)

@dataclass
class Endless:
    again: "Endless"
    more: Endless

def train(config: Outer, steps, *, seed: int = 0):
    pass

class Net(Outer):
    def __init__(self, width=4): pass
"""
TREE = ast.parse(SOURCE)


def named(parameters):
    return {each.name: (each.default, each.choices) for each in parameters}


def test_fields_of_nested_classes_and_bases_are_named_behind_dots():
    assert named(of_class(classes(TREE)["Outer"], TREE)) == {
        "inner.epochs": (3, ()),
        "inner.lr": (0.1, ()),
        "inner.kind": ("large", ("large", "small")),
        "mode": ("b", ("b", "a")),
        "amp": (True, (True, False)),
    }


def test_a_dataclass_of_a_function_has_the_parameters_name_in_front():
    found = named(of_function(functions(TREE)["train"], TREE))
    assert found["config.inner.lr"] == (0.1, ())
    assert found["steps"] == (UNKNOWN, ())
    assert found["seed"] == (0, ())


def test_what_init_takes_goes_before_fields():
    assert named(of_class(classes(TREE)["Net"], TREE)) == {"width": (4, ())}


def test_a_class_that_holds_itself_ends():
    names = list(named(of_class(classes(TREE)["Endless"], TREE)))
    assert all(name.count(".") < 10 for name in names)


def test_methods_of_bases_are_a_classs_own():
    tree = ast.parse("class A:\n  def fit(self): pass\nclass B(A):\n  x = 1")
    assert list(methods(classes(tree)["B"], tree)) == ["fit"]
