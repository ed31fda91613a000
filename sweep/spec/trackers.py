"""`trackers:` of a study file: where else a running study is written to, for tools that people
watch runs with.

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
    """Event files.

    Attributes:
        folder: they go to a folder of this study in it, relative to the study file; None:
            `tensorboard` in the study's own folder.
    """

    folder: Text | None = None


class MLflow(Section):
    """Runs in an MLflow store.

    Attributes:
        uri: of the store, as `mlflow.set_tracking_uri` takes it; None: `MLFLOW_TRACKING_URI` where
            that is set, else a database `mlflow.db` in the study's folder.
        experiment: None: the study's name.
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
                "holds a password, which the study's log would keep; set"
                " MLFLOW_TRACKING_URI instead"
            )
        return uri


class WandB(Section):
    """Runs of Weights & Biases.

    Attributes:
        project: None: the study's name, as a folder's.
        entity: user or team; None: the account's own.
        mode: `offline` sends nothing, `wandb sync` does so later; `online` asks for `wandb login`
            or `WANDB_API_KEY`.
        folder: `wandb`'s files go there, relative to the study file; None: the study's folder.
    """

    project: Text | None = None
    entity: Text | None = None
    mode: Literal["offline", "online"] = "offline"
    folder: Text | None = None


class Trackers(Section):
    """Each is off unless it is named in a list, switched on by `true`, or given settings.

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
    def _named(cls, said: Any) -> Any:
        if isinstance(said, str):
            said = [said]
        if isinstance(said, list):
            for name in said:
                if name not in cls.model_fields:
                    raise ValueError(
                        f"unknown tracker {name!r}; {one_of(cls.model_fields, name)}"
                    )
            return {name: {} for name in said}
        if not isinstance(said, dict):
            return said
        switches: dict[bool, Any] = {True: {}, False: None}
        return {
            name: switches[on] if isinstance(on, bool) else on
            for name, on in said.items()
        }

    @property
    def wanted(self) -> dict[str, Section]:
        """The trackers that are on, by name, each with its settings."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            name: settings for name, settings in found.items() if settings is not None
        }
