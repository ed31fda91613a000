"""`search.objectives`: what is read, and what cannot be meant."""

import re

import pytest

from sweep.samplers import SAMPLERS
from sweep.spec.objectives import suitable

STUDY = """\
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 20
  rate: {min: 0.0, max: 1.0, role: nuisance}
search: {method: tpe, trials: 12, folds: 5}
early_terminate: {type: asha}
"""
SEVERAL = "objectives: [{name: val/f1, goal: maximize}, {name: size, goal: minimize}]"


@pytest.fixture
def load(loaded):
    def load(rule="{type: none}", search="method: tpe, trials: 12, folds: 5", more=""):
        text = (
            STUDY.replace("{type: asha}", rule).replace(
                "method: tpe, trials: 12, folds: 5", search
            )
            + more
        )
        return loaded(text)

    return load


@pytest.fixture
def refused(load, violations):
    """The violations of a study file, each as `key: problem / what is allowed`."""

    def refused(*arguments, **named):
        return [
            f"{v.key}: {v.problem} / {v.allowed}"
            for v in violations(load, *arguments, **named)
        ]

    return refused


def test_objectives_are_read_in_order(load):
    wanted = load(search=f"method: nsga2, trials: 12, {SEVERAL}").search
    assert [(o.name, o.goal) for o in wanted.objectives] == [
        ("val/f1", "maximize"),
        ("size", "minimize"),
    ]


@pytest.mark.parametrize(
    "search, words",
    [
        (
            "method: nsga2, trials: 12",
            "search.method: nsga2 needs several objectives, and the study has one metric",
        ),
        (
            "method: cmaes, trials: 12, " + SEVERAL,
            "search.method: cmaes optimises one metric / one of: nsga2, tpe, gp",
        ),
        (
            "method: tpe, trials: 12, population: 4",
            "search.population: is not a key of tpe / method: nsga2",
        ),
        (
            "method: nsga2, trials: 12, population: 12, " + SEVERAL,
            "the first generation, 12 random trials",
        ),
        (
            "method: tpe, trials: 12, objectives: [{name: val/f1, goal: maximize}]",
            "search.objectives: val/f1 is the only objective",
        ),
        (
            "method: tpe, trials: 12, " + SEVERAL.replace("size", "val/f1"),
            "search.objectives[1].name: val/f1 is listed twice",
        ),
        (
            "method: tpe, trials: 12, " + SEVERAL.replace("size", "test/size"),
            (
                "search.objectives[1].name: test/size is measured on test data, which must not choose configurations / a"
                " metric on validation data"
            ),
        ),
        (
            "method: tpe, trials: 12, "
            + SEVERAL.replace("goal: minimize", "goal: small"),
            "search.objectives[1].goal: unknown value 'small'",
        ),
        (
            "method: tpe, trials: 12, warm_start: [other], " + SEVERAL,
            "search.warm_start: a warm start uses one",
        ),
    ],
)
def test_invalid_objectives_are_refused_with_their_key(refused, search, words):
    (said,) = refused(search=search)
    assert words in said


def test_early_termination_is_refused_with_several_objectives(refused):
    (said,) = refused("{type: asha}", f"method: tpe, trials: 12, {SEVERAL}")
    assert re.match(
        r"early_terminate.type: asha compares trials by one metric; .* type: none; health",
        said,
    )


def test_an_arm_is_tuned_for_one_metric(refused):
    retune = "ablation: {baseline: {}, retune: {parameters: [rate], trials: 4, method: nsga2}}\n"
    (said,) = refused(more=retune)
    assert said.startswith("ablation.retune.method: nsga2 needs several objectives")


def test_methods_for_several_objectives_are_listed_with_nsga2_first():
    assert suitable()[0] == "nsga2"
    assert set(SAMPLERS) - set(suitable()) == {
        "cmaes",
        "gp_multifidelity",
        "pbt",
    }
