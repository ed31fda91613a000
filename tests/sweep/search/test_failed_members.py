"""Which failed members of a population wait, are replaced, or are given up."""

import pytest

from sweep.history.folding import fold
from sweep.history.opening import read
from sweep.log.reader import replay
from sweep.model.lineage import failure_of
from sweep.model.population_events import PopulationDecided
from sweep.model.trial import State
from sweep.model.trial_events import TrialFinished
from sweep.search import failed_members
from tests.sweep.conftest import Workers
from tests.sweep.session.searches import failing, lines, populated


@pytest.fixture
def stood(bench):
    """`stood(when)`: the history before the first decision; members failed at these epochs."""

    def stood(when, keys=""):
        text = populated().replace("interval: 2,", f"interval: 2,{keys}")
        study = bench(text)
        study.run(Workers(misbehave=failing(when)))
        written = lines(study)
        at = next(i for i, line in enumerate(written) if b"population_decided" in line)
        ended = [line for line in written[:at] if b"trial_finished" in line]
        kept = [line for line in written[:at] if line not in ended]
        study.log.write_bytes(b"".join(kept))
        return fold(replay(study.log).events)

    return stood


def test_a_failed_member_is_open_and_has_its_reason(stood):
    history = stood({2: 1})
    (waiting,) = failed_members.waiting_to_be_replaced(history)
    assert waiting.number == 2
    assert waiting.state is State.PAUSED
    assert failure_of(waiting) == waiting.reason == "broke 2"


def test_it_is_replaced_at_the_decision_of_the_others(stood):
    (decided,) = failed_members.next_events(stood({2: 1}))
    assert isinstance(decided, PopulationDecided)
    (copy,) = decided.copies
    assert (copy.trial, copy.failure) == (2, "broke 2")
    assert decided.members[-1] == 2


def test_those_beyond_the_allowed_number_are_given_up_first(stood):
    history = stood({3: 0, 1: 1, 2: 1}, " replacements: 2,")
    (ended,) = failed_members.next_events(history)
    assert isinstance(ended, TrialFinished)
    assert (ended.trial, ended.state, ended.reason) == (3, State.FAILED, "broke 3")


def test_a_member_is_replaceable_until_the_last_decision(stood):
    history = stood({2: 1})
    trial = history.trials[0]
    assert failed_members.replaceable(history, trial)
    late = history.trials[1]
    late.reports.add(5, {"val/f1": 0.5}, 1.0)
    assert late.epochs_done(5) == 6
    assert not failed_members.replaceable(history, late)


def test_it_may_be_forbidden(stood, bench):
    history = bench(
        populated().replace("interval: 2,", "interval: 2, replacements: 0,")
    )
    there = history.run(Workers(misbehave=failing({2: 1})))
    assert failed_members.replaced(there) == 0
    assert there.trials[2].state is State.FAILED


def test_other_searches_replace_nothing(bench):
    history = bench().run()
    assert not any(
        failed_members.replaceable(history, trial) for trial in history.trials.values()
    )


def test_a_history_that_is_read_from_a_cache_is_the_same(bench, monkeypatch):
    from sweep.history import opening

    study = bench(populated())
    lived = study.run(Workers(misbehave=failing({2: 0, 4: 3})))
    assert failed_members.replaced(lived) == 2
    monkeypatch.setattr(opening, "WORTH_KEEPING", 0)
    read(study.folder)
    again = opening._from_cache(study.log, [])[0]
    assert again.trials == lived.trials
    assert again.population == lived.population
