"""What several figures read from the evidence: arms without their doubles, curves, the outcomes of the search."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sweep.report.caveats import incomplete
from sweep.report.evidence import Evidence
from sweep.report.frames import epochs_frame, selected_report
from sweep.trial import State, Trial, configuration_key

STATE_ORDER = (State.COMPLETE, State.PRUNED, State.FAILED, State.RUNNING)


@dataclass(frozen=True)
class Searched:
    """A configuration that the search tried.

    Attributes:
        number: its place in the order they were suggested, from 0.
        trials: one per seed.
        state: COMPLETE only if every seed of the search has a complete trial.
        value: mean over the seeds of the study's metric at each trial's selected epoch; None unless COMPLETE.
    """

    number: int
    trials: tuple[Trial, ...]
    state: State
    value: float | None

    @property
    def config(self) -> Mapping[str, Any]:
        """One value for every active parameter."""
        return self.trials[0].config


def searched(evidence: Evidence) -> list[Searched]:
    """Every configuration of the search, in the order they were suggested."""
    groups: dict[tuple[object, str], list[Trial]] = {}
    for trial in evidence.history.stage("search"):
        key = trial.attributes.get("suggestion"), configuration_key(trial.config)
        groups.setdefault(key, []).append(trial)
    return [_searched(evidence, number, tuple(trials)) for number, trials in enumerate(groups.values())]


def _searched(evidence: Evidence, number: int, trials: tuple[Trial, ...]) -> Searched:
    search = evidence.history.spec.search
    states = {trial.state for trial in trials}
    state = next((s for s in (State.FAILED, State.PRUNED, State.RUNNING) if s in states), State.COMPLETE)
    if state is State.COMPLETE and search is not None and len(trials) < len(search.seeds):
        state = State.RUNNING  # its other seeds are still to come
    if state is not State.COMPLETE:
        return Searched(number, trials, state, None)
    values = [_objective(evidence, trial) for trial in trials]
    mean = math.fsum(values) / len(values)
    if not math.isfinite(mean):  # complete, but without a value that could be a result
        return Searched(number, trials, State.FAILED, None)
    return Searched(number, trials, state, mean)


def _objective(evidence: Evidence, trial: Trial) -> float:
    report = selected_report(evidence.history, trial)
    value = None if report is None else report.metrics.get(evidence.history.spec.metric.name)
    return math.nan if value is None else value


def counts(outcomes: Iterable[State]) -> str:
    """`12 complete, 8 pruned`."""
    found = list(outcomes)
    return ", ".join(f"{found.count(state)} {state.value}" for state in STATE_ORDER if state in found)


def distinct_arms(evidence: Evidence) -> dict[str, str]:
    """Arm → its name in a figure; arms of one configuration are one entry, `full = + dice`."""
    names: dict[str, list[str]] = {}
    for arm in evidence.arms.values():
        names.setdefault(configuration_key(arm.config), []).append(arm.name)
    return {same[0]: " = ".join(same) for same in names.values()}


def curves(evidence: Evidence, arm: str, metric: str) -> pd.DataFrame:
    """A metric of an arm's complete runs (epochs, runs): index the number of epochs trained, columns the trials.

    Only epochs that every run of the arm reports: a mean over fewer and fewer runs would change by who is left.
    """
    trials = [int(trial) for trial in evidence.runs(arm)["trial"]]
    frame = epochs_frame(evidence.history, [metric], trials)
    matrix = frame.pivot_table(index="epoch", columns="trial", values=metric, dropna=False).dropna()
    return matrix.set_axis(matrix.index + 1, axis=0)


def left_out(evidence: Evidence, arms: Iterable[str]) -> str:
    """A sentence naming the missing, failed, pruned and unfinished runs of some arms; "" when there are none."""
    shown = set(arms)
    said = [caveat.text for caveat in incomplete(evidence) if caveat.arm in shown]
    return f" Runs are missing. {'. '.join(said)}." if said else ""


def selection(evidence: Evidence) -> str:
    """Where in the curve a value was read."""
    spec = evidence.history.spec
    if spec.report.select == "last":
        return "each run at its last epoch"
    return f"each run at its best epoch by {spec.metric.name}"
