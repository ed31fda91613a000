"""Read a study file into a validated, frozen `StudySpec`, or report every violation at once.

    overrides = spec.parse_overrides(["epochs=3"])
    study = spec.load("search_spaces/focal.yaml", overrides=overrides, profile="quick")

| file | job |
|---|---|
| `loader` | `load`, `load_values`, `convert` |
| `reading`, `wandb`, `foreign` | read a study file, or convert another tool's file |
| `from_python`, `keys` | a study as Python values, and the types of its keys |
| `overrides` | apply `--profile` and `--set` to the document |
| `validation`, `violation_collector` | one pass over a document, collecting violations |
| `schema`, `command` | the sections of a study file; `messages` rewrites pydantic's errors |
| `declared_parameters`, `entries` | the section `parameters`, and the language of its entries |
| `arms` | the arms that a file declares; `sweep.ablation.designs` completes them |
| `checks`, `sampling`, `against_trainer` | compare sections with each other and the trainer |
| `error_recovery` | what is readable of a faulty file, so that no fault hides another |
| `json_schema` | a JSON schema of study files, for editors |
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
