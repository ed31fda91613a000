"""The configurations that the search tried, with their outcomes, for tables and figures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sweep.history.history import History
from sweep.model.trial import State, Trial, configuration_key
from sweep.report.frames import selected_report
from sweep.search import trial_value


@dataclass(frozen=True)
class Searched:
    """A configuration that the search tried.

    Attributes:
        number: its position in the order of suggestion, from 0.
        trials: one per seed and fold, as far as they were created.
        state: COMPLETE only if every seed and fold of the search has a complete trial; PRUNED also
            if it was given up before it had all of them; PAUSED while its first trial is paused.
        value: mean over the trials of the study's metric at each trial's selected epoch (smoothed
            as `report.select` says); None unless COMPLETE.
    """

    number: int
    trials: tuple[Trial, ...]
    state: State
    value: float | None

    @property
    def config(self) -> Mapping[str, Any]:
        """One value for every active parameter."""
        return self.trials[0].config


def searched(history: History) -> list[Searched]:
    """Every configuration of the search, in the order of suggestion."""
    groups: dict[tuple[object, str], list[Trial]] = {}
    for trial in history.stage("search"):
        suggestion = trial.attributes.get("suggestion")
        key = suggestion, configuration_key(trial.config)
        groups.setdefault(key, []).append(trial)
    configurations = []
    for number, trials in enumerate(groups.values()):
        configuration = _searched(history, number, tuple(trials))
        configurations.append(configuration)
    return configurations


def read(history: History, trial: Trial, metric: str) -> float:
    """A metric of a trial at its selected epoch, NaN without one."""
    report = selected_report(history, trial)
    if report is None:
        return math.nan
    value = report.metrics.get(metric)
    return math.nan if value is None else value


def _searched(history: History, number: int, trials: tuple[Trial, ...]) -> Searched:
    """The configuration that these trials trained; its number is its place in the search."""
    state = _state(history, trials)
    if state is not State.COMPLETE:
        return Searched(number, trials, state, None)
    values = [_worth(history, trial) for trial in trials]
    mean = math.fsum(values) / len(values)
    if not math.isfinite(mean):  # complete, but without a usable value
        return Searched(number, trials, State.FAILED, None)
    return Searched(number, trials, state, mean)


def _state(history: History, trials: tuple[Trial, ...]) -> State:
    """The state of a configuration: the first of four that one of its trials has, else complete."""
    states = {State.PRUNED if trial.given_up else trial.state for trial in trials}
    for state in (State.FAILED, State.PRUNED, State.PAUSED, State.RUNNING):
        if state in states:
            return state
    search = history.spec.search
    planned = len(trials) if search is None else len(search.pairs)
    if len(trials) < planned:
        return State.RUNNING  # its other runs have not started
    return State.COMPLETE


def _worth(history: History, trial: Trial) -> float:
    """What the search ranks a trial by, NaN without it."""
    spec = history.spec
    smoothed = spec.report.select == "smoothed" and spec.report.select_by is None
    if smoothed and trial.curve(spec.metric.name):
        return trial_value.value(spec, trial)
    return read(history, trial, spec.metric.name)
