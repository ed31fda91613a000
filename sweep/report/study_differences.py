"""Differences between two compared studies, other than their arms, that may explain a change.

The comparison of a study with numbers from elsewhere lists every difference that the logs record:
missing runs, other seeds, other numbers of epochs, another goal, percent beside fractions, parts of
the data of other sizes, and the notes of the import.
"""

from __future__ import annotations

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
    goals = {study: goal_of(e.history, metric) for study, e in evidence.items()}
    if len(set(goals.values())) > 1:
        yield f"{metric} is to be " + ", ".join(
            f"{goal}d in {study}" for study, goal in goals.items()
        )


def _scales(evidence: Mapping[str, Evidence], metric: str) -> Iterator[str]:
    """Percent beside fractions: typical values of one study in (0, 1], of another above 1."""
    typical: dict[str, float] = {}
    for study, found in evidence.items():
        if metric not in found.results:
            continue
        values = found.results[metric].dropna().to_numpy(dtype=float)
        if len(values):
            typical[study] = float(np.median(np.abs(values)))
    shares = [study for study, value in typical.items() if 0 < value <= 1]
    percents = [study for study, value in typical.items() if 1 < value <= _PERCENT]
    for share in shares:
        for percent in percents:
            ratio = typical[percent] / typical[share]
            if _PERCENT / 3 < ratio < _PERCENT * 3:
                yield (
                    f"{metric} is about {ratio:.0f} times larger in {percent} than "
                    f"in {share}: is one of them in percent? Then the change is a "
                    "change of units"
                )


def _seeds(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Seeds of complete runs; a change uses only the seeds that a study shares with the first."""
    seeds = {study: _complete(found, "seed") for study, found in evidence.items()}
    first, *later = seeds
    for study in later:
        common = seeds[first] & seeds[study]
        if seeds[first] == seeds[study]:
            continue
        shown = f"seeds {_listed(seeds[first])} in {first}, {_listed(seeds[study])} in {study}"
        if common:
            many = (
                "1 common seed" if len(common) == 1 else f"{len(common)} common seeds"
            )
            yield f"Δ {study}: over {many} only ({shown})"
        else:
            yield (
                f"Δ {study}: the studies share no seed ({shown}), so no change is "
                "paired, and their means must not be compared"
            )


def _listed(seeds: frozenset[int]) -> str:
    return number_list(sorted(seeds)) if seeds else "none"


def _complete(evidence: Evidence, column: str) -> frozenset[int]:
    rows = evidence.results
    done = rows[rows["state"] == State.COMPLETE.value]
    return frozenset(int(value) for value in done[column].dropna())


def _epochs(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    lengths = {study: _lengths(found) for study, found in evidence.items()}
    if len(set(lengths.values())) > 1:
        yield "epochs trained: " + ", ".join(
            f"{length} in {study}" for study, length in lengths.items()
        )


def _lengths(evidence: Evidence) -> str:
    history = evidence.history
    if is_elsewhere(history) and not _states_epochs(history):
        return "not stated"
    counts = {
        len(trial.reports)
        for trial in history.stage("ablation")
        if trial.state is State.COMPLETE
    }
    if not counts:
        return "none"
    few, many = min(counts), max(counts)
    return str(few) if few == many else f"{few} to {many}"


def _states_epochs(history: History) -> bool:
    return any("epoch:" in source.columns for source in history.imports)


def _splits(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Sizes of the parts of the data, where trainers reported them."""
    for part in _SPLITS:
        sizes: dict[str, str] = {}
        for study, found in evidence.items():
            values = _reported(found.history, part)
            if values:
                few, many = min(values), max(values)
                sizes[study] = f"{few:g}" if few == many else f"{few:g} to {many:g}"
        if len(set(sizes.values())) > 1:
            yield f"{part} differs: " + ", ".join(
                f"{size} in {study}" for study, size in sizes.items()
            )


def _reported(history: History, metric: str) -> list[float]:
    values: list[float] = []
    for trial in history.stage("ablation"):
        for report in trial.reports[-1:]:
            value = report.metrics.get(metric)
            if value is not None:
                values.append(value)
    return values


def _missing_runs(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Arms with incomplete runs: the complete ones may be the lucky ones."""
    for study, found in evidence.items():
        lacking: list[str] = []
        for arm, rows in found.results.groupby("arm", sort=False):
            done = int((rows["state"] == State.COMPLETE.value).sum())
            if done < len(rows):
                lacking.append(f"{arm}: {done} of {len(rows)}")
        if lacking:
            shown = joined_texts(lacking, _MOST_NAMED, "more arms")
            yield f"{study}: runs did not complete and are left out ({shown})"


def _noted(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """The caveats that a study's own tables state about its numbers."""
    for study, found in evidence.items():
        for notice in found.history.notices:
            of_study = notice.caveat and notice.trial is None and notice.rule is None
            if of_study and not notice.message.startswith("trained elsewhere"):
                yield f"{study}: {notice.message}"
