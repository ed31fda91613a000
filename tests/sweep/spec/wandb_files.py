"""W&B sweep files in the styles of public repositories."""

# Each as its author would write it, down to quotes, comments and order.
FILES = {
    "documentation": """
program: train.py
name: sweepdemo
method: bayes
metric:
  goal: minimize
  name: validation_loss
parameters:
  learning_rate:
    min: 0.0001
    max: 0.1
  batch_size:
    values: [16, 32, 64]
  epochs:
    values: [5, 10, 15]
  optimizer:
    values: ["adam", "sgd"]
""",
    "grid without a cap": """
program: train.py
method: grid
metric: {name: val_acc, goal: maximize}
parameters:
  lr: {values: [0.1, 0.01, 0.001]}
  seed: {values: [0, 1, 2]}
  dataset: {value: cifar10}
""",
    "hyperband from min_iter": """
program: scripts/train.py
method: bayes
metric:
  name: val/auc
  goal: maximize
parameters:
  lr:
    distribution: log_uniform_values
    min: 1e-5
    max: 1e-2
  dropout: {distribution: uniform, min: 0.0, max: 0.5}
early_terminate:
  type: hyperband
  min_iter: 5
  eta: 3
run_cap: 30
""",
    "hyperband from max_iter": """
program: train.py
method: random
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.001, max: 0.1}}
early_terminate: {type: hyperband, max_iter: 27, s: 2, strict: true}
run_cap: 10
""",
    "nested": """
program: train.py
method: random
metric: {name: test_loss, goal: minimize}
run_cap: 8
parameters:
  batch_size: {values: [32, 64]}
  optimizer:
    parameters:
      name: {value: adamw}
      schedule:
        parameters:
          warmup: {distribution: int_uniform, min: 0, max: 1000}
""",
    "hydra": """
program: src/main.py
method: grid
metric: {name: eval/mean_reward, goal: maximize}
parameters:
  trainer.lr: {values: [1e-4, 3e-4]}
  +experiment: {value: base}
command:
  - ${env}
  - python
  - -m
  - src.main
  - ${args_no_hyphens}
  - hydra.run.dir=runs/${now:%Y%m%d}_${oc.env:WANDB_RUN_ID}
""",
    "boolean flags": """
program: train.py
method: grid
metric: {name: f1, goal: maximize}
parameters:
  use_amp: {values: [true, false]}
  freeze: {value: false}
command: [ "${env}", "${interpreter}", "${program}", "--workers", 4, "${args_no_boolean_flags}" ]
""",
    "no arguments": """
program: train.py
method: random
metric: {name: acc, goal: maximize}
parameters: {lr: {distribution: uniform, min: 0, max: 1}}
command:
  - ${env}
  - ${interpreter}
  - ${program}
run_cap: 5
""",
    "json file": """
program: run.sh
method: random
run_cap: 3
metric: {name: score, goal: maximize}
parameters: {alpha: {min: 0.0, max: 1.0}}
command: [bash, "${program}", "${args_json_file}", --data, "${envvar:HOME}/data"]
""",
    "every distribution": """
program: train.py
method: random
run_cap: 20
metric: {name: loss, goal: minimize}
parameters:
  a: {distribution: constant, value: 3}
  b: {distribution: categorical, values: [x, y]}
  c: {distribution: categorical_w_probabilities, values: [x, y], probabilities: [0.9, 0.1]}
  d: {distribution: int_uniform, min: 1, max: 5}
  e: {distribution: uniform, min: 0, max: 1}
  f: {distribution: q_uniform, min: 0, max: 1, q: 0.25}
  g: {distribution: log_uniform, min: -9.21, max: -2.3}
  h: {distribution: log_uniform_values, min: 1e-4, max: 0.1}
  i: {distribution: q_log_uniform, min: 0, max: 5, q: 1}
  j: {distribution: q_log_uniform_values, min: 8, max: 512, q: 8}
  k: {distribution: inv_log_uniform, min: 2.3, max: 9.21}
  l: {distribution: inv_log_uniform_values, min: 1e-4, max: 0.1}
  m: {distribution: normal, mu: 0, sigma: 1}
  n: {distribution: q_normal, mu: 100, sigma: 10, q: 5}
  o: {distribution: log_normal, mu: 0, sigma: 1}
  p: {distribution: q_log_normal, mu: 2, sigma: 0.5, q: 1}
  q: {distribution: beta, a: 2, b: 5}
  r: {distribution: q_beta, a: 2, b: 5, q: 0.1}
""",
    "for the server": """
entity: my-team
project: my-project
program: train.py
method: random
run_cap: 4
controller: {type: local}
description: |
  Second try, after the seed fix
metric: {name: val_loss, goal: minimize, target: 0.01}
parameters: {lr: {min: 0.001, max: 0.1}}
""",
    "metric without a goal": """
program: train.py
method: random
run_cap: 4
metric:
  name: val_loss
parameters:
  layers: {min: 1, max: 8}
""",
    "lists and none as values": """
program: train.py
method: grid
metric: {name: val_loss, goal: minimize}
parameters:
  hidden: {values: [[128, 128], [256]]}
  augment: {values: [null, flip]}
  scheduler: {value: null}
""",
    "anchors": """
program: train.py
method: random
run_cap: 4
metric: {name: val_loss, goal: minimize}
parameters:
  encoder_lr: &lr
    distribution: log_uniform_values
    min: 1e-5
    max: 1e-3
  decoder_lr: *lr
  head_lr:
    <<: *lr
    max: 1e-2
""",
    "min_iter beyond the epochs, logged by steps": """
program: train.py
method: random
run_cap: 4
metric: {name: loss, goal: minimize}
parameters: {epochs: {value: 2}, lr: {min: 0.001, max: 0.1}}
early_terminate: {type: hyperband, min_iter: 100, s: 2}
""",
    "command in one line": """
method: random
run_cap: 4
metric: {name: loss, goal: minimize}
parameters: {lr: {min: 0.001, max: 0.1}}
command: python train.py ${args} --wandb
""",
    "with conditions, roles and an ablation of ours": """
program: train.py
method: bayes
run_cap: 12
metric: {name: val/f1, goal: maximize}
parameters:
  loss: {values: [ce, focal]}
  gamma: {min: 0.5, max: 4.0, when: {loss: focal}}
  lr: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
ablation:
  baseline: {loss: ce}
  seeds: [0, 1]
  designs: {arms: {focal: {loss: focal, gamma: 2.0}}}
resources: {gpu: 0.5}
metrics: {file: log.csv}
""",
}
