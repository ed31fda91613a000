"""What a reader of a search's tables must know of how its trials were trained.

The ablation table marks arms (`sweep.report.caveats`). A search has no arms: its tables name the
trials.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sweep.report.caveats import environment_keys, environment_values, notices
from sweep.report.evidence import Evidence
from sweep.report.numbers import trial_list
from sweep.report.resumption_note import note_resumption
from sweep.report.table import Notes


def note_caveats(evidence: Evidence, notes: Notes) -> None:
    """Add the study's notices, those about trials of the search, and changes while it trained."""
    searched = {trial.number for trial in evidence.history.stage("search")}
    for text, trials in _environments(evidence, sorted(searched)):
        notes.add(text, trials)
    for caveat in notices(evidence):
        if searched.issuperset(caveat.trials):
            notes.add(caveat.text, caveat.trials)
    note_resumption(evidence.history, notes)


def _environments(
    evidence: Evidence, searched: list[int]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A sentence for each kind of environment that not all trials of the search ran in.

    A trial that was resumed after a change ran in several ones, one after the other.
    """
    history = evidence.history
    for key in environment_keys(history):
        ran_with: dict[str, list[int]] = defaultdict(list)
        several = False
        for number in searched:
            values = environment_values(history, number, key)
            several |= len(values) > 1
            if values:
                ran_with[" then ".join(values)].append(number)
        if len(ran_with) < 2 and not several:
            continue
        parts = [
            f"{trial_list(group)} with {value}" for value, group in ran_with.items()
        ]
        text = f"The {key} changed during the search: {'; '.join(parts)}"
        yield (
            text,
            tuple(sorted(number for group in ran_with.values() for number in group)),
        )
