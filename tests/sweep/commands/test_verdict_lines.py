"""The verdicts so far, as `sweep status` shows them."""

import pytest

from sweep.commands.verdict_lines import verdict_lines
from sweep.history.folding import fold
from sweep.log.reader import replay
from tests.sweep.session.until_decided import LOOKS, reported


@pytest.fixture
def told(bench, workers):
    """`told(text, events, final)`: the lines after so many events, None: all."""

    def lines(text=LOOKS, events=None, *, final=False):
        study = bench(text)
        study.run(workers(misbehave=reported))
        history = fold(list(replay(study.log).events)[:events])
        return [line.plain for line in verdict_lines(history, final=final)]

    return lines


def test_verdicts_are_not_final_before_all_runs_have_ended(told):
    assert told()[0] == "verdicts on val/f1, not final:"
    assert told(final=True)[0] == "verdicts on val/f1:"


def test_each_arm_says_its_verdict_and_its_look(told):
    assert "  better: helps, decided at 5 seeds" in told()


def test_before_the_first_look_an_arm_says_when_that_is(told):
    early = told(events=12)
    assert "  better: undecided (the first look is at 5 seeds)" in early


def test_a_fixed_design_says_how_many_pairs_there_are(told):
    fixed = LOOKS.replace(
        "{from: 5, to: 18, until: decided}", "[0, 1, 2, 3, 4, 5, 6, 7]"
    )
    assert "  better: helps so far (8 of 8 pairs)" in told(fixed)


def test_a_study_that_asks_for_no_verdicts_says_none(told):
    plain = LOOKS.replace("{from: 5, to: 18, until: decided}", "[0, 1]").replace(
        "  margin: 1.0\n", ""
    )
    assert told(plain) == []
