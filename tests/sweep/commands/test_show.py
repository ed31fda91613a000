"""`sweep show`: a trial or an arm of a study on disk."""

from tests.sweep.commands.invoking import sweep


def test_an_arm_is_traced_to_its_trials(finished):
    code, printed = sweep("show", "tiny", "strong")
    assert code == 0
    assert "strength=0.8" in printed


def test_a_trial_gives_the_command_that_repeats_it(finished):
    code, printed = sweep("show", "tiny", 5)
    assert code == 0
    assert "repeat it alone: sweep try results/tiny/trials/" in printed


def test_a_trial_that_is_not_there_is_refused_with_those_that_are(finished):
    code, message = sweep("show", "tiny", 99)
    assert code == 2
    assert "trials 0 to 9" in message
