"""A trial that was trained elsewhere, as events."""

from sweep.imported.ended_trials import ended_trial
from sweep.model.trial import Report, State
from sweep.model.trial_events import (
    EpochEnded,
    TrialCreated,
    TrialFinished,
    TrialStarted,
)

CREATED = TrialCreated(3, "ablation", "baseline", {"lr": 0.1}, 5, None, {})
FINISHED = TrialFinished(3, State.COMPLETE, "", 0.5)
REPORTS = [Report(0, {"m": 0.5}, 1.0), Report(2, {"m": None}, 2.0)]


def test_its_events_stand_in_order_and_name_it():
    assert list(ended_trial(CREATED, 2, REPORTS, FINISHED)) == [
        CREATED,
        TrialStarted(3, 2),
        EpochEnded(3, 0, {"m": 0.5}, 1.0, None),
        EpochEnded(3, 2, {"m": None}, 2.0, None),
        FINISHED,
    ]
