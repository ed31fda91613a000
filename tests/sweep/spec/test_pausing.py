"""Which form `asha` has if a study file does not say it."""

import pytest

from sweep import spec

STUDY = """
trainer: TRAINER
metric: {name: METRIC, goal: maximize}
parameters: {epochs: 9, learning_rate: {min: 0.001, max: 0.1}}
search: {method: random, trials: 4}
early_terminate: {RULE}
"""
TRAINER = "def train(config, run): run.report(0, {'a': config['learning_rate']})\n"


def rule(tmp_path, trainer, rule, metric="val/accuracy"):
    (tmp_path / "train.py").write_text(TRAINER)
    text = STUDY.replace("TRAINER", trainer).replace("METRIC", metric)
    (tmp_path / "study.yaml").write_text(text.replace("RULE", rule))
    return spec.load(tmp_path / "study.yaml").early_terminate


def test_trials_of_a_bundled_trainer_pause_and_go_on(tmp_path):
    assert rule(tmp_path, "clip", "type: asha, min_iter: 3").form == "promote"


def test_a_form_that_is_written_stays(tmp_path):
    assert rule(tmp_path, "clip", "type: asha, form: stop").form == "stop"


def test_trials_of_ones_own_trainer_are_stopped_for_good(tmp_path):
    assert rule(tmp_path, "train.py:train", "type: asha", metric="a").form == "stop"


@pytest.mark.parametrize("name", ["median", "hyperband"])
def test_other_rules_have_no_form(tmp_path, name):
    assert not hasattr(rule(tmp_path, "clip", f"type: {name}"), "form")


def test_the_log_holds_the_form_so_that_an_older_study_goes_on_as_it_began(tmp_path):
    rule(tmp_path, "clip", "type: asha")
    read = spec.load(tmp_path / "study.yaml")
    stored = dict(read.canonical())
    assert stored["early_terminate"]["form"] == "promote"
    stored["early_terminate"] = {"type": "asha"}
    assert (
        spec.StudySpec.from_canonical(stored, read.source).early_terminate.form
        == "stop"
    )
