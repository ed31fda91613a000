"""The verdict on each arm from the seeds so far: helps, hurts, no difference or undecided. Pure.

With seeds until decided, the verdict is that of the arm's last look. With a fixed number of seeds,
it follows from the arm's interval in the procedure that compares all arms
(`sweep.statistics.family`), over the runs that have ended.
"""

from __future__ import annotations

import itertools
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
    """The verdict on one arm.

    Attributes:
        arm, reference: their names.
        judgement: the verdict and its interval.
        seeds: number of seeds that it is based on, including failed ones; with cross-validation,
            of folds.
        lacking: seeds among these that the arm or its reference did not complete.
        trials: the trials that it is based on, including those of the reference.
        forecast: how many seeds would probably decide an undecided arm.
        hides: for a verdict over tasks: the arm clearly helps on some and hurts on others.
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
        """Why an arm is undecided, and how many seeds would probably decide it."""
        if self.judgement.verdict is not Verdict.UNDECIDED:
            return ""
        return "; ".join(filter(None, (self.judgement.reason, self.forecast)))


def asked(history: History) -> bool:
    """Whether a study asks for verdicts: it has a margin, or adds seeds until arms are decided."""
    ablation = history.spec.ablation
    if ablation is None:
        return False
    return ablation.margin is not None or ablation.until_decided is not None


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
    """Arm → its verdict, in order; none for an arm without a reference or equal to it.

    Args:
        history: the study.
        arms: the arms that are compared together; default: all except the subsets of a Shapley
            design, which have their own table.
        confidence: of all intervals together; default: the report's. Looks have their own.
        metric: default: `metric_of`.
    """
    if arms is None:
        arms = [arm for arm in history.arms if arm.design != "shapley"]
    by_name = {arm.name: arm for arm in history.arms}
    compared = [arm for arm in arms if _differs(by_name, arm)]
    if looks.is_sequential(history):
        verdict_of = {}
        for arm in compared:
            verdict = _looked_at(history, by_name, arm)
            if verdict is not None:
                verdict_of[arm.name] = verdict
        return verdict_of
    level = history.spec.report.confidence if confidence is None else confidence
    return _fixed(history, compared, by_name, level, metric or metric_of(history))


def _differs(by_name: Mapping[str, Arm], arm: Arm) -> bool:
    """Whether an arm has another configuration than its reference."""
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
    """Verdicts from one family of tests over all arms; equal comparisons count once."""
    metrics = list(dict.fromkeys((metric, *history.spec.report.compare)))
    columns = _columns(history, compared, by_name, metrics)
    if not columns:
        return {}
    overlapping = resampling(history, metrics)
    ratio = None if overlapping is None else overlapping.ratio
    of_arms = np.column_stack([values for values, _ in columns.values()])
    of_references = np.column_stack([values for _, values in columns.values()])
    tested = family.compare(
        of_arms, of_references, confidence=confidence, test_to_train=ratio
    )
    contrasts = dict(zip(columns, tested.contrasts, strict=True))
    goal, margin = goal_of(history.spec, metric), _margin(history)
    verdict_of = {}
    for arm in compared:
        reference = by_name[arm.reference or ""]
        key = (*_keys(arm, reference), metric)
        contrast = contrasts[key]
        seeds = len(columns[key][0])
        used = list(contrast.rows)
        arm_values, reference_values = (values[used] for values in columns[key])
        judgement = judged(
            arm_values, reference_values, contrast.critical, goal, margin, ratio
        )
        forecast = ""
        if ratio is None:
            forecast = fixed_forecast(
                judgement, arm_values, reference_values, tested, margin
            )
        verdict_of[arm.name] = ArmVerdict(
            arm.name,
            reference.name,
            judgement,
            seeds,
            lacking=_lacking(history, contrast.rows),
            trials=trials_of(history, (arm, reference), seeds),
            forecast=forecast,
        )
    return verdict_of


def _columns(
    history: History,
    compared: Sequence[Arm],
    by_name: Mapping[str, Arm],
    metrics: Sequence[str],
) -> dict[tuple[str, str, str], tuple[Vector, Vector]]:
    """Configurations of an arm and its reference, metric → their values; each once."""
    columns: dict[tuple[str, str, str], tuple[Vector, Vector]] = {}
    for name in metrics:
        for arm in compared:
            reference = by_name[arm.reference or ""]
            key = (*_keys(arm, reference), name)
            if key not in columns:
                arm_values = values_of(history, arm, name)
                columns[key] = (arm_values, values_of(history, reference, name))
    return columns


def _keys(arm: Arm, reference: Arm) -> tuple[str, str]:
    """The configurations of an arm and of its reference."""
    return configuration_key(arm.config), configuration_key(reference.config)


def judged(
    arm_values: Vector,
    reference_values: Vector,
    critical: float,
    goal: Goal,
    margin: Margin | None,
    ratio: float | None = None,
) -> Judgement:
    """The verdict of complete pairs (n,); undecided if they give no interval."""
    n = len(arm_values)
    if math.isnan(critical) and n < FEWEST_PAIRS:
        mean = float(np.mean(arm_values - reference_values)) if n else math.nan
        pairs = f"{n} complete pair{'s' if n != 1 else ''}"
        reason = f"{pairs}, but a verdict needs at least {FEWEST_PAIRS}"
        return Judgement(Verdict.UNDECIDED, mean, math.nan, math.nan, n, None, reason)
    critical = math.inf if math.isnan(critical) else critical
    return judge(
        arm_values, reference_values, critical, goal, margin, test_to_train=ratio or 0.0
    )


def values_of(history: History, arm: Arm, metric: str) -> Vector:
    """A metric of an arm (n,), a value for each seed, or for each fold (averaged over seeds)."""
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
    """The smallest change that matters; None if the study states none."""
    ablation = history.spec.ablation
    return None if ablation is None else ablation.smallest_change


def _lacking(history: History, rows: Sequence[int]) -> tuple[int, ...]:
    """The seeds (or folds) whose pair is missing.

    Args:
        history: of the study.
        rows: positions of the seeds that have a pair.
    """
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    blocks = ablation.seeds if ablation.folds is None else tuple(range(ablation.folds))
    return tuple(block for row, block in enumerate(blocks) if row not in rows)


def fixed_forecast(
    judgement: Judgement,
    arm_values: Vector,
    reference_values: Vector,
    tested: Family,
    margin: Margin | None,
) -> str:
    """The number of seeds of such a design that would probably decide; "" if it is decided."""
    if judgement.verdict is not Verdict.UNDECIDED or judgement.n < 2:
        return ""
    if judgement.reason in NO_FORECAST:
        return ""
    arms, alpha = max(tested.tested, 1), 1 - tested.confidence

    def critical_value(seeds: int) -> float:
        return expected_critical_value(seeds, arms, alpha)

    most = max(MOST_SEEDS, judgement.n)
    size = None if margin is None else margin.in_units(float(np.mean(reference_values)))
    if size == 0:
        return ""
    number = seeds_to_decide(
        arm_values - reference_values, critical_value, size, most=most
    )
    return forecast_words(number, most)


def forecast_words(number: int | None, most: int) -> str:
    """How many seeds would probably decide an arm, in words; `number` None: more than `most`."""
    if number is None:
        return f"cannot be resolved with {most} seeds"
    return f"{number} seeds would probably decide"


# --------------------------------------------------------------------------- looks


def _looked_at(
    history: History, by_name: Mapping[str, Arm], arm: Arm
) -> ArmVerdict | None:
    """The verdict of the last look at an arm; undecided before the first; None without a plan."""
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
    """The recorded judgement of a look."""
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
    """How many seeds an undecided arm may still need; "" if that cannot be said."""
    if look.verdict != Verdict.UNDECIDED or look.pairs < 2:
        return ""
    if look.reason in NO_FORECAST:
        return ""
    most = plan.looks[-1]
    if look.seeds >= most:
        return f"cannot be resolved with {most} seeds"
    ablation = history.spec.ablation
    numbers = () if ablation is None else ablation.seeds[: look.seeds]
    of_arm = looks.values(history, arm, plan.metric, numbers)
    of_reference = looks.values(history, reference, plan.metric, numbers)
    arm_values, reference_values = _complete_pairs(of_arm, of_reference)
    margin = looks.margin(plan)
    size = None if margin is None else margin.in_units(float(np.mean(reference_values)))
    if size == 0:
        return ""
    differences = arm_values - reference_values
    number = seeds_until_decided(differences, looks.design(plan), size)
    return forecast_words(number, most)


def _complete_pairs(
    of_arm: Sequence[float | None], of_reference: Sequence[float | None]
) -> tuple[Vector, Vector]:
    """The values (n,) of the n seeds for which both arms have one; at least one seed."""
    arm_values: list[float] = []
    reference_values: list[float] = []
    for arm_value, reference_value in zip(of_arm, of_reference, strict=True):
        if arm_value is not None and reference_value is not None:
            arm_values.append(arm_value)
            reference_values.append(reference_value)
    return np.array(arm_values, np.float64), np.array(reference_values, np.float64)


def trials_of(history: History, arms: Sequence[Arm], seeds: int) -> tuple[int, ...]:
    """The complete trials of two arms in the first seeds."""
    ablation = history.spec.ablation
    if ablation is None:
        return ()
    folds: list[int | None] = [None]
    numbers = ablation.seeds[:seeds]
    if ablation.folds is not None:
        folds = list(range(ablation.folds))
        numbers = ablation.seeds
    trials = []
    for arm in arms:
        key = configuration_key(arm.config)
        for seed, fold in itertools.product(numbers, folds):
            trial = history.find(key, seed, fold)
            if trial is not None and trial.state is State.COMPLETE:
                trials.append(trial.number)
    return tuple(sorted(trials))
