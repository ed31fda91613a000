"""Every configuration of a space with conditions as a point, and back."""

import random

import numpy as np
import pytest

from sweep.model import domains, equality
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.samplers.drawing import draw_configuration, point
from sweep.samplers.flat import ABSENT, NO_CATEGORY, TABLED, FlatSpace


def scientific(name, domain, **when):
    return Parameter(name, domain, "scientific", when)


PARTS = (
    scientific(
        "child", Uniform(0.0, 1.0), loss=("focal",), gamma=(0.1, 0.2)
    ),  # before its parents
    scientific("epochs", Constant(4)),
    scientific("loss", Choice(("ce", "focal", "dice"))),
    scientific("gamma", Uniform(0.0, 0.3, step=0.1), loss=("focal",)),
    scientific("kind", Choice((None, [0.1, 0.9])), loss=("focal", "dice")),
    scientific("width", Choice((8, 16, 128))),
    scientific("flag", Choice((True, False)), epochs=(4,)),
    scientific("layers", IntUniform(2, 6, step=2)),
    scientific("units", IntUniform(1, 1000, log=True)),
    scientific("rate", Uniform(1e-5, 1e-1, log=True)),
    scientific("noise", Normal(0.0, 1.0)),
    scientific("mixing", Beta(0.4, 0.4, step=0.125)),
    scientific("scale", Normal(0.0, 0.5, log=True, step=0.25)),
)
SPACE = {p.name: p for p in PARTS}
FLAT = FlatSpace(SPACE)


def configurations(number):
    generator = random.Random(0)
    return [draw_configuration(SPACE, generator.getrandbits(32)) for _ in range(number)]


def near(one, other):
    return one.keys() == other.keys() and all(
        one[name] == pytest.approx(other[name], rel=1e-6)
        if isinstance(one[name], float)
        else equality.same(one[name], other[name])
        for name in one
    )


def test_decoding_an_encoded_configuration_restores_it():
    for config in configurations(200):
        assert near(FLAT.decode(FLAT.encode(config)), config)


def test_a_parameter_with_one_value_has_no_coordinate():
    assert set(FLAT.names) == set(SPACE) - {"epochs"}


def test_choices_among_ascending_numbers_have_an_order_and_others_are_categories():
    categories = dict(zip(FLAT.names, FLAT.categories.tolist(), strict=True))
    assert {name: k for name, k in categories.items() if k} == {
        "loss": 3,
        "kind": 2,
        "flag": 2,
    }
    middle = FLAT.encode({**configurations(1)[0], "width": 16})[
        FLAT.names.index("width")
    ]
    assert middle == 0.5


def test_inactive_parameters_have_a_fixed_coordinate():
    plain = {**configurations(1)[0], "loss": "ce"}
    for name in ("gamma", "kind", "child"):
        plain.pop(name, None)
    place = dict(zip(FLAT.names, FLAT.encode(plain).tolist(), strict=True))
    assert (place["gamma"], place["child"], place["kind"]) == (
        ABSENT,
        ABSENT,
        NO_CATEGORY,
    )


def test_snapping_moves_a_point_to_its_configuration():
    generator = np.random.default_rng(0)
    anywhere = generator.random((300, len(FLAT.names)))
    for at, categories in enumerate(FLAT.categories):
        if categories:
            anywhere[:, at] = generator.integers(categories, size=300)
    for snapped in FLAT.snapped(anywhere):
        config = FLAT.decode(snapped)
        assert all(
            domains.contains(SPACE[name].domain, value)
            for name, value in config.items()
        )
        assert FLAT.encode(config) == pytest.approx(snapped, abs=1e-6)


def test_draws_are_distributed_as_the_study_file_says():
    weighted = FlatSpace(
        {"c": scientific("c", Choice(("a", "b"), probabilities=(0.9, 0.1)))}
    )
    column = weighted.drawn(np.linspace(0.0, 0.999, 100)[:, None])[:, 0]
    assert np.mean(column == 0) == pytest.approx(0.9, abs=0.02)


STEPPED = (
    IntUniform(1, 1000, log=True),
    IntUniform(3, 300, log=True, step=3),
    IntUniform(2, 6, step=2),
    Uniform(0.001, 1.0, log=True, step=0.001),
    Uniform(0.0, 0.3, step=0.1),
)


@pytest.mark.parametrize("domain", STEPPED)
def test_columns_of_a_stepped_number_are_those_of_its_values_one_by_one(domain):
    flat, shares = (
        FlatSpace({"x": scientific("x", domain)}),
        np.linspace(0.0, 0.9999, 501),
    )
    drawn = flat.drawn(shares[:, None])
    moved = flat.snapped(shares[:, None])
    for at, share in enumerate(shares.tolist()):
        if domain.log:
            assert drawn[at] == flat.encode({"x": point(domain, share)})
            assert moved[at] == flat.encode(flat.decode(shares[at : at + 1]))
        assert drawn[at] == pytest.approx(
            flat.encode({"x": point(domain, share)}), abs=1e-15
        )


def test_a_number_with_too_many_values_to_cache_is_snapped_one_by_one():
    domain = IntUniform(1, 10 * TABLED, log=True)
    flat = FlatSpace({"x": scientific("x", domain)})
    assert flat.snapped(np.array([[0.5]]))[0] == flat.encode({"x": 1000})
