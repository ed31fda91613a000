"""MLflow: one run for each trial, in an experiment with the study's name.

MLflow chooses a run's id. The study's key and the trial's number are tags, by which a later session
finds the run. Epochs are sent in one request; before, the run's content is read, so that no epoch
is written twice.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from sweep import durable
from sweep.model.trial import State, Trial
from sweep.spec import MLflow
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

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

Item = TypeVar("Item")

DATABASE, ARTIFACTS = "mlflow.db", "mlflow-artifacts"
STUDY, TRIAL = "sweep.key", "sweep.trial"  # the tags that a run is found by
_STATUS = {State.COMPLETE: "FINISHED", State.FAILED: "FAILED", State.PRUNED: "KILLED"}
_MOST_METRICS, _MOST_PARAMETERS, _LONGEST = (
    1000,
    100,
    5000,
)  # of a request; characters of a value
_NAME = re.compile(r"[\w\-. :/]{1,250}", re.ASCII)


@dataclass
class _Run:
    """An open run and its content.

    Attributes:
        start: seconds since 1970.
        steps: metric → the epochs it has a value of.
    """

    id: str
    start: float
    steps: dict[str, set[int]] = field(default_factory=dict)


class Runs:
    """The tracker."""

    def __init__(self, target: Target, settings: MLflow):
        self._target = target
        self._client = _client(
            settings.uri or os.environ.get("MLFLOW_TRACKING_URI") or _local(target)
        )
        self._experiment = self._found_or_made(settings.experiment or target.spec.name)
        self._known = {run.data.tags[TRIAL]: run for run in self._search()}
        self._open: dict[int, _Run] = {}
        self._done: set[int] = set()

    def write(self, trial: Trial) -> None:
        """See `Tracker`."""
        if trial.number in self._done:
            return
        known = self._known.pop(str(trial.number), None)
        if known is not None and (
            known.info.lifecycle_stage == "deleted" or _over(known)
        ):
            self._done.add(trial.number)  # what a user threw away is not written again
            return
        run = self._open.get(trial.number)
        if run is None:
            run = self._open[trial.number] = (
                self._begin(trial) if known is None else self._again(known)
            )
            self._describe(run, trial)
        self._log(run, trial)
        if trial.state.finished:
            for name, text in ending(trial).items():
                self._client.set_tag(run.id, f"sweep.{name}", text[:_LONGEST])
            end = int(1000 * end_of(trial, run.start))
            self._client.set_terminated(run.id, _STATUS[trial.state], end_time=end)
            del self._open[trial.number]
            self._done.add(trial.number)

    def close(self) -> None:
        """See `Tracker`.

        Runs of unfinished trials keep the status "running".
        """
        self._open.clear()

    # ----------------------------------------------------------------- parts

    def _found_or_made(self, name: str) -> str:
        """The identifier of the experiment with this name, which is created if it is missing."""
        from mlflow.exceptions import MlflowException

        if (found := self._client.get_experiment_by_name(name)) is not None:
            return str(found.experiment_id)
        artifacts = (
            (self._target.folder / ARTIFACTS).as_uri() if self._is_local() else None
        )
        try:
            return str(
                self._client.create_experiment(name, artifact_location=artifacts)
            )
        except MlflowException:  # another study was faster
            if (found := self._client.get_experiment_by_name(name)) is None:
                raise
            return str(found.experiment_id)

    def _is_local(self) -> bool:
        return str(self._client.tracking_uri).startswith("sqlite:")

    def _search(self) -> Iterator[Run]:
        """Every run of this study, page by page."""
        from mlflow.entities import ViewType

        token: str | None = None
        while token != "":
            wanted = f"tags.`{STUDY}` = '{self._target.key}'"
            page = self._client.search_runs(
                [self._experiment], wanted, ViewType.ALL, 1000, page_token=token
            )
            yield from page
            token = page.token or ""

    def _begin(self, trial: Trial) -> _Run:
        """Create the run of a trial."""
        start = start_of(trial)
        mine = {
            f"sweep.{name}": str(value)[:_LONGEST]
            for name, value in about(self._target, trial).items()
        }
        tags = {STUDY: self._target.key, **mine}
        made = self._client.create_run(
            self._experiment, int(1000 * start), tags, run_name(trial)
        )
        return _Run(made.info.run_id, start)

    def _again(self, known: Run) -> _Run:
        """Continue a run that an earlier session left open."""
        number = known.info.run_id
        steps = {
            name: {each.step for each in self._client.get_metric_history(number, name)}
            for name in known.data.metrics
        }
        return _Run(number, known.info.start_time / 1000, steps)

    def _describe(self, run: _Run, trial: Trial) -> None:
        """The configuration; said again, it is what it was."""
        from mlflow.entities import Param

        said = [
            Param(_name(name), str(value)[:_LONGEST])
            for name, value in trial.config.items()
        ]
        for some in _batches(said, _MOST_PARAMETERS):
            self._client.log_batch(run.id, params=some)

    def _log(self, run: _Run, trial: Trial) -> None:
        """Write the metrics that the run lacks."""
        from mlflow.entities import Metric

        missing = [
            Metric(_name(name), value, int(1000 * moment), report.epoch)
            for report, moment in timed(trial, run.start)
            for name, value in numbers(report).items()
            if report.epoch not in run.steps.get(_name(name), ())
        ]
        for some in _batches(missing, _MOST_METRICS):
            self._client.log_batch(run.id, metrics=some)
            for each in some:
                run.steps.setdefault(each.key, set()).add(each.step)


def opened(target: Target, settings: MLflow) -> Runs:
    """The tracker of a study."""
    return Runs(target, settings)


def _client(uri: str) -> MlflowClient:
    """MLflow's client for a server or a folder, without telemetry."""
    # Nothing is sent anywhere that the user did not name.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # MLflow's use of SQLAlchemy
        from mlflow.tracking import MlflowClient

        for name in (
            "mlflow",
            "alembic",
        ):  # after the import, which sets them; making a database is worth no line
            logging.getLogger(name).setLevel(logging.WARNING)
        return MlflowClient(tracking_uri=uri)


def _local(target: Target) -> str:
    """The database in the study's folder.

    Raises:
        CannotWrite: a link stands in its place, or in that of a file that SQLite keeps beside it.
    """
    for suffix in ("", "-journal", "-wal", "-shm"):
        durable.refuse_link(target.folder / f"{DATABASE}{suffix}")
    return f"sqlite:///{target.folder / DATABASE}"


def _batches(items: Sequence[Item], most: int) -> Iterator[Sequence[Item]]:
    """The items in parts of at most `most`."""
    return (items[at : at + most] for at in range(0, len(items), most))


def _over(run: Run) -> bool:
    return str(run.info.status) in _STATUS.values()


def _name(name: str) -> str:
    """The name as MLflow takes it, with six digits that tell it from others where that
    changes it.
    """
    parts: Sequence[str] = name.split("/")
    if _NAME.fullmatch(name) and not {"", ".", ".."} & set(parts):
        return name
    kept = re.sub(r"[^\w\-. :]", "_", name, flags=re.ASCII)[:200]
    return f"{kept}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
