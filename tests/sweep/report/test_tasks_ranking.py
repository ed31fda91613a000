"""Ranks of arms over tasks, from a log with known values."""

import pytest

from sweep.report.task_evidence import over_tasks
from sweep.report.tasks_ranking import critical, ranked_arms, ranks_of


def test_the_best_arm_has_rank_1_and_ties_share_their_mean_rank(on_tasks_of):
    over = over_tasks(on_tasks_of(["a", "b"], ", scale: one"))
    assert ranks_of(over) == {"baseline": 2.5, "good": 1.0, "mixed": 2.5}


def test_an_arm_without_a_run_on_a_task_is_not_ranked(on_tasks_of):
    over = over_tasks(on_tasks_of(["a", "b"], without=("good @ b",)))
    assert ranked_arms(over) == ("baseline", "mixed")
    assert ranks_of(over).keys() == {"baseline", "mixed"}


@pytest.mark.parametrize("count, tested", [(5, False), (6, True)])
def test_a_test_over_tasks_needs_six_of_them(on_tasks_of, count, tested):
    evidence = on_tasks_of(list("abcdef")[:count])
    over = over_tasks(evidence)
    assert (critical(over, evidence) is not None) == tested
