"""What several figures read from the evidence: arms without their doubles, curves,
counts of outcomes.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sweep.model.trial import State, configuration_key
from sweep.report.caveats import incomplete
from sweep.report.evidence import Evidence
from sweep.report.frames import curve_matrix

STATE_ORDER = (State.COMPLETE, State.PRUNED, State.FAILED, State.PAUSED, State.RUNNING)


def counts(outcomes: Iterable[State]) -> str:
    """`12 complete, 8 pruned`."""
    found = list(outcomes)
    return ", ".join(
        f"{found.count(state)} {state.value}" for state in STATE_ORDER if state in found
    )


def distinct_arms(evidence: Evidence) -> dict[str, str]:
    """Arm → its name in a figure; arms of one configuration are one entry, `full = + dice`."""
    names: dict[str, list[str]] = {}
    for arm in evidence.arms.values():
        names.setdefault(configuration_key(arm.config), []).append(arm.name)
    return {same[0]: " = ".join(same) for same in names.values()}


def curves(evidence: Evidence, arm: str, metric: str) -> pd.DataFrame:
    """A metric of an arm's complete runs (epochs, runs): index the number of epochs trained,
    columns the trials.

    Only epochs that every run of the arm reports: a mean over fewer and fewer runs would change by
    who is left.
    """
    trials = sorted(int(trial) for trial in evidence.runs(arm)["trial"])
    epochs, values = curve_matrix(evidence.history, metric, trials)
    return pd.DataFrame(values.T, index=epochs, columns=trials).dropna()


def left_out(evidence: Evidence, arms: Iterable[str]) -> str:
    """A sentence naming the missing, failed, pruned and unfinished runs of some arms;
    "" when there are none.
    """
    shown = set(arms)
    said = [caveat.text for caveat in incomplete(evidence) if caveat.arm in shown]
    return f" Runs are missing. {'. '.join(said)}." if said else ""


def selection(evidence: Evidence) -> str:
    """Where in the curve a value was read."""
    return f"each run at its {evidence.history.spec.read_at}"
