"""Weights & Biases: one run for each trial, in a group with the study's name; offline by default.

A run's id consists of the study's key and the trial's number. An offline run cannot be continued.
So if its process ended while the trial was running, the run is written again from the log, with the
same id. An online run continues after the server's last step. A file in a run's folder marks it as
complete.
"""

from __future__ import annotations

import netrc
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from sweep import durable
from sweep.errors import UsageError
from sweep.model.trial import State, Trial
from sweep.spec import WandB
from sweep.trackers.protocol import Target, about, ending, numbers, run_name, succeeded

if TYPE_CHECKING:
    from wandb import Run

WHOLE = "sweep.json"  # in the folder of a run that nothing is to be added to
_RUNS = "wandb"  # the folder that wandb makes for its runs
_LONGEST = 128  # characters of a group's name
# seconds: wandb's service writes a run's file on for some 0.05 s after `finish` has
# returned
_SETTLES = 1.0
_SERVER = "https://api.wandb.ai"


class Runs:
    """The tracker."""

    def __init__(self, target: Target, settings: WandB):
        self._target, self._settings = target, settings
        self._folder = target.place(settings.folder)
        if settings.mode == "online":
            _check_key()
        os.environ.setdefault(
            "WANDB_ERROR_REPORTING", "false"
        )  # nothing is sent that the user did not ask for
        durable.make_folder(self._folder)
        durable.refuse_link(self._folder / _RUNS)
        # trial → its run, and the first epoch that this lacks
        self._open: dict[int, tuple[Run, int]] = {}
        self._done: set[int] = set()
        # when a run was finished, its folder, what is kept there
        self._settling: list[tuple[float, Path, bytes]] = []

    def write(self, trial: Trial) -> None:
        """See `Tracker`."""
        self._mark()
        if trial.number in self._done:
            return
        if trial.number not in self._open:
            folders = self._folders(trial)
            if any((folder / WHOLE).is_file() for folder in folders):
                self._done.add(trial.number)
                return
            self._open[trial.number] = self._begin(trial, folders)
        run, first = self._open[trial.number]
        for report in trial.reports:
            if report.epoch >= first:
                run.log(numbers(report), step=report.epoch, commit=True)
                first = report.epoch + 1
        self._open[trial.number] = run, first
        if trial.state.finished:
            self._finish(trial, run)

    def close(self) -> None:
        """See `Tracker`."""
        for run, _ in self._open.values():
            run.finish(exit_code=1)
        if self._open or self._settling:
            time.sleep(_SETTLES)
        self._open.clear()
        self._mark()

    # ----------------------------------------------------------------- parts

    def _id(self, trial: Trial) -> str:
        return f"{self._target.key}-{trial.number}"

    def _folders(self, trial: Trial) -> list[Path]:
        """The run folders of a trial from earlier sessions."""
        return sorted((self._folder / _RUNS).glob(f"*run-*-{self._id(trial)}"))

    def _begin(self, trial: Trial, before: list[Path]) -> tuple[Run, int]:
        """Start the run of a trial."""
        import wandb

        offline = self._settings.mode == "offline"
        if offline:
            for folder in before:
                shutil.rmtree(folder)  # a part of what is now written whole
        mine = about(self._target, trial)
        run = wandb.init(
            project=self._settings.project or self._target.spec.slug,
            entity=self._settings.entity,
            id=self._id(trial),
            name=run_name(trial),
            group=self._target.spec.name[:_LONGEST],
            job_type=trial.stage,
            config={**trial.config, "sweep": mine},
            dir=str(self._folder),
            mode=self._settings.mode,
            reinit="create_new",
            resume=None if offline else "allow",
            settings=_quiet(),
        )
        return run, 0 if offline else run.step

    def _finish(self, trial: Trial, run: Run) -> None:
        """Write how a trial ended, and finish its run."""
        said = ending(trial)
        run.summary.update({f"sweep.{name}": text for name, text in said.items()})
        folder = Path(run.dir).parent
        run.finish(
            exit_code=0 if succeeded(trial) or trial.state is State.PRUNED else 1
        )
        del self._open[trial.number]
        self._done.add(trial.number)
        self._settling.append(
            (time.monotonic(), folder, orjson.dumps({"trial": trial.number, **said}))
        )

    def _mark(self) -> None:
        """Mark runs as complete; without the mark, the next session writes them again."""
        while self._settling and time.monotonic() - self._settling[0][0] >= _SETTLES:
            _, folder, said = self._settling.pop(0)
            durable.write_file(folder / WHOLE, said)


def opened(target: Target, settings: WandB) -> Runs:
    """The tracker of a study."""
    return Runs(target, settings)


def _quiet() -> Any:
    """Settings that log metrics and configurations only, not console, machine or code."""
    import wandb

    return wandb.Settings(
        console="off",
        silent=True,
        disable_code=True,
        disable_git=True,
        save_code=False,
        x_disable_meta=True,
        x_disable_stats=True,
    )


def _check_key() -> None:
    """Check that there is an API key, since wandb would ask for one while the study runs.

    Raises:
        UsageError: there is none.
    """
    host = urlsplit(os.environ.get("WANDB_BASE_URL", _SERVER)).hostname or ""
    if os.environ.get("WANDB_API_KEY"):
        return
    path = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    try:
        known = path.is_file() and netrc.netrc(path).authenticators(host) is not None
    except netrc.NetrcParseError as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if not known:
        raise UsageError(
            f"no key for {host}: run `wandb login`, set WANDB_API_KEY, or set `mode: offline`"
        )
