"""Study after study is started, killed and resumed until enough drivers have died; then
the books are checked."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sweep.engine import starting
from sweep.history.history import History
from tests.torture import accounting, driver, faults, reference, retraining, study
from tests.torture.accounting import Watched

# seconds for a session that is left alone; a study that needs longer hangs
PATIENCE = 300.0
# every third study runs one trial at a time: all of it must come out as without a fault
SEQUENTIAL_EVERY = 3


@dataclass
class Books:
    """What was done, and what came of it.

    Attributes:
        done: faults by kind.
        counts: studies, trials and epochs by what became of them.
        lasted: seconds from a kill until the driver's last process was gone, one for each kill.
        violations: sentences; the evidence is in the folder that each begins with.
    """

    done: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    lasted: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


def torture(
    folder: Path,
    wishes: faults.Wishes,
    seed: int,
    minutes: float | None = None,
    say: Callable[[str], None] = print,
) -> Books:
    """Torture studies in `folder` until as many drivers were killed as wished for, or the time is
    over.

    The folders of studies that kept all laws are removed; the others stay as evidence.

    Raises:
        UsageError: the path of `folder` is too long for Ray, so that no study could run in it.
    """
    starting.check_length(folder / "s999/tmp")
    dice = random.Random(seed)
    began = time.monotonic()
    books = Books(done=wishes.done)
    expected = reference.run(folder / "reference")
    table = reference.ablation_table(folder / "reference" / "results")
    alone = retraining.Reference(folder / "alone")

    def time_left() -> bool:
        return minutes is None or time.monotonic() - began < 60 * minutes

    while wishes.done["kills"] < wishes.kills and time_left():
        number = books.counts["studies"]
        watched = Watched(folder / f"s{number}")
        sequential = number % SEQUENTIAL_EVERY == SEQUENTIAL_EVERY - 1
        study.write(watched.home, concurrent=1 if sequential else 2)
        violations = _one_study(watched, wishes, dice, time_left, say)
        if watched.path.exists():
            violations += check(watched, books, table, alone)
            if sequential and _another_story(watched.history(), expected):
                violations.append(
                    "one trial at a time, and yet another study than without a fault"
                )
        books.counts["studies"] += 1
        books.lasted += watched.lasted
        books.violations += [f"{watched.home}: {violation}" for violation in violations]
        books.seconds = time.monotonic() - began
        say(
            f"study {number}: {wishes.done['kills']} kills in {books.seconds / 60:.1f}"
            f" min; violations: {violations}"
        )
        if not violations:
            shutil.rmtree(watched.home)
    return books


def _another_story(history: History, expected: History) -> bool:
    """Whether a study that ran one trial at a time came out otherwise than without a fault.

    A trial that lost its worker rests, and the next is suggested before its result is known: that
    is another study by right, whose table is compared all the same.
    """
    return not history.losses and reference.story(history) != reference.story(expected)


def _one_study(
    watched: Watched,
    wishes: faults.Wishes,
    dice: random.Random,
    time_left: Callable[[], bool],
    say: Callable[[str], None],
) -> list[str]:
    """Sessions of one study until it is done; what was wrong after each kill."""
    violations: list[str] = []
    while True:
        what = (
            "resume" if watched.path.exists() and watched.path.stat().st_size else "run"
        )
        last = wishes.done["kills"] >= wishes.kills or not time_left()
        plan = wishes.draw(dice)
        process = driver.start(watched.home, what, plan.form)
        if last:
            if not faults.ends_within(process, PATIENCE):
                driver.kill(driver.family(watched.home))
                return [*violations, f"a session was not done after {PATIENCE:g} s"]
        elif faults.carry_out(plan, watched.home, process, wishes.done):
            violations += accounting.after_kill(watched)
            say(f"  kill {wishes.done['kills']}: {plan}")
            continue
        violations += accounting.nothing_left(watched)
        if process.returncode:
            violations.append(
                f"a session ended with exit code {process.returncode}: see said.txt"
            )
        return violations


def check(
    watched: Watched, books: Books, table: bytes, alone: retraining.Reference
) -> list[str]:
    """All laws that hold at a study's end, entered in the books."""
    history, results = watched.history(), watched.home / "results"
    total, again = accounting.epochs_trained(watched.witness())
    books.counts["planned"] += study.PLANNED
    books.counts["finished"] += sum(
        trial.state.finished for trial in history.trials.values()
    )
    books.counts["epochs"] += total
    books.counts["epochs again"] += again
    books.counts["folders left"] += len(driver.left_folders(watched.home))
    violations = accounting.at_the_end(watched)
    if violations:
        return violations
    different = alone.differences(history, results / driver.NAME)
    books.counts["weights compared"] += len(history.trials)
    books.counts["weights different"] += len(different)
    books.counts["tables compared"] += 1
    if reference.ablation_table(results) != table:
        books.counts["tables different"] += 1
        different.append("the ablation table is another one than without a fault")
    return different
