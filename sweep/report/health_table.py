"""The health table: which trials broke which health rule of the study."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.finding import Finding
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Note, Table

# A search can break a rule hundreds of times; the first rows show which rules.
ROWS = 50

_COLUMNS = (
    Column("trial", "Trial"),
    Column("stage", "Stage", "left"),
    Column("label", "Of", "left"),
    Column("rule", "Rule", "left"),
    Column("epoch", "Epoch"),
    Column("problem", "Found", "left"),
    Column("action", "Then", "left"),
)


def health_tables(evidence: Evidence) -> list[Table]:
    """One row for each rule that a trial broke, ablation trials first; no table without rules.

    Findings are recomputed from the reports, and so equal those printed while the study ran.
    """
    history = evidence.history
    health = history.spec.health
    goal = history.spec.metric.goal
    if not health.rules or not history.trials:
        return []
    trials = sorted(history.trials.values(), key=_ablation_first)
    broken = []
    for trial in trials:
        broken += [(trial, finding) for finding in health.findings(trial, goal)]
    rows = tuple(_row(trial, finding) for trial, finding in broken[:ROWS])
    notes = _notes(trials, broken, list(health.rules))
    title = "Health rules that trials broke"
    return [Table("health", title, _COLUMNS, rows, tuple(notes))]


def _ablation_first(trial: Trial) -> tuple[bool, int]:
    """A key that sorts trials of the ablation before those of other stages."""
    return trial.stage != "ablation", trial.number


def _notes(
    trials: Sequence[Trial], broken: Sequence[tuple[Trial, Finding]], rules: list[str]
) -> list[Note]:
    """The notes.

    Args:
        trials: of the study.
        broken: each finding with its trial.
        rules: names of the study's rules.
    """
    unhealthy = {trial.number for trial, _ in broken}
    healthy = len(trials) - len(unhealthy)
    texts = [f"{healthy} of {len(trials)} trials broke no rule ({', '.join(rules)})"]
    if len(broken) > ROWS:
        texts.append(f"{len(broken) - ROWS} further findings are not listed")
    notes = [Note("", text) for text in texts]
    stopped = [trial.number for trial in trials if _was_stopped(trial)]
    if stopped:
        text = (
            f"{numbers.trial_list(stopped)} stopped by a rule: pruned, without a result"
        )
        notes.append(Note("", text, tuple(stopped)))
    advice: dict[str, None] = {}
    for _, finding in broken:
        rule = finding.rule.partition(" ")[0]
        advice[f"{rule}: {finding.advice}"] = None
    notes += [Note("", text) for text in advice]
    return notes


def _was_stopped(trial: Trial) -> bool:
    """Whether a health rule stopped a trial."""
    return trial.state is State.PRUNED and trial.reason.startswith("health: ")


def _row(trial: Trial, finding: Finding) -> tuple[Cell, ...]:
    """The row of one finding."""
    label = f"{trial.label}, seed {trial.seed}"
    if trial.fold is not None:
        label += f", fold {trial.fold}"
    epoch = trial.epochs_done(finding.epoch)
    ended_here = (
        trial.state is State.PRUNED and trial.reports[-1].epoch == finding.epoch
    )
    was_stopped = ended_here and finding.action == "stop"
    action = "stopped" if was_stopped else "warned"
    return (
        Cell(str(trial.number), {"": trial.number}, (trial.number,)),
        Cell(trial.stage, {"": trial.stage}),
        Cell(label, {"": label}),
        Cell(finding.rule, {"": finding.rule}),
        Cell(str(epoch), {"": epoch}),
        Cell(finding.problem, {"": finding.problem}),
        Cell(action, {"": action}),
    )
