"""A Hydra configuration with a sweeper runs as it is, or says what it cannot mean."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from tests.sweep.spec.foreign.files import HYDRA


def test_a_hydra_sweep_runs_unchanged_and_a_note_says_what_to_print(lay_out):
    study = spec.load(lay_out("config.yaml", HYDRA))
    assert study.command.run[-2:] == ("${args_hydra}", "hydra.run.dir=${folder}/hydra")
    assert (study.command.program, study.search.trials) == ("main.py", 12)
    assert any("print" in note for note in study.notes)


def test_a_glob_is_refused_with_the_reason_and_its_line(lay_out):
    with pytest.raises(StudyFileError) as caught:
        spec.load(lay_out("config.yaml", HYDRA.replace("choice(2, 4)", "glob(*)")))
    (violation,) = [v for v in caught.value.violations if "glob" in v.problem]
    assert (violation.line, violation.key) == (10, "hydra.sweeper.params.depth")


def test_a_trial_does_not_start_a_hydra_sweep(lay_out):
    study = spec.load(
        lay_out("config.yaml", HYDRA.replace("hydra:\n", "hydra:\n  mode: MULTIRUN\n"))
    )
    assert study.command.run[-1] == "hydra.mode=RUN"


def test_the_samplers_seed_is_kept_and_its_other_settings_are_named(lay_out):
    text = HYDRA.replace(
        "seed: 1}", "seed: 7, n_startup_trials: 5, multivariate: true}"
    )
    study = spec.load(
        lay_out(
            "config.yaml", text.replace("n_trials", "study_name: null\n    n_trials")
        )
    )
    assert (study.search.seed, study.search.n_startup_trials) == (7, 5)
    assert any(
        "sampler.multivariate: is a setting of Optuna's" in note for note in study.notes
    )


def test_jobs_of_a_launcher_run_at_once(lay_out):
    launcher = "hydra:\n  launcher: {n_jobs: 3, verbose: 1}\n"
    study = spec.load(lay_out("config.yaml", HYDRA.replace("hydra:\n", launcher)))
    assert study.resources.max_concurrent == 3
    assert any("hydra.launcher.verbose: has no effect" in note for note in study.notes)


def test_hydras_own_sweeper_has_no_direction_and_a_note_says_how_to_give_one(lay_out):
    text = "hydra: {sweeper: {params: {lr: 'choice(0.1, 0.2)'}}}\n"
    name = lay_out("config.yaml", text)
    study = spec.load(name)
    assert study.metric.goal == "minimize"
    assert any("--set metric.goal=maximize" in note for note in study.notes)
    told = spec.load(name, overrides={"metric.goal": "maximize"})
    assert told.metric.goal == "maximize"
    assert not any("no direction" in note for note in told.notes)


def test_a_swept_setting_is_not_listed_among_the_programs_settings(lay_out):
    study = spec.load(lay_out("config.yaml", HYDRA + "width: 3\n"))
    (note,) = [note for note in study.notes if "Hydra still reads" in note]
    assert ": width are the program's settings" in note
