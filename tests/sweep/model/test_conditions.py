"""Conditions decide which parameters exist in a configuration."""

import itertools
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sweep.model import conditions, domains, grids
from sweep.model.domains import Choice, Constant, IntUniform, Uniform
from sweep.model.parameters import Parameter


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


def test_parents_come_before_children_and_file_order_is_kept_otherwise():
    made = space(
        z=Constant(1),
        child=(Constant(1), {"parent": (1,)}),
        a=Constant(1),
        parent=Choice((1, 2)),
    )
    assert conditions.order(made) == ("z", "a", "parent", "child")


def test_a_cycle_is_named():
    made = space(
        free=Constant(1),
        a=(Constant(1), {"c": (1,)}),
        b=(Constant(1), {"a": (1,)}),
        c=(Constant(1), {"b": (1,)}),
    )
    with pytest.raises(conditions.ParameterCycle) as caught:
        conditions.order(made)
    assert set(caught.value.names) == {"a", "b", "c"}
    assert caught.value.names[0] == caught.value.names[-1]


def test_a_parameter_is_active_only_under_active_parents():
    assert conditions.active(FOCAL, {"loss": "ce", "gamma": 2.0}) == (
        "epochs",
        "loss",
        "width",
    )
    assert conditions.active(FOCAL, {"loss": "focal", "gamma": 1.0}) == (
        "epochs",
        "loss",
        "gamma",
        "width",
    )
    assert conditions.active(FOCAL, {"loss": "focal", "gamma": 2}) == (
        "epochs",
        "loss",
        "gamma",
        "schedule",
        "width",
    )
    assert conditions.active(FOCAL, {}) == ("epochs", "loss", "width"), (
        "a parent without a value activates nothing"
    )


def test_constants_activate_without_being_given():
    made = space(loss=Constant("focal"), gamma=(Choice((1, 2)), {"loss": ("focal",)}))
    assert conditions.active(made, {}) == ("loss", "gamma")


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
            options = list(domains.values(made[parent].domain))
            when[parent] = tuple(
                draw(st.lists(st.sampled_from(options), min_size=1, max_size=2))
            )
        made[f"p{i}"] = Parameter(f"p{i}", domain, "scientific", when)
    names = draw(st.permutations(list(made)))
    return {n: made[n] for n in names}


@given(spaces())
def test_the_grid_is_every_active_configuration_once(made):
    enumerated = list(grids.grid(made))
    everything = [
        dict(zip(made, cell, strict=True))
        for cell in itertools.product(
            *(domains.values(q.domain) for q in made.values())
        )
    ]
    expected = []
    for values in everything:
        config = {n: values[n] for n in conditions.active(made, values)}
        if config not in expected:
            expected.append(config)
    assert len(enumerated) == len(expected)
    assert all(config in expected for config in enumerated)
    assert all(
        list(config) == [n for n in made if n in config] for config in enumerated
    ), "in file order"


@given(spaces(), st.integers(0, 2**32))
def test_a_configuration_of_the_grid_is_active_in_itself(made, seed):
    configs = list(grids.grid(made))
    assume(configs)
    config = random.Random(seed).choice(configs)
    assert conditions.active(made, config) == tuple(config)
