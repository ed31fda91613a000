"""Whether a trainer's curve, resumed from a checkpoint, equals an uninterrupted one.

Trials that pause and go on (`early_terminate.form: promote`) are compared with each other, so a
trainer that restores only a part of its state makes a search believe the wrong ones. The probe
trains the first configuration for three epochs at once, and again with a pause after the first,
each attempt in a process of its own as in a study. A trainer that measures before it trains shows a
lost optimiser only one epoch later: so three, not two.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sweep import command
from sweep.model.trial import Assignment, EpochReport
from sweep.session.first_configuration import first_configuration
from sweep.session.plan import budget_epochs
from sweep.session.study_job import study_job
from sweep.shortened import first_names
from sweep.spec import StudySpec
from sweep.worker.job import Message, RunningTrial
from sweep.worker.trial_starter import TrialStarter

Verdict = Literal["equal", "different", "unknown"]
EPOCHS = 3  # of a probe's run; it pauses after the first
EQUAL = "a resumed curve equals an uninterrupted one"
_NAP = 0.2  # seconds between two checks
SHOWN = 5  # names of metrics in a sentence


@dataclass(frozen=True)
class Resumption:
    """What a probe found.

    Attributes:
        verdict: `unknown` where two uninterrupted runs with one seed differ in the study's metric
            too, or no run got to its last epoch. Other metrics that differ, such as times, are not
            compared.
        text: the finding with its numbers, as a sentence without a full stop.
    """

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class _Attempt:
    """What a trainer reported until it was stopped.

    Attributes:
        failure: why it failed; empty: it did not.
        repeated: it also reported epochs that the study knew; a study ignores them.
    """

    reports: tuple[EpochReport, ...]
    failure: str = ""
    repeated: bool = False


class _GivenUpError(Exception):
    """The probe was stopped, or takes too long."""


def probed(
    spec: StudySpec,
    stopped: Callable[[], bool] = lambda: False,
    longest: float | None = None,
) -> Resumption:
    """Train the first configuration with and without a pause, in temporary folders.

    It takes six epochs, nine where the first two runs differ.

    Args:
        spec: the study.
        stopped: asked a few times a second; True ends the probe.
        longest: seconds after which the probe is given up; None: it may take any time. Its trainer
            is told to stop, and killed after `resources.grace_seconds`.

    Raises:
        TrainerNotFound: the study names no trainer that is there.
    """
    job = study_job(spec, spec.reference(), storage=None)
    began = time.monotonic()

    def check() -> None:
        is_too_long = longest is not None and time.monotonic() - began > longest
        if stopped() or is_too_long:
            raise _GivenUpError

    starter = TrialStarter(command.load, job)
    try:
        with tempfile.TemporaryDirectory(prefix="sweep-probe-") as folder:
            return _compared(spec, starter, Path(folder), check)
    except _GivenUpError:
        return Resumption("unknown", _given_up(longest))
    finally:
        starter.close()


def _given_up(longest: float | None) -> str:
    """Why the probe has no finding."""
    if longest is None:
        return "resuming was not probed: it was stopped"
    return (
        f"resuming was not probed: its epochs take more than {longest:g} s, and sweep plan probes "
        f"without a limit"
    )


def _compared(
    spec: StudySpec, starter: TrialStarter, folder: Path, check: Callable[[], None]
) -> Resumption:
    def train(name: str, epochs: int, after: tuple[EpochReport, ...] = ()) -> _Attempt:
        return _train(spec, starter, folder / name, epochs, check, after)

    epochs = min(EPOCHS, budget_epochs(spec) or EPOCHS)
    whole = train("whole", epochs)
    if len(whole.reports) < max(epochs, 2):
        why = whole.failure or f"the trainer ended after {len(whole.reports)} epochs"
        return Resumption("unknown", f"resuming was not probed: {why}")
    first = train("paused", 1)
    rest = train("paused", epochs - 1, after=first.reports)
    repeats = "; it trains its first epochs again" if rest.repeated else ""
    resumed = (*first.reports, *rest.reports)
    if _numbers(whole.reports) == _numbers(resumed):
        return Resumption("equal", f"{EQUAL}{repeats}")
    again = train("again", epochs)
    varying = _varying(whole, again)
    if varying is None or spec.metric.name in varying:
        return Resumption("unknown", _not_repeatable(varying))
    if _numbers(whole.reports, varying) == _numbers(resumed, varying):
        but = (
            f", but for {first_names(varying, SHOWN)}, which also differ between uninterrupted "
            "runs"
        )
        return Resumption("equal", f"{EQUAL}{but}{repeats}")
    return Resumption("different", _difference(spec, whole, rest, varying))


def _train(
    spec: StudySpec,
    starter: TrialStarter,
    folder: Path,
    epochs: int,
    check: Callable[[], None],
    after: tuple[EpochReport, ...] = (),
) -> _Attempt:
    """One attempt, told to stop after so many reports.

    Args:
        check: called a few times a second; raises `_GivenUpError`.
        after: what earlier attempts in this folder have reported.
    """
    attempt = starter.begin(_assignment(spec, folder, after))
    known = after[-1].epoch if after else -1
    reports: list[EpochReport] = []
    repeated = False
    try:
        while len(reports) < epochs:
            message = _next(attempt, check)
            if message.report is None:
                return _Attempt(tuple(reports), message.failure, repeated)
            if message.report.epoch > known:
                reports.append(message.report)
            else:
                repeated = True
    finally:
        attempt.stop()
    return _Attempt(tuple(reports), repeated=repeated)


def _next(attempt: RunningTrial, check: Callable[[], None]) -> Message:
    """The next message; an epoch may take hours, so `check` is called meanwhile as well."""
    message: Message | None = None
    while message is None:
        message = attempt.poll(_NAP)
        check()
    return message


def _assignment(
    spec: StudySpec, folder: Path, after: tuple[EpochReport, ...]
) -> Assignment:
    """The first configuration with the search's first seed and fold."""
    config = first_configuration(spec)
    share = spec.resources.share(config)
    seed, fold = (0, None) if spec.search is None else spec.search.pairs[0]
    checkpoints = {
        report.epoch: report.checkpoint for report in after if report.checkpoint
    }
    return Assignment(
        trial=0,
        label="probe",
        config=config,
        seed=seed,
        fold=fold,
        folds=spec.folds("search"),
        attempt=2 if after else 1,
        folder=str(folder),
        last_epoch=after[-1].epoch if after else None,
        checkpoints=checkpoints,
        cpu=share.cpu,
        gpu=share.gpu,
        judged=None,
    )


def _numbers(
    reports: Sequence[EpochReport], without: Collection[str] = ()
) -> list[tuple[int, dict[str, float | None]]]:
    """Epoch and metrics of each report, without some metrics."""
    return [
        (
            report.epoch,
            {n: value for n, value in report.metrics.items() if n not in without},
        )
        for report in reports
    ]


def _varying(one: _Attempt, other: _Attempt) -> list[str] | None:
    """The metrics that two uninterrupted runs do not share, such as times.

    None: they do not even report the same epochs.
    """
    if [r.epoch for r in one.reports] != [r.epoch for r in other.reports]:
        return None
    pairs = zip(one.reports, other.reports, strict=True)
    names = [name for first, second in pairs for name in _differing(first, second)]
    return list(dict.fromkeys(names))


def _not_repeatable(varying: Sequence[str] | None) -> str:
    """That two runs without a pause differ, so that a pause cannot be judged."""
    differ = "their epochs" if varying is None else first_names(varying, SHOWN)
    return (
        "cannot tell whether a resumed curve equals an uninterrupted one: two "
        f"uninterrupted runs with the same seed differ in {differ}"
    )


def _difference(
    spec: StudySpec, whole: _Attempt, rest: _Attempt, varying: Collection[str]
) -> str:
    """How a resumed run differs from an uninterrupted one, at the first epoch that does.

    Args:
        varying: metrics that two uninterrupted runs do not share.
    """
    lead = "a resumed curve does not equal an uninterrupted one"
    paused_at = whole.reports[0].epoch
    for wanted, resumed in zip(whole.reports[1:], rest.reports, strict=False):
        if resumed.epoch != wanted.epoch:
            went_on = f"it continued with epoch {resumed.epoch}, not {wanted.epoch}"
            return f"{lead}: paused after epoch {paused_at} (its own number), {went_on}"
        differing = [n for n in _differing(wanted, resumed) if n not in varying]
        if differing:
            own = spec.metric.name
            name = own if own in differing else differing[0]
            numbers = f"{resumed.metrics.get(name)} and {wanted.metrics.get(name)}"
            return (
                f"{lead}: {name} at epoch {wanted.epoch} (its own number) is {numbers}"
            )
    return f"{lead}: {rest.failure or 'the trainer ended early when it was resumed'}"


def _differing(one: EpochReport, other: EpochReport) -> list[str]:
    """The metrics that two reports do not share."""
    names = dict.fromkeys([*one.metrics, *other.metrics])
    return [name for name in names if one.metrics.get(name) != other.metrics.get(name)]
