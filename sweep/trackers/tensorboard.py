"""TensorBoard: one folder of event files for each trial, in the format of tensorboardX.

tensorboardX is a dependency of Ray Tune. An epoch is one record with a checksum, so it is complete
or missing. A session that continues a trial reads its files and starts another one, as TensorBoard
expects. Configurations appear in the HPARAMS tab.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sweep import durable
from sweep.model.trial import State, Trial
from sweep.spec import TensorBoard
from sweep.trackers.protocol import (
    Target,
    about,
    end_of,
    ending,
    numbers,
    run_name,
    start_of,
    timed,
)

FOLDER = "tensorboard"
_BEGIN, _END, _STATE = (
    "_hparams_/session_start_info",
    "_hparams_/session_end_info",
    "sweep/state",
)
_HEAD = struct.Struct(
    "<QI"
)  # length of a record and the checksum of that; the record and its checksum follow
_CHECKSUM = struct.Struct("<I")
_STATUS = {
    State.COMPLETE: "STATUS_SUCCESS",
    State.FAILED: "STATUS_FAILURE",
    State.PRUNED: "STATUS_UNKNOWN",
}


class _Run:
    """The event files of one trial: those of earlier sessions, and one of this session."""

    def __init__(self, folder: Path):
        self.epochs: set[int] = set()
        self.start: float | None = None
        self.ended = False
        self._folder = folder
        self._writer: _EventFile | None = None
        self._files = (
            sorted(folder.glob("events.out.tfevents.*")) if folder.is_dir() else []
        )
        for event in (event for path in self._files for event in events(path)):
            for value in event.summary.value:
                self.ended |= value.tag == _END
                if value.tag == _BEGIN:
                    self.start = event.wall_time
                elif value.WhichOneof("value") == "simple_value":
                    self.epochs.add(event.step)

    def add(self, summary: Any, moment: float, step: int = 0) -> None:
        """Add one record."""
        from tensorboardX.proto.event_pb2 import Event

        if self._writer is None:
            self._writer = _EventFile(self._folder, len(self._files))
        self._writer.add(Event(wall_time=moment, step=step, summary=summary))

    def flush(self) -> None:
        """Hand what was added to the operating system."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Close this session's file."""
        if self._writer is not None:
            self._writer.close()


class _EventFile:
    """A new event file, opened without following a link inside a study."""

    def __init__(self, folder: Path, number: int):
        from tensorboardX.proto.event_pb2 import Event

        now = time.time()
        # The number keeps apart what two sessions write within one second.
        name = f"events.out.tfevents.{int(now)}.{socket.gethostname()}.{number}"
        durable.make_folder(folder)
        self._file = open(durable.open_to_append(folder / name), "ab")  # noqa: PTH123, SIM115
        self.add(Event(wall_time=now, file_version="brain.Event:2"))

    def add(self, event: Any) -> None:
        """Add a record: length, its checksum, the event, its checksum."""
        from tensorboardX.record_writer import masked_crc32c

        data = event.SerializeToString()
        length = struct.pack("<Q", len(data))
        for part in (length, data):
            self._file.write(part + _CHECKSUM.pack(masked_crc32c(part)))

    def flush(self) -> None:
        """Write what is still in memory."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Files:
    """The tracker."""

    def __init__(self, target: Target, settings: TensorBoard):
        self._target = target
        self.folder = target.place(settings.folder) / (
            "" if settings.folder else FOLDER
        )
        self._open: dict[int, _Run] = {}
        self._done: set[int] = set()

    def write(self, trial: Trial) -> None:
        """See `Tracker`."""
        if trial.number in self._done:
            return
        run = self._open.get(trial.number)
        if run is None:
            run = self._open[trial.number] = _Run(self.folder / run_name(trial))
        if not run.ended:
            self._bring_up(run, trial)
        if trial.state.finished:
            run.close()
            del self._open[trial.number]
            self._done.add(trial.number)

    def _bring_up(self, run: _Run, trial: Trial) -> None:
        """Write what a run's file lacks: its beginning, epochs, its end."""
        if run.start is None:
            run.start = start_of(trial)
            run.add(_beginning(self._target, trial, run.start), run.start)
        for report, moment in timed(trial, run.start):
            if report.epoch not in run.epochs:
                run.add(_scalars(numbers(report)), moment, report.epoch)
                run.epochs.add(report.epoch)
        if trial.state.finished:
            end = end_of(trial, run.start)
            run.add(_end(trial, end), end)
        run.flush()

    def close(self) -> None:
        """See `Tracker`."""
        for run in self._open.values():
            run.close()
        self._open.clear()


def opened(target: Target, settings: TensorBoard) -> Files:
    """The tracker of a study."""
    return Files(target, settings)


def events(path: Path) -> Iterator[Any]:
    """The complete events of a file; an incomplete one at its end is ignored."""
    from tensorboardX.proto.event_pb2 import Event

    data, at = path.read_bytes(), 0
    while at + _HEAD.size <= len(data):
        length, _ = _HEAD.unpack_from(data, at)
        record = data[at + _HEAD.size : at + _HEAD.size + length]
        at += _HEAD.size + length + 4
        if at > len(data):
            return
        yield Event.FromString(record)


def _scalars(metrics: dict[str, float]) -> Any:
    """The record of one epoch's metrics."""
    from tensorboardX.proto.summary_pb2 import Summary

    return Summary(
        value=[
            Summary.Value(tag=name, simple_value=value)
            for name, value in metrics.items()
        ]
    )


def _beginning(target: Target, trial: Trial, start: float) -> Any:
    """The trial's configuration, as TensorBoard's HPARAMS tab reads it."""
    from tensorboardX.proto.plugin_hparams_pb2 import (
        HParamsPluginData,
        SessionStartInfo,
    )

    info = SessionStartInfo(group_name=run_name(trial), start_time_secs=start)
    mine = {f"sweep.{name}": value for name, value in about(target, trial).items()}
    for name, value in {**trial.config, **mine}.items():
        if isinstance(value, bool):
            info.hparams[name].bool_value = value
        elif isinstance(value, int | float):
            info.hparams[name].number_value = value
        else:
            info.hparams[name].string_value = str(value)
    return _hparams(_BEGIN, HParamsPluginData(version=0, session_start_info=info))


def _end(trial: Trial, end: float) -> Any:
    """The record that says how a trial ended."""
    from tensorboardX.proto.api_pb2 import Status
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData, SessionEndInfo
    from tensorboardX.summary import text

    info = SessionEndInfo(status=Status.Value(_STATUS[trial.state]), end_time_secs=end)
    summary = _hparams(_END, HParamsPluginData(version=0, session_end_info=info))
    summary.MergeFrom(text(_STATE, ": ".join(ending(trial).values())))
    return summary


def _hparams(tag: str, content: Any) -> Any:
    """A record of TensorBoard's plugin for hyperparameters."""
    from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata

    plugin = SummaryMetadata.PluginData(
        plugin_name="hparams", content=content.SerializeToString()
    )
    return Summary(
        value=[Summary.Value(tag=tag, metadata=SummaryMetadata(plugin_data=plugin))]
    )
