"""`none`: nothing is stopped early."""

from sweep.stopping import Least, Looks, NoRule
from tests.sweep.stopping.races import METRIC, trial


def test_no_trial_is_stopped_however_poor_it_is():
    best = trial(1, [0.9] * 5)
    assert NoRule().stop_reason(trial(0, [0.0] * 5), [best], METRIC, "maximize") is None


def test_no_epoch_is_waited_for_and_everything_is_trained():
    rule = NoRule()
    assert (rule.judged(9), rule.least(), rule.looks(9)) == ([], Least(), Looks())
