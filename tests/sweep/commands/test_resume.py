"""`sweep resume`: what has ended is never run again; `--extend` takes in more."""

from pathlib import Path

from tests.sweep.commands.conftest import STUDY
from tests.sweep.commands.invoking import run_to_the_end, sweep


def started():
    log = Path("results/tiny/events.jsonl").read_text(encoding="utf-8")
    return log.count('"trial_started"')


def test_a_finished_study_is_not_run_again(finished):
    before = started()
    code, printed = sweep("resume", "tiny", "--engine", "serial")
    assert (code, started()) == (0, before)
    assert "strong" in printed


def test_extend_runs_the_trials_that_were_added_to_the_study_file(study_file):
    run_to_the_end()
    before = started()
    study_file.write_text(STUDY.replace("trials: 4", "trials: 6"), encoding="utf-8")
    code, printed = sweep("resume", "tiny", "--engine", "serial", "--extend")
    assert (code, started() - before) == (0, 2), printed


def test_an_unknown_study_is_refused_with_the_known_ones(finished):
    code, message = sweep("resume", "tinny", "--engine", "serial")
    assert code == 2
    assert "tiny" in message
