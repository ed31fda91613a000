"""The best trial so far, and how trials ended."""

from sweep.live.ended import best
from sweep.study import Study


def test_the_best_is_a_completed_trial_the_first_of_equals(bench, workers, conditional):
    study = bench(conditional + "search: {method: random, trials: 4}\n")
    values = {0: 0.9, 1: 0.5, 2: 0.8, 3: 0.8}

    def report(given, epoch):
        if given.trial == 0 and epoch == 1:
            return "failed", "ValueError: at its height"
        return ("metrics", {"val/f1": values[given.trial]}) if epoch < 4 else None

    study.run(workers(misbehave=report))
    assert best(Study(study.folder).history).number == 2


def test_without_a_completed_trial_there_is_no_best(bench):
    assert best(Study(bench().create().folder).history) is None
