"""Which trial gets a worker next: an interrupted one, else what the first stage
proposes that can."""

from sweep.model.trial import State
from tests.sweep.session.searches import pausing


def test_the_ablation_waits_for_the_search_and_not_for_paused_trials(bench):
    text = pausing().replace("  x:", "  loss_type: {values: [ce, focal]}\n  x:")
    text += "ablation: {baseline: {loss_type: ce}, seeds: [0], designs: {arms: {}}}\n"
    history = bench(text).run()
    assert history.paused()
    assert {trial.state for trial in history.stage("ablation")} == {State.COMPLETE}


def test_an_interrupted_trial_comes_before_a_new_one(bench, workers):
    study = bench()
    study.create()
    first = workers(misbehave=lambda assignment, epoch: None)

    def stop_soon(schedule):
        reported = schedule.reported

        def report(number, *rest):
            schedule.request_stop("enough")
            return reported(number, *rest)

        schedule.reported = report

    study.session(first, before=stop_soon)
    second = workers()
    study.session(second)
    assert second.assignments[0].trial == first.assignments[-1].trial
    assert second.assignments[0].attempt == 2
