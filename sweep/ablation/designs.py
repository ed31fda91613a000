"""From a study's ablation designs to complete arms. Pure.

| design | its arms | compared with |
|---|---|---|
| `baseline` | the file's baseline | |
| `ladder` | components added one after another, each rung keeping those before | baseline; `previous`: the rung below |
| `leave_one_out` | the full configuration with one component taken out | full |
| `one_at_a_time` | baseline with one parameter changed; its own value is skipped | baseline |
| `factorial` | every combination of the listed values over the baseline | baseline |
| `arms` | baseline with the changes given, or with the schedule that a population finds | baseline |
| `top_k` | the search's best configurations | baseline |
| `path` | steps between two configurations | where the path starts; `previous`: the step before |

The **full** configuration is the ladder's last rung where there is a ladder, else the baseline
itself. Arms of different designs may have the same configuration: they stay separate rows, and
share their trials, which belong to configurations (`sweep.model.trial.configuration_key`). Setting
a parameter drops the values of those that become inactive by it; cells of a factorial that differ
only in inactive parameters are one arm.

`arms` gives those that the study file states. The arms of `top_k` and `path`, and those with a
condition, follow from results; `sweep.ablation.decisions` adds them when these are in.
"""  # noqa: E501  a table

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sweep.model.arm import Arm
from sweep.model.by_epoch import KEY
from sweep.model.equality import same
from sweep.search import population
from sweep.spec import StudySpec
from sweep.spec.arms import Declared, declared, open_in
from sweep.spec.completion import Fill, complete
from sweep.spec.tasks import arm_on, on_task, tasks


def arms(
    spec: StudySpec, fill: Mapping[str, Any] | Fill | None = None
) -> tuple[Arm, ...]:
    """The arms that a study file states, the baseline first, in the order of the file, task by
    task; none without an ablation.

    Arms with a condition are among them: what they are is known, whether they are trained is not.

    Args:
        spec: a validated study.
        fill: values of the parameters that an arm leaves open: by name, or a function of the name
            and of the configuration so far (its parents and all that the arm states, constants
            included).

    Raises:
        UsageError: an arm leaves a parameter open that `fill` does not have.
    """
    if spec.ablation is None:
        return ()
    known = tasks(spec.parameters)
    if known:
        found: list[Arm] = []
        for task in known:
            found += [arm_on(arm, task) for arm in arms(on_task(spec, task), fill)]
        return tuple(found)
    return tuple(
        completed(spec, d, fill) for d in declared(spec.ablation, spec.parameters)
    )


def completed(
    spec: StudySpec,
    d: Declared,
    fill: Mapping[str, Any] | Fill | None,
    schedule: Mapping[str, Any] | None = None,
) -> Arm:
    """A stated arm with a value for every active parameter; arguments and errors as for `arms`.

    Args:
        schedule: explored parameter → its values by epoch, for an arm with a schedule; None: they
            are not found yet, and words stand for them.
    """
    given, changes = dict(d.given), dict(d.changes)
    if d.schedule is not None:
        found = _unfound(spec) if schedule is None else schedule
        given |= found
        changes |= found
    config, filled = complete(spec.parameters, given, fill, d.name)
    return Arm(d.name, config, d.design, d.reference, d.previous, changes, filled)


def _unfound(spec: StudySpec) -> dict[str, Any]:
    """What stands for the schedule that a population has not found yet."""
    pbt = population.section(spec)
    names = () if pbt is None else pbt.parameters
    return {name: {KEY: {"0": "as found"}} for name in names}


def beyond(reference: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration sets that its reference has not, or has otherwise."""
    return {
        n: v
        for n, v in config.items()
        if n not in reference or not same(v, reference[n])
    }


def open_parameters(spec: StudySpec) -> tuple[str, ...]:
    """Parameters that at least one arm leaves open, in file order; a search has to give them
    values.

    A child of an open parameter is among them only if some arm settles that it exists.
    """
    if spec.ablation is None:
        return ()
    pbt = population.section(spec)
    left: set[str] = set()
    for d in declared(spec.ablation, spec.parameters):
        scheduled = pbt.parameters if pbt is not None and d.schedule else ()
        left |= set(open_in(spec.parameters, d.given)) - set(scheduled)
    return tuple(n for n in spec.parameters if n in left)
