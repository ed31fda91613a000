"""Parameters are read from a document; a constant takes the place of a wrong one."""

import pytest

from sweep.document import Document
from sweep.model.domains import Choice, Constant
from sweep.model.parameters import Parameter
from sweep.spec.declared_parameters import declared_parameters
from sweep.spec.violation_collector import ViolationCollector


def read(section):
    collector = ViolationCollector(
        Document("study.yaml", {"parameters": section}, {}), [], []
    )
    declared = declared_parameters(collector)
    problems = {v.key: v.problem for v in collector.violations}
    return declared.parameters, declared.doubtful, problems


def test_a_bare_value_is_a_constant_and_an_entry_a_domain():
    parameters, doubtful, problems = read(
        {"epochs": 20, "loss": {"values": ["ce", "focal"]}}
    )
    assert parameters["epochs"] == Parameter("epochs", Constant(20), "fixed")
    assert parameters["loss"].domain == Choice(("ce", "focal"))
    assert (doubtful, problems) == (set(), {})


@pytest.mark.parametrize(
    "raw, problem",
    [
        ([1, 2], "is a bare list"),
        ("tune.uniform(0, 1)", "is a call from another tool"),
        ({"values": [1], "min": 0}, "is not a key of distribution"),
    ],
)
def test_a_wrong_parameter_is_reported_and_becomes_a_constant(raw, problem):
    parameters, doubtful, problems = read({"rate": raw, "epochs": 3})
    assert parameters["rate"] == Parameter("rate", Constant(None), "fixed")
    assert doubtful == {"rate"}
    assert any(problem in text for text in problems.values())


def test_a_child_of_a_wrong_parameter_is_doubtful_and_not_reported():
    child = {"values": [1, 2], "when": {"rate": 3}}
    _, doubtful, problems = read({"rate": [1, 2], "child": child})
    assert doubtful == {"rate", "child"}
    assert list(problems) == ["parameters.rate"]


def test_a_document_without_parameters_has_none():
    assert read("nothing") == ({}, set(), {})
