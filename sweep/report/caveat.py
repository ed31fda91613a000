"""The form of a caveat; `sweep.report.caveats` and `sweep.report.origins` find them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sweep.report.numbers import trial_list

MOST_SPARED = 4  # arms that a common caveat names as not concerned


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something to be said about one arm (or, with None, the table).

    Attributes:
        arm: whose row it marks.
        text: for a reader.
        trials: those it is about.
        gist: the same without the arm and with `{trials}` for its trials; caveats of one gist that
            concern most arms become one note.
    """

    arm: str | None
    text: str
    trials: tuple[int, ...] = ()
    gist: str = ""


def merged(caveats: Iterable[Caveat], arms: Sequence[str]) -> list[Caveat]:
    """The caveats, those of one gist that concern several and most arms as one."""
    found = list(caveats)
    concerned: dict[str, list[Caveat]] = defaultdict(list)
    for caveat in found:
        if caveat.arm is not None and caveat.gist:
            concerned[caveat.gist].append(caveat)
    common = {
        gist: alike
        for gist, alike in concerned.items()
        if len({caveat.arm for caveat in alike}) > max(1.0, len(arms) / 2)
    }
    kept = [
        caveat for caveat in found if caveat.arm is None or caveat.gist not in common
    ]
    return kept + [_one(gist, alike, arms) for gist, alike in common.items()]


def _one(gist: str, alike: Sequence[Caveat], arms: Sequence[str]) -> Caveat:
    trials = tuple(sorted({trial for caveat in alike for trial in caveat.trials}))
    concerned = {caveat.arm for caveat in alike}
    spared = [arm for arm in arms if arm not in concerned]
    who = "All arms" if not spared else f"{len(concerned)} of {len(arms)} arms"
    if 0 < len(spared) <= MOST_SPARED:
        who = f"All arms but {', '.join(spared)}"
    return Caveat(
        None, f"{who}: {gist.replace('{trials}', trial_list(trials))}", trials
    )
