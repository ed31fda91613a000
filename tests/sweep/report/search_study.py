"""A study that only searches, with two seeds a configuration."""

SEARCH = """
name: search
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 9
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
search: {method: random, trials: 20, seeds: [0, 1]}
"""
