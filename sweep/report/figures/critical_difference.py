"""Critical-difference figure: arms by average rank over tasks.

A bar joins arms that do not differ significantly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweep.report.evidence import Evidence
from sweep.report.figures.style import BLACK, BLUE, GREY, Drawing, canvas, label, styled
from sweep.report.task_evidence import over_tasks
from sweep.report.tasks_ranking import critical, ranked_arms
from sweep.statistics.task_ranks import CriticalDifference

_ROW = 0.2  # height of an arm's line, inches
_BAR = 0.1  # height of a group's bar, inches


@styled
def critical_difference(evidence: Evidence) -> Drawing | None:
    """One mark per arm (Demšar 2006).

    None with fewer than six tasks, or fewer than two arms with runs on every task.
    """
    over = over_tasks(evidence)
    if over is None:
        return None
    difference = critical(over, evidence)
    if difference is None:
        return None
    names = ranked_arms(over)
    ranks = difference.average_ranks
    groups = difference.cliques
    best_first = sorted(range(len(names)), key=lambda arm: ranks[arm])
    arm_count = len(best_first)
    figure = canvas(0.6 + _ROW * arm_count + _BAR * len(groups))
    axes = figure.subplots()
    for row, arm in enumerate(best_first):
        _draw_arm(axes, ranks[arm], row)
    for number, group in enumerate(groups):
        group_ranks = [ranks[arm] for arm in group]
        _draw_group(axes, group_ranks, arm_count + 0.5 * number)
    labels = [label(names[arm], 26, 2) for arm in best_first]
    axes.set_yticks(range(arm_count), labels)
    axes.set_ylim(arm_count + 0.5 * len(groups) - 0.3, -0.6)
    axes.set_xlim(0.8, arm_count + 0.2)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Average rank over tasks\n(← better)")
    title = f"Average rank of each arm by {over.metric} over {len(over.on)} tasks"
    return Drawing(figure, title, _caption(difference))


def _draw_arm(axes: Any, rank: float, row: int) -> None:
    """Draw an arm's mark at its rank, a line that leads to it, and the rank as text."""
    axes.plot([0.8, rank], [row, row], color=GREY, linewidth=0.5, zorder=0)
    axes.plot([rank], [row], "o", color=BLUE, markersize=4)
    axes.text(rank + 0.08, row, f"{rank:.2f}", va="center", color=BLACK)


def _draw_group(axes: Any, ranks: Sequence[float], height: float) -> None:
    """Draw the bar that joins arms with these ranks."""
    ends = [min(ranks) - 0.05, max(ranks) + 0.05]
    heights = [height, height]
    axes.plot(ends, heights, color=BLACK, linewidth=2.2, solid_capstyle="butt")


def _caption(difference: CriticalDifference) -> str:
    """The caption: what a rank is, which arms are shown, what a bar means."""
    bars = "no bar, as every pair of arms differs significantly"
    if difference.cliques:
        bars = "a bar joins arms of which no two differ significantly"
    return (
        "Ranks by the mean over the runs on each task, tied arms share their mean rank; only arms "
        f"with runs on every task; {bars} (Wilcoxon's signed-rank test, Holm-adjusted over all "
        f"pairs, α = {difference.alpha:.2g}; Benavoli et al. 2016). Joined arms need not be equal: "
        "a difference that was not found may still exist."
    )
