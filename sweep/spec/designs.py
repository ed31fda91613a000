"""`ablation.designs` of a study file: how arms are derived from the baseline."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from sweep.model.fields import Count, Number, Section, Text, Values

BEST = "best"  # what the search found best: its configuration, or its schedule


class When(Section):
    """The result of another arm that an arm waits for.

    Attributes:
        arm: whose mean over its complete runs decides.
        metric: read at each run's selected epoch; None: the study's metric. A metric on test data
            is refused.
        below, above: the arm is trained if the mean is strictly below `below` and strictly above
            `above`.
    """

    arm: Text
    metric: Text | None = None
    below: Number | None = None
    above: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.below is None and self.above is None:
            raise ValueError("has neither below nor above; e.g. below: 0.72")
        if (
            self.below is not None
            and self.above is not None
            and self.below <= self.above
        ):
            raise ValueError(
                f"no number is above {self.above:g} and below {self.below:g}"
            )
        return self


class ConditionalArm(Section):
    """An arm that is trained only if another arm's result meets a condition.

    Attributes:
        set: what the arm changes in the baseline: parameter → value.
        when: the condition on the other arm's result.
    """

    set: Values
    when: When


class ScheduledArm(Section):
    """An arm that is trained with the schedule that a population finds (`search: {method: pbt}`).

    Attributes:
        schedule: `best` is that of the best member: for each explored parameter its values by
            epoch.
        set: what else the arm changes in the baseline: parameter → value.
    """

    schedule: Literal["best"]
    set: Values = Field(default={})


def _form(arm: Any) -> str:
    if isinstance(arm, ScheduledArm):
        return "[scheduled]"
    if not isinstance(arm, dict):
        return "[conditional]" if isinstance(arm, ConditionalArm) else "[plain]"
    has_set = isinstance(arm.get("set"), dict)
    if arm.get("schedule") == BEST or ("schedule" in arm and has_set):
        return "[scheduled]"
    return "[conditional]" if "when" in arm or has_set else "[plain]"


# These tags are no keys of a study file; messages leave them out, as those of `tagged_union`. The
# first two are pydantic's names of types in a union.
TAGS = frozenset(
    {
        "constrained-int",
        "constrained-float",
        "[key]",
        "[plain]",
        "[conditional]",
        "[scheduled]",
        "[name]",
        "[values]",
        "[number]",
        "[list]",
        "[looks]",
    }
)
ExplicitArm = Annotated[
    Annotated[Values, Tag("[plain]")]
    | Annotated[ConditionalArm, Tag("[conditional]")]
    | Annotated[ScheduledArm, Tag("[scheduled]")],
    Discriminator(_form),
]


def _endpoint(end: Any) -> str:
    return "[values]" if isinstance(end, dict) else "[name]"


Endpoint = Annotated[
    Annotated[Text, Tag("[name]")] | Annotated[Values, Tag("[values]")],
    Discriminator(_endpoint),
]


class PathDesign(Section):
    """An ablation path: from one configuration to another, one parameter at a time.

    At each step every remaining change is trained with the ablation's seeds, and the one with the
    best mean is kept.

    Attributes:
        start (`from` in a file): `baseline`, the name of an arm, or what to change in the baseline.
        to: `best` (the search's best configuration), the name of an arm, or what to change in the
            baseline.
    """

    start: Endpoint = Field(default="baseline", alias="from")
    to: Endpoint


def _entry(entry: Any) -> str:
    return "[values]" if isinstance(entry, dict) else "[number]"


# A component and what it sets; under `permutations` their number.
ShapleyEntry = Annotated[
    Annotated[Count, Tag("[number]")] | Annotated[Values, Tag("[values]")],
    Discriminator(_entry),
]


class Designs(Section):
    """How arms are derived from the baseline: each key is a design, and several may be combined.

    Attributes:
        ladder: component → what it sets. Components are added one after another, in this order.
        leave_one_out: component → what removes it. Each arm is the full configuration (the
            ladder's last step, without a ladder the baseline) without one component.
        one_at_a_time: parameter → values. Each arm is the baseline with one parameter changed.
        factorial: parameter → values. Each arm is one combination of the values.
        arms: name → what it changes in the baseline, or `{set: …, when: …}`, or `{schedule: best}`
            with the schedule that a population finds; or `{from: configs.json}`, a list of
            configurations.
        shapley: component → what it sets. Every subset of the components is trained. With more
            than six components, `permutations: 20` trains the subsets along 20 random orders of
            adding them. If two components set the same key, `together: {"A + B": {…}}` says what
            both set.
        top_k: how many of the search's best configurations are trained again with the ablation's
            seeds.
        path: see `PathDesign`.
    """

    ladder: dict[Text, Values] = Field(default={})
    leave_one_out: dict[Text, Values] = Field(default={})
    one_at_a_time: dict[Text, list[Any]] = Field(default={})
    factorial: dict[Text, list[Any]] = Field(default={})
    arms: dict[Text, ExplicitArm] = Field(default={})
    shapley: dict[Text, ShapleyEntry] = Field(default={})
    top_k: Count | None = None
    path: PathDesign | None = None
