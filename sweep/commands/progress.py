"""The live view of a running study: bars on a terminal, plain lines elsewhere.

It listens to the same events that go to the log and keeps nothing that the history does not have.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from sweep.ablation import ablation_stage, retune
from sweep.history.history import History
from sweep.log.event_log import Event
from sweep.model.trial import State, Trial
from sweep.search import search_stage
from sweep.session import plan

_LINES_EVERY = 5.0  # seconds between plain progress lines


class View:
    """A listener for `sweep.study.run`, to be used as a context manager around it."""

    def __init__(self, console: Console):
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(bar_width=36),
            MofNCompleteColumn(),
            TextColumn("[dim]about[/]"),
            TimeRemainingColumn(compact=True),
            TextColumn("[dim]left[/]"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._totals: dict[str, int] = {}
        self._history: History | None = None
        self._started: set[int] = set()
        self._rules: set[str] = set()  # health rules that were mentioned
        self._spoke = 0.0
        self._live = Live(
            get_renderable=self._render, console=console, refresh_per_second=4, transient=True
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

    def __call__(self, history: History, event: Event) -> None:
        """Take in one event."""
        self._history = history
        # The terminal or the pipe is gone (rich asks to exit then): the study goes on without being
        # watched.
        with suppress(OSError, SystemExit):
            _HEARD.get(event["event"], View._ignore)(self, history, event)

    # ----------------------------------------------------------------- events

    def _ignore(self, history: History, event: Event) -> None:
        """Nothing to show."""

    def _session(self, history: History, event: Event) -> None:
        planned = plan.plan(history.spec)
        self._totals = {
            search_stage.NAME: planned.search_trials,
            retune.NAME: planned.retune_trials,
            ablation_stage.NAME: planned.ablation_trials,
        }
        ended = len(history.cohort().ended)
        done = f", {ended} of them done before" if ended else ""
        name = Text(history.spec.name, style="bold")
        self._console.print(name.append(f": {planned.trials} trials{done}", style="not bold"))
        for stage, total in self._totals.items():
            if total:
                self._tasks[stage] = self._bars.add_task(
                    stage, total=total, completed=self._ended(stage)
                )

    def _begun(self, history: History, event: Event) -> None:
        self._started.add(event["trial"])

    def _paused(self, history: History, event: Event) -> None:
        self._started.discard(event["trial"])
        self._console.print(
            f"  trial {event['trial']}: {event['reason']}", style="dim", highlight=False
        )

    def _ended_trial(self, history: History, event: Event) -> None:
        trial = history.trials[event["trial"]]
        self._started.discard(trial.number)
        if trial.stage in self._tasks:
            self._bars.update(self._tasks[trial.stage], completed=self._ended(trial.stage))
        if trial.state is State.FAILED:
            self._console.print(
                Text(
                    f"  trial {trial.number} ({trial.label}, seed {trial.seed}) failed: "
                    f"{trial.reason}"
                ),
                style="red",
            )
        elif not self._console.is_terminal and self._due():
            self._console.print(self._summary(), highlight=False, markup=False)

    def _reused(self, history: History, event: Event) -> None:
        self._ended_trial(history, event)
        source = f"trial {event['source']} of {event['study']}"
        text = f"  trial {event['trial']} is {source}, already run there"
        self._console.print(Text(text), style="dim")

    def _skipped(self, history: History, event: Event) -> None:
        self._console.print(
            Text(f"  {event['arm']} is not trained: {event['reason']}"), style="dim"
        )

    def _given_up(self, history: History, event: Event) -> None:
        label = history.trials[event["trial"]].label
        self._console.print(Text(f"  {label} gets no further runs: {event['reason']}"), style="dim")

    def _notice(self, history: History, event: Event) -> None:
        if (rule := event.get("rule")) in self._rules:
            return  # said once; `sweep report` lists every trial that broke it
        if rule is not None:
            self._rules.add(rule)
        trial = "" if event["trial"] is None else f"trial {event['trial']}: "
        self._console.print(Text(f"  note: {trial}{event['message']}"), style="yellow")

    # ----------------------------------------------------------------- what is shown

    def _render(self) -> RenderableType:
        return (
            Group(self._bars, Text(f"{self._summary()}", style="dim"))
            if self._history
            else Text("starting …")
        )

    def _summary(self) -> str:
        if self._history is None:
            return ""
        ended = self._history.cohort().over_ended(
            "states", Counter[State], lambda seen, trial: seen.update((trial.state,))
        )
        counts = [f"{ended[s]} {_WORDS[s]}" for s in (State.COMPLETE, State.PRUNED, State.FAILED)]
        stages = ", ".join(
            f"{name} {self._ended(name)}/{total}" for name, total in self._totals.items() if total
        )
        return f"  {stages}: {len(self._started)} running, {', '.join(counts)}{self._best()}"

    def _best(self) -> str:
        if self._history is None:
            return ""
        found = best(self._history)
        if found is None:
            return ""
        metric = self._history.spec.metric.name
        value = search_stage.value(self._history.spec, found)
        return f"; best {metric} {value:.4f} ({found.label}, seed {found.seed})"

    def _ended(self, stage: str) -> int:
        return len(self._history.cohort(stage).ended) if self._history else 0

    def _due(self) -> bool:
        now = time.monotonic()
        if now - self._spoke < _LINES_EVERY:
            return False
        self._spoke = now
        return True


def best(history: History) -> Trial | None:
    """The completed trial with the best validation metric, the first of equals.

    A pruned or failed trial is never the best.
    """
    spec = history.spec
    sign = 1 if spec.metric.goal == "maximize" else -1

    def take(leader: list[tuple[float, int]], trial: Trial) -> None:
        if trial.state is State.COMPLETE:
            leader[:] = [max([(sign * search_stage.value(spec, trial), -trial.number), *leader])]

    leader = history.cohort().over_ended(
        ("best", spec.metric, spec.report.select), list[tuple[float, int]], take
    )
    return history.trials[-leader[0][1]] if leader else None


_WORDS = {State.COMPLETE: "done", State.PRUNED: "pruned", State.FAILED: "failed"}
_HEARD = {
    "session_started": View._session,
    "trial_started": View._begun,
    "trial_interrupted": View._paused,
    "trial_finished": View._ended_trial,
    "trial_reused": View._reused,
    "arm_skipped": View._skipped,
    "configuration_given_up": View._given_up,
    "notice": View._notice,
}
