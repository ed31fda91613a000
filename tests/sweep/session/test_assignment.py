"""What a worker is handed: an attempt that goes on where the log says the last one ended."""

from pathlib import Path

import pytest

LOST = "the worker died"


@pytest.fixture
def handed(bench, workers):
    """The attempts of a study whose first trial loses its worker at its third epoch, once."""

    def misbehave(assignment, epoch):
        lost = assignment.trial == 0 and assignment.attempt == 1 and epoch == 2
        return ("lost", LOST) if lost else None

    executor = workers(misbehave=misbehave)
    study = bench()
    return study, study.run(executor), executor.assignments


def test_a_trial_that_is_new_begins_with_its_first_attempt(handed):
    study, history, assignments = handed
    first, trial = assignments[0], history.trials[0]
    assert (first.trial, first.attempt, first.last_epoch, first.checkpoints) == (
        0,
        1,
        None,
        {},
    )
    assert (first.label, first.config, first.seed) == (
        trial.label,
        trial.config,
        trial.seed,
    )
    assert Path(first.folder).parent == (study.folder / "trials").resolve()


def test_an_attempt_after_a_loss_continues_after_the_last_epoch_with_checkpoint_hashes(
    handed,
):
    _, _, assignments = handed
    first, again = [given for given in assignments if given.trial == 0]
    assert (again.attempt, again.last_epoch) == (2, 1)
    assert again.checkpoints == {0: f"{0:064x}", 1: f"{1:064x}"}
    assert again.folder == first.folder


def test_an_assignment_has_the_resources_of_its_configuration(
    bench, workers, conditional
):
    executor = workers()
    bench(
        conditional
        + "search: {method: random, trials: 6}\n"
        + "resources: {cpu: 1, when: [{parameters: {loss_type: focal}, cpu: 2}]}\n"
    ).run(executor)
    shares = {(given.config["loss_type"], given.cpu) for given in executor.assignments}
    assert shares == {("ce", 1.0), ("focal", 2.0)}


def test_a_trainer_waits_for_a_decision_only_if_it_may_be_stopped(handed):
    _, history, assignments = handed
    judged = {history.trials[given.trial].stage: given.judged for given in assignments}
    assert judged["search"], "asha decides at its rungs"
    assert list(judged["ablation"]) == []


def test_an_assignment_has_the_number_of_folds(bench, workers, conditional):
    executor = workers()
    bench(conditional + "search: {method: random, trials: 1, folds: 2}\n").run(executor)
    assert [(given.fold, given.folds) for given in executor.assignments] == [
        (0, 2),
        (1, 2),
    ]
