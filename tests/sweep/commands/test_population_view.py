"""What status, show and plan say of a population."""

import pytest

from sweep import spec
from sweep.commands import population_view
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.model.lineage import lineage
from sweep.search import population
from tests.sweep.conftest import Bench, Workers
from tests.sweep.session.searches import failing, lines, pausing, populated


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    study = Bench(tmp_path_factory.mktemp("study"), populated())
    study.history = study.run()
    return study


def test_status_names_members_decisions_and_the_schedule(study):
    said = list(population_view.status_lines(study.history))
    assert said[0].startswith("population of 6: 6 complete; decided every 2 epochs")
    last = study.history.population[-1]
    copy = last.copies[0]
    assert (
        f"  after epoch 6: best {last.members[0]}; {copy.trial} copied {copy.source}"
        in said
    )
    best = population.best(study.history)
    assert f"schedule of the best member, trial {best.number}:" in said
    assert any(line.startswith("  x: ") and "from epoch" in line for line in said)


def test_status_of_a_population_at_work_counts_who_waits(study):
    written = lines(study)
    at = [i for i, line in enumerate(written) if b'"event":"trial_paused"' in line][2]
    study.log.with_name("cut.jsonl").write_bytes(b"".join(written[: at + 1]))
    history = fold(replay(study.log.with_name("cut.jsonl")).events)
    (first,) = population_view.status_lines(history)
    assert "3 wait for the others" in first


def test_show_tells_where_a_members_weights_come_from(study):
    trial = next(t for t in study.history.stage("search") if lineage(t).steps)
    said = population_view.lineage_lines(study.history, trial)
    way = lineage(trial)
    assert said[0].startswith(f"its weights began in trial {way.root} with x=")
    step = way.steps[-1]
    expected = f"after epoch {step.after} trial {step.trial} copied trial {step.source}"
    assert any(line.startswith(expected) for line in said)
    last = max(each.after for each in way.steps if each.trial == trial.number)
    assert (
        said[-1]
        == f"its reports up to epoch {last} are of weights that a copy replaced"
    )


def test_a_trial_that_copied_nothing_and_another_search_say_nothing(study, tmp_path):
    alone = next(t for t in study.history.stage("search") if not lineage(t).steps)
    assert population_view.lineage_lines(study.history, alone) == []
    other = Bench(tmp_path, pausing(trials=2, epochs=2)).run()
    assert list(population_view.status_lines(other)) == []
    assert population_view.plan_line(other.spec) == ""


def test_a_plan_counts_decisions_copies_and_epochs(study):
    wanted = spec.load(study.folder / "study.yaml")
    said = population_view.plan_line(wanted)
    assert "3 decisions, every 2 of 8 epochs" in said
    assert "up to 1 of 6 members copy and change x (perturb); 48 epochs in all" in said


def test_a_best_member_that_copied_nobody_is_said_to_have_no_schedule(tmp_path):
    other = Bench(tmp_path, populated().replace("seed: 6", "seed: 0")).run()
    assert lineage(population.best(other)).steps == ()
    said = list(population_view.status_lines(other))
    assert any(
        "it never copied a member: its values are constant" in line for line in said
    )


def test_status_names_members_that_failed_and_were_replaced(tmp_path):
    study = Bench(tmp_path, populated())
    history = study.run(Workers(misbehave=failing({2: 1})))
    copy = history.population[0].copies[0]
    said = " ".join(population_view.status_lines(history))
    assert f"2 failed and copied {copy.source}" in said
    shown = population_view.lineage_lines(history, history.trials[2])
    assert "it failed before epoch 3 and was replaced: broke 2" in shown
    written = lines(study)
    failed = next(i for i, line in enumerate(written) if b"member_failed" in line)
    cut = study.log.with_name("cut.jsonl")
    cut.write_bytes(b"".join(written[: failed + 1]))
    said = next(population_view.status_lines(fold(replay(cut).events)))
    assert "1 failed and wait to be replaced" in said


def test_members_of_an_ended_study_wait_for_nobody(tmp_path):
    study = Bench(tmp_path, populated() + "budget: {hours: 1}\n")

    def slow(assignment, epoch):
        study.clock.now += 200

    first = next(population_view.status_lines(study.run(Workers(misbehave=slow))))
    assert "5 paused, no results, 1 complete" in first
    assert "wait for the others" not in first
