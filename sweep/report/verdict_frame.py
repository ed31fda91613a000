"""The verdicts of a study as a data frame: one row per arm, on each task and over all tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from sweep.ablation import looks
from sweep.ablation.task_verdicts import task_verdicts
from sweep.ablation.verdicts import ArmVerdict, verdicts
from sweep.errors import UsageError
from sweep.history.history import History
from sweep.history.task_view import by_task
from sweep.report.arm_verdicts import arm_verdicts
from sweep.report.evidence import Evidence, gather
from sweep.report.task_evidence import on_tasks, over_tasks
from sweep.report.tasks_verdict import fixed_verdicts
from sweep.statistics.verdicts import Verdict, parse_margin


@dataclass(frozen=True)
class VerdictRow:
    """One arm's verdict, on one task or over all.

    Attributes:
        arm: its name, without a task.
        task: its name; None for all tasks, and in a study without tasks.
        change, low, high: against the arm's reference, with the interval that the tables print;
            None where it is unknown.
        relative: whether the change is a share of the reference's mean.
        verdict: `helps`, `hurts`, `no difference` or `undecided`.
        words: the verdict as printed.
        seeds: number that it was judged from, including failed ones; folds with cross-validation.
        final: whether no further run can change it.
    """

    arm: str
    task: str | None
    change: float | None
    low: float | None
    high: float | None
    relative: bool
    verdict: str
    words: str
    seeds: int
    final: bool


def verdict_rows(evidence: Evidence) -> list[VerdictRow]:
    """Every arm over all tasks, then on each task; without tasks every arm once.

    An ablation with looks over all tasks has no verdicts on single tasks.
    """
    history = evidence.history
    ended = _has_ended(history)
    rows: list[VerdictRow] = []
    on = on_tasks(evidence)
    if len(on) > 1:
        relative = history.spec.report.scale == "each"
        rows += [
            _row(history, verdict, None, ended, relative=relative)
            for verdict in _over_tasks(evidence).values()
        ]
        if looks.is_sequential(history):
            return rows
    for task, of_task in (on or {"": evidence}).items():
        rows += [
            _row(of_task.history, verdict, task or None, ended, relative=False)
            for verdict in _printed_verdicts(of_task).values()
        ]
    return rows


def verdict_frame(history: History, margin: float | str | None = None) -> pd.DataFrame:
    """`verdict_rows` as a frame; `task` is missing for all tasks and without tasks.

    Args:
        history: the study.
        margin: the smallest change that matters, instead of the study's; None: the study's.

    Raises:
        UsageError: the margin is invalid, is absolute although tasks have different scales, or
            differs from the one that the study's looks fixed beforehand; or the study has no
            ablation.
    """
    if history.spec.ablation is None:
        raise UsageError("verdicts are on arms, and this study has no ablation")
    if margin is not None:
        history = _with_margin(history, margin)
    rows = verdict_rows(gather(history))
    columns = list(VerdictRow.__dataclass_fields__)
    frame = pd.DataFrame([vars(row) for row in rows], columns=columns)
    for name in ("arm", "task", "verdict", "words"):
        frame[name] = frame[name].astype("string")
    for name in ("change", "low", "high"):
        frame[name] = frame[name].astype("float64")
    return frame.astype({"seeds": "int64", "final": "bool", "relative": "bool"})


def _with_margin(history: History, margin: float | str) -> History:
    ablation = history.spec.ablation
    if ablation is None:
        return history
    if looks.is_sequential(history):
        fixed = "no margin"
        if ablation.margin is not None:
            fixed = f"the margin {ablation.margin!r}"
        raise UsageError(
            f"margin={margin!r}: this study's looks were taken with {fixed}, as fixed "
            "before the first run; leave the margin out"
        )
    parsed = parse_margin(margin)
    several = len(by_task(history)) > 1
    if several and history.spec.report.scale == "each" and not parsed.relative:
        raise UsageError(
            f"margin={margin!r} is in units of the metric, but each task has its own scale; give a "
            'percentage, such as "1 %", or set report.scale: one'
        )
    with_margin = ablation.model_copy(update={"margin": margin})
    spec = replace(history.spec, ablation=with_margin)
    return replace(history, spec=spec, _views={})


def _over_tasks(evidence: Evidence) -> dict[str, ArmVerdict]:
    if looks.is_sequential(evidence.history):
        return task_verdicts(evidence.history)
    over = over_tasks(evidence)
    return {} if over is None else fixed_verdicts(evidence, over)


def _printed_verdicts(evidence: Evidence) -> dict[str, ArmVerdict]:
    """The verdicts that the table prints, or would print with a margin."""
    printed = arm_verdicts(evidence)
    if printed or looks.is_sequential(evidence.history):
        return printed
    return verdicts(evidence.history, list(evidence.arms.values()), evidence.confidence)


def _row(
    history: History,
    arm_verdict: ArmVerdict,
    task: str | None,
    ended: bool,
    *,
    relative: bool,
) -> VerdictRow:
    judgement = arm_verdict.judgement
    ends = [_finite(n) for n in (judgement.mean, judgement.low, judgement.high)]
    decided = (
        looks.is_sequential(history) and judgement.verdict is not Verdict.UNDECIDED
    )
    return VerdictRow(
        arm=arm_verdict.arm,
        task=task,
        change=ends[0],
        low=ends[1],
        high=ends[2],
        relative=relative,
        verdict=judgement.verdict.value,
        words=judgement.words,
        seeds=arm_verdict.seeds,
        final=ended or decided,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _has_ended(history: History) -> bool:
    """Whether the study has no runs left, unless it is extended."""
    if history.imports:
        return True
    done = bool(history.sessions) and history.sessions[-1].ended == "done"
    return done and not history.unfinished() and not history.running
