"""Whether a trial goes on after a report, by the stopping rule and the health rules. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sweep.ablation import retune
from sweep.history.history import History
from sweep.model.finding import Finding
from sweep.model.trial import Report, Trial
from sweep.search import search_stage
from sweep.spec import StudySpec
from sweep.stopping import StoppingRule


@dataclass(frozen=True)
class Decision:
    """What becomes of a trial after a report; with neither it goes on.

    Attributes:
        stop: why it is stopped for good.
        pause: why it pauses.
    """

    stop: str | None = None
    pause: str | None = None


def judge(history: History, trial: Trial, latest: Report) -> tuple[Decision, list[Finding]]:
    """What becomes of a trial at a report that is not recorded yet, and the health rules that it
    breaks.

    The decision goes into one record with the report, so that a kill leaves both or neither.
    """
    spec = history.spec
    reported = replace(trial, reports=[*trial.reports, latest])
    findings = spec.health.findings(reported, spec.metric.goal)
    broken = [finding for finding in findings if finding.epoch == latest.epoch]
    stops = next((finding for finding in broken if finding.action == "stop"), None)
    if stops is not None and not _is_last(reported):
        return Decision(stop=stop_reason(stops)), broken
    return _stopped_early(history, reported), broken


def judged(spec: StudySpec, trial: Trial) -> list[int] | None:
    """The numbers of epochs after which `judge` may stop a trial; None: after any. Never fewer than
    it looks at.

    Between them a trainer need not wait for an answer.
    """
    if spec.health.may_stop(trial):
        return None
    rule = _rule(spec, trial.stage)
    if rule is None or not _goes_ahead(spec, trial):
        return []
    epochs = trial.config.get("epochs")
    return rule.judged(epochs if isinstance(epochs, int) else None)


def never_applies(spec: StudySpec, trial: Trial) -> str | None:
    """Why the stopping rule can stop no trial, seen from a trial with its first report.

    A rule counts epochs, and does not look at a trial that has none left. A trainer that reports
    steps (100, 200, …) seems to have none left from the start.
    """
    rule = _rule(spec, trial.stage)
    epochs = trial.config.get("epochs")
    if rule is None or rule.between_runs or rule.judged(None) == []:
        return None  # there is no rule that could stop a trial at a report
    if len(trial.reports) != 1 or not isinstance(epochs, int):
        return None
    first = trial.reports[0].epoch
    if trial.epochs_done(first) <= epochs or rule.may_stop(trial):
        return None
    return (
        f"early_terminate {rule.type} stops no trial: it counts epochs up to the parameter epochs "
        f"({epochs}), and the first report is of {first}. Report epochs 0, 1, 2, …, or give "
        f"early_terminate.max_iter and min_iter in what the trainer counts"
    )


def stop_reason(finding: Finding) -> str:
    """The reason of a trial that a health rule stopped."""
    return f"health: {finding.rule}: {finding.problem}"


def _is_last(trial: Trial) -> bool:
    """Whether the trial has run its whole budget: nothing is left to stop."""
    epochs = trial.config.get("epochs")
    return isinstance(epochs, int) and trial.epochs_done(trial.reports[-1].epoch) >= epochs


def _stopped_early(history: History, trial: Trial) -> Decision:
    """What the stopping rule says of a trial with its latest report.

    A configuration is judged by its first seed and fold. The further runs of one that went through
    are trained to the end: they say how sure its value is. The rivals of a retune trial are those
    of the same arm.
    """
    spec, rule = history.spec, _rule(history.spec, trial.stage)
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
    """Whether a trial is the run that its configuration is judged by."""
    return (trial.seed, trial.fold) == retune.runs(spec)[0]


def _rule(spec: StudySpec, stage: str) -> StoppingRule | None:
    """How trials of a stage are stopped early; ablation trials never are."""
    tune = retune.rule(spec)
    if stage == search_stage.NAME:
        return spec.early_terminate
    return tune.early_terminate if stage == retune.NAME and tune is not None else None
