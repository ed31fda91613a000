"""Convert a W&B sweep file to a study file's document, key by key; each key keeps its line.

| W&B | here |
|---|---|
| `method: bayes` | `search.method: tpe` (W&B fits a Gaussian process; `gp` is one here) |
| `run_cap` | `search.trials`; without it W&B runs until it is stopped, sweep runs 50 trials |
| no `metric.goal` | minimize |
| no `metric` | `grid` and `random` run, and the report ranks nothing |
| `parameters` inside `parameters` | dotted names; `command.nested` restores the mappings |
| `early_terminate: {type: hyperband}` | the same rule, applied at every report |
| `command`, `program` | `command.run`, `command.program`; the default is W&B's |
| the folder where `wandb agent` is started | `command.workdir` |
| what the program passes to `wandb.log` | `command.metrics: {wandb: true, epoch: null}` |
| `yes`, `010`, `1:30` | read as YAML 1.1, as W&B does |

`ablation`, `when`, `role`, `report`, `resources` and all other sections of a study file can be
added. A key without effect here gets a note; a key that cannot be converted is a violation.
Sources: https://docs.wandb.ai/models/sweeps/sweep-config-keys, and the schema of
https://github.com/wandb/sweeps (src/sweeps/config/schema.json).

| file | job |
|---|---|
| `keys` | the keys of such a file, and their names in a study file |
| `draft` | the document under construction, with notes and violations |
| `objective` | `metric`, `metrics` |
| `method` | `method`, `run_cap` |
| `hyperband` | `early_terminate` |
| `program` | `program`, `command`: the words |
| `folders` | find the program, and the folder that it runs in |
| `function` | run a function made for `wandb.agent(function=…)` as a command |
| `space` | `parameters` |
| `conversion` | convert a whole file |
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
