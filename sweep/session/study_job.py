"""What workers are given for all trials of a study, from its study file."""

from __future__ import annotations

from sweep.spec import StudySpec
from sweep.trainer import TrainerRef, outside_environment
from sweep.worker.job import Job


def study_job(spec: StudySpec, trainer: TrainerRef, storage: str | None) -> Job:
    """The job of a study.

    Args:
        trainer: the study's, looked up.
        storage: URI of the study's folder in a storage; None: a disk that all workers see.
    """
    import_folder = outside_environment(trainer)
    return Job(
        path=() if import_folder is None else (import_folder,),
        study=spec.name,
        trainer=spec.trainer,
        base=spec.base_dir,
        command=None if spec.command is None else spec.command.model_dump(mode="json"),
        metric=spec.metric.name,
        isolation=spec.resources.isolation,
        grace_seconds=spec.resources.grace_seconds,
        goal=spec.metric.goal,
        checkpoint_every=spec.checkpoint.every,
        checkpoint_keep=spec.checkpoint.keep,
        storage=storage,
    )
