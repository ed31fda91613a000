"""`search: {method: pbt}`: its keys, what it counts, and what it refuses."""

import pytest

from sweep.model.domains import Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.samplers import Pbt, SearchSpace

PARAMETERS = {
    "epochs": Parameter("epochs", Constant(10), "fixed"),
    "rate": Parameter("rate", Uniform(0.0, 1.0), "nuisance"),
    "depth": Parameter("depth", IntUniform(1, 3), "nuisance"),
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "nuisance", {"loss": ("focal",)}),
    "noise": Parameter("noise", Normal(0.0, 1.0), "nuisance"),
    "data": Parameter("data", Choice(("a", "b")), "task"),
    "fixed": Parameter("fixed", Constant(1), "fixed"),
}


def pbt(**keys):
    return Pbt(**{"trials": 8, "parameters": ("rate",), "interval": 2, **keys})


def faults(space=PARAMETERS, **keys):
    return [
        (".".join(map(str, fault.key)), fault.problem)
        for fault in pbt(**keys).faults(space, ("search", "method"))
    ]


def test_a_valid_population_has_no_fault():
    assert faults() == []
    assert faults(explore="pb2") == []
    assert faults(interval=9) == []


@pytest.mark.parametrize(
    "keys, key, words",
    [
        ({"parameters": ()}, "search.parameters", "names no parameter to change"),
        ({"parameters": ("rat",)}, "search.parameters.0", "no parameter 'rat'"),
        ({"parameters": ("fixed",)}, "search.parameters.0", "is a constant"),
        ({"parameters": ("rate", "rate")}, "search.parameters.1", "listed twice"),
        ({"parameters": ("gamma",)}, "search.parameters.0", "under a condition"),
        (
            {"parameters": ("loss",)},
            "search.parameters.0",
            "gamma exist only for some values",
        ),
        ({"parameters": ("data",)}, "search.parameters.0", "is a task"),
        ({"parameters": ("epochs",)}, "search.parameters.0", "the length of training"),
        ({"trials": 1}, "search.trials", "no member can copy another one"),
        ({"seeds": (0, 1)}, "search.seeds", "members share one seed"),
        ({"folds": 3}, "search.folds", "a member is one training run"),
        ({"tasks": "rank"}, "search.tasks", "trained on one task"),
        ({"interval": 10}, "search.interval", "the first decision is after 10 epochs"),
        ({"factors": (1.0,)}, "search.factors", "changes nothing"),
        (
            {"parameters": ("noise",), "explore": "pb2"},
            "search.parameters.0",
            "pb2 models numeric ranges",
        ),
    ],
)
def test_an_invalid_population_setting_is_refused_with_its_key(keys, key, words):
    found = faults(**keys)
    assert [k for k, _ in found] == [key]
    assert words in found[0][1]


def test_unordered_choices_change_only_by_resampling():
    parameters = {n: p for n, p in PARAMETERS.items() if n != "gamma"}
    assert faults(parameters, parameters=("loss",)) == []
    ((_, problem),) = faults(parameters, parameters=("loss",), resample=0.0)
    assert "they change only by resampling, and resample is 0" in problem


@pytest.mark.parametrize(
    "epochs",
    [None, Parameter("epochs", IntUniform(3, 9), "nuisance")],
    ids=["absent", "several"],
)
def test_epochs_must_be_a_constant_in_a_population(epochs):
    parameters = {n: p for n, p in PARAMETERS.items() if n != "epochs"}
    if epochs is not None:
        parameters["epochs"] = epochs
    ((_, problem),) = faults(parameters)
    assert "all members of a population train for the same number of epochs" in problem


@pytest.mark.parametrize(
    "members, quantile, count",
    [(8, 0.25, 2), (2, 0.25, 1), (3, 0.5, 1), (10, 0.2, 2), (1, 0.5, 0), (4, 0.5, 2)],
)
def test_no_member_is_among_both_the_best_and_the_worst(members, quantile, count):
    assert pbt(quantile=quantile).copying(members) == count


def test_there_is_a_decision_every_interval_but_not_after_the_last_epoch():
    assert pbt(interval=3).boundaries(10) == [3, 6, 9]
    assert pbt(interval=5).boundaries(10) == [5]


def test_members_start_at_random_values_and_retuning_with_pbt_is_refused():
    space = SearchSpace(PARAMETERS, "m", "maximize")
    first, memory = pbt().suggest(space, (), 1)
    assert (first, memory) == pbt().suggest(space, (), 1)
    assert first != pbt().suggest(space, (), 2)[0]
    assert "a schedule" in Pbt.retune_fault({})[0]


def test_a_note_says_when_changed_values_take_effect():
    assert "cannot change copies that the trainer keeps elsewhere" in next(
        pbt().notes(PARAMETERS)
    )
