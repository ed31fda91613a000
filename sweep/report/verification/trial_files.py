"""Check the files of trials against the log: checkpoints, epochs and configurations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from sweep.model.reports import Report
from sweep.model.trial import State, Trial, trial_folder
from sweep.report.verification.checked import Checked
from sweep.report.verification.log_reading import LogReading
from sweep.search import population
from sweep.worker.checkpoint import FOLDER, Checkpoints, sha256_of
from sweep.worker.local_run import HISTORY_FILE
from sweep.worker.trial_files import CONFIG_FILE

_IN_STORAGE = "their trials' files are in the study's storage"
_NO_HASH = "the log has no hash of them"
_AGAIN = "their trials were trained again from a checkpoint, which need not repeat to the last bit"
_IMPORTED = "their trials were imported, and have no files here"
_OPEN = "their trials have not ended"


def check_trial_files(folder: Path, log: LogReading) -> list[Checked]:
    """Check every trial's files against the log.

    A complete, pruned or paused trial must have all of them; of other trials, existing files are
    checked. Files that a trainer wrote itself are only counted, as the log has no hash of them.
    """
    checkpoints = Checked("checkpoints")
    histories = Checked("histories of trials")
    configurations = Checked("configurations of trials")
    others = Checked("other files of trials")
    stored = any(session.storage is not None for session in log.history.sessions)
    for trial in log.history.trials.values():
        if trial.reused or not trial.attempts:
            continue
        if log.history.imports:
            histories.unverified[_IMPORTED] += 1
            continue
        files = folder / "trials" / trial_folder(trial)
        if stored and not files.is_dir():
            for check in (checkpoints, histories, configurations):
                check.unverified[_IN_STORAGE] += 1
            continue
        hashes = log.checkpoints.get(trial.number, {})
        _check_checkpoints(checkpoints, files, trial, hashes)
        _check_epochs(histories, files, trial, trial.number in log.trained_again)
        _check_configuration(configurations, files, trial, log)
        if count := _count_others(files):
            others.unverified["the log has no hash of their contents"] += count
    _check_unknown_folders(others, folder / "trials", log)
    return [checkpoints, histories, configurations, others]


def _check_unknown_folders(check: Checked, trials: Path, log: LogReading) -> None:
    """Folders of trials that are not in the log: the log was cut, or the folder was added."""
    expected = {trial_folder(trial) for trial in log.history.trials.values()}
    for path in sorted(trials.glob("*")):
        if path.is_symlink():
            check.problems.append(f"{path}: is a link")
        elif path.name not in expected:
            check.problems.append(f"{path}: the log has no such trial")


def _must_have_files(trial: Trial) -> bool:
    """Whether a trial has come so far that none of its files may be missing."""
    return trial.state in (State.COMPLETE, State.PRUNED, State.PAUSED)


def _check_checkpoints(
    check: Checked, folder: Path, trial: Trial, hashes: Mapping[int, str]
) -> None:
    """Check a trial's checkpoints against the hashes in the log.

    Args:
        check: receives what was found.
        folder: of the trial.
        trial: as the log has it.
        hashes: epoch → SHA-256.
    """
    present = sorted((folder / FOLDER).glob("epoch-*.pt"))
    for path in present:
        epoch = path.stem.removeprefix("epoch-")
        expected = hashes.get(int(epoch)) if epoch.isdigit() else None
        if path.is_symlink() or not path.is_file():
            check.problems.append(f"{path}: is not a regular file")
        elif expected is None:
            check.unverified[_NO_HASH] += 1
        elif (digest := sha256_of(path)) != expected:
            check.problems.append(
                f"{path}: SHA-256 {digest[:12]}…, the log has {expected[:12]}…"
            )
        else:
            check.sound += 1
    if hashes and _must_have_files(trial):
        last = Checkpoints(folder).path(max(hashes))
        if not any(path.name >= last.name for path in present):
            check.problems.append(f"{last}: is missing, as is any later one")


def _check_epochs(check: Checked, folder: Path, trial: Trial, again: bool) -> None:
    """Check the epochs in `history.jsonl` against the log; `again`: they were trained again."""
    path = folder / HISTORY_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
        return
    if not path.is_file():
        if _must_have_files(trial) and len(trial.reports):
            check.problems.append(f"{path}: is missing")
        return
    difference = _difference(path, trial.reports)
    if difference is None:
        check.sound += 1
    elif not trial.state.finished:
        check.unverified[_OPEN] += 1
    elif again or trial.attempts > 1:
        check.unverified[_AGAIN] += 1
    else:
        check.problems.append(f"{path}: {difference}")


def _difference(path: Path, reports: Sequence[Report]) -> str | None:
    """How the epochs in a file differ from the log's; None if they do not."""
    try:
        content = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    except ValueError:
        return "is not JSON, line by line"
    lines = [_as_recorded(line) for line in content]
    if len(lines) != len(reports):
        return f"has {len(lines)} epochs, the log {len(reports)}"
    for number, (line, report) in enumerate(zip(lines, reports, strict=True), start=1):
        expected = dict(report.metrics)
        expected |= {"epoch": report.epoch, "seconds": report.seconds}
        if line != expected:
            keys = [key for key in expected if not _holds(line, key, expected[key])]
            return (
                f"line {number} differs from the log ({', '.join(keys) or 'more keys'})"
            )
    return None


def _as_recorded(line: Any) -> Any:
    """A line with its seconds rounded to microseconds, as in the log."""
    if not isinstance(line, dict):
        return line
    seconds = line.get("seconds")
    if not isinstance(seconds, float):
        return line
    return {**line, "seconds": round(seconds, 6)}


def _holds(line: Any, key: str, value: Any) -> bool:
    """Whether a line has this value under this key."""
    return isinstance(line, dict) and key in line and line[key] == value


def _check_configuration(
    check: Checked, folder: Path, trial: Trial, log: LogReading
) -> None:
    """Check `config.json` against the log."""
    path = folder / CONFIG_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
        return
    if not path.is_file():
        if _must_have_files(trial):
            check.problems.append(f"{path}: is missing")
        return
    try:
        content = orjson.loads(path.read_bytes())
    except ValueError:
        check.problems.append(f"{path}: is not JSON")
        return
    wrong = list(_wrong_keys(content, trial, log))
    if wrong:
        check.problems.append(f"{path}: differs from the log ({', '.join(wrong)})")
    else:
        check.sound += 1


def _wrong_keys(content: Any, trial: Trial, log: LogReading) -> Iterator[str]:
    """The keys of `config.json` that the log has with another value."""
    spec = log.history.spec
    command = None
    if spec.command is not None:
        command = spec.command.model_dump(mode="json")
    expected = {
        "study": spec.name,
        "trial": trial.number,
        "label": trial.label,
        "trainer": spec.trainer,
        "command": command,
        "metric": spec.metric.name,
        "goal": spec.metric.goal,
        "config": population.as_trained(spec, trial),
        "seed": trial.seed,
        "fold": trial.fold,
    }
    plain = orjson.loads(orjson.dumps(expected))
    for key, value in plain.items():
        if not _holds(content, key, value):
            yield key


def _count_others(folder: Path) -> int:
    """The number of files that a trainer wrote itself."""
    checked = (CONFIG_FILE, HISTORY_FILE, FOLDER)
    count = 0
    for path in folder.rglob("*"):
        top_level = path.relative_to(folder).parts[0]
        if path.is_file() and top_level not in checked:
            count += 1
    return count
