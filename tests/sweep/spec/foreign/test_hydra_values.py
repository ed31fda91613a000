"""Hydra's sweep overrides, each as the entry of a parameter."""

import pytest

from sweep.spec.foreign.hydra_values import NotConvertible, entry, includes_stop


@pytest.mark.parametrize(
    "override, wanted",
    [
        ("choice(adam, sgd)", {"values": ["adam", "sgd"]}),
        ("choice('a,b', c)", {"values": ["a,b", "c"]}),
        ("1,2,3", {"values": [1, 2, 3]}),
        ("[1,2],[3]", {"values": [[1, 2], [3]]}),
        ("range(1, 4)", {"values": [1, 2, 3]}),
        ("range(3)", {"values": [0, 1, 2]}),
        ("range(0, 1, 0.5)", {"values": [0, 0.5]}),
        ("range(start=1,stop=6,step=2)", {"values": [1, 3, 5]}),
        ("range(1, 101)", {"distribution": "q_uniform", "min": 1, "max": 100, "q": 1}),
        ("interval(0.1, 1.0)", {"distribution": "uniform", "min": 0.1, "max": 1.0}),
        ("tag(log, interval(1e-5, 1e-2))", {"distribution": "log_uniform_values", "min": 1e-5, "max": 1e-2}),
        ("int(interval(1, 8))", {"distribution": "int_uniform", "min": 1, "max": 8}),
        ("tag(log, int(interval(1, 512)))", {"distribution": "q_log_uniform_values", "min": 1, "max": 512, "q": 1}),
        ("float(choice(1, 2))", {"values": [1.0, 2.0]}),
        ("shuffle(a, b)", {"values": ["a", "b"]}),
        ("resnet18", {"value": "resnet18"}),
        (32, {"value": 32}),
        ([1, 2], {"value": [1, 2]}),  # Hydra hands the list over
        ("range(10, 1, -3)", {"values": [10, 7, 4]}),
        ("sort(3, 1, 2)", {"values": [1, 2, 3]}),
        ("sort(3, 1, 2, reverse=true)", {"values": [3, 2, 1]}),
        ("sort(list=[b, a])", {"values": ["a", "b"]}),
        ("choice({a:1}, {a:2})", {"values": [{"a": 1}, {"a": 2}]}),
        ("choice(None, null)", {"values": ["None", None]}),
        ("tag(log, range(1, 4))", {"values": [1, 2, 3]}),
    ],
)  # fmt: skip
def test_an_override_is_a_domain(override, wanted):
    assert entry(override) == wanted


@pytest.mark.parametrize(
    "override, said",
    [
        ("glob(*)", "list them, choice"),
        ("range(4, 1)", "is empty"),
        ("interval(a, b)", "is not two numbers"),
        ("uniform(1, 2)", "is not a sweep of Hydra"),
    ],
)
def test_an_override_without_equivalent_is_refused_with_the_reason(override, said):
    with pytest.raises(NotConvertible, match=said):
        entry(override)


def test_optunas_sweeper_includes_the_end_of_a_range():
    assert entry("range(1, 4)", takes_end=True) == {"values": [1, 2, 3, 4]}
    assert entry("int(range(1, 10, 4))", takes_end=True) == {"values": [1, 5, 9]}
    assert entry("shuffle(range(1, 4))", takes_end=True) == {"values": [1, 2, 3]}
    assert includes_stop("int(range(1, 10, 4))")
    assert not includes_stop("shuffle(range(1, 4))")
