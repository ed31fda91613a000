"""The health table: which trials broke which health rule of the study."""

from __future__ import annotations

from sweep.model.finding import Finding
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.table import Cell, Column, Note, Table

# a search can break a rule hundreds of times; the first rows show which rules
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
    health, goal = history.spec.health, history.spec.metric.goal
    if not health.rules or not history.trials:
        return []
    trials = sorted(
        history.trials.values(), key=lambda t: (t.stage != "ablation", t.number)
    )
    broken = []
    for trial in trials:
        broken += [(trial, finding) for finding in health.findings(trial, goal)]
    rows = tuple(_row(trial, finding) for trial, finding in broken[:ROWS])
    healthy = len(trials) - len({trial.number for trial, _ in broken})
    stopped = [trial.number for trial in trials if _was_stopped(trial)]
    notes = [
        Note(
            "",
            f"{healthy} of {len(trials)} trials broke no rule ({', '.join(health.rules)})",
        )
    ]
    if len(broken) > ROWS:
        notes.append(Note("", f"{len(broken) - ROWS} further findings are not listed"))
    if stopped:
        text = (
            f"{numbers.trial_list(stopped)} stopped by a rule: pruned, without a result"
        )
        notes.append(Note("", text, tuple(stopped)))
    advice = dict.fromkeys(
        f"{finding.rule.partition(' ')[0]}: {finding.advice}" for _, finding in broken
    )
    notes += [Note("", text) for text in advice]
    return [
        Table("health", "Health rules that trials broke", _COLUMNS, rows, tuple(notes))
    ]


def _was_stopped(trial: Trial) -> bool:
    return trial.state is State.PRUNED and trial.reason.startswith("health: ")


def _row(trial: Trial, finding: Finding) -> tuple[Cell, ...]:
    label = f"{trial.label}, seed {trial.seed}"
    if trial.fold is not None:
        label += f", fold {trial.fold}"
    epoch = trial.epochs_done(finding.epoch)
    ended = trial.state is State.PRUNED and trial.reports[-1].epoch == finding.epoch
    action = "stopped" if ended and finding.action == "stop" else "warned"
    return (
        Cell(str(trial.number), {"": trial.number}, (trial.number,)),
        Cell(trial.stage, {"": trial.stage}),
        Cell(label, {"": label}),
        Cell(finding.rule, {"": finding.rule}),
        Cell(str(epoch), {"": epoch}),
        Cell(finding.problem, {"": finding.problem}),
        Cell(action, {"": action}),
    )
