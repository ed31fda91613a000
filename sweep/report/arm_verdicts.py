"""The verdicts that a report shows, from the same intervals that its tables print."""

from __future__ import annotations

from sweep.ablation import looks
from sweep.ablation.verdicts import (
    ArmVerdict,
    asked,
    fixed_forecast,
    judged,
    metric_of,
    verdicts,
)
from sweep.report.columns.design import reference_pairs
from sweep.report.comparisons import Compared, Comparison, paired
from sweep.report.evidence import Evidence, goal_of


def verdict_metric(evidence: Evidence) -> str:
    """The metric of the looks at the data; without looks, the table's first metric."""
    if looks.is_sequential(evidence.history):
        return metric_of(evidence.history)
    return evidence.metrics[0]


def arm_verdicts(evidence: Evidence) -> dict[str, ArmVerdict]:
    """Arm → its verdict; empty where the study asks for no verdicts."""
    if not asked(evidence.history):
        return {}
    plan = evidence.history.look_plan
    if plan is not None and plan.scale:
        return {}  # arms are judged over all tasks: see `sweep.report.tasks_verdict`
    if looks.is_sequential(evidence.history):
        return verdicts(evidence.history, list(evidence.arms.values()))
    together = evidence.compared(reference_pairs(evidence), evidence.contrasted)
    verdict_of = {}
    for name, comparison in together.of(evidence.metrics[0]).items():
        if not comparison.same:
            verdict_of[name] = _verdict(evidence, comparison, together)
    return verdict_of


def _verdict(
    evidence: Evidence, comparison: Comparison, together: Compared
) -> ArmVerdict:
    """The verdict of one arm against its reference.

    Args:
        evidence: the study's.
        comparison: of the two arms.
        together: all comparisons, which form one family.
    """
    ablation = evidence.history.spec.ablation
    margin = None if ablation is None else ablation.smallest_change
    values = paired(evidence, comparison.arm, comparison.reference, comparison.metric)
    contrast, blocks = comparison.contrast, evidence.blocks
    used = [] if contrast is None else list(contrast.rows)
    arm_values, reference_values = values.arm[used], values.reference[used]
    critical = float("nan") if contrast is None else contrast.critical
    goal, ratio = goal_of(evidence.history, comparison.metric), together.test_to_train
    judgement = judged(arm_values, reference_values, critical, goal, margin, ratio)
    forecast = ""
    if evidence.folds is None:
        forecast = fixed_forecast(
            judgement, arm_values, reference_values, together.family, margin
        )
    return ArmVerdict(
        comparison.arm,
        comparison.reference,
        judgement,
        len(blocks),
        tuple(block for row, block in enumerate(blocks) if row not in used),
        comparison.trials,
        forecast,
    )
