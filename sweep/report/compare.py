"""Several studies side by side: the arms they share by name, and what makes them unlike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sweep.errors import UsageError
from sweep.history.history import History
from sweep.model.trial import configuration_key
from sweep.provenance.environment import IDLE
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow, gather
from sweep.report.table import EMPTY, Cell, Column, Notes, Table
from sweep.statistics.paired import FEWEST_PAIRS, paired_change


def compare(studies: Mapping[str, History], metric: str | None = None) -> Table:
    """One row per arm that any study has.

    Columns: per study mean ± standard deviation and number of runs, and the change of each later
    study against the first, paired by seed and fold where both have them.

    Args:
        studies: name shown → history; the first is what the others are compared with.
        metric: default the first study's first report metric.

    Raises:
        UsageError: fewer than two studies, or studies without a common arm.
        UnknownName: a study never reported the metric.
    """
    if len(studies) < 2:
        raise UsageError("a comparison takes two studies or more")
    first = next(iter(studies.values()))
    name = metric or next(iter(first.spec.report.metrics), first.spec.metric.name)
    evidence = {study: gather(history, metrics=[name]) for study, history in studies.items()}
    arms = list(dict.fromkeys(arm for found in evidence.values() for arm in found.arms))
    if not any(all(arm in found.arms for found in evidence.values()) for arm in arms):
        raise UsageError(f"{', '.join(studies)} have no arm of the same name in common")
    notes = Notes()
    for text in _unlike(evidence):
        notes.add(text)
    columns = [Column("arm", "Arm", "left")]
    for position, study in enumerate(evidence):
        columns.append(Column(study, study))
        columns.append(Column(f"{study}.runs", "Runs"))
        if position:
            columns.append(Column(f"{study}.change", f"Δ {study} − {next(iter(evidence))}"))
    rows = tuple(_row(arm, evidence, name, notes) for arm in arms)
    title = f"{name} {arrow(first, name)} of {len(studies)} studies: mean ± standard deviation over runs"
    return Table("compare", title, tuple(columns), rows, notes.all())


def _row(arm: str, evidence: Mapping[str, Evidence], metric: str, notes: Notes) -> tuple[Cell, ...]:
    marks = tuple(notes.mark(text) for text in _other_configuration(arm, evidence))
    cells = [Cell(arm, {"": arm}, marks=marks)]
    base = next(iter(evidence.values()))
    for position, found in enumerate(evidence.values()):
        estimate, trials = found.estimate(arm, metric) if arm in found.arms else (None, ())
        if estimate is None:
            cells += [EMPTY] * (3 if position else 2)
            continue
        mean_sd = numbers.spread(estimate.mean, estimate.sd)
        cells.append(Cell(mean_sd, {"mean": estimate.mean, "sd": estimate.sd}, trials))
        cells.append(Cell(str(estimate.n), {"": estimate.n}))
        if position:
            cells.append(_change(arm, base, found, metric))
    return tuple(cells)


def _change(arm: str, base: Evidence, other: Evidence, metric: str) -> Cell:
    """Other minus base over the seeds and folds that both have; its interval needs three pairs."""
    here, there = _values(base, arm, metric), _values(other, arm, metric)
    shared = sorted(here.keys() & there.keys())
    if not shared:
        return EMPTY
    found = paired_change([there[pair] - here[pair] for pair in shared], confidence=base.confidence)
    text = numbers.change(found.mean, found.low, found.high, found.sd)
    few = "" if found.n >= FEWEST_PAIRS else f" ({found.n} pairs)"
    return Cell(
        text + few, {"mean": found.mean, "low": found.low, "high": found.high, "pairs": found.n}
    )


def _values(evidence: Evidence, arm: str, metric: str) -> dict[tuple[int, int], float]:
    """(seed, fold or -1) → value of an arm's complete runs."""
    if arm not in evidence.arms:
        return {}
    rows = evidence.runs(arm).dropna(subset=[metric])
    keys = zip(rows["seed"].astype(int), rows["fold"].fillna(-1).astype(int), strict=True)
    return dict(zip(keys, rows[metric].astype(float), strict=True))


def _other_configuration(arm: str, evidence: Mapping[str, Evidence]) -> Iterator[str]:
    """What an arm of one name sets differently in the studies."""
    found = {study: e.arms[arm].config for study, e in evidence.items() if arm in e.arms}
    if len({configuration_key(config) for config in found.values()}) < 2:
        return
    for key in dict.fromkeys(key for config in found.values() for key in config):
        values = {study: str(config.get(key, "absent")) for study, config in found.items()}
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


def _facts(evidence: Evidence) -> dict[str, str]:
    history = evidence.history
    facts = {"trainer": history.spec.trainer_name, "selection metric": history.spec.metric.name}
    facts["epochs are selected by"] = history.spec.report.select
    environments: Sequence[Mapping[str, str]] = [
        session.environment for session in history.sessions
    ]
    for key in dict.fromkeys(key for environment in environments for key in environment):
        if key not in IDLE:
            facts[key] = " and ".join(dict.fromkeys(e[key] for e in environments if key in e))
    return facts
