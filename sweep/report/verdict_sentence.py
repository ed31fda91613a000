"""The verdicts of a study as one sentence that can be pasted into a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sweep.ablation.verdicts import ArmVerdict
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.statistics.verdicts import Judgement, Verdict


def sentence(history: History, found: Mapping[str, ArmVerdict], metric: str) -> str:
    """`On 12 seeds, removing X hurts test/f1 by 0.012 [0.008, 0.016]; …`."""
    by_name = {arm.name: arm for arm in history.arms}
    parts = [_clause(history, by_name[name], each, metric) for name, each in found.items()]
    return f"On {_over(history, found.values())}, {'; '.join(parts)}."


def margin_text(history: History) -> str:
    """The margin as the study file says it, "" without one."""
    ablation = history.spec.ablation
    if ablation is None or ablation.margin is None:
        return ""
    if isinstance(ablation.margin, str) and "%" in ablation.margin:
        return f"{ablation.margin} of the baseline's mean"
    return f"{float(ablation.margin):g}"


def _over(history: History, found: Iterable[ArmVerdict]) -> str:
    ablation = history.spec.ablation
    if ablation is not None and ablation.folds is not None:
        return f"{ablation.folds} folds"
    numbers_of_seeds = sorted({each.seeds for each in found})
    fewest, most = numbers_of_seeds[0], numbers_of_seeds[-1]
    if fewest == most:
        return f"{most} seeds"
    return f"{fewest} to {most} seeds"


def _clause(history: History, arm: Arm, found: ArmVerdict, metric: str) -> str:
    judgement, subject = found.judgement, _subject(arm)
    if judgement.verdict is Verdict.UNDECIDED:
        return f"whether {subject} helps or hurts is undecided"
    if judgement.verdict is Verdict.NO_DIFFERENCE:
        if judgement.direction is not None:
            return f"{subject} {judgement.direction.value} by less than {margin_text(history)}"
        return f"{subject} makes no difference beyond {margin_text(history)}"
    return f"{subject} {judgement.verdict.value} {metric} by {_size(judgement)}"


def _subject(arm: Arm) -> str:
    """What was done to get this arm."""
    if arm.design == "leave_one_out":
        return f"removing {arm.name.removeprefix('−').removeprefix('-').strip()}"
    if arm.design == "ladder":
        return f"the ladder up to {arm.name.removeprefix('+').strip()}"
    return arm.name


def _size(judgement: Judgement) -> str:
    """`0.012 [0.008, 0.016]`, without a sign: the verb has it."""
    ends = sorted((abs(judgement.low), abs(judgement.high)))
    places = numbers.decimals((ends[1] - ends[0]) / 2)
    mean, low, high = (numbers.plain(n, places) for n in (abs(judgement.mean), *ends))
    return f"{mean} [{low}, {high}]"
