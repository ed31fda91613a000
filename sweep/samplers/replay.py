"""Replay observations into an in-memory Optuna study, and ask one of Optuna's samplers.

The last study is cached: if the next observations continue the ones it has, only the difference is
added. The suggestion is the same as from a study that is replayed from scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sweep.model import conditions, distributions, domains, equality
from sweep.model.domains import Beta, Choice, Constant, Domain, IntUniform, Normal
from sweep.model.parameters import Parameter, Parameters
from sweep.model.search_space import SearchSpace
from sweep.model.trial import State
from sweep.samplers.drawing import OPEN_INTERVAL
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.threads import one_thread

if TYPE_CHECKING:
    import optuna


def ask(
    space: SearchSpace,
    observations: Sequence[Observation],
    sampler: optuna.samplers.BaseSampler,
    *,
    cached: bool = True,
) -> tuple[dict[str, Any], Memory]:
    """The suggestion of an Optuna sampler after `observations`, and its memory.

    The memory has Optuna's parameters and attributes of the suggested trial.

    Args:
        space: the search space.
        observations: in the order in which their configurations were suggested.
        sampler: created for this suggestion; its internal state is lost.
        cached: whether the cached study may be used. Not for a sampler that stores attributes in
            the study (`study.system_attrs`), which would be those of an earlier suggestion.
    """
    replay = _up_to_date(space, observations) if cached else Replay(space, observations)
    with one_thread():
        return replay.ask(space.parameters, sampler)


def replayed(
    space: SearchSpace,
    observations: Sequence[Observation],
    sampler: optuna.samplers.BaseSampler,
) -> optuna.Study:
    """An in-memory Optuna study with `observations`."""
    study = Replay(space, observations).study
    study.sampler = sampler
    return study


class Replay:
    """An in-memory Optuna study together with its observations."""

    def __init__(self, space: SearchSpace, observations: Sequence[Observation]):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._goals, self._parameters = space.goals, space.parameters
        self._storage = _storage()
        # This sampler is never used: each suggestion has a new one.
        self.study = optuna.create_study(
            directions=self._goals,
            storage=self._storage,
            sampler=optuna.samplers.RandomSampler(seed=0),
        )
        self._id = self._storage.get_study_id_from_name(self.study.study_name)
        self._distributions = {
            name: distribution(parameter)
            for name, parameter in space.parameters.items()
            if not isinstance(parameter.domain, Constant)
        }
        self._observations: list[Observation] = []
        # The study's last trial, which has no observation yet.
        self._asked: Memory | None = None
        self._add(observations)

    def ask(
        self, space: Parameters, sampler: optuna.samplers.BaseSampler
    ) -> tuple[dict[str, Any], Memory]:
        """Suggest a value for every active parameter.

        The study has one more running trial afterwards.
        """
        self.study.sampler = sampler
        trial = self.study.ask()
        config: dict[str, Any] = {}
        for name in conditions.order(space):
            domain = space[name].domain
            if not conditions.is_active(space[name], config):
                continue
            if isinstance(domain, Constant):
                config[name] = domain.value
            else:
                raw = _suggest(trial, name, self._distributions[name])
                config[name] = decode(domain, raw)
        asked = self.study.get_trials(deepcopy=False)[-1]
        self._asked = {
            "params": dict(asked.params),
            "system_attrs": dict(asked.system_attrs),
        }
        return config, dict(self._asked)

    def extend(self, space: SearchSpace, observations: Sequence[Observation]) -> bool:
        """Update the study to `observations`.

        Returns False, and changes nothing, if they do not continue those of the study.
        """
        if self._goals != space.goals or self._parameters != space.parameters:
            return False
        current = list(self._observations)
        if self._asked is not None:
            if len(observations) <= len(current):
                return False
            suggested = observations[len(current)]
            if not self._was_suggested(suggested):
                return False
            current.append(
                Observation(suggested.config, State.RUNNING, memory=suggested.memory)
            )
        if len(observations) < len(current):
            return False
        changed = []
        for number, (old, new) in enumerate(zip(current, observations, strict=False)):
            if old is not new and old != new:
                if not _continues(old, new):
                    return False
                changed.append(number)
        for number in changed:
            self._tell(number, current[number], observations[number])
        self._observations, self._asked = list(observations[: len(current)]), None
        self._add(observations[len(current) :])
        return True

    def _was_suggested(self, observation: Observation) -> bool:
        """Whether an observation is of the last suggested configuration."""
        asked = self._asked or {}
        return all(observation.memory.get(key) == value for key, value in asked.items())

    def _tell(self, number: int, old: Observation, new: Observation) -> None:
        """Update a running or paused trial to its new observation."""
        trial = self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
        if old.state is not State.RUNNING:
            state, values = self._state(new.state), self._values(new)
            self._storage.rewrite(trial, state, values, self._curve(new))
            return
        for epoch, value in self._curve(new).items():
            if old.curve.get(epoch) != value:
                self._storage.set_trial_intermediate_value(trial, epoch, value)
        if new.state is not State.RUNNING:
            self._storage.set_trial_state_values(
                trial, self._state(new.state), self._values(new)
            )

    @property
    def _several(self) -> bool:
        """Whether there are several objectives."""
        return len(self._goals) > 1

    def _curve(self, observation: Observation) -> dict[int, float]:
        """Intermediate values, which Optuna accepts for a single objective only."""
        return {} if self._several else dict(observation.curve)

    def _state(self, state: State) -> optuna.trial.TrialState:
        """Optuna's state; with several objectives Optuna cannot rank a pruned trial."""
        if self._several and state is State.PRUNED:
            state = State.FAILED
        return _state(state)

    def _values(self, observation: Observation) -> list[float] | None:
        """The values of an observation; None without any."""
        if self._several:
            return list(observation.values) or None
        return None if observation.value is None else [observation.value]

    def _add(self, observations: Sequence[Observation]) -> None:
        """Add observations to Optuna's study."""
        import optuna

        for observation in observations:
            params = self._params(observation)
            trial = optuna.trial.create_trial(
                state=self._state(observation.state),
                values=self._values(observation),
                params=params,
                distributions={name: self._distributions[name] for name in params},
                system_attrs=dict(observation.memory.get("system_attrs", {})),
                intermediate_values=self._curve(observation),
            )
            self.study.add_trial(trial)
            self._observations.append(observation)

    def _params(self, observation: Observation) -> dict[str, Any]:
        """A configuration in Optuna's form, even if Optuna did not suggest it."""
        if "params" in observation.memory:
            return dict(observation.memory["params"])
        return {
            name: encode(self._parameters[name].domain, value)
            for name, value in observation.config.items()
            if name in self._distributions
        }


_last: list[Replay] = []  # at most one


def forget() -> None:
    """Drop the cached study, as the end of the process would."""
    _last.clear()


def _up_to_date(space: SearchSpace, observations: Sequence[Observation]) -> Replay:
    """The replay of these observations; the last one is continued if it fits."""
    if not _last or not _last[0].extend(space, observations):
        _last[:] = [Replay(space, observations)]
    return _last[0]


def _continues(old: Observation, new: Observation) -> bool:
    """Whether a running trial, or one that paused at a rung, can have become `new`."""
    if old.config != new.config or old.memory != new.memory:
        return False
    continued = old.state is State.PRUNED and new.state is not State.RUNNING
    if old.state is not State.RUNNING and not continued:
        return False
    return old.curve.keys() <= new.curve.keys()


def _storage() -> Any:
    """Optuna's in-memory storage, extended so that a pruned trial may continue.

    Optuna does not allow that: a pruned trial has ended, and there are no paused trials.
    """
    import copy

    import optuna

    class Rewritable(optuna.storages.InMemoryStorage):
        def rewrite(
            self,
            trial_id: int,
            state: optuna.trial.TrialState,
            values: list[float] | None,
            curve: dict[int, float],
        ) -> None:
            """Replace what Optuna's storage holds about a trial."""
            trial = copy.copy(self.get_trial(trial_id))
            trial.state, trial.values, trial.intermediate_values = state, values, curve
            study_id, _ = self._trial_id_to_study_id_and_number[trial_id]
            self._set_trial(trial_id, trial)
            self._update_cache(trial_id, study_id)

    return Rewritable()


def _state(state: State) -> optuna.trial.TrialState:
    """Optuna's state of an observation."""
    import optuna

    return {
        State.COMPLETE: optuna.trial.TrialState.COMPLETE,
        State.PRUNED: optuna.trial.TrialState.PRUNED,
        State.FAILED: optuna.trial.TrialState.FAIL,
        State.RUNNING: optuna.trial.TrialState.RUNNING,
    }[state]


# ------------------------------------------------------------- domains in Optuna's form


def _suggest(
    trial: optuna.Trial, name: str, requested: optuna.distributions.BaseDistribution
) -> Any:
    """The value that Optuna suggests for one parameter."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(requested, CategoricalDistribution):
        return trial.suggest_categorical(name, requested.choices)
    if isinstance(requested, IntDistribution):
        low, high, step = requested.low, requested.high, requested.step
        return trial.suggest_int(name, low, high, step=step, log=requested.log)
    if isinstance(requested, FloatDistribution):
        bounds = requested.low, requested.high
        return trial.suggest_float(
            name, *bounds, step=requested.step, log=requested.log
        )
    raise TypeError(f"cannot suggest from {requested!r}")


def distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """Optuna's form of a domain.

    Choices are represented by their index, so that they may be any value, including lists.
    """
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    domain = parameter.domain
    if isinstance(domain, Constant):
        raise TypeError(f"{parameter.name} is a constant; there is nothing to search")
    if isinstance(domain, Choice):
        return CategoricalDistribution(range(len(domain.choices)))
    if isinstance(domain, Normal | Beta):
        return FloatDistribution(OPEN_INTERVAL, 1 - OPEN_INTERVAL)
    # Optuna accepts a step only on a linear scale; `quantise` rounds logarithmic draws.
    log = domain.log
    if isinstance(domain, IntUniform):
        step = 1 if log else domain.step
        return IntDistribution(domain.low, domain.high, log=log, step=step)
    width = None if log else domain.step
    return FloatDistribution(domain.low, domain.high, log=log, step=width)


def decode(domain: Domain, raw: Any) -> Any:
    """The value of Optuna's form."""
    if isinstance(domain, Choice):
        return domain.choices[raw]
    if isinstance(domain, Normal | Beta):
        return distributions.quantile(domain, raw)
    return domains.quantise(domain, raw)


def encode(domain: Domain, value: Any) -> Any:
    """A value in Optuna's form."""
    if isinstance(domain, Choice):
        return next(
            i for i, choice in enumerate(domain.choices) if equality.same(choice, value)
        )
    if isinstance(domain, Normal | Beta):
        probability = distributions.probability(domain, value)
        return min(max(probability, OPEN_INTERVAL), 1 - OPEN_INTERVAL)
    return value
