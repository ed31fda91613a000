"""Run, resume and read studies: the public Python API.

From a notebook:

    import sweep
    study = sweep.run("search_spaces/focal.yaml")
    study = sweep.load("results/focal")
    study.trials()          # DataFrame, one row a trial
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack, cast

from sweep import progress
from sweep.best import Best, best_of
from sweep.errors import StudyNotFound, UsageError
from sweep.history import waiting_notes
from sweep.history.history import History
from sweep.history.opening import read
from sweep.log.event_log import FILE_NAME
from sweep.model.events import Noted
from sweep.spec import StudyKeys

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sweep.session.recorder import Listener
    from sweep.session.run_target import EngineName

RESULTS = Path("results")
REPORT = "report"
_LONGEST_SHOWN = 100  # characters of a study's name in a message


@dataclass(frozen=True)
class Study:
    """A study on disk, read from its log alone.

    Attributes:
        folder: `results/<name>`.
    """

    folder: Path

    @cached_property
    def history(self) -> History:
        """The history of the study, read once, with notes that no session has recorded yet."""
        return waiting_notes.with_waiting(self.folder, read(self.folder))

    def trials(self) -> pd.DataFrame:
        """One row for each trial in any state, with its configuration and every metric.

        See `sweep.report.study_frames.trials`.
        """
        from sweep.report import study_frames

        return study_frames.trials(self.history)

    def arms(self) -> pd.DataFrame:
        """One row for each arm of the ablation; see `sweep.report.study_frames.arms`.

        Raises:
            UsageError: the study has no ablation.
        """
        from sweep.report import study_frames

        if self.history.spec.ablation is None:
            raise UsageError(f"{self.folder} has no ablation, and therefore no arms")
        return study_frames.arms(self.history)

    def best(self) -> Best:
        """The complete trial with the best value of the study's metric, the first of equals.

        Its value has selection bias: the best of many looks better than it is. The ablation's new
        runs give an unbiased value.

        Raises:
            UsageError: no trial is complete yet.
        """
        found = best_of(self.history, self.folder)
        if found is None:
            raise UsageError(f"{self.folder} has no complete trial yet")
        return found

    def note(
        self,
        text: str = "",
        *,
        trial: int | None = None,
        tags: Sequence[str] = (),
        untag: Sequence[str] = (),
    ) -> Study:
        """Add a note to the study or a trial, add tags, or remove tags.

        While a session runs the study, the note waits in the study's folder until the session
        records it in the log; readers see it at once.

        Args:
            text: a sentence.
            trial: the number of a trial; None: the study.
            tags: tags to add.
            untag: tags to remove.

        Raises:
            UsageError: there is no such trial, or there is nothing to write.
            CannotWrite: the study's folder cannot be written.
        """
        if not text.strip() and not tags and not untag:
            raise UsageError("nothing to note: give a text, a tag, or a tag to remove")
        known = self.refresh().history.trials
        if trial is not None and trial not in known:
            there = f"trials 0 to {len(known) - 1}" if known else "no trial yet"
            raise UsageError(f"no trial {trial}: {self.folder} has {there}")
        note = Noted(trial, text.strip(), tuple(tags), tuple(untag))
        waiting_notes.leave(self.folder, note)
        waiting_notes.take_in_if_free(self.folder)
        return self.refresh()

    def refresh(self) -> Study:
        """Read the log of a running study again; return the updated study."""
        self.__dict__.pop("history", None)
        return self

    def epochs(self) -> pd.DataFrame:
        """One row for each epoch of each trial, with every metric."""
        from sweep.report.frames import epochs_frame

        return epochs_frame(self.history)

    def table(
        self, name: str = "ablation", *, rows: Literal["report", "all"] = "report"
    ) -> pd.DataFrame:
        """A table of the report at full precision, one row an arm (or class, or trial); see
        `sweep.report.TABLES`. In a study with tasks, those of each task under one another, with a
        column `task`; `tasks` is the table over all of them.

        Args:
            name: of the table.
            rows: `all`: of the search every configuration, also those that were pruned, failed or
                are still to run; see `sweep.report.study_frames.search`. Other tables are whole.

        Raises:
            UnknownName: no such table.
            UsageError: the study has no data for it, or `rows` is neither value.
        """
        import pandas as pd

        from sweep import report
        from sweep.report import study_frames

        if rows not in ("report", "all"):
            raise UsageError(f"rows={rows!r} is unknown; one of: report, all")
        if rows == "all" and name == "search" and self.history.stage("search"):
            return study_frames.search(self.history)
        built = report.build_tables(report.gather(self.history), [name])
        if not built:
            raise UsageError(f"{self.folder} has no results for the {name} table")
        frames = []
        for table in built:
            frame = pd.DataFrame(table.records())
            if table.task:
                frame.insert(0, "task", table.task)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def verdicts(self, margin: float | str | None = None) -> pd.DataFrame:
        """What the seeds say of each arm: a row an arm, over all tasks (`task` missing)
        and on each.

        Columns: `arm`, `task`, `change`, `low`, `high` (against the arm's reference, with the
        interval that the tables print), `relative`, `verdict` (helps, hurts, no difference,
        undecided), `words`, `seeds`, `final`; see `sweep.report.verdict_frame.VerdictRow`.

        Args:
            margin: the smallest change that matters, such as 0.005 or "1 %"; None: the study's.
                Without one no arm is said to make no difference. Choose it before you look.

        Raises:
            UsageError: the study has no ablation; or a margin that is not one, or not this study's.
        """
        from sweep.report.verdict_frame import verdict_frame

        return verdict_frame(self.history, margin)

    def plot(self, name: str = "forest") -> Figure:
        """A figure of the report, to be shown or saved; see `sweep.report.figures.FIGURES`.

        Raises:
            UnknownName: no such figure.
            UsageError: the study has nothing to draw in it.
        """
        from sweep import notebook, report
        from sweep.report import figures

        notebook.shows_figures()
        drawn = figures.draw(name, report.gather(self.history))
        if drawn is None:
            raise UsageError(f"{self.folder} has no results for the {name} figure")
        return drawn.figure


def load(name: str | Path, *, results: Path | str = RESULTS) -> Study:
    """A study by name or folder.

    Raises:
        StudyNotFound: neither `name` nor `results/name` holds an event log; the message lists the
            studies there are.
    """
    why, results = "", Path(results)
    for folder in (Path(name), results / str(name)):
        try:
            if (folder / FILE_NAME).is_file():
                return Study(folder)
        # longer than any file's name, or in a folder that is closed to this user
        except OSError as error:
            why = f" ({error.strerror})"
    there = ", ".join(study.folder.name for study in studies(results)) or "none yet"
    shown = (
        str(name)
        if len(str(name)) <= _LONGEST_SHOWN
        else f"{str(name)[:_LONGEST_SHOWN]}…"
    )
    raise StudyNotFound(
        f"no study {shown!r} in {results}/{why}; studies there: {there}"
    )


def studies(results: Path | str = RESULTS) -> list[Study]:
    """Every study in a results folder, by name."""
    return [Study(path.parent) for path in sorted(Path(results).glob(f"*/{FILE_NAME}"))]


def run(
    study: str | Path | Mapping[str, Any] | None = None,
    /,
    *,
    results: Path | str = RESULTS,
    overrides: Mapping[str, Any] | None = None,
    profile: str | None = None,
    engine: EngineName = "ray",
    address: str | None = None,
    storage: str | None = None,
    go_on: bool = False,
    extend: bool = False,
    accept_changes: bool = False,
    probe: bool = True,
    listen: Listener | None = None,
    **keys: Unpack[StudyKeys],
) -> Study:
    """Start a study from its file, or from the same keys as Python values, and run it to the end.

        sweep.run("study.yaml")
        sweep.run(trainer=train, metric={"name": "val/f1", "goal": "maximize"}, parameters={…})
        sweep.run({"trainer": train, "metric": …, "parameters": …})

    A function handed over as `trainer` goes to workers by value, and its text is kept
    in the study's folder (`sweep.function_file`). Without `name`, the study is called
    like its trainer.

    Args:
        study: path of a study file, or its keys as a mapping; None: `keys` are they.
        overrides: parameter or dotted key → value, as `--set` gives them.
        go_on: continue the study if it exists and was started with this file.
        extend: continue an existing study, and accept more trials, seeds or arms.
        accept_changes: see `resume`; for a study that is continued.
        engine: `ray` runs trials in parallel workers; `serial` runs one after another; `debug` runs
            them in this process.
        probe: if trials pause and go on, first train some epochs to learn whether a resumed curve
            equals an uninterrupted one, unless that is known; False: note that it is not.
        address: of a Ray cluster, `auto` or `host:port`; None: sweep starts a local Ray cluster.
        storage: URI of a storage that all nodes reach, for trials' files; None: all nodes reach the
            results folder.
        listen: called after every event with the history that contains it; None: progress is
            printed.
        keys: the keys of a study file.

    Raises:
        StudyFileError: the file is wrong; nothing was written.
        TrainerNotFound: the trainer cannot be imported; nothing was written.
        UsageError: trials cannot run at that address, their files cannot lie in that storage, or
            the package of a tracker is not installed; nothing was written.
        StudyExists: there is a study of that name; one that no trial was started of is gone on
            with.
        StudyChanged: the study that is to go on was started with another function; the message
            shows what differs.
        CannotWrite: the results folder cannot be written, now or later; `resume` continues.
        StudyNotFound, UsageError: a study of `search.warm_start` is not there, or optimised another
            metric.
        Interrupted: SIGINT or SIGTERM; `resume` continues.
    """
    from sweep import starting
    from sweep.session import run_target

    address = run_target.check(engine, address, storage)
    results = Path(results)
    wanted = starting.wanted(_one_of(study, keys), results, overrides, profile)
    how = starting.How(engine, address, storage, go_on, extend, accept_changes, probe)
    with progress.shown_unless(listen) as heard:
        starting.start(wanted, how, heard)
    return Study(wanted.folder)


def _one_of(
    study: str | Path | Mapping[str, Any] | None, keys: StudyKeys
) -> str | Path | Mapping[str, Any]:
    """The study, given in exactly one way.

    Raises:
        UsageError: it is given in no way, or in two ways.
    """
    if study is None and keys:
        return cast("Mapping[str, Any]", keys)
    if study is None:
        raise UsageError(
            "sweep.run needs a study file, or its keys: trainer=…, metric=…, …"
        )
    if keys:
        named = ", ".join(keys)
        raise UsageError(
            f"sweep.run got a study and keys as well ({named}); put these keys "
            "into the study"
        )
    return study


def resume(
    name: str | Path,
    *,
    results: Path | str = RESULTS,
    engine: EngineName = "ray",
    address: str | None = None,
    storage: str | None = None,
    extend: bool = False,
    accept_changes: bool = False,
    trust: bool | None = None,
    probe: bool = True,
    retry_failed: Sequence[int] | None = None,
    listen: Listener | None = None,
) -> Study:
    """Continue a study where its log ends; trials that have ended are never run again.

    Args:
        address: see `run`.
        storage: see `run`; None: that of the last session. A study that does not exist here is
            downloaded from it.
        extend: accept more trials, seeds or arms from the edited study file.
        accept_changes: continue although the trainer's code, its data or a library changed since
            the last session; tables mark rows with trials from before and after.
        trust: False: refuse to run code of a study that this user did not start. True: run it, and
            remember that it is trusted. None: skip the check.
        probe: see `run`.
        retry_failed: numbers of failed trials to train again from their first epoch; `()`: all of
            them; None: none.
        listen: see `run`.

    Raises:
        NotTrusted: see `trust`.
        UsageError: the study's runs were trained elsewhere; or a trial to retry has not failed.
        StudyNotFound, StudyLocked, LogDamaged: see there.
        StudyChanged: the study file has an edit that the study cannot accept, or something that
            results depend on has changed.
        Interrupted: SIGINT or SIGTERM; `resume` continues.
    """
    from sweep.engines import ENGINES
    from sweep.session import run_target
    from sweep.session.options import SessionOptions
    from sweep.session.session import work
    from sweep.session.storage_sync import bring_study
    from sweep.storage import absolute

    address = run_target.check(engine, address, storage)
    try:
        folder = load(name, results=results).folder
    except StudyNotFound:
        if storage is None:
            raise
        folder = Path(results) / Path(name).name
        bring_study(absolute(storage), folder.name, folder)
    with progress.shown_unless(listen) as heard:
        options = SessionOptions(
            extend=extend,
            accept=accept_changes,
            address=address,
            storage=storage,
            trusted=trust,
            probe=probe and engine != "debug",
            retry=retry_failed,
        )
        work(folder, ENGINES[engine], heard, options)
    return Study(folder)
