"""A study's search as an Optuna study in memory, made from the log and brought up to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sweep.history.history import History
from sweep.model import parameters
from sweep.model.parameters import Beta, Choice, Constant, IntUniform, Normal, Parameter
from sweep.model.trial import State
from sweep.search import search_stage
from sweep.search.observations import Suggestion

if TYPE_CHECKING:
    import optuna

_EDGE = 1e-6  # probability beyond the ends of the axis of a parameter without bounds


class Copy:
    """The Optuna study; parameters have the values that the study file names."""

    def __init__(self, history: History):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.storage = optuna.storages.InMemoryStorage()
        self._study = optuna.create_study(
            study_name=history.spec.name,
            directions=history.spec.search_space.goals,
            storage=self.storage,
        )
        self._id = self.storage.get_study_id_from_name(history.spec.name)
        self._count = 0
        self._ended: set[int] = set()
        self.update(history)

    def update(self, history: History) -> None:
        """Take in what has happened since the last time."""
        for index, suggestion in enumerate(search_stage.suggestions(history)):
            if index not in self._ended:
                self._take(index, history, suggestion)

    def _take(self, index: int, history: History, suggestion: Suggestion) -> None:
        seen = search_stage.observe(history.spec, suggestion)
        several = len(history.spec.search_space.goals) > 1
        if index == self._count:
            self._study.add_trial(_begun(history, suggestion))
            self._count += 1
        trial = self.storage.get_trial_id_from_study_id_trial_number(self._id, index)
        for epoch, value in () if several else seen.curve.items():
            self.storage.set_trial_intermediate_value(trial, epoch, value)
        if seen.state.finished and suggestion.state.finished:
            self._ended.add(index)
            if reason := next((each.reason for each in suggestion.trials if each.reason), ""):
                self.storage.set_trial_user_attr(trial, "reason", reason)
            values = list(seen.values) or (None if seen.value is None else [seen.value])
            self.storage.set_trial_state_values(trial, _state(seen.state, several), values)


def _begun(history: History, suggestion: Suggestion) -> optuna.trial.FrozenTrial:
    """A configuration that runs, as Optuna keeps it."""
    import optuna

    searched = {
        n: p for n, p in history.spec.parameters.items() if not isinstance(p.domain, Constant)
    }
    config = {
        name: value for name, value in suggestion.trials[0].config.items() if name in searched
    }
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.RUNNING,
        params={name: _shown(searched[name], value) for name, value in config.items()},
        distributions={name: _axis(searched[name]) for name in config},
        user_attrs={"trials": ", ".join(str(trial.number) for trial in suggestion.trials)},
    )


def _state(state: State, several: bool) -> optuna.trial.TrialState:
    from optuna.trial import TrialState

    if state is State.PRUNED:
        return (
            TrialState.FAIL if several else TrialState.PRUNED
        )  # Optuna cannot rank a pruned one of several
    return TrialState.COMPLETE if state is State.COMPLETE else TrialState.FAIL


def _axis(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """The axis that a parameter is drawn on."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    domain = parameter.domain
    if isinstance(domain, Choice):
        return CategoricalDistribution(
            list(dict.fromkeys(str(choice) for choice in domain.choices))
        )
    if isinstance(domain, IntUniform):
        return IntDistribution(domain.low, domain.high, log=domain.log)
    if isinstance(domain, Normal | Beta):
        return FloatDistribution(
            parameters.quantile(domain, _EDGE), parameters.quantile(domain, 1 - _EDGE)
        )
    if isinstance(domain, Constant):
        raise TypeError("a constant has no axis")
    return FloatDistribution(domain.low, domain.high, log=domain.log)


def _shown(parameter: Parameter, value: Any) -> Any:
    """A value on its parameter's axis: a choice by its text, a number within the ends."""
    domain = parameter.domain
    if isinstance(domain, Choice):
        return str(value)
    axis: Any = _axis(parameter)
    return min(max(value, axis.low), axis.high)
