"""MLflow: runs are found again by their tags, what a user deleted stays deleted, names
are made to fit."""

import pytest

from sweep.model.trial import Report, State, Trial
from sweep.spec import MLflow
from sweep.trackers import mlflow
from sweep.trackers.protocol import target
from tests.sweep.trackers.two_kinds import study

pytest.importorskip("mlflow")


def trial(count, state=State.RUNNING):
    reports = [Report(epoch, {"val/f1": epoch / 4}, 1.0) for epoch in range(count)]
    return Trial(
        4, "search", "search 4", {"epochs": 3}, 0, state=state, reports=reports
    )


@pytest.fixture
def store(tmp_path):
    """`store()` opens the tracker of one study, as each session does."""
    return lambda: mlflow.opened(target(study(tmp_path), tmp_path), MLflow())


def runs(tracker):
    return tracker._client.search_runs([tracker._experiment])


def test_a_later_session_finds_the_run_of_a_trial_by_its_tags(store):
    store().write(trial(1))
    later = store()
    later.write(trial(3, State.COMPLETE))
    (run,) = runs(later)
    assert run.data.tags[mlflow.TRIAL] == "4"
    steps = [
        each.step
        for each in later._client.get_metric_history(run.info.run_id, "val/f1")
    ]
    assert sorted(steps) == [0, 1, 2]
    assert run.info.status == "FINISHED"


def test_a_run_that_a_user_deleted_is_not_written_again(store):
    first = store()
    first.write(trial(1))
    (run,) = runs(first)
    first._client.delete_run(run.info.run_id)
    later = store()
    later.write(trial(2))
    assert runs(later) == []


@pytest.mark.parametrize("name", ["val/f1", "a b.c-d:e"])
def test_a_name_that_mlflow_takes_stays_as_it_is(name):
    assert mlflow._name(name) == name


@pytest.mark.parametrize("name", ["val/f1 (τ=½)", "../up", "a//b", "x" * 300])
def test_any_other_name_is_made_to_fit_and_stays_distinct(name):
    fitted = mlflow._name(name)
    assert mlflow._NAME.fullmatch(fitted)
    assert fitted != mlflow._name(name + "!")


def test_large_data_are_sent_in_several_requests():
    assert [len(batch) for batch in mlflow._batches(range(250), 100)] == [100, 100, 50]
