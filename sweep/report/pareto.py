"""The Pareto table: the configurations of a multi-objective search that no other dominates."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from sweep.model.search_space import searched
from sweep.model.trial import State
from sweep.report import numbers
from sweep.report.evidence import Evidence
from sweep.report.search_caveats import note_caveats
from sweep.report.search_table import setting
from sweep.report.searched import Searched, read
from sweep.report.table import Cell, Column, Notes, Table, Value
from sweep.samplers import Objective
from sweep.statistics.paired import Estimate, mean_interval
from sweep.statistics.pareto import front


@dataclass(frozen=True)
class Candidate:
    """A complete configuration with all its objectives.

    Attributes:
        configuration: as the search tried it.
        estimates: for each objective the mean over its runs, and their spread.
        best: whether no other candidate dominates it, by the means.
    """

    configuration: Searched
    estimates: tuple[Estimate, ...]
    best: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """Every configuration that can be on the front, in the order of suggestion.

    All runs of such a configuration are complete and report every objective; pruned and failed
    configurations are left out.
    """
    goals = [objective.goal for objective in objectives(evidence)]
    measured = []
    for configuration in evidence.searched if goals else ():
        estimates = _estimates(evidence, configuration)
        if estimates is not None:
            measured.append((configuration, estimates))
    means = [[estimate.mean for estimate in estimates] for _, estimates in measured]
    return [
        Candidate(configuration, estimates, best)
        for (configuration, estimates), best in zip(
            measured, front(means, goals), strict=True
        )
    ]


def _estimates(
    evidence: Evidence, configuration: Searched
) -> tuple[Estimate, ...] | None:
    """A configuration's mean of each objective; None where a run or a value is missing."""
    if configuration.state is not State.COMPLETE:
        return None
    estimates = []
    for objective in objectives(evidence):
        values = [
            read(evidence.history, trial, objective.name)
            for trial in configuration.trials
        ]
        if not all(math.isfinite(value) for value in values):
            return None
        estimates.append(mean_interval(values, evidence.confidence))
    return tuple(estimates)


def objectives(evidence: Evidence) -> tuple[Objective, ...]:
    """The objectives of a multi-objective search; empty for a single objective."""
    search = evidence.history.spec.search
    return () if search is None else search.objectives


def pareto_tables(evidence: Evidence) -> list[Table]:
    """The front, the best by the first objective first.

    No table without several objectives and a complete trial.
    """
    compared, measured = objectives(evidence), candidates(evidence)
    if not measured:
        return []
    parameters = evidence.history.spec.parameters
    names = searched(parameters)
    columns = (
        Column("configuration", "Configuration", "left"),
        Column("trials", "Trials"),
        *(Column(o.name, f"{o.name} {arrow(o)}") for o in compared),
        *(Column(f"config.{name}", name) for name in names),
        Column("epochs", "Epochs"),
        Column("seconds", "Time"),
    )
    best = [candidate for candidate in measured if candidate.best]
    best.sort(
        key=lambda candidate: candidate.estimates[0].mean,
        reverse=compared[0].goal == "maximize",
    )
    rows = tuple(_row(candidate, names) for candidate in best)
    title = f"Pareto front: {' against '.join(o.name for o in compared)}"
    return [Table("pareto", title, columns, rows, _notes(evidence, measured).all())]


def arrow(objective: Objective) -> str:
    """`↑` where greater is better, `↓` where smaller is."""
    return "↑" if objective.goal == "maximize" else "↓"


def _row(candidate: Candidate, names: list[str]) -> tuple[Cell, ...]:
    """The row of one configuration."""
    runs = candidate.configuration.trials
    trials = tuple(trial.number for trial in runs)
    epochs = sum(trial.epochs_trained for trial in runs)
    seconds = sum(trial.seconds for trial in runs)
    return (
        Cell(runs[0].label, {"": runs[0].label}),
        Cell(", ".join(map(str, trials)), {"": trials[0]}, trials),
        *(_estimate(estimate, trials) for estimate in candidate.estimates),
        *(setting(runs[0], name) for name in names),
        Cell(str(epochs), {"": epochs}, trials),
        Cell(numbers.duration(seconds), {"": seconds}, trials),
    )


def _estimate(estimate: Estimate, trials: tuple[int, ...]) -> Cell:
    """The cell of one objective."""
    values: dict[str, Value] = {
        "mean": estimate.mean,
        "sd": estimate.sd,
        "n": estimate.n,
    }
    return Cell(numbers.spread(estimate.mean, estimate.sd), values, trials)


def _notes(evidence: Evidence, measured: list[Candidate]) -> Notes:
    """The notes: what the front is, and which configurations are left out."""
    spec, notes = evidence.history.spec, Notes()
    shown = sum(candidate.best for candidate in measured)
    notes.add(
        f"{shown} of {len(measured)} complete configurations: no other configuration is at"
        " least as good in every objective and better in one. Configurations are"
        " compared by their means, whatever their spread"
    )
    if left_out := _left_out(evidence, len(measured)):
        notes.add(f"Configurations not compared: {', '.join(left_out)}")
    epoch = f"its {spec.read_at}"
    runs = 1 if spec.search is None else len(spec.search.pairs)
    if runs > 1:
        notes.add(f"Mean ± standard deviation over {runs} runs, each read at {epoch}")
    else:
        notes.add(f"One run each, read at {epoch}")
    notes.add(
        f"The search's best configuration, and top_k, are chosen by {spec.metric.name} alone"
    )
    note_caveats(evidence, notes)
    notes.add(
        "Selection bias: the best of many looks better than it is, so that the values of a"
        " front are optimistic"
    )
    return notes


def _left_out(evidence: Evidence, measured: int) -> list[str]:
    """How many configurations could not be compared, by state."""
    states = Counter(configuration.state for configuration in evidence.searched)
    without_value = states.pop(State.COMPLETE, 0) - measured
    left_out = [f"{count} {state.value}" for state, count in states.items()]
    if without_value:
        left_out.append(f"{without_value} without a value of every objective")
    return left_out
