"""The shipped study of a script: it is sound, and the script says what the study reads."""

from pathlib import Path

from sweep import spec, study
from sweep.model.trial import State

STUDY = Path(__file__).parents[2] / "search_spaces/script.yaml"
RUNG = {"ladder": {"+ batch norm": {"batch_norm": True}}}


def test_the_script_runs_as_the_study_says(tmp_path):
    overrides = {
        "epochs": 2,
        "search": None,
        "early_terminate.type": "none",
        "learning_rate": 0.01,
        "ablation.seeds": [3],
        "ablation.designs": RUNG,
    }
    done = study.run(STUDY, results=tmp_path, overrides=overrides, engine="serial")
    trials = list(done.history.trials.values())
    assert [t.state for t in trials] == [State.COMPLETE] * 2, [t.reason for t in trials]
    for trial in trials:
        assert [report.epoch for report in trial.reports] == [0, 1]
        assert trial.reports[-1].metrics["val/accuracy"] > 0.5
        assert trial.reports[-1].metrics["train/loss"] > 0


def test_the_study_is_sound_in_every_profile():
    for profile in (None, "quick"):
        assert spec.load(STUDY, profile=profile).trainer.startswith(
            "python script_example.py ${args}"
        )
