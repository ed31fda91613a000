"""Files of other tools that mean one study: `lr` and `depth`."""

import json

HYDRA = """
defaults: [{override hydra/sweeper: optuna}]
hydra:
  sweeper:
    direction: maximize
    n_trials: 12
    sampler: {_target_: optuna.samplers.TPESampler, seed: 1}
    params:
      lr: tag(log, interval(1e-5, 1e-2))
      depth: choice(2, 4)
lr: 0.1
"""


NNI = json.dumps(
    {
        "lr": {"_type": "loguniform", "_value": [1e-5, 1e-2]},
        "depth": {"_type": "choice", "_value": [2, 4]},
    }
)


OPTUNA = """
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
SPACE = {
    "lr": FloatDistribution(1e-5, 1e-2, log=True),
    "depth": CategoricalDistribution([2, 4]),
    "model": {"layers": IntDistribution(1, 8)},
    "epochs": 3,
}
"""


RAY = """
from ray import tune
SPACE = {
    "lr": tune.loguniform(1e-5, 1e-2),
    "depth": tune.choice([2, 4]),
    "model": {"layers": tune.randint(1, 9)},
    "odd": tune.sample_from(lambda spec: 1),
}
"""


GIVEN = {"trainer": "train.py:train", "metric.name": "loss", "metric.goal": "minimize"}
