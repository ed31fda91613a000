"""The `shapley` design: which subsets are trained, what each sets, and what is refused."""

import pytest

from sweep import spec
from sweep.ablation import designs
from sweep.errors import StudyFileError
from sweep.model.trial import configuration_key
from sweep.spec import shapley

STUDY = """trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 1, PARAMETERS}
ablation:
  baseline: {BASELINE}
  seeds: [0, 1, 2]
  designs:
    shapley: {SHAPLEY}
"""
THREE = {"+ focal": "{p0: 1}", "Dice": "{p1: 1}", "LMSA": "{p2: 1}"}


@pytest.fixture
def load(tmp_path):
    """`load(components, more)`: a study of parameters p0 … p7 with these components."""
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")

    def read(components, more=""):
        names = [f"p{i}" for i in range(8)]
        stated = ", ".join(f'"{name}": {values}' for name, values in components.items())
        text = STUDY.replace(
            "PARAMETERS", ", ".join(f"{n}: {{values: [0, 1, 2]}}" for n in names)
        )
        text = text.replace("BASELINE", ", ".join(f"{name}: 0" for name in names))
        (tmp_path / "study.yaml").write_text(text.replace("SHAPLEY", stated + more))
        return spec.load(tmp_path / "study.yaml")

    return read


def many(number):
    return {f"c{i}": f"{{p{i}: 1}}" for i in range(number)}


def refused(load, *told):
    with pytest.raises(StudyFileError) as caught:
        load(*told)
    return str(caught.value)


def test_every_subset_is_an_arm_and_the_empty_one_is_the_baseline(load):
    arms = designs.arms(load(THREE))
    assert [arm.name for arm in arms] == [
        "baseline",
        "focal",
        "Dice",
        "focal + Dice",
        "LMSA",
        "focal + LMSA",
        "Dice + LMSA",
        "focal + Dice + LMSA",
    ]
    assert {arm.design for arm in arms[1:]} == {"shapley"}
    full = arms[-1].config
    assert [full[f"p{i}"] for i in range(4)] == [1, 1, 1, 0]


def test_arms_of_a_ladder_and_of_a_leave_one_out_are_the_same_configurations(load):
    more = '}\n    ladder: {"+ focal": {p0: 1}, "+ Dice": {p1: 1}'
    arms = designs.arms(load(THREE, more))
    keys = [configuration_key(arm.config) for arm in arms]
    assert len(set(keys)) == 8
    assert len(keys) == 10


def test_beyond_six_components_orders_are_sampled(load):
    loaded = load(many(7), ", permutations: 6")
    entries = loaded.ablation.designs.shapley
    assert len(shapley.permutations(entries)) == 6
    assert 0 in shapley.subsets(entries)
    assert 2**7 - 1 in shapley.subsets(entries)
    assert len(designs.arms(loaded)) == len(shapley.subsets(entries)) <= 2 + 6 * 6


def test_values_set_together_take_precedence_over_single_ones(load):
    both = {"a": "{p0: 1}", "b": "{p0: 2, p1: 1}"}
    loaded = load(both, ', together: {"a + b": {p0: 0}}')
    arms = {arm.name: arm.config["p0"] for arm in designs.arms(loaded)}
    assert arms == {"baseline": 0, "a": 1, "b": 2, "a + b": 0}


@pytest.mark.parametrize(
    "components, more, words",
    [
        (many(7), "", "7 components have 128 subsets"),
        (many(7), "", "permutations: 20"),
        (many(7), ", permutations: 5", "an even number, at least 6"),
        (many(7), ", permutations: 9000", "at most 1428"),
        (many(1), "", "two or more"),
        ({"a": "{p0: 1}", "b": "{p0: 2}"}, "", "a and b all set p0"),
        ({"a": "{p0: 1}", "b": "{p0: 2}"}, "", 'together: {"a + b": {p0: …}}'),
        ({"a": "{p0: 1}", "b": "{}"}, "", "changes nothing"),
        ({"a": "{p0: 1}", "b": "4"}, "", "is not a mapping of parameters to values"),
        ({"a": "{p0: 1}", "b": "{p1: 7}"}, "", "7 is outside the parameter's domain"),
        ({"a": "{p0: 1}", "b": "{q: 1}"}, "", "there is no parameter 'q'"),
        ({"a": "{p0: 1}", "+ a": "{p1: 1}"}, "", "distinct names"),
        (
            THREE,
            ', together: {"focal + Dise": {p0: 2}}',
            "there is no component 'Dise'",
        ),
        (THREE, ", permutations: {p3: 1}", "or another name"),
    ],
)
def test_an_invalid_shapley_design_is_refused_with_line_and_correction(
    load, components, more, words
):
    text = refused(load, components, more)
    assert words in text
    assert "study.yaml:8: ablation.designs.shapley" in text
