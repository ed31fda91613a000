"""`pbt`: the settings of population based training. `sweep.search.population` decides who copies
whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sweep.errors import one_of
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Uniform
from sweep.model.fault import Fault, Key
from sweep.model.fields import Count, Positive, Text
from sweep.model.parameters import Parameter, Parameters
from sweep.model.search_space import SearchSpace
from sweep.samplers.drawing import draw_configuration
from sweep.samplers.exploration import is_ordered
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.section import Search

_FEWEST = 2  # members


class Pbt(Search):
    """Population based training (Jaderberg et al. 2017, "Population Based Training of Neural
    Networks").

    `trials` members train side by side, each starting with random values. Every `interval` epochs
    they wait for each other. Then each of the worst `quantile` continues from the checkpoint of a
    random member of the best `quantile`, with changed values. The result is a schedule: one value
    for each interval. A member is judged by its last epoch, because earlier epochs may belong to
    weights that were replaced.

    Attributes:
        parameters: names of the parameters whose values change during training. The others are
            copied with a checkpoint and never changed.
        interval: epochs between two decisions.
        quantile: the share of members that copy, and of those that are copied; at least one member.
        explore: `perturb` draws a value again or multiplies it; `pb2` chooses it with a bandit that
            models the improvements so far (Parker-Holder et al. 2020).
        factors: a number is multiplied by one of them; the defaults are the paper's. At the end of
            its range it is divided instead where it would leave the range.
        resample: the probability that a value is drawn again instead; Ray Tune's default.
        replacements: how many failed members in all are replaced by a copy of one of the best; 0:
            none. By default half of `trials`.
    """

    method: Literal["pbt"] = "pbt"
    parameters: tuple[Text, ...] = ()
    interval: Count = 1
    quantile: Annotated[float, Field(strict=True, gt=0, le=0.5)] = 0.25
    explore: Literal["perturb", "pb2"] = "perturb"
    factors: tuple[Positive, ...] = Field(default=(0.8, 1.2), min_length=1)
    resample: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.25
    replacements: Annotated[int, Field(strict=True, ge=0)] | None = None
    several_objectives: ClassVar[bool] = False
    members_copy: ClassVar[bool] = True

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """A member's first values, drawn at random."""
        return draw_configuration(space.parameters, seed), {}

    def copying(self, members: int) -> int:
        """How many of `members` members copy another one."""
        return min(max(int(self.quantile * members), 1), members // 2)

    @property
    def most_replaced(self) -> int:
        """How many failed members in all are replaced."""
        half = self.trials // 2
        return half if self.replacements is None else self.replacements

    def boundaries(self, epochs: int) -> list[int]:
        """Epochs done after which members wait for a decision."""
        return list(range(self.interval, epochs, self.interval))

    def faults(self, parameters: Parameters, at: Key) -> Iterator[Fault]:
        """Violations: parameters that cannot be explored, and settings without any decision."""
        section = at[:-1]
        yield from self._faults_of_members(section)
        yield from self._faults_of_epochs(parameters, section)
        if not self.parameters:
            problem = "names no parameter to change during training"
            yield Fault(
                (*section, "parameters"), problem, "parameters: [learning_rate]"
            )
        for i, name in enumerate(self.parameters):
            key = (*section, "parameters", i)
            if name in self.parameters[:i]:
                yield Fault(key, f"{name} is listed twice", "each parameter once")
            elif name not in parameters:
                problem = f"there is no parameter {name!r}"
                yield Fault(key, problem, one_of(parameters, name))
            else:
                yield from self._faults_of(parameters, parameters[name], key)
        if all(factor == 1 for factor in self.factors) and self.explore == "perturb":
            problem = "a factor of 1 changes nothing"
            yield Fault((*section, "factors"), problem, "below and above 1: [0.8, 1.2]")

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """When a changed value takes effect."""
        yield (
            "a changed value takes effect only where the trainer reads it from its "
            "configuration at every start. run.restore sets it in the optimisers "
            "and schedulers that are registered; sweep cannot change copies that "
            "the trainer keeps elsewhere"
        )

    @classmethod
    def retune_fault(cls, tuned: Parameters) -> tuple[str, str] | None:
        """An arm cannot be retuned with `pbt`, which finds a schedule."""
        problem = (
            "pbt finds a schedule, but tuning an arm needs one value for each parameter"
        )
        return problem, "method: tpe"

    def _faults_of_members(self, section: Key) -> Iterator[Fault]:
        if self.trials < _FEWEST:
            problem = (
                f"a population of {self.trials} is too small: no member can copy "
                "another one"
            )
            yield Fault((*section, "trials"), problem, f"at least {_FEWEST}")
        if len(self.seeds) > 1:
            problem = f"members share one seed, but {len(self.seeds)} seeds are listed"
            cure = (
                "one seed here, and other seeds in ablation for an arm with "
                "schedule: best"
            )
            yield Fault((*section, "seeds"), problem, cure)
        if self.folds is not None:
            problem = "a member is one training run, but folds need several runs"
            yield Fault((*section, "folds"), problem, "no folds, or method: tpe")
        if self.tasks != "each":
            problem = "a population is trained on one task"
            yield Fault((*section, "tasks"), problem, "a study for each task")

    def _faults_of_epochs(
        self, parameters: Parameters, section: Key
    ) -> Iterator[Fault]:
        epochs = parameters.get("epochs")
        value = getattr(epochs.domain, "value", None) if epochs is not None else None
        if not isinstance(value, int) or isinstance(value, bool):
            fault = "is not a constant" if epochs is not None else "is not a parameter"
            at = ("parameters",) if epochs is None else ("parameters", "epochs")
            problem = (
                f"epochs {fault}, but all members of a population train for the "
                "same number of epochs"
            )
            yield Fault(at, problem, "epochs: 20, a whole number")
        elif self.interval >= value:
            problem = (
                f"the first decision is after {self.interval} epochs, but "
                f"members train only {value}"
            )
            yield Fault((*section, "interval"), problem, f"below {value}")

    def _faults_of(
        self, parameters: Parameters, parameter: Parameter, key: Key
    ) -> Iterator[Fault]:
        name, domain = parameter.name, parameter.domain
        children = [n for n, each in parameters.items() if name in each.when]
        if name == "epochs":
            problem = (
                "epochs is the length of training, which is the same for all members"
            )
            yield Fault(key, problem, "another parameter")
        elif parameter.role == "task":
            yield Fault(key, f"{name} is a task", "a parameter of the training")
        elif isinstance(domain, Constant):
            problem = f"{name} is a constant: there is nothing to explore"
            yield Fault(key, problem, f"values: […] or min and max for {name}")
        elif parameter.when:
            problem = f"{name} exists only under a condition"
            yield Fault(key, problem, "a parameter that every member has")
        elif children:
            problem = (
                f"{', '.join(children)} exist only for some values of {name}, and "
                "would appear and disappear"
            )
            yield Fault(key, problem, "a parameter that no other parameter depends on")
        elif self.explore == "pb2" and not isinstance(
            domain, Uniform | IntUniform | Beta
        ):
            problem = f"pb2 models numeric ranges, and {name} has none"
            yield Fault(key, problem, f"min and max for {name}, or explore: perturb")
        elif (
            isinstance(domain, Choice) and not is_ordered(domain) and not self.resample
        ):
            problem = (
                f"the values of {name} are not numbers, so they change only by "
                "resampling, and resample is 0"
            )
            yield Fault(key, problem, "resample above 0, or numbers")
