"""Notes under the ablation table: how changes were measured and tested, and what these seeds could not have shown."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sweep.report import numbers
from sweep.report.evidence import Comparison, Evidence
from sweep.report.table import Notes
from sweep.statistics.paired import FEWEST_PAIRS, Change, smallest_p
from sweep.statistics.power import pairs_for_exact_test, smallest_detectable_effect

_TESTS = {
    "permutation": "sign-flip test",
    "wilcoxon": "Wilcoxon signed-rank test",
    "t": "paired t-test",
    "corrected_t": "t-test corrected for correlated folds (Nadeau & Bengio 2003)",
}


def explain_changes(evidence: Evidence, family: Mapping[str, Comparison], notes: Notes) -> None:
    """How the change was measured, tested and adjusted, and what could have been found at all."""
    distinct = {evidence.pair_key(c): c.change for c in family.values() if c.change is not None}
    changes = list(distinct.values())
    if not changes:
        return
    paired = "fold, seeds of a fold averaged," if evidence.folds else "seed"
    tested = [c for c in changes if c.p is not None]
    text = f"Δ: {evidence.metrics[0]} of the arm minus its reference, paired by {paired}"
    if tested:
        text += (
            f" with {evidence.confidence:.0%} confidence interval, each arm on its own; "
            f"p: two-sided {_TESTS[tested[0].method]}, "
            f"Holm-adjusted over {len(tested)} comparison{'s' if len(tested) > 1 else ''}"
        )
        notes.add(
            "Bold: the best mean and every arm whose paired difference from it has an interval "
            f"({evidence.confidence:.0%}, Bonferroni over the arms) that includes zero"
        )
    notes.add(text)
    for change in changes:
        if change.note and change.n >= FEWEST_PAIRS:
            notes.add(change.note)
    if tested and not evidence.folds:
        _limits(evidence, tested, notes)


def _limits(evidence: Evidence, tested: list[Change], notes: Notes) -> None:
    """What these seeds could not have shown: an exact p-value below its floor, a change below the detectable one."""
    fewest, most = min(c.n for c in tested), max(c.n for c in tested)
    alpha = 1 - evidence.confidence
    family = f"{len(tested)} comparison{'s' if len(tested) > 1 else ''}"
    floor = smallest_p(most, tested[0].method)
    if floor * len(tested) > alpha + 1e-12:
        notes.add(
            f"With {most} seeds the {_TESTS[tested[0].method]} returns no p-value below {floor:.3g}, with {family} "
            f"none below {min(1.0, floor * len(tested)):.3g} after Holm: nothing can be significant at {alpha:.2g}, "
            f"however large the change, before {pairs_for_exact_test(alpha, len(tested))} seeds. The intervals may "
            "exclude zero all the same, since they assume that differences are normally distributed"
        )
    spreads = [c.sd for c in tested if c.sd > 0]
    if not spreads:
        return
    effect = smallest_detectable_effect(fewest, alpha=alpha, comparisons=len(tested))
    notes.add(
        f"Smallest detectable change at {fewest} seeds and {family} "
        f"(paired t-test, Bonferroni, power 0.8): {effect:.2f} standard deviations of the difference"
        f"{_here(effect, spreads)}"
    )


def _here(effect: float, spreads: list[float]) -> str:
    """`, here 0.12 to 0.25`: an effect in the metric's own unit; nothing where that is beyond any number."""
    sizes = [effect * spread for spread in (min(spreads), max(spreads))]
    if not all(0 < size < math.inf for size in sizes):
        return ""
    places = numbers.decimals(sizes[0])
    return ", here " + " to ".join(numbers.plain(size, places) for size in sizes[: len(spreads)])
