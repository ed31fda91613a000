"""What a caveat is; `sweep.report.caveats` and `sweep.report.origins` raise them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sweep.report.numbers import trial_list

MOST_EXCEPTIONS = 4  # arms that a common caveat names as exceptions


@dataclass(frozen=True, slots=True)
class Caveat:
    """A warning about one arm, or about the whole table.

    Attributes:
        arm: the arm whose row it marks; None for the whole table.
        text: the warning, for a reader.
        trials: the trials that it is about.
        template: the text without the arm's name, and with `{trials}` in place of the trials.
            Caveats that share a template and concern most arms become one note.
    """

    arm: str | None
    text: str
    trials: tuple[int, ...] = ()
    template: str = ""


def merged(caveats: Iterable[Caveat], arms: Sequence[str]) -> list[Caveat]:
    """The caveats; those that share a template and concern most arms become one."""
    caveats = list(caveats)
    by_template: dict[str, list[Caveat]] = defaultdict(list)
    for caveat in caveats:
        if caveat.arm is not None and caveat.template:
            by_template[caveat.template].append(caveat)
    common: dict[str, Caveat] = {}
    for template, group in by_template.items():
        if len({caveat.arm for caveat in group}) > max(1.0, len(arms) / 2):
            common[template] = _common_caveat(template, group, arms)
    single = [c for c in caveats if c.arm is None or c.template not in common]
    return single + list(common.values())


def _common_caveat(
    template: str, caveats: Sequence[Caveat], arms: Sequence[str]
) -> Caveat:
    """One caveat about all arms that these caveats are about."""
    trials = tuple(sorted({trial for caveat in caveats for trial in caveat.trials}))
    concerned = {caveat.arm for caveat in caveats}
    exceptions = [arm for arm in arms if arm not in concerned]
    if not exceptions:
        subject = "All arms"
    elif len(exceptions) <= MOST_EXCEPTIONS:
        subject = f"All arms but {', '.join(exceptions)}"
    else:
        subject = f"{len(concerned)} of {len(arms)} arms"
    text = template.replace("{trials}", trial_list(trials))
    return Caveat(None, f"{subject}: {text}", trials)
