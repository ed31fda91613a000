"""Accept or refuse what has changed since the last session.

Two things can change. First, the study file: edits that only add work need `--extend`; edits that
make trials incomparable are refused. Second, what results depend on besides: the trainer's code,
its data, the libraries. Such changes are refused without `--accept-changes`; tables then mark rows
with trials from before and after.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from sweep import secrets, spec
from sweep.errors import StudyChanged
from sweep.history.history import History
from sweep.model.events import Event, Notice, SessionStarted, SpecExtended
from sweep.provenance import environment
from sweep.session import dependency_changes
from sweep.spec import StudySpec
from sweep.study_file import is_file
from sweep.trainer import TrainerRef

# Keys whose change cannot make trials incomparable; `ablation` and `search` ones only add work, and
# need --extend.
_HARMLESS = ("report.", "resources.", "budget.", "checkpoint.", "depends_on")
_EXTENDS = (
    *("search.trials", "search.seeds", "search.enqueue", "search.replacements"),
    *("ablation.seeds", "ablation.margin", "ablation.designs.", "health.", "reuse"),
)
# What is fixed before the first result where seeds are added until the arms are decided.
_FIXED_BY_LOOKS = (
    *("ablation.seeds", "ablation.margin", "ablation.designs.", "ablation.baseline"),
    *("report.scale", "report.tasks"),
)


def study_file(history: History, path: Path, extend: bool) -> list[Event]:
    """The events that accept an edited study file; none if it is unchanged or missing.

    Args:
        history: the study.
        path: the study file; see `sweep.session.study_place`.
        extend: accept edits that add work.

    Raises:
        StudyChanged: the edit would make old and new trials incomparable, or needs --extend.
        StudyFileError: the edited file is wrong.
    """
    created = history.created
    if not is_file(path):
        return []
    _check_trainer(history, path)
    # As `run` read it: a trainer of one's own says what it reports, which the default columns
    # follow.
    wanted = spec.load(
        path,
        overrides=created.overrides,
        profile=created.profile,
        import_trainer=True,
        here=stood_in(history.spec),
    )
    secrets.refuse(wanted.canonical(), str(path), wanted.source)
    if (
        wanted.digest == history.spec.digest
        and wanted.trackers == history.spec.trackers
    ):
        return []
    lines = spec.diff(history.spec, wanted)
    keys = [line.partition(":")[0] for line in lines]
    listed = "\n    ".join(lines)
    if not only_adds_work(history.spec, wanted):
        raise StudyChanged(
            f"{path} has changed since the study was started:\n    {listed}\nTrials"
            " before and after would not be comparable. Undo the change, or start a"
            " new study (--set name=…)."
        )
    if any(key.startswith(_FIXED_BY_LOOKS) for key in keys):
        _refuse_after_looks(history, wanted, path, listed)
    if not extend and not all(key.startswith(_HARMLESS) for key in keys):
        raise StudyChanged(
            f"{path} adds work to the study as it was started:\n    {listed}\n"
            "Accept it with: sweep resume --extend, or undo the change."
        )
    return [
        SpecExtended(wanted.canonical(), wanted.source),
        *_cautions(history, wanted),
    ]


def _refuse_after_looks(
    history: History, wanted: StudySpec, path: Path, listed: str
) -> None:
    """Once an arm was trained, refuse changes to what must be fixed before the first look.

    Raises:
        StudyChanged: the study adds seeds until its arms are decided, before or after the edit.
    """
    sequential = [
        spec.ablation is not None and spec.ablation.until_decided is not None
        for spec in (history.spec, wanted)
    ]
    if any(sequential) and (history.look_plan is not None or history.stage("ablation")):
        raise StudyChanged(
            f"{path} changes what must stay fixed while seeds are added until arms are decided:"
            f"\n    {listed}\n"
            f"Verdicts would be invalid. Undo the change, or start a new study (--set name=…)."
        )


def _cautions(history: History, wanted: StudySpec) -> list[Event]:
    """Notices for the tables if seeds or the margin changed after results were seen."""
    before, after = history.spec.ablation, wanted.ablation
    if before is None or after is None or not history.cohort("ablation").ended:
        return []
    found: list[Event] = []
    if len(after.seeds) > len(before.seeds):
        text = (
            f"seeds were added after results had been seen ({len(before.seeds)} → "
            f"{len(after.seeds)}): p-values and intervals are not valid as printed "
            "if the results influenced this decision; `ablation.seeds: {from: "
            f"{len(before.seeds)}, to: {max(len(after.seeds), 30)}, until: "
            "decided}`, in a new study, adds seeds in looks whose verdicts stay "
            "valid"
        )
        found.append(Notice(text))
    if before.margin != after.margin:
        was = "none" if before.margin is None else before.margin
        now = "none" if after.margin is None else after.margin
        found.append(
            Notice(
                f"the margin was changed after results had been seen ({was} → "
                f"{now}): verdicts are not valid as printed if the results "
                "influenced this decision"
            )
        )
    return found


def _check_trainer(history: History, path: Path) -> None:
    """Refuse a study file with another trainer, before that trainer is imported."""
    created = history.created
    here = stood_in(history.spec)
    named = spec.load(
        path, overrides=created.overrides, profile=created.profile, here=here
    )
    if named.trainer_name == history.spec.trainer_name:
        return
    listed = "\n    ".join(spec.diff(history.spec, named))
    raise StudyChanged(
        f"{path} has changed since the study was started:\n    {listed}\n"
        f"Trials before and after would not be comparable. "
        f"Undo the change, or start a new study (--set name=…)."
    )


def only_adds_work(before: StudySpec, wanted: StudySpec) -> bool:
    """Whether `--extend` accepts the other settings."""
    keys = [line.partition(":")[0] for line in spec.diff(before, wanted)]
    return all(key.startswith((*_HARMLESS, *_EXTENDS)) for key in keys)


def stood_in(before: StudySpec) -> Path | None:
    """The folder in which the study was started; programs are searched there again."""
    return (
        None if before.command is None else before.command.folder(Path(before.base_dir))
    )


def environment_changes(
    history: History,
    started: SessionStarted,
    trainer: TrainerRef,
    *,
    more_work: bool,
    accept: bool,
) -> list[Event]:
    """The notice on accepted changes of code, data and libraries since the last session, if any.

    A finished study without more work is never refused, since no trial would run with the changes.

    Args:
        history: the study.
        started: the event of the session that is about to start.
        trainer: the study's trainer.
        more_work: whether there is more to train than before.
        accept: accept changes.

    Raises:
        StudyChanged: something changed; the message says what, and how to continue.
    """
    if not history.trials or (history.sessions[-1].ended == "done" and not more_work):
        return []
    last = history.sessions[-1]
    changes = environment.diff(last.environment, started.environment)
    if last.files:  # names of changed files tell more than a changed digest
        changes = [line for line in changes if not line.startswith("code: ")]
        changes += environment.files_diff(last.files, started.files)
    found = dependency_changes.since_last(history, trainer)
    changes += found.lines
    if not changes:
        return []
    if accept:
        now = found.event()
        notice = Notice(f"changes were accepted: {'; '.join(changes)}")
        return [notice] if now is None else [notice, now]
    listed = "\n    ".join(changes)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(last.started))
    raise StudyChanged(
        f"the code, data or environment has changed since the session of {when}:\n"
        f"    {listed}\nTrials before and after may not be comparable. Undo the "
        "changes; or continue with --accept-changes, and the tables will mark the "
        "rows that mix both; or start a new study (--set name=…)."
    )


def while_running(started: SessionStarted, files: Mapping[str, str]) -> list[Event]:
    """A notice if the trainer's code has changed since the session started.

    Some trials may have used the old code, others the new code.

    Args:
        started: the event that began the session.
        files: the trainer's source files now, name → digest.
    """
    changes = environment.files_diff(started.files, files)
    if not changes:
        return []
    changed = "; ".join(changes)
    text = (
        f"the trainer's code changed while trials were running: {changed}; "
        f"workers that started later used it"
    )
    return [Notice(text)]
