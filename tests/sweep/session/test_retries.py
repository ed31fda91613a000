"""Failed trials that are trained again."""

import shutil
from contextlib import suppress

import pytest

from sweep import durable, report, study
from sweep.commands import verification
from sweep.errors import UsageError
from sweep.history.opening import read
from sweep.model.trial import State
from sweep.report.caveats import all_caveats

TRAINER = """
import os
def train(config, run):
    for epoch in range(run.restore(), 3):
        if config["lr"] == 0.2 and epoch == 1 and not os.path.exists("mended"):
            raise ValueError("no luck")
        run.report(epoch, {"val/acc": config["lr"] + epoch / 10 + run.seed / 100})
"""
STUDY = """
trainer: train.py:train
metric: {name: val/acc, goal: maximize}
parameters: {lr: {values: [0.1, 0.2]}, epochs: 3}
ablation:
  baseline: {lr: 0.1}
  seeds: [0, 1]
  designs: {one_at_a_time: {lr: [0.2]}}
"""


@pytest.fixture
def half_failed(tmp_path, monkeypatch):
    """A study of four trials of which 1 and 3 failed at their second epoch."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(TRAINER)
    (tmp_path / "s.yaml").write_text(STUDY)
    done = study.run("s.yaml", engine="serial")
    assert [t.state for t in done.history.trials.values()].count(State.FAILED) == 2
    return tmp_path


def states(done):
    return [trial.state for trial in done.history.trials.values()]


def test_all_failed_trials_are_trained_again_from_their_first_epoch(half_failed):
    (half_failed / "mended").touch()
    done = study.resume("s", engine="serial", retry_failed=())
    assert states(done) == [State.COMPLETE] * 4
    for trial in done.history.trials.values():
        assert [report.epoch for report in trial.reports] == [0, 1, 2]
    assert done.history.failures == {1: [reason()], 3: [reason()]}
    assert verification.verify(done, say=lambda line: None) == []


def reason():
    return "ValueError: no luck (train.py:6)"


def test_a_trial_that_fails_again_stays_failed_and_both_failures_are_known(half_failed):
    done = study.resume("s", engine="serial", retry_failed=(3,))
    assert states(done).count(State.FAILED) == 2
    assert done.history.failures == {3: [reason()]}
    again = study.resume("s", engine="serial", retry_failed=(3,))
    assert again.history.failures == {3: [reason()] * 2}


def test_a_resume_without_retry_failed_retries_nothing(half_failed):
    (half_failed / "mended").touch()
    assert states(study.resume("s", engine="serial")).count(State.FAILED) == 2


@pytest.mark.parametrize(
    "number, said", [(0, "is complete, not failed"), (9, "there is no trial 9")]
)
def test_a_trial_that_has_not_failed_is_refused(half_failed, number, said):
    with pytest.raises(UsageError, match=said):
        study.resume("s", engine="serial", retry_failed=(number,))


def test_the_log_and_its_cache_give_the_same_history_after_retries(
    half_failed, monkeypatch
):
    (half_failed / "mended").touch()
    done = study.resume("s", engine="serial", retry_failed=())
    folder = half_failed / "results/s"
    monkeypatch.setattr("sweep.history.opening.WORTH_KEEPING", 1)
    plain = read(folder)
    cached = read(folder)
    assert cached.trials == plain.trials == done.history.trials
    assert cached.failures == plain.failures


def test_the_first_failure_is_under_the_table_until_the_retry_has_completed(
    half_failed,
):
    def notes(done):
        return " ".join(
            caveat.text for caveat in all_caveats(report.gather(done.history))
        )

    assert "no luck" in notes(study.load("s"))
    (half_failed / "mended").touch()
    assert "no luck" not in notes(study.resume("s", engine="serial", retry_failed=()))


def ended(done):
    """What must not depend on kills: states, curves, failures and the table."""
    curves = {
        number: [(report.epoch, report.metrics) for report in trial.reports]
        for number, trial in done.history.trials.items()
    }
    table = done.table()
    timed = [name for name in table if name.startswith("seconds")]
    timeless = table.drop(columns=[*timed, "notes"])  # a note says what times include
    return states(done), curves, done.history.failures, timeless.to_csv()


def test_retries_that_are_killed_at_any_call_to_the_disk_end_as_if_nothing_had_happened(
    half_failed, failing_disk, killed, thorough
):
    (half_failed / "mended").touch()
    shutil.copytree(half_failed / "results", half_failed / "before")

    def retried(at):
        """The study after its retry was killed at a call, and typed again."""
        shutil.rmtree(half_failed / "results")
        shutil.copytree(half_failed / "before", half_failed / "results")
        disk = failing_disk(at, torn=True)
        with durable.on(disk.made()), suppress(killed):
            return ended(
                study.resume("s", engine="serial", retry_failed=())
            ), disk.calls
        return ended(study.resume("s", engine="serial", retry_failed=())), disk.calls

    wanted, calls = retried(None)
    assert wanted[0] == [State.COMPLETE] * 4
    for at in range(1, len(calls) + 1, 1 if thorough else 9):
        assert retried(at)[0] == wanted, f"killed at call {at}, {calls[at - 1]}"


def test_the_line_that_retries_one_trial_goes_on_with_it_after_a_kill(
    half_failed, failing_disk, killed
):
    (half_failed / "mended").touch()
    disk = failing_disk(12)
    with durable.on(disk.made()), suppress(killed):
        study.resume("s", engine="serial", retry_failed=(3,))
    done = study.resume("s", engine="serial", retry_failed=(3,))
    assert states(done).count(State.FAILED) == 1
    assert done.history.failures == {3: [reason()]}
