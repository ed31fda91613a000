"""A study file → a validated, frozen `StudySpec`, or every violation at once.

    study = spec.load("search_spaces/focal.yaml", overrides=spec.parse_overrides(["epochs=3"]),
    profile="quick")

| file | job |
|---|---|
| `loader` | the pass over a file |
| `from_python`, `keys` | the same from Python values, and the types of their keys |
| `wandb` | a W&B sweep file as a study file |
| `overrides` | `--profile` and `--set`, written into the document first |
| `schema`, `command` | the sections of a study file; `messages` words what pydantic says of them |
| `entries` | the parameter language |
| `arms` | the arms that a file declares; `sweep.ablation.designs` completes them |
| `checks`, `sampling`, `against_trainer` | sections against each other and against the trainer |
| `error_recovery` | the readable rest of a faulty file, so that no fault hides another |
| `json_schema` | the same as a JSON schema, for editors |
| `study` | the result, its canonical form, digest and differences |

`search` and `early_terminate` are unions of the settings classes in `sweep.samplers` and
`sweep.stopping`; `health` is `sweep.stopping.health.Health`.
"""

from sweep.samplers import Search
from sweep.spec.command import Command
from sweep.spec.designs import (
    ConditionalArm,
    Designs,
    PathDesign,
    ScheduledArm,
    When,
)
from sweep.spec.json_schema import json_schema
from sweep.spec.keys import StudyKeys
from sweep.spec.loader import convert, load, load_values
from sweep.spec.overrides import parse as parse_overrides
from sweep.spec.resources import Resources
from sweep.spec.schema import (
    Ablation,
    Budget,
    Checkpoint,
    Metric,
    ReportSpec,
    Retune,
)
from sweep.spec.study import StudySpec, diff, slugify
from sweep.spec.trackers import MLflow, TensorBoard, Trackers, WandB
from sweep.stopping.health import Health

__all__ = [
    "Ablation",
    "Budget",
    "Checkpoint",
    "Command",
    "ConditionalArm",
    "Designs",
    "Health",
    "MLflow",
    "Metric",
    "PathDesign",
    "ReportSpec",
    "Resources",
    "Retune",
    "ScheduledArm",
    "Search",
    "StudyKeys",
    "StudySpec",
    "TensorBoard",
    "Trackers",
    "WandB",
    "When",
    "convert",
    "diff",
    "json_schema",
    "load",
    "load_values",
    "parse_overrides",
    "slugify",
]
