"""Copies a study's search from its log into an Optuna study in memory, and keeps it up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model import distributions
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.search import observing, population, search_stage
from sweep.search.observations import Suggestion

if TYPE_CHECKING:
    import optuna

_EDGE = 1e-6  # probability beyond each end of the axis, for a parameter without bounds


class Copy:
    """The Optuna study; its parameters have the names and values of the study file.

    Raises:
        UsageError: the search is a population.
    """

    def __init__(self, history: History):
        import optuna

        if population.section(history.spec) is not None:
            raise UsageError(
                f"{history.spec.name} trains a population, whose members change "
                "their values during training. Optuna cannot represent such "
                "trials. See `sweep status`, or the report"
            )

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
        """Copy what has changed since the last call."""
        for index, suggestion in enumerate(search_stage.suggestions(history)):
            if index not in self._ended:
                self._take(index, history, suggestion)

    def _take(self, index: int, history: History, suggestion: Suggestion) -> None:
        """Add a suggestion to Optuna's study, or update it."""
        observed = observing.observe(history.spec, suggestion)
        several = len(history.spec.search_space.goals) > 1
        if index == self._count:
            self._study.add_trial(_begun(history, suggestion))
            self._count += 1
        trial = self.storage.get_trial_id_from_study_id_trial_number(self._id, index)
        if not several:
            for epoch, value in observed.curve.items():
                self.storage.set_trial_intermediate_value(trial, epoch, value)
        if observed.state.finished and suggestion.state.finished:
            self._ended.add(index)
            reasons = [each.reason for each in suggestion.trials if each.reason]
            if reasons:
                self.storage.set_trial_user_attr(trial, "reason", reasons[0])
            values: list[float] | None = list(observed.values)
            if not values:
                values = None if observed.value is None else [observed.value]
            state = _state(observed.state, several)
            self.storage.set_trial_state_values(trial, state, values)


def _begun(history: History, suggestion: Suggestion) -> optuna.trial.FrozenTrial:
    """A running configuration as an Optuna trial."""
    import optuna

    params: dict[str, Any] = {}
    distributions = {}
    for name, value in suggestion.trials[0].config.items():
        parameter = history.spec.parameters.get(name)
        if parameter is None or isinstance(parameter.domain, Constant):
            continue
        params[name] = _shown(parameter, value)
        distributions[name] = _axis(parameter)
    numbers = ", ".join(str(trial.number) for trial in suggestion.trials)
    return optuna.trial.create_trial(
        state=optuna.trial.TrialState.RUNNING,
        params=params,
        distributions=distributions,
        user_attrs={"trials": numbers},
    )


def _state(state: State, several: bool) -> optuna.trial.TrialState:
    """Optuna's state of a trial; `several`: the search has several objectives."""
    from optuna.trial import TrialState

    if state is State.COMPLETE:
        return TrialState.COMPLETE
    # Optuna cannot rank pruned trials of several objectives.
    if state is State.PRUNED and not several:
        return TrialState.PRUNED
    return TrialState.FAIL


def _axis(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """The Optuna distribution of a parameter."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    domain = parameter.domain
    if isinstance(domain, Choice):
        labels = dict.fromkeys(map(str, domain.choices))
        return CategoricalDistribution(list(labels))
    if isinstance(domain, IntUniform):
        return IntDistribution(domain.low, domain.high, log=domain.log)
    if isinstance(domain, Normal | Beta):
        low = distributions.quantile(domain, _EDGE)
        high = distributions.quantile(domain, 1 - _EDGE)
        return FloatDistribution(low, high)
    if isinstance(domain, Constant):
        raise TypeError("a constant has no axis")
    return FloatDistribution(domain.low, domain.high, log=domain.log)


def _shown(parameter: Parameter, value: Any) -> Any:
    """A value for Optuna's distribution: a choice as text, a number clipped to the bounds."""
    domain = parameter.domain
    if isinstance(domain, Choice):
        return str(value)
    axis: Any = _axis(parameter)
    return min(max(value, axis.low), axis.high)
