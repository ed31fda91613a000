"""Evidence that is none: runs that agree whatever the seed, arms that coincide, collapsed runs."""

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

LOSS = "train/loss"  # looked at as well: a saturated score may agree where training does not


def same_whatever_the_seed(evidence: Evidence) -> Iterator[Caveat]:
    """Arms whose runs report the same values with every seed."""
    agreeing = [arm for arm in evidence.arms if _agrees(evidence, arm)]
    if not agreeing:
        return
    trials = tuple(
        sorted({t for arm in agreeing for t in _runs(evidence, arm).values()})
    )
    why = (
        "the trainer is declared deterministic, and its seeds repeat one run"
        if evidence.history.spec.report.deterministic
        else "is the seed used? A trainer that is meant to ignore it says so: "
        "report.deterministic: true, or train.deterministic = True"
    )
    text = f"The runs of {', '.join(agreeing)} agree exactly across seeds: {why}"
    yield Caveat(None, text, trials)


def undeclared_agreement(evidence: Evidence) -> list[str]:
    """Arms whose seeds agree exactly although nobody said that they would."""
    if evidence.history.spec.report.deterministic:
        return []
    return [arm for arm in evidence.arms if _agrees(evidence, arm)]


def repeated_seeds(evidence: Evidence) -> Iterator[Caveat]:
    """Arms of which some seeds, not all, give the same run."""
    for arm in evidence.arms:
        if _agrees(evidence, arm):
            continue
        runs = _runs(evidence, arm)
        keys = list(runs)
        metric = evidence.history.spec.metric.name
        for rows in repeated_runs(_curves(evidence, metric, list(runs.values()))):
            same = [keys[row] for row in rows]
            if len({fold for _, fold in same}) > 1:
                continue  # folds of one data set may be alike
            seeds = ", ".join(str(seed) for seed, _ in same)
            text = (
                f"The runs of {arm} with seeds {seeds} are the same: only a part of the seed is "
                "used? They count as independent runs in intervals and p-values, and are not"
            )
            yield Caveat(arm, text, tuple(runs[key] for key in same))


def coinciding(evidence: Evidence) -> Iterator[Caveat]:
    """Arms that give what their reference or an earlier arm gives, exactly or nearly."""
    earlier: list[str] = []
    for arm in evidence.arms.values():
        references = [] if arm.reference is None else [arm.reference]
        other, found = _most_alike(
            evidence, arm.name, dict.fromkeys([*references, *earlier])
        )
        earlier.append(arm.name)
        if found is None:
            continue
        how = (
            "coincides exactly with"
            if found is Likeness.EXACT
            else "differs by less than a tenth of the spread between seeds from"
        )
        trials = tuple(sorted(_runs(evidence, arm.name).values()))
        text = f"{how} {other} with every seed: not distinguishable by construction?"
        yield Caveat(arm.name, f"{arm.name} {text}", trials)


def collapsed(evidence: Evidence) -> Iterator[Caveat]:
    """Runs far below the others of their arm."""
    for arm, (found, trials) in collapsed_runs(evidence).items():
        if not trials:
            continue
        trimmed = trimmed_mean(evidence.runs(arm)[evidence.metrics[0]].to_numpy())
        held = 0 if trimmed is None else len(trials) - trimmed.cut
        still = f", which still holds {held} of them" if held > 0 else ""
        yield Caveat(
            arm,
            f"{arm}: {len(trials)} of {found.n} runs collapsed ({trial_list(trials)}), up to "
            f"{found.limit:.0%} of seeds may (95 % limit): mean, interval and p-value do not hold "
            f"for such an arm; see its trimmed mean{still}",
            trials,
            "runs collapsed ({trials}): mean, interval and p-value do not hold for such arms; see "
            "their trimmed means, which hold those beyond a fifth of the runs",
        )


# --------------------------------------------------------------------------- pieces


def _metrics(evidence: Evidence) -> list[str]:
    own = evidence.history.spec.metric.name
    return list(dict.fromkeys((own, *evidence.metrics, LOSS)))


def _runs(evidence: Evidence, arm: str) -> Runs:
    rows = evidence.runs(arm)
    keys = zip(
        rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True
    )
    return dict(zip(keys, rows["trial"].astype(int), strict=True))


def _agrees(evidence: Evidence, arm: str) -> bool:
    """Whether an arm has runs with several seeds, of each fold alike in every metric."""
    by_fold: dict[int, list[int]] = {}
    for (_, fold), trial in _runs(evidence, arm).items():
        by_fold.setdefault(fold, []).append(trial)
    several = [trials for trials in by_fold.values() if len(trials) > 1]
    if not several:
        return False
    for metric in _metrics(evidence):
        for trials in several:
            curves = _curves(evidence, metric, trials)
            if np.isfinite(curves).any() and not seeds_agree(curves):
                return False
    return True


def _most_alike(
    evidence: Evidence, arm: str, others: Iterable[str]
) -> tuple[str, Likeness | None]:
    """The first of other arms that an arm coincides with though it is configured otherwise."""
    for other in others:
        if evidence.same_configuration(arm, other):
            continue
        found = _likeness(evidence, arm, other)
        if found is not None:
            return other, found
    return "", None


def _likeness(evidence: Evidence, arm: str, reference: str) -> Likeness | None:
    """How two arms coincide over the runs that both have: in every metric, or None."""
    here, there = _runs(evidence, arm), _runs(evidence, reference)
    shared = [key for key in here if key in there]
    if not shared:
        return None
    worst = Likeness.EXACT
    for metric in _metrics(evidence):
        both = [here[key] for key in shared] + [there[key] for key in shared]
        curves = _curves(evidence, metric, both)
        if not np.isfinite(curves).any():
            continue
        found = likeness(curves[: len(shared)], curves[len(shared) :])
        if found is None:
            return None
        if found is Likeness.NEAR:
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
