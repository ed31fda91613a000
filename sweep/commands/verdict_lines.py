"""The verdicts so far, as `sweep status` shows them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from sweep.ablation import looks
from sweep.history.history import History
from sweep.history.task_view import by_task
from sweep.live.verdicts import VerdictSoFar, verdicts_so_far
from sweep.statistics.verdicts import Verdict

_STYLES = {
    Verdict.HELPS: "green",
    Verdict.HURTS: "red",
    Verdict.NO_DIFFERENCE: "dim",
    Verdict.UNDECIDED: "yellow",
}


def verdict_lines(history: History, *, final: bool) -> Iterator[Text]:
    """One line for each arm; nothing if the study asks for no verdicts.

    Args:
        final: no more runs will change the verdicts.
    """
    tasks = len(by_task(history))
    heading = ""
    for each in verdicts_so_far(history):
        above = _heading(each, tasks, final=final)
        if above != heading:
            heading = above
            yield Text(heading)
        yield _line(history, each, final=final)


def lines_so_far(history: History) -> Iterator[Text]:
    """The lines of a running study."""
    return verdict_lines(history, final=False)


def _heading(each: VerdictSoFar, tasks: int, *, final: bool) -> str:
    where = ""
    if each.task is not None:
        where = f", task {each.task}"
    elif tasks:
        where = f", over {tasks} tasks"
    return f"verdicts on {each.metric}{where}{'' if final else ', not final'}:"


def _line(history: History, each: VerdictSoFar, *, final: bool) -> Text:
    verdict, judgement = each.found, each.found.judgement
    text = f"  {each.arm}: {each.words}"
    if judgement.verdict is Verdict.UNDECIDED:
        text += f" ({verdict.detail})" if verdict.detail else ""
    elif looks.is_sequential(history):
        text += f", decided at {verdict.seeds} seeds"
    elif not final:
        text += f" so far ({judgement.n} of {verdict.seeds} pairs)"
    return Text(text, style=_STYLES[judgement.verdict])
