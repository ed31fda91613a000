"""Seeds until decided on two tasks of different scales, and what their runs report."""

from tests.sweep.conftest import METRIC
from tests.sweep.session.until_decided import NOISE

TASKS = """
name: looks over tasks
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  data: {values: [small, large], role: task}
  gain: {values: [0, 3, -3, 0.01, 1, 7]}
ablation:
  baseline: {gain: 0}
  seeds: {from: 5, to: 12, until: decided}
  margin: "10 %"
  designs:
    arms:
      better: {gain: 3}
      worse: {gain: -3}
      alike: {gain: 0.01}
      unclear: {gain: 1}
      opposite: {gain: 7}
"""
SCALE = {"small": 1.0, "large": 1000.0}
FIXED = TASKS.replace("{from: 5, to: 12, until: decided}", "[0, 1, 2, 3, 4, 5]")


def reported(assignment, epoch):
    """One epoch: the gain and a noise of half a unit, in the task's unit; 7 helps on one alone."""
    if epoch:
        return None
    seed, gain, task = (
        assignment.seed,
        assignment.config["gain"],
        assignment.config["data"],
    )
    own = NOISE[(seed * 7 + int(abs(gain) * 100) + len(task)) % len(NOISE)]
    if gain == 7:
        gain = 2 if task == "small" else -2
    return "metrics", {
        METRIC: SCALE[task] * (10 + gain + 0.06 * NOISE[seed] + 0.06 * own)
    }


def failing(*failures):
    """The same, where the runs of some (task, gain, seed) fail."""

    def misbehave(assignment, epoch):
        run = (assignment.config["data"], assignment.config["gain"], assignment.seed)
        return (
            ("failed", "it exploded")
            if run in failures
            else reported(assignment, epoch)
        )

    return misbehave
