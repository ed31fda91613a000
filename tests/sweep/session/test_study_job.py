"""What workers are given for all trials of a study, from its study file."""

from pathlib import Path

from sweep import spec
from sweep.session.study_job import study_job

FILE = """
name: given
trainer: trainer.py:train
metric: {name: val/loss, goal: minimize}
parameters: {epochs: 2, rate: {min: 0.0, max: 1.0}}
search: {method: random, trials: 2}
checkpoint: {every: 3, keep: all}
resources: {grace_seconds: 7}
"""


def test_a_job_has_the_settings_of_the_study_file(tmp_path):
    (tmp_path / "trainer.py").write_text("def train(config, run): pass\n")
    (tmp_path / "study.yaml").write_text(FILE)
    wanted = spec.load(tmp_path / "study.yaml")
    job = study_job(wanted, wanted.reference(), storage=None)
    assert (job.study, job.trainer, job.metric, job.goal) == (
        "given",
        "trainer.py:train",
        "val/loss",
        "minimize",
    )
    assert Path(job.base) == tmp_path
    assert (job.checkpoint_every, job.checkpoint_keep) == (3, "all")
    assert (job.grace_seconds, job.command, job.storage) == (7, None, None)
