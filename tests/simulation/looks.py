"""The laws of seeds until decided: errors, validity after stopping, and what is saved.

The cases are those of `sequential`, whose table also has the published figures.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sweep.statistics.sequential import SequentialDesign, error_spent, price
from sweep.statistics.task_verdict import judge_over_tasks
from tests.simulation import sequential
from tests.simulation.line import ERROR, Line, Promise
from tests.simulation.sequential import CASES, LOOKS, NOISES

SAVED = Promise(most=0.05)  # never more than 5 % worse than a fixed design
UNPROTECTED = Promise(most=0.12)  # what the note under the table says of one arm alone
OVERSTATED = Promise(0.18, 0.28)  # the same: about 0.2
MISSES = "an interval misses, at any look"
AGAINST = "trials against a fixed design"
FEWEST = 2_000  # studies: they cost a millisecond each hundred
TASKS, TASK_SEEDS = 3, (5, 8, 12)


def lines(runs: int) -> Iterator[Line]:
    """Ladders of six arms, noises of all kinds, and an arm over three tasks."""
    studies = max(runs, FEWEST)
    yield from _ladders(studies)
    yield from _between(studies)
    yield from _noises(studies)
    rng = np.random.default_rng(2)
    over = sequential.overstatement(0.5, rng, studies)
    case = "helps at a true 0.5 sd"
    yield Line("looks", case, "overstated by, in sd", over, studies, OVERSTATED)
    missed = _missed_over_tasks(runs)
    case = f"{TASKS} tasks, looks {TASK_SEEDS}, no effect"
    yield Line("looks", case, MISSES, missed, runs, ERROR)


def _ladders(studies: int) -> Iterator[Line]:
    rng = np.random.default_rng(0)
    for case in CASES:
        effects = np.array(case.effects, dtype=float)
        design = SequentialDesign(LOOKS, len(effects))
        outcome = sequential.averaged(effects, case.margin, design, rng, studies)
        share = sequential.saving(outcome, effects, case.margin, rng, studies)
        what = f"effects {', '.join(f'{e:g}' for e in case.effects)}; margin {case.margin:g} sd"
        yield Line("looks", what, "any wrong verdict", outcome.wrong, studies, ERROR)
        promise = SAVED if case.margin >= 1 else None
        yield Line("looks", what, AGAINST, share, studies, promise)


def _between(studies: int) -> Iterator[Line]:
    """All arms half way to the margin, where hardly any is decided early: what looks cost then."""
    for looks in (LOOKS, (6, 9, 13, 20)):
        design = SequentialDesign(looks, 6)
        rng = np.random.default_rng(4)
        effects = np.full(6, 0.5)
        outcome = sequential.averaged(effects, 1.0, design, rng, studies)
        share = sequential.saving(outcome, effects, 1.0, rng, studies, most=looks[-1])
        case = f"six effects of 0.5, margin 1 sd, looks to {looks[-1]}"
        yield Line("looks", case, AGAINST, share, studies, Promise(most=price(design)))


def _noises(studies: int) -> Iterator[Line]:
    for name, noise in NOISES.items():
        rng = np.random.default_rng(1)
        shared = sequential.errors_without_effect(noise, False, rng, studies)
        case = f"{name}, all arms and the baseline"
        yield Line("looks", case, MISSES, shared, studies, ERROR)
        promise = ERROR if name == "normal" else UNPROTECTED
        for arms in (1, 6):
            alone = sequential.errors_without_effect(
                noise, True, rng, studies, arms=arms
            )
            yield Line(
                "looks",
                f"{name}, one arm of {arms} alone",
                MISSES,
                alone,
                studies,
                promise,
            )


def _missed_over_tasks(runs: int) -> float:
    """How often an interval over tasks misses 0 at any look."""
    design = SequentialDesign(TASK_SEEDS, 1)
    levels = [1 - error for error in error_spent(design)]
    rng = np.random.default_rng(3)
    scale = np.geomspace(0.5, 2.0, TASKS)[:, None]
    missed = 0
    for _ in range(runs):
        differences = scale * rng.standard_normal((TASKS, TASK_SEEDS[-1]))
        missed += any(
            _misses(differences[:, :seeds], level)
            for seeds, level in zip(TASK_SEEDS, levels, strict=True)
        )
    return missed / runs


def _misses(differences: np.ndarray, level: float) -> bool:
    pairs = {
        str(task): (row, np.zeros(len(row))) for task, row in enumerate(differences)
    }
    found = judge_over_tasks(
        pairs, "these", "maximize", relative=False, confidence=level
    )
    return found.low > 0 or found.high < 0
