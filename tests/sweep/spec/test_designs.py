"""`ablation.designs` of a study file: the forms that an arm, an end of a path and a
component take."""

import pytest
from pydantic import ValidationError

from sweep.spec.designs import ConditionalArm, Designs, When


def read(**sections):
    return Designs.model_validate(sections)


def test_an_arm_is_a_mapping_of_changes_or_has_a_condition_on_another_arm():
    arms = read(
        arms={
            "wide": {"width": 2},
            "later": {"set": {"width": 4}, "when": {"arm": "a", "above": 1}},
        }
    ).arms
    assert arms["wide"] == {"width": 2}
    assert arms["later"] == ConditionalArm(
        set={"width": 4}, when=When(arm="a", above=1)
    )


def test_a_parameter_may_be_called_set():
    assert read(arms={"other": {"set": 3}}).arms["other"] == {"set": 3}


@pytest.mark.parametrize("end", ["best", "wide", {"width": 2}])
def test_a_path_ends_at_a_named_arm_or_at_given_values(end):
    path = read(path={"to": end}).path
    assert (path.start, path.to) == ("baseline", end)
    assert read(path={"from": end, "to": "best"}).path.start == end


def test_shapley_takes_components_and_a_number_of_permutations():
    entries = read(shapley={"A": {"width": 2}, "permutations": 20}).shapley
    assert entries == {"A": {"width": 2}, "permutations": 20}


@pytest.mark.parametrize(
    "when, words",
    [
        ({"arm": "a"}, "has neither below nor above"),
        ({"arm": "a", "above": 2, "below": 1}, "no number is above 2 and below 1"),
        ({"arm": "a", "above": 1, "under": 2}, "under"),
    ],
)
def test_a_condition_that_no_result_can_meet_is_refused(when, words):
    with pytest.raises(ValidationError, match=words):
        When.model_validate(when)
