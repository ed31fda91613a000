"""The Shapley tables: what each component adds over all orders, and the subsets behind it."""

from __future__ import annotations

from sweep.report import numbers
from sweep.report.caveats import incomplete
from sweep.report.columns.components import CHECK
from sweep.report.columns.verdict import TONES
from sweep.report.evidence import Evidence, arrow
from sweep.report.explanations import explain_reading, uncorrected_scope
from sweep.report.shapley_values import ShapleyValues, name_of, shapley_of
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.report.verdict_sentence import margin_text
from sweep.statistics.shapley import Share, members
from sweep.statistics.verdicts import Judgement


def shapley_tables(evidence: Evidence) -> list[Table]:
    """The values with their interactions, then every subset; no table without the design."""
    found = shapley_of(evidence)
    if found is None:
        return []
    subsets = _subsets(evidence, found)
    return [_values(evidence, found), subsets] if found.values else [subsets]


def _values(evidence: Evidence, found: ShapleyValues) -> Table:
    columns = (
        Column("component", "Component", "left"),
        Column("verdict", "Verdict", "left"),
        Column("value", f"Adds to {found.metric} [{evidence.confidence:.0%} CI]"),
        Column("kind", "Kind", "left", detail=True),
    )
    rows = []
    for share, verdict in zip(found.values, found.verdicts, strict=True):
        tone = _verdict(verdict, found.trials)
        rows.append(
            (_name(found, share), tone, _share(share, found.trials), _kind("component"))
        )
    total = Cell(
        numbers.change(found.total, float("nan"), float("nan")),
        {"": found.total},
        found.trials,
    )
    whole = "sum = full − baseline"
    rows.append((Cell(whole, {"": whole}), EMPTY, total, _kind("sum")))
    for share in found.interactions:
        cell = _share(share, found.trials)
        rows.append((_name(found, share), EMPTY, cell, _kind("interaction")))
    title = f"Shapley values: what each component adds to {found.metric}"
    return Table("shapley", title, columns, tuple(rows), _notes(evidence, found).all())


def _verdict(found: Judgement, trials: tuple[int, ...]) -> Cell:
    values: dict[str, Value] = {"": found.verdict.value, "words": found.words}
    return Cell(found.words, values, trials, tone=TONES[found.verdict])


def _name(found: ShapleyValues, share: Share) -> Cell:
    return Cell(name_of(found, share), {"": name_of(found, share)})


def _kind(word: str) -> Cell:
    return Cell(word, {"": word})


def _share(share: Share, trials: tuple[int, ...]) -> Cell:
    interval = share.interval
    values: dict[str, Value] = {
        "": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "sd": share.sd,
        "sampling_error": share.sampling_error,
        "n": len(share.per_seed),
    }
    text = numbers.change(interval.mean, interval.low, interval.high, share.sd)
    return Cell(text, values, trials)


def _notes(evidence: Evidence, found: ShapleyValues) -> Notes:
    """How the values were computed, what holds together, and what is left out."""
    notes, seeds = Notes(), len(found.seeds)
    notes.add(
        "A component's Shapley value is what it adds on average over all orders in which the "
        "components could have been added; the values add up to full minus baseline"
    )
    notes.add(
        f"One contrast a seed, Student's t over {seeds} seeds, Bonferroni over "
        f"{len(found.values)} components; assumes normal contrasts"
        + ("; the folds of a seed are averaged" if evidence.folds else "")
    )
    if found.interactions:
        notes.add(
            "An interaction (Grabisch & Roubens 1999) above 0: the two add more together than "
            f"apart; Bonferroni over {len(found.interactions)} interactions, a family of their own"
        )
    if found.permutations:
        notes.add(
            f"{found.permutations} orders were sampled, in pairs of an order and its reverse; what "
            "the draw adds to the error is in the intervals"
        )
    margin = margin_text(evidence.history)
    if margin:
        exact = ", taken as exact" if "%" in margin else ""
        notes.add(f"No difference: the interval lies within ±{margin}{exact}")
    explain_reading(evidence, found.metric, notes)
    notes.add(uncorrected_scope(evidence.history, [found.metric]))
    if found.left_out:
        left = ", ".join(map(str, found.left_out))
        notes.add(f"Left out, since a subset was not completed with them: seeds {left}")
    return notes


def _subsets(evidence: Evidence, found: ShapleyValues) -> Table:
    """Mean ± standard deviation of every subset that is trained."""
    metric = found.metric
    columns = [Column("subset", "Subset", "left", detail=True)]
    columns += [
        Column(f"component.{name}", name, "center") for name in found.components
    ]
    columns += [
        Column(metric, f"{metric} {arrow(evidence.history, metric)}"),
        Column("runs", "Runs"),
    ]
    rows = []
    for subset, arm in sorted(
        found.arms.items(), key=lambda each: (each[0].bit_count(), each[0])
    ):
        has = members(subset)
        marks = [
            Cell(CHECK if index in has else "", {"": index in has})
            for index in range(len(found.components))
        ]
        estimate, trials = evidence.estimate(arm.name, metric)
        mean = Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0})
        if estimate is not None:
            values: dict[str, Value] = {
                "mean": estimate.mean,
                "sd": estimate.sd,
                "n": estimate.n,
            }
            mean = Cell(numbers.spread(estimate.mean, estimate.sd), values, trials)
        done = len(evidence.runs(arm.name))
        rows.append(
            (
                Cell(arm.name, {"": arm.name}),
                *marks,
                mean,
                Cell(str(done), {"": done}, trials),
            )
        )
    notes = Notes()
    if found.problem:
        notes.add(f"No Shapley values: {found.problem}")
    names = {arm.name for arm in found.arms.values()}
    for caveat in incomplete(evidence):
        if caveat.arm in names:
            notes.add(caveat.text, caveat.trials)
    title = f"Subsets of components: mean ± standard deviation of {metric}"
    return Table("shapley_subsets", title, tuple(columns), tuple(rows), notes.all())
