"""Real trials against a bare loop: two processes of one thread each that train the same epochs.

The loop saves, logs and decides nothing. It trains the configurations and epochs that the study
chose.
"""

from __future__ import annotations

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import run

LOOP = "bare loop"
# Trainer, epochs, rounds: clip trains as long as its shipped study, segmentation a quarter of that.
MEASURED = (("clip", 15, 2), ("segmentation", 3, 1))
STUDIES = {
    "clip": """
name: wall
trainer: clip
metric: {{name: val/balanced_accuracy, goal: maximize}}
parameters:
  epochs: {epochs}
  loss_type: {{values: [standard, weighted, focal]}}
  learning_rate: {{distribution: log_uniform_values, min: 5e-4, max: 5e-3}}
search: {{method: random, trials: {trials}}}
resources: {{cpu: 1, max_concurrent: 2}}
""",
    "segmentation": """
name: wall
trainer: segmentation
metric: {{name: val/f_score, goal: maximize}}
parameters:
  epochs: {epochs}
  train_images: 48
  val_images: 16
  test_images: 16
  loss_type: {{values: [ce, focal]}}
  learning_rate: {{distribution: log_uniform_values, min: 1e-3, max: 3e-2}}
search: {{method: random, trials: {trials}}}
resources: {{cpu: 1, max_concurrent: 2}}
""",
}


def measure(quick: bool) -> list[Table]:
    """Return the wall clock of the whole program and of its training, for each trainer."""
    if quick:
        return [_table(trainer, 4, 3, 1) for trainer in STUDIES]
    return [_table(trainer, 40, epochs, rounds) for trainer, epochs, rounds in MEASURED]


def _table(trainer: str, trials: int, epochs: int, rounds: int) -> Table:
    """Return the table of one trainer."""
    study = STUDIES[trainer].format(trials=trials, epochs=epochs)
    ours, training, loop = [], [], []
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds}: {trainer}", flush=True)
        finished = run("benchmarks.contenders.real_ours", {"study": study})
        result = finished.result()
        options = {"trainer": trainer, "trials": result["trials"]}
        bare = run("benchmarks.contenders.bare_loop", options)
        ours.append(finished.seconds)
        training.append(result["training"])
        loop.append(bare.seconds)
    return Table(
        "wall",
        f"{trials} trials of {trainer}, {epochs} epochs each, on two workers",
        "s",
        [
            Row(LOOP, loop),
            Row(OURS, ours),
            Row("sweep, from its first trial's start to its last one's end", training),
        ],
        aim="≤ 1.05 times the bare loop",
        goals=[Goal(1.05, against=[LOOP])],
        reference=LOOP,
        notes=[
            (
                "Ours includes starting Ray, a checkpoint and a durable record for every"
                " epoch; the loop has none of them."
            )
        ],
    )
