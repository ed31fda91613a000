"""A study whose seeds are added until its arms are decided, and what its runs report."""

from tests.sweep.conftest import METRIC

LOOKS = """
name: looks
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  gain: {values: [0, 3, -3, 0.01, 1]}
ablation:
  baseline: {gain: 0}
  seeds: {from: 5, to: 18, until: decided}
  margin: 1.0
  designs:
    arms:
      better: {gain: 3}
      worse: {gain: -3}
      alike: {gain: 0.01}
      unclear: {gain: 1}
"""
# Noise of eighteen seeds, symmetric and without a pattern; arms have it in another order.
NOISE = (3, -5, 8, -1, 4, -8, 6, -2, 1, -6, 5, -3, 7, -4, 2, -7, 0.5, -0.5)


def reported(assignment, epoch):
    """One epoch: the arm's gain and a noise of about half a unit."""
    if epoch:
        return None
    seed, gain = assignment.seed, assignment.config["gain"]
    own = NOISE[(seed * 7 + int(abs(gain) * 100)) % len(NOISE)]
    return "metrics", {METRIC: 10 + gain + 0.06 * NOISE[seed] + 0.06 * own}


def trained(history):
    """Arm → the seeds that it was trained with."""
    found = {arm.name: [] for arm in history.arms}
    for trial in history.trials.values():
        found[trial.label].append(trial.seed)
    return found


def failing(*failures):
    """The same, where the runs of some (gain, seed) fail."""

    def misbehave(assignment, epoch):
        if (assignment.config["gain"], assignment.seed) in failures:
            return "failed", "it exploded"
        return reported(assignment, epoch)

    return misbehave
