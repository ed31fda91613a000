"""Several studies side by side: the arms they share by name, and what makes them unlike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sweep.errors import UnknownName, UsageError
from sweep.history.history import History
from sweep.model.trial import configuration_key
from sweep.provenance import dependencies
from sweep.provenance.environment import IDLE
from sweep.report import numbers
from sweep.report.comparisons import overlap
from sweep.report.evidence import Evidence, arrow, gather
from sweep.report.explanations import family_text, method_text, scope_text
from sweep.report.frames import metric_names
from sweep.report.study_differences import differences, is_elsewhere
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.statistics.contrast import Contrast, Family, Reason
from sweep.statistics.family import compare as compare_columns

_ARM_OF_IMPORTS = "arm"  # see sweep.imported.specification
_MOST_LISTED = 10  # libraries or files that a note names


def compare(studies: Mapping[str, History], metric: str | None = None) -> Table:
    """One row per arm that any study has.

    Columns: per study mean ± standard deviation and number of runs, and the change of each later
    study against the first, paired by seed and fold where both have them.

    Args:
        studies: name shown → history; the first is what the others are compared with.
        metric: default the first study's first report metric.

    Raises:
        UsageError: fewer than two studies, studies without a common arm, or one that never
            reported the metric.
    """
    if len(studies) < 2:
        raise UsageError("a comparison takes two studies or more")
    first = next(iter(studies.values()))
    name = metric or next(iter(first.spec.report.metrics), first.spec.metric.name)
    evidence = {study: _evidence_of(study, studies, name) for study in studies}
    arms = list(dict.fromkeys(arm for found in evidence.values() for arm in found.arms))
    if not any(all(arm in found.arms for found in evidence.values()) for arm in arms):
        raise UsageError(f"{', '.join(studies)} have no arm of the same name in common")
    notes = Notes()
    for text in (
        *_elsewhere(studies),
        *_unstated(evidence),
        *differences(evidence, name),
        *_unlike(evidence),
        *_other_dependencies(studies),
    ):
        notes.add(text)
    columns = [Column("arm", "Arm", "left")]
    for position, study in enumerate(evidence):
        columns.append(Column(study, study))
        columns.append(Column(f"{study}.runs", "Runs"))
        if position:
            columns.append(
                Column(f"{study}.change", f"Δ {study} − {next(iter(evidence))}")
            )
    base = next(iter(evidence.values()))
    later = list(evidence)[1:]
    families = {study: _changes(arms, base, evidence[study], name) for study in later}
    for study, (found, _) in families.items():
        if found.tested:
            notes.add(f"Δ {study}: {family_text(found)}")
            notes.add(method_text(found, base.confidence))
            notes.add(scope_text(base, [name]))
    changes = {study: by_arm for study, (_, by_arm) in families.items()}
    rows = tuple(_row(arm, evidence, name, notes, changes) for arm in arms)
    title = (
        f"{name} {arrow(first, name)} of {len(studies)} studies: mean ± standard"
        " deviation over runs"
    )
    return Table("compare", title, tuple(columns), rows, notes.all())


def _elsewhere(studies: Mapping[str, History]) -> Iterator[str]:
    """Which studies were read from another tool's files: nothing of them could be checked here."""
    for name, history in studies.items():
        if is_elsewhere(history):
            yield (
                f"{name}: trained elsewhere: code, data and seeds as stated by the source; a seed "
                "there and one here are paired by their number alone"
            )


def _evidence_of(study: str, studies: Mapping[str, History], metric: str) -> Evidence:
    """One study's evidence on the metric.

    Raises:
        UsageError: it never reported the metric; what all studies report is named.
    """
    try:
        return gather(studies[study], metrics=[metric])
    except UnknownName as error:
        known = [set(metric_names(history)) for history in studies.values()]
        common = ", ".join(sorted(set.intersection(*known)))
        shared = (
            f"all of these studies report {common}" if common else "they share none"
        )
        raise UsageError(
            f"{study} reports no {metric} but {', '.join(error.allowed)}; {shared}. Name a metric "
            "of all with --metric; what is called otherwise elsewhere is renamed in its file "
            "before it is imported"
        ) from error


def _unstated(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Settings of the others' arms that runs from elsewhere say nothing of."""
    for study, found in evidence.items():
        if not is_elsewhere(found.history):
            continue
        known = {key for arm in found.arms.values() for key in arm.config}
        others = [e for name, e in evidence.items() if name != study]
        wanted = {
            key
            for e in others
            for arm in e.arms.values()
            for key in _settings(e, arm.name)
        }
        unstated = sorted(wanted - known - {"epochs"})  # epochs trained are told apart
        if unstated:
            yield (
                f"{study} does not state {', '.join(unstated)}: whether arms of one name are "
                "of one configuration is not known"
            )


def _settings(evidence: Evidence, arm: str) -> dict[str, Any]:
    """What an arm sets; an import's own word for its arms is no setting."""
    config = dict(evidence.arms[arm].config)
    if is_elsewhere(evidence.history):
        config.pop(_ARM_OF_IMPORTS, None)
    return config


def _row(
    arm: str,
    evidence: Mapping[str, Evidence],
    metric: str,
    notes: Notes,
    changes: Mapping[str, Mapping[str, Contrast]],
) -> tuple[Cell, ...]:
    marks = tuple(notes.mark(text) for text in _other_configuration(arm, evidence))
    cells = [Cell(arm, {"": arm}, marks=marks)]
    for position, (study, found) in enumerate(evidence.items()):
        estimate, trials = (
            found.estimate(arm, metric) if arm in found.arms else (None, ())
        )
        if estimate is None:
            cells += [EMPTY] * (3 if position else 2)
            continue
        mean_sd = numbers.spread(estimate.mean, estimate.sd)
        cells.append(Cell(mean_sd, {"mean": estimate.mean, "sd": estimate.sd}, trials))
        cells.append(Cell(str(estimate.n), {"": estimate.n}))
        if position:
            cells.append(_change(changes[study].get(arm)))
    return tuple(cells)


def _change(contrast: Contrast | None) -> Cell:
    """Other minus base over the seeds and folds that both have; its interval needs three pairs."""
    if contrast is None or contrast.n == 0:
        return EMPTY
    text = numbers.change(contrast.mean, contrast.low, contrast.high, contrast.sd)
    pairs = "1 pair" if contrast.n == 1 else f"{contrast.n} pairs"
    few = f" ({pairs})" if contrast.reason is Reason.TOO_FEW else ""
    values: dict[str, Value] = {
        "mean": contrast.mean,
        "low": contrast.low,
        "high": contrast.high,
        "pairs": contrast.n,
        "p": contrast.p,
    }
    return Cell(text + few, values)


def _changes(
    arms: Sequence[str], base: Evidence, other: Evidence, metric: str
) -> tuple[Family, dict[str, Contrast]]:
    """Each arm of another study minus the same arm of the first, all arms one family.

    Rows are the seeds (with folds, the folds, seeds averaged) of the first study.
    """
    shared = [arm for arm in arms if arm in base.arms and arm in other.arms]
    here, there = (np.full((len(base.blocks), len(shared)), np.nan) for _ in range(2))
    for column, arm in enumerate(shared):
        pairs = _pairs(_values(base, arm, metric), _values(other, arm, metric))
        for row, block in enumerate(base.blocks):
            of_block = [
                pair for pair in pairs if pair[0][base.folds is not None] == block
            ]
            if of_block:
                there[row, column] = np.mean([first for _, first, _ in of_block])
                here[row, column] = np.mean([second for _, _, second in of_block])
    ratio = overlap(base, [metric])
    found = compare_columns(
        here, there, confidence=base.confidence, test_to_train=ratio
    )
    return found, dict(zip(shared, found.contrasts, strict=True))


def _pairs(
    first: Mapping[tuple[int, int], float], second: Mapping[tuple[int, int], float]
) -> list[tuple[tuple[int, int], float, float]]:
    """(seed, fold), and the values of two arms, where both have one."""
    return [(key, value, second[key]) for key, value in first.items() if key in second]


def _values(evidence: Evidence, arm: str, metric: str) -> dict[tuple[int, int], float]:
    """(seed, fold or -1) → value of an arm's complete runs."""
    if arm not in evidence.arms:
        return {}
    rows = evidence.runs(arm).dropna(subset=[metric])
    keys = zip(
        rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True
    )
    return dict(zip(keys, rows[metric].astype(float), strict=True))


def _other_configuration(arm: str, evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """What an arm of one name sets differently in the studies."""
    found = {study: _settings(e, arm) for study, e in evidence.items() if arm in e.arms}
    if len({configuration_key(config) for config in found.values()}) < 2:
        return
    elsewhere = {study for study in found if is_elsewhere(evidence[study].history)}
    for key in dict.fromkeys(key for config in found.values() for key in config):
        values = {
            study: str(config.get(key, "absent"))
            for study, config in found.items()
            if key in config or study not in elsewhere
        }
        if len(set(values.values())) > 1:
            yield f"{arm}: {key} is " + ", ".join(
                f"{value} in {study}" for study, value in values.items()
            )


def _unlike(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Differences of whole studies that a change may come from instead."""
    seen: dict[str, dict[str, str]] = {}
    for study, found in evidence.items():
        for key, value in _facts(found).items():
            seen.setdefault(key, {})[study] = value
    for key, values in seen.items():
        if len(set(values.values())) > 1:
            yield f"{key} differs: " + ", ".join(
                f"{value} in {study}" for study, value in values.items()
            )


def _other_dependencies(studies: Mapping[str, History]) -> Iterator[str]:
    """Libraries and files that trials of several studies used, in different states."""
    libraries = {
        name: dependencies.untold(each.distributions) for name, each in studies.items()
    }
    files = {name: each.dependencies for name, each in studies.items()}
    lines = [
        f"{name} "
        + ", ".join(f"{version} in {study}" for study, version in versions.items())
        for name, versions in _differing(libraries)
    ]
    if lines:
        yield f"libraries differ: {_listed(lines)}"
    names = [name for name, _ in _differing(files)]
    if names:
        yield f"files that the trials read or imported differ: {_listed(names)}"


def _differing(
    found: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each name that several studies know, and not alike: study → what it knows."""
    for name in dict.fromkeys(name for known in found.values() for name in known):
        values = {study: known[name] for study, known in found.items() if name in known}
        if len(set(values.values())) > 1:
            yield name, values


def _listed(lines: Sequence[str]) -> str:
    more = len(lines) - _MOST_LISTED
    return "; ".join(
        [*lines[:_MOST_LISTED], *([f"and {more} more"] if more > 0 else [])]
    )


def _facts(evidence: Evidence) -> dict[str, str]:
    history = evidence.history
    facts = {
        "trainer": history.spec.trainer_name,
        "selection metric": history.spec.metric.name,
    }
    facts["epochs are selected by"] = history.spec.report.select
    environments: Sequence[Mapping[str, str]] = [
        session.environment for session in history.sessions
    ]
    for key in dict.fromkeys(
        key for environment in environments for key in environment
    ):
        if key not in IDLE:
            facts[key] = " and ".join(
                dict.fromkeys(e[key] for e in environments if key in e)
            )
    return facts
