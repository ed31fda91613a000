"""Are the files of trials those that the log tells of: checkpoints, epochs, configurations?"""

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
_ELSEWHERE = "their trials were trained elsewhere, and have no files here"
_OPEN = "their trials have not ended"


def check_trial_files(folder: Path, log: LogReading) -> list[Checked]:
    """Check every trial's files against the log.

    A trial that ended as complete or pruned must have all of them; of others, those that are there
    are checked. Files that a trainer wrote for itself are counted, and under no checksum.
    """
    checkpoints, histories = Checked("checkpoints"), Checked("histories of trials")
    configurations, others = (
        Checked("configurations of trials"),
        Checked("other files of trials"),
    )
    stored = any(session.storage is not None for session in log.history.sessions)
    for trial in log.history.trials.values():
        if trial.reused or not trial.attempts:
            continue
        if log.history.imports:
            histories.unverified[_ELSEWHERE] += 1
            continue
        own = folder / "trials" / trial_folder(trial)
        if stored and not own.is_dir():
            for check in (checkpoints, histories, configurations):
                check.unverified[_IN_STORAGE] += 1
            continue
        _check_checkpoints(
            checkpoints, own, trial, log.checkpoints.get(trial.number, {})
        )
        _check_epochs(histories, own, trial, trial.number in log.trained_again)
        _check_configuration(configurations, own, trial, log)
        if count := _count_others(own):
            others.unverified["no record of their contents is kept"] += count
    _check_strangers(others, folder / "trials", log)
    return [checkpoints, histories, configurations, others]


def _check_strangers(check: Checked, trials: Path, log: LogReading) -> None:
    """A folder of a trial that the log knows nothing of: the log was cut, or the folder
    put there.
    """
    known = {trial_folder(trial) for trial in log.history.trials.values()}
    for path in sorted(trials.glob("*")):
        if path.is_symlink():
            check.problems.append(f"{path}: is a link")
        elif path.name not in known:
            check.problems.append(f"{path}: the log knows no such trial")


def _must_be_there(trial: Trial) -> bool:
    return trial.state in (State.COMPLETE, State.PRUNED, State.PAUSED)


def _check_checkpoints(
    check: Checked, folder: Path, trial: Trial, hashes: Mapping[int, str]
) -> None:
    kept = Checkpoints(folder)
    there = sorted((folder / FOLDER).glob("epoch-*.pt"))
    for path in there:
        epoch = path.stem.removeprefix("epoch-")
        expected = hashes.get(int(epoch)) if epoch.isdigit() else None
        if path.is_symlink() or not path.is_file():
            check.problems.append(f"{path}: is no regular file")
        elif expected is None:
            check.unverified[_NO_HASH] += 1
        elif (found := sha256_of(path)) != expected:
            check.problems.append(
                f"{path}: SHA-256 {found[:12]}…, the log has {expected[:12]}…"
            )
        else:
            check.sound += 1
    if hashes and _must_be_there(trial):
        last = kept.path(max(hashes))
        if not any(path.name >= last.name for path in there):
            check.problems.append(f"{last}: is missing, nor is there a later one")


def _check_epochs(check: Checked, folder: Path, trial: Trial, again: bool) -> None:
    path = folder / HISTORY_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
        return
    if not path.is_file():
        if _must_be_there(trial) and len(trial.reports):
            check.problems.append(f"{path}: is missing")
        return
    found = _difference(path, trial.reports)
    if found is None:
        check.sound += 1
    elif not trial.state.finished:
        check.unverified[_OPEN] += 1
    elif again or trial.attempts > 1:
        check.unverified[_AGAIN] += 1
    else:
        check.problems.append(f"{path}: {found}")


def _difference(path: Path, reports: Sequence[Report]) -> str | None:
    """How the epochs in a file differ from the log's; None: not at all."""
    try:
        lines = [
            _as_recorded(orjson.loads(line)) for line in path.read_bytes().splitlines()
        ]
    except ValueError:
        return "is not JSON, line by line"
    if len(lines) != len(reports):
        return f"has {len(lines)} epochs, the log {len(reports)}"
    for number, (line, report) in enumerate(zip(lines, reports, strict=True), start=1):
        metrics = {
            k: v for k, v in report.metrics.items() if k not in ("epoch", "seconds")
        }
        expected = {**metrics, "epoch": report.epoch, "seconds": report.seconds}
        if line != expected:
            keys = [key for key in expected if not _holds(line, key, expected[key])]
            return f"line {number} is not what the log says ({', '.join(keys) or 'more keys'})"
    return None


def _as_recorded(line: Any) -> Any:
    """A line with its seconds to the microsecond, as the log has them."""
    seconds = line.get("seconds") if isinstance(line, dict) else None
    return line | {"seconds": round(seconds, 6)} if isinstance(seconds, float) else line


def _holds(line: Any, key: str, value: Any) -> bool:
    return isinstance(line, dict) and key in line and line[key] == value


def _check_configuration(
    check: Checked, folder: Path, trial: Trial, log: LogReading
) -> None:
    path = folder / CONFIG_FILE
    if path.is_symlink():
        check.problems.append(f"{path}: is a link")
        return
    if not path.is_file():
        if _must_be_there(trial):
            check.problems.append(f"{path}: is missing")
        return
    try:
        content = orjson.loads(path.read_bytes())
    except ValueError:
        check.problems.append(f"{path}: is not JSON")
        return
    wrong = list(_wrong_keys(content, trial, log))
    if wrong:
        check.problems.append(f"{path}: is not what the log says ({', '.join(wrong)})")
    else:
        check.sound += 1


def _wrong_keys(content: Any, trial: Trial, log: LogReading) -> Iterator[str]:
    spec = log.history.spec
    expected = {
        "study": spec.name,
        "trial": trial.number,
        "label": trial.label,
        "trainer": spec.trainer,
        "command": None
        if spec.command is None
        else spec.command.model_dump(mode="json"),
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
    known = {CONFIG_FILE, HISTORY_FILE}
    count = 0
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if path.is_file() and inside.parts[0] not in (*known, FOLDER):
            count += 1
    return count
