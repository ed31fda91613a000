"""`load`: one pass over a study file that ends with a `StudySpec`, or with every violation at once.

The profile and `--set` are written into the document (`overrides`), the sections are checked
(`schema`, worded by `messages`), the parameters are built (`entries`), and then the sections are
held against each other (`checks`) and against the trainer (`against_trainer`). What cannot be read
is replaced by a stand-in, so that the pass goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sweep import trainer, yaml_file
from sweep.document import Document, Path_, dotted
from sweep.errors import MOST_LISTED, StudyFileError, TrainerNotFound, Violation
from sweep.model.domains import Constant
from sweep.model.grids import size
from sweep.model.parameters import Parameter, Parameters
from sweep.samplers import SAMPLERS
from sweep.spec import (
    against_trainer,
    checks,
    command,
    messages,
    nested,
    other_words,
    placement,
    report_names,
    sampling,
    tasks,
    unfinished,
)
from sweep.spec.arms import Declared
from sweep.spec.entries import Entry, condition, parameter
from sweep.spec.error_recovery import recover
from sweep.spec.from_python import document as document_of
from sweep.spec.listed_arms import with_listed_arms
from sweep.spec.overrides import apply
from sweep.spec.reading import read
from sweep.spec.schema import StudyFile
from sweep.spec.study import SECTIONS, StudySpec
from sweep.spec.wandb import is_wandb, native
from sweep.trainer import TrainerRef


def load(
    path: str | Path,
    *,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
    import_trainer: bool = False,
    here: Path | None = None,
) -> StudySpec:
    """Read and validate a study file. Nothing is written.

    Args:
        path: the file.
        overrides: parameter or dotted key → value, as from `--set` (`overrides.parse`).
        profile: name of one of the file's profiles, applied before the overrides.
        import_trainer: also import a trainer of your own (with torch, as a rule), so that its
            `settings` and `metrics` are checked; bundled trainers are always checked, without
            torch.
        here: the folder in which the program of a W&B sweep file is looked for first; None: the
            current one.

    Raises:
        StudyFileError: with every violation found.
    """
    overrides = dict(overrides or {})
    study = read(path, overrides, here)
    left = {key: value for key, value in overrides.items() if key not in study.taken}
    path = Path(path).resolve()
    loader = _Loader(
        study.document, study.notes, study.violations, path.stem, path.parent
    )
    try:
        return loader.load(left, profile, import_trainer)
    except StudyFileError as error:
        renamed = [study.renamed(violation) for violation in error.violations]
        raise StudyFileError(error.path, renamed) from None


def load_values(
    values: Mapping[str, Any],
    *,
    name: str,
    base_dir: Path,
    ref: TrainerRef | None = None,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
) -> StudySpec:
    """Validate a study given as Python values: the keys of a study file.

    Args:
        values: see `sweep.spec.from_python.document`; also in the form of a W&B sweep file.
        name: of the study, unless `values` holds one.
        base_dir: the folder that a trainer's relative path starts from.
        ref: the trainer, where it was handed over as a function; else it is looked up and imported.
        overrides: see `load`.
        profile: see `load`.

    Raises:
        StudyFileError: with every violation found, each with its key path.
    """
    document = document_of({"name": name, **values})
    notes: list[str] = []
    wrong: list[Violation] = []
    if is_wandb(document):
        document, notes, wrong = _from_wandb_values(document)
    loader = _Loader(document, notes, wrong, name, base_dir, ref)
    return loader.load(overrides or {}, profile, import_trainer=True)


def convert(
    path: str | Path, overrides: Mapping[str, Any] | None = None
) -> tuple[str, list[str]]:
    """Another tool's file as the text of a study file that says the same, and what is to be noted.

    What it lacks to be run (a metric, a program) is noted, and can be given to `load` as overrides.

    Args:
        path: the file.
        overrides: see `load`; what they say is in the text.

    Raises:
        StudyFileError: as `load`; or the file is a study file already, or of a tool whose files are
            not read.
    """
    study = read(path, overrides)
    if study.native:
        problem = "is a study file already"
        allowed = (
            "files of W&B, Hydra, NNI, and dicts of Optuna's and Ray Tune's domains are"
            " converted"
        )
        raise StudyFileError(study.document.name, [Violation(0, "", problem, allowed)])
    missing = [
        violation for violation in study.violations if violation.key in study.missing
    ]
    if not missing:
        load(path, overrides=overrides)
    elif len(missing) < len(study.violations):
        raise StudyFileError(study.document.name, study.violations)
    noted = [f"{v.problem}: {v.allowed}" for v in missing]
    open_keys = {"command" if v.key == "program" else v.key for v in missing}
    left = {
        key: value for key, value in (overrides or {}).items() if key not in study.taken
    }
    document, wrong = apply(study.document, left, None)
    if wrong:
        raise StudyFileError(study.document.name, wrong)
    known = {key: value for key, value in document.data.items() if key not in open_keys}
    return yaml_file.dump(known), [*study.notes, *noted]


def _from_wandb_values(
    document: Document,
) -> tuple[Document, list[str], list[Violation]]:
    """Values in W&B's form as those of a study file: it lies elsewhere, so the folder
    that a program runs in is absolute.
    """
    here = Path.cwd()
    converted = native(document, here)
    data = dict(converted.document.data)
    if isinstance(data.get("command"), dict):
        folder = here / data["command"].get("workdir", ".")
        data["command"] = {**data["command"], "workdir": str(folder.resolve())}
    return document_of(data), converted.notes, converted.violations


class _Loader:
    """One pass over a document; collects violations as it goes."""

    def __init__(
        self,
        document: Document,
        notes: list[str],
        wrong: list[Violation],
        name: str,
        base_dir: Path,
        ref: TrainerRef | None = None,
    ):
        self.document, self.notes, self.wrong = document, notes, wrong
        self.name, self.base_dir, self.ref = name, base_dir, ref
        self.violations: list[Violation] = []
        self.arms: list[Declared] = []

    def complain(self, path: Path_, problem: str, allowed: str = "") -> None:
        violation = Violation(
            self.document.line_of(path) if path else 0, dotted(path), problem, allowed
        )
        if violation not in self.violations:
            self.violations.append(violation)
        if len(self.violations) > 2 * MOST_LISTED:
            # nobody reads on, and finding the rest would take long
            raise StudyFileError(self.document.name, self.violations)

    def note(self, path: Path_, text: str) -> None:
        line = self.document.line_of(path)
        place = f"{self.document.name}:{line}" if line else self.document.name
        self.notes.append(f"{place}: {dotted(path)}: {text}")

    def load(
        self, overrides: Mapping[str, Any], profile: str | None, import_trainer: bool
    ) -> StudySpec:
        self.document, wrong = apply(self.document, overrides, profile)
        self.document, grouped = nested.flat(self.document)
        wrong += [*grouped, *unfinished.violations(self.document)]
        self.document, listed = with_listed_arms(self.document, self.base_dir)
        wrong += listed
        self.violations = [*self.document.violations, *self.wrong, *wrong][
            : 2 * MOST_LISTED
        ]
        parameters, doubtful = self._parameters()
        file = self._file(parameters)
        ref = self._trainer(file, parameters, import_trainer)
        tasks.check(file, parameters, self.complain)
        if (
            file.command is not None
            and file.ablation is not None
            and file.ablation.variance
        ):
            problem = (
                "a command is given one seed, not one for each source of randomness"
            )
            cure = "a trainer function, which reads run.seeds; or no variance"
            self.complain(("ablation", "variance"), problem, cure)
        if ref is not None:
            against_trainer.metrics(ref, file, self.complain)
            against_trainer.tasks(ref, parameters, self.complain)
        if tasks.task_parameter(parameters) is None:
            self._sections(file, parameters, doubtful, ref)
        for task in tasks.tasks(parameters):
            on_task = tasks.parameters_on(parameters, task)
            ablation = file.ablation and tasks.ablation_on(file.ablation, task)
            there = file.model_copy(update={"ablation": ablation})
            self._sections(there, on_task, doubtful, ref)
        for fault in file.health.faults(parameters):
            self.complain(*fault)
        if (
            self.arms or file.ablation is None
        ):  # without them no name can be called unknown
            report_names.check(file, parameters, self.arms, ref, self.complain)
        checks.depends_on(file.depends_on, self.base_dir, self.complain)
        placement.check(file.resources, parameters, self.complain)
        if self.violations:
            raise StudyFileError(self.document.name, self.violations)
        if file.search is not None:
            sampling.notes(file.search, parameters, self.note)
            if file.early_terminate.few_complete and file.search.with_few_complete:
                self.note(("search", "method"), file.search.with_few_complete)
        for text in file.early_terminate.notes():
            self.note(("early_terminate", "form"), text)
        if file.command is not None:
            command.note(file.command, parameters, self.note)
        return self._spec(file, parameters, ref)

    def _sections(
        self,
        file: StudyFile,
        parameters: Parameters,
        doubtful: set[str],
        ref: TrainerRef | None,
    ) -> None:
        """What is searched and ablated, against the parameters: those of the study, or
        of a task.
        """
        checks.search(file, parameters, doubtful, self.complain)
        arms: list[Declared] = []
        if file.ablation is not None:
            searched = file.search is not None
            arms = checks.arms(file.ablation, parameters, searched, self.complain)
            self.arms += arms
        if ref is not None:
            against_trainer.settings(ref, parameters, doubtful, arms, self.complain)
            against_trainer.variance(ref, file.ablation, parameters, self.complain)

    def _parameters(self) -> tuple[dict[str, Parameter], set[str]]:
        """All parameters, and the names of those that are not to be relied on:
        constants stand in for them.
        """
        raw = self.document.data.get("parameters")
        raw = raw if isinstance(raw, dict) else {}  # the schema says so
        found: dict[str, Parameter] = {}
        doubtful: set[str] = set()
        for name, value in raw.items():
            read = self._parameter(name, value)
            if read is None:
                doubtful.add(name)
                when = value.get("when") if isinstance(value, dict) else None
                read = Parameter(
                    name,
                    Constant(None),
                    "fixed",
                    condition(when) if isinstance(when, dict) else {},
                )
            found[name] = read
        doubtful |= checks.conditions(found, doubtful, self.complain)
        return {
            n: Parameter(n, Constant(None), "fixed") if n in doubtful else p
            for n, p in found.items()
        }, doubtful

    def _parameter(self, name: str, raw: Any) -> Parameter | None:
        at: Path_ = ("parameters", name)
        if isinstance(raw, list):
            self.complain(
                at,
                "is a bare list",
                "values: […] to choose from, or value: […] for one list",
            )
            return None
        meant = other_words.call(raw)
        if meant:
            self.complain(
                at, f"{raw!r} is a word of another tool, and here text", meant
            )
            return None
        if not isinstance(raw, dict):
            return Parameter(name, Constant(raw), "fixed")
        try:
            entry = Entry.model_validate(raw)
        except ValidationError as error:
            self.violations += messages.violations(error, Entry, self.document, at)
            return None
        return parameter(
            name,
            entry,
            lambda key, problem, allowed: self.complain((*at, *key), problem, allowed),
        )

    def _file(self, parameters: Parameters) -> StudyFile:
        data = dict(self.document.data)
        if "command" in data:
            data["command"] = command.normal(data["command"])
        search = data.get("search")
        if (
            isinstance(search, dict)
            and "trials" not in search
            and _is_exhaustive(search)
        ):
            first = next(iter(tasks.tasks(parameters)), None)
            space = (
                parameters if first is None else tasks.parameters_on(parameters, first)
            )
            every = size(space) or 1  # without a size the file is refused anyway
            data["search"] = {**search, "trials": every}
        try:
            return StudyFile.model_validate(data)
        except ValidationError as error:
            self.violations += messages.violations(error, StudyFile, self.document)
            return recover(data, error)

    def _trainer(
        self, file: StudyFile, parameters: Parameters, import_trainer: bool
    ) -> TrainerRef | None:
        name = self.document.data.get("trainer")
        if file.command is not None:
            if name is not None:
                self.complain(
                    ("command",),
                    "there is a trainer as well",
                    "trainer: … or command: …, not both",
                )
            command.check(file.command, parameters, self.base_dir, self.complain)
            return file.command.reference(self.base_dir)
        if "trainer" not in self.document.data and "command" not in self.document.data:
            self.violations.append(
                Violation(
                    self.document.line_of(()),
                    "trainer",
                    "there is no `trainer`",
                    "e.g. trainer: clip, or command: python train.py ${args}",
                )
            )
        if self.ref is not None:
            return self.ref
        if not isinstance(name, str) or not name:
            return None  # the schema says so
        try:
            ref = trainer.resolve(name, self.base_dir)
            return trainer.described(ref) if import_trainer else ref
        except TrainerNotFound as error:
            self.complain(("trainer",), str(error))
            return None

    def _spec(
        self, file: StudyFile, parameters: Parameters, ref: TrainerRef | None
    ) -> StudySpec:
        report = file.report
        if not report.metrics:
            columns = report.compare or (_test_metric(file.metric.name, ref),)
            report = report.model_copy(update={"metrics": columns})
        if ref is not None and ref.deterministic:
            report = report.model_copy(update={"deterministic": True})
        sections = {key: getattr(file, key) for key in SECTIONS if key != "report"}
        return StudySpec(
            name=file.name or self.name,
            trainer=file.command.text
            if file.command is not None
            else file.trainer or "",
            reuse=file.reuse,
            depends_on=file.depends_on,
            parameters=parameters,
            report=report,
            description=file.description,
            base_dir=str(self.base_dir),
            source=self.document.text,
            notes=tuple(self.notes),
            **sections,
        )


def _is_exhaustive(search: Mapping[str, Any]) -> bool:
    method = search.get("method")
    return (
        isinstance(method, str) and method in SAMPLERS and SAMPLERS[method].exhaustive
    )


def _test_metric(metric: str, ref: TrainerRef | None) -> str:
    """The study's metric on test data where the trainer says it reports that, else the
    metric itself.
    """
    side, slash, name = metric.partition("/")
    test = f"test/{name}"
    known = ref is not None and ref.metrics is not None and ref.reports(test)
    return test if slash and side == "val" and known else metric
