"""The laws: what must be true of a study after every kill, and when it has come to its end.

Each law returns sentences, one a violation; an empty list is what everybody hopes for.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sweep.errors import LogDamaged
from sweep.history.folding import fold
from sweep.history.history import History
from sweep.log.lines import Record
from sweep.log.reader import replay
from sweep.model.trial import State
from tests.torture import driver, study

# seconds after the driver's death in which nothing of it may be left
ENDS_WITHIN = 10.0


@dataclass
class Watched:
    """One study under torture, and what was seen of it so far.

    Attributes:
        log: the sound bytes of the log at the last look.
        ended: trial → lines of the witness when the trial was first seen to have ended.
        lasted: for every kill, seconds until the driver's last process was gone.
    """

    home: Path
    log: bytes = b""
    ended: dict[int, int] = field(default_factory=dict)
    lasted: list[float] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The study's event log."""
        return self.home / "results" / driver.NAME / "events.jsonl"

    def witness(self) -> list[tuple[str, int, int, int]]:
        """What the trainer wrote down: (`start` or `epoch`, trial, epoch, process)."""
        file = self.home / study.WITNESS
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [
            (what, int(trial), int(epoch), int(pid))
            for what, trial, epoch, pid in map(str.split, lines)
        ]

    def history(self) -> History:
        """The study as its log tells it."""
        return fold(replay(self.path).events)


def nothing_left(watched: Watched) -> list[str]:
    """No process that the driver started outlives it for long."""
    seconds = driver.seconds_until_gone(watched.home, ENDS_WITHIN)
    if seconds is not None:
        watched.lasted.append(seconds)
        return []
    left = driver.family(watched.home)
    driver.kill(left)
    return [f"left after {ENDS_WITHIN:g} s: {left}"]


def after_kill(watched: Watched) -> list[str]:
    """Nothing of the driver is left, and the log says all that it said before."""
    violations = nothing_left(watched)
    if not watched.path.exists():
        return violations
    try:
        there = replay(watched.path)
    except LogDamaged as damage:
        return [*violations, f"the log cannot be read: {damage}"]
    sound = watched.path.read_bytes()[: there.end]
    if not sound.startswith(watched.log):
        violations.append(f"the log of {len(watched.log)} bytes lost what it said")
    watched.log = sound
    for event in there.events:
        if event["event"] == "trial_finished":
            watched.ended.setdefault(event["trial"], len(watched.witness()))
    return violations


def at_the_end(watched: Watched) -> list[str]:
    """Every planned trial is there once, trained to its end once, and a kill cost no
    more than it may."""
    events = replay(watched.path).events
    return [
        *planned(watched.history()),
        *once_each(events),
        *trained_once(watched),
        *repeated_at_most_once(watched.witness()),
    ]


def planned(history: History) -> list[str]:
    """The search's trials by number, the ablation's by arm and seed; all ended well."""
    violations = []
    if (found := len(history.stage("search"))) != study.SEARCH_TRIALS:
        violations.append(f"{found} search trials instead of {study.SEARCH_TRIALS}")
    wanted = Counter((arm, seed) for arm in study.ARMS for seed in study.SEEDS)
    there = Counter((trial.label, trial.seed) for trial in history.stage("ablation"))
    violations += [f"lost: {key} x {times}" for key, times in (wanted - there).items()]
    violations += [f"twice: {key} x {times}" for key, times in (there - wanted).items()]
    for trial in history.trials.values():
        allowed = (
            {State.COMPLETE, State.PRUNED}
            if trial.stage == "search"
            else {State.COMPLETE}
        )
        if trial.state not in allowed:
            violations.append(
                f"trial {trial.number} is {trial.state.value}: {trial.reason}"
            )
        if trial.state is State.COMPLETE and len(trial.reports) != study.EPOCHS:
            violations.append(
                f"trial {trial.number} is complete with {len(trial.reports)} epochs of"
                f" {study.EPOCHS}"
            )
    return violations


def once_each(events: list[Record]) -> list[str]:
    """No trial is created or finished twice in the log, no epoch counted twice or out of order."""
    told = Counter(
        (e["event"], e["trial"])
        for e in events
        if e["event"] in ("trial_created", "trial_finished")
    )
    violations = [
        f"{what} of trial {trial} stands {times} times"
        for (what, trial), times in told.items()
        if times > 1
    ]
    latest: dict[int, int] = {}
    for event in events:
        if event["event"] == "epoch":
            if event["epoch"] != latest.get(event["trial"], -1) + 1:
                violations.append(
                    f"trial {event['trial']}: epoch {event['epoch']} after"
                    f" {latest.get(event['trial'])}"
                )
            latest[event["trial"]] = event["epoch"]
    return violations


def trained_once(watched: Watched) -> list[str]:
    """A trial that was seen to have ended is never trained again."""
    return [
        f"trial {trial} was trained again after its end: {what} {epoch}"
        for line, (what, trial, epoch, _) in enumerate(watched.witness())
        if line >= watched.ended.get(trial, line + 1)
    ]


def repeated_at_most_once(witness: list[tuple[str, int, int, int]]) -> list[str]:
    """Each attempt takes a trial up at the last epoch that was begun, or behind it: one
    epoch repeated at most."""
    violations = []
    begun: dict[int, int] = {}
    for what, trial, epoch, pid in witness:
        last = begun.get(trial, -1)
        if what == "start" and epoch not in (max(last, 0), last + 1):
            violations.append(
                f"trial {trial} was taken up at epoch {epoch}; it had begun epoch"
                f" {last} (process {pid})"
            )
        if what == "epoch":
            begun[trial] = epoch
    return violations


def epochs_trained(witness: list[tuple[str, int, int, int]]) -> tuple[int, int]:
    """Epochs that the trainer began, and how many of those it had begun before."""
    begun = Counter(
        (trial, epoch) for what, trial, epoch, _ in witness if what == "epoch"
    )
    return begun.total(), begun.total() - len(begun)
