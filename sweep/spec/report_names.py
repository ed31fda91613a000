"""Checks of `report.names` and `report.precision` against what the tables will show."""

from __future__ import annotations

from collections.abc import Iterable

from sweep.errors import one_of
from sweep.model.parameters import Parameters
from sweep.spec.arms import DeclaredArm, best_name
from sweep.spec.messages import AddViolation
from sweep.spec.schema import StudyFile
from sweep.trainer import TrainerRef


def check(
    file: StudyFile,
    parameters: Parameters,
    arms: Iterable[DeclaredArm],
    ref: TrainerRef | None,
    add_violation: AddViolation,
) -> None:
    """Report names that no table shows, and texts that name two things."""
    report = file.report
    metrics = _metrics(file, ref)
    if isinstance(report.precision, dict):
        for name in report.precision:
            if name not in metrics:
                problem = f"no table shows a metric {name!r}"
                add_violation(
                    ("report", "precision", name), problem, one_of(metrics, name)
                )
    shown = [*metrics, *_of_arms(file, arms), *parameters]
    for name, text in report.names.items():
        path = ("report", "names", name)
        if name not in shown:
            problem = f"no table shows {name!r}"
            add_violation(path, problem, one_of(dict.fromkeys(shown), name))
        same_text = [
            other
            for other in report.names
            if report.names[other] == text and other != name
        ]
        if same_text:
            problem = f"{text!r} is also the name of {same_text[0]!r}"
            add_violation(
                path, problem, "another name: a table would show the same twice"
            )


def _metrics(file: StudyFile, ref: TrainerRef | None) -> list[str]:
    """Metrics that the file names or the trainer declares."""
    named = [file.metric.name, *file.report.metrics, *file.report.compare]
    if file.report.select_by is not None:
        named.append(file.report.select_by.name)
    if file.search is not None:
        named += [objective.name for objective in file.search.objectives]
    named += () if ref is None else ref.metrics or ()
    return list(dict.fromkeys(named))


def _of_arms(file: StudyFile, arms: Iterable[DeclaredArm]) -> list[str]:
    """Arms, and components, which have their own columns."""
    if file.ablation is None:
        return []
    names = [arm.name for arm in arms]
    designs = file.ablation.designs
    names += [best_name(rank) for rank in range(1, (designs.top_k or 0) + 1)]
    return names + [name.removeprefix("+").strip() for name in designs.ladder]
