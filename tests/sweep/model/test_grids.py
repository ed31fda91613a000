"""A space's configurations by their place: as many as there are, each where the grid has it."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sweep.errors import StudyFileError, UsageError
from sweep.model import domains, equality, grids
from sweep.model.domains import Choice, Constant, IntUniform, Uniform
from sweep.model.grids import GridSpace, TooManyConditions, size
from sweep.model.parameters import Parameter
from sweep.spec import load

DOMAINS = st.sampled_from(
    [
        Constant(3),
        Choice(("a", "b")),
        Choice((False, 0, [1, 2])),
        IntUniform(1, 5),
        IntUniform(0, 6, step=3),
        Uniform(0.0, 0.3, step=0.1),
    ]
)


def parameter(name, domain, when=None):
    return Parameter(name, domain, "scientific", when or {})


@st.composite
def spaces(draw):
    """Up to five small finite parameters, each possibly conditional on up to three
    others, in any file order."""
    made = {}
    for name in "abcde"[: draw(st.integers(1, 5))]:
        when = {}
        for parent in (
            draw(st.lists(st.sampled_from(sorted(made)), max_size=3, unique=True))
            if made
            else ()
        ):
            values = list(domains.values(made[parent].domain))
            when[parent] = tuple(
                draw(
                    st.lists(
                        st.sampled_from([*values, "never"]), min_size=1, max_size=3
                    )
                )
            )
        if draw(st.integers(0, 9)) == 0:
            when["nobody"] = (1,)
        made[name] = parameter(name, draw(DOMAINS), when)
    return {name: made[name] for name in draw(st.permutations(list(made)))}


@settings(deadline=None)
@given(spaces())
def test_a_configuration_has_the_place_that_it_has_in_the_grid(made):
    everything, space = list(grids.grid(made)), GridSpace(made)
    assert size(made) == space.size == len(everything)
    assert [space.at(index) for index in range(space.size)] == everything
    assert [list(space.at(index)) for index in range(space.size)] == [
        list(config) for config in everything
    ]
    for beyond in (-1, space.size):
        with pytest.raises(IndexError):
            space.at(beyond)


@example(Uniform(0.0, 0.3, step=0.1), 1.8e307)
@example(IntUniform(1, 5), 10**400)
@given(
    DOMAINS,
    st.floats()
    | st.integers(-9, 9)
    | st.booleans()
    | st.sampled_from(["a", [1, 2], None]),
)
def test_a_value_has_a_place_where_the_domain_holds_the_same(domain, value):
    allowed = list(domains.values(domain))
    for at, one in enumerate(allowed):
        assert domains.position(domain, one) == at
        assert domains.value_at(domain, at) == one
    assert (domains.position(domain, value) is None) == (
        not any(equality.same(one, value) for one in allowed)
    )


def test_a_huge_grid_is_counted_and_entered_anywhere_not_enumerated():
    made = {f"n{i}": parameter(f"n{i}", IntUniform(1, 10**9)) for i in range(10)}
    made["big"] = parameter("big", Choice((1, 2)), {"n0": (5,)})
    space = GridSpace(made)
    assert space.size == 10 ** (9 * 9) * (10**9 + 1)
    assert space.at(space.size - 1) == {f"n{i}": 10**9 for i in range(10)}
    assert space.at(4 * 10**81) == {
        **{f"n{i}": 1 for i in range(10)},
        "n0": 5,
        "big": 1,
    }


def test_many_parents_of_one_child_are_counted_at_once():
    made = {f"on{i}": parameter(f"on{i}", Choice((True, False))) for i in range(60)}
    made["child"] = parameter("child", IntUniform(1, 7), dict.fromkeys(made, (True,)))
    assert size(made) == 2**60 - 1 + 7


def test_a_chain_of_conditions_is_counted_at_once():
    made = {"p0": parameter("p0", IntUniform(0, 9))}
    for i in range(1, 200):
        made[f"p{i}"] = parameter(f"p{i}", IntUniform(0, 9), {f"p{i - 1}": (3,)})
    expected = 1
    for _ in range(200):
        expected = 9 + expected
    assert size(made) == expected


def entangled():
    """40 children of three of 40 parents each: which of them exist differs in more ways
    than one can count."""
    made = {f"on{i}": parameter(f"on{i}", Choice((True, False))) for i in range(40)}
    for i in range(40):
        made[f"child{i}"] = parameter(
            f"child{i}",
            Choice((1, 2)),
            {f"on{j}": (True,) for j in (i, (7 * i + 3) % 40, (i * i + 5) % 40)},
        )
    return made


def test_what_cannot_be_counted_in_time_is_refused_soon_and_by_name():
    began = time.process_time()
    assert size(entangled()) is None
    with pytest.raises(
        TooManyConditions, match=r"the conditions between on0, .*method: random"
    ):
        GridSpace(entangled())
    assert time.process_time() - began < 20


def test_a_grid_that_cannot_be_counted_is_refused_with_its_line(tmp_path):
    lines = [
        "name: big",
        "trainer: trainer.py:train",
        "metric: {name: f1, goal: maximize}",
        "search: {method: grid}",
    ]
    lines.append("parameters:")
    for name, made in entangled().items():
        when = ", ".join(
            f"{parent}: {str(values[0]).lower()}"
            for parent, values in made.when.items()
        )
        values = ", ".join(str(value).lower() for value in made.domain.choices)
        lines.append(
            f"  {name}: {{values: [{values}]{f', when: {{{when}}}' if when else ''}}}"
        )
    path = tmp_path / "big.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "trainer.py").write_text(
        "def train(config, run): ...\n", encoding="utf-8"
    )
    with pytest.raises(
        StudyFileError,
        match=r"big.yaml:4: search.method: grid cannot count the configurations",
    ):
        load(path)


def test_a_continuous_parameter_has_no_size_and_no_places():
    made = {"rate": parameter("rate", Uniform(0, 1))}
    assert size(made) is None
    with pytest.raises(UsageError, match="rate is continuous"):
        GridSpace(made)
    assert domains.position(Uniform(0, 1), 0.5) is None


def test_the_grid_leaves_inactive_parameters_out():
    made = {
        "loss": parameter("loss", Choice(("ce", "focal"))),
        "gamma": parameter("gamma", Choice((1, 2)), {"loss": ("focal",)}),
    }
    assert list(grids.grid(made)) == [
        {"loss": "ce"},
        {"loss": "focal", "gamma": 1},
        {"loss": "focal", "gamma": 2},
    ]


def test_a_continuous_parameter_has_no_grid():
    made = {"rate": parameter("rate", Uniform(0, 1))}
    with pytest.raises(UsageError, match="rate is continuous"):
        grids.grid(made).__next__()
