"""An arm at one look, over tasks."""

import numpy as np
import pytest

from sweep.statistics.sequential import SequentialDesign, decide
from sweep.statistics.sequential_tasks import look_over_tasks
from sweep.statistics.verdicts import Margin

DESIGN = SequentialDesign((5, 8), 2)
RNG = np.random.default_rng(0)


def sides(seeds=8, shift=3.0):
    base = RNG.normal(size=seeds)
    return list(base + shift + 0.1 * RNG.normal(size=seeds)), list(base)


def look(found, index=1, margin=None):
    return look_over_tasks(found, DESIGN, index, "maximize", margin, relative=False)


def test_on_one_task_it_is_the_look_of_a_study_without_tasks():
    arm, base = sides()
    decision = decide(arm, base, SequentialDesign((8,), 2), "maximize", Margin(9.0))
    design = SequentialDesign((8,), 2)
    found = look_over_tasks(
        {"a": (arm, base)}, design, 0, "maximize", Margin(9.0), relative=False
    )
    assert found.judgement.low == pytest.approx(decision.looks[0].judgement.low)
    assert found.judgement.verdict == decision.verdict


def test_an_early_look_spends_less_and_is_wider():
    found = {"a": sides(5), "b": sides(5)}
    early, late = (look(found, index).judgement for index in (0, 1))
    assert early.high - early.low > late.high - late.low


def test_a_seed_that_failed_on_any_task_is_lacking():
    arm, base = sides()
    other = sides()
    found = look(
        {"a": ([None, *arm[1:]], base), "b": (other[0], [*other[1][:7], None])}
    )
    assert found.lacking == (0, 7)
    assert found.judgement.n == 7
    assert found.seeds == 8
