"""Rules that end a study: budget used up, target met, or all trials fail for one reason.

Each rule is a pure function of the history and of the study's seconds. It returns a sentence with
the reason, or None.
"""

from __future__ import annotations

from collections import Counter

from sweep.history.history import History
from sweep.model.cohort import Cohort
from sweep.model.trial import Goal, State, Trial
from sweep.search import failed_members, trial_value
from sweep.spec import StudySpec

# So many trials that fail alike, while none succeeds, are a mistake in the study, not bad luck.
SAME_FAILURE_LIMIT = 3


def spent_budget(history: History, seconds: float) -> str | None:
    """The sentence on a spent budget, if one is.

    Args:
        history: the study.
        seconds: wall-clock time of all its sessions.
    """
    budget = history.spec.budget
    if budget.hours is not None and seconds / 3600 >= budget.hours:
        return _spent("hours", budget.hours)
    if (
        budget.gpu_hours is not None
        and _gpu_seconds(history) / 3600 >= budget.gpu_hours
    ):
        return _spent("gpu_hours", budget.gpu_hours)
    return None


def met_target(history: History) -> str | None:
    """The sentence on the first trial whose value meets `metric.target`, if there is one.

    The value is that of the tables, see `StudySpec.selected`. A member of a population is read at
    its last epoch: earlier ones may belong to weights that a copy replaced.
    """
    metric = history.spec.metric
    if metric.target is None:
        return None
    trials = history.derived(_TargetMet).trials
    if not trials:
        return None
    target = f"{metric.name} {metric.target:g}"
    return f"trial {min(trials)} met the target {target}: no further trial is started"


def common_failure(history: History) -> str | None:
    """The sentence on a common failure, once `SAME_FAILURE_LIMIT` trials ended, all with it."""
    failures = history.cohort().derived(_Failures)
    reasons = Counter(failures.reasons)
    waiting = failed_members.waiting_to_be_replaced(history)
    reasons.update(trial.reason for trial in waiting)
    if failures.other or failed_members.any_sound(history) or not reasons:
        return None
    reason, times = reasons.most_common(1)[0]
    if times < SAME_FAILURE_LIMIT:
        return None
    return f"all {times} finished trials failed for the same reason: {reason}"


def _spent(name: str, limit: float) -> str:
    return f"budget.{name} of {limit:g} is used up: no further trial is started"


def _gpu_seconds(history: History) -> float:
    """Seconds on GPUs of all trials that were run here."""
    resources = history.resources
    if not resources.when:
        usual = resources.shares()[0].gpu
        return _worker_seconds(history.cohort()) * (usual or 0)
    total = 0.0
    for trial in history.trials.values():
        if not trial.reused:
            total += trial.seconds * (resources.share(trial.config).gpu or 0)
    return total


def _worker_seconds(cohort: Cohort) -> float:
    """Worker time of all trials that were run here."""
    running = sum(cohort.trials[number].seconds for number in cohort.open)
    return cohort.derived(_EndedSeconds).total + running


# --------------------------------------------------------------------------- views:
# each ended trial is read once


class _Failures:
    """Why trials failed, and how many ended otherwise."""

    def __init__(self) -> None:
        self.reasons: Counter[str] = Counter()
        self.other = 0
        self._count = 0

    def update(self, cohort: Cohort) -> None:
        for trial in cohort.ended_after(self._count):
            if trial.state is State.FAILED:
                self.reasons[trial.reason] += 1
            else:
                self.other += 1
            self._count += 1


class _EndedSeconds:
    """Worker time of the trials that were run here and have ended."""

    def __init__(self) -> None:
        self.total = 0.0
        self._count = 0

    def update(self, cohort: Cohort) -> None:
        for trial in cohort.ended_after(self._count):
            if not trial.reused:
                self.total += trial.seconds
            self._count += 1


class _TargetMet:
    """The complete trials that meet the target under the current study file."""

    def __init__(self) -> None:
        self.trials: list[int] = []
        self._count = 0
        self._settings: object = None

    def update(self, history: History) -> None:
        spec = history.spec
        settings = (spec.metric, spec.report.select, spec.report.select_by)
        if settings != self._settings:
            self._settings, self._count, self.trials = settings, 0, []
        for trial in history.cohort().ended_after(self._count):
            if _meets_target(spec, trial):
                self.trials.append(trial.number)
            self._count += 1


def _meets_target(spec: StudySpec, trial: Trial) -> bool:
    """Whether a complete trial has reached the study's target."""
    target, goal = spec.metric.target, spec.metric.goal
    if trial.state is not State.COMPLETE or target is None:
        return False
    return _as_good(trial_value.value(spec, trial), target, goal)


def _as_good(value: float, target: float, goal: Goal) -> bool:
    """Whether a value is at least as good as the target."""
    return value >= target if goal == "maximize" else value <= target
