"""Every mistake in a study file is said at once, with its line and what would be right."""

from pathlib import Path

import pytest

from sweep.errors import StudyFileError
from tests.sweep.spec.toy import edited

pytestmark = pytest.mark.usefixtures("toy")

A = "ablation.designs"
MISTAKES = [
    # structure
    ("trainer: toy\n", "", 1, "trainer", "no `trainer`", "e.g. trainer: clip"),
    ("trainer: toy", "trainer: toi", 1, "trainer", "unknown trainer 'toi'", "did you mean 'toy'?"),
    ("trainer: toy", "trainer: [toy]", 1, "trainer", "is not text", "text"),
    ("trainer: toy", "trainer: study.yaml.py", 1, "trainer", "no file", ""),
    ("{name: val/f_score, goal: maximize}", "val/f_score", 2, "metric", "is not a mapping", "{name: val/f_score, goal"),
    ("method: tpe", "method: bayes", 9, "search.method", "'bayes'", "tpe, which runs"),
    ("trainer: toy", "trainer: absent.py:train", 1, "trainer", "no file", ""),
    ("goal: maximize", "goal: maximise", 2, "metric.goal", "'maximise'", "did you mean 'maximize'?"),
    (", goal: maximize", "", 2, "metric.goal", "metric has no `goal`", "maximize"),
    ("name: val/f_score", "name: val/fscore", 2, "metric.name", "does not report 'val/fscore'", "'val/f_score'?"),
    ("search: {method", "serch: {method", 9, "serch", "is not a key of a study file", "did you mean 'search'?"),
    ("search: {", "method: bayes\nsearch: {", 9, "method", "is not a key", "it belongs at search.method"),
    ("method: tpe", "method: tp", 9, "search.method", "'tp'", "did you mean 'tpe'?"),
    ("trials: 40", "trials: '40'", 9, "search.trials", "'40' is not an integer", "an integer"),
    ("trials: 40", "trials: 0", 9, "search.trials", "0 is out of bounds", "at least 1"),
    ("trials: 40", "trials: true", 9, "search.trials", "true is not an integer", ""),
    ("trials: 40}", "trials: 40, seeds: 5}", 9, "search.seeds", "5 is not a list", "[0, 1, 2]"),
    ("{method: tpe, trials: 40}", "{method: tpe}", 9, "search.trials", "search has no `trials`", "trials: 20"),
    ("type: asha", "type: bohb", 10, "early_terminate.type", "'bohb'", "one of: none, asha, median"),
    ("min_iter: 2", "min_iter: 2, eta: 1", 10, "early_terminate.eta", "1 is out of bounds", "at least 2"),
    ("min_iter: 2", "min_itr: 2", 10, "early_terminate.min_itr", "is not a key", "did you mean 'min_iter'?"),
    ("  designs:", "  folds: 1\n  designs:", 14, "ablation.folds", "1 is out of bounds", "at least 2"),
    ("    one_at", "    one_on", 18, A + ".one_on_a_time", "is not a key", "did you mean 'one_at_a_time'?"),
    # parameters
    ("  epochs: 20", "  epochs: [20]", 4, "parameters.epochs", "is a bare list", "values:"),
    ("  epochs: 20", "  epochs: {valu: 20}", 4, "parameters.epochs.valu", "is not a key", "did you mean 'value'?"),
    ("  epochs: 20", "  epochs: {}", 4, "parameters.epochs", "has no value", "value: x"),
    ("  epochs: 20", "  epochs: 0", 4, "parameters.epochs", "0 is out of bounds", "at least 1"),
    ("  epochs: 20", "  epoch: 20", 4, "parameters.epoch", "has no such parameter", "did you mean 'epochs'?"),
    ("  epochs: 20", "  epochs: {value: 20, min: 1}", 4, "parameters.epochs.min", "is not a key", "value"),
    ("[ce, focal]", "[ce, focal, focl]", 5, "parameters.loss_type.values[2]", "'focl'", "did you mean 'focal'?"),
    ("[ce, focal]", "[ce, focal, ce]", 5, "parameters.loss_type.values[2]", "listed twice", "distinct"),
    ("[ce, focal]}", "[ce, focal], role: fixed}", 5, "parameters.loss_type.role", "not fixed", "nuisance"),
    ("[ce, focal]}", "[ce, focal], probabilities: [1]}", 5, "parameters.loss_type.probabilities", "[1.0]", "summing"),
    ("max: 4.0", "max: 0.4", 6, "parameters.focal_gamma.min", "0.5 is above max 0.4", "up to 0.4"),
    ("max: 4.0", "max: 40.0", 6, "parameters.focal_gamma.max", "40.0 is out of bounds", "at most 10"),
    ("max: 4.0", "max: high", 6, "parameters.focal_gamma.max", "'high' is not a number", "a number"),
    ("max: 4.0, ", "", 6, "parameters.focal_gamma", "needs `max`", "min, max"),
    ("{loss_type: focal}}", "{loss: focal}}", 6, "parameters.focal_gamma.when.loss", "no parameter 'loss'", ""),
    ("{loss_type: focal}}", "{loss_type: dice}}", 6, "parameters.focal_gamma.when.loss_type", "never 'dice'", "ce"),
    ("min: 1e-4", "min: 0", 8, "parameters.learning_rate.min", "0 has no logarithm", "above 0"),
    ("log_uniform_values", "log_uniform_value", 8, "parameters.learning_rate.distribution", "log_un", "_values"),
    ("role: nuisance", "role: nuisence", 8, "parameters.learning_rate.role", "'nuisence'", "did you mean 'nuisance'?"),
    # sections against each other
    ("min_iter: 2", "min_iter: 21", 10, "early_terminate.min_iter", "more than the 20 epochs", "at most 20"),
    ("min_iter: 2", "min_iter: 9, max_iter: 3", 10, "early_terminate.max_iter", "3 is below min_iter", "at least 9"),
    ("seeds: [0, 1, 2]", "seeds: [0, 1, 0]", 13, "ablation.seeds[2]", "seed 0 is listed twice", "distinct"),
    # arms
    ("{loss_type: ce}", "{los_type: ce}", 12, "ablation.baseline.los_type", "no parameter", "'loss_type'?"),
    ("{loss_type: ce}", "{loss_type: dice}", 12, "ablation.baseline.loss_type", "outside", "one of: ce, focal"),
    ("{loss_type: ce}", "{loss_type: ce, focal_gamma: 1}", 12, "ablation.baseline.focal_gamma", "does not exist", ""),
    ("gamma: 2.0}", "gamma: 9.0}", 16, A + ".ladder.+ focal.focal_gamma", "9.0 is outside", "from 0.5 to 4.0"),
    ("{dice_weight: 1.0}", "{dice_weight: -1}", 17, A + ".ladder.+ dice.dice_weight", "-1", "at least 0"),
    ("{dice_weight: 1.0}", "{}", 17, A + ".ladder.+ dice", "changes nothing", "at least one"),
    ('"+ dice"', "baseline", 17, A + ".ladder.baseline", "two arms named 'baseline'", "distinct"),
    ("[0.5, 1.0]", "[0.5, 0.5]", 18, A + ".one_at_a_time.dice_weight[1]", "listed twice", "distinct"),
    ("[0.5, 1.0]", "[]", 18, A + ".one_at_a_time.dice_weight", "lists no value", ""),
    ("[0.5, 1.0]", "0.5", 18, A + ".one_at_a_time.dice_weight", "0.5 is not a list", "[a, b]"),
    ("dice_weight: [0.5, 1.0]", "focal_gamma: [1]", 18, A + ".one_at_a_time.focal_gamma[0]", "does not exist", ""),
    ("one_at_a_time: {dice_weight", "factorial: {focal_gamma", 18, A + ".factorial.focal_gamma", "does not exist", ""),
    # YAML
    ("  epochs: 20", "  epochs: 20\n  epochs: 30", 5, "parameters.epochs", "appears twice", "line 4"),
]  # fmt: skip


@pytest.mark.parametrize(
    "old, new, line, key, problem, allowed",
    MISTAKES,
    ids=[f"{m[3]}-{m[1][:24]}" for m in MISTAKES],
)
def test_each_mistake_is_the_only_one_reported(
    refused, old, new, line, key, problem, allowed
):
    (violation,) = [
        v for v in refused(edited((old, new))) if not v.key.startswith("profiles")
    ]
    assert violation.key == key
    assert violation.line == line
    assert problem in violation.problem
    assert allowed in violation.problem + violation.allowed


def test_two_mistakes_give_exactly_two_violations(refused):
    """The five of the README and three more, in one file."""
    text = edited(
        ("name: val/f_score", "name: val/fscore"),
        ("  epochs: 20\n", "  epochs: twenty\n  epochs: 20\n"),
        ("[ce, focal]", "[ce, focal, focl]"),
        ("max: 4.0, when: {loss_type: focal}", "max: 0.4, when: {loss: focal}"),
        ("search: {method: tpe, trials: 40}", "search: {methd: tpe, trials: many}"),
        ("seeds: [0, 1, 2]", "seeds: [0, 0]"),
        ("{dice_weight: 1.0}", "{dice_wait: 1.0}"),
    ).replace("profiles:", "profile:")
    assert [(v.line, v.key) for v in refused(text)] == [
        (2, "metric.name"),
        (4, "parameters.epochs"),
        (5, "parameters.epochs"),
        (6, "parameters.loss_type.values[2]"),
        (7, "parameters.focal_gamma.min"),
        (7, "parameters.focal_gamma.when.loss"),
        (10, "search.methd"),
        (10, "search.trials"),
        (14, "ablation.seeds[1]"),
        (18, "ablation.designs.ladder.+ dice.dice_wait"),
        (20, "profile"),
    ]


def test_messages_name_file_line_and_key(load):
    with pytest.raises(StudyFileError) as caught:
        load(edited(("max: 4.0", "max: 0.4")))
    path, line, rest = str(caught.value).split(":", 2)
    assert Path(path).name == "study.yaml"
    assert line == "6"
    assert (
        rest
        == " parameters.focal_gamma.min: 0.5 is above max 0.4\n    a number up to 0.4"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "a: 1\n\x01"])
def test_invalid_yaml_is_a_study_file_error(refused, text):
    assert refused(text)
