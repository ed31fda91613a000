"""How many trials each stage of a study will have."""

from __future__ import annotations

from sweep.ablation import ablation_stage, retune, variance_stage
from sweep.search import search_stage
from sweep.session.plan import Plan


def planned_by_stage(plan: Plan) -> dict[str, int]:
    """Stage → trials, in the order in which stages run; stages without trials too."""
    return {
        search_stage.NAME: plan.search_trials,
        retune.NAME: plan.retune_trials,
        ablation_stage.NAME: plan.ablation_trials,
        variance_stage.NAME: plan.variance_trials,
    }
