"""Differences between two compared studies, other than their arms, that may explain a change.

The comparison of a study with numbers from elsewhere lists every difference that the logs record:
missing runs, other seeds, other numbers of epochs, another goal, percent beside fractions, parts of
the data of other sizes, and the notes of the import.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np

from sweep.history.history import History
from sweep.model.trial import State
from sweep.report.evidence import Evidence, goal_of
from sweep.report.numbers import number_list
from sweep.shortened import joined_texts

MERGED = "study"  # the format of studies of this tool that were merged
_SPLITS = ("split/train", "split/val", "split/test")
_PERCENT = 100.0
_MOST_NAMED = 5


def is_elsewhere(history: History) -> bool:
    """Whether a study's runs were read from files of another tool."""
    return any(source.format != MERGED for source in history.imports)


def differences(evidence: Mapping[str, Evidence], metric: str) -> Iterator[str]:
    """Sentences for the notes; those about the metric come first."""
    yield from _goals(evidence, metric)
    yield from _scales(evidence, metric)
    yield from _seeds(evidence)
    yield from _epochs(evidence)
    yield from _splits(evidence)
    yield from _missing_runs(evidence)
    yield from _noted(evidence)


def _goals(evidence: Mapping[str, Evidence], metric: str) -> Iterator[str]:
    """A sentence if the metric is maximised in one study and minimised in another."""
    goals = {study: goal_of(each.history, metric) for study, each in evidence.items()}
    if len(set(goals.values())) > 1:
        by_study = [f"{goal}d in {study}" for study, goal in goals.items()]
        yield f"{metric} is to be {', '.join(by_study)}"


def _scales(evidence: Mapping[str, Evidence], metric: str) -> Iterator[str]:
    """Percent beside fractions: typical values of one study in (0, 1], of another above 1."""
    typical = _typical_values(evidence, metric)
    fractions = [study for study, value in typical.items() if 0 < value <= 1]
    percents = [study for study, value in typical.items() if 1 < value <= _PERCENT]
    for fraction, percent in itertools.product(fractions, percents):
        ratio = typical[percent] / typical[fraction]
        if _PERCENT / 3 < ratio < _PERCENT * 3:
            yield (
                f"{metric} is about {ratio:.0f} times larger in {percent} than "
                f"in {fraction}: is one of them in percent? Then the change is a "
                "change of units"
            )


def _typical_values(evidence: Mapping[str, Evidence], metric: str) -> dict[str, float]:
    """Study → the median of the metric's absolute values; only studies that have any."""
    typical: dict[str, float] = {}
    for study, of_study in evidence.items():
        if metric not in of_study.results:
            continue
        values = of_study.results[metric].dropna().to_numpy(dtype=float)
        if len(values):
            typical[study] = float(np.median(np.abs(values)))
    return typical


def _seeds(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Seeds of complete runs; a change uses only the seeds that a study shares with the first."""
    seeds = {study: _complete(each, "seed") for study, each in evidence.items()}
    first, *later = seeds
    for study in later:
        if seeds[first] == seeds[study]:
            continue
        common = len(seeds[first] & seeds[study])
        shown = f"seeds {_listed(seeds[first])} in {first}, {_listed(seeds[study])} in {study}"
        if common:
            counted = "1 common seed" if common == 1 else f"{common} common seeds"
            yield f"Δ {study}: over {counted} only ({shown})"
        else:
            yield (
                f"Δ {study}: the studies share no seed ({shown}), so no change is "
                "paired, and their means must not be compared"
            )


def _listed(seeds: frozenset[int]) -> str:
    """The seeds in order as text; `none` without any."""
    return number_list(sorted(seeds)) if seeds else "none"


def _complete(evidence: Evidence, column: str) -> frozenset[int]:
    """The values of a column (seed or fold) of the complete runs."""
    rows = evidence.results
    is_complete = rows["state"] == State.COMPLETE.value
    values = rows[is_complete][column].dropna()
    return frozenset(values.astype(int).tolist())


def _epochs(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """A sentence if the studies trained for different numbers of epochs."""
    lengths = {study: _lengths(each) for study, each in evidence.items()}
    if len(set(lengths.values())) > 1:
        by_study = [f"{length} in {study}" for study, length in lengths.items()]
        yield f"epochs trained: {', '.join(by_study)}"


def _lengths(evidence: Evidence) -> str:
    """The epochs of a study's complete runs: `12`, `8 to 12`, `none` or `not stated`."""
    history = evidence.history
    if is_elsewhere(history) and not _states_epochs(history):
        return "not stated"
    trials = history.stage("ablation")
    complete = [trial for trial in trials if trial.state is State.COMPLETE]
    if not complete:
        return "none"
    counts = [len(trial.reports) for trial in complete]
    few, many = min(counts), max(counts)
    return str(few) if few == many else f"{few} to {many}"


def _states_epochs(history: History) -> bool:
    """Whether the files of an imported study have a column for the epoch."""
    return any("epoch:" in source.columns for source in history.imports)


def _splits(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Sizes of the parts of the data, where trainers reported them."""
    for part in _SPLITS:
        sizes: dict[str, str] = {}
        for study, of_study in evidence.items():
            values = _reported(of_study.history, part)
            if values:
                few, many = min(values), max(values)
                sizes[study] = f"{few:g}" if few == many else f"{few:g} to {many:g}"
        if len(set(sizes.values())) > 1:
            by_study = [f"{size} in {study}" for study, size in sizes.items()]
            yield f"{part} differs: {', '.join(by_study)}"


def _reported(history: History, metric: str) -> list[float]:
    """The values of a metric in the last reports of the ablation's trials."""
    values: list[float] = []
    for trial in history.stage("ablation"):
        if trial.reports:
            value = trial.reports[-1].metrics.get(metric)
            if value is not None:
                values.append(value)
    return values


def _missing_runs(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Arms with incomplete runs: the complete ones may be the lucky ones."""
    for study, of_study in evidence.items():
        lacking: list[str] = []
        for arm, rows in of_study.results.groupby("arm", sort=False):
            is_complete = rows["state"] == State.COMPLETE.value
            done = int(is_complete.sum())
            if done < len(rows):
                lacking.append(f"{arm}: {done} of {len(rows)}")
        if lacking:
            shown = joined_texts(lacking, _MOST_NAMED, "more arms")
            yield f"{study}: runs did not complete and are left out ({shown})"


def _noted(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """The caveats that a study's own tables state about its numbers."""
    for study, of_study in evidence.items():
        for notice in of_study.history.notices:
            is_of_study = notice.trial is None and notice.rule is None
            is_import = notice.message.startswith("trained elsewhere")
            if notice.caveat and is_of_study and not is_import:
                yield f"{study}: {notice.message}"
