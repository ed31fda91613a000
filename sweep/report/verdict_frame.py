"""The verdicts of a study as a frame: a row an arm, on each task and over all of them."""

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
        task: its name; None over all tasks, and where there are none.
        change, low, high: against the arm's reference, with the interval that the tables print;
            None where it is unknown.
        relative: whether the change is a share of the reference's mean.
        verdict: `helps`, `hurts`, `no difference` or `undecided`.
        words: the verdict as printed.
        seeds: that it was judged from, failed ones included; folds with cross-validation.
        final: whether no run to come can change it.
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
    """Every arm over all tasks, then on each; without tasks every arm.

    Where arms were judged over all tasks by looks, there are no verdicts on a single one.
    """
    history = evidence.history
    ended = _has_ended(history)
    rows: list[VerdictRow] = []
    on = on_tasks(evidence)
    if len(on) > 1:
        relative = history.spec.report.scale == "each"
        over = _over_tasks(evidence).values()
        rows += [_row(history, each, None, ended, relative=relative) for each in over]
        if looks.is_sequential(history):
            return rows
    for task, there in (on or {"": evidence}).items():
        found = _of(there).values()
        rows += [
            _row(there.history, each, task or None, ended, relative=False)
            for each in found
        ]
    return rows


def verdict_frame(history: History, margin: float | str | None = None) -> pd.DataFrame:
    """`verdict_rows` as a frame; `task` is missing over all tasks, and where there are none.

    Args:
        history: the study.
        margin: the smallest change that matters, in place of the study's; None: the study's.

    Raises:
        UsageError: a margin that is not one, that does not suit tasks of different scales, or for a
            study whose looks fixed another beforehand; a study without an ablation.
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
        stated = (
            "no margin"
            if ablation.margin is None
            else f"the margin {ablation.margin!r}"
        )
        raise UsageError(
            f"margin={margin!r}: this study's looks were taken with {stated}, which was fixed "
            "before the first run; leave the margin out"
        )
    parsed = parse_margin(margin)
    several = len(by_task(history)) > 1
    if several and history.spec.report.scale == "each" and not parsed.relative:
        raise UsageError(
            f"margin={margin!r} is in units of the metric, and each task has its own; give a "
            'percentage, such as "1 %", or report.scale: one'
        )
    wanted = ablation.model_copy(update={"margin": margin})
    spec = replace(history.spec, ablation=wanted)
    return replace(history, spec=spec, _views={})


def _over_tasks(evidence: Evidence) -> dict[str, ArmVerdict]:
    if looks.is_sequential(evidence.history):
        return task_verdicts(evidence.history)
    over = over_tasks(evidence)
    return {} if over is None else fixed_verdicts(evidence, over)


def _of(evidence: Evidence) -> dict[str, ArmVerdict]:
    """The verdicts that the table prints, or would print with a margin."""
    found = arm_verdicts(evidence)
    if found or looks.is_sequential(evidence.history):
        return found
    return verdicts(evidence.history, list(evidence.arms.values()), evidence.confidence)


def _row(
    history: History,
    found: ArmVerdict,
    task: str | None,
    ended: bool,
    *,
    relative: bool,
) -> VerdictRow:
    judgement = found.judgement
    ends = [_finite(n) for n in (judgement.mean, judgement.low, judgement.high)]
    decided = (
        looks.is_sequential(history) and judgement.verdict is not Verdict.UNDECIDED
    )
    return VerdictRow(
        arm=found.arm,
        task=task,
        change=ends[0],
        low=ends[1],
        high=ends[2],
        relative=relative,
        verdict=judgement.verdict.value,
        words=judgement.words,
        seeds=found.seeds,
        final=ended or decided,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _has_ended(history: History) -> bool:
    """Whether no run is to come, unless somebody adds some."""
    if history.imports:
        return True
    done = bool(history.sessions) and history.sessions[-1].ended == "done"
    return done and not history.unfinished() and not history.running
