"""The verdicts so far, as `sweep status` shows them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from sweep.ablation import looks
from sweep.ablation.task_verdicts import task_verdicts
from sweep.ablation.verdicts import ArmVerdict, asked, metric_of, verdicts
from sweep.history.history import History
from sweep.history.task_view import by_task
from sweep.statistics.verdicts import Verdict

_STYLES = {
    Verdict.HELPS: "green",
    Verdict.HURTS: "red",
    Verdict.NO_DIFFERENCE: "dim",
    Verdict.UNDECIDED: "yellow",
}


def verdict_lines(history: History, *, final: bool) -> Iterator[Text]:
    """A line an arm; `final`: whether no run is to come. None where no verdicts are asked for."""
    if not asked(history):
        return
    state = "" if final else ", not final"
    there = by_task(history)
    over = task_verdicts(history)
    if over:
        yield Text(f"verdicts on {metric_of(history)}, over {len(there)} tasks{state}:")
    for each in over.values():
        yield _line(history, each, final=final)
    if looks.is_sequential(history) and len(there) > 1:
        return  # arms are judged over all tasks together
    for task, on in (there or {"": history}).items():
        found = verdicts(on)
        where = f", task {task}" if task else ""
        if found:
            yield Text(f"verdicts on {metric_of(on)}{where}{state}:")
        for each in found.values():
            yield _line(on, each, final=final)


def verdicts_so_far(history: History) -> Iterator[Text]:
    """The lines of a study that runs."""
    return verdict_lines(history, final=False)


def _line(history: History, found: ArmVerdict, *, final: bool) -> Text:
    judgement = found.judgement
    text = f"  {found.arm}: {judgement.words}"
    if found.hides:
        text += f" on average: {found.hides}"
    if judgement.verdict is Verdict.UNDECIDED:
        text += f" ({found.detail})" if found.detail else ""
    elif looks.is_sequential(history):
        text += f", decided at {found.seeds} seeds"
    elif not final:
        text += f" so far ({judgement.n} of {found.seeds} pairs)"
    return Text(text, style=_STYLES[judgement.verdict])
