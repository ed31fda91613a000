"""The tables of a search carry what the log says of how its trials were trained."""

import pytest

from sweep import report
from sweep.model.events import Notice, SessionStarted
from sweep.report import search_table
from tests.sweep.conftest import Bench, Workers
from tests.sweep.session.searches import pausing, populated, searching

PARETO = searching(
    """
name: front
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  x: {min: 0.0, max: 1.0}
""",
    "nsga2",
    "none",
)


def notes(history, tables=("search",)):
    built = report.build_tables(report.gather(history), list(tables))
    return [[note.text for note in table.notes] for table in built]


@pytest.mark.parametrize("text", [pausing(trials=4, epochs=3), populated()])
def test_a_notice_that_is_a_caveat_is_below_the_table_of_a_search(tmp_path, text):
    study = Bench(tmp_path, text)
    events = [
        Notice("changes were accepted: own.py changed"),
        Notice("only 3 MiB free", caveat=False),
    ]
    history = study.run(before=lambda schedule: schedule.record(*events))
    (first, *_) = notes(history)
    assert "changes were accepted: own.py changed" in first
    assert "only 3 MiB free" not in first


def test_a_notice_about_one_trial_names_it(tmp_path):
    study = Bench(tmp_path, populated())
    history = study.run()
    history.notices.append(Notice("a checkpoint was damaged", trial=2))
    assert "trial 2: a checkpoint was damaged" in notes(history)[0]


def test_code_that_changed_between_sessions_is_said_with_the_trials(tmp_path):
    """Half of the members' weights were trained with the old code, half with the new one."""
    study = Bench(tmp_path, populated()).create()
    sessions = []

    def version(code):
        def before(schedule):
            sessions.append(schedule)
            schedule.record(SessionStarted(1, "here", "", {"code": code}))

        return before

    def stop_at_the_first_decision(history, event):
        if event.kind == "population_decided" and len(sessions) == 1:
            sessions[0].request_stop("stopped")

    study.session(before=version("old"), listen=stop_at_the_first_decision)
    history = study.session(before=version("new"))
    (said,) = [
        each for each in notes(history)[0] if "changed during the search" in each
    ]
    assert said.startswith(
        "The code changed during the search: trials 0–5 with old then new"
    )


def test_one_code_is_no_caveat(tmp_path):
    history = Bench(tmp_path, populated()).run(
        before=lambda s: s.record(SessionStarted(1, "here", "", {"code": "one"}))
    )
    assert not any("changed during" in each for each in notes(history)[0])


def test_the_pareto_front_has_the_notices_too(tmp_path):
    def measured(assignment, epoch):
        return None if epoch >= 2 else ("metrics", {"val/f1": 0.5, "cost": 1.0})

    event = Notice("changes were accepted: own.py changed")
    history = Bench(tmp_path, PARETO).run(
        Workers(misbehave=measured), before=lambda schedule: schedule.record(event)
    )
    built = notes(history, ["search", "pareto"])
    assert len(built) == 2
    assert all(event.message in table for table in built)


def test_a_search_that_is_not_ranked_has_the_notices_too(tmp_path, monkeypatch):
    monkeypatch.setattr(search_table, "UNRANKED", "val/f1")
    event = Notice("changes were accepted: own.py changed")
    history = Bench(tmp_path, pausing(trials=4, epochs=3)).run(
        before=lambda schedule: schedule.record(event)
    )
    assert event.message in notes(history)[0]
