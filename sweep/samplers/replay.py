"""A past replayed into an in-memory Optuna study, and one question put to it.

The study of the last question is kept, as a cache and nothing more: when the next past begins with
what that study has lived through, only the difference is told to it. It gives the answer that a
study replayed from nothing would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sweep.model import parameters
from sweep.model.parameters import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Parameter,
    Parameters,
)
from sweep.model.trial import Goal, State
from sweep.samplers.drawing import OPEN_INTERVAL
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.threads import one_thread
from sweep.spec import StudySpec

if TYPE_CHECKING:
    import optuna


def ask(
    spec: StudySpec,
    past: Sequence[Observation],
    sampler: optuna.samplers.BaseSampler,
    *,
    cached: bool = True,
) -> tuple[dict[str, Any], Memory]:
    """What an Optuna sampler suggests after `past`, and the parameters and attributes to remember
    with it.

    Args:
        sampler: made for this question alone; what it keeps in itself is lost.
        cached: whether the study of the last question may be used. Not for a sampler that leaves
            attributes with the study (`study.system_attrs`): they would be those of an earlier
            past.
    """
    lived = _up_to_date(spec, past) if cached else Replay(spec, past)
    with one_thread():
        return lived.ask(spec.parameters, sampler)


def replayed(
    spec: StudySpec, past: Sequence[Observation], sampler: optuna.samplers.BaseSampler
) -> optuna.Study:
    """An in-memory Optuna study that has lived through `past`."""
    study = Replay(spec, past).study
    study.sampler = sampler
    return study


class Replay:
    """An in-memory Optuna study and the past that it has lived through."""

    def __init__(self, spec: StudySpec, past: Sequence[Observation]):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._storage = optuna.storages.InMemoryStorage()
        # The sampler of a question is made for it; this one is never asked.
        self.study = optuna.create_study(
            directions=goals(spec),
            storage=self._storage,
            sampler=optuna.samplers.RandomSampler(seed=0),
        )
        self._id = self._storage.get_study_id_from_name(self.study.study_name)
        self._goals, self._parameters = goals(spec), spec.parameters
        self._known = {
            n: distribution(p)
            for n, p in spec.parameters.items()
            if not isinstance(p.domain, Constant)
        }
        self._seen: list[Observation] = []
        # of the study's last trial, which no observation has spoken of yet
        self._asked: Memory | None = None
        self._add(past)

    def ask(
        self, space: Parameters, sampler: optuna.samplers.BaseSampler
    ) -> tuple[dict[str, Any], Memory]:
        """Suggest a value for every active parameter.

        The study has one more running trial afterwards.
        """
        self.study.sampler = sampler
        trial = self.study.ask()
        drawn: dict[str, Any] = {}
        for name in parameters.order(space):
            parameter = space[name]
            if not parameters.is_active(parameter, drawn):
                continue
            if isinstance(parameter.domain, Constant):
                drawn[name] = parameter.domain.value
            else:
                drawn[name] = decode(parameter.domain, _suggest(trial, name, self._known[name]))
        asked = self.study.get_trials(deepcopy=False)[-1]
        self._asked = {"params": dict(asked.params), "system_attrs": dict(asked.system_attrs)}
        return drawn, dict(self._asked)

    def extend(self, spec: StudySpec, past: Sequence[Observation]) -> bool:
        """Live on to `past`; False, with nothing done, if that is not how this past went on."""
        if self._goals != goals(spec) or self._parameters != spec.parameters:
            return False
        seen = list(self._seen)
        if self._asked is not None:
            if len(past) <= len(seen) or any(
                past[len(seen)].memory.get(k) != v for k, v in self._asked.items()
            ):
                return False  # what was asked for was not taken
            seen.append(
                Observation(past[len(seen)].config, State.RUNNING, memory=past[len(seen)].memory)
            )
        if len(past) < len(seen):
            return False
        news = [
            (n, new)
            for n, (old, new) in enumerate(zip(seen, past, strict=False))
            if old is not new and old != new
        ]
        if not all(_went_on(seen[number], new) for number, new in news):
            return False
        for number, new in news:
            self._tell(number, seen[number], new)
        self._seen, self._asked = list(past[: len(seen)]), None
        self._add(past[len(seen) :])
        return True

    def _tell(self, number: int, old: Observation, new: Observation) -> None:
        """Bring a running trial up to what is known of it now."""
        trial = self._storage.get_trial_id_from_study_id_trial_number(self._id, number)
        for epoch, value in () if self._several else new.curve.items():
            if old.curve.get(epoch) != value:
                self._storage.set_trial_intermediate_value(trial, epoch, value)
        if new.state is not State.RUNNING:
            self._storage.set_trial_state_values(trial, self._state(new.state), self._values(new))

    @property
    def _several(self) -> bool:
        return len(self._goals) > 1

    def _state(self, state: State) -> optuna.trial.TrialState:
        """A trial without all its objectives tells a sampler of several nothing: Optuna cannot rank a pruned one."""
        return _state(State.FAILED if self._several and state is State.PRUNED else state)

    def _values(self, seen: Observation) -> list[float] | None:
        if self._several:
            return list(seen.values) or None
        return None if seen.value is None else [seen.value]

    def _add(self, more: Sequence[Observation]) -> None:
        import optuna

        for seen in more:
            params = seen.memory.get("params")
            if params is None:  # it was not Optuna that chose it
                own = self._parameters
                params = {
                    n: encode(own[n].domain, v) for n, v in seen.config.items() if n in self._known
                }
            self.study.add_trial(
                optuna.trial.create_trial(
                    state=self._state(seen.state),
                    values=self._values(seen),
                    params=params,
                    distributions={name: self._known[name] for name in params},
                    system_attrs=dict(seen.memory.get("system_attrs", {})),
                    intermediate_values={} if self._several else dict(seen.curve),
                )
            )
            self._seen.append(seen)


def goals(spec: StudySpec) -> list[Goal]:
    """The goal of each objective of the search; of the study's metric alone where there are none."""
    several = () if spec.search is None else spec.search.objectives
    return [objective.goal for objective in several] or [spec.metric.goal]


_last: list[Replay] = []  # at most one


def forget() -> None:
    """Drop the study of the last question, as the end of the process would."""
    _last.clear()


def _up_to_date(spec: StudySpec, past: Sequence[Observation]) -> Replay:
    if not _last or not _last[0].extend(spec, past):
        _last[:] = [Replay(spec, past)]
    return _last[0]


def _went_on(old: Observation, new: Observation) -> bool:
    """Whether `new` is what a running trial may have become."""
    same = old.config == new.config and old.memory == new.memory
    return old.state is State.RUNNING and same and old.curve.keys() <= new.curve.keys()


def _state(state: State) -> optuna.trial.TrialState:
    import optuna

    return {
        State.COMPLETE: optuna.trial.TrialState.COMPLETE,
        State.PRUNED: optuna.trial.TrialState.PRUNED,
        State.FAILED: optuna.trial.TrialState.FAIL,
        State.RUNNING: optuna.trial.TrialState.RUNNING,
    }[state]


# --------------------------------------------------------------------------- domains in Optuna's form


def _suggest(trial: optuna.Trial, name: str, wanted: optuna.distributions.BaseDistribution) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(wanted, CategoricalDistribution):
        return trial.suggest_categorical(name, wanted.choices)
    if isinstance(wanted, IntDistribution):
        return trial.suggest_int(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
    if isinstance(wanted, FloatDistribution):
        return trial.suggest_float(name, wanted.low, wanted.high, step=wanted.step, log=wanted.log)
    raise TypeError(f"no way to suggest from {wanted!r}")


def distribution(parameter: Parameter) -> optuna.distributions.BaseDistribution:
    """Optuna's form of a domain.

    Choices go by position, so that they may be anything, lists included.
    """
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

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
            domain.low, domain.high, log=domain.log, step=1 if domain.log else domain.step
        )
    return FloatDistribution(
        domain.low, domain.high, log=domain.log, step=None if domain.log else domain.step
    )


def decode(domain: Domain, raw: Any) -> Any:
    """The value behind Optuna's form of it."""
    if isinstance(domain, Choice):
        return domain.choices[raw]
    if isinstance(domain, Normal | Beta):
        return parameters.quantile(domain, raw)
    return parameters.quantise(domain, raw)


def encode(domain: Domain, value: Any) -> Any:
    """A value in Optuna's form."""
    if isinstance(domain, Choice):
        return next(i for i, choice in enumerate(domain.choices) if parameters.same(choice, value))
    if isinstance(domain, Normal | Beta):
        probability = parameters.probability(domain, value)
        return min(max(probability, OPEN_INTERVAL), 1 - OPEN_INTERVAL)
    return value
