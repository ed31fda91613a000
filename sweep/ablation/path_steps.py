"""The steps of a path (`sweep.ablation.path`), computed from the history. Pure.

At each step every remaining change is an arm, trained with the ablation's seeds. When all arms have
ended, the one with the best mean validation metric is kept, and the next step starts from it. Only
arms whose runs are all complete are compared, since a mean over fewer seeds is not comparable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sweep.ablation import defaults, designs, path, results, retune
from sweep.history.history import History
from sweep.model.arm import AblationPath, Arm
from sweep.model.events import ArmsDecided, ArmSkipped, Event, PathStarted
from sweep.model.trial import Idle
from sweep.search import search_stage
from sweep.spec.arms import BASELINE
from sweep.spec.completion import complete
from sweep.spec.designs import BEST

NAME = "path"
START = "path start"


def decide(history: History) -> list[Event] | Idle:
    """The next decision: the path's ends, a step's choice and the next arms, or why it ends."""
    ablation = history.spec.ablation
    if ablation is None or ablation.designs.path is None or NAME in history.skipped:
        return "done"
    if history.path is None:
        return _begin(history, ablation.designs.path.start, ablation.designs.path.to)
    latest = _latest_step(history)
    if not latest:
        return [ArmsDecided(_candidates(history, history.path, None))]
    kept = next((arm for arm in latest if arm.kept), None)
    if kept is not None:
        following = _candidates(history, history.path, kept)
        return [ArmsDecided(following)] if following else "done"
    if not all(_has_ended(history, arm) for arm in latest):
        return "wait"
    chosen = choose(history, latest)
    if chosen is None:
        step = latest[0].step
        reason = (
            f"it stops before step {step}: none of that step's arms completed all "
            "of its runs"
        )
        return [ArmSkipped(NAME, reason)]
    following = _candidates(history, history.path, chosen)
    return [ArmsDecided((chosen, *following))]


def _latest_step(history: History) -> list[Arm]:
    """The arms of the latest step; empty before the first one."""
    arms = [arm for arm in history.arms if arm.design == NAME and arm.step]
    latest = max((arm.step or 0 for arm in arms), default=0)
    return [arm for arm in arms if arm.step == latest]


def _has_ended(history: History, arm: Arm) -> bool:
    """Whether all runs of an arm have ended."""
    return retune.ready(history.spec, arm) and results.ended(history, arm)


def choose(history: History, candidates: list[Arm]) -> Arm | None:
    """The arm with a step's best mean of the study's metric, the first of equal ones; else None."""
    scored: list[tuple[float, Arm]] = []
    for arm in candidates:
        if results.complete(history, arm):
            mean = results.mean(history, arm)
            if mean is not None:
                scored.append((mean, arm))
    if not scored:
        return None
    best_of = max if history.spec.metric.goal == "maximize" else min
    _, best = best_of(scored, key=lambda pair: pair[0])
    return replace(best, kept=True)


def _candidates(
    history: History, way: AblationPath, previous: Arm | None
) -> tuple[Arm, ...]:
    """One arm for each change that remains after `previous`."""
    already_moved = () if previous is None else previous.moved
    last_step = 0 if previous is None else previous.step or 0
    candidates: list[Arm] = []
    for group in way.groups:
        if set(group) <= set(already_moved):
            continue
        moved = (*already_moved, *group)
        config = path.mixed(history.spec.parameters, way.start, way.target, moved)
        step = last_step + 1
        arm = Arm(
            name=path.step_name(step, group, history.spec.parameters, config),
            config=config,
            design=NAME,
            reference=way.reference,
            previous=way.reference if previous is None else previous.name,
            changes={name: config[name] for name in group if name in config},
            step=step,
            moved=moved,
        )
        candidates.append(arm)
    return tuple(candidates)


# --------------------------------------------------------------------------- the two ends


def _begin(history: History, start: Any, target: Any) -> list[Event] | Idle:
    """The first events of a path, or why there is none; `wait` until its ends are known."""
    ends = [_end(history, end) for end in (start, target)]
    if "wait" in ends:
        return "wait"
    refused = next((end for end in ends if isinstance(end, str)), None)
    if refused is not None:
        return [ArmSkipped(NAME, refused)]
    first, last = (dict(end) for end in ends if not isinstance(end, str))
    rule = retune.rule(history.spec)
    tuned = () if rule is None else rule.parameters
    groups = path.groups(history.spec.parameters, first, last, ignore=tuned)
    if not groups:
        return [ArmSkipped(NAME, "its start and its end are the same configuration")]
    starts_at_an_arm = isinstance(start, str) and start != BEST
    if starts_at_an_arm:
        return [PathStarted(first, last, start, groups)]
    new_arm = _start(history, first)
    return [ArmsDecided((new_arm,)), PathStarted(first, last, START, groups)]


def _start(history: History, config: Mapping[str, Any]) -> Arm:
    """The arm at the start of the path, if that is not the baseline."""
    baseline = next(arm for arm in history.arms if arm.name == BASELINE)
    return Arm(
        name=START,
        config=config,
        design=NAME,
        reference=BASELINE,
        previous=None,
        changes=designs.beyond(baseline.config, config),
        step=0,
        kept=True,
    )


def _end(history: History, end: Any) -> Mapping[str, Any] | str:
    """The configuration of one end; `wait`; or why there is none."""
    if end == BEST:
        return _best(history)
    if isinstance(end, str):
        return _configuration_of(history, end)
    spec = history.spec
    baseline = {} if spec.ablation is None else spec.ablation.baseline
    stated = {**baseline, **end}
    config, _ = complete(spec.parameters, stated, defaults.filler(history), NAME)
    return config


def _best(history: History) -> Mapping[str, Any] | str:
    """The search's best configuration; `wait`; or why there is none."""
    if not search_stage.over(history):
        return "wait"
    best = next(iter(search_stage.ranking(history)), None)
    if best is None:
        return "the search completed no configuration"
    return best.config


def _configuration_of(history: History, name: str) -> Mapping[str, Any] | str:
    """The configuration of an arm; `wait`; or why it was not trained."""
    for arm in history.arms:
        if arm.name == name:
            return arm.config
    skipped = history.skipped.get(name)
    if skipped:
        return f"it needs {name}, which was not trained: {skipped}"
    return "wait"
