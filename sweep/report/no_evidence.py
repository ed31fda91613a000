"""Runs that are no evidence: equal for every seed, equal between arms, or collapsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from sweep.report.caveat import Caveat
from sweep.report.collapsed import collapsed_runs
from sweep.report.evidence import Evidence
from sweep.report.frames import curve_matrix
from sweep.report.numbers import trial_list
from sweep.statistics.collapse import trimmed_mean
from sweep.statistics.suspicion import Likeness, likeness, repeated_runs, seeds_agree

Array = npt.NDArray[np.float64]
Runs = dict[tuple[int, int], int]  # (seed, fold or -1) → trial

LOSS = "train/loss"  # compared as well: a saturated score can agree where training does not


def same_whatever_the_seed(evidence: Evidence) -> Iterator[Caveat]:
    """Arms whose runs report the same values with every seed."""
    agreeing = [arm for arm in evidence.arms if _agrees(evidence, arm)]
    if not agreeing:
        return
    trials: set[int] = set()
    for arm in agreeing:
        trials.update(_runs(evidence, arm).values())
    why = (
        "is the seed used? Declare a trainer that is meant to ignore it: "
        "report.deterministic: true, or train.deterministic = True"
    )
    if evidence.history.spec.report.deterministic:
        why = "the trainer is declared deterministic, and its seeds repeat one run"
    text = f"The runs of {', '.join(agreeing)} agree exactly across seeds: {why}"
    yield Caveat(None, text, tuple(sorted(trials)))


def undeclared_agreement(evidence: Evidence) -> list[str]:
    """Arms whose seeds agree exactly although the trainer is not declared deterministic."""
    if evidence.history.spec.report.deterministic:
        return []
    return [arm for arm in evidence.arms if _agrees(evidence, arm)]


def repeated_seeds(evidence: Evidence) -> Iterator[Caveat]:
    """Arms with some, but not all, seeds that give the same run."""
    metric = evidence.history.spec.metric.name
    for arm in evidence.arms:
        if _agrees(evidence, arm):
            continue
        runs = _runs(evidence, arm)
        keys = list(runs)
        curves = _curves(evidence, metric, list(runs.values()))
        for rows in repeated_runs(curves):
            same = [keys[row] for row in rows]
            folds = {fold for _, fold in same}
            if len(folds) > 1:
                continue  # folds of one data set may agree
            seeds = ", ".join(str(seed) for seed, _ in same)
            text = (
                f"The runs of {arm} with seeds {seeds} are the same: is only a part of the seed "
                "used? Intervals and p-values count them as independent runs, which they are not"
            )
            yield Caveat(arm, text, tuple(runs[key] for key in same))


def coinciding(evidence: Evidence) -> Iterator[Caveat]:
    """Arms whose results equal those of their reference or an earlier arm, or nearly do."""
    earlier: list[str] = []
    for arm in evidence.arms.values():
        references = [] if arm.reference is None else [arm.reference]
        others = dict.fromkeys([*references, *earlier])
        other_arm, coincidence = _first_coinciding(evidence, arm.name, others)
        earlier.append(arm.name)
        if coincidence is None:
            continue
        how = "differs by less than a tenth of the spread between seeds from"
        if coincidence is Likeness.EXACT:
            how = "coincides exactly with"
        trials = tuple(sorted(_runs(evidence, arm.name).values()))
        text = (
            f"{how} {other_arm} with every seed: not distinguishable by construction?"
        )
        yield Caveat(arm.name, f"{arm.name} {text}", trials)


def collapsed(evidence: Evidence) -> Iterator[Caveat]:
    """Runs far below the others of their arm."""
    for arm, (collapse, trials) in collapsed_runs(evidence).items():
        if not trials:
            continue
        trimmed = trimmed_mean(evidence.runs(arm)[evidence.metrics[0]].to_numpy())
        included = 0 if trimmed is None else len(trials) - trimmed.cut
        still = f", which still includes {included} of them" if included > 0 else ""
        yield Caveat(
            arm,
            f"{arm}: {len(trials)} of {collapse.n} runs collapsed ({trial_list(trials)}); up to "
            f"{collapse.limit:.0%} of seeds may (95 % limit): mean, interval and p-value are not "
            f"valid for such an arm; see its trimmed mean{still}",
            trials,
            "runs collapsed ({trials}): mean, interval and p-value are not valid for such arms; "
            "see their trimmed means, which include collapsed runs beyond a fifth of all runs",
        )


# --------------------------------------------------------------------------- pieces


def _metrics(evidence: Evidence) -> list[str]:
    """The metrics whose curves are compared."""
    study_metric = evidence.history.spec.metric.name
    return list(dict.fromkeys((study_metric, *evidence.metrics, LOSS)))


def _runs(evidence: Evidence, arm: str) -> Runs:
    """(seed, fold or -1) → the trial of each complete run of an arm."""
    rows = evidence.runs(arm)
    seeds = rows["seed"].astype(int)
    folds = rows["fold"].fillna(-1).astype(int)
    trials = rows["trial"].astype(int)
    keys = zip(seeds, folds, strict=True)
    return dict(zip(keys, trials, strict=True))


def _agrees(evidence: Evidence, arm: str) -> bool:
    """Whether an arm has several seeds, whose runs on each fold agree in every metric."""
    trials_of_fold: dict[int, list[int]] = {}
    for (_, fold), trial in _runs(evidence, arm).items():
        trials_of_fold.setdefault(fold, []).append(trial)
    several = [trials for trials in trials_of_fold.values() if len(trials) > 1]
    if not several:
        return False
    for metric in _metrics(evidence):
        for trials in several:
            curves = _curves(evidence, metric, trials)
            has_value = np.isfinite(curves).any()
            if has_value and not seeds_agree(curves):
                return False
    return True


def _first_coinciding(
    evidence: Evidence, arm: str, others: Iterable[str]
) -> tuple[str, Likeness | None]:
    """The first of other arms with other configurations that an arm coincides with."""
    for other in others:
        if evidence.same_configuration(arm, other):
            continue
        coincidence = _likeness(evidence, arm, other)
        if coincidence is not None:
            return other, coincidence
    return "", None


def _likeness(evidence: Evidence, arm: str, reference: str) -> Likeness | None:
    """How two arms coincide over the runs that both have; None unless in every metric."""
    arm_runs = _runs(evidence, arm)
    reference_runs = _runs(evidence, reference)
    shared = [key for key in arm_runs if key in reference_runs]
    if not shared:
        return None
    arm_trials = [arm_runs[key] for key in shared]
    reference_trials = [reference_runs[key] for key in shared]
    worst = Likeness.EXACT
    for metric in _metrics(evidence):
        curves = _curves(evidence, metric, [*arm_trials, *reference_trials])
        if not np.isfinite(curves).any():
            continue
        of_arm, of_reference = curves[: len(shared)], curves[len(shared) :]
        of_metric = likeness(of_arm, of_reference)
        if of_metric is None:
            return None
        if of_metric is Likeness.NEAR:
            worst = Likeness.NEAR
    return worst


def _curves(evidence: Evidence, metric: str, trials: list[int]) -> Array:
    """A metric's values (trials, epochs), NaN where an epoch has none."""
    return curve_matrix(evidence.history, metric, trials)[1]


CHECKS: tuple[Callable[[Evidence], Iterator[Caveat]], ...] = (
    same_whatever_the_seed,
    repeated_seeds,
    coinciding,
    collapsed,
)
