"""Read a study file into a `StudySpec`, or raise with every violation at once.

`reading` turns a file of any known format into a study file's document; `validation` checks the
document and builds the `StudySpec`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweep import yaml_file
from sweep.document import Document
from sweep.errors import StudyFileError, Violation
from sweep.spec.from_python import document as document_of
from sweep.spec.overrides import apply
from sweep.spec.reading import Read, read
from sweep.spec.study import StudySpec
from sweep.spec.validation import Source, validated
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
        import_trainer: also import a trainer of your own (usually with torch) to check its
            `settings` and `metrics`. Bundled trainers are always checked, without torch.
        here: the folder where the program of a W&B sweep file is looked for first; None: the
            current folder.

    Raises:
        StudyFileError: with every violation found.
    """
    overrides = dict(overrides or {})
    study = read(path, overrides, here)
    path = Path(path).resolve()
    source = Source(study.document, path.stem, path.parent)
    source = source.with_findings(study.notes, study.violations)
    try:
        return validated(source, _not_taken(study, overrides), profile, import_trainer)
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
    """Validate a study given as Python values under the keys of a study file.

    Args:
        values: see `sweep.spec.from_python.document`; the form of a W&B sweep file works as well.
        name: the study's name, unless `values` has one.
        base_dir: the folder that a trainer's relative path starts from.
        ref: the trainer, if it was passed as a function; otherwise it is looked up and imported.
        overrides: see `load`.
        profile: see `load`.

    Raises:
        StudyFileError: with every violation found, each with its key path.
    """
    document = document_of({"name": name, **values})
    notes: list[str] = []
    violations: list[Violation] = []
    if is_wandb(document):
        document, notes, violations = _from_wandb_values(document)
    source = Source(document, name, base_dir, ref)
    source = source.with_findings(notes, violations)
    return validated(source, overrides or {}, profile, import_trainer=True)


def convert(
    path: str | Path, overrides: Mapping[str, Any] | None = None
) -> tuple[str, list[str]]:
    """Convert another tool's file to a study file; return its text and notes.

    If something that a run needs is missing (a metric, a program), a note says so; it can be given
    to `load` as an override.

    Args:
        path: the file.
        overrides: see `load`; they are written into the text.

    Raises:
        StudyFileError: as `load`; or the file is a study file already, or sweep cannot read this
            tool's files.
    """
    overrides = overrides or {}
    study = read(path, overrides)
    if study.native:
        problem = "is a study file already"
        allowed = (
            "sweep converts files of W&B, Hydra and NNI,"
            " and dicts of Optuna's and Ray Tune's domains"
        )
        raise StudyFileError(study.document.name, [Violation(0, "", problem, allowed)])
    missing = [
        violation for violation in study.violations if violation.key in study.missing
    ]
    if not missing:
        load(path, overrides=overrides)
    elif len(missing) < len(study.violations):
        raise StudyFileError(study.document.name, study.violations)
    document, violations = apply(study.document, _not_taken(study, overrides), None)
    if violations:
        raise StudyFileError(study.document.name, violations)
    data = dict(document.data)
    notes = list(study.notes)
    for violation in missing:
        notes.append(f"{violation.problem}: {violation.allowed}")
        data.pop("command" if violation.key == "program" else violation.key, None)
    return yaml_file.dump(data), notes


def _not_taken(study: Read, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The overrides that reading has not written into the document already."""
    return {key: value for key, value in overrides.items() if key not in study.taken}


def _from_wandb_values(
    document: Document,
) -> tuple[Document, list[str], list[Violation]]:
    """Convert values in W&B's form.

    The folder that a program runs in becomes absolute, since the study may lie in another folder.
    """
    here = Path.cwd()
    converted = native(document, here)
    data = dict(converted.document.data)
    if isinstance(data.get("command"), dict):
        folder = here / data["command"].get("workdir", ".")
        data["command"] = {**data["command"], "workdir": str(folder.resolve())}
    return document_of(data), converted.notes, converted.violations
