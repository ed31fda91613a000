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
    arms = [arm for arm in history.arms if arm.design == NAME and arm.step]
    latest = [arm for arm in arms if arm.step == max(a.step or 0 for a in arms)]
    if not latest:
        return [ArmsDecided(_candidates(history, history.path, None))]
    if (kept := next((arm for arm in latest if arm.kept), None)) is not None:
        following = _candidates(history, history.path, kept)
        return [ArmsDecided(following)] if following else "done"
    if not all(
        retune.ready(history.spec, arm) and results.ended(history, arm)
        for arm in latest
    ):
        return "wait"
    chosen = choose(history, latest)
    if chosen is None:
        step = latest[0].step
        reason = (
            f"it stops before step {step}: none of that step's arms completed all "
            "of its runs"
        )
        return [ArmSkipped(NAME, reason)]
    return [ArmsDecided((chosen, *_candidates(history, history.path, chosen)))]


def choose(history: History, candidates: list[Arm]) -> Arm | None:
    """The arm with a step's best mean of the study's metric, the first of equal ones; else None."""
    means = {
        arm.name: results.mean(history, arm)
        for arm in candidates
        if results.complete(history, arm)
    }
    scored = [
        (value, arm) for arm in candidates if (value := means.get(arm.name)) is not None
    ]
    if not scored:
        return None
    pick = max if history.spec.metric.goal == "maximize" else min
    _, best = pick(scored, key=lambda pair: pair[0])
    return replace(best, kept=True)


def _candidates(
    history: History, way: AblationPath, previous: Arm | None
) -> tuple[Arm, ...]:
    """One arm for each change that remains after `previous`."""
    moved = () if previous is None else previous.moved
    step = 1 if previous is None or previous.step is None else previous.step + 1
    candidates: list[Arm] = []
    for group in way.groups:
        if set(group) <= set(moved):
            continue
        config = path.mixed(
            history.spec.parameters, way.start, way.target, (*moved, *group)
        )
        name = path.step_name(step, group, history.spec.parameters, config)
        before = way.reference if previous is None else previous.name
        changes = {n: config[n] for n in group if n in config}
        candidates.append(
            Arm(
                name,
                config,
                NAME,
                way.reference,
                before,
                changes,
                step=step,
                moved=(*moved, *group),
            )
        )
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
    named = isinstance(start, str) and start != BEST
    events: list[Event] = [] if named else [ArmsDecided((_start(history, first),))]
    return [*events, PathStarted(first, last, start if named else START, groups)]


def _start(history: History, config: Mapping[str, Any]) -> Arm:
    """The arm at the start of the path, if that is not the baseline."""
    baseline = next(arm for arm in history.arms if arm.name == BASELINE)
    return Arm(
        START,
        config,
        NAME,
        BASELINE,
        None,
        designs.beyond(baseline.config, config),
        step=0,
        kept=True,
    )


def _end(history: History, end: Any) -> Mapping[str, Any] | str:
    """The configuration of one end; `wait`; or why there is none."""
    spec = history.spec
    if end == BEST:
        if not search_stage.over(history):
            return "wait"
        best = next(iter(search_stage.ranking(history)), None)
        return "the search completed no configuration" if best is None else best.config
    if isinstance(end, str):
        arm = next((arm for arm in history.arms if arm.name == end), None)
        skipped = history.skipped.get(end)
        return (
            arm.config
            if arm
            else f"it needs {end}, which was not trained: {skipped}"
            if skipped
            else "wait"
        )
    baseline = {} if spec.ablation is None else spec.ablation.baseline
    config, _ = complete(
        spec.parameters, {**baseline, **end}, defaults.filler(history), NAME
    )
    return config
