"""Critical-difference figure: arms by average rank over tasks; a bar joins those not told apart."""

from __future__ import annotations

from typing import Any

from sweep.report.evidence import Evidence
from sweep.report.figures.style import BLACK, BLUE, GREY, Drawing, canvas, label, styled
from sweep.report.task_evidence import over_tasks
from sweep.report.tasks_table import critical, ranked_arms
from sweep.statistics.task_ranks import CriticalDifference

_ROW = 0.2  # height of an arm's line, inches
_BAR = 0.1  # of a group's bar


@styled
def critical_difference(evidence: Evidence) -> Drawing | None:
    """One mark an arm; None below six tasks or two arms with runs on each (Demšar 2006)."""
    over = over_tasks(evidence)
    found = None if over is None else critical(over, evidence)
    if over is None or found is None:
        return None
    arms = ranked_arms(over)
    ordered = sorted(range(len(arms)), key=lambda arm: found.average_ranks[arm])
    figure = canvas(0.6 + _ROW * len(ordered) + _BAR * len(found.cliques))
    axes = figure.subplots()
    for row, arm in enumerate(ordered):
        _arm(axes, found.average_ranks[arm], row)
    for place, group in enumerate(found.cliques):
        _group(axes, found, group, len(ordered) + 0.5 * place)
    axes.set_yticks(range(len(ordered)), [label(arms[arm], 26, 2) for arm in ordered])
    axes.set_ylim(len(ordered) + 0.5 * len(found.cliques) - 0.3, -0.6)
    axes.set_xlim(0.8, len(ordered) + 0.2)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Average rank over tasks\n(← better)")
    title = f"Average rank of each arm by {over.metric} over {len(over.on)} tasks"
    return Drawing(figure, title, _caption(found))


def _arm(axes: Any, rank: float, row: int) -> None:
    axes.plot([0.8, rank], [row, row], color=GREY, linewidth=0.5, zorder=0)
    axes.plot([rank], [row], "o", color=BLUE, markersize=4)
    axes.text(rank + 0.08, row, f"{rank:.2f}", va="center", color=BLACK)


def _group(
    axes: Any, found: CriticalDifference, group: tuple[int, ...], at: float
) -> None:
    ranks = [found.average_ranks[arm] for arm in group]
    ends = [min(ranks) - 0.05, max(ranks) + 0.05]
    axes.plot(ends, [at, at], color=BLACK, linewidth=2.2, solid_capstyle="butt")


def _caption(found: CriticalDifference) -> str:
    alike = "no two arms are joined: each pair differs"
    if found.cliques:
        alike = "a bar joins arms of which no two differ significantly"
    return (
        "Ranks by the mean over the runs of each task, ties share their mean rank; the figure has "
        f"the arms with runs on every task; {alike} (Wilcoxon's signed-rank test, "
        f"Holm-adjusted over all pairs, α = {found.alpha:.2g}; Benavoli et al. 2016). Arms of one "
        "rank are not equal: that no difference was found does not show that there is none."
    )
