"""What a report says of a population: values by epoch, who copied whom, and no configuration."""

import pytest

from sweep import report
from sweep.model.lineage import lineage
from sweep.report.figures import FIGURES, draw
from sweep.search import population
from tests.sweep.conftest import Bench, Workers
from tests.sweep.session.searches import SCHEDULED, failing, populated


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    history = Bench(tmp_path_factory.mktemp("study"), populated() + SCHEDULED).run()
    return report.gather(history)


@pytest.fixture(scope="module")
def tables(evidence):
    return {table.name: table for table in report.build_tables(evidence, ["search"])}


def records(table):
    return table.records()


def notes(table):
    return " ".join(note.text for note in table.notes)


def test_every_member_has_a_row_with_its_values_by_epoch(evidence, tables):
    history = evidence.history
    rows = records(tables["search"])
    assert [row["trial"] for row in rows] == [
        trial.number for trial in population.ranked(history)
    ]
    copied = {row["trial"]: row for row in rows if "from epoch" in row["config.x"]}
    assert copied.keys() == {
        trial.number for trial in history.stage("search") if lineage(trial).steps
    }
    assert all(
        row["began"] == lineage(history.trials[n]).root for n, row in copied.items()
    )


def test_a_note_says_that_members_are_not_independent_results(tables):
    text = notes(tables["search"])
    assert "Members are not independent results" in text
    assert "Selection bias: the best of 6 members" in text
    assert "scheduled" in text, "the arms that train the schedule from the start"


def test_the_schedule_has_a_row_for_each_segment_with_its_trial(evidence, tables):
    best = population.best(evidence.history)
    rows = records(tables["schedule"])
    way = lineage(best)
    assert [row["epochs.first"] for row in rows] == [
        1,
        *(step.after + 1 for step in way.steps),
    ]
    assert rows[-1]["epochs.last"] == 8
    assert [row["x"] for row in rows] == list(way.schedule(["x"])["x"].values())
    assert [row["trial"] for row in rows] == [way.root, *(s.trial for s in way.steps)]
    assert rows[-1]["val/f1"] == best.reports[-1].metrics["val/f1"]
    assert f"To repeat trial {best.number} alone" in notes(tables["schedule"])


def test_every_copy_is_listed_with_what_both_had_reached(evidence, tables):
    rows = records(tables["copies"])
    copies = [
        (decided.after, copy.trial, copy.source)
        for decided in evidence.history.population
        for copy in decided.copies
    ]
    assert [(row["after"], row["trial"], row["source"]) for row in rows] == copies
    assert all(row["val/f1.source"] > row["val/f1"] for row in rows)


def test_members_are_not_configurations_in_figures_and_frames(evidence):
    assert evidence.searched == []
    for name in ("optimisation", "tuning_cost", "importance", "slices", "parallel"):
        assert name in FIGURES
        assert draw(name, evidence) is None
    frame = report.trials_frame(evidence.history)
    copied = [t.number for t in evidence.history.stage("search") if lineage(t).steps]
    assert all("by_epoch" in frame["config.x"][number] for number in copied)


def test_other_searches_have_their_own_table(tmp_path):
    from tests.sweep.session.searches import pausing

    history = Bench(tmp_path, pausing(trials=3, epochs=2)).run()
    (table,) = report.build_tables(report.gather(history), ["search"])
    assert "configurations" in table.title


def test_where_no_schedule_was_better_the_table_says_so(tmp_path):
    history = Bench(tmp_path, populated().replace("seed: 6", "seed: 0")).run()
    tables = report.build_tables(report.gather(history), ["search"])
    (schedule,) = (table for table in tables if table.name == "schedule")
    assert "no schedule was better" in notes(schedule)
    assert len(schedule.rows) == 1


def test_a_member_that_failed_and_was_replaced_is_told_with_why(tmp_path):
    history = Bench(tmp_path, populated()).run(Workers(misbehave=failing({2: 1})))
    tables = {
        t.name: t for t in report.build_tables(report.gather(history), ["search"])
    }
    (row,) = (row for row in records(tables["search"]) if row["trial"] == 2)
    assert row["copies"].startswith("2 (failed)")
    assert row["state"] == "complete"
    source = history.population[0].copies[0].source
    assert (
        f"Member 2 failed (broke 2) and was replaced after epoch 2 by a copy of member {source}"
        in notes(tables["search"])
    )
    why = {row["trial"]: row["why"] for row in records(tables["copies"])[:1]}
    assert why == {2: "broke 2"}


def test_paused_members_are_no_results_and_it_is_said_when_they_continue(tmp_path):
    study = Bench(tmp_path, populated() + "budget: {hours: 1}\n")

    def slow(assignment, epoch):
        study.clock.now += 200

    history = study.run(Workers(misbehave=slow))
    built = report.build_tables(report.gather(history), ["search", "cost"])
    tables = {table.name: table for table in built}
    rows = records(tables["search"])
    assert [row["rank"] for row in rows] == [1, None, None, None, None, None]
    assert {row["state"] for row in rows[1:]} == {"paused"}
    paused = "trials 0–4"
    assert f"Paused at a decision, without a result: {paused}" in notes(
        tables["search"]
    )
    assert records(tables["cost"])[0]["paused"] == 5
    assert "Members paused at a decision: 5" in notes(tables["cost"])
    assert "rung" not in notes(tables["cost"])
