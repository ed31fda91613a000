"""A W&B sweep file → a study file's document, key by key, each keeping its line.

| W&B | here |
|---|---|
| `method: bayes` | `search.method: tpe` (W&B fits a Gaussian process; `gp` is one here) |
| `run_cap` | `search.trials`; without it W&B goes on until it is stopped, here are 50 trials |
| `metric.goal`, absent | minimize |
| no `metric` | `grid` and `random` run, and the report ranks nothing |
| `parameters` below `parameters` | dotted names; `command.nested` makes mappings of them again |
| `early_terminate: {type: hyperband}` | the same rule, asked at every report |
| `command`, `program` | `command.run`, `command.program`; the default is W&B's |
| the folder `wandb agent` is typed in | `command.workdir` |
| what the program gives to `wandb.log` | `command.metrics: {wandb: true, epoch: null}` |
| `yes`, `010`, `1:30` | as YAML 1.1, and so W&B, reads them |

`ablation`, `when`, `role`, `report`, `resources` and whatever else a study file has can be added to
such a file. What has no meaning here is named in a note; what cannot be honoured is a violation.
Source of the keys: https://docs.wandb.ai/models/sweeps/sweep-config-keys, and the schema of
https://github.com/wandb/sweeps (src/sweeps/config/schema.json).

| file | job |
|---|---|
| `keys` | the keys of such a file, and what they are called here |
| `draft` | the document in the making, with notes and violations |
| `objective` | `metric`, `metrics` |
| `method` | `method`, `run_cap` |
| `hyperband` | `early_terminate` |
| `program` | `program`, `command`: the words |
| `folders` | where the program is found, and so the folder it runs in |
| `function` | a function made for `wandb.agent(function=…)` as a command |
| `space` | `parameters` |
| `conversion` | all of it |
"""

from sweep.spec.wandb.conversion import Converted, is_wandb, native
from sweep.spec.wandb.keys import OURS, SERVER, renamed, takes
from sweep.spec.wandb.method import METHODS, UNCAPPED_TRIALS
from sweep.spec.wandb.objective import GOALS

__all__ = [
    "GOALS",
    "METHODS",
    "OURS",
    "SERVER",
    "UNCAPPED_TRIALS",
    "Converted",
    "is_wandb",
    "native",
    "renamed",
    "takes",
]
