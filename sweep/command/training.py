"""A command as a trainer: `train(config, run)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sweep import durable
from sweep.command import macros, rendezvous
from sweep.command.epochs import Epochs
from sweep.command.failure import reason
from sweep.command.macros import TrialContext
from sweep.command.program import CommandProcess, describe_exit
from sweep.command.sources import (
    WANDB_FILE,
    Record,
    Source,
    looked_at,
    names_epochs,
    sources,
)
from sweep.command.wandb import wandb_environment
from sweep.errors import TrialError
from sweep.spec.command import UNRANKED, Command, MetricSource
from sweep.worker.environment_values import filled
from sweep.worker.local_run import LocalRun

_POLL = 0.1  # seconds between looks at what the program has written


class CommandFailed(TrialError):
    """The program's exit code is not 0; the message has the code and the last lines of output."""


def trainer(
    command: Command, base: Path
) -> Callable[[Mapping[str, Any], LocalRun], None]:
    """A function `train(config, run)` that runs `command`; `base` is the study file's folder."""

    def train(config: Mapping[str, Any], run: LocalRun) -> None:
        start = run.proceed()
        context = TrialContext(
            run.folder.resolve(), base.resolve(), run.seed, run.fold, run.folds, start
        )
        macros.write_files(command, config, context)
        # Values of environment variables are passed to the program only, never written to a file.
        values = filled(config)
        words = macros.words(command, values, context)
        environment = rendezvous.environment() | macros.environment(
            command, values, context
        )
        if command.metrics.wandb:
            environment |= wandb_environment(
                macros.nested(command, config), context.folder, environment
            )
        _set_aside(command.metrics, context.folder)
        workdir = (
            context.folder
            if command.workdir == "trial"
            else command.folder(context.base)
        )
        with CommandProcess(
            words, context.folder, workdir, environment, command.grace_seconds
        ) as process:
            metric_sources = sources(
                command.metrics, context.folder, process.output, process.began
            )
            _follow(command, run, process, metric_sources, known_epochs=start - 1)

    return train


def _follow(
    command: Command,
    run: LocalRun,
    process: CommandProcess,
    read_from: list[Source],
    known_epochs: int,
) -> None:
    """Report the program's metrics until it ends or must stop.

    Raises:
        CommandFailed: its exit code is not 0.
        MetricMissing: it ended without the study's metric.
    """
    unranked = run.metric == UNRANKED
    epochs = Epochs(command.metrics, None if unranked else run.metric)
    reported = known_epochs
    code = None
    while code is None:
        code = process.wait(_POLL)
        records = [
            record
            for source in read_from
            for record in source.read(ended=code is not None)
        ]
        for epoch, metrics in _epochs(epochs, records, ended=code is not None):
            if epoch <= reported:
                continue  # known from before, or said again
            reported = epoch
            if unranked:
                metrics = {**metrics, UNRANKED: 1.0}
            if run.report(epoch, metrics):
                return
    if code != 0:
        why = reason(process.last_lines()) or "it printed nothing"
        raise CommandFailed(f"{describe_exit(code)}: {why}\n{process.last_words()}")
    if reported < 0 and unranked:
        run.report(0, {UNRANKED: 1.0})
    elif reported < 0:
        raise epochs.missing(
            looked_at(command.metrics, run.folder, process.last_words())
        )


def _set_aside(metrics: MetricSource, folder: Path) -> None:
    """Move metric files of earlier attempts away unless they have epoch numbers.

    Without numbers, each attempt counts its epochs from the start.
    """
    leftovers = [
        pattern
        for pattern in (metrics.path, WANDB_FILE if metrics.wandb else None)
        if pattern is not None
    ]
    for path in [
        path for pattern in leftovers for path in folder.glob(pattern) if path.is_file()
    ]:
        before = path.with_name(f"{path.name}.before")
        durable.remove(before)
        if not names_epochs(metrics, path):
            durable.replace(path, before)


def _epochs(
    epochs: Epochs, records: Iterable[Record], ended: bool
) -> Iterator[tuple[int, Record]]:
    """The complete epochs; the last one is complete when no new record of it arrives."""
    records = list(records)
    yield from epochs.add(records)
    if ended or not records:
        yield from epochs.flush()
