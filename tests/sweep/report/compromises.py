"""A study of two objectives, as a study file has it."""

COMPROMISES = """
name: compromises
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  width: {min: 0.0, max: 1.0}
search:
  method: nsga2
  trials: 20
  seeds: [0, 1]
  objectives: [{name: val/f1, goal: maximize}, {name: "size", goal: minimize}]
"""
