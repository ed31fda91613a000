"""The section `parameters` of a study file: W&B's parameter language, plus `when` and `role`.

| distribution | keys | meaning |
|---|---|---|
| (none) `value` | | constant, also as a bare scalar |
| `categorical` (default of `values`), `categorical_w_probabilities` | values, probabilities | one of |
| `int_uniform` (default of two integer bounds), `uniform` (default else) | min, max | |
| `q_uniform` (default of bounds with q) | min, max, q | multiples of q |
| `log_uniform_values`, `q_log_uniform_values`, `inv_log_uniform_values` | min, max, q | uniform in log x |
| `log_uniform`, `q_log_uniform`, `inv_log_uniform` | min, max, q | min and max are natural logarithms |
| `normal`, `log_normal`, `q_normal`, `q_log_normal` | mu, sigma, q | of x, or of log x |
| `beta`, `q_beta` | a, b, q | on [0, 1] |

Source: https://docs.wandb.ai/models/sweeps/sweep-config-keys. An `inv_log_uniform` is uniform in
log 1/x, hence in log x. Quantised values are the multiples of q inside [min, max]; where q, min and
max are integers so are the values.
"""  # noqa: E501  a table

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field, field_validator

from sweep.errors import one_of
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
)
from sweep.model.equality import repetitions, shown
from sweep.model.fields import Bound, Number, Positive, Section, Step, Values
from sweep.model.parameters import Parameter, Role

_BOUNDED = {
    "uniform": ("min", "max"),
    "int_uniform": ("min", "max"),
    "q_uniform": ("min", "max", "q"),
    "log_uniform_values": ("min", "max"),
    "q_log_uniform_values": ("min", "max", "q"),
    "inv_log_uniform_values": ("min", "max"),
    "log_uniform": ("min", "max"),
    "q_log_uniform": ("min", "max", "q"),
    "inv_log_uniform": ("min", "max"),
}
_KEYS = {
    "constant": ("value",),
    "categorical": ("values",),
    "categorical_w_probabilities": ("values", "probabilities"),
    **_BOUNDED,
    "normal": ("mu", "sigma"),
    "log_normal": ("mu", "sigma"),
    "q_normal": ("mu", "sigma", "q"),
    "q_log_normal": ("mu", "sigma", "q"),
    "beta": ("a", "b"),
    "q_beta": ("a", "b", "q"),
}
Distribution = Literal[
    "constant", "categorical", "categorical_w_probabilities", "uniform", "int_uniform", "q_uniform",
    "log_uniform_values", "q_log_uniform_values", "inv_log_uniform_values", "log_uniform",
    "q_log_uniform",
    "inv_log_uniform", "normal", "log_normal", "q_normal", "q_log_normal", "beta", "q_beta",
]  # fmt: skip
_DOMAIN_KEYS = (
    "value",
    "values",
    "probabilities",
    "min",
    "max",
    "mu",
    "sigma",
    "a",
    "b",
    "q",
)
_OPTIONAL = (
    "probabilities",
    "q",
    "mu",
    "sigma",
    "a",
    "b",
)  # q, sigma, a and b default to 1, mu to 0


class Entry(Section):
    """A parameter: one value, several to choose from, or a distribution.

    Attributes:
        value: the only value, for a constant.
        values: the values to choose from.
        probabilities: the probability of each of `values`, in their order; they add up to 1.
        distribution: how values are drawn; the default follows from the other keys.
        min: smallest value; of `log_uniform` and `q_log_uniform` its natural logarithm, as in W&B.
        max: largest value, itself possible; a logarithm as `min`.
        mu: mean of a normal distribution (`log_normal`: of the logarithm); the default is 0.
        sigma: its standard deviation (`log_normal`: of the logarithm); the default is 1.
        a: first shape of a beta distribution on 0 to 1.
        b: second shape of a beta distribution.
        q: values are rounded to multiples of it.
        when: other parameters → the values under which this parameter exists.
        role: `scientific` (a row of the table), `nuisance` (tuned so that the comparison is fair),
            `task` (every arm is trained on each of `values`) or `fixed`.
        at: of a task, its value → the values that other parameters have there.
        description: a sentence for the reader.
    """

    value: Any = None
    values: list[Any] | None = Field(default=None, min_length=1)
    probabilities: list[Number] | None = None
    distribution: Distribution | None = None
    min: Bound | None = None
    max: Bound | None = None
    mu: Number | None = None
    sigma: Positive | None = None
    a: Positive | None = None
    b: Positive | None = None
    q: Step | None = None
    when: Values = Field(default_factory=dict)
    role: Role | None = None
    at: dict[str, Values] | None = None
    description: str = ""

    @field_validator("at", mode="before")
    @classmethod
    def _by_text(cls, at: Any) -> Any:
        """Name a task's values by their text, so that 3 and true can be keys."""
        if not isinstance(at, dict):
            return at
        return {shown(value): values for value, values in at.items()}


AddEntryViolation = Callable[
    [tuple[str | int, ...], str, str], None
]  # key below the parameter, problem, allowed


def parameter(
    name: str, entry: Entry, add_violation: AddEntryViolation
) -> Parameter | None:
    """Build the parameter that an entry describes; report violations and return None if wrong."""
    given_keys = [
        k
        for k in _DOMAIN_KEYS
        if getattr(entry, k) is not None
        or (k == "value" and k in entry.model_fields_set)
    ]
    distribution = entry.distribution or _inferred(entry, given_keys)
    if distribution is None:
        add_violation((), "has no value", "value: x, values: [x, y], or min: and max:")
        return None
    allowed = _KEYS[distribution]
    wrong_keys = [k for k in given_keys if k not in allowed]
    for key in wrong_keys:
        add_violation(
            (key,),
            f"is not a key of distribution {distribution}",
            f"it takes: {', '.join(allowed)}",
        )
    missing_keys = [k for k in allowed if k not in given_keys and k not in _OPTIONAL]
    for key in missing_keys:
        add_violation(
            (),
            f"distribution {distribution} needs `{key}`",
            f"it takes: {', '.join(allowed)}",
        )
    domain = (
        None
        if wrong_keys or missing_keys
        else _domain(distribution, entry, add_violation)
    )
    if domain is None:
        return None
    role: Role = entry.role or (
        "fixed" if isinstance(domain, Constant) else "scientific"
    )
    if role == "fixed" and not isinstance(domain, Constant):
        add_violation(
            ("role",),
            "a parameter with several values is not fixed",
            "scientific or nuisance; or one `value`",
        )
    if not _task_is_sound(domain, role, entry, add_violation):
        return None
    return Parameter(name, domain, role, condition(entry.when), entry.at or {})


def _task_is_sound(
    domain: Domain, role: Role, entry: Entry, add_violation: AddEntryViolation
) -> bool:
    """Whether a task lists its values, and `at` names only these; reports what is wrong."""
    if role != "task":
        if entry.at is not None:
            add_violation(
                ("at",), f"the parameter's role is {role}", "role: task, or no `at`"
            )
        return entry.at is None
    if not isinstance(domain, Choice):
        add_violation(("role",), "a task needs a list of values", "values: [a, b, …]")
        return False
    sound = True
    if entry.probabilities is not None:
        add_violation(
            ("probabilities",), "every arm is trained on each task", "no probabilities"
        )
        sound = False
    if entry.when:
        add_violation(
            ("when",), "a task exists in every configuration", "a task without `when`"
        )
        sound = False
    texts = [shown(value) for value in domain.choices]
    for i, text in enumerate(texts):
        if text in texts[:i]:
            add_violation(
                ("values", i), f"{text!r} names two tasks", "values that differ as text"
            )
            sound = False
    for value in entry.at or {}:
        if value not in texts:
            add_violation(
                ("at", value), f"there is no task {value!r}", one_of(texts, value)
            )
            sound = False
    return sound


def keys_of_distributions() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Distribution → the keys that it takes, and those that it needs."""
    return {
        name: (keys, tuple(k for k in keys if k not in _OPTIONAL))
        for name, keys in _KEYS.items()
    }


def condition(when: Values) -> dict[str, tuple[Any, ...]]:
    """Parent → its values under which a parameter exists; a single value needs no list."""
    return {
        parent: tuple(v) if isinstance(v, list) else (v,) for parent, v in when.items()
    }


def _inferred(entry: Entry, given_keys: list[str]) -> str | None:
    if "value" in given_keys:
        return "constant"
    if "values" in given_keys:
        return (
            "categorical_w_probabilities"
            if "probabilities" in given_keys
            else "categorical"
        )
    if "min" in given_keys or "max" in given_keys:
        whole = all(_whole(b) for b in (entry.min, entry.max) if b is not None)
        return (
            "q_uniform" if "q" in given_keys else "int_uniform" if whole else "uniform"
        )
    if "mu" in given_keys or "sigma" in given_keys:
        return "normal"
    return None


def _domain(
    distribution: str, entry: Entry, add_violation: AddEntryViolation
) -> Domain | None:
    if distribution == "constant":
        return Constant(entry.value)
    if entry.values is not None:
        return _choice(entry.values, entry.probabilities, add_violation)
    step = (entry.q or 1) if distribution.startswith("q_") else None
    if entry.min is not None and entry.max is not None:
        return _bounded(distribution, entry.min, entry.max, step, add_violation)
    if distribution.endswith("beta"):
        return Beta(entry.a or 1.0, entry.b or 1.0, step)
    mean, sd = (
        0.0 if entry.mu is None else entry.mu,
        1.0 if entry.sigma is None else entry.sigma,
    )
    return Normal(mean, sd, "log" in distribution, step)


def _choice(
    values: list[Any],
    probabilities: list[float] | None,
    add_violation: AddEntryViolation,
) -> Choice | None:
    repeated = repetitions(values)
    for i in repeated:
        add_violation(
            ("values", i), f"{values[i]!r} is listed twice", "distinct values"
        )
    if repeated:
        return None
    if probabilities is None:
        return Choice(tuple(values))
    if (
        len(probabilities) != len(values)
        or min(probabilities) < 0
        or not math.isclose(sum(probabilities), 1)
    ):
        problem = f"{probabilities} for {len(values)} values"
        add_violation(
            ("probabilities",),
            problem,
            "one probability for each value, none negative, summing to 1",
        )
        return None
    return Choice(tuple(values), tuple(probabilities))


def _bounded(
    distribution: str,
    low: float,
    high: float,
    step: float | None,
    add_violation: AddEntryViolation,
) -> Domain | None:
    log = "log" in distribution
    if low > high:
        add_violation(
            ("min",),
            f"{_short(low)} is above max {_short(high)}",
            f"a number up to {_short(high)}",
        )
        return None
    if log and not distribution.endswith("values"):
        if max(abs(low), abs(high)) > 700:
            add_violation(
                ("max",),
                f"exp of {_short(low)} to {_short(high)} is not a number",
                "natural logarithms",
            )
            return None
        low, high = (-high, -low) if distribution.startswith("inv") else (low, high)
        low, high = math.exp(low), math.exp(high)
    elif log and low <= 0:
        add_violation(
            ("min",),
            f"{_short(low)} has no logarithm",
            "a number above 0 (or distribution: uniform)",
        )
        return None
    if distribution == "int_uniform" and not (_whole(low) and _whole(high)):
        key, bound = ("min", low) if not _whole(low) else ("max", high)
        add_violation(
            (key,),
            f"{_short(bound)} is not an integer",
            "an integer (or distribution: uniform)",
        )
        return None
    if step is not None:
        return _stepped(low, high, log, step, add_violation)
    if distribution == "int_uniform":
        return IntUniform(int(low), int(high))
    return Uniform(float(low), float(high), log)


def _stepped(
    low: float, high: float, log: bool, step: float, add_violation: AddEntryViolation
) -> Domain | None:
    if not math.isfinite(low / step) or not math.isfinite(high / step):
        add_violation(
            ("q",),
            f"{_short(step)} is too small a step for [{_short(low)}, {_short(high)}]",
            "a larger q",
        )
        return None
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if log:
        first = max(first, 1)
    if first > last:
        add_violation(
            ("q",),
            f"no multiple of {_short(step)} lies in [{_short(low)}, {_short(high)}]",
            "a smaller q",
        )
        return None
    if _whole(step):
        return IntUniform(first * int(step), last * int(step), log, int(step))
    return Uniform(
        float(f"{first * step:.12g}"), float(f"{last * step:.12g}"), log, step
    )


def _whole(number: float) -> bool:
    return isinstance(number, int)


def _short(number: float) -> str:
    return f"{number:.6g}"
