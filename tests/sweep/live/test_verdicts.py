"""The verdicts so far, for every view of a running study."""

from sweep.live.verdicts import verdicts_so_far
from sweep.study import Study
from tests.sweep.session.until_decided import LOOKS, reported


def verdicts_of(bench, workers, text):
    study = bench(text)
    study.run(workers(misbehave=reported))
    return list(verdicts_so_far(Study(study.folder).history))


def test_every_arm_has_one_verdict_in_a_study_without_tasks(bench, workers):
    found = {each.arm: each for each in verdicts_of(bench, workers, LOOKS)}
    assert found["better"].words == "helps"
    assert {each.task for each in found.values()} == {None}
    assert {each.metric for each in found.values()} == {"val/f1"}


def test_a_study_without_a_margin_or_looks_has_none(bench, workers):
    plain = LOOKS.replace("{from: 5, to: 18, until: decided}", "[0, 1]")
    assert verdicts_of(bench, workers, plain.replace("  margin: 1.0\n", "")) == []
