"""The Pareto table: of a search for several things at once, the configurations that no
other one outdoes.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from sweep.model.domains import Constant
from sweep.model.trial import State
from sweep.report import numbers
from sweep.report.evidence import Evidence
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
        seen: the configuration.
        estimates: for each objective the mean over its runs, and their spread.
        best: whether no other candidate dominates it, by the means.
    """

    seen: Searched
    estimates: tuple[Estimate, ...]
    best: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """Every configuration that can be on the front, in the order they were suggested.

    Only those of which every run is complete and carries every objective: a pruned or failed one is
    never among them.
    """
    wanted = objectives(evidence)
    found = []
    for seen in evidence.searched if wanted else ():
        runs = [
            [read(evidence.history, trial, o.name) for trial in seen.trials]
            for o in wanted
        ]
        if seen.state is State.COMPLETE and all(
            math.isfinite(v) for run in runs for v in run
        ):
            found.append(
                (seen, tuple(mean_interval(run, evidence.confidence) for run in runs))
            )
    chosen = front(
        [[e.mean for e in estimates] for _, estimates in found],
        [o.goal for o in wanted],
    )
    return [
        Candidate(seen, estimates, best)
        for (seen, estimates), best in zip(found, chosen, strict=True)
    ]


def objectives(evidence: Evidence) -> tuple[Objective, ...]:
    """What the search wanted at once; empty without several."""
    search = evidence.history.spec.search
    return () if search is None else search.objectives


def pareto_tables(evidence: Evidence) -> list[Table]:
    """The front, the best by the first objective first.

    No table without several objectives and a complete trial.
    """
    wanted, found = objectives(evidence), candidates(evidence)
    if not found:
        return []
    parameters = evidence.history.spec.parameters
    names = [
        name
        for name, parameter in parameters.items()
        if not isinstance(parameter.domain, Constant)
    ]
    columns = (
        Column("configuration", "Configuration", "left"),
        Column("trials", "Trials"),
        *(Column(o.name, f"{o.name} {arrow(o)}") for o in wanted),
        *(Column(f"config.{name}", name) for name in names),
        Column("epochs", "Epochs"),
        Column("seconds", "Time"),
    )
    sign = -1 if wanted[0].goal == "maximize" else 1
    best = sorted(
        (c for c in found if c.best), key=lambda c: sign * c.estimates[0].mean
    )
    rows = tuple(_row(candidate, names) for candidate in best)
    title = f"Pareto front: {' against '.join(o.name for o in wanted)}"
    return [Table("pareto", title, columns, rows, _notes(evidence, found).all())]


def arrow(objective: Objective) -> str:
    """`↑` where greater is better, `↓` where smaller is."""
    return "↑" if objective.goal == "maximize" else "↓"


def _row(candidate: Candidate, names: list[str]) -> tuple[Cell, ...]:
    seen = candidate.seen
    trials = tuple(trial.number for trial in seen.trials)
    epochs, seconds = (
        sum(values)
        for values in zip(
            *((t.epochs_trained, t.seconds) for t in seen.trials), strict=True
        )
    )
    return (
        Cell(seen.trials[0].label, {"": seen.trials[0].label}),
        Cell(", ".join(map(str, trials)), {"": trials[0]}, trials),
        *(_estimate(estimate, trials) for estimate in candidate.estimates),
        *(setting(seen.trials[0], name) for name in names),
        Cell(str(epochs), {"": epochs}, trials),
        Cell(numbers.duration(seconds), {"": seconds}, trials),
    )


def _estimate(estimate: Estimate, trials: tuple[int, ...]) -> Cell:
    values: dict[str, Value] = {
        "mean": estimate.mean,
        "sd": estimate.sd,
        "n": estimate.n,
    }
    return Cell(numbers.spread(estimate.mean, estimate.sd), values, trials)


def _notes(evidence: Evidence, found: list[Candidate]) -> Notes:
    spec, notes = evidence.history.spec, Notes()
    shown = sum(candidate.best for candidate in found)
    notes.add(
        f"{shown} of {len(found)} complete configurations: no other one is at least as"
        " good in every objective and better in one. What outdoes what goes by the"
        " means, however they spread"
    )
    states = Counter(seen.state for seen in evidence.searched)
    left_out = [
        f"{n} {state.value}"
        for state, n in states.items()
        if state is not State.COMPLETE
    ]
    without = states[State.COMPLETE] - len(found)
    left_out += [f"{without} without a value of every objective"] if without else []
    if left_out:
        notes.add(f"Configurations not compared: {', '.join(left_out)}")
    where = f"its {spec.read_at}"
    runs = 1 if spec.search is None else len(spec.search.pairs)
    mean = (
        f"Mean ± standard deviation over {runs} runs, each"
        if runs > 1
        else "One run each,"
    )
    notes.add(f"{mean} read at {where}")
    notes.add(
        f"The search's best configuration, and top_k, go by {spec.metric.name} alone"
    )
    notes.add(
        "The best of many is better by luck than it is: the values of a front are optimistic"
    )
    return notes
