"""Column: what the seeds say of an arm, as word and colour, beside its name."""

from __future__ import annotations

from sweep.ablation.verdicts import ArmVerdict, asked
from sweep.history.history import History
from sweep.report.arm_verdicts import arm_verdicts, verdict_metric
from sweep.report.columns.protocol import ColumnGroup
from sweep.report.evidence import Evidence, goal_of
from sweep.report.table import EMPTY, Cell, Column, Notes, Tone, Value
from sweep.report.verdict_sentence import margin_text, sentence
from sweep.statistics.verdicts import Verdict

TONES: dict[Verdict, Tone] = {
    Verdict.HELPS: "good",
    Verdict.HURTS: "bad",
    Verdict.NO_DIFFERENCE: "same",
    Verdict.UNDECIDED: "open",
}


def columns(evidence: Evidence, notes: Notes) -> ColumnGroup:
    """The verdict on each arm; no column where the study neither has a margin nor adds seeds."""
    history = evidence.history
    if not asked(history):
        return ColumnGroup([], [[] for _ in evidence.arms])
    found = arm_verdicts(evidence)
    if not found:  # nothing is compared
        return ColumnGroup([], [[] for _ in evidence.arms])
    cells = [[verdict_cell(found.get(name))] for name in evidence.arms]
    explain_verdicts(history, found, verdict_metric(evidence), notes)
    return ColumnGroup([Column("verdict", "Verdict", "left")], cells)


def verdict_cell(found: ArmVerdict | None) -> Cell:
    """A verdict as word and colour; empty for the baseline."""
    if found is None:
        return EMPTY
    judgement = found.judgement
    text = judgement.words
    if found.detail:
        text = f"{text} ({found.detail})"
    if found.hides:
        text = f"{text} on average: {found.hides}"
    values: dict[str, Value] = {
        "": judgement.verdict.value,
        "words": judgement.words,
        "low": judgement.low,
        "high": judgement.high,
        "n": judgement.n,
        "forecast": found.forecast,
        "hides": found.hides,
    }
    return Cell(text, values, found.trials, tone=TONES[judgement.verdict])


def explain_verdicts(
    history: History,
    found: dict[str, ArmVerdict],
    metric: str,
    notes: Notes,
    *,
    tasks: int = 0,
) -> None:
    """The rule, what cannot be said without a margin, and the sentence for a paper.

    Args:
        history: the study.
        found: arm → its verdict.
        metric: that the verdicts are about.
        notes: of the table.
        tasks: that the verdicts are over; 0: over none, or of a single one.
    """
    margin = margin_text(history)
    better = "above" if goal_of(history, metric) == "maximize" else "below"
    rule = f"Verdict on {metric}: helps (hurts) if the whole interval of the change is {better} 0 "
    rule += f"({'below' if better == 'above' else 'above'} 0)"
    if margin:
        rule += f"; no difference if it lies within ±{margin}; else undecided"
    else:
        rule += "; else undecided: without ablation.margin no arm is said to make no difference"
    notes.explain(rule)
    if history.running or history.unfinished():
        notes.add("The study has not ended: these verdicts are not final")
    notes.explain(f"For a paper: {sentence(history, found, metric, tasks=tasks)}")
