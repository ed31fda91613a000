"""The defaults of a stopping rule: it stops and pauses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from sweep.model.domains import Constant
from sweep.model.fault import Fault, Key
from sweep.model.fields import Section
from sweep.model.parameters import Parameters
from sweep.model.trial import Goal, Trial
from sweep.stopping.protocol import Least, Looks


class Rule(Section):
    """A rule that stops nothing; a rule overrides the methods that it needs."""

    type: str
    between_runs: ClassVar[bool] = False
    wrappable: ClassVar[bool] = False
    counts_reports: ClassVar[bool] = False
    few_complete: ClassVar[bool] = False

    @property
    def pauses(self) -> bool:
        """No trial pauses."""
        return False

    def stop_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """Why `trial` should stop after its latest report; None: it continues."""
        return None

    def pause_reason(
        self, trial: Trial, rivals: Sequence[Trial], metric: str, goal: Goal
    ) -> str | None:
        """No trial pauses."""
        return None

    def promotable(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """No trial has paused."""
        return None

    def leader(
        self,
        trials: Sequence[Trial],
        run: tuple[int, int | None],
        metric: str,
        goal: Goal,
    ) -> tuple[int, str] | None:
        """No trial has paused."""
        return None

    def censored_at(self, trial: Trial, metric: str, goal: Goal) -> int | None:
        """No running trial is censored."""
        return None

    def may_stop(self, trial: Trial) -> bool:
        """Whether the trial has epochs left that could be saved."""
        return epochs_left(trial, None)

    def judged(self, epochs: int | None) -> list[int] | None:
        """Epochs done after which a trial may be stopped; None: after any."""
        return None

    def least(self) -> Least:
        """Every run gets every epoch."""
        return Least()

    def looks(self, longest: int) -> Looks:
        """No decision points to draw in a figure."""
        return Looks()

    def notes(self) -> Iterator[str]:
        """No notes."""
        yield from ()

    def faults(self, parameters: Parameters, runs: int, at: Key) -> Iterator[Fault]:
        """No violations."""
        yield from ()


def epochs_left(trial: Trial, max_iter: int | None) -> bool:
    """Whether the trial has trained fewer than `max_iter` epochs (None: its `epochs`)."""
    last = max_iter if max_iter is not None else trial.config.get("epochs")
    if not isinstance(last, int):
        return True
    return trial.epochs_done(trial.reports[-1].epoch) < last


def constant_epochs(parameters: Parameters) -> int | None:
    """The epochs of every trial; None if they are searched, absent or no positive integer."""
    if "epochs" not in parameters:
        return None
    domain = parameters["epochs"].domain
    if not isinstance(domain, Constant) or not isinstance(domain.value, int):
        return None
    return domain.value if domain.value >= 1 else None


def beyond_the_epochs(
    at: Key,
    parameters: Parameters,
    *,
    min_iter: int | None = None,
    max_iter: int | None = None,
) -> Iterator[Fault]:
    """Violations: a bound above the epochs of every trial, or `max_iter` below `min_iter`."""
    epochs = constant_epochs(parameters)
    if epochs is None:
        return
    for key, bound in (("min_iter", min_iter), ("max_iter", max_iter)):
        if bound is not None and bound > epochs:
            problem = f"{bound} is more than the {epochs} epochs of a trial"
            yield Fault((*at, key), problem, f"at most {epochs}")
    if min_iter is not None and max_iter is not None and max_iter < min_iter:
        problem = f"{max_iter} is below min_iter"
        yield Fault((*at, "max_iter"), problem, f"at least {min_iter}")
