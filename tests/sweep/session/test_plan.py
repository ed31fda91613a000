"""The plan: what it counts is what is then run, and what it costs is what was measured."""

import pytest

from sweep import spec
from sweep.session.plan import (
    PROBE_EPOCHS,
    Probe,
    budget_epochs,
    cost,
    memory,
    paused_checkpoints,
    plan,
    probe,
)

FILE = """
name: planned
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 9
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  learning_rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2}
"""
SEARCH = "search: {method: random, trials: 4, seeds: [0, 1]}\n"
ABLATION = """
ablation:
  baseline: {loss_type: ce, learning_rate: 1e-3}
  seeds: [0, 1, 2]
  designs:
    arms: {focal: {loss_type: focal, focal_gamma: 2.0}, again: {loss_type: focal, focal_gamma: 2.0}}
"""


def loaded(folder, text):
    (folder / "trainer.py").write_text(TRAINER)
    (folder / "study.yaml").write_text(text)
    return spec.load(folder / "study.yaml")


TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        assert epoch < 2, "a probe is short"
        if run.report(epoch, {"val/f1": 0.5}):
            break
"""


@pytest.mark.parametrize(
    "sections, searched, ablated, shared",
    [
        (SEARCH, 8, 0, 0),
        (ABLATION, 0, 6, 3),
        (SEARCH + ABLATION, 8, 6, 3),
        ("search: {method: grid}", 6, 0, 0),
    ],
)
def test_the_plan_has_as_many_trials_as_a_run(
    bench, tmp_path, sections, searched, ablated, shared
):
    text = FILE + sections
    if "grid" in sections:
        text = text.replace("{min: 0.5, max: 4.0,", "{values: [1, 2],")
        text = text.replace(
            "{distribution: log_uniform_values, min: 1e-4, max: 1e-2}",
            "{values: [0.1, 0.2]}",
        )
    planned = plan(loaded(tmp_path, text))
    assert (planned.search_trials, planned.ablation_trials, planned.shared) == (
        searched,
        ablated,
        shared,
    )
    assert planned.trials == len(bench(text).run().trials)
    assert planned.epochs == 9


def test_the_budget_is_the_constant_epochs_if_there_is_one(tmp_path):
    assert budget_epochs(loaded(tmp_path, FILE + SEARCH)) == 9
    assert (
        budget_epochs(
            loaded(
                tmp_path, FILE.replace("epochs: 9", "epochs: {min: 2, max: 9}") + SEARCH
            )
        )
        is None
    )


def test_a_probe_trains_two_epochs_and_leaves_nothing_behind(tmp_path):
    study = loaded(tmp_path, FILE + SEARCH)
    before = sorted(path.name for path in tmp_path.iterdir())
    measured = probe(study, tmp_path)
    assert measured.epoch > 0
    assert measured.start >= 0
    assert [
        path.name for path in sorted(tmp_path.iterdir()) if path.name != "__pycache__"
    ] == before


def test_the_cost_is_trials_times_epochs_divided_by_concurrency(tmp_path):
    study = loaded(tmp_path, FILE + SEARCH + ABLATION)
    least, most = cost(study, plan(study), Probe(start=1.0, epoch=2.0), at_once=2)
    assert least == most == (8 + 6) * (1 + 9 * 2) / 2


@pytest.mark.parametrize(
    "rule, started, epochs",
    [
        ("{type: asha, min_iter: 1, eta: 3}", 4, 9 + 3 * 1),
        ("{type: median, min_iter: 2}", 6, 4 * 9 + 2 * 2),
        ("{type: threshold, lower: 0, min_iter: 2}", 4, 4 * 2),
        ("{type: patient, patience: 2}", 4, 4 * 4),
        ("{type: none}", 8, 8 * 9),
    ],
)
def test_a_rule_saves_at_most_what_it_may_stop(tmp_path, rule, started, epochs):
    study = loaded(tmp_path, FILE + SEARCH + f"early_terminate: {rule}\n")
    least, most = cost(study, plan(study), Probe(start=2.0, epoch=1.0), at_once=1)
    assert most == 8 * (2 + 9), "four configurations, two seeds"
    assert least == pytest.approx(started * 2 + epochs), (
        "stopped in its first run, a configuration gets no second"
    )
    assert PROBE_EPOCHS == 2


def test_a_rule_between_runs_saves_runs(tmp_path):
    several = SEARCH.replace("seeds: [0, 1]", "seeds: [0], folds: 6")
    study = loaded(tmp_path, FILE + several + "early_terminate: {type: wilcoxon}\n")
    least, most = cost(study, plan(study), Probe(start=2.0, epoch=1.0), at_once=1)
    assert most == 4 * 6 * (2 + 9)
    assert least == (6 + 3 * 4) * (2 + 9)


def test_early_stopping_in_a_retuning_saves_epochs_for_every_arm(tmp_path):
    tuned = (
        "  retune: {parameters: [learning_rate], trials: 5, early_terminate: {type:"
        " asha, min_iter: 2}}\n"
    )
    text = (FILE + ABLATION.replace(", learning_rate: 1e-3", "") + tuned).replace(
        "max: 1e-2}", "max: 1e-2, role: nuisance}"
    )
    study = loaded(tmp_path, text)
    planned = plan(study)
    assert planned.retune_trials == 2 * 5
    least, most = cost(study, planned, Probe(start=0.0, epoch=1.0), at_once=1)
    assert most - least == 2 * (5 * 9 - (9 + 4 * 2))


PROMOTING = "early_terminate: {type: asha, form: promote, eta: 3}\n"


def test_all_but_one_search_trial_may_keep_checkpoints_while_it_is_paused(tmp_path):
    wanted = loaded(tmp_path, FILE + SEARCH + PROMOTING)
    assert paused_checkpoints(wanted, plan(wanted)) == 3 * (2 + 1), (
        "two latest and the best"
    )
    every = loaded(tmp_path, FILE + SEARCH + PROMOTING + "checkpoint: {keep: all}\n")
    assert paused_checkpoints(every, plan(every)) == 3 * 9
    stopping = loaded(tmp_path, FILE + SEARCH + PROMOTING.replace("promote", "stop"))
    assert paused_checkpoints(stopping, plan(stopping)) == 0


def test_a_probe_of_a_trainer_that_registers_nothing_writes_no_checkpoint(tmp_path):
    assert probe(loaded(tmp_path, FILE + SEARCH), tmp_path).checkpoint == 0


def test_a_trainer_may_state_the_memory_of_its_data(tmp_path):
    study = loaded(tmp_path, FILE + ABLATION)
    assert memory(study, tmp_path) == ""
    said = "\ntrain.memory = lambda config: f'{config[\"epochs\"]} images'\n"
    (tmp_path / "saying.py").write_text(TRAINER + said)
    (tmp_path / "study.yaml").write_text(
        (FILE + ABLATION).replace("trainer.py", "saying.py")
    )
    assert memory(spec.load(tmp_path / "study.yaml"), tmp_path) == "9 images"
