"""The search table: the best configurations that the search found."""

from __future__ import annotations

from sweep.history.history import History
from sweep.model.parameters import Constant
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.final_choice import final_choice
from sweep.report.searched import read
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.search import joint_search
from sweep.spec.command import UNRANKED
from sweep.statistics.paired import mean_interval

ROWS = 10


def search_tables(evidence: Evidence) -> list[Table]:
    """The ten best configurations by the study's own metric, with every parameter that was
    searched.

    Only configurations whose trials all completed are ranked. Numbers on the test set are left out:
    choosing by them would spoil it. No table without a search.
    """
    history = evidence.history
    trials = history.stage("search")
    if not trials:
        return []
    metric = history.spec.metric
    tried = evidence.searched
    complete = [(seen.value, seen.trials) for seen in tried if seen.value is not None]
    ranked = sorted(complete, key=lambda entry: entry[0], reverse=metric.goal == "maximize")
    names = [
        name
        for name, parameter in history.spec.parameters.items()
        if not isinstance(parameter.domain, Constant)
    ]
    unranked = metric.name == UNRANKED
    judged = [] if unranked else [Column("rank", "Rank")]
    columns = [
        *judged,
        Column("trial", "Trial"),
        Column(metric.name, f"{metric.name} {arrow(history, metric.name)}"),
        *(Column(f"config.{name}", name) for name in names),
        Column("epochs", "Epochs"),
        Column("seconds", "Time"),
    ]
    rows = [
        _row(evidence, rank, group, names)[int(unranked) :]
        for rank, (_, group) in enumerate(ranked[:ROWS], start=1)
    ]
    notes = Notes()
    left_out = {s: sum(t.state is s for t in trials) for s in State if s is not State.COMPLETE}
    said = ", ".join(f"{n} {state.value}" for state, n in left_out.items() if n)
    if unranked:
        return [_unranked(columns, rows, len(ranked), said)]
    notes.add(
        f"{len(ranked)} configurations ranked" + (f"; trials not ranked: {said}" if said else "")
    )
    if left_out[State.PAUSED]:
        text = "Paused trials wait at a rung and are no results: `--extend` with more trials may"
        notes.add(f"{text} promote them")
    for earlier in history.warm_starts:
        count = len(earlier.observations)
        notes.add(
            f"The search was warm-started from {earlier.study}: "
            f"it knew {count} configurations beforehand"
        )
    given_up = [seen.trials for seen in tried if any(trial.given_up for trial in seen.trials)]
    if given_up:
        labels = ", ".join(runs[0].label for runs in given_up)
        behind = tuple(trial.number for runs in given_up for trial in runs)
        wanted_runs = len(history.spec.search.pairs) if history.spec.search is not None else 0
        spared = sum(wanted_runs - len(runs) for runs in given_up)
        text = (
            f"Given up before all of their runs, as worse than the best on the same ones: {labels}"
        )
        notes.add(f"{text}; {spared} runs were not started", behind)
    notes.add(
        "Selection bias: the best of many looks better than it is, so that its value here is "
        f"optimistic; {_confirmation(history)}"
    )
    if joint_search.is_joint(history.spec):
        notes.add("Ranked by this task alone; the search chose by all: see the search over tasks")
    choice = final_choice(evidence, ranked)
    if choice is not None:
        notes.add(*choice)
    if wanted := history.spec.search.objectives if history.spec.search is not None else ():
        those = ", ".join(objective.name for objective in wanted)
        notes.add(
            f"Ranked by {metric.name} alone; the best compromises between {those} are in the Pareto table"
        )
    title = f"Search: the best {min(ROWS, len(ranked))} of {len(ranked)} configurations"
    return [Table("search", title, tuple(columns), tuple(rows), notes.all())]


def _confirmation(history: History) -> str:
    """Whether other runs than those of the search say how good its best are."""
    spec, runs = history.spec, history.stage("ablation")
    if spec.search is None or spec.ablation is None or not runs:
        return "no fresh run confirms it"
    shared = sorted(set(spec.search.seeds) & set(spec.ablation.seeds))
    taken = sum(trial.reused for trial in runs)
    if shared:
        return f"the ablation's runs share seeds {shared} with the search, and are not fresh"
    if taken:
        return f"the ablation's runs are fresh but for {taken} that were reused"
    return "the ablation's runs are fresh"


def _unranked(
    columns: list[Column], rows: list[tuple[Cell, ...]], complete: int, others: str
) -> Table:
    """The configurations of a study that names no metric, in the order they were tried."""
    notes = Notes()
    notes.add("The study names no metric: nothing is ranked, and nothing is said to be best")
    if others:
        notes.add(f"Trials without a result: {others}")
    title = f"Search: the first {len(rows)} of {complete} configurations, not ranked"
    return Table("search", title, tuple(columns), tuple(rows), notes.all())


def _row(
    evidence: Evidence, rank: int, group: tuple[Trial, ...], names: list[str]
) -> tuple[Cell, ...]:
    trials = tuple(trial.number for trial in group)
    estimate = mean_interval(
        [read(evidence.history, t, evidence.history.spec.metric.name) for t in group],
        evidence.confidence,
    )
    epochs = sum(trial.epochs_trained for trial in group)
    seconds = sum(trial.seconds for trial in group)
    values: dict[str, Value] = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
    return (
        Cell(str(rank), {"": rank}),
        Cell(", ".join(map(str, trials)), {"": trials[0]}),
        Cell(numbers.spread(estimate.mean, estimate.sd), values, trials),
        *(setting(group[0], name) for name in names),
        Cell(str(epochs), {"": epochs}, trials),
        Cell(numbers.duration(seconds), {"": seconds}, trials),
    )


def setting(trial: Trial, name: str) -> Cell:
    """A trial's value of a parameter; empty where the parameter does not exist in it."""
    if name not in trial.config:
        return EMPTY
    value = trial.config[name]
    if isinstance(value, float):
        return Cell(numbers.plain(value), {"": value})
    return Cell(
        str(value), {"": value if isinstance(value, int | str | bool | None) else str(value)}
    )
