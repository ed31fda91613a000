"""A search for several things at once: what it is told, what it refuses, and that a
kill changes nothing."""

import statistics

import optuna
import pytest

from sweep.commands import exporting
from sweep.model.trial import State
from sweep.report import gather
from sweep.report.pareto import candidates
from sweep.samplers import replayed
from sweep.search import observing, search_stage
from sweep.spec import load
from sweep.study import Study

FILE = """
name: compromises
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  width: {min: 0.0, max: 1.0}
  depth: {min: 1, max: 8}
  skip: {values: [true, false]}
  skip_width: {min: 0.0, max: 1.0, when: {skip: true}}
search:
  method: METHOD
  trials: 12
  objectives: [{name: val/f1, goal: maximize}, {name: size, goal: minimize}]
"""
METHODS = ("nsga2", "tpe", "random")


def compromise(assignment, epoch):
    """Wider is better and larger; depth only makes it larger."""
    if epoch >= 2:
        return None
    config = assignment.config
    value = config["width"] - 0.1 * abs(epoch - 0)
    return "metrics", {
        "val/f1": value,
        "size": config["width"] * config["depth"] + epoch,
    }


@pytest.mark.parametrize("method", METHODS)
def test_a_configuration_is_told_by_its_objectives_at_the_epoch_that_the_metric_selects(
    bench, workers, method
):
    history = bench(FILE.replace("METHOD", method)).run(workers(misbehave=compromise))
    for suggestion in search_stage.suggestions(history):
        config = suggestion.trials[0].config
        seen = observing.observe(history.spec, suggestion)
        assert seen.values == pytest.approx(
            (config["width"], config["width"] * config["depth"])
        )
        assert seen.value == seen.values[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_driver_killed_after_any_event_ends_with_the_same_compromises(
    bench, workers, story, tmp_path, method
):
    study = bench(FILE.replace("METHOD", method))
    want = story(study.run(workers(misbehave=compromise)))
    written = study.log.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(written), 3):
        copy = study.killed_copy(tmp_path / f"killed-{kept}", b"".join(written[:kept]))
        assert story(copy.session(workers(misbehave=compromise))) == want, (
            f"killed after event {kept}"
        )


def test_a_generation_of_nsga2_is_remembered_with_each_configuration(bench, workers):
    history = bench(FILE.replace("METHOD", "nsga2")).run(workers(misbehave=compromise))
    assert history.spec.search.generation_size == 3
    generations = [
        s.trials[0].attributes["memory"]["system_attrs"]["NSGAIISampler:generation"]
        for s in search_stage.suggestions(history)
        if "system_attrs" in s.trials[0].attributes["memory"]
    ]
    assert generations == sorted(generations)
    assert set(generations) == {0, 1, 2, 3}


def test_the_past_of_several_objectives_is_optunas_own(bench, workers):
    """Values and directions; what was pruned or failed says nothing, as Optuna cannot rank it."""

    def misbehave(assignment, epoch):
        return (
            ("failed", "OSError")
            if assignment.trial in (2, 5)
            else compromise(assignment, epoch)
        )

    history = bench(FILE.replace("METHOD", "tpe")).run(workers(misbehave=misbehave))
    past = [
        observing.observe(history.spec, suggestion)
        for suggestion in search_stage.suggestions(history)
    ]
    study = replayed(
        history.spec.search_space, past, optuna.samplers.RandomSampler(seed=0)
    )
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert [t.state.name for t in study.trials].count("FAIL") == 2
    assert [tuple(t.values) for t in study.trials if t.values] == [
        seen.values for seen in past if seen.values
    ]


def test_the_ranking_goes_by_the_studys_metric(bench, workers):
    history = bench(FILE.replace("METHOD", "nsga2")).run(workers(misbehave=compromise))
    widths = [trial.config["width"] for trial in search_stage.ranking(history)]
    assert len(widths) == 12
    assert widths == sorted(widths, reverse=True)


def test_a_trial_without_an_objective_at_its_selected_epoch_fails_and_says_which(
    bench, workers
):
    def misbehave(assignment, epoch):
        told = compromise(assignment, epoch)
        if assignment.trial == 1 and epoch == 0:
            del told[1]["size"]
        return told

    history = bench(FILE.replace("METHOD", "nsga2")).run(workers(misbehave=misbehave))
    states = [t.state for t in history.trials.values()]
    assert states.count(State.FAILED) == 1
    assert history.trials[1].state is State.FAILED
    assert history.trials[1].reason == (
        "epoch 1, the selected one, has no finite size: report all of them at each epoch"
    )


@pytest.mark.parametrize(
    "search_, trials, population",
    [("", 12, 3), ("", 400, 50), ("", 4, 2), (", population: 7", 12, 7)],
)
def test_a_generation_is_optunas_fifty_or_a_quarter_of_the_trials(
    tmp_path, search_, trials, population
):
    text = FILE.replace("METHOD", "nsga2").replace("trials: 12", f"trials: {trials}")
    if search_:
        text += "  population: 7\n"
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")
    (tmp_path / "study.yaml").write_text(text)
    assert load(tmp_path / "study.yaml").search.generation_size == population


@pytest.mark.parametrize("method", ["nsga2", "tpe"])
def test_a_model_of_several_objectives_turns_to_what_lies_near_the_front(
    bench, workers, method
):
    """Only depth 1 can be on the front, for depth costs size and brings nothing; its
    mean by chance is 4.5."""
    late = []
    for seed in range(3):
        small = "\n  population: 6" if method == "nsga2" else ""
        text = FILE.replace("METHOD", f"{method}\n  seed: {seed}{small}").replace(
            "trials: 12", "trials: 60"
        )
        history = bench(text).run(workers(misbehave=compromise))
        late += [
            s.trials[0].config["depth"] for s in search_stage.suggestions(history)[-20:]
        ]
    assert statistics.fmean(late) < 3.5


def test_an_exported_study_has_optunas_own_front(bench, workers):
    study = bench(FILE.replace("METHOD", "nsga2"))
    history = study.run(workers(misbehave=compromise))
    journal = exporting.write(Study(study.folder), study.folder / "export")[-1]
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(journal))
    )
    exported = optuna.load_study(study_name="compromises", storage=storage)
    assert [direction.name for direction in exported.directions] == [
        "MAXIMIZE",
        "MINIMIZE",
    ]
    ours = {c.configuration.number for c in candidates(gather(history)) if c.best}
    assert {trial.number for trial in exported.best_trials} == ours
