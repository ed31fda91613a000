"""The section `trackers` of a study file: other tools to which the running study is logged.

`trackers: [tensorboard]`, or with settings: `trackers: {mlflow: {uri: "sqlite:///runs.db"}, wandb:
{project: focal}}`.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import field_validator, model_validator

from sweep.errors import one_of
from sweep.model.fields import Section, Text


class TensorBoard(Section):
    """Event files for TensorBoard.

    Attributes:
        folder: event files are written to a subfolder named after the study; relative to the study
            file. None: `tensorboard` in the study's results folder.
    """

    folder: Text | None = None


class MLflow(Section):
    """Runs in an MLflow store.

    Attributes:
        uri: URI of the store, as for `mlflow.set_tracking_uri`. None: `MLFLOW_TRACKING_URI` if that
            is set, else a database `mlflow.db` in the study's folder.
        experiment: name of the experiment; None: the study's name.
    """

    uri: Text | None = None
    experiment: Text | None = None

    @field_validator("uri")
    @classmethod
    def _usable(cls, uri: str | None) -> str | None:
        if uri is None:
            return None
        if uri.startswith("file:") or (":" not in uri and uri != "databricks"):
            raise ValueError(
                f"{uri!r} is a folder, which MLflow no longer writes; e.g. sqlite:///runs.db"
            )
        if urlsplit(uri).password is not None:
            raise ValueError(
                "contains a password, which the study's log would keep; set"
                " MLFLOW_TRACKING_URI instead"
            )
        return uri


class WandB(Section):
    """Runs of Weights & Biases.

    Attributes:
        project: name of the project; None: the name of the study's folder.
        entity: user or team; None: the account's default.
        mode: `offline` sends nothing; `wandb sync` can upload later. `online` needs `wandb login`
            or `WANDB_API_KEY`.
        folder: folder for `wandb`'s files, relative to the study file; None: the study's folder.
    """

    project: Text | None = None
    entity: Text | None = None
    mode: Literal["offline", "online"] = "offline"
    folder: Text | None = None


class Trackers(Section):
    """A tracker is off unless a list names it, or its key is `true` or holds settings.

    Attributes:
        tensorboard: event files for TensorBoard; see `TensorBoard`.
        mlflow: runs in an MLflow store; see `MLflow`.
        wandb: runs for Weights & Biases; see `WandB`.
    """

    tensorboard: TensorBoard | None = None
    mlflow: MLflow | None = None
    wandb: WandB | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = [raw]
        if isinstance(raw, list):
            for name in raw:
                if name not in cls.model_fields:
                    raise ValueError(
                        f"unknown tracker {name!r}; {one_of(cls.model_fields, name)}"
                    )
            return {name: {} for name in raw}
        if not isinstance(raw, dict):
            return raw
        switches: dict[bool, Any] = {True: {}, False: None}
        return {
            name: switches[setting] if isinstance(setting, bool) else setting
            for name, setting in raw.items()
        }

    @property
    def wanted(self) -> dict[str, Section]:
        """Name → settings of each tracker that is on."""
        trackers = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: settings
            for name, settings in trackers.items()
            if settings is not None
        }
