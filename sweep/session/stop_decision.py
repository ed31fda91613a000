"""Whether a trial goes on after a report, by the pruner and the health rules. Pure."""

from __future__ import annotations

from dataclasses import replace

from sweep.ablation import retune
from sweep.history.history import History
from sweep.model.finding import Finding
from sweep.model.trial import Report, Trial
from sweep.search import search_stage
from sweep.spec import EarlyTerminate, StudySpec
from sweep.stopping import BETWEEN_RUNS, health, may_stop, pruner, rungs


def judge(history: History, trial: Trial, latest: Report) -> tuple[str | None, list[Finding]]:
    """Why a trial stops at a report that is not recorded yet (None: it goes on), and the health
    rules that it breaks.

    The verdict goes into one record with the report, so that a kill leaves both or neither.
    """
    spec = history.spec
    seen = replace(trial, reports=[*trial.reports, latest])
    broken = [f for f in health.findings(seen, spec.health, spec.metric) if f.epoch == latest.epoch]
    stops = next((finding for finding in broken if finding.action == "stop"), None)
    if stops is not None and not _is_last(seen):
        return stop_reason(stops), broken
    return _pruned(history, seen), broken


def judged(spec: StudySpec, trial: Trial) -> list[int] | None:
    """The numbers of epochs after which `judge` may stop a trial; None: after any. Never fewer than
    it looks at.

    Between them a trainer need not wait for an answer.
    """
    if health.may_stop(trial, spec.health):
        return None
    rule = _rule(spec, trial.stage)
    if rule is None or rule.type in ("none", *BETWEEN_RUNS) or not _goes_ahead(spec, trial):
        return []
    epochs = rule.max_iter if rule.max_iter is not None else trial.config.get("epochs")
    return (
        rungs(rule.min_iter, rule.eta, epochs)
        if rule.type == "asha" and isinstance(epochs, int)
        else None
    )


def stop_reason(finding: Finding) -> str:
    """The reason of a trial that a health rule stopped."""
    return f"health: {finding.rule}: {finding.problem}"


def _is_last(seen: Trial) -> bool:
    """Whether the trial has run its whole budget: nothing is left to stop."""
    epochs = seen.config.get("epochs")
    return isinstance(epochs, int) and seen.reports[-1].epoch + 1 >= epochs


def _pruned(history: History, seen: Trial) -> str | None:
    """The pruner's verdict on a trial with its latest report.

    A configuration is judged by its first seed and fold. The further runs of one that went through
    are trained to the end: they say how sure its value is. The rivals of a retune trial are those
    of the same arm.
    """
    spec, rule = history.spec, _rule(history.spec, seen.stage)
    if (
        rule is None
        or rule.type in BETWEEN_RUNS
        or not _goes_ahead(spec, seen)
        or not may_stop(seen, rule)
    ):
        return None
    return pruner(rule.type)(seen, history.rivals(seen), rule, spec.metric.name, spec.metric.goal)


def _goes_ahead(spec: StudySpec, trial: Trial) -> bool:
    """Whether a trial is the run that its configuration is judged by."""
    return (trial.seed, trial.fold) == retune.runs(spec)[0]


def _rule(spec: StudySpec, stage: str) -> EarlyTerminate | None:
    """How trials of a stage are pruned; ablation trials never are."""
    tune = retune.rule(spec)
    if stage == search_stage.NAME:
        return spec.early_terminate
    return tune.early_terminate if stage == retune.NAME and tune is not None else None
