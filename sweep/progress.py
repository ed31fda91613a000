"""The live view of a running study: a table on a terminal, plain lines elsewhere.

It listens to the events of the log, and has no state that the history lacks. In a notebook, one
output is updated in place.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from sweep.durations import duration
from sweep.history.history import History
from sweep.live.ended import EndedStates, best
from sweep.live.planned import planned_by_stage
from sweep.live.running import running_trials
from sweep.live.running_table import running_table
from sweep.live.time_left import seconds_left
from sweep.model.events import (
    ArmSkipped,
    Event,
    Notice,
    SessionStarted,
    SpecExtended,
)
from sweep.model.population_events import MemberFailed
from sweep.model.trial import State
from sweep.model.trial_events import (
    ConfigurationGivenUp,
    EpochEnded,
    TrialFinished,
    TrialInterrupted,
    TrialPaused,
    TrialReused,
    TrialStarted,
)
from sweep.search import trial_value
from sweep.session import plan
from sweep.session.recorder import Listener
from sweep.spec.tasks import tasks

_LINES_EVERY = 5.0  # seconds between plain progress lines, where a trial has ended
_AT_LEAST_EVERY = 30.0  # … and where none has, but epochs go by
_DRAWN_EVERY = 0.25  # seconds between two states of a terminal's table
_MILESTONES = (
    SessionStarted,
    TrialStarted,
    TrialFinished,
    TrialReused,
    TrialPaused,
    MemberFailed,
)
_WORDS = {State.COMPLETE: "done", State.PRUNED: "pruned", State.FAILED: "failed"}
_SHOWN_EVERY = 0.5  # seconds between two states of a notebook's line
_WIDTH = 160  # columns where there is no terminal: a line in a log file is not folded


@contextmanager
def shown_unless(listen: Listener | None) -> Iterator[Listener]:
    """The given listener, or a view that prints progress while a study runs."""
    if listen is not None:
        yield listen
        return
    console = Console()
    if _in_notebook():  # its output says that it is a terminal
        console = Console(width=_WIDTH, force_jupyter=False, force_terminal=False)
    elif not console.is_terminal:
        console = Console(width=_WIDTH)
    with View(console) as view:
        yield view


# Lines that a view shows below the trials, from the history: the verdicts so far.
Below = Callable[[History], Iterable[Text]]


def _nothing_below(history: History) -> Iterable[Text]:
    return ()


class View:
    """A listener for `sweep.study.run`, to be used as a context manager around it.

    Args:
        console: a terminal, a file or a pipe.
        below: lines that are shown below the trials on a terminal.
    """

    def __init__(self, console: Console, below: Below = _nothing_below):
        self._console = console
        self._below = below
        self._bars = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._history: History | None = None
        self._started: set[int] = set()  # trials at work
        self._has_started = False  # a trial of this session
        self._most_at_once = 1  # trials that this session ran at a time
        self._rules: set[str] = set()  # health rules that were mentioned
        self._spoke = -math.inf
        self._drawn: RenderableType = Text("starting …")
        self._drawn_at = -math.inf
        self._lines_below: list[Text] = []
        self._output = _NotebookLine() if _in_notebook() else None
        self._live = Live(
            get_renderable=self._render,
            console=console,
            refresh_per_second=4,
            transient=True,
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()
        elif self._history is not None:
            with suppress(OSError):
                self._say(self._summary())

    def __call__(self, history: History, event: Event) -> None:
        """Handle one event."""
        self._history = history
        # The terminal or the pipe is gone (rich asks to exit then): the study goes on without being
        # watched.
        with suppress(OSError, SystemExit):
            self._show(history, event)
            if self._console.is_terminal:
                self._redraw(history, event)
            elif self._due(event):
                self._say(self._summary())

    def _show(self, history: History, event: Event) -> None:
        match event:
            case SessionStarted():
                self._session(history)
            case SpecExtended():
                self._extended(history)
            case TrialStarted():
                self._started.add(event.trial)
                self._has_started = True
                self._most_at_once = max(self._most_at_once, len(self._started))
            case TrialInterrupted():
                self._started.discard(event.trial)
                self._print_dim(f"trial {event.trial}: {event.reason}")
            case TrialPaused():
                self._ended_trial(history, event.trial)
            case MemberFailed():
                self._ended_trial(history, event.trial)
                text = f"trial {event.trial} waits to be replaced: {event.reason}"
                self._print_dim(text)
            case TrialFinished():
                self._ended_trial(history, event.trial)
            case TrialReused():
                self._ended_trial(history, event.trial)
                source = f"trial {event.source} of {event.study}, already run there"
                self._print_dim(f"trial {event.trial} is {source}")
            case ArmSkipped():
                self._print_dim(f"{event.arm} is not trained: {event.reason}")
            case ConfigurationGivenUp():
                label = history.trials[event.trial].label
                self._print_dim(f"{label} gets no further runs: {event.reason}")
            case Notice():
                self._notice(event)

    # ----------------------------------------------------------------- events

    def _session(self, history: History) -> None:
        planned = plan.plan(history.spec)
        self._totals = planned_by_stage(planned)
        ended = len(history.cohort().ended)
        done = f", {ended} of them done before" if ended else ""
        name = Text(history.spec.name, style="bold")
        self._console.print(
            name.append(f": {planned.trials} trials{done}", style="not bold")
        )
        self._show_stages()

    def _extended(self, history: History) -> None:
        """The study has more trials, seeds or arms than when the session began."""
        planned = plan.plan(history.spec)
        self._totals = planned_by_stage(planned)
        self._print_dim(f"extended to {planned.trials} trials")
        self._show_stages()

    def _show_stages(self) -> None:
        """A bar for each stage that has trials."""
        for stage, total in self._totals.items():
            if stage in self._tasks:
                self._bars.update(self._tasks[stage], total=total)
            elif total:
                self._tasks[stage] = self._bars.add_task(
                    stage, total=total, completed=self._ended(stage)
                )

    def _ended_trial(self, history: History, number: int) -> None:
        trial = history.trials[number]
        self._started.discard(number)
        if trial.stage in self._tasks:
            self._bars.update(
                self._tasks[trial.stage], completed=self._ended(trial.stage)
            )
        if trial.state is State.FAILED:
            text = f"  trial {number} ({trial.label}, seed {trial.seed}) failed: {trial.reason}"
            self._console.print(Text(text), style="red")

    def _notice(self, notice: Notice) -> None:
        if notice.rule in self._rules:
            return  # shown once; `sweep report` lists every trial that broke it
        if notice.rule is not None:
            self._rules.add(notice.rule)
        trial = "" if notice.trial is None else f"trial {notice.trial}: "
        self._console.print(Text(f"  note: {trial}{notice.message}"), style="yellow")

    def _print_dim(self, text: str) -> None:
        self._console.print(Text(f"  {text}"), style="dim")

    # ----------------------------------------------------------------- what is shown

    def _render(self) -> RenderableType:
        """The view for the refreshing thread, made by `_redraw`; the history may be changing."""
        return self._drawn

    def _redraw(self, history: History, event: Event) -> None:
        """Render the terminal's view, when a trial starts or ends and a few times a second."""
        milestone = isinstance(event, _MILESTONES)
        now = time.monotonic()
        if not milestone and now - self._drawn_at < _DRAWN_EVERY:
            return
        self._drawn_at = now
        if milestone:  # verdicts change only when a trial has ended
            self._lines_below = list(self._below(history))
        parts: list[RenderableType] = [self._bars]
        if self._started:
            trials = running_trials(history, self._started)
            parts.append(running_table(trials, history.spec.metric.name))
        parts += self._lines_below
        parts.append(Text(f"  {self._counts()}", style="dim"))
        self._drawn = Group(*parts)

    def _summary(self) -> str:
        """One line where there are no bars, which else show the stages."""
        if self._history is None:
            return ""
        stages = ", ".join(
            f"{name} {self._ended(name)}/{total}"
            for name, total in self._totals.items()
            if total
        )
        return f"  {stages}: {self._counts()}"

    def _counts(self) -> str:
        """Running and ended trials, the remaining time, and the best value."""
        if self._history is None:
            return ""
        ended = self._history.cohort().derived(EndedStates).states
        counts = [
            f"{ended[s]} {_WORDS[s]}"
            for s in (State.COMPLETE, State.PRUNED, State.FAILED)
        ]
        if paused := len(self._history.cohort().paused):
            counts.append(f"{paused} paused")
        parts = [f"{self._at_work()}, {', '.join(counts)}"]
        if left := self._time_left():
            parts.append(left)
        return "; ".join(parts) + self._best()

    def _at_work(self) -> str:
        """The number of running trials; before the first one, what the study waits for."""
        running = len(self._started)
        if not running and not self._has_started:
            return "starting workers"
        return f"{running} running"

    def _time_left(self) -> str:
        """The remaining time of the study, once an epoch has ended."""
        if self._history is None or not self._started:
            return ""
        left = seconds_left(self._history, self._totals, self._most_at_once)
        return "" if left is None else f"about {duration(left)} left"

    def _best(self) -> str:
        if self._history is None or tasks(self._history.spec.parameters):
            return ""  # values on different tasks do not compare
        found = best(self._history)
        if found is None:
            return ""
        metric = self._history.spec.metric.name
        return (
            f"; best {metric} {trial_value.value(self._history.spec, found):.4f}"
            f" ({found.label}, seed {found.seed})"
        )

    def _ended(self, stage: str) -> int:
        """How many trials of a stage have ended or are paused."""
        if self._history is None:
            return 0
        cohort = self._history.cohort(stage)
        return len(cohort.ended) + len(cohort.paused)

    def _say(self, summary: str) -> None:
        if self._output is not None:
            self._output.show(summary)
        else:
            self._console.print(summary, highlight=False, markup=False)

    def _due(self, event: Event) -> bool:
        """Whether it is time for the next plain line, or for the next state of a notebook's."""
        every = _AT_LEAST_EVERY
        if self._output is not None:
            every = _SHOWN_EVERY
        elif isinstance(event, TrialFinished | TrialReused):
            every = _LINES_EVERY
        elif not isinstance(event, EpochEnded):
            return False
        now = time.monotonic()
        if now - self._spoke < every:
            return False
        self._spoke = now
        return True


class _NotebookLine:
    """One output of a notebook's cell that is updated in place."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, text: str) -> None:
        from IPython.display import display

        line = {"text/plain": text.strip()}
        if self._handle is None:
            self._handle = display(line, raw=True, display_id=True)
        else:
            self._handle.update(line, raw=True)


def _in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
