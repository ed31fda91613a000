"""Notes below a table of changes: how they were tested, and what these seeds can show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sweep.ablation.resampling import (
    draws_splits,
    resampling,
    shares_test_set,
    splits_overlap,
)
from sweep.history.history import History
from sweep.report import numbers
from sweep.report.caveats import selecting_metrics, selection
from sweep.report.comparisons import Compared, Comparison
from sweep.report.evidence import Evidence
from sweep.report.table import Notes
from sweep.statistics.contrast import Contrast, Family, Method, Reason
from sweep.statistics.family import fewest_for_flips
from sweep.statistics.power_of_family import detect, smallest_effect


def explain_changes(evidence: Evidence, compared: Compared, notes: Notes) -> None:
    """Add how the changes were tested, which have no evidence, and the detectable change."""
    measured = [c for c in compared.comparisons if c.contrast is not None]
    if not measured:
        return
    tested = compared.family.tested
    names = " and ".join(dict.fromkeys(c.metric for c in measured))
    paired = "fold, the seeds of a fold averaged" if evidence.folds else "seed"
    notes.explain(f"Δ: {names} of the arm minus its reference, paired by {paired}")
    if tested:
        notes.explain(family_text(compared.family))
        notes.explain(method_text(compared.family, evidence.confidence))
        notes.add(scope_text(evidence, [c.metric for c in measured]))
    without_evidence(measured, notes)
    _ends_at_zero(measured, notes)
    explain_row_sets(evidence, compared, notes)
    if tested:
        notes.explain(power_text(compared, "folds" if evidence.folds else "seeds"))


def family_text(tested: Family) -> str:
    """What the confidence of a family of comparisons means."""
    if tested.tested == 1:
        return (
            "One comparison: its interval and p-value hold with"
            f" {tested.confidence:.0%} confidence"
        )
    return (
        f"One family of {tested.tested} comparisons: all intervals hold together with "
        f"{tested.confidence:.0%} confidence, and p is adjusted over the same comparisons"
    )


def method_text(tested: Family, confidence: float) -> str:
    """How intervals and p-values are computed, and what the method assumes."""
    methods = dict.fromkeys(c.method for c in tested.contrasts if c.method is not None)
    parts = []
    if Method.MAX_T in methods:
        patterns = (
            f"all {tested.patterns}" if tested.exact else f"{tested.patterns} random"
        )
        parts.append(
            f"interval and p: single-step max-T over {patterns} joint sign flips of whole seeds "
            "(Westfall & Young 1993), which assumes symmetric differences"
        )
    if Method.HOLM_T in methods:
        fewest = fewest_for_flips(1 - confidence)
        parts.append(
            "interval: Student's t at 1 − α/k, p: t-test adjusted by Holm, which assumes normal "
            f"differences (sign flips need {fewest} seeds)"
        )
    if Method.CORRECTED_T in methods:
        parts.append(
            "interval and p: t corrected for overlapping training sets (Nadeau & Bengio 2003), "
            "adjusted by Holm, which assumes normal differences"
        )
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def scope_text(evidence: Evidence, metrics: Sequence[str]) -> str:
    """What varies between runs, and hence what the intervals generalise to."""
    scheme, folds = resampling(evidence.history, metrics), evidence.folds
    if shares_test_set(evidence.history.spec, metrics):
        text = (
            "Folds share one test set, so that no correction for folds applies: intervals and "
            "p-values are for this split into folds and this test set"
        )
    elif scheme is None:
        return (
            "Seeds share one split of the data: intervals and p-values are for this split, and say "
            "nothing about another split"
        )
    elif folds is None:
        return (
            "Each seed draws its own split, with n_test / n_train ="
            f" {numbers.plain(scheme.ratio, 3)}: intervals and p-values are for new"
            " splits of this data"
        )
    elif scheme.stated:
        text = (
            "Folds are disjoint parts of one data set, with n_test / n_train = "
            f"{numbers.plain(scheme.ratio, 3)}"
        )
    else:
        text = (
            "Folds are taken to be disjoint parts of equal size, with n_test / n_train"
            f" = 1/{folds - 1}: no run reports split/train and split/val, their sizes"
        )
    if draws_splits(evidence.history.spec):
        text += (
            ". Each seed draws its own folds, which are averaged: no correction is known for "
            "that, and intervals are too narrow"
        )
    return text


def uncorrected_scope(history: History, metrics: Sequence[str]) -> str:
    """What intervals without a correction for overlapping splits generalise to."""
    if splits_overlap(history, metrics):
        return (
            "Each seed draws its own split, and such splits overlap: these intervals are not "
            "corrected for that, and are too narrow for new splits of this data"
        )
    return (
        "Seeds share one split of the data: intervals are for this split, and say"
        " nothing about another split"
    )


def explain_reading(evidence: Evidence, metric: str, notes: Notes) -> None:
    """Add which epoch a metric is read at, and the bias if the metric selected that epoch."""
    for caveat in (*selection(evidence), *selecting_metrics(evidence, [metric])):
        notes.add(caveat.text, caveat.trials)


def without_evidence(measured: Iterable[Comparison], notes: Notes) -> None:
    """Add which differences have no p-value or no interval, or need an explanation."""
    by_reason: dict[Reason, dict[str, list[int]]] = {}
    for comparison in measured:
        contrast = comparison.contrast
        if contrast is not None and contrast.reason is not None:
            arms = by_reason.setdefault(contrast.reason, {})
            arms.setdefault(comparison.arm, []).extend(comparison.trials)
    for reason, text in _REASONS.items():
        if reason in by_reason:
            arms = by_reason[reason]
            trials = sorted({number for of_arm in arms.values() for number in of_arm})
            notes.add(f"{', '.join(arms)}: {text}", trials)


_TOUCHES = 1e-6  # of the change: an end this near 0 is at 0, within the critical value's tolerance


def _ends_at_zero(measured: Iterable[Comparison], notes: Notes) -> None:
    """Add which intervals end exactly at 0, because sign flips admit only a few p-values."""
    at_zero: list[str] = []
    for comparison in measured:
        contrast = comparison.contrast
        if contrast is None or not contrast.mean:
            continue
        nearest = min(abs(contrast.low), abs(contrast.high))
        if nearest <= _TOUCHES * abs(contrast.mean):
            at_zero.append(comparison.arm)
    if at_zero:
        notes.add(
            f"{', '.join(dict.fromkeys(at_zero))}: the interval ends at 0 and includes it. Sign "
            "flips of few seeds, or of rounded metrics, admit few p-values; this is the smallest "
            "one above the level"
        )


_REASONS = {
    Reason.TOO_FEW: "fewer than three pairs, so no interval and no p-value",
    Reason.NO_SPREAD: (
        "all paired differences are equal, so that chance cannot be measured: no interval and "
        "no p-value"
    ),
    Reason.NO_INTERVAL: "too many equal differences for a finite interval",
    Reason.STEP_DOWN: (
        "p is below the level by Holm's later steps, while the simultaneous interval includes 0"
    ),
}


def explain_row_sets(evidence: Evidence, compared: Compared, notes: Notes) -> None:
    """Add which seeds each arm is compared on, where arms have different ones."""
    if len(compared.family.row_sets) < 2:
        return
    unit = "fold" if evidence.folds else "seed"
    all_rows = max(compared.family.row_sets, key=len)
    exceptions: dict[str, str] = {}
    for comparison in compared.comparisons:
        contrast = comparison.contrast
        if contrast is None or contrast.p is None or contrast.rows == all_rows:
            continue
        absent = [row for row in all_rows if row not in contrast.rows]
        blocks = ", ".join(str(evidence.blocks[row]) for row in absent)
        exceptions[comparison.arm] = f"{comparison.arm} without {unit} {blocks}"
    listed = "; ".join(exceptions.values())
    notes.add(f"Each arm is compared on the {unit}s that it has: {listed}")


def power_text(compared: Compared, unit: str) -> str:
    """The smallest change that this procedure detects with 80 % probability.

    Args:
        compared: the comparisons.
        unit: of pairing, `seeds` or `folds`.
    """
    contrasts = [c.contrast for c in compared.comparisons if c.contrast is not None]
    contrasts = [contrast for contrast in contrasts if contrast.p is not None]
    pairs = min(contrast.n for contrast in contrasts)
    arms = compared.family.tested
    confidence, ratio = compared.family.confidence, compared.test_to_train
    effect = smallest_effect(pairs, arms, confidence=confidence, test_to_train=ratio)
    family = f"{arms} comparison{'s' if arms > 1 else ''}"
    text = (
        f"Smallest change found with 80 % probability at {pairs} {unit} and {family}: "
        f"{effect:.2f} standard deviations of the difference{_in_unit(effect, contrasts)}"
    )
    if ratio is not None or unit == "folds":
        return text
    enough = detect(1.0, 1.0, arms, confidence=confidence)
    if enough is None:
        return text
    return f"{text}; {enough} seeds find one standard deviation"


def _in_unit(effect: float, contrasts: Sequence[Contrast]) -> str:
    """`, here 0.12 to 0.25`: an effect in the metric's own unit; empty if not finite."""
    spreads = [contrast.sd for contrast in contrasts if contrast.sd > 0]
    if not spreads:
        return ""
    sizes = [effect * spread for spread in (min(spreads), max(spreads))]
    if not all(0 < size < math.inf for size in sizes):
        return ""
    places = numbers.decimals(sizes[0])
    return ", here " + " to ".join(
        numbers.plain(size, places) for size in sizes[: len(spreads)]
    )


def explain_bold(
    evidence: Evidence, indistinct: Iterable[str], bold: bool, notes: Notes
) -> None:
    """Add what bold means, and in which metrics no arm differs from the best.

    Args:
        evidence: the study.
        indistinct: metrics in which every arm would be bold.
        bold: whether any arm is bold.
        notes: extended in place.
    """
    if bold:
        notes.explain(
            "Bold: no other arm is significantly better (one-sided multiple comparisons with the "
            f"best, Hsu 1981, t; the best arm is bold with {evidence.confidence:.0%} probability)"
        )
    if metrics := list(indistinct):
        notes.explain(
            f"No arm can be told from the best in {', '.join(metrics)}: nothing is bold there"
        )
