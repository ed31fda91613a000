"""The section `resources` of a study file: what a trial is given, also where that
depends on its configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from sweep.model.equality import among
from sweep.model.fields import Count, NotNegative, Positive, Section, Values


@dataclass(frozen=True)
class Share:
    """What one trial is given.

    Attributes:
        cpu: CPUs, and torch threads.
        gpu: share of a GPU; None: one where there are GPUs, else none.
    """

    cpu: float
    gpu: float | None


class ResourceRule(Section):
    """What trials of some configurations are given instead: `{parameters: {model: large}, gpu: 1}`.

    Attributes:
        parameters: parameter → its value, or a list of them; all of them have to hold.
        cpu, gpu: None: as other trials.
    """

    parameters: Values = Field(min_length=1)
    cpu: Positive | None = None
    gpu: NotNegative | None = None

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether it is about a configuration."""
        return all(
            name in config and among(config[name], listed(v))
            for name, v in self.parameters.items()
        )


class Resources(Section):
    """What one trial is given, and how patient the tool is.

    Attributes:
        cpu: CPUs, and torch threads, of a trial.
        gpu: share of a GPU; None: one where there are GPUs, else none.
        when: exceptions by a trial's configuration, be it of the search or of an arm; the first
            that holds counts.
        max_concurrent: trials at a time; None: as many as fit.
        retries: how often a trial is started again after its worker died.
        retry_backoff_seconds: how long it rests before; doubled each time, ten minutes at most.
            Others go first.
        grace_seconds: time to save and stop after a signal, or where a rule stopped the trial.
        isolation: `process`: a trial is a process of its own, and what it does to that process ends
            with it. `shared`: one process runs one trial after another.
        no_progress_minutes: a trial silent for so long is stopped and retried; None: never.
    """

    cpu: Positive = 1.0
    gpu: NotNegative | None = None
    when: tuple[ResourceRule, ...] = ()
    max_concurrent: Count | None = None
    retries: Annotated[int, Field(strict=True, ge=0)] = 2
    retry_backoff_seconds: NotNegative = 1.0
    grace_seconds: Positive = 30.0
    isolation: Literal["process", "shared"] = "process"
    no_progress_minutes: Positive | None = None

    def share(self, config: Mapping[str, Any]) -> Share:
        """What a trial of this configuration is given."""
        rule = next((rule for rule in self.when if rule.holds(config)), None)
        if rule is None:
            return Share(self.cpu, self.gpu)
        return Share(
            self.cpu if rule.cpu is None else rule.cpu,
            self.gpu if rule.gpu is None else rule.gpu,
        )

    def shares(self) -> list[Share]:
        """Every share that a trial may be given, the usual one first."""
        usual = Share(self.cpu, self.gpu)
        ruled = (
            Share(rule.cpu or usual.cpu, usual.gpu if rule.gpu is None else rule.gpu)
            for rule in self.when
        )
        return list(dict.fromkeys([usual, *ruled]))


def listed(value: Any) -> tuple[Any, ...]:
    """The values that a rule names for a parameter."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)
