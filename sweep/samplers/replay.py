"""Observations replayed into an in-memory Optuna study, and one question put to it.

The study of the last question is kept, as a cache and nothing more: when the next observations
begin with those that it holds, only the difference is told to it. It gives the answer that a study
replayed from nothing would give.
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
    """What an Optuna sampler suggests after `observations`, and the parameters and attributes to
    remember with it.

    Args:
        space: what is searched.
        observations: in the order in which their configurations were suggested.
        sampler: made for this question alone; what it keeps in itself is lost.
        cached: whether the study of the last question may be used. Not for a sampler that leaves
            attributes with the study (`study.system_attrs`): they would be those of an earlier
            question.
    """
    replay = _up_to_date(space, observations) if cached else Replay(space, observations)
    with one_thread():
        return replay.ask(space.parameters, sampler)


def replayed(
    space: SearchSpace,
    observations: Sequence[Observation],
    sampler: optuna.samplers.BaseSampler,
) -> optuna.Study:
    """An in-memory Optuna study that holds `observations`."""
    study = Replay(space, observations).study
    study.sampler = sampler
    return study


class Replay:
    """An in-memory Optuna study and the observations that it holds."""

    def __init__(self, space: SearchSpace, observations: Sequence[Observation]):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._goals, self._parameters = space.goals, space.parameters
        self._storage = _storage()
        # The sampler of a question is made for it; this one is never asked.
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
        # The study's last trial, for which there is no observation yet.
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
                config[name] = decode(
                    domain, _suggest(trial, name, self._distributions[name])
                )
        asked = self.study.get_trials(deepcopy=False)[-1]
        self._asked = {
            "params": dict(asked.params),
            "system_attrs": dict(asked.system_attrs),
        }
        return config, dict(self._asked)

    def extend(self, space: SearchSpace, observations: Sequence[Observation]) -> bool:
        """Bring the study up to `observations`.

        False, with nothing done, if they do not continue those that the study holds.
        """
        if self._goals != space.goals or self._parameters != space.parameters:
            return False
        held = list(self._observations)
        if self._asked is not None:
            if len(observations) <= len(held) or not self._was_taken(
                observations[len(held)]
            ):
                return False
            taken = observations[len(held)]
            held.append(Observation(taken.config, State.RUNNING, memory=taken.memory))
        if len(observations) < len(held):
            return False
        changed = []
        for number, (old, new) in enumerate(zip(held, observations, strict=False)):
            if old is not new and old != new:
                changed.append(number)
        if not all(
            _continues(held[number], observations[number]) for number in changed
        ):
            return False
        for number in changed:
            self._tell(number, held[number], observations[number])
        self._observations, self._asked = list(observations[: len(held)]), None
        self._add(observations[len(held) :])
        return True

    def _was_taken(self, observation: Observation) -> bool:
        """Whether an observation is of the configuration that was suggested last."""
        asked = self._asked or {}
        return all(observation.memory.get(key) == value for key, value in asked.items())

    def _tell(self, number: int, old: Observation, new: Observation) -> None:
        """Bring a running or a paused trial up to what is observed of it now."""
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
        return len(self._goals) > 1

    def _curve(self, observation: Observation) -> dict[int, float]:
        """Optuna takes intermediate values of a study with one objective only."""
        return {} if self._several else dict(observation.curve)

    def _state(self, state: State) -> optuna.trial.TrialState:
        """A trial without all its objectives teaches nothing: Optuna cannot rank a pruned one."""
        return _state(
            State.FAILED if self._several and state is State.PRUNED else state
        )

    def _values(self, observation: Observation) -> list[float] | None:
        if self._several:
            return list(observation.values) or None
        return None if observation.value is None else [observation.value]

    def _add(self, observations: Sequence[Observation]) -> None:
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
        """A configuration in Optuna's form, also where Optuna did not suggest it."""
        if "params" in observation.memory:
            return dict(observation.memory["params"])
        return {
            name: encode(self._parameters[name].domain, value)
            for name, value in observation.config.items()
            if name in self._distributions
        }


_last: list[Replay] = []  # at most one


def forget() -> None:
    """Drop the study of the last question, as the end of the process would."""
    _last.clear()


def _up_to_date(space: SearchSpace, observations: Sequence[Observation]) -> Replay:
    if not _last or not _last[0].extend(space, observations):
        _last[:] = [Replay(space, observations)]
    return _last[0]


def _continues(old: Observation, new: Observation) -> bool:
    """Whether `new` is what a running trial, or one that paused at a rung, may have become."""
    same = old.config == new.config and old.memory == new.memory
    went_on = old.state is State.PRUNED and new.state is not State.RUNNING
    return (
        (old.state is State.RUNNING or went_on)
        and same
        and old.curve.keys() <= new.curve.keys()
    )


def _storage() -> Any:
    """An in-memory storage of Optuna's in which a trial that was told as pruned may go on.

    Optuna's own refuses that: to it a pruned trial has ended, and a paused one does not exist.
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
            trial = copy.copy(self.get_trial(trial_id))
            trial.state, trial.values, trial.intermediate_values = state, values, curve
            study_id, _ = self._trial_id_to_study_id_and_number[trial_id]
            self._set_trial(trial_id, trial)
            self._update_cache(trial_id, study_id)

    return Rewritable()


def _state(state: State) -> optuna.trial.TrialState:
    import optuna

    return {
        State.COMPLETE: optuna.trial.TrialState.COMPLETE,
        State.PRUNED: optuna.trial.TrialState.PRUNED,
        State.FAILED: optuna.trial.TrialState.FAIL,
        State.RUNNING: optuna.trial.TrialState.RUNNING,
    }[state]


# ------------------------------------------------------------- domains in Optuna's form


def _suggest(
    trial: optuna.Trial, name: str, wanted: optuna.distributions.BaseDistribution
) -> Any:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(wanted, CategoricalDistribution):
        return trial.suggest_categorical(name, wanted.choices)
    if isinstance(wanted, IntDistribution):
        return trial.suggest_int(
            name, wanted.low, wanted.high, step=wanted.step, log=wanted.log
        )
    if isinstance(wanted, FloatDistribution):
        return trial.suggest_float(
            name, wanted.low, wanted.high, step=wanted.step, log=wanted.log
        )
    raise TypeError(f"no way to suggest from {wanted!r}")


def distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """Optuna's form of a domain.

    Choices go by position, so that they may be anything, lists included.
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
    # Optuna takes a step only on a linear scale; `quantise` puts logarithmic draws on the grid.
    if isinstance(domain, IntUniform):
        return IntDistribution(
            domain.low,
            domain.high,
            log=domain.log,
            step=1 if domain.log else domain.step,
        )
    return FloatDistribution(
        domain.low,
        domain.high,
        log=domain.log,
        step=None if domain.log else domain.step,
    )


def decode(domain: Domain, raw: Any) -> Any:
    """The value behind Optuna's form of it."""
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
