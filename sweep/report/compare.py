"""Several studies side by side: the arms they share by name, and how the studies differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from sweep.errors import UnknownName, UsageError
from sweep.history.history import History
from sweep.model import by_epoch
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
from sweep.shortened import joined_texts
from sweep.statistics.contrast import Contrast, Family, Reason
from sweep.statistics.family import compare as compare_columns
from sweep.statistics.paired import Estimate

_ARM_OF_IMPORTS = "arm"  # see sweep.imported.specification
_MOST_LISTED = 10  # libraries or files that a note names


def compare(studies: Mapping[str, History], metric: str | None = None) -> Table:
    """One row per arm that any study has.

    Columns: for each study mean ± standard deviation and number of runs; for each later study its
    change against the first, paired by seed and fold where both have them.

    Args:
        studies: name shown → history; the others are compared with the first.
        metric: by default the first study's first report metric.

    Raises:
        UsageError: fewer than two studies, studies without a common arm, or one that never
            reported the metric.
    """
    if len(studies) < 2:
        raise UsageError("a comparison takes two studies or more")
    first = next(iter(studies.values()))
    name = metric or next(iter(first.spec.report.metrics), first.spec.metric.name)
    evidence = {study: _evidence_of(study, studies, name) for study in studies}
    arms = _arms_of_any(evidence)
    notes = Notes()
    for text in _differences(studies, evidence, name):
        notes.add(text)
    base, *others = evidence.values()
    names_of_others = list(evidence)[1:]
    changes = {}
    for study, other in zip(names_of_others, others, strict=True):
        family, changes[study] = _changes(arms, base, other, name)
        if family.tested:
            notes.add(f"Δ {study}: {family_text(family)}")
            notes.add(method_text(family, base.confidence))
            notes.add(scope_text(base, [name]))
    rows = tuple(_row(arm, evidence, name, notes, changes) for arm in arms)
    title = (
        f"{name} {arrow(first, name)} of {len(studies)} studies: mean ± standard"
        " deviation over runs"
    )
    return Table("compare", title, _columns(list(evidence)), rows, notes.all())


def _differences(
    studies: Mapping[str, History], evidence: Mapping[str, Evidence], metric: str
) -> Iterator[str]:
    """A note on every difference between the studies that may explain a change."""
    yield from _imported_studies(studies)
    yield from _unstated(evidence)
    yield from differences(evidence, metric)
    yield from _differing_facts(evidence)
    yield from _differing_dependencies(studies)


def _arms_of_any(evidence: Mapping[str, Evidence]) -> list[str]:
    """The arms of all studies, each once.

    Raises:
        UsageError: no arm is in every study, or a study has none.
    """
    without = [name for name, study in evidence.items() if not study.arms]
    if without:
        raise UsageError(
            f"{', '.join(without)}: there is no arm, and `sweep compare` compares arms of the same "
            "name. What a search found is in the report of its study: `sweep report`"
        )
    arms: dict[str, None] = {}
    for study in evidence.values():
        arms.update(dict.fromkeys(study.arms))
    in_every_study = set.intersection(*(set(each.arms) for each in evidence.values()))
    if not in_every_study:
        raise UsageError(
            f"{', '.join(evidence)} have no arm of the same name in common"
        )
    return list(arms)


def _columns(studies: Sequence[str]) -> tuple[Column, ...]:
    """The arm; mean and runs of each study, and for the later ones the change."""
    first = studies[0]
    columns = [Column("arm", "Arm", "left")]
    for study in studies:
        columns.append(Column(study, study))
        columns.append(Column(f"{study}.runs", "Runs"))
        if study != first:
            columns.append(Column(f"{study}.change", f"Δ {study} − {first}"))
    return tuple(columns)


def _imported_studies(studies: Mapping[str, History]) -> Iterator[str]:
    """A note on each study that was imported from another tool and could not be checked."""
    for name, history in studies.items():
        if is_elsewhere(history):
            yield (
                f"{name}: trained elsewhere: code, data and seeds as stated by the "
                "source; its seeds are paired with those of other studies by "
                "number only"
            )


def _evidence_of(study: str, studies: Mapping[str, History], metric: str) -> Evidence:
    """One study's evidence on the metric.

    Raises:
        UsageError: it never reported the metric; what all studies report is named.
    """
    try:
        return gather(studies[study], metrics=[metric])
    except UnknownName as error:
        reported = [set(metric_names(history)) for history in studies.values()]
        common = sorted(set.intersection(*reported))
        shared = "no metric is in all of them"
        if common:
            shared = f"all of these studies report {', '.join(common)}"
        raise UsageError(
            f"{study} reports no {metric} but {', '.join(error.allowed)}; {shared}. "
            "With --metric, name a metric that all studies report. If an imported "
            "study uses another name, rename it in its file and import it again"
        ) from error


def _unstated(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """A note on each imported study that lacks settings which the other studies' arms have."""
    for study, imported in evidence.items():
        if not is_elsewhere(imported.history):
            continue
        stated: set[str] = {"epochs"}  # another note compares the epochs trained
        for arm in imported.arms.values():
            stated.update(arm.config)
        of_others: set[str] = set()
        for name, other in evidence.items():
            if name != study:
                of_others.update(_every_setting(other))
        unstated = sorted(of_others - stated)
        if unstated:
            yield (
                f"{study} does not state {', '.join(unstated)}: whether arms of one name are "
                "of one configuration is not known"
            )


def _every_setting(evidence: Evidence) -> set[str]:
    """The parameters that a study's arms have."""
    names: set[str] = set()
    for arm in evidence.arms:
        names.update(_settings(evidence, arm))
    return names


def _settings(evidence: Evidence, arm: str) -> dict[str, Any]:
    """An arm's configuration, without the parameter that holds the arm's name in an import."""
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
    """The row of one arm; cells of a study without a result for it are empty.

    Args:
        arm: its name.
        evidence: of every study.
        metric: the compared one.
        notes: of the table.
        changes: later study → arm → its change against the first study.
    """
    marks = tuple(notes.mark(text) for text in _other_configuration(arm, evidence))
    cells = [Cell(arm, {"": arm}, marks=marks)]
    for study, of_study in evidence.items():
        is_later = study in changes
        estimate: Estimate | None = None
        trials: tuple[int, ...] = ()
        if arm in of_study.arms:
            estimate, trials = of_study.estimate(arm, metric)
        if estimate is None:
            cells += [EMPTY] * (3 if is_later else 2)
            continue
        mean_sd = numbers.spread(estimate.mean, estimate.sd)
        cells.append(Cell(mean_sd, {"mean": estimate.mean, "sd": estimate.sd}, trials))
        cells.append(Cell(str(estimate.n), {"": estimate.n}))
        if is_later:
            cells.append(_change(changes[study].get(arm)))
    return tuple(cells)


def _change(contrast: Contrast | None) -> Cell:
    """Other minus base over the seeds and folds that both have; an interval needs three pairs."""
    if contrast is None or contrast.n == 0:
        return EMPTY
    text = numbers.change(contrast.mean, contrast.low, contrast.high, contrast.sd)
    if contrast.reason is Reason.TOO_FEW:
        pairs = "1 pair" if contrast.n == 1 else f"{contrast.n} pairs"
        text += f" ({pairs})"
    values: dict[str, Value] = {
        "mean": contrast.mean,
        "low": contrast.low,
        "high": contrast.high,
        "pairs": contrast.n,
        "p": contrast.p,
    }
    return Cell(text, values)


def _changes(
    arms: Sequence[str], base: Evidence, other: Evidence, metric: str
) -> tuple[Family, dict[str, Contrast]]:
    """Each arm of another study minus the same arm of the first study, as one family.

    Rows are the seeds of the first study; with cross-validation its folds, averaged over seeds.
    """
    shared = [arm for arm in arms if arm in base.arms and arm in other.arms]
    base_values, other_values = [], []
    for arm in shared:
        first, second = _paired_means(base, other, arm, metric)
        base_values.append(first)
        other_values.append(second)
    shape = (len(shared), len(base.blocks))
    family = compare_columns(
        np.reshape(other_values, shape).T,
        np.reshape(base_values, shape).T,
        confidence=base.confidence,
        test_to_train=overlap(base, [metric]),
    )
    return family, dict(zip(shared, family.contrasts, strict=True))


def _paired_means(
    base: Evidence, other: Evidence, arm: str, metric: str
) -> tuple[list[float], list[float]]:
    """An arm's means in two studies, one value per block of the first, NaN without a pair."""
    base_values = _values(base, arm, metric)
    other_values = _values(other, arm, metric)
    pairs_of_block: dict[int, list[tuple[int, int]]] = {}
    for seed, fold in base_values:
        if (seed, fold) in other_values:
            block = seed if base.folds is None else fold
            pairs_of_block.setdefault(block, []).append((seed, fold))
    first = [_mean(base_values, pairs_of_block.get(block)) for block in base.blocks]
    second = [_mean(other_values, pairs_of_block.get(block)) for block in base.blocks]
    return first, second


def _mean(
    values: Mapping[tuple[int, int], float], keys: Sequence[tuple[int, int]] | None
) -> float:
    """The mean of the values with these keys; NaN without keys."""
    if not keys:
        return math.nan
    return fmean(values[key] for key in keys)


def _values(evidence: Evidence, arm: str, metric: str) -> dict[tuple[int, int], float]:
    """(seed, fold or -1) → value of an arm's complete runs."""
    if arm not in evidence.arms:
        return {}
    rows = evidence.runs(arm).dropna(subset=[metric])
    seeds = rows["seed"].astype(int)
    folds = rows["fold"].fillna(-1).astype(int)
    runs = zip(seeds, folds, strict=True)
    return dict(zip(runs, rows[metric].astype(float), strict=True))


def _other_configuration(arm: str, evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """A note on each parameter that an arm sets differently in the studies."""
    configs = {}
    for study, of_study in evidence.items():
        if arm in of_study.arms:
            configs[study] = _settings(of_study, arm)
    distinct = {configuration_key(config) for config in configs.values()}
    if len(distinct) < 2:
        return
    for key in _keys_of_any(configs):
        values = {}
        for study, config in configs.items():
            # An import may leave out a parameter: that is no difference.
            is_imported = is_elsewhere(evidence[study].history)
            if key in config or not is_imported:
                values[study] = (
                    by_epoch.shown(config[key]) if key in config else "absent"
                )
        if len(set(values.values())) > 1:
            yield f"{arm}: {key} is {_in_each_study(values)}"


def _differing_facts(evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """Differences between whole studies that could explain a change instead of the arms."""
    facts: dict[str, dict[str, str]] = {}
    for study, gathered in evidence.items():
        for key, value in _facts(gathered).items():
            facts.setdefault(key, {})[study] = value
    for key, values in facts.items():
        if len(set(values.values())) > 1:
            yield f"{key} differs: {_in_each_study(values)}"


def _differing_dependencies(studies: Mapping[str, History]) -> Iterator[str]:
    """Libraries and files that trials of several studies used, in different states."""
    libraries = {}
    files = {}
    for study, history in studies.items():
        libraries[study] = dependencies.untold(history.distributions)
        files[study] = history.dependencies
    lines = []
    for library, versions in _differing(libraries):
        lines.append(f"{library} {_in_each_study(versions)}")
    if lines:
        yield f"libraries differ: {joined_texts(lines, _MOST_LISTED)}"
    names = [name for name, _ in _differing(files)]
    if names:
        shown = joined_texts(names, _MOST_LISTED)
        yield f"files that the trials read or imported differ: {shown}"


def _differing(
    states: Mapping[str, Mapping[str, str]],
) -> Iterator[tuple[str, dict[str, str]]]:
    """Each name whose state differs between the studies that have it, as study → state.

    Args:
        states: study → name → state, such as a library's version.
    """
    for name in _keys_of_any(states):
        values = {
            study: state[name] for study, state in states.items() if name in state
        }
        if len(set(values.values())) > 1:
            yield name, values


def _keys_of_any(mappings: Mapping[str, Mapping[str, object]]) -> dict[str, None]:
    """The keys of all mappings, each once, in order of appearance."""
    keys: dict[str, None] = {}
    for mapping in mappings.values():
        keys.update(dict.fromkeys(mapping))
    return keys


def _in_each_study(values: Mapping[str, str]) -> str:
    """`0.1 in first, 0.2 in second`."""
    return ", ".join(f"{value} in {study}" for study, value in values.items())


def _facts(evidence: Evidence) -> dict[str, str]:
    """What a study trained, and the environment of its sessions: name → value."""
    history = evidence.history
    facts = {
        "trainer": history.spec.trainer_name,
        "selection metric": history.spec.metric.name,
        "epochs are selected by": history.spec.report.select,
    }
    values: dict[str, dict[str, None]] = {}
    for session in history.sessions:
        for key, value in session.environment.items():
            if key not in IDLE:
                values.setdefault(key, {})[value] = None
    for key, distinct in values.items():
        facts[key] = " and ".join(distinct)
    return facts
