"""The ablation table: one row an arm."""

from __future__ import annotations

from collections.abc import Sequence

from sweep.model.arm import Arm
from sweep.report import numbers
from sweep.report.caveats import all_caveats
from sweep.report.evidence import Comparison, Evidence, arrow
from sweep.report.explanations import explain_changes
from sweep.report.table import EMPTY, Cell, Column, Notes, Table, Value
from sweep.statistics.paired import Change

Columns = tuple[list[Column], list[list[Cell]]]  # columns, and for each row their cells

CHECK = "✓"


def ablation_tables(evidence: Evidence) -> list[Table]:
    """Components, metrics, change against the reference and the step before, test, runs and cost of
    every arm.

    Arms are compared on the first of the evidence's metrics; the change in the others is in the
    machine formats. No table without arms.
    """
    if not evidence.arms:
        return []
    notes = Notes()
    marks: dict[str, list[str]] = {arm: [] for arm in evidence.arms}
    for caveat in all_caveats(evidence):
        if caveat.arm is None:
            notes.add(caveat.text, caveat.trials)
        else:
            marks[caveat.arm].append(notes.mark(caveat.text, caveat.trials))
    columns: list[Column] = [Column("arm", "Arm", "left")]
    cells: list[list[Cell]] = [
        [Cell(arm.name, {"": arm.name}, marks=tuple(marks[arm.name]))]
        for arm in evidence.arms.values()
    ]
    for extra_columns, extra_cells in (
        _component_columns(evidence),
        _design_columns(evidence),
        _metric_columns(evidence),
        _change_columns(evidence, notes),
        _step_column(evidence),
        _tuned_columns(evidence),
        _cost_columns(evidence),
    ):
        columns += extra_columns
        for row, extra in zip(cells, extra_cells, strict=True):
            row += extra
    return [
        Table("ablation", _title(evidence), tuple(columns), tuple(map(tuple, cells)), notes.all())
    ]


def components(arms: Sequence[Arm]) -> dict[str, dict[str, object]]:
    """Component → the settings that switch it on: what each rung of the ladder changes in the rung before."""
    by_name = {arm.name: arm for arm in arms}
    found: dict[str, dict[str, object]] = {}
    for arm in arms:
        if arm.design == "ladder":
            before = by_name[arm.previous or "baseline"].config
            missing = object()
            changed = {k: v for k, v in arm.config.items() if before.get(k, missing) != v}
            found[arm.name.removeprefix("+").strip()] = changed
    return found


def _component_columns(evidence: Evidence) -> Columns:
    """One column per rung: a rung has its own and all before it, another arm those whose settings it has."""
    arms = list(evidence.arms.values())
    found = components(arms)
    rungs = [arm.name for arm in arms if arm.design == "ladder"]
    columns = [Column(f"component.{name}", name, "center") for name in found]
    cells = []
    for arm in arms:
        row = []
        for position, settings in enumerate(found.values()):
            if arm.design == "ladder":
                on = position <= rungs.index(arm.name)
            else:
                on = bool(settings) and all(
                    k in arm.config and arm.config[k] == v for k, v in settings.items()
                )
            row.append(Cell(CHECK if on else "", {"": on}))
        cells.append(row)
    return columns, cells


def _design_columns(evidence: Evidence) -> Columns:
    """Which design an arm is from and what it is compared with; shown when there is more than one reference."""
    references = {_reference(arm) for arm in evidence.arms.values()} - {None}
    columns = [
        Column("design", "Design", "left", detail=True),
        Column("reference", "Against", "left", detail=len(references) < 2),
    ]
    cells = []
    for arm in evidence.arms.values():
        reference = _reference(arm)
        against = EMPTY if reference is None else Cell(reference, {"": reference})
        cells.append([Cell(arm.design, {"": arm.design}), against])
    return columns, cells


def _metric_columns(evidence: Evidence) -> Columns:
    """Mean ± standard deviation over an arm's runs."""
    columns = [
        Column(metric, f"{metric} {arrow(evidence.history, metric)}") for metric in evidence.metrics
    ]
    best = {metric: evidence.best(metric) for metric in evidence.metrics}
    cells = []
    for arm in evidence.arms:
        row = []
        for metric in evidence.metrics:
            estimate, trials = evidence.estimate(arm, metric)
            if estimate is None:
                row.append(Cell(numbers.MISSING, {"mean": None, "sd": None, "n": 0}))
                continue
            values: dict[str, Value] = {"mean": estimate.mean, "sd": estimate.sd, "n": estimate.n}
            if evidence.folds is None:
                # folds share training data: their runs give no interval of the mean
                values |= {"low": estimate.low, "high": estimate.high}
            text = numbers.spread(estimate.mean, estimate.sd)
            row.append(Cell(text, values, trials, bold=arm in best[metric]))
        cells.append(row)
    return columns, cells


def _change_columns(evidence: Evidence, notes: Notes) -> Columns:
    """Change against the reference with interval and adjusted p, shown for the first metric, in detail for all."""
    columns: list[Column] = []
    cells: list[list[Cell]] = [[] for _ in evidence.arms]
    for position, metric in enumerate(evidence.metrics):
        detail = position > 0
        columns += [
            Column(f"{metric}.change", f"Δ {metric} [{evidence.confidence:.0%} CI]", detail=detail),
            Column(f"{metric}.p", "p (Holm)", detail=detail),
        ]
        family = _family(evidence, metric)
        for row, arm in zip(cells, evidence.arms, strict=True):
            row += _change_cells(family.get(arm))
        if not detail:
            explain_changes(evidence, family, notes)
    return columns, cells


def _family(evidence: Evidence, metric: str) -> dict[str, Comparison]:
    """Arm → its comparison with its reference, p-values adjusted over all of them."""
    pairs = [
        (arm.name, reference)
        for arm in evidence.arms.values()
        if (reference := _reference(arm)) is not None
    ]
    compared = evidence.family(
        [evidence.compare(arm, reference, metric) for arm, reference in pairs]
    )
    return {c.arm: c for c in compared}


def _change_cells(comparison: Comparison | None) -> list[Cell]:
    if comparison is None:
        return [EMPTY, EMPTY]
    if comparison.same:
        return [Cell(f"= {comparison.reference}"), EMPTY]
    change = comparison.change
    if change is None:
        return [Cell(numbers.MISSING), Cell(numbers.MISSING)]
    text = numbers.change(change.mean, change.low, change.high, change.sd)
    test: dict[str, Value] = {
        "adjusted": comparison.adjusted_p,
        "raw": change.p,
        "method": change.method,
    }
    p_cell = Cell(numbers.p_value(comparison.adjusted_p), test, comparison.trials)
    return [Cell(text, _change_values(change), comparison.trials), p_cell]


def _change_values(change: Change) -> dict[str, Value]:
    return {
        "mean": change.mean,
        "sd": change.sd,
        "n": change.n,
        "low": change.low,
        "high": change.high,
        "effect_size": change.effect_size,
    }


def _step_column(evidence: Evidence) -> Columns:
    """Change against the rung before, or a path's step before, where there is more than one."""
    metric = evidence.metrics[0]
    stepped = [arm for arm in evidence.arms.values() if arm.previous]
    if len(stepped) < 2:
        return [], [[] for _ in evidence.arms]
    cells = []
    for arm in evidence.arms.values():
        if not arm.previous:
            cells.append([EMPTY])
            continue
        comparison = evidence.compare(arm.name, arm.previous, metric)
        if comparison.change is None:
            cells.append([Cell(f"= {arm.previous}" if comparison.same else numbers.MISSING)])
            continue
        change = comparison.change
        text = numbers.change(change.mean, change.low, change.high, change.sd)
        cells.append([Cell(text, _change_values(change), comparison.trials)])
    return [Column(f"{metric}.step", "Δ to step before")], cells


def _tuned_columns(evidence: Evidence) -> Columns:
    """What each arm's own retuning found, for the machine formats; a note under the table says it in words."""
    names = dict.fromkeys(name for arm in evidence.arms.values() for name in arm.tuned or {})
    columns = [Column(f"tuned.{name}", f"{name} (retuned)", detail=True) for name in names]
    cells = []
    for arm in evidence.arms.values():
        values = arm.tuned or {}
        cells.append([_tuned_cell(values[name]) if name in values else EMPTY for name in names])
    return columns, cells


def _tuned_cell(value: object) -> Cell:
    plain = value if isinstance(value, int | float | str | bool) else str(value)
    return Cell(numbers.plain(value) if isinstance(value, float) else str(value), {"": plain})


def _cost_columns(evidence: Evidence) -> Columns:
    """How many runs stand behind a row, their epochs, and the worker time of one run."""
    planned = evidence.results.groupby("arm", sort=False).size()
    cells = []
    for arm in evidence.arms:
        rows = evidence.runs(arm)
        n, of = len(rows), int(planned.get(arm, 0))
        trials = tuple(sorted(int(t) for t in rows["trial"]))
        runs = Cell(str(n) if n == of else f"{n} of {of}", {"": n, "planned": of}, trials)
        if not n:
            cells.append([runs, Cell(numbers.MISSING), Cell(numbers.MISSING)])
            continue
        epochs, seconds = float(rows["epochs"].mean()), float(rows["seconds"].mean())
        cells.append(
            [
                runs,
                Cell(f"{epochs:.4g}", {"": epochs}, trials),
                Cell(
                    numbers.duration(seconds),
                    {"": seconds, "total": float(rows["seconds"].sum())},
                    trials,
                ),
            ]
        )
    unit = "Runs" if evidence.folds else "Seeds"
    return [
        Column("runs", unit),
        Column("epochs", "Epochs"),
        Column("seconds", "Time a run"),
    ], cells


def _reference(arm: Arm) -> str | None:
    return arm.reference if arm.reference and arm.reference != arm.name else None


def _title(evidence: Evidence) -> str:
    ablation = evidence.history.spec.ablation
    if ablation is None:
        return "Ablation"
    seeds = len(ablation.seeds)
    over = f"{seeds} seed{'s' if seeds != 1 else ''}" + (
        f" × {ablation.folds} folds" if ablation.folds else ""
    )
    return f"Ablation of {evidence.history.spec.name}: mean ± standard deviation over {over}"
