"""The section `resources` of a study file: the CPUs and GPUs of a trial, and its retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError

from sweep.model.equality import among
from sweep.model.fields import Count, NotNegative, Positive, Section, Values

AUTO = "auto"
_A_SHARE = TypeAdapter(NotNegative | None)


def _share_or_auto(value: Any) -> Any:
    if value == AUTO:
        return value
    try:
        return _A_SHARE.validate_python(value)
    except ValidationError:
        raise ValueError(
            f"{value!r} is neither a share of a GPU, such as 0.25, nor {AUTO}"
        ) from None


@dataclass(frozen=True)
class Share:
    """The resources of one trial.

    Attributes:
        cpu: number of CPUs, and of torch threads.
        gpu: number of GPUs, or a fraction of one; None: one if there are GPUs, else none.
    """

    cpu: float
    gpu: float | None


class ResourceRule(Section):
    """Other resources for some configurations: `{parameters: {model: large}, gpu: 1}`.

    Attributes:
        parameters: parameter → a value or a list of values; a configuration must match all of them.
        cpu, gpu: None: as for other trials.
    """

    parameters: Values = Field(min_length=1)
    cpu: Positive | None = None
    gpu: NotNegative | None = None

    def holds(self, config: Mapping[str, Any]) -> bool:
        """Whether the rule applies to a configuration."""
        return all(
            name in config and among(config[name], listed(v))
            for name, v in self.parameters.items()
        )


class Resources(Section):
    """The resources of one trial, its retries and its time limits.

    Attributes:
        cpu: number of CPUs, and of torch threads, of a trial.
        gpu: number of GPUs of a trial, or a fraction of one; None: one if there are GPUs, else
            none. `auto`: measured on one trial before the first, so that as many trials share a
            GPU as its memory, its time and the CPU cores allow.
        when: other resources for some configurations; the first rule that applies counts.
        max_concurrent: largest number of trials that run at the same time; None: as many as fit.
        retries: how often a trial is restarted after its worker died.
        retry_backoff_seconds: time before the first restart. It doubles with each restart, up to
            ten minutes; other trials run in the meantime.
        grace_seconds: time to save and stop after a signal, or after a rule stopped the trial.
        isolation: `process` gives each trial a process of its own, so that no trial affects
            another. `shared` runs one trial after another in the same process.
        no_progress_minutes: a trial that reports nothing for this long is stopped and retried;
            None: never.
    """

    cpu: Positive = 1.0
    gpu: Annotated[float | Literal["auto"] | None, PlainValidator(_share_or_auto)] = (
        None
    )
    when: tuple[ResourceRule, ...] = ()
    max_concurrent: Count | None = None
    retries: Annotated[int, Field(strict=True, ge=0)] = 2
    retry_backoff_seconds: NotNegative = 1.0
    grace_seconds: Positive = 30.0
    isolation: Literal["process", "shared"] = "process"
    no_progress_minutes: Positive | None = None

    @property
    def measured(self) -> bool:
        """Whether a measurement gives the share of a GPU."""
        return self.gpu == AUTO

    def with_gpu(self, share: float) -> Resources:
        """The same, with a measured share of a GPU."""
        return self.model_copy(update={"gpu": share})

    @property
    def _usual(self) -> Share:
        """What no rule changes; an unmeasured share counts as None."""
        return Share(self.cpu, None if isinstance(self.gpu, str) else self.gpu)

    def share(self, config: Mapping[str, Any]) -> Share:
        """The resources of a trial with this configuration."""
        usual = self._usual
        rule = next((rule for rule in self.when if rule.holds(config)), None)
        if rule is None:
            return usual
        return Share(
            usual.cpu if rule.cpu is None else rule.cpu,
            usual.gpu if rule.gpu is None else rule.gpu,
        )

    def shares(self) -> list[Share]:
        """All resources that a trial of the study may have, the default first."""
        usual = self._usual
        ruled = (
            Share(rule.cpu or usual.cpu, usual.gpu if rule.gpu is None else rule.gpu)
            for rule in self.when
        )
        return list(dict.fromkeys([usual, *ruled]))


def listed(value: Any) -> tuple[Any, ...]:
    """The values that a rule names for a parameter."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)
