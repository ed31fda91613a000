"""What `check` says of parameters that arms leave to the search."""

import pytest

from sweep import spec

STUDY = """
trainer: train.py:train
metric: {name: acc, goal: maximize}
parameters:
  epochs: 9
  dropout: {values: [0.0, 0.5]}
  learning_rate: {min: 0.001, max: 0.1ROLE}
search: {method: random, trials: 4}
ablation:
  baseline: {dropout: 0.0VALUE}
  designs: {arms: {dropout: {dropout: 0.5}}}
"""
TRAINER = "def train(config, run): run.report(0, {'acc': config['learning_rate']})\n"


def notes(folder, role="", value="", more=""):
    (folder / "train.py").write_text(TRAINER)
    text = STUDY.replace("ROLE", role).replace("VALUE", value) + more
    (folder / "study.yaml").write_text(text)
    return " ".join(spec.load(folder / "study.yaml").notes)


def test_a_value_that_may_differ_between_arms_is_named_with_the_way_out(tmp_path):
    found = notes(tmp_path)
    assert "no arm sets learning_rate" in found
    assert "role: nuisance" in found


@pytest.mark.parametrize(
    "changes",
    [
        {"role": ", role: nuisance"},
        {"value": ", learning_rate: 0.01"},
        {
            "role": ", role: nuisance",
            "more": "  retune: {parameters: [learning_rate], trials: 3}\n",
        },
    ],
    ids=["nuisance", "set", "retuned"],
)
def test_a_value_that_all_arms_share_or_tune_is_not_named(tmp_path, changes):
    assert "no arm sets" not in notes(tmp_path, **changes)


def test_a_task_is_not_named_as_every_arm_is_trained_on_each(tmp_path):
    (tmp_path / "train.py").write_text(TRAINER)
    task = "  data: {values: [a, b], role: task}\n  learning_rate"
    text = STUDY.replace("  learning_rate", task).replace("ROLE", ", role: nuisance")
    (tmp_path / "study.yaml").write_text(text.replace("VALUE", ""))
    assert "no arm sets" not in " ".join(spec.load(tmp_path / "study.yaml").notes)
