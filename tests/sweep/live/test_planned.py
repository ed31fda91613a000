"""The trials that each stage will have."""

from sweep.live.planned import planned_by_stage
from sweep.session import plan
from sweep.study import Study


def test_the_stages_together_have_the_trials_of_the_plan(bench):
    planned = plan.plan(Study(bench().create().folder).history.spec)
    assert sum(planned_by_stage(planned).values()) == planned.trials
