"""The live view: plain lines where there is no terminal, each fact once, never a reason to stop."""

import io
from collections import Counter

import pytest
from rich.console import Console

from sweep import progress, spec
from sweep.model.events import SpecExtended
from sweep.model.trial import State
from sweep.progress import View
from sweep.study import Study
from tests.sweep.session.searches import pausing


@pytest.fixture
def seen(bench, workers, monkeypatch):
    """`seen(misbehave)`: the lines a pipe gets while such a study runs, and the study."""
    monkeypatch.setattr(progress, "_LINES_EVERY", 0.0)

    def run(misbehave=lambda given, epoch: None, text=None):
        study = bench(text) if text else bench()
        console = Console(width=300, file=io.StringIO())
        with View(console) as view:
            study.run(workers(misbehave=misbehave), listen=view)
        return [line.strip() for line in console.file.getvalue().splitlines()], study

    return run


def test_it_begins_with_the_trials_planned_and_ends_with_their_counts(seen):
    lines, study = seen()
    history = Study(study.folder).history
    assert lines[0].startswith("conditional: ")
    states = Counter(trial.state for trial in history.trials.values())
    assert (
        f"0 running, {states[State.COMPLETE]} done, {states[State.PRUNED]} pruned"
        in lines[-1]
    )


def test_a_session_that_extends_the_study_counts_against_its_new_size(
    bench, monkeypatch
):
    monkeypatch.setattr(progress, "_LINES_EVERY", 0.0)
    study = bench(pausing(trials=3))
    study.run()
    wanted = spec.load(study.folder / "study.yaml", overrides={"search.trials": 5})
    extended = SpecExtended(wanted.canonical(), wanted.source)
    console = Console(width=300, file=io.StringIO())
    with View(console) as view:
        study.session(before=lambda s: s.record(extended), listen=view)
    lines = [line.strip() for line in console.file.getvalue().splitlines()]
    assert "extended to 5 trials" in lines
    assert lines[-1].startswith("search 5/5: ")


def test_a_failure_is_told_with_its_reason_when_it_happens(seen):
    lines, _ = seen(
        lambda given, epoch: (
            ("failed", "ValueError: no data") if given.trial == 1 else None
        )
    )
    (line,) = [line for line in lines if line.startswith("trial 1 ")]
    assert line.endswith("failed: ValueError: no data")


def test_a_health_rule_is_mentioned_once_however_many_trials_break_it(
    seen, conditional
):
    rule = "health: {milestones: {metric: val/f1, at: {1: 2.0}}}\n"
    search = "search: {method: random, trials: 4}\n"
    lines, study = seen(text=conditional + search + rule)
    broken = [n for n in Study(study.folder).history.notices if n.rule]
    assert len(broken) > 1
    assert len([line for line in lines if "milestones" in line]) == 1


def test_a_pipe_that_was_closed_does_not_stop_the_study(bench, workers, monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr(progress, "_LINES_EVERY", 0.0)
    study = bench()
    with View(Console(width=100, file=Gone())) as view:
        study.run(workers(), listen=view)
    history = Study(study.folder).history
    assert all(trial.state.finished for trial in history.trials.values())
