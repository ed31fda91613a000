"""Column: the verdict on each arm, as a word and a colour next to its name."""

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
    """Return the verdict on each arm; a study with neither a margin nor looks has no column."""
    history = evidence.history
    verdict_of = arm_verdicts(evidence) if asked(history) else {}
    if not verdict_of:
        return ColumnGroup([], [[] for _ in evidence.arms])
    cells = [[verdict_cell(verdict_of.get(name))] for name in evidence.arms]
    explain_verdicts(history, verdict_of, verdict_metric(evidence), notes)
    return ColumnGroup([Column("verdict", "Verdict", "left")], cells)


def verdict_cell(verdict: ArmVerdict | None) -> Cell:
    """Return a verdict as a word and a colour; empty for the baseline."""
    if verdict is None:
        return EMPTY
    judgement = verdict.judgement
    text = judgement.words
    if verdict.detail:
        text = f"{text} ({verdict.detail})"
    if verdict.hides:
        text = f"{text} on average: {verdict.hides}"
    values: dict[str, Value] = {
        "": judgement.verdict.value,
        "words": judgement.words,
        "low": judgement.low,
        "high": judgement.high,
        "n": judgement.n,
        "forecast": verdict.forecast,
        "hides": verdict.hides,
    }
    return Cell(text, values, verdict.trials, tone=TONES[judgement.verdict])


def explain_verdicts(
    history: History,
    verdict_of: dict[str, ArmVerdict],
    metric: str,
    notes: Notes,
    *,
    tasks: int = 0,
) -> None:
    """Add the decision rule, its limits without a margin, and the sentence for a paper.

    Args:
        history: the study.
        verdict_of: arm → its verdict.
        metric: the metric that the verdicts are about.
        notes: of the table.
        tasks: number of tasks that the verdicts are over; 0 without tasks, or for a single task.
    """
    margin = margin_text(history)
    better, worse = "above", "below"
    if goal_of(history, metric) == "minimize":
        better, worse = worse, better
    rule = (
        f"Verdict on {metric}: helps (hurts) if the whole interval of the change is"
        f" {better} 0 ({worse} 0)"
    )
    if margin:
        rule += f"; no difference if it lies within ±{margin}; else undecided"
    else:
        rule += '; else undecided: the verdict "no difference" needs ablation.margin'
    notes.explain(rule)
    if history.running or history.unfinished():
        notes.add("The study has not ended: these verdicts are not final")
    notes.explain(f"For a paper: {sentence(history, verdict_of, metric, tasks=tasks)}")
