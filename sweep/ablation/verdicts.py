"""What the seeds so far say of each arm: helps, hurts, no difference or undecided. Pure.

With seeds until decided, the verdict is that of the arm's last look. With a fixed number of seeds
it is read off the interval of the one procedure that compares all arms (`sweep.statistics.family`),
over the runs that have ended.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.ablation import looks
from sweep.ablation.resampling import resampling
from sweep.history.history import History
from sweep.model.arm import Arm
from sweep.model.events import LooksPlanned, LookTaken
from sweep.model.trial import Goal, State, configuration_key
from sweep.spec.goals import compared_metric, goal_of
from sweep.statistics import family
from sweep.statistics.contrast import Family
from sweep.statistics.power_of_family import expected_critical_value
from sweep.statistics.sequential import FEWEST_PAIRS
from sweep.statistics.sequential_forecast import seeds_until_decided
from sweep.statistics.verdict_forecast import seeds_to_decide
from sweep.statistics.verdicts import (
    NEAR_ZERO,
    NO_SPREAD,
    Judgement,
    Margin,
    Verdict,
    judge,
)

NO_FORECAST = (NO_SPREAD, NEAR_ZERO)  # no number of seeds follows from such differences
MOST_SEEDS = 30  # of a fixed design, that "would probably decide" is looked for among

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ArmVerdict:
    """What is known of one arm.

    Attributes:
        arm, reference: names.
        judgement: the verdict and its interval.
        seeds: that it was judged from, failed ones included; folds with cross-validation.
        lacking: of these, those that the arm or its reference did not complete.
        trials: behind it, the reference's included.
        forecast: of an undecided arm, how many seeds would probably decide it.
        hides: of a verdict over tasks, that the arm clearly helps on some and hurts on others.
    """

    arm: str
    reference: str
    judgement: Judgement
    seeds: int
    lacking: tuple[int, ...] = ()
    trials: tuple[int, ...] = ()
    forecast: str = ""
    hides: str = ""

    @property
    def detail(self) -> str:
        """Of an undecided arm: why it is, and how many seeds would probably decide it."""
        if self.judgement.verdict is not Verdict.UNDECIDED:
            return ""
        return "; ".join(filter(None, (self.judgement.reason, self.forecast)))


def asked(history: History) -> bool:
    """Whether a study asks for verdicts: it has a margin, or adds seeds until its arms
    are decided.
    """
    ablation = history.spec.ablation
    return ablation is not None and (
        ablation.margin is not None or ablation.until_decided is not None
    )


def metric_of(history: History) -> str:
    """The metric that verdicts are about."""
    plan = history.look_plan
    return compared_metric(history.spec) if plan is None else plan.metric


def verdicts(
    history: History,
    arms: Sequence[Arm] | None = None,
    confidence: float | None = None,
    metric: str | None = None,
) -> dict[str, ArmVerdict]:
    """Arm → its verdict, in order; none for an arm without a reference, or the same as it.

    Args:
        history: the study.
        arms: that are compared together, default all but the subsets of a Shapley design, which
            have a table of their own.
        confidence: of all intervals together, default the report's; looks have their own.
        metric: default `metric_of`.
    """
    chosen = (
        [arm for arm in history.arms if arm.design != "shapley"]
        if arms is None
        else arms
    )
    by_name = {arm.name: arm for arm in history.arms}
    compared = [arm for arm in chosen if _differs(by_name, arm)]
    if looks.is_sequential(history):
        found = {arm.name: _looked_at(history, by_name, arm) for arm in compared}
        return {name: verdict for name, verdict in found.items() if verdict is not None}
    level = history.spec.report.confidence if confidence is None else confidence
    return _fixed(history, compared, by_name, level, metric or metric_of(history))


def _differs(by_name: Mapping[str, Arm], arm: Arm) -> bool:
    reference = by_name.get(arm.reference or "")
    if reference is None:
        return False
    return configuration_key(arm.config) != configuration_key(reference.config)


# --------------------------------------------------------------------------- a fixed number


def _fixed(
    history: History,
    compared: Sequence[Arm],
    by_name: Mapping[str, Arm],
    confidence: float,
    metric: str,
) -> dict[str, ArmVerdict]:
    """Verdicts from one family over all arms; two names of one comparison count once."""
    columns: dict[tuple[str, str, str], tuple[Vector, Vector]] = {}
    for name in dict.fromkeys((metric, *history.spec.report.compare)):
        for arm in compared:
            reference = by_name[arm.reference or ""]
            key = (*_keys(arm, reference), name)
            if key not in columns:
                columns[key] = (
                    values_of(history, arm, name),
                    values_of(history, reference, name),
                )
    if not columns:
        return {}
    metrics = list(dict.fromkeys((metric, *history.spec.report.compare)))
    overlapping = resampling(history, metrics)
    ratio = None if overlapping is None else overlapping.ratio
    mine = np.column_stack([values for values, _ in columns.values()])
    theirs = np.column_stack([values for _, values in columns.values()])
    tested = family.compare(mine, theirs, confidence=confidence, test_to_train=ratio)
    contrasts = dict(zip(columns, tested.contrasts, strict=True))
    found = {}
    for arm in compared:
        reference = by_name[arm.reference or ""]
        key = (*_keys(arm, reference), metric)
        contrast = contrasts[key]
        used = list(contrast.rows)
        here, there = (values[used] for values in columns[key])
        judgement = judged(
            here,
            there,
            contrast.critical,
            goal_of(history.spec, metric),
            _margin(history),
            ratio,
        )
        forecast = fixed_forecast(judgement, here, there, tested, _margin(history))
        found[arm.name] = ArmVerdict(
            arm.name,
            reference.name,
            judgement,
            len(columns[key][0]),
            lacking=_lacking(history, contrast.rows),
            trials=trials_of(history, (arm, reference), len(columns[key][0])),
            forecast=forecast if ratio is None else "",
        )
    return found


def _keys(arm: Arm, reference: Arm) -> tuple[str, str]:
    return configuration_key(arm.config), configuration_key(reference.config)


def judged(
    here: Vector,
    there: Vector,
    critical: float,
    goal: Goal,
    margin: Margin | None,
    ratio: float | None = None,
) -> Judgement:
    """The verdict of complete pairs (n,), undecided where they admit no interval."""
    n = len(here)
    if math.isnan(critical) and n < FEWEST_PAIRS:
        mean = float(np.mean(here - there)) if n else math.nan
        pairs = f"{n} complete pair{'s' if n != 1 else ''}"
        reason = f"{pairs}, where a verdict needs at least {FEWEST_PAIRS}"
        return Judgement(Verdict.UNDECIDED, mean, math.nan, math.nan, n, None, reason)
    critical = math.inf if math.isnan(critical) else critical
    return judge(here, there, critical, goal, margin, test_to_train=ratio or 0.0)


def values_of(history: History, arm: Arm, metric: str) -> Vector:
    """A metric of an arm (n,), a row for each seed, or for each fold (its seeds averaged)."""
    ablation = history.spec.ablation
    key = configuration_key(arm.config)
    if ablation is None:
        return np.empty(0)

    def value(seed: int, fold: int | None) -> float:
        trial = history.find(key, seed, fold)
        number = None if trial is None else looks.value(history, trial, metric)
        return math.nan if number is None else number

    if ablation.folds is None:
        return np.array([value(seed, None) for seed in ablation.seeds])
    means = []
    for fold in range(ablation.folds):
        runs = [value(seed, fold) for seed in ablation.seeds]
        finished = [number for number in runs if not math.isnan(number)]
        means.append(float(np.mean(finished)) if finished else math.nan)
    return np.array(means)


def _margin(history: History) -> Margin | None:
    ablation = history.spec.ablation
    return None if ablation is None else ablation.smallest_change


def _lacking(history: History, rows: Sequence[int]) -> tuple[int, ...]:
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    blocks = ablation.seeds if ablation.folds is None else tuple(range(ablation.folds))
    return tuple(block for row, block in enumerate(blocks) if row not in rows)


def fixed_forecast(
    judgement: Judgement,
    here: Vector,
    there: Vector,
    tested: Family,
    margin: Margin | None,
) -> str:
    """Seeds of a new design of this kind that would probably decide; "" where it is decided."""
    if judgement.verdict is not Verdict.UNDECIDED or judgement.n < 2:
        return ""
    if judgement.reason in NO_FORECAST:
        return ""
    arms, alpha = max(tested.tested, 1), 1 - tested.confidence

    def critical_value(seeds: int) -> float:
        return expected_critical_value(seeds, arms, alpha)

    most = max(MOST_SEEDS, judgement.n)
    size = None if margin is None else margin.in_units(float(np.mean(there)))
    if size == 0:
        return ""
    number = seeds_to_decide(here - there, critical_value, size, most=most)
    return forecast_words(number, most)


def forecast_words(number: int | None, most: int) -> str:
    """How many seeds would probably decide an arm; None: not so many as `most`."""
    if number is None:
        return f"cannot be resolved with {most} seeds"
    return f"{number} seeds would probably decide"


# --------------------------------------------------------------------------- looks


def _looked_at(
    history: History, by_name: Mapping[str, Arm], arm: Arm
) -> ArmVerdict | None:
    """The verdict of the last look at an arm, undecided before the first; None before the plan."""
    plan, name = history.look_plan, looks.planned_name(history, arm)
    if plan is None or name is None:
        return None
    reference = by_name[arm.reference or ""]
    look = looks.latest(history, name)
    if look is None:
        reason = f"the first look is at {plan.looks[0]} seeds"
        nothing = Judgement(
            Verdict.UNDECIDED, math.nan, math.nan, math.nan, 0, None, reason
        )
        return ArmVerdict(arm.name, reference.name, nothing, 0)
    return ArmVerdict(
        arm.name,
        reference.name,
        judgement_of(look, plan),
        look.seeds,
        look.lacking,
        trials_of(history, (arm, reference), look.seeds),
        _look_forecast(history, plan, look, arm, reference),
    )


def judgement_of(look: LookTaken, plan: LooksPlanned) -> Judgement:
    """A look's judgement, as it was recorded."""
    mean, low, high = (
        math.nan if n is None else n for n in (look.mean, look.low, look.high)
    )
    direction = None
    if low > 0 or high < 0:
        better = (low > 0) == (plan.goal == "maximize")
        direction = Verdict.HELPS if better else Verdict.HURTS
    verdict = Verdict(look.verdict)
    return Judgement(verdict, mean, low, high, look.pairs, direction, look.reason)


def _look_forecast(
    history: History, plan: LooksPlanned, look: LookTaken, arm: Arm, reference: Arm
) -> str:
    if look.verdict != Verdict.UNDECIDED or look.pairs < 2:
        return ""
    if look.reason in NO_FORECAST:
        return ""
    most = plan.looks[-1]
    if look.seeds >= most:
        return f"cannot be resolved with {most} seeds"
    ablation = history.spec.ablation
    numbers = () if ablation is None else ablation.seeds[: look.seeds]
    mine = looks.values(history, arm, plan.metric, numbers)
    theirs = looks.values(history, reference, plan.metric, numbers)
    pairs = [
        (a, b)
        for a, b in zip(mine, theirs, strict=True)
        if a is not None and b is not None
    ]
    here, there = (
        np.array(side, dtype=np.float64) for side in zip(*pairs, strict=True)
    )
    margin = looks.margin(plan)
    size = None if margin is None else margin.in_units(float(np.mean(there)))
    if size == 0:
        return ""
    return forecast_words(
        seeds_until_decided(here - there, looks.design(plan), size), most
    )


def trials_of(history: History, arms: Sequence[Arm], seeds: int) -> tuple[int, ...]:
    """The complete trials of two arms in the first seeds."""
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    folds = [None] if ablation.folds is None else list(range(ablation.folds))
    numbers = ablation.seeds if ablation.folds is not None else ablation.seeds[:seeds]
    found = []
    for arm in arms:
        key = configuration_key(arm.config)
        for seed in numbers:
            for fold in folds:
                trial = history.find(key, seed, fold)
                if trial is not None and trial.state is State.COMPLETE:
                    found.append(trial.number)
    return tuple(sorted(found))
