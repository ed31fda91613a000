"""Floor 3: from a study's ablation designs to complete arms. Pure.

| design | its arms | compared with |
|---|---|---|
| `baseline` | the file's baseline | |
| `ladder` | components added one after another, each rung keeping those before | baseline; `previous`: the rung below |
| `leave_one_out` | the full configuration with one component taken out | full |
| `one_at_a_time` | baseline with one parameter changed; its own value is skipped | baseline |
| `factorial` | every combination of the listed values over the baseline | baseline |
| `arms` | baseline with the changes given | baseline |
| `top_k` | the search's best configurations | baseline |
| `path` | steps between two configurations (`sweep.stages.path`) | where the path starts; `previous`: the step before |

The **full** configuration is the ladder's last rung where there is a ladder, else the baseline itself. Arms of
different designs may have the same configuration: they stay separate rows, and share their trials, which belong to
configurations (`sweep.trial.configuration_key`). Setting a parameter drops the values of those that become inactive by
it; cells of a factorial that differ only in inactive parameters are one arm.

`arms` gives those that the study file states. The arms of `top_k` and `path`, and those with a condition, follow from
results; `sweep.stages.decisions` adds them when these are in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sweep.errors import UsageError
from sweep.parameters import Constant, Parameters, is_active, order, same
from sweep.spec import StudySpec
from sweep.spec.arms import Declared, declared, open_in, settled

Fill = Callable[[str, Mapping[str, Any]], Any]  # open parameter, the configuration so far → its value


@dataclass(frozen=True)
class Arm:
    """A named configuration of an ablation.

    Attributes:
        name: unique in the study; `baseline` is the baseline.
        config: one value for every active parameter, in file order.
        design: `baseline`, `ladder`, `leave_one_out`, `one_at_a_time`, `factorial`, `arms`, `top_k` or `path`.
        reference: name of the arm it is compared with, None for the baseline.
        previous: name of the rung below, for a ladder's rungs; of the step before, for a path's arms.
        changes: what this arm sets beyond its reference (a rung or a path's step: beyond the one before).
        filled: parameters that the study file leaves open, and whose values come from the search.
        origin: the search trial whose configuration it is, for the arms of `top_k`.
        step: of a path, from 1; 0 for a path's start.
        kept: whether a path went on from this arm.
        moved: parameters of a path that have moved to its target, here and in the steps before.
        tuned: values that its own retuning found, in `config` too; None: it was not retuned (yet).
    """

    name: str
    config: Mapping[str, Any]
    design: str
    reference: str | None
    previous: str | None
    changes: Mapping[str, Any]
    filled: tuple[str, ...] = ()
    origin: int | None = None
    step: int | None = None
    kept: bool = False
    moved: tuple[str, ...] = ()
    tuned: Mapping[str, Any] | None = None


def arms(spec: StudySpec, fill: Mapping[str, Any] | Fill | None = None) -> tuple[Arm, ...]:
    """The arms that a study file states, the baseline first, in the order of the file; none without an ablation.

    Arms with a condition are among them: what they are is known, whether they are trained is not.

    Args:
        spec: a validated study.
        fill: values of the parameters that an arm leaves open: by name, or a function of the name and of the
            configuration so far (its parents and all that the arm states, constants included).

    Raises:
        UsageError: an arm leaves a parameter open that `fill` does not have.
    """
    if spec.ablation is None:
        return ()
    return tuple(completed(spec, d, fill) for d in declared(spec.ablation, spec.parameters))


def completed(spec: StudySpec, d: Declared, fill: Mapping[str, Any] | Fill | None) -> Arm:
    """A stated arm with a value for every active parameter; arguments and errors as for `arms`."""
    config, filled = complete(spec.parameters, d.given, fill, d.name)
    return Arm(d.name, config, d.design, d.reference, d.previous, dict(d.changes), filled)


def beyond(reference: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What a configuration sets that its reference has not, or has otherwise."""
    return {n: v for n, v in config.items() if n not in reference or not same(v, reference[n])}


def open_parameters(spec: StudySpec) -> tuple[str, ...]:
    """Parameters that at least one arm leaves open, in file order; a search has to give them values.

    A child of an open parameter is among them only if some arm settles that it exists.
    """
    if spec.ablation is None:
        return ()
    left = {n for d in declared(spec.ablation, spec.parameters) for n in open_in(spec.parameters, d.given)}
    return tuple(n for n in spec.parameters if n in left)


def complete(
    parameters: Parameters, given: Mapping[str, Any], fill: Mapping[str, Any] | Fill | None, name: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A value for every active parameter: given, constant or filled; and the names that were filled.

    Parents come before their children, so a filled value decides which further parameters exist.
    """
    config: dict[str, Any] = {}
    filled: list[str] = []
    names = order(parameters)
    for parameter in (parameters[n] for n in names):
        if not is_active(parameter, config):
            continue
        if parameter.name in given:
            config[parameter.name] = given[parameter.name]
        elif isinstance(parameter.domain, Constant):
            config[parameter.name] = parameter.domain.value
        else:
            stated = settled(parameters, given) | config
            config[parameter.name] = _filled(fill, parameter.name, stated, name)
            filled.append(parameter.name)
    return {n: config[n] for n in parameters if n in config}, tuple(n for n in parameters if n in filled)


def _filled(fill: Mapping[str, Any] | Fill | None, parameter: str, stated: Mapping[str, Any], arm: str) -> Any:
    if callable(fill):
        return fill(parameter, stated)
    if fill is None or parameter not in fill:
        advice = "give it a value in ablation.baseline, or search for it"
        raise UsageError(f"arm {arm!r} leaves {parameter!r} open; {advice}")
    return fill[parameter]
