"""The shipped study of a population: run as it is, small, from its file to its tables."""

from pathlib import Path

import pytest

import sweep
from sweep import report, spec
from sweep.model.by_epoch import is_by_epoch
from sweep.model.trial import State
from sweep.search import population
from sweep.session import plan

FILE = Path(__file__).parents[2] / "search_spaces" / "pbt.yaml"
SMALL = {"epochs": 3, "search.interval": 1, "search.seed": 1}


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    done = sweep.run(
        FILE, profile="quick", overrides=SMALL, results=results, engine="serial"
    )
    return done.history


def test_a_loss_weight_and_the_learning_rate_change_and_the_plan_says_how_often():
    wanted = spec.load(FILE)
    assert wanted.search.parameters == ("class_loss_weight", "learning_rate")
    planned = plan.plan(wanted)
    assert planned.trials == 8 + 2 * 8
    assert plan.paused_checkpoints(wanted, planned) == 8 * 5
    assert spec.load(FILE, profile="pb2").search.explore == "pb2"


@pytest.mark.timeout(300)
def test_it_runs_to_its_tables(history):
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}
    tables = report.build_tables(report.gather(history))
    assert {"search", "schedule", "copies", "ablation"} <= {t.name for t in tables}


@pytest.mark.timeout(300)
def test_the_bundled_trainer_goes_on_with_the_changed_learning_rate(history):
    """Its loop sets the rate at each step from the one that the optimiser began with."""
    copies = [
        (decided.after, copy)
        for decided in history.population
        for copy in decided.copies
    ]
    assert copies
    for after, copy in copies:
        rates = []
        for number in (copy.trial, copy.source):
            report_after = history.trials[number].reports[after]
            rates.append(report_after.metrics["learning_rate"])
        wanted = copy.values["learning_rate"] / _rate_of(history, copy.source, after)
        assert rates[0] / rates[1] == pytest.approx(wanted, rel=1e-6)


def _rate_of(history, number, after):
    """The peak learning rate that a member goes on with after so many epochs."""
    rate = history.trials[number].config["learning_rate"]
    for decided in history.population:
        if decided.after > after:
            break
        for copy in decided.copies:
            if copy.trial == number:
                rate = copy.values["learning_rate"]
    return rate


@pytest.mark.timeout(300)
def test_the_arm_is_trained_with_the_schedule_of_the_best_member(history):
    best = population.best(history)
    (arm,) = (arm for arm in history.arms if arm.name == "found")
    assert arm.origin == best.number
    scheduled = population.as_trained(history.spec, best)
    assert arm.config["learning_rate"] == scheduled["learning_rate"]
    for trial in history.stage("ablation"):
        if is_by_epoch(trial.config["learning_rate"]):
            assert len(trial.reports) == 3
