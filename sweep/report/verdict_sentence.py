"""The verdicts of a study as one sentence for a paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sweep.ablation.verdicts import ArmVerdict
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.spec.tasks import SEPARATOR
from sweep.statistics.verdicts import Judgement, Verdict


def sentence(
    history: History,
    verdict_of: Mapping[str, ArmVerdict],
    metric: str,
    *,
    tasks: int = 0,
) -> str:
    """`On 3 tasks and 12 seeds, removing X hurts test/f1 by 0.012 [0.008, 0.016]; …`.

    Args:
        history: the study, of all tasks where the verdicts are over tasks.
        verdict_of: arm → its verdict.
        metric: the metric that the verdicts are about.
        tasks: number of tasks that the verdicts are over; 0 without tasks.
    """
    by_name = {
        arm.name.removesuffix(f"{SEPARATOR}{arm.task}"): arm for arm in history.arms
    }
    relative = tasks > 1 and history.spec.report.scale == "each"
    parts = [
        _clause(history, by_name[name], verdict, metric, relative)
        for name, verdict in verdict_of.items()
    ]
    where = f"{tasks} tasks and " if tasks else ""
    runs = _number_of_runs(history, verdict_of.values())
    if tasks and history.spec.report.tasks == "like_these":
        return f"On tasks like these ({where}{runs}), {'; '.join(parts)}."
    return f"On {where}{runs}, {'; '.join(parts)}."


def margin_text(history: History) -> str:
    """The margin as the study file states it; "" without a margin."""
    ablation = history.spec.ablation
    if ablation is None or ablation.margin is None:
        return ""
    if isinstance(ablation.margin, str) and "%" in ablation.margin:
        return f"{ablation.margin} of the baseline's mean"
    return f"{float(ablation.margin):g}"


def _number_of_runs(history: History, arm_verdicts: Iterable[ArmVerdict]) -> str:
    """The number of seeds (or folds) that both arm and reference completed: `12 seeds`."""
    ablation = history.spec.ablation
    unit = "seed" if ablation is None or ablation.folds is None else "fold"
    counts = {verdict.judgement.n or verdict.seeds for verdict in arm_verdicts}
    fewest, most = min(counts), max(counts)
    if fewest == most:
        return f"{most} {unit}{'s' if most != 1 else ''}"
    return f"{fewest} to {most} {unit}s"


def _clause(
    history: History, arm: Arm, verdict: ArmVerdict, metric: str, relative: bool
) -> str:
    """The clause on one arm."""
    text = _statement(history, arm, verdict, metric, relative)
    return f"{text} on average ({verdict.hides})" if verdict.hides else text


def _statement(
    history: History, arm: Arm, verdict: ArmVerdict, metric: str, relative: bool
) -> str:
    """What the verdict on one arm says."""
    judgement, subject = verdict.judgement, _subject(arm, verdict.arm)
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
    """The change that the arm stands for, as the subject of a clause."""
    if arm.design == "leave_one_out":
        return f"removing {name.removeprefix('−').removeprefix('-').strip()}"
    if arm.design == "ladder":
        return f"the ladder up to {name.removeprefix('+').strip()}"
    return name


def _size(judgement: Judgement, relative: bool) -> str:
    """`0.012 [0.008, 0.016]`, in percent if relative; the verb tells the direction."""
    scale = 100 if relative else 1
    low, high = sorted((scale * abs(judgement.low), scale * abs(judgement.high)))
    places = numbers.decimals((high - low) / 2)
    mean = numbers.plain(scale * abs(judgement.mean), places)
    interval = f"[{numbers.plain(low, places)}, {numbers.plain(high, places)}]"
    return f"{mean} {interval}" + (" %" if relative else "")
