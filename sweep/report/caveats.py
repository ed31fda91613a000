"""What a reader must know before trusting a row: one function per kind of caveat.

Each function yields caveats that name the trials. A caveat with an arm marks that arm's row; one
without an arm concerns the whole table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from sweep.history.history import History
from sweep.model.equality import same
from sweep.model.trial import State
from sweep.provenance.environment import IDLE
from sweep.report import no_evidence, origins
from sweep.report.caveat import Caveat, merged
from sweep.report.evidence import Evidence
from sweep.report.frames import MISSING
from sweep.report.numbers import trial_list, value_text
from sweep.statistics.paired import FEWEST_PAIRS


def all_caveats(evidence: Evidence) -> list[Caveat]:
    """Every caveat, those about single arms first."""
    checks = (
        incomplete,
        unreported,
        budgets,
        precisions,
        unconverged,
        mixed_environments,
        notices,
        filled_from_search,
        *origins.CHECKS,
        *no_evidence.CHECKS,
        selection,
        selecting_metrics,
        few_seeds,
    )
    caveats: list[Caveat] = []
    for check in checks:
        caveats += check(evidence)
    shown = [c for c in caveats if c.arm is None or c.arm in evidence.arms]
    return sorted(
        merged(shown, list(evidence.arms)), key=lambda caveat: caveat.arm is None
    )


def incomplete(evidence: Evidence) -> Iterator[Caveat]:
    """Seeds and folds without a complete trial: missing, failed, pruned or still running."""
    for arm, rows in evidence.results.groupby("arm", sort=False):
        bad = rows[rows["state"] != State.COMPLETE.value]
        if bad.empty:
            continue
        done = len(rows) - len(bad)
        reasons = [_why(row) for row in bad.to_dict("records")]
        trials = tuple(int(t) for t in bad["trial"].dropna())
        yield Caveat(
            str(arm),
            f"{arm}: {done} of {len(rows)} runs; left out: {'; '.join(reasons)}",
            trials,
            "runs are missing or did not complete ({trials}), and are left out",
        )


def unreported(evidence: Evidence) -> Iterator[Caveat]:
    """Complete trials without a value of a shown metric at their selected epoch."""
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        for metric in evidence.metrics:
            absent = rows[rows[metric].isna()]
            if len(absent):
                trials = _numbers(absent["trial"])
                yield Caveat(
                    arm,
                    f"{arm}: {metric} was not reported at the selected epoch by"
                    f" {trial_list(trials)}",
                    trials,
                    f"{metric} was not reported at the selected epoch by {{trials}}",
                )
        unselected = evidence.results[
            (evidence.results["arm"] == arm)
            & (evidence.results["state"] == State.COMPLETE.value)
            & evidence.results["selected"].isna()
        ]
        if len(unselected):
            trials = _numbers(unselected["trial"])
            selecting_metric = evidence.history.spec.selector.name
            yield Caveat(
                arm,
                f"{arm}: {trial_list(trials)} never reported a finite {selecting_metric}, and is"
                " left out",
                trials,
                f"{{trials}} never reported a finite {selecting_metric}, and are left out",
            )


def budgets(evidence: Evidence) -> Iterator[Caveat]:
    """Arms trained for different numbers of epochs."""
    epochs_of_arm: dict[str, object] = {}
    for arm in evidence.arms:
        column = "budget" if evidence.results["budget"].notna().any() else "epochs"
        values = (
            evidence.results.loc[evidence.results["arm"] == arm, column]
            .dropna()
            .unique()
        )
        if len(values):
            epochs_of_arm[arm] = ", ".join(str(int(v)) for v in sorted(values))
    for arm, value, usual in _minority(epochs_of_arm):
        trials = _numbers(evidence.runs(arm)["trial"])
        yield Caveat(
            arm, f"{arm}: {value} epochs, most arms {usual}: compare with care", trials
        )


def precisions(evidence: Evidence) -> Iterator[Caveat]:
    """Arms computed in different precisions, where the configuration names one."""
    precision_of_arm = {
        arm.name: arm.config["precision"]
        for arm in evidence.arms.values()
        if "precision" in arm.config
    }
    for arm, value, usual in _minority(precision_of_arm):
        yield Caveat(
            arm,
            f"{arm}: computed in {value}, most arms in {usual}",
            _numbers(evidence.runs(arm)["trial"]),
        )


def unconverged(evidence: Evidence) -> Iterator[Caveat]:
    """Runs that were still improving when their budget ended.

    Their best epoch is the last epoch of the full budget.
    """
    if evidence.history.spec.report.select != "best":
        return
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        full = rows["budget"].isna() | (rows["epochs"] >= rows["budget"])
        improving = rows[
            full.fillna(value=True)
            & (rows["selected"] == rows["last"])
            & (rows["epochs"] > 2)
        ]
        if len(improving):
            trials = _numbers(improving["trial"])
            selecting_metric = evidence.history.spec.selector.name
            text = (
                f"{selecting_metric} was still improving at the last epoch of {{trials}}; more"
                " epochs may help"
            )
            yield Caveat(
                arm,
                f"{arm}: {text.replace('{trials}', trial_list(trials))}",
                trials,
                text,
            )


def mixed_environments(evidence: Evidence) -> Iterator[Caveat]:
    """Rows whose trials ran in another environment than most trials of the table.

    An environment is the code, data, device and library versions.
    """
    history = evidence.history
    trials = sorted({int(t) for t in evidence.complete["trial"]})
    for key in environment_keys(history):
        value_of = {
            t: " then ".join(v)
            for t in trials
            if (v := environment_values(history, t, key))
        }
        counts = Counter(value_of.values())
        if len(counts) < 2:
            continue
        usual, _ = counts.most_common(1)[0]
        for arm in evidence.arms:
            groups: dict[str, list[int]] = defaultdict(list)
            for trial in _numbers(evidence.runs(arm)["trial"]):
                if value_of.get(trial, usual) != usual:
                    groups[value_of[trial]].append(trial)
            for value, odd in groups.items():
                template = (
                    f"{{trials}} ran with {key} {value}, most trials with {usual}"
                )
                text = template.replace("{trials}", trial_list(odd))
                yield Caveat(arm, f"{arm}: {text}", tuple(odd), template)


def notices(evidence: Evidence) -> Iterator[Caveat]:
    """Notices that the run itself left for a reader, such as a damaged checkpoint."""
    for notice in evidence.history.notices:
        if notice.rule is not None or not notice.caveat:
            continue  # in the health table, or without effect on the numbers
        if notice.trial is None:
            yield Caveat(None, notice.message, ())
        else:
            yield Caveat(
                None, f"trial {notice.trial}: {notice.message}", (notice.trial,)
            )


def filled_from_search(evidence: Evidence) -> Iterator[Caveat]:
    """Parameters that no arm sets and the search filled in."""
    filled: dict[str, dict[str, object]] = defaultdict(dict)
    for arm in evidence.arms.values():
        for name in arm.filled:
            filled[name][arm.name] = arm.config[name]
    for name, values in filled.items():
        distinct = list(dict.fromkeys(map(str, values.values())))
        text = (
            distinct[0] if len(distinct) == 1 else "different values for different arms"
        )
        yield Caveat(None, f"{name} was filled in from the search: {text}")
    yield from _confounded(evidence)


def _confounded(evidence: Evidence) -> Iterator[Caveat]:
    """Arms that also differ from their reference in a value that the search filled in."""
    for arm in evidence.arms.values():
        reference = evidence.arms.get(arm.reference or "")
        if reference is None:
            continue
        for name in arm.filled:
            ours, theirs = arm.config[name], reference.config.get(name)
            if name not in reference.config or same(ours, theirs):
                continue
            value = value_text(ours)
            other = value_text(theirs)
            text = (
                f"{arm.name}: the search also gave it {name} {value}, and {reference.name} "
                f"{other}: the difference may come from that alone (`role: nuisance` gives all "
                f"arms one value)"
            )
            yield Caveat(arm.name, text)


def selection(evidence: Evidence) -> Iterator[Caveat]:
    """Which epoch the numbers are read at, and which metric selected it."""
    spec = evidence.history.spec
    if not evidence.arms:
        return
    yield Caveat(None, f"Values are those of each run's {spec.read_at}")
    if spec.report.select == "last":
        return
    if spec.metric.name.startswith("test"):
        yield Caveat(
            None,
            f"{spec.metric.name} chose the configurations and the epochs: numbers on"
            " the test set are optimistic",
        )


def selecting_metrics(
    evidence: Evidence, metrics: Sequence[str] | None = None
) -> Iterator[Caveat]:
    """Shown metrics that also selected the epoch they are read at.

    `metrics` are the shown ones, by default the evidence's.
    """
    spec = evidence.history.spec
    shown = evidence.metrics if metrics is None else metrics
    if spec.report.select == "last" or spec.selector.name not in shown:
        return
    trials = _numbers(evidence.complete["trial"])
    if not any(len(evidence.history.trials[number].reports) > 1 for number in trials):
        return
    name = spec.selector.name
    yield Caveat(
        None,
        f"Selection bias: {name} is shown and also chose each run's epoch. The best of many epochs "
        "looks better than it is, and more so for an arm with a noisier curve: equal arms can "
        "differ, with a small p. Unbiased: report.select: last, report.select_by: another metric, "
        "or a metric on test data",
    )


def few_seeds(evidence: Evidence) -> Iterator[Caveat]:
    """Too few seeds (or folds) for any test."""
    planned = _planned_pairs(evidence)
    if planned is not None and planned < FEWEST_PAIRS:
        unit = "fold" if evidence.folds else "seed"
        yield Caveat(
            None,
            f"{planned} {unit}{'s' if planned != 1 else ''}: no test and no interval of"
            f" the change; at least {FEWEST_PAIRS} are needed, and nothing is bold",
        )


# --------------------------------------------------------------------------- pieces


def _planned_pairs(evidence: Evidence) -> int | None:
    """The number of seeds (or folds) that are paired; None without arms."""
    ablation = evidence.history.spec.ablation
    if ablation is None or not evidence.arms:
        return None
    return ablation.folds if ablation.folds else len(ablation.seeds)


def _minority(value_of_arm: dict[str, object]) -> Iterator[tuple[str, object, object]]:
    """(arm, its value, the usual value) of every arm that differs from most.

    In a tie the value that comes first is the usual one.
    """
    if len(set(map(str, value_of_arm.values()))) < 2:
        return
    usual = Counter(map(str, value_of_arm.values())).most_common(1)[0][0]
    for arm, value in value_of_arm.items():
        if str(value) != usual:
            yield arm, value, usual


def environment_keys(history: History) -> list[str]:
    """What sessions recorded that results may depend on: code, data, device and libraries."""
    keys: dict[str, None] = {}
    for session in history.sessions:
        keys |= dict.fromkeys(session.environment)
    return [key for key in keys if key not in IDLE]


def environment_values(history: History, trial: int, key: str) -> list[str]:
    """The values of one of these in the sessions that ran a trial, each once."""
    sessions = history.sessions_of(trial)
    return list(
        dict.fromkeys(s.environment[key] for s in sessions if key in s.environment)
    )


def _why(row: Mapping[Hashable, Any]) -> str:
    """Why a row of `results_frame` was left out: `trial 7 (seed 2) failed (loss became NaN)`."""
    run = f"seed {row['seed']}" + (
        "" if pd.isna(row["fold"]) else f", fold {row['fold']}"
    )
    if row["state"] == MISSING:
        return f"{run} has no trial"
    outcome = (
        "has not finished" if row["state"] == State.RUNNING.value else row["state"]
    )
    return f"trial {row['trial']} ({run}) {outcome}" + (
        f" ({row['reason']})" if row["reason"] else ""
    )


def _numbers(column: Iterable[object]) -> tuple[int, ...]:
    """The numbers of a column in ascending order."""
    return tuple(sorted(int(value) for value in column))  # type: ignore[call-overload]
