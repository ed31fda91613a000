"""A study file against what its trainer takes and reports."""

import pytest

from sweep import spec
from sweep.errors import StudyFileError
from tests.sweep.spec.toy import edited

pytestmark = pytest.mark.usefixtures("toy")

SEVERAL = "objectives: [{name: val/f1, goal: maximize}, {name: size, goal: minimize}]"


def test_arms_that_the_trainer_refuses_as_a_whole(refused):
    text = edited(
        ("[ce, focal]", "[ce, focal, dice]"),
        ("{loss_type: ce}", "{loss_type: dice, dice_weight: 1.0}"),
    )
    found = refused(text)
    assert "ablation.baseline" in {v.key for v in found}
    assert {v.problem for v in found} == {"loss_type dice has no dice_weight beside it"}


def test_settings_of_a_user_trainer_are_checked_when_it_is_imported(
    load, refused, tmp_path
):
    (tmp_path / "mine.py").write_text(
        "def train(config, run): ...\ntrain.metrics = ('val/f_score',)\n"
    )
    text = edited(
        ("trainer: toy", "trainer: mine.py:train"),
        ("name: val/f_score", "name: val/fscore"),
    )
    assert load(text).report.metrics == ("val/fscore",), "not imported, not known"
    (violation,) = refused(text, import_trainer=True)
    assert violation.key == "metric.name"
    (violation,) = refused(
        edited(("trainer: toy", "trainer: mine.py:trian")), import_trainer=True
    )
    assert "did you mean 'train'?" in violation.problem


def test_an_objective_that_the_trainer_does_not_report_is_refused(tmp_path):
    wanted = SEVERAL.replace("val/f1", "val/balanced_accuracy").replace(
        "size", "val/los"
    )
    text = f"""\
trainer: clip
metric: {{name: val/balanced_accuracy, goal: maximize}}
parameters: {{epochs: 3, learning_rate: {{min: 1e-4, max: 1e-2}}}}
search: {{trials: 4, {wanted}}}
"""
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(StudyFileError) as caught:
        spec.load(tmp_path / "study.yaml")
    (violation,) = caught.value.violations
    assert violation.key == "search.objectives[1].name"
    assert "does not report 'val/los'" in violation.problem
