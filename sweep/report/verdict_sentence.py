"""The verdicts of a study as one sentence that can be pasted into a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sweep.ablation.verdicts import ArmVerdict
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.spec.tasks import SEPARATOR
from sweep.statistics.verdicts import Judgement, Verdict


def sentence(
    history: History, found: Mapping[str, ArmVerdict], metric: str, *, tasks: int = 0
) -> str:
    """`On 3 tasks and 12 seeds, removing X hurts test/f1 by 0.012 [0.008, 0.016]; …`.

    Args:
        history: the study; whole, where the verdicts are over tasks.
        found: arm → its verdict.
        metric: that the verdicts are about.
        tasks: that the verdicts are over; 0: over none.
    """
    by_name = {
        arm.name.removesuffix(f"{SEPARATOR}{arm.task}"): arm for arm in history.arms
    }
    relative = tasks > 1 and history.spec.report.scale == "each"
    parts = [
        _clause(history, by_name[name], each, metric, relative)
        for name, each in found.items()
    ]
    where = f"{tasks} tasks and " if tasks else ""
    runs = _over(history, found.values())
    if tasks and history.spec.report.tasks == "like_these":
        return f"On tasks like these ({where}{runs}), {'; '.join(parts)}."
    return f"On {where}{runs}, {'; '.join(parts)}."


def margin_text(history: History) -> str:
    """The margin as the study file says it, "" without one."""
    ablation = history.spec.ablation
    if ablation is None or ablation.margin is None:
        return ""
    if isinstance(ablation.margin, str) and "%" in ablation.margin:
        return f"{ablation.margin} of the baseline's mean"
    return f"{float(ablation.margin):g}"


def _over(history: History, found: Iterable[ArmVerdict]) -> str:
    """The seeds, or folds, that arm and reference completed, which verdicts were read off."""
    ablation = history.spec.ablation
    unit = "seed" if ablation is None or ablation.folds is None else "fold"
    complete = sorted({each.judgement.n or each.seeds for each in found})
    fewest, most = complete[0], complete[-1]
    if fewest == most:
        return f"{most} {unit}{'s' if most != 1 else ''}"
    return f"{fewest} to {most} {unit}s"


def _clause(
    history: History, arm: Arm, found: ArmVerdict, metric: str, relative: bool
) -> str:
    text = _statement(history, arm, found, metric, relative)
    return f"{text} on average ({found.hides})" if found.hides else text


def _statement(
    history: History, arm: Arm, found: ArmVerdict, metric: str, relative: bool
) -> str:
    judgement, subject = found.judgement, _subject(arm, found.arm)
    if judgement.verdict is Verdict.UNDECIDED:
        return f"whether {subject} helps or hurts is undecided"
    if judgement.verdict is Verdict.NO_DIFFERENCE:
        if judgement.direction is not None:
            return f"{subject} {judgement.direction.value} by less than {margin_text(history)}"
        return f"{subject} makes no difference beyond {margin_text(history)}"
    return (
        f"{subject} {judgement.verdict.value} {metric} by {_size(judgement, relative)}"
    )


def _subject(arm: Arm, name: str) -> str:
    """What was done to get this arm."""
    if arm.design == "leave_one_out":
        return f"removing {name.removeprefix('−').removeprefix('-').strip()}"
    if arm.design == "ladder":
        return f"the ladder up to {name.removeprefix('+').strip()}"
    return name


def _size(judgement: Judgement, relative: bool) -> str:
    """`0.012 [0.008, 0.016]`, without a sign: the verb has it; in percent where it is relative."""
    scale = 100 if relative else 1
    ends = sorted((scale * abs(judgement.low), scale * abs(judgement.high)))
    places = numbers.decimals((ends[1] - ends[0]) / 2)
    mean, low, high = (
        numbers.plain(n, places) for n in (scale * abs(judgement.mean), *ends)
    )
    return f"{mean} [{low}, {high}]" + (" %" if relative else "")
