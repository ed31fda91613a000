"""The search table: the best configurations that the search found."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from sweep.history.history import History
from sweep.model.search_space import searched
from sweep.model.smoothing import WINDOW
from sweep.model.trial import State, Trial
from sweep.report import numbers
from sweep.report.evidence import Evidence, arrow
from sweep.report.final_choice import final_choice
from sweep.report.population_table import population_tables
from sweep.report.search_caveats import note_caveats
from sweep.report.searched import read
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.search import joint_search, population
from sweep.search.range_ends import range_ends
from sweep.spec.command import UNRANKED
from sweep.statistics.paired import mean_interval

ROWS = 10
# the value of a configuration, and its trials
Ranked = list[tuple[float, tuple[Trial, ...]]]


def search_tables(evidence: Evidence) -> list[Table]:
    """The ten best configurations by the study's own metric, with all searched parameters.

    For a population it has the members instead, the schedule and the copies
    (`sweep.report.population_table`). Only configurations whose trials all completed are ranked.
    Metrics on the test set are left out, as selecting by them would bias them. No table without a
    search.
    """
    history = evidence.history
    if not history.stage("search"):
        return []
    if population.section(history.spec) is not None:
        return population_tables(evidence)
    metric = history.spec.metric
    names = searched(history.spec.parameters)
    ranked = _ranked(evidence)
    unranked = metric.name == UNRANKED
    columns = _columns(history, names, ranks=not unranked)
    rows = [
        _row(evidence, rank, group, names)[int(unranked) :]
        for rank, (_, group) in enumerate(ranked[:ROWS], start=1)
    ]
    if unranked:
        return [_unranked(evidence, columns, rows, len(ranked))]
    title = f"Search: the best {min(ROWS, len(ranked))} of {len(ranked)} configurations"
    notes = _notes(evidence, ranked)
    return [Table("search", title, tuple(columns), tuple(rows), notes.all())]


def _ranked(evidence: Evidence) -> Ranked:
    """The value of each complete configuration and its trials, the best first."""
    complete = [
        (configuration.value, configuration.trials)
        for configuration in evidence.searched
        if configuration.value is not None
    ]
    goal = evidence.history.spec.metric.goal
    return sorted(complete, key=lambda entry: entry[0], reverse=goal == "maximize")


def _columns(history: History, names: list[str], *, ranks: bool) -> list[Column]:
    """The columns; `ranks`: whether configurations have a rank."""
    metric = history.spec.metric.name
    columns = [Column("rank", "Rank")] if ranks else []
    columns.append(Column("trial", "Trial"))
    columns.append(Column(metric, f"{metric} {arrow(history, metric)}"))
    columns += [Column(f"config.{name}", name) for name in names]
    columns.append(Column("epochs", "Epochs"))
    columns.append(Column("seconds", "Time"))
    return columns


def _left_out(history: History) -> str:
    """The number of trials without a result, by state: `10 pruned, 1 failed`."""
    counts = Counter(trial.state for trial in history.stage("search"))
    del counts[State.COMPLETE]
    present = [state for state in State if counts[state]]
    return ", ".join(f"{counts[state]} {state.value}" for state in present)


def _notes(evidence: Evidence, ranked: Ranked) -> Notes:
    """What a reader must know about the ranking."""
    history, notes = evidence.history, Notes()
    left_out = _left_out(history)
    not_ranked = f"; trials not ranked: {left_out}" if left_out else ""
    notes.add(f"{len(ranked)} configurations ranked{not_ranked}")
    if any(trial.state is State.PAUSED for trial in history.stage("search")):
        notes.add(
            "Paused trials wait at a rung and have no result; `--extend` with more trials may"
            " promote them"
        )
    note_caveats(evidence, notes)
    for earlier in history.warm_starts:
        count = len(earlier.observations)
        notes.add(
            f"The search was warm-started from {earlier.study}, with {count} earlier"
            " configurations"
        )
    _note_reused(history, notes)
    _note_given_up(evidence, notes)
    notes.add(
        "Selection bias: the best of many looks better than it is, so that its value here is "
        f"optimistic; {_confirmation(history)}"
    )
    if not joint_search.is_joint(history.spec):
        for end in range_ends(history, evidence.searched):
            notes.add(end.sentence)
    else:
        notes.add(
            "Ranked by this task only; the search chose by all tasks: see the "
            "table of the search over tasks"
        )
    _note_smoothing(history, notes)
    choice = final_choice(evidence, ranked)
    if choice is not None:
        notes.add(*choice)
    search = history.spec.search
    if search is not None and search.objectives:
        objectives = ", ".join(objective.name for objective in search.objectives)
        notes.add(
            f"Ranked by {history.spec.metric.name} alone; the best compromises between "
            f"{objectives} are in the Pareto table"
        )
    return notes


def _note_smoothing(history: History, notes: Notes) -> None:
    """Say that a mean of epochs ranks, and that the metric is shown at a single one."""
    shown = history.spec.report
    if shown.select == "smoothed" and shown.select_by is None:
        notes.explain(
            f"Ranked by the best mean of {WINDOW} epochs in a row, which `sweep status` shows; "
            f"{history.spec.metric.name} here is that of the last of these epochs"
        )


def _note_reused(history: History, notes: Notes) -> None:
    """Add the trials that another study trained."""
    by_study: dict[str, list[int]] = {}
    for trial in history.stage("search"):
        if trial.reused:
            study = trial.attributes["reused"]["study"]
            by_study.setdefault(study, []).append(trial.number)
    for study, trials in by_study.items():
        text = f"{numbers.trial_list(trials)} reused from study {study}"
        notes.add(f"{text}, and not trained here", trials)


def _note_given_up(evidence: Evidence, notes: Notes) -> None:
    """Add the configurations that were given up between their runs."""
    given_up = [
        configuration.trials
        for configuration in evidence.searched
        if any(trial.given_up for trial in configuration.trials)
    ]
    if not given_up:
        return
    labels = ", ".join(runs[0].label for runs in given_up)
    trials = [trial.number for trial in chain.from_iterable(given_up)]
    search = evidence.history.spec.search
    planned_runs = 0 if search is None else len(search.pairs)
    saved_runs = sum(planned_runs - len(runs) for runs in given_up)
    text = (
        f"Given up before all runs, as worse than the best on the same runs: {labels}"
    )
    notes.add(f"{text}; {saved_runs} runs were not started", trials)


def _confirmation(history: History) -> str:
    """Whether runs other than those of the search confirm its best configurations."""
    spec, runs = history.spec, history.stage("ablation")
    if spec.search is None or spec.ablation is None or not runs:
        return "no fresh run confirms it"
    shared = sorted(set(spec.search.seeds) & set(spec.ablation.seeds))
    reused = sum(trial.reused for trial in runs)
    if shared:
        return f"the ablation's runs share seeds {shared} with the search, and are not fresh"
    if reused:
        return f"the ablation's runs are fresh, except {reused} reused ones"
    return "the ablation's runs are fresh"


def _unranked(
    evidence: Evidence,
    columns: list[Column],
    rows: list[tuple[Cell, ...]],
    complete: int,
) -> Table:
    """The configurations of a study that names no metric, in the order they were tried."""
    notes = Notes()
    notes.add("The study names no metric, so that configurations are not ranked")
    others = _left_out(evidence.history)
    if others:
        notes.add(f"Trials without a result: {others}")
    note_caveats(evidence, notes)
    title = f"Search: the first {len(rows)} of {complete} configurations, not ranked"
    return Table("search", title, tuple(columns), tuple(rows), notes.all())


def _row(
    evidence: Evidence, rank: int, group: tuple[Trial, ...], names: list[str]
) -> tuple[Cell, ...]:
    """The row of one configuration, whose trials are `group`."""
    trials = tuple(trial.number for trial in group)
    metric = evidence.history.spec.metric.name
    results = [read(evidence.history, trial, metric) for trial in group]
    estimate = mean_interval(results, evidence.confidence)
    epochs = sum(trial.epochs_trained for trial in group)
    seconds = sum(trial.seconds for trial in group)
    values: dict[str, Value] = {
        "mean": estimate.mean,
        "sd": estimate.sd,
        "n": estimate.n,
    }
    return (
        Cell(str(rank), {"": rank}),
        Cell(", ".join(map(str, trials)), {"": trials[0]}),
        Cell(numbers.spread(estimate.mean, estimate.sd), values, trials),
        *(setting(group[0], name) for name in names),
        Cell(str(epochs), {"": epochs}, trials),
        Cell(numbers.duration(seconds), {"": seconds}, trials),
    )


def setting(trial: Trial, name: str) -> Cell:
    """A trial's value of a parameter; empty where the trial does not have the parameter."""
    if name not in trial.config:
        return EMPTY
    value = trial.config[name]
    text = numbers.value_text(value)
    if isinstance(value, float | int | str | bool | None):
        return Cell(text, {"": value})
    return Cell(text, {"": text})
