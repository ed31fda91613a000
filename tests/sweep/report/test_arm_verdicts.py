"""Verdicts of a report are read off the intervals that its table prints."""

from sweep.report import gather
from sweep.report.ablation import ablation_tables
from sweep.report.arm_verdicts import arm_verdicts, verdict_metric


def test_arm_verdicts_have_the_intervals_of_the_table(judged):
    evidence = gather(judged())
    (table,) = ablation_tables(evidence)
    found = arm_verdicts(evidence)
    for record in table.records():
        if record["arm"] in found:
            judgement = found[record["arm"]].judgement
            # the table's ends are moved by rounding, so that they never contradict its p-value
            assert abs(judgement.low - record["val/f1.change.low"]) < 1e-9
            assert abs(judgement.high - record["val/f1.change.high"]) < 1e-9


def test_a_study_without_margin_and_looks_has_no_verdicts(ladder):
    assert arm_verdicts(gather(ladder)) == {}


def test_looks_keep_the_metric_they_were_planned_with(looked_at):
    assert verdict_metric(gather(looked_at())) == "val/f1"
