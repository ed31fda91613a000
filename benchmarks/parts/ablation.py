"""A whole ablation, from its file to its table, against the same arms as a grid of Ray Tune."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.result import OURS, Goal, Row, Table
from benchmarks.running import Run, interleaved, run

GRID, REUSED = "Ray Tune grid", "Ray Tune grid, reuse_actors"
METRIC = "val/balanced_accuracy"
COMPONENTS: dict[str, dict[str, Any]] = {
    "focal": {"loss_type": "focal"},
    "class weights": {"focal_alpha": True},
    "augmentation": {"augmentation": "light"},
}
STUDY = """
name: ablation
trainer: clip
metric: {{name: val/balanced_accuracy, goal: maximize}}
parameters:
  epochs: {epochs}
  loss_type: {{values: [standard, focal]}}
  focal_alpha: {{values: [false, true]}}
  augmentation: {{values: [none, light]}}
ablation:
  baseline: {{loss_type: standard, focal_alpha: false, augmentation: none}}
  seeds: {seeds}
  designs:
    ladder:
      "+ focal": {{loss_type: focal}}
      "+ class weights": {{focal_alpha: true}}
      "+ augmentation": {{augmentation: light}}
    leave_one_out:
      focal: {{loss_type: standard}}
      class weights: {{focal_alpha: false}}
      augmentation: {{augmentation: none}}
resources: {{cpu: 1, max_concurrent: 2}}
"""


def measure(quick: bool) -> list[Table]:
    """Return the wall clock of the whole program, measured once each: it takes minutes."""
    epochs, seeds = (2, [0, 1]) if quick else (5, [0, 1, 2, 3, 4])
    grid = {
        "trainer": "clip",
        "common": {"epochs": epochs},
        "arms": _arms(),
        "seeds": seeds,
        "metric": METRIC,
    }
    contenders = {
        OURS: partial(_ours, STUDY.format(epochs=epochs, seeds=seeds)),
        REUSED: partial(run, "benchmarks.contenders.ray_grid", {**grid, "reuse": True}),
        GRID: partial(run, "benchmarks.contenders.ray_grid", grid),
    }
    if quick:
        del contenders[GRID]  # starting an actor for each trial takes minutes
    measured = interleaved(contenders, 1)
    arms = _arms()
    differ = len({str(sorted(arm.items())) for arm in arms})
    run_counts = (
        f"The designs list {len(arms)} arms, of which {differ} differ:"
        f" {len(arms) * len(seeds)} runs in the grid, {differ * len(seeds)} in the"
        " study, which also saves every epoch and draws its report."
    )
    return [
        Table(
            "ablation",
            f"ladder and leave-one-out of 3 components, {len(seeds)} seeds, {epochs}"
            " epochs of clip",
            "s",
            [Row(name, [r.seconds for r in runs]) for name, runs in measured.items()],
            aim="≤ ½ of Ray Tune's",
            goals=[Goal(0.5, against=[GRID]), Goal(0.5, against=[REUSED])],
            notes=[run_counts],
        )
    ]


def _ours(study: str) -> Run:
    """Run the study and write its report."""
    return run("benchmarks.contenders.real_ours", {"study": study, "report": True})


def _arms() -> list[dict[str, Any]]:
    """Return the arms of both designs.

    They are the baseline and its ladder, then the full configuration and those without one part.
    """
    baseline: dict[str, Any] = {
        "loss_type": "standard",
        "focal_alpha": False,
        "augmentation": "none",
    }
    ladder = [baseline]
    for changes in COMPONENTS.values():
        ladder.append({**ladder[-1], **changes})
    full = ladder[-1]
    arms = [*ladder, full]
    for changes in COMPONENTS.values():
        original = {key: baseline[key] for key in changes}
        arms.append({**full, **original})
    return arms
