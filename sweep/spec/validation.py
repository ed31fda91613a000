"""Check a study file's document in one pass, and build the `StudySpec` from it.

The pass applies the profile and `--set` (`overrides`), checks each section (`schema`, worded by
`messages`), builds the parameters (`declared_parameters`), and compares the sections with each
other (`checks`) and with the trainer (`against_trainer`). A faulty section or parameter is replaced
by a default, so that one pass finds every violation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeGuard

from pydantic import ValidationError

import sweep_trainers
from sweep import trainer
from sweep.document import Document
from sweep.errors import TrainerNotFound, Violation
from sweep.model.grids import size
from sweep.model.parameters import Parameters
from sweep.samplers import SAMPLERS
from sweep.spec import (
    against_trainer,
    checks,
    command,
    messages,
    nested,
    open_values,
    pausing,
    placement,
    population,
    report_names,
    sampling,
    tasks,
    unfinished,
)
from sweep.spec.arms import DeclaredArm
from sweep.spec.declared_parameters import declared_parameters
from sweep.spec.error_recovery import recover
from sweep.spec.listed_arms import with_listed_arms
from sweep.spec.overrides import apply
from sweep.spec.schema import StudyFile
from sweep.spec.study import SECTIONS, StudySpec
from sweep.spec.violation_collector import ViolationCollector
from sweep.trainer import TrainerRef


@dataclass(frozen=True)
class Source:
    """A study before validation.

    Attributes:
        document: the study file's content.
        name: the study's name if the document has none.
        base_dir: the folder that relative paths start from.
        ref: the trainer, if it was passed as a function; None: the document names it.
        notes: notes from reading the file.
        violations: violations from reading the file.
    """

    document: Document
    name: str
    base_dir: Path
    ref: TrainerRef | None = None
    notes: Sequence[str] = ()
    violations: Sequence[Violation] = ()

    def with_findings(
        self, notes: Sequence[str], violations: Sequence[Violation]
    ) -> Source:
        """The source with these notes and violations."""
        return replace(self, notes=notes, violations=violations)


def validated(
    source: Source,
    overrides: Mapping[str, Any],
    profile: str | None,
    import_trainer: bool,
) -> StudySpec:
    """Check the source and build the study from it.

    Args:
        source: what was read.
        overrides: see `loader.load`.
        profile: see `loader.load`.
        import_trainer: see `loader.load`.

    Raises:
        StudyFileError: with every violation found.
    """
    document, violations = apply(source.document, overrides, profile)
    document, group_violations = nested.flat(document)
    unset_violations = unfinished.violations(document)
    document, arm_violations = with_listed_arms(document, source.base_dir)
    collector = ViolationCollector(
        document,
        source.notes,
        [
            *document.violations,
            *source.violations,
            *violations,
            *group_violations,
            *unset_violations,
            *arm_violations,
        ],
    )
    return _Pass(source, collector).study(import_trainer)


class _Pass:
    """One pass over a document.

    Attributes:
        source: the study before validation.
        collector: the violations and notes so far; `add_violation` adds one.
        document: the content, with overrides applied, groups flattened and arms listed.
        base_dir: the folder that relative paths start from.
        parameters: name → parameter; a constant for each one in `doubtful`.
        doubtful: names of parameters with a violation.
        file: the other sections; a default for each one with a violation.
    """

    def __init__(self, source: Source, collector: ViolationCollector):
        self.source, self.collector = source, collector
        self.add_violation = collector.add_violation
        self.document, self.base_dir = collector.document, source.base_dir
        declared = declared_parameters(collector)
        self.parameters, self.doubtful = declared.parameters, declared.doubtful
        self.file = self._other_sections()

    def study(self, import_trainer: bool) -> StudySpec:
        """Check everything; return the study.

        Raises:
            StudyFileError: there is a violation.
        """
        ref = self._trainer(import_trainer)
        tasks.check(self.file, self.parameters, self.add_violation)
        self._check_variance_of_a_command()
        if ref is not None:
            against_trainer.metrics(ref, self.file, self.add_violation)
            against_trainer.tasks(ref, self.parameters, self.add_violation)
            population.unread(ref, self.file.search, self.add_violation)
        arms = self._check_search_and_ablation(ref)
        population.check(self.file, self.parameters, self.add_violation)
        for fault in self.file.health.faults(self.parameters):
            self.add_violation(*fault)
        if arms or self.file.ablation is None:
            # If the arms could not be built, a name may be that of an arm.
            report_names.check(
                self.file, self.parameters, arms, ref, self.add_violation
            )
        checks.depends_on(self.file.depends_on, self.base_dir, self.add_violation)
        placement.check(self.file.resources, self.parameters, self.add_violation)
        self.collector.raise_violations()
        self._add_notes(arms)
        return self._spec(ref)

    def _check_variance_of_a_command(self) -> None:
        file = self.file
        if file.command is None or file.ablation is None or not file.ablation.variance:
            return
        problem = "a command is given one seed, not one for each source of randomness"
        allowed = "a trainer function, which reads run.seeds; or no variance"
        self.add_violation(("ablation", "variance"), problem, allowed)

    def _check_search_and_ablation(self, ref: TrainerRef | None) -> list[DeclaredArm]:
        """Check the search and the ablation, on each task if there are tasks; return all arms."""
        file, parameters = self.file, self.parameters
        if tasks.task_parameter(parameters) is None:
            return self._check_sections(file, parameters, ref)
        arms: list[DeclaredArm] = []
        for task in tasks.tasks(parameters):
            ablation = file.ablation and tasks.ablation_on(file.ablation, task)
            task_file = file.model_copy(update={"ablation": ablation})
            task_parameters = tasks.parameters_on(parameters, task)
            arms += self._check_sections(task_file, task_parameters, ref)
        return arms

    def _check_sections(
        self, file: StudyFile, parameters: Parameters, ref: TrainerRef | None
    ) -> list[DeclaredArm]:
        """Compare search and ablation with the parameters and the trainer; return the arms."""
        checks.search(file, parameters, self.doubtful, self.add_violation)
        arms: list[DeclaredArm] = []
        if file.ablation is not None:
            searched = file.search is not None
            arms = checks.arms(file.ablation, parameters, searched, self.add_violation)
            population.arms(file.search, parameters, arms, self.add_violation)
        if ref is not None:
            against_trainer.settings(
                ref, parameters, self.doubtful, arms, self.add_violation
            )
            against_trainer.variance(ref, file.ablation, parameters, self.add_violation)
        return arms

    def _add_notes(self, arms: Sequence[DeclaredArm]) -> None:
        file, note = self.file, self.collector.note
        if file.search is not None:
            sampling.notes(file.search, self.parameters, note)
            if file.ablation is not None:
                open_values.note(file.ablation, self.parameters, arms, note)
            if file.early_terminate.few_complete and file.search.with_few_complete:
                note(("search", "method"), file.search.with_few_complete)
        if not self._is_bundled():  # those resume exactly
            for text in file.early_terminate.notes():
                note(("early_terminate", "form"), text)
        if file.command is not None:
            command.note(file.command, self.parameters, note)

    def _other_sections(self) -> StudyFile:
        """All sections except `parameters`; a default for each one with a violation."""
        data = dict(self.document.data)
        if "command" in data:
            data["command"] = command.normal(data["command"])
        search = data.get("search")
        if _is_exhaustive(search) and "trials" not in search:
            data["search"] = {**search, "trials": self._number_of_configurations()}
        if self._is_bundled():
            data = pausing.with_default_form(data)
        try:
            return StudyFile.model_validate(data)
        except ValidationError as error:
            self.collector.add(messages.violations(error, StudyFile, self.document))
            return recover(data, error)

    def _is_bundled(self) -> bool:
        name = self.document.data.get("trainer")
        return isinstance(name, str) and name in sweep_trainers.BUNDLED

    def _number_of_configurations(self) -> int:
        """The number of configurations of an exhaustive search; with tasks, on the first one."""
        space: Parameters = self.parameters
        first_task = next(iter(tasks.tasks(space)), None)
        if first_task is not None:
            space = tasks.parameters_on(space, first_task)
        return size(space) or 1  # `checks` refuses an infinite space

    def _trainer(self, import_trainer: bool) -> TrainerRef | None:
        """The trainer or the command; None if it is missing, with a violation."""
        name = self.document.data.get("trainer")
        if self.file.command is not None:
            if name is not None:
                allowed = "trainer: … or command: …, not both"
                self.add_violation(
                    ("command",), "the study file has a trainer and a command", allowed
                )
            command.check(
                self.file.command, self.parameters, self.base_dir, self.add_violation
            )
            return self.file.command.reference(self.base_dir)
        if "trainer" not in self.document.data and "command" not in self.document.data:
            problem = "there is no `trainer`"
            allowed = "e.g. trainer: clip, or command: python train.py ${args}"
            line = self.document.line_of(())
            self.collector.add([Violation(line, "trainer", problem, allowed)])
        if self.source.ref is not None:
            return self.source.ref
        if not isinstance(name, str) or not name:
            return None  # the schema reports it
        try:
            ref = trainer.resolve(name, self.base_dir)
            return trainer.described(ref) if import_trainer else ref
        except TrainerNotFound as error:
            self.add_violation(("trainer",), str(error))
            return None

    def _spec(self, ref: TrainerRef | None) -> StudySpec:
        file, report = self.file, self.file.report
        if not report.metrics:
            columns = report.compare or (_test_metric(file.metric.name, ref),)
            report = report.model_copy(update={"metrics": columns})
        if ref is not None and ref.deterministic:
            report = report.model_copy(update={"deterministic": True})
        trainer_name = file.trainer or ""
        if file.command is not None:
            trainer_name = file.command.text
        sections = {key: getattr(file, key) for key in SECTIONS if key != "report"}
        return StudySpec(
            name=file.name or self.source.name,
            trainer=trainer_name,
            reuse=file.reuse,
            depends_on=file.depends_on,
            parameters=self.parameters,
            report=report,
            description=file.description,
            base_dir=str(self.base_dir),
            source=self.document.text,
            notes=tuple(self.collector.notes),
            **sections,
        )


def _is_exhaustive(search: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a search tries every configuration once."""
    if not isinstance(search, Mapping):
        return False
    method = search.get("method")
    if not isinstance(method, str) or method not in SAMPLERS:
        return False
    return SAMPLERS[method].exhaustive


def _test_metric(metric: str, ref: TrainerRef | None) -> str:
    """The study's metric on test data if the trainer reports it, else the metric itself."""
    if not metric.startswith("val/") or ref is None or ref.metrics is None:
        return metric
    test_metric = f"test/{metric.removeprefix('val/')}"
    return test_metric if ref.reports(test_metric) else metric
