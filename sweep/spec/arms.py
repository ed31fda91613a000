"""The arms that a study file declares, before open parameters are filled.

`sweep.ablation.designs` completes them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sweep.model.conditions import is_active, order
from sweep.model.domains import Constant
from sweep.model.equality import same
from sweep.model.parameters import Parameters
from sweep.spec import shapley
from sweep.spec.designs import ConditionalArm, Designs, ScheduledArm, When
from sweep.spec.schema import Ablation

BASELINE = "baseline"
Values = Mapping[str, Any]


@dataclass(frozen=True)
class DeclaredArm:
    """An arm as the study file declares it.

    Attributes:
        name: as in the tables.
        design: which design it comes from, `baseline` for the baseline.
        reference: arm it is compared with, None for the baseline.
        previous: the arm one step lower on the ladder; None outside a ladder.
        changes: what this arm itself sets.
        given: every value that is set, by the baseline and lower steps of the ladder as well;
            includes values of inactive parameters.
        key_path: keys below `ablation` where the study file declares it.
        when: the result of another arm that this one waits for.
        schedule: `best`: explored parameters have the values by epoch that the search finds.
    """

    name: str
    design: str
    reference: str | None
    previous: str | None
    changes: Values
    given: Values
    key_path: tuple[str | int, ...]
    when: When | None = None
    schedule: str | None = None


def declared(ablation: Ablation, parameters: Parameters) -> tuple[DeclaredArm, ...]:
    """The arms that a file declares, the baseline first, then design by design.

    If a generated name is taken, the design is appended to it. The arms of `top_k` and `path` are
    missing, since they depend on results.
    """
    designs = ablation.designs
    baseline = DeclaredArm(
        BASELINE,
        BASELINE,
        None,
        None,
        ablation.baseline,
        ablation.baseline,
        ("baseline",),
    )
    ladder = list(_ladder(baseline, designs))
    full = ladder[-1] if ladder else baseline
    arms = [baseline, *ladder, *_leave_one_out(full, designs)]
    generated = [
        *_one_at_a_time(baseline, designs, parameters),
        *_factorial(baseline, designs, parameters),
        *_shapley(baseline, designs),
    ]
    arms += list(_explicit(baseline, designs))
    taken_names = {arm.name for arm in arms}
    for arm in generated:
        name = arm.name if arm.name not in taken_names else f"{arm.name} ({arm.design})"
        taken_names.add(name)
        arms.append(replace(arm, name=name))
    return tuple(arms)


def _arm(
    name: str,
    design: str,
    base: DeclaredArm,
    changes: Values,
    path: tuple[str | int, ...],
) -> DeclaredArm:
    """An arm that changes some values of another one."""
    return DeclaredArm(
        name,
        design,
        base.name,
        None,
        changes,
        {**base.given, **changes},
        ("designs", *path),
    )


def _ladder(baseline: DeclaredArm, designs: Designs) -> Iterator[DeclaredArm]:
    """The steps of the ladder, each on top of the one before."""
    previous = baseline
    for name, changes in designs.ladder.items():
        given = {**previous.given, **changes}
        path = ("designs", "ladder", name)
        previous = DeclaredArm(
            name, "ladder", baseline.name, previous.name, changes, given, path
        )
        yield previous


def _leave_one_out(full: DeclaredArm, designs: Designs) -> Iterator[DeclaredArm]:
    """The full configuration without one component."""
    for component, changes in designs.leave_one_out.items():
        name = component if component[:1] in "-−" else f"− {component}"
        yield _arm(name, "leave_one_out", full, changes, ("leave_one_out", component))


def _explicit(baseline: DeclaredArm, designs: Designs) -> Iterator[DeclaredArm]:
    """The arms that the file lists by name."""
    for name, stated in designs.arms.items():
        changes, when = stated_in(stated)
        path = ("arms", name, *set_key(stated))
        arm = _arm(name, "arms", baseline, changes, path)
        yield replace(arm, when=when, schedule=schedule_of(stated))


Stated = Values | ConditionalArm | ScheduledArm


def stated_in(arm: Stated) -> tuple[Values, When | None]:
    """What an explicit arm sets, and the condition it is trained under, in any of its forms."""
    if isinstance(arm, ConditionalArm):
        return arm.set, arm.when
    return (arm.set, None) if isinstance(arm, ScheduledArm) else (arm, None)


def set_key(arm: Stated) -> tuple[str, ...]:
    """The key below an explicit arm's name that holds what it sets."""
    return () if isinstance(arm, Mapping) else ("set",)


def schedule_of(arm: Stated) -> str | None:
    """`best` for an arm that is trained with the schedule that the search finds."""
    return arm.schedule if isinstance(arm, ScheduledArm) else None


def best_name(rank: int) -> str:
    """The name of the arm that reruns the search's configuration with this rank (from 1)."""
    return f"best {rank}"


def _one_at_a_time(
    baseline: DeclaredArm, designs: Designs, parameters: Parameters
) -> Iterator[DeclaredArm]:
    """The baseline with one parameter changed, for each listed value that differs."""
    baseline_values = effective_values(parameters, baseline.given)
    for parameter, values in designs.one_at_a_time.items():
        for i, value in enumerate(values):
            if parameter not in baseline_values or not same(
                value, baseline_values[parameter]
            ):
                path = ("one_at_a_time", parameter, i)
                yield _arm(
                    f"{parameter}={_short(value)}",
                    "one_at_a_time",
                    baseline,
                    {parameter: value},
                    path,
                )


def _factorial(
    baseline: DeclaredArm, designs: Designs, parameters: Parameters
) -> Iterator[DeclaredArm]:
    """Every cell of the product; cells that differ only in inactive parameters count once."""
    if not designs.factorial:
        return
    earlier_cells: list[Values] = []
    for cell in itertools.product(*designs.factorial.values()):
        changes = dict(zip(designs.factorial, cell, strict=True))
        effective = effective_values(parameters, {**baseline.given, **changes})
        if effective in earlier_cells:
            continue
        earlier_cells.append(effective)
        changes = {
            n: v for n, v in changes.items() if n in effective or n not in parameters
        }
        name = ", ".join(f"{n}={_short(v)}" for n, v in changes.items())
        yield _arm(name, "factorial", baseline, changes, ("factorial",))


def _shapley(baseline: DeclaredArm, designs: Designs) -> Iterator[DeclaredArm]:
    """Every trained subset of the components, except the empty one, which is the baseline."""
    for subset in shapley.subsets(designs.shapley):
        if subset:
            changes = shapley.changes(designs.shapley, subset)
            name = shapley.subset_name(designs.shapley, subset)
            yield _arm(name, "shapley", baseline, changes, ("shapley",))


def _short(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def effective_values(parameters: Parameters, given: Values) -> dict[str, Any]:
    """The values of all parameters that are certainly active: given ones and constants.

    They are in file order.
    """
    values: dict[str, Any] = {}
    for name in order(parameters):
        if not is_active(parameters[name], values):
            continue
        domain = parameters[name].domain
        if name in given:
            values[name] = given[name]
        elif isinstance(domain, Constant):
            values[name] = domain.value
    return {n: values[n] for n in parameters if n in values}


def open_in(parameters: Parameters, given: Values) -> tuple[str, ...]:
    """Parameters that exist but have neither a given value nor a constant, in file order.

    Children of an open parameter are left out: its value decides whether they exist.
    """
    values = effective_values(parameters, given)
    return tuple(
        n for n, p in parameters.items() if n not in values and is_active(p, values)
    )
