"""How a value is changed: inside its domain, by a factor, to a neighbour, or sampled again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.model.domains import Beta, Choice, IntUniform, Normal, Uniform, contains
from sweep.model.parameters import Parameter
from sweep.samplers.drawing import point
from sweep.samplers.exploration import is_ordered, moved, perturbed

DOMAINS = [
    Uniform(0.0, 2.0),
    Uniform(1e-5, 1e-1, log=True),
    Uniform(0.0, 1.0, step=0.1),
    IntUniform(1, 9),
    IntUniform(1, 64, log=True),
    IntUniform(2, 20, step=3),
    Normal(0.0, 1.0),
    Normal(0.0, 0.5, log=True),
    Beta(2.0, 2.0),
    Choice((1, 2, 4, 8)),
    Choice((8, 1, 4)),
    Choice(("ce", "focal", "dice")),
]


def space(domain):
    return {"x": Parameter("x", domain, "nuisance")}


@given(
    st.sampled_from(DOMAINS),
    st.floats(0, 1),
    st.sampled_from([(0.8, 1.2), (0.5, 2.0), (1.5,)]),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_a_changed_value_is_in_its_domain(domain, share, factors, resample, seed):
    value = point(domain, share)
    changed = perturbed(space(domain), {"x": value}, factors, resample, seed)
    assert contains(domain, changed["x"])
    assert changed == perturbed(space(domain), {"x": value}, factors, resample, seed)


@pytest.mark.parametrize(
    "domain, value, factor, expected",
    [
        (Uniform(0.0, 10.0), 2.0, 1.2, 2.4),
        (Uniform(0.0, 10.0), 9.0, 1.2, 10.0),
        (Uniform(1.0, 10.0), 1.0, 0.8, 1.25),
        (Uniform(0.0, 1.0), 1.0, 1.25, 0.8),
        (Uniform(0.0, 1.0, step=0.1), 0.2, 1.2, 0.3),
        (IntUniform(1, 9), 2, 1.2, 3),
        (IntUniform(1, 9), 2, 0.8, 1),
        (IntUniform(1, 9), 9, 1.2, 7),
        (Choice((1, 2, 4)), 4, 1.2, 2),
        (Choice((1, 2, 4)), 2, 1.2, 4),
        (Choice((1, 2, 4)), 2, 0.8, 1),
        (Choice((4, 1, 2)), 2, 1.2, 4),
        (Choice((1, 2, 4)), 2, 1.0, 2),
        (IntUniform(1, 9), 1, 1.2, 2),
        (IntUniform(1, 9), 1, 0.8, 2),
        (IntUniform(1, 9), 9, 0.8, 7),
        (IntUniform(1, 10, step=4), 9, 1.2, 5),
        (IntUniform(-5, 5), -5, 1.2, -4),
        (IntUniform(-5, 5), -1, 1.2, -2),
        (IntUniform(-5, 5), -1, 0.8, 0),
        (Choice(("a", "b")), "a", 1.2, "a"),
    ],
)
def test_perturbing_multiplies_numbers_and_moves_choices_to_a_neighbour(
    domain, value, factor, expected
):
    assert moved(domain, value, factor, None) == pytest.approx(expected)


@given(
    st.integers(-20, 20),
    st.integers(1, 30),
    st.integers(1, 7),
    st.floats(0, 1),
    st.sampled_from([0.8, 0.99, 1.01, 1.2]),
)
def test_a_number_with_steps_always_moves_and_back_only_at_an_end_of_its_range(
    low, width, step, share, factor
):
    domain = IntUniform(low, low + width, step=step)
    value = point(domain, share)
    last = low + width // step * step
    changed = moved(domain, value, factor, "drawn")
    if value == 0:
        assert changed == "drawn"
        return
    assert contains(domain, changed)
    assert (changed == value) == (low == last)
    up = (factor > 1) == (value > 0)
    if value != (last if up else low):
        assert (changed > value) == up


@pytest.mark.parametrize(
    "domain, value",
    [
        (Choice(("a", "b")), "a"),
        (Choice((True, False)), True),
        (Choice(("a", "b", "c")), "c"),
    ],
)
def test_a_copy_is_never_the_same_training_as_its_source(domain, value):
    for seed in range(40):
        changed = perturbed(space(domain), {"x": value}, (0.8, 1.2), 0.25, seed)
        assert changed["x"] != value


def test_a_domain_of_one_value_is_left_alone():
    only = space(IntUniform(3, 3))
    assert perturbed(only, {"x": 3}, (0.8, 1.2), 0.25, 1) == {"x": 3}


def test_zero_is_resampled_instead_of_multiplied():
    assert moved(Uniform(0.0, 1.0), 0.0, 1.2, 0.7) == 0.7


def test_the_share_of_resampled_values_is_the_configured_one():
    domain = space(Uniform(0.0, 1.0))
    anew = 0
    for seed in range(400):
        changed = perturbed(domain, {"x": 0.5}, (0.8, 1.2), 0.25, seed)
        anew += round(changed["x"], 9) not in (0.4, 0.6)
    assert 70 <= anew <= 130


def test_a_parameters_domain_does_not_affect_other_parameters():
    y = Parameter("y", Uniform(0.0, 1.0), "nuisance")
    results = set()
    for domain in (Uniform(0.0, 1.0), Choice((0.5, 0.6))):
        both = {**space(domain), "y": y}
        changed = perturbed(both, {"x": 0.5, "y": 0.5}, (0.8, 1.2), 0.25, 3)
        results.add(changed["y"])
    assert len(results) == 1


def test_choices_among_numbers_have_neighbours():
    assert is_ordered(Choice((3, 1, 2.5)))
    assert not is_ordered(Choice((1, "a")))
    assert not is_ordered(Choice((True, False)))
