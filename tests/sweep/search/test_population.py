"""Who waits, who copies whom, and what values have brought: read off a history alone."""

from dataclasses import replace

import pytest

from sweep import spec
from sweep.ablation import reuse
from sweep.best import best_of
from sweep.commands import dashboard_copy, exporting
from sweep.errors import SweepError, UsageError
from sweep.history import opening
from sweep.history.event_folds import fold_event
from sweep.history.history import History
from sweep.log import log_cache
from sweep.model.events import StudyCreated
from sweep.model.lineage import has_copied, lineage
from sweep.model.population_events import MemberCopied, PopulationDecided
from sweep.model.trial_events import EpochEnded, TrialCreated, TrialPaused
from sweep.search import population, warm_start
from sweep.study import load
from sweep.trackers.protocol import ending
from tests.sweep.conftest import Bench
from tests.sweep.session.searches import populated


@pytest.fixture
def history(tmp_path):
    """`history(values, …)`: members that wait after two epochs with these values of the metric."""
    (tmp_path / "trainer.py").write_text("def train(config, run): ...\n")
    (tmp_path / "study.yaml").write_text(populated())

    def make(values, checkpoint="aa", epochs=2, goal="maximize"):
        text = populated().replace("goal: maximize", f"goal: {goal}")
        (tmp_path / "study.yaml").write_text(text)
        wanted = spec.load(tmp_path / "study.yaml")
        found = History(wanted, StudyCreated(wanted.canonical(), ""), 0.0)
        for number, value in enumerate(values):
            config = {"epochs": 8, "x": number / 10, "depth": 1}
            fold(
                found,
                TrialCreated(
                    number,
                    "search",
                    f"search {number}",
                    config,
                    0,
                    None,
                    {"suggestion": number, "memory": {}},
                ),
            )
            for epoch in range(epochs):
                metrics = {"val/f1": value}
                fold(
                    found,
                    EpochEnded(
                        number,
                        epoch,
                        metrics,
                        1.0,
                        checkpoint and f"{checkpoint}{number}",
                    ),
                )
            fold(found, TrialPaused(number, "waits"))
        return found

    return make


def fold(history, *events):
    for event in events:
        fold_event(event, history, 0.0)


def copies(history):
    return [(copy.trial, copy.source) for copy in population.decision(history).copies]


def test_the_worst_copies_the_best(history):
    assert copies(history([0.1, 0.9, 0.5, 0.4])) == [(0, 1)]
    assert copies(history([0.1, 0.9, 0.5, 0.4], goal="minimize")) == [(1, 0)]


def test_a_member_without_a_finite_value_is_the_worst_and_never_a_source(history):
    assert copies(history([0.1, None, 0.5, 0.4])) == [(1, 2)]
    assert copies(history([None, None, None, None])) == []


def test_a_member_does_not_copy_one_that_is_no_better(history):
    assert copies(history([0.5, 0.5, 0.5, 0.5])) == []


def test_of_equals_the_earlier_is_the_better(history):
    assert population.decision(history([0.5, 0.5, 0.1, 0.5])).members == (0, 1, 3, 2)


def test_a_decision_is_the_same_however_often_it_is_asked(history):
    there = history([0.1, 0.9, 0.5, 0.4])
    assert population.decision(there) == population.decision(there)


def test_nothing_is_decided_while_a_member_trains(history):
    there = history([0.1, 0.9, 0.5, 0.4])
    fold(
        there,
        TrialCreated(
            4,
            "search",
            "search 4",
            {"epochs": 8},
            0,
            None,
            {"suggestion": 4, "memory": {}},
        ),
    )
    assert population.decision(there) is None


def test_members_without_a_checkpoint_or_between_boundaries_cannot_be_copied(history):
    with pytest.raises(SweepError, match="without a checkpoint"):
        population.decision(history([0.1, 0.9], checkpoint=None))
    with pytest.raises(
        SweepError, match=r"3 epochs, which is not a multiple of search\.interval \(2\)"
    ):
        population.decision(history([0.1, 0.9], epochs=3))


def test_a_copy_has_the_sources_checkpoint_and_its_values(history):
    there = history([0.1, 0.9, 0.5, 0.4])
    fold(there, population.decision(there))
    assert there.checkpoints[0] == {1: "aa1"}
    assert there.checkpoints[1] == {0: "aa1", 1: "aa1"}
    assert there.trials[0].attributes["copied"] == {
        "trial": 1,
        "epoch": 1,
        "first_epoch": 0,
    }
    assert not there.paused()


def test_members_that_replace_each_other_have_what_was_there_before(history):
    there = history([0.1, 0.9])
    copies = (
        MemberCopied(0, 1, 1, "aa1", {"x": 0.5}),
        MemberCopied(1, 0, 1, "aa0", {"x": 0.7}),
    )
    fold(there, PopulationDecided(2, (1, 0), copies, ""))
    assert (there.checkpoints[0], there.checkpoints[1]) == ({1: "aa1"}, {1: "aa0"})
    roots = [lineage(there.trials[number]).root for number in (0, 1)]
    assert roots == [1, 0]


def test_only_members_that_wait_can_go_on(history):
    there = history([0.1, 0.9])
    fold(there, population.decision(there))
    with pytest.raises(ValueError, match="was not paused"):
        fold(there, PopulationDecided(2, (0,), (), ""))


def test_what_values_brought_begins_with_what_was_copied(history):
    there = history([0.1, 0.9, 0.5, 0.4])
    fold(there, population.decision(there))
    for epoch in (2, 3):
        fold(there, EpochEnded(0, epoch, {"val/f1": 0.95}, 1.0, "bb"))
    known = population.improvements(there)
    assert [each.gain for each in known if each.interval == 0] == [0.1, 0.9, 0.5, 0.4]
    (last,) = (each for each in known if each.interval == 1)
    assert last.gain == pytest.approx(0.95 - 0.9)
    assert last.values == there.population[0].copies[0].values


def test_other_searches_have_no_boundaries(history, tmp_path):
    text = populated().replace("method: pbt", "method: random")
    text = text.replace(", interval: 2, seed: 6, parameters: [x], explore: perturb", "")
    (tmp_path / "study.yaml").write_text(text)
    wanted = spec.load(tmp_path / "study.yaml")
    there = history([0.5])
    assert population.boundaries(there.spec, there.trials[0]) == [2, 4, 6]
    assert population.boundaries(wanted, there.trials[0]) == []
    assert population.section(wanted) is None


def test_a_history_that_is_read_from_a_cache_is_the_same(tmp_path, monkeypatch):
    """There the epochs of a trial are told at its end, behind the decisions on it."""
    study = Bench(tmp_path, populated())
    lived = study.run()
    monkeypatch.setattr(opening, "WORTH_KEEPING", 0)
    opening.read(tmp_path)
    assert log_cache.load(study.log) is not None
    again = opening._from_cache(study.log, [])[0]
    assert again.trials == lived.trials
    assert again.population == lived.population


def test_a_history_cached_in_the_midst_of_a_population_is_the_same(
    tmp_path, monkeypatch
):
    study = Bench(tmp_path, populated())
    study.run()
    written = study.log.read_bytes().splitlines(keepends=True)
    monkeypatch.setattr(opening, "WORTH_KEEPING", 0)
    for kept in range(20, len(written), 11):
        study.log.write_bytes(b"".join(written[:kept]))
        whole = opening.read(tmp_path)
        cached = opening._from_cache(study.log, [])[0]
        assert cached.trials == whole.trials
        assert cached.checkpoints == whole.checkpoints
        assert cached.population == whole.population


# --------------------------------------------------------------------------- never a
# result of a configuration


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A study of a population that has ended."""
    study = Bench(tmp_path_factory.mktemp("trained"), populated())
    study.history = study.run()
    return study


def test_a_member_that_copied_is_not_reused_and_none_is_taken_over(trained):
    there = trained.history
    session = replace(there.sessions[0], environment={"code": "aaaa"})
    there = replace(there, sessions=[session])
    numbers = {source.trial.number for source in reuse.complete(there, "study")}
    copied = {t.number for t in there.stage("search") if has_copied(t)}
    assert copied
    assert numbers == set(there.trials) - copied
    assert reuse.Finished(there, trained.folder)(there.trials[0]) == []


def test_its_members_warm_no_other_search(trained):
    with pytest.raises(UsageError, match="no result belongs to a single configuration"):
        warm_start.taken(trained.history.spec, "earlier", trained.history)


def test_optuna_has_no_form_for_it(trained):
    with pytest.raises(UsageError, match="Optuna cannot represent such trials"):
        dashboard_copy.Copy(trained.history)
    files = exporting.write(load(trained.folder), trained.folder / "exported")
    names = sorted(path.name for path in files)
    assert names == ["epochs.csv", "epochs.parquet", "trials.csv", "trials.parquet"]


def test_the_best_trial_has_the_values_by_epoch_that_it_was_trained_with(trained):
    best = best_of(trained.history, trained.folder)
    member = population.best(trained.history)
    assert best.trial == member.number
    assert best.config == lineage(member).scheduled(["x"])


def test_a_tracker_is_told_where_its_weights_come_from(trained):
    for trial in trained.history.stage("search"):
        said = ending(trial)
        assert ("lineage" in said) == has_copied(trial)
        if has_copied(trial):
            assert f"weights from trial {lineage(trial).root}" in said["lineage"]
