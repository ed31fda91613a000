"""One pass over a document fills in defaults, and reports every violation at once."""

import pytest

from sweep.errors import StudyFileError
from tests.sweep.spec.toy import edited

pytestmark = pytest.mark.usefixtures("toy")


def test_defaults_of_a_minimal_file(load):
    study = load(
        "trainer: toy\nmetric: {name: val/loss, goal: minimize}\nparameters: {epochs:"
        " 3}\nablation: {}\n"
    )
    assert study.search is None
    assert study.early_terminate.type == "none"
    assert study.ablation.seeds == tuple(range(8))
    assert study.ablation.folds is None
    assert study.report.metrics == ("val/loss",), (
        "the trainer does not report test/loss"
    )
    assert study.report.select == "best"
    assert study.resources.cpu == 1
    assert study.resources.gpu is None
    assert study.budget.hours is None


def test_a_grid_without_a_number_of_trials_is_the_whole_grid(load):
    text = edited(
        ("search: {method: tpe, trials: 40}", "search: {method: grid}"),
        ("focal_gamma: {min: 0.5, max: 4.0,", "focal_gamma: {values: [1, 2, 3],"),
        (
            "{distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}",
            "{values: [1e-3, 1e-2]}",
        ),
    )
    assert load(text).search.trials == (1 + 3) * 2


def test_one_pass_reports_violations_of_every_kind(load):
    text = edited(
        ("  epochs: 20\n", "  epochs: [20]\n"),
        ("goal: maximize", "goal: most"),
        ("{method: tpe, trials: 40}", "{method: tpe, trials: 40, seeds: [0, 0]}"),
    )
    with pytest.raises(StudyFileError) as caught:
        load(text)
    keys = [violation.key for violation in caught.value.violations]
    assert sorted(keys) == ["metric.goal", "parameters.epochs", "search.seeds[1]"]


def test_a_command_cannot_vary_one_source_of_randomness(load):
    text = (
        "command: python -m this ${args}\n"
        "metric: {name: val/loss, goal: minimize, regex: 'loss (.*)'}\n"
        "parameters: {epochs: 3}\n"
        "ablation: {variance: {}}\n"
    )
    with pytest.raises(StudyFileError, match="one seed, not one for each source"):
        load(text)
