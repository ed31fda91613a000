"""`early_terminate`, `search.folds` and `search.objectives` in a study file: what is read, and what is refused."""

import re

import pytest

from sweep import spec
from sweep.errors import StudyFileError

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
            STUDY.replace("{type: asha}", rule).replace("method: tpe, trials: 12, folds: 5", search)
            + more
        )
        return loaded(text)

    return load


@pytest.fixture
def refused(load, violations):
    """The violations of a study file, each as `key: problem / what is allowed`."""

    def refused(*arguments, **named):
        return [
            f"{v.key}: {v.problem} / {v.allowed}" for v in violations(load, *arguments, **named)
        ]

    return refused


# --------------------------------------------------------------------------- rules


def test_rules_are_read_with_optunas_defaults(load):
    rule = load("{type: percentile, percentile: 25, min_iter: 4, interval: 2}").early_terminate
    assert (rule.percentile, rule.n_startup_trials, rule.min_iter, rule.interval) == (25, 5, 4, 2)
    rule = load("{type: wilcoxon}").early_terminate
    assert (rule.p_threshold, rule.n_startup_steps) == (0.1, 2)
    rule = load("{type: patient, patience: 3, rule: {type: median, min_iter: 5}}").early_terminate
    assert (rule.patience, rule.min_delta, rule.rule.type, rule.rule.min_iter) == (
        3,
        0.0,
        "median",
        5,
    )


def test_a_nested_rule_survives_the_log(load):
    study = load("{type: patient, patience: 3, rule: {type: percentile, percentile: 40}}")
    assert spec.StudySpec.from_canonical(study.canonical()).digest == study.digest


@pytest.mark.parametrize(
    "rule, words",
    [
        ("{type: percentile}", "early_terminate: says no percentile; e.g. percentile: 25"),
        (
            "{type: percentile, percentile: 101}",
            "early_terminate.percentile: 101 is out of bounds / at most 100",
        ),
        (
            "{type: percentile, percentile: 5, eta: 3}",
            "early_terminate.eta: means nothing to percentile / type: asha or",
        ),
        (
            "{type: percentile, percentile: 5, min_iter: 21}",
            "min_iter: 21 is more than the 20 epochs",
        ),
        ("{type: patient}", "early_terminate: says no patience; e.g. patience: 5"),
        (
            "{type: patient, patience: 18}",
            "patience: 18 can stop nothing: it looks from the 20th of 20 epochs on",
        ),
        ("{type: patient, patience: 3, min_iter: 3}", "min_iter: means nothing to patient"),
        (
            "{type: patient, patience: 3, rule: {type: wilcoxon}}",
            "rule.type: wilcoxon cannot be asked by patient",
        ),
        (
            "{type: patient, patience: 3, rule: {type: median, min_iter: 30}}",
            "rule.min_iter: 30 is more than the 20",
        ),
        (
            "{type: patient, patience: 3, rule: {type: asha, etta: 2}}",
            "rule.etta: is not a key of early_terminate.rule",
        ),
        ("{type: threshold}", "says neither lower nor upper; e.g. upper: 10"),
        ("{type: threshold, lower: 3, upper: 2}", "no value is above 3 and below 2"),
        (
            "{type: threshold, upper: 2, s: 3, max_iter: 9}",
            "early_terminate.s: means nothing to threshold",
        ),
        ("{type: wilcoxon, min_iter: 3}", "min_iter: means nothing to wilcoxon"),
        (
            "{type: wilcoxon, n_startup_steps: 1}",
            "n_startup_steps: 1 is out of bounds / at least 2",
        ),
        ("{type: median, eta: 2}", "eta: means nothing to median"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_in_its_key(refused, rule, words):
    (said,) = refused(rule)
    assert words in said


def test_none_takes_every_key_so_that_one_word_switches_pruning_off(load):
    assert load("{type: none, eta: 2, percentile: 3, min_iter: 2}").early_terminate.type == "none"


@pytest.mark.parametrize(
    "search, threshold, needed",
    [
        ("folds: 4", 0.1, 5),
        ("seeds: [0, 1], folds: 2", 0.1, 5),
        ("seeds: [0]", 0.1, 5),
        ("folds: 5", 0.05, 6),
        ("folds: 2", 0.3, 3),
    ],
)
def test_wilcoxon_with_too_few_runs_to_be_sure_is_refused_with_how_many_it_takes(
    refused, search, threshold, needed
):
    (said,) = refused(
        f"{{type: wilcoxon, p_threshold: {threshold}}}", f"method: tpe, trials: 12, {search}"
    )
    assert f"takes {needed - 1} runs of a configuration" in said
    assert said.endswith(f"search.folds: {needed}, or so many search.seeds")


def test_so_many_runs_are_enough(load):
    for search, threshold in (
        ("folds: 5", 0.1),
        ("seeds: [0, 1], folds: 3", 0.05),
        ("folds: 3", 0.3),
    ):
        load(f"{{type: wilcoxon, p_threshold: {threshold}}}", f"method: tpe, trials: 12, {search}")


def test_a_retuning_without_folds_cannot_be_judged_between_them(refused):
    retune = "ablation: {baseline: {}, retune: {parameters: [rate], trials: 4, early_terminate: {type: wilcoxon}}}\n"
    (said,) = refused(search="method: tpe, trials: 4", more=retune)
    assert said.startswith("ablation.retune.early_terminate.type: can stop nothing")


# --------------------------------------------------------------------------- folds


def test_a_configuration_is_trained_with_every_seed_and_fold_seeds_in_the_outer_loop(load):
    wanted = load(search="method: tpe, trials: 12, seeds: [4, 2], folds: 2").search
    assert wanted.pairs == [(4, 0), (4, 1), (2, 0), (2, 1)]
    assert load(search="method: tpe, trials: 12").search.pairs == [(0, None)]


def test_one_fold_is_none(refused):
    (said,) = refused(search="method: tpe, trials: 12, folds: 1")
    assert said.startswith("search.folds: 1 is out of bounds / at least 2")


# --------------------------------------------------------------------------- objectives


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
            "search.method: nsga2 looks for the best compromises, and there are no objectives",
        ),
        (
            "method: cmaes, trials: 12, " + SEVERAL,
            "search.method: cmaes optimises one metric / one of: nsga2, tpe, gp",
        ),
        (
            "method: tpe, trials: 12, population: 4",
            "search.population: means nothing to tpe / method: nsga2",
        ),
        (
            "method: nsga2, trials: 12, population: 12, " + SEVERAL,
            "12 is the first generation, which is random",
        ),
        (
            "method: tpe, trials: 12, objectives: [{name: val/f1, goal: maximize}]",
            "search.objectives: val/f1 alone is no compromise",
        ),
        (
            "method: tpe, trials: 12, " + SEVERAL.replace("size", "val/f1"),
            "search.objectives[1].name: val/f1 is listed twice",
        ),
        (
            "method: tpe, trials: 12, " + SEVERAL.replace("size", "test/size"),
            "search.objectives[1].name: test/size would choose by test data / a metric on validation data",
        ),
        (
            "method: tpe, trials: 12, " + SEVERAL.replace("goal: minimize", "goal: small"),
            "search.objectives[1].goal: unknown value 'small'",
        ),
        (
            "method: tpe, trials: 12, warm_start: [other], " + SEVERAL,
            "search.warm_start: earlier studies tell of one",
        ),
    ],
)
def test_objectives_that_cannot_be_meant_are_refused_in_their_key(refused, search, words):
    (said,) = refused(search=search)
    assert words in said


def test_nothing_is_stopped_early_by_one_metric_where_several_count(refused):
    (said,) = refused("{type: asha}", f"method: tpe, trials: 12, {SEVERAL}")
    assert re.match(
        r"early_terminate.type: asha compares by one metric; .* type: none; health", said
    )


def test_an_arm_is_tuned_for_one_metric(refused):
    retune = "ablation: {baseline: {}, retune: {parameters: [rate], trials: 4, method: nsga2}}\n"
    (said,) = refused(more=retune)
    assert said.startswith("ablation.retune.method: nsga2 looks for compromises")


def test_an_objective_that_the_trainer_does_not_report_is_refused(tmp_path):
    wanted = SEVERAL.replace("val/f1", "val/balanced_accuracy").replace("size", "val/los")
    text = f"""\
trainer: clip
metric: {{name: val/balanced_accuracy, goal: maximize}}
parameters: {{epochs: 3, learning_rate: {{min: 1e-4, max: 1e-2}}}}
search: {{trials: 4, {wanted}}}
"""
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(StudyFileError) as caught:
        spec.load(tmp_path / "study.yaml")
    (violation,) = caught.value.violations
    assert violation.key == "search.objectives[1].name"
    assert "does not report 'val/los'" in violation.problem
