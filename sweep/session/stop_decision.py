"""Decides whether a trial continues after a report, by the stopping and health rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sweep.ablation import retune
from sweep.history.history import History
from sweep.model.by_epoch import change_epochs
from sweep.model.finding import Finding
from sweep.model.trial import Report, Trial
from sweep.search import population, search_stage
from sweep.spec import StudySpec
from sweep.stopping import StoppingRule


@dataclass(frozen=True)
class Decision:
    """The decision on a trial after a report; without `stop` and `pause` it continues.

    Attributes:
        stop: why it is stopped for good.
        pause: why it pauses.
    """

    stop: str | None = None
    pause: str | None = None


def judge(
    history: History, trial: Trial, latest: Report
) -> tuple[Decision, list[Finding]]:
    """Decide on a trial after a report that is not recorded yet; also return broken health rules.

    The report and the decision are one record of the log: a kill leaves both or neither.
    """
    spec = history.spec
    reported = replace(trial, reports=[*trial.reports, latest])
    findings = spec.health.findings(reported, spec.metric.goal)
    broken = [finding for finding in findings if finding.epoch == latest.epoch]
    if not _is_last(reported):
        for finding in broken:
            if finding.action == "stop":
                return Decision(stop=stop_reason(finding)), broken
    return _stopped_early(history, reported), broken


def judged(spec: StudySpec, trial: Trial) -> list[int] | None:
    """The epochs after which `judge` may stop a trial; None: any epoch.

    Other epochs are never a reason to stop, so a trainer need not wait for an answer after them.
    """
    if spec.health.may_stop(trial):
        return None
    waits = population.boundaries(spec, trial)
    if waits:
        return waits
    rule = _rule(spec, trial.stage)
    if rule is None or not _goes_ahead(spec, trial):
        # At its changes it starts anew, from a checkpoint that the study must know.
        return change_epochs(trial.config)
    epochs = trial.config.get("epochs")
    return rule.judged(epochs if isinstance(epochs, int) else None)


def never_applies(spec: StudySpec, trial: Trial) -> str | None:
    """Why the stopping rule can stop no trial, judged from a trial with its first report.

    A rule counts epochs and ignores a trial at the end of its budget. A trainer that reports steps
    (100, 200, …) seems to be at the end from its first report.
    """
    rule = _rule(spec, trial.stage)
    epochs = trial.config.get("epochs")
    if rule is None or rule.between_runs or rule.judged(None) == []:
        return None  # no rule could stop a trial at a report
    if len(trial.reports) != 1 or not isinstance(epochs, int):
        return None
    first = trial.reports[0].epoch
    if trial.epochs_done(first) <= epochs or rule.may_stop(trial):
        return None
    return (
        f"early_terminate {rule.type} stops no trial: it counts epochs up to the "
        f"parameter epochs ({epochs}), but the first report has number {first}. "
        "Report epochs 0, 1, 2, …, or give early_terminate.max_iter and min_iter "
        "in the unit that the trainer counts"
    )


def stop_reason(finding: Finding) -> str:
    """The reason of a trial that a health rule stopped."""
    return f"health: {finding.rule}: {finding.problem}"


def _is_last(trial: Trial) -> bool:
    """Whether the trial has run its whole budget: nothing is left to stop."""
    epochs = trial.config.get("epochs")
    return (
        isinstance(epochs, int) and trial.epochs_done(trial.reports[-1].epoch) >= epochs
    )


def _stopped_early(history: History, trial: Trial) -> Decision:
    """Apply the stopping rule to a trial with its latest report.

    A configuration is judged by its first seed and fold. If it is not stopped, its other runs train
    to the end, because they measure how uncertain its value is. A retune trial is compared with
    trials of the same arm.
    """
    spec = history.spec
    if population.boundaries(spec, trial):
        return Decision(pause=population.pause_reason(spec, trial))
    rule = _rule(spec, trial.stage)
    if rule is None or rule.between_runs:
        return Decision()
    if not _goes_ahead(spec, trial) or not rule.may_stop(trial):
        return Decision()
    metric = spec.metric
    if metric.name not in trial.reports[-1].metrics:
        return Decision()  # an epoch without validation
    rivals = history.rivals(trial)
    reason = rule.stop_reason(trial, rivals, metric.name, metric.goal)
    if reason is not None:
        return Decision(stop=reason)
    return Decision(pause=rule.pause_reason(trial, rivals, metric.name, metric.goal))


def _goes_ahead(spec: StudySpec, trial: Trial) -> bool:
    """Whether a trial is the first run of its configuration, which the rule judges."""
    first_run = retune.runs(spec)[0]
    return (trial.seed, trial.fold) == first_run


def _rule(spec: StudySpec, stage: str) -> StoppingRule | None:
    """The stopping rule of a stage; ablation trials have none."""
    if stage == search_stage.NAME:
        return spec.early_terminate
    tune = retune.rule(spec)
    if stage == retune.NAME and tune is not None:
        return tune.early_terminate
    return None
