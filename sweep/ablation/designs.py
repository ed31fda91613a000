"""Build complete arms from a study's ablation designs. Pure.

| design | its arms | compared with |
|---|---|---|
| `baseline` | the file's baseline | |
| `ladder` | components added one after another, each step keeps those before | baseline; `previous`: the step before |
| `leave_one_out` | the full configuration with one component taken out | full |
| `one_at_a_time` | baseline with one parameter changed; the baseline's value is skipped | baseline |
| `factorial` | every combination of the listed values over the baseline | baseline |
| `arms` | baseline with the changes given, or with the schedule that a population finds | baseline |
| `top_k` | the search's best configurations | baseline |
| `path` | steps between two configurations | the path's start; `previous`: the step before |

The **full** configuration is the ladder's last step, or without a ladder the baseline. Arms of
different designs may have the same configuration: they stay separate rows but share their trials,
which belong to configurations (`sweep.model.trial.configuration_key`). If setting a parameter
deactivates others, their values are dropped; cells of a factorial that differ only in inactive
parameters are one arm.

`arms` returns the arms that the study file declares. The arms of `top_k` and `path`, and arms with
a condition, depend on results; `sweep.ablation.decisions` adds them when the results arrive.
"""  # noqa: E501  a table

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.model.arm import Arm
from sweep.model.by_epoch import KEY
from sweep.model.equality import same
from sweep.search import population
from sweep.spec import StudySpec
from sweep.spec.arms import DeclaredArm, declared, open_in
from sweep.spec.completion import Fill, complete
from sweep.spec.tasks import arm_on, on_task, tasks


def arms(
    spec: StudySpec, fill: Mapping[str, Any] | Fill | None = None
) -> tuple[Arm, ...]:
    """The arms that a study file declares, in file order, the baseline first, task by task.

    Without an ablation there are none. Arms with a condition are included, although results decide
    whether they are trained.

    Args:
        spec: a validated study.
        fill: values of parameters that an arm leaves open: a mapping, or a function of the name and
            of the configuration so far (parents, constants and all that the arm sets).

    Raises:
        UsageError: an arm leaves a parameter open that `fill` does not have.
    """
    if spec.ablation is None:
        return ()
    study_tasks = tasks(spec.parameters)
    if study_tasks:
        arms_of_all: list[Arm] = []
        for task in study_tasks:
            arms_of_all += [
                arm_on(arm, task) for arm in arms(on_task(spec, task), fill)
            ]
        return tuple(arms_of_all)
    declared_arms = declared(spec.ablation, spec.parameters)
    return tuple(completed(spec, each, fill) for each in declared_arms)


def completed(
    spec: StudySpec,
    d: DeclaredArm,
    fill: Mapping[str, Any] | Fill | None,
    schedule: Mapping[str, Any] | None = None,
) -> Arm:
    """A declared arm with a value for every active parameter; arguments and errors as for `arms`.

    Args:
        schedule: explored parameter → its values by epoch, for an arm with a schedule; None: not
            found yet, so placeholders are used.
    """
    given, changes = dict(d.given), dict(d.changes)
    if d.schedule is not None:
        schedule_values = _schedule_placeholders(spec) if schedule is None else schedule
        given |= schedule_values
        changes |= schedule_values
    config, filled = complete(spec.parameters, given, fill, d.name)
    return Arm(d.name, config, d.design, d.reference, d.previous, changes, filled)


def _schedule_placeholders(spec: StudySpec) -> dict[str, Any]:
    """Placeholders for the values of a schedule that the population has not found yet."""
    pbt = population.section(spec)
    names = () if pbt is None else pbt.parameters
    return {name: {KEY: {"0": "as found"}} for name in names}


def beyond(reference: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a configuration that its reference lacks or has differently."""
    return {
        name: value
        for name, value in config.items()
        if name not in reference or not same(value, reference[name])
    }


def open_parameters(spec: StudySpec) -> tuple[str, ...]:
    """Parameters that at least one arm leaves open, in file order; a search must choose them.

    A child of an open parameter is included only if it certainly exists in some arm.
    """
    if spec.ablation is None:
        return ()
    pbt = population.section(spec)
    open_names: set[str] = set()
    for d in declared(spec.ablation, spec.parameters):
        scheduled = pbt.parameters if pbt is not None and d.schedule else ()
        open_names |= set(open_in(spec.parameters, d.given)) - set(scheduled)
    return tuple(n for n in spec.parameters if n in open_names)
