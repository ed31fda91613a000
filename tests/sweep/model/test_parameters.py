"""Domains hold what they say, conditions decide what exists, grids hold every
configuration once."""

import itertools
import math
import random

import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from sweep.errors import UsageError
from sweep.model import parameters as p
from sweep.model.parameters import (
    Beta,
    Choice,
    Constant,
    IntUniform,
    Normal,
    Parameter,
    Uniform,
)


def space(**entries) -> dict[str, Parameter]:
    """name=domain or name=(domain, when)."""
    made = {}
    for name, entry in entries.items():
        domain, when = entry if isinstance(entry, tuple) else (entry, {})
        made[name] = Parameter(name, domain, "scientific", when)
    return made


FOCAL = space(
    epochs=Constant(20),
    loss=Choice(("ce", "focal")),
    gamma=(Choice((1.0, 2.0, 3.0)), {"loss": ("focal",)}),
    schedule=(Choice((True, False)), {"gamma": (2.0, 3.0)}),
    width=IntUniform(8, 16, step=4),
)


# --------------------------------------------------------------------------- values


def test_one_and_one_point_zero_are_the_same_and_true_is_not_one():
    assert p.same(1, 1.0)
    assert not p.same(1, True)
    assert p.same([1, {"a": 2}], (1.0, {"a": 2.0}))
    assert not p.same([1], [1, 2])
    assert not p.same({"a": 1}, {"a": True})


@pytest.mark.parametrize(
    "domain, inside, outside",
    [
        (Constant("a"), ["a"], ["b", None]),
        (Choice((1, "x", True)), [1, 1.0, "x", True], [2, "1", False]),
        (
            Uniform(0.5, 4.0),
            [0.5, 4, 4.0, 1],
            [0.49, 4.01, "1", True, None, math.nan, math.inf],
        ),
        (Uniform(0.1, 0.7, step=0.2), [0.1, 0.3, 0.1 + 0.2, 0.7], [0.2, 0.9]),
        (IntUniform(1, 9, step=2), [1, 3, 9], [2, 10, 3.0, True]),
        (Normal(0, 1), [-5, 5.5], ["0", math.inf]),
        (Normal(0, 1, log=True), [0.1], [0, -1]),
        (Beta(2, 5), [0, 0.5, 1], [-0.1, 1.1, "0.5", True]),
        (Beta(2, 5, step=0.25), [0.25, 1.0], [0.3, 1.25]),
    ],
)
def test_contains(domain, inside, outside):
    assert [v for v in inside if not p.contains(domain, v)] == []
    assert [v for v in outside if p.contains(domain, v)] == []


@given(st.integers(-50, 50), st.integers(0, 60), st.integers(1, 7))
def test_integer_values_are_those_contained(low, span, step):
    domain = IntUniform(low, low + span, step=step)
    found = list(p.values(domain))
    assert found == [v for v in range(low - 5, low + span + 5) if p.contains(domain, v)]
    assert p.count(domain) == len(found)


@given(
    st.integers(-20, 20), st.integers(0, 40), st.sampled_from([0.1, 0.25, 0.05, 3.0])
)
def test_stepped_values_are_contained_counted_and_readable(low, steps, step):
    domain = Uniform(
        float(f"{low * step:.12g}"), float(f"{(low + steps) * step:.12g}"), step=step
    )
    found = list(p.values(domain))
    assert len(found) == steps + 1 == p.count(domain)
    assert found[0] == domain.low
    assert found[-1] == domain.high
    assert all(p.contains(domain, v) for v in found)
    assert all(len(repr(v)) < 8 for v in found), "no 0.30000000000000004"


@given(st.floats(-100, 100), st.integers(0, 30), st.sampled_from([0.1, 0.5, 2.0]))
def test_quantise_gives_the_nearest_value(value, steps, step):
    domain = Uniform(0.0, float(f"{steps * step:.12g}"), step=step)
    nearest = p.quantise(domain, value)
    assert p.contains(domain, nearest)
    assert abs(nearest - value) <= min(abs(v - value) for v in p.values(domain)) + 1e-9


def test_quantise_keeps_a_stepped_log_normal_positive():
    assert p.quantise(Normal(0, 1, log=True, step=0.5), 0.01) == 0.5
    assert p.quantise(IntUniform(2, 9, step=3), 100) == 8
    assert p.quantise(Uniform(0, 1), 0.123) == 0.123


@given(st.floats(0.001, 0.999), st.floats(-3, 3), st.floats(0.1, 2))
def test_normal_quantiles_are_scipys(probability, mean, sd):
    expected = scipy.stats.norm.ppf(probability, mean, sd)
    assert p.quantile(Normal(mean, sd), probability) == pytest.approx(
        expected, abs=1e-9
    )
    log = p.quantile(Normal(mean, sd, log=True), probability)
    assert log == pytest.approx(
        scipy.stats.lognorm.ppf(probability, sd, scale=math.exp(mean))
    )


@pytest.mark.parametrize(
    "domain, words",
    [
        (Constant(3), "exactly 3"),
        (Choice(("ce", "focal")), "one of: ce, focal"),
        (Uniform(0.5, 4.0), "a number from 0.5 to 4.0"),
        (Uniform(0.0, 1.0, step=0.1), "a number from 0.0 to 1.0 in steps of 0.1"),
        (IntUniform(1, 5), "an integer from 1 to 5"),
        (Normal(0, 1, log=True), "a positive number"),
    ],
)
def test_describe_is_what_a_message_says(domain, words):
    assert p.describe(domain) == words


# --------------------------------------------------------------------------- conditions


def test_parents_come_before_children_and_file_order_is_kept_otherwise():
    made = space(
        z=Constant(1),
        child=(Constant(1), {"parent": (1,)}),
        a=Constant(1),
        parent=Choice((1, 2)),
    )
    assert p.order(made) == ("z", "a", "parent", "child")


def test_a_cycle_is_named():
    made = space(
        free=Constant(1),
        a=(Constant(1), {"c": (1,)}),
        b=(Constant(1), {"a": (1,)}),
        c=(Constant(1), {"b": (1,)}),
    )
    with pytest.raises(p.ParameterCycle) as caught:
        p.order(made)
    assert set(caught.value.names) == {"a", "b", "c"}
    assert caught.value.names[0] == caught.value.names[-1]


def test_a_parameter_is_active_only_under_active_parents():
    assert p.active(FOCAL, {"loss": "ce", "gamma": 2.0}) == ("epochs", "loss", "width")
    assert p.active(FOCAL, {"loss": "focal", "gamma": 1.0}) == (
        "epochs",
        "loss",
        "gamma",
        "width",
    )
    assert p.active(FOCAL, {"loss": "focal", "gamma": 2}) == (
        "epochs",
        "loss",
        "gamma",
        "schedule",
        "width",
    )
    assert p.active(FOCAL, {}) == ("epochs", "loss", "width"), (
        "a parent without a value activates nothing"
    )


def test_constants_activate_without_being_given():
    made = space(loss=Constant("focal"), gamma=(Choice((1, 2)), {"loss": ("focal",)}))
    assert p.active(made, {}) == ("loss", "gamma")


# --------------------------------------------------------------------------- grids


def test_the_grid_leaves_inactive_parameters_out():
    made = space(
        loss=Choice(("ce", "focal")), gamma=(Choice((1, 2)), {"loss": ("focal",)})
    )
    assert list(p.grid(made)) == [
        {"loss": "ce"},
        {"loss": "focal", "gamma": 1},
        {"loss": "focal", "gamma": 2},
    ]


def test_a_continuous_parameter_has_no_grid():
    made = space(rate=Uniform(0, 1))
    with pytest.raises(UsageError, match="rate is continuous"):
        p.grid(made).__next__()


@st.composite
def spaces(draw):
    """Up to five small finite parameters, each possibly conditional on earlier ones, in
    any file order."""
    made: dict[str, Parameter] = {}
    for i in range(draw(st.integers(1, 5))):
        values = draw(st.sampled_from([(0,), (0, 1), ("a", "b", "c")]))
        domain = draw(
            st.sampled_from(
                [Choice(values), IntUniform(0, 2), Uniform(0.0, 0.5, step=0.25)]
            )
        )
        when = {}
        for parent in (
            draw(st.lists(st.sampled_from(sorted(made)), max_size=2, unique=True))
            if made
            else ()
        ):
            options = list(p.values(made[parent].domain))
            when[parent] = tuple(
                draw(st.lists(st.sampled_from(options), min_size=1, max_size=2))
            )
        made[f"p{i}"] = Parameter(f"p{i}", domain, "scientific", when)
    names = draw(st.permutations(list(made)))
    return {n: made[n] for n in names}


@given(spaces())
def test_the_grid_is_every_active_configuration_once(made):
    found = list(p.grid(made))
    everything = [
        dict(zip(made, cell, strict=True))
        for cell in itertools.product(*(p.values(q.domain) for q in made.values()))
    ]
    expected = []
    for values in everything:
        config = {n: values[n] for n in p.active(made, values)}
        if config not in expected:
            expected.append(config)
    assert len(found) == len(expected)
    assert all(config in expected for config in found)
    assert all(list(config) == [n for n in made if n in config] for config in found), (
        "in file order"
    )


@given(spaces(), st.integers(0, 2**32))
def test_a_configuration_of_the_grid_is_active_in_itself(made, seed):
    configs = list(p.grid(made))
    assume(configs)
    config = random.Random(seed).choice(configs)
    assert p.active(made, config) == tuple(config)
