"""The change of an arm over all tasks, and why there is none."""

import pytest

from sweep.report.pooled_change import level_of, pooled, same_on_task
from sweep.report.task_evidence import over_tasks


def test_each_arm_has_its_share_of_the_error(on_tasks_of):
    evidence = on_tasks_of(["a", "b"], ", scale: one")
    over = over_tasks(evidence)
    assert level_of(evidence, over) == pytest.approx(1 - 0.05 / 2)
    assert pooled(evidence, over, "good").change.interval.confidence == pytest.approx(
        0.975
    )


def test_an_arm_without_a_pair_on_a_task_says_where(on_tasks_of):
    evidence = on_tasks_of(["a", "b"], ", scale: one", without=("good @ b",))
    answer = pooled(evidence, over_tasks(evidence), "good")
    assert answer.change is None
    assert answer.why.endswith("no pair of complete runs with test/f1 on b")


def test_opposite_signs_on_tasks_are_noted(on_tasks_of):
    evidence = on_tasks_of(["a", "b"], ", scale: one")
    (remark,) = pooled(evidence, over_tasks(evidence), "mixed").remarks
    assert remark.startswith("Better on a and worse on b")


def test_arms_of_other_configurations_differ_on_every_task(on_tasks_of):
    over = over_tasks(on_tasks_of(["a", "b"]))
    assert not same_on_task(over, "a", "good")
    assert not over.is_reference("good")
