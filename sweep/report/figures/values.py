"""Values that several figures read: distinct arms, their curves, and counts of outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from sweep.model.trial import State, configuration_key
from sweep.report.caveats import incomplete
from sweep.report.evidence import Evidence
from sweep.report.frames import curve_matrix

STATE_ORDER = (State.COMPLETE, State.PRUNED, State.FAILED, State.PAUSED, State.RUNNING)


def counts(outcomes: Iterable[State]) -> str:
    """`12 complete, 8 pruned`."""
    number = Counter(outcomes)
    occurring = [state for state in STATE_ORDER if number[state]]
    return ", ".join(f"{number[state]} {state.value}" for state in occurring)


def distinct_arms(evidence: Evidence) -> dict[str, str]:
    """Arm → its name in a figure; equal configurations are one entry, `full = + dice`."""
    names_of: dict[str, list[str]] = {}
    for arm in evidence.arms.values():
        key = configuration_key(arm.config)
        names_of.setdefault(key, []).append(arm.name)
    shown = {}
    for names in names_of.values():
        first = names[0]
        shown[first] = " = ".join(names)
    return shown


def curves(evidence: Evidence, arm: str, metric: str) -> pd.DataFrame:
    """A metric of an arm's complete runs (epochs, runs).

    The index is the number of epochs trained, the columns are the trials. Only epochs that every
    run reports are included, as a mean over fewer runs would change with the runs left.
    """
    numbers = evidence.runs(arm)["trial"].astype(int)
    trials = sorted(numbers.tolist())
    epochs, values = curve_matrix(evidence.history, metric, trials)
    every_epoch = pd.DataFrame(values.T, index=epochs, columns=trials)
    return every_epoch.dropna()


def left_out(evidence: Evidence, arms: Iterable[str]) -> str:
    """A sentence on the missing, failed, pruned and unfinished runs of some arms, else ""."""
    shown = set(arms)
    texts = [caveat.text for caveat in incomplete(evidence) if caveat.arm in shown]
    if not texts:
        return ""
    return f" Runs are missing. {'. '.join(texts)}."


def selection(evidence: Evidence) -> str:
    """The epoch that values are read at, as a clause."""
    return f"each run at its {evidence.history.spec.read_at}"
