"""The sections of a study file: what is read, and what is refused, `early_terminate` above all."""

import pytest

from sweep import spec

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


# --------------------------------------------------------------------------- rules


def test_rules_are_read_with_optunas_defaults(load):
    rule = load(
        "{type: percentile, percentile: 25, min_iter: 4, interval: 2}"
    ).early_terminate
    assert (rule.percentile, rule.n_startup_trials, rule.min_iter, rule.interval) == (
        25,
        5,
        4,
        2,
    )
    rule = load("{type: wilcoxon}").early_terminate
    assert (rule.p_threshold, rule.n_startup_steps) == (0.1, 2)
    rule = load(
        "{type: patient, patience: 3, rule: {type: median, min_iter: 5}}"
    ).early_terminate
    assert (rule.patience, rule.min_delta, rule.rule.type, rule.rule.min_iter) == (
        3,
        0.0,
        "median",
        5,
    )


def test_a_nested_rule_survives_the_log(load):
    study = load(
        "{type: patient, patience: 3, rule: {type: percentile, percentile: 40}}"
    )
    assert spec.StudySpec.from_canonical(study.canonical()).digest == study.digest


@pytest.mark.parametrize(
    "rule, words",
    [
        (
            "{type: percentile}",
            "early_terminate: has no percentile; e.g. percentile: 25",
        ),
        (
            "{type: percentile, percentile: 101}",
            "early_terminate.percentile: 101 is out of bounds / at most 100",
        ),
        (
            "{type: percentile, percentile: 5, eta: 3}",
            "early_terminate.eta: is not a key of percentile / type: asha or",
        ),
        (
            "{type: percentile, percentile: 5, min_iter: 21}",
            "min_iter: 21 is more than the 20 epochs",
        ),
        ("{type: patient}", "early_terminate: has no patience; e.g. patience: 5"),
        (
            "{type: patient, patience: 18}",
            "patience: 18 can never stop a trial: it can stop from epoch 20 on, and trials have 20",
        ),
        (
            "{type: patient, patience: 3, min_iter: 3}",
            "min_iter: is not a key of patient",
        ),
        (
            "{type: patient, patience: 3, rule: {type: wilcoxon}}",
            "rule.type: patient cannot wrap wilcoxon",
        ),
        (
            "{type: patient, patience: 3, rule: {type: median, min_iter: 30}}",
            "rule.min_iter: 30 is more than the 20",
        ),
        (
            "{type: patient, patience: 3, rule: {type: asha, etta: 2}}",
            "rule.etta: is not a key of early_terminate.rule",
        ),
        (
            "{type: threshold}",
            "has neither lower nor upper; give one of them, e.g. upper: 10",
        ),
        ("{type: threshold, lower: 3, upper: 2}", "no value is above 3 and below 2"),
        (
            "{type: threshold, upper: 2, s: 3, max_iter: 9}",
            "early_terminate.s: is not a key of threshold",
        ),
        ("{type: wilcoxon, min_iter: 3}", "min_iter: is not a key of wilcoxon"),
        (
            "{type: wilcoxon, n_startup_steps: 1}",
            "n_startup_steps: 1 is out of bounds / at least 2",
        ),
        ("{type: median, eta: 2}", "eta: is not a key of median"),
    ],
)
def test_an_invalid_rule_is_refused_with_its_key(refused, rule, words):
    (said,) = refused(rule)
    assert words in said


def test_type_none_accepts_every_key_of_the_other_rules(load):
    assert (
        load("{type: none, eta: 2, percentile: 3, min_iter: 2}").early_terminate.type
        == "none"
    )


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
def test_wilcoxon_with_too_few_runs_is_refused_with_the_number_needed(
    refused, search, threshold, needed
):
    (said,) = refused(
        f"{{type: wilcoxon, p_threshold: {threshold}}}",
        f"method: tpe, trials: 12, {search}",
    )
    assert f"needs {needed - 1} runs of a configuration" in said
    assert said.endswith(f"search.folds: {needed}, or as many search.seeds")


def test_wilcoxon_accepts_the_number_of_runs_needed(load):
    for search, threshold in (
        ("folds: 5", 0.1),
        ("seeds: [0, 1], folds: 3", 0.05),
        ("folds: 3", 0.3),
    ):
        load(
            f"{{type: wilcoxon, p_threshold: {threshold}}}",
            f"method: tpe, trials: 12, {search}",
        )


def test_a_retuning_without_folds_cannot_be_judged_between_them(refused):
    retune = (
        "ablation: {baseline: {}, retune: {parameters: [rate], trials: 4,"
        " early_terminate: {type: wilcoxon}}}\n"
    )
    (said,) = refused(search="method: tpe, trials: 4", more=retune)
    assert said.startswith("ablation.retune.early_terminate.type: can never save a run")


# --------------------------------------------------------------------------- folds


def test_a_configuration_is_trained_with_every_seed_and_fold_seeds_in_the_outer_loop(
    load,
):
    wanted = load(search="method: tpe, trials: 12, seeds: [4, 2], folds: 2").search
    assert wanted.pairs == [(4, 0), (4, 1), (2, 0), (2, 1)]
    assert load(search="method: tpe, trials: 12").search.pairs == [(0, None)]


def test_a_single_fold_is_refused(refused):
    (said,) = refused(search="method: tpe, trials: 12, folds: 1")
    assert said.startswith("search.folds: 1 is out of bounds / at least 2")


# --------------------------------------------------------------------------- objectives


def test_a_key_of_another_search_method_is_refused_with_its_methods(
    refused,
):
    (violation,) = refused(search="method: qmc, trials: 4, folds: 5, population: 3")
    assert violation == "search.population: is not a key of qmc / method: nsga2"
    (violation,) = refused(
        search="method: random, trials: 4, folds: 5, n_startup_trials: 3"
    )
    assert "method: tpe or gp or gp_multifidelity or cmaes" in violation


def test_the_old_name_of_a_method_is_accepted_everywhere(load):
    retune = "ablation: {baseline: {}, retune: {parameters: [rate], trials: 4, method: foretold}}\n"
    study = load(search="method: foretold, trials: 4", more=retune)
    assert study.search.method == study.ablation.retune.method == "gp_multifidelity"


@pytest.mark.parametrize(
    "rule, key",
    [
        ("{type: bohb, eta: 1, min_itr: 2}", "early_terminate"),
        (
            "{type: patient, patience: 1, rule: {type: bohb, eta: 1, min_itr: 2}}",
            "rule",
        ),
    ],
)
def test_an_unknown_rule_hides_no_other_fault(refused, rule, key):
    faults = refused(rule)
    assert len(faults) == 3
    assert all(key in fault for fault in faults)
    assert any("did you mean 'min_iter'?" in fault for fault in faults)


def test_health_rules_are_checked_against_the_epochs(refused):
    (fault,) = refused(more='health: {milestones: {metric: val/f1, at: {"30": 0.5}}}\n')
    assert fault.startswith(
        "health.milestones.at.30: 30 is more than the 20 epochs of a trial"
    )
