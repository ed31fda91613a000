"""Studies whose arms follow from results, and the laws of an ablation path."""

from sweep.ablation import results

SEARCHED = """
name: decisions
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  loss_type: {values: [ce, focal]}
  focal_gamma: {min: 0.5, max: 4.0, when: {loss_type: focal}}
  dice_weight: {values: [0.0, 1.0]}
search: {method: random, trials: 5, seeds: [0]}
"""


def designs(text):
    return (
        SEARCHED
        + "ablation:\n  baseline: {loss_type: ce, dice_weight: 0.0}\n  seeds: [1, 2]\n  designs:\n"
        + text
    )


def by_name(history):
    return {arm.name: arm for arm in history.arms}


FAR = """
    arms:
      far: {loss_type: focal, focal_gamma: 2.0, dice_weight: 1.0, layers: 3}
    path: {from: baseline, to: far}
"""
WIDE = (
    designs(FAR)
    .replace(
        "  dice_weight: {values: [0.0, 1.0]}\n",
        "  dice_weight: {values: [0.0, 1.0]}\n  layers: {values: [1, 2, 3]}\n",
    )
    .replace("dice_weight: 0.0}\n  seeds", "dice_weight: 0.0, layers: 1}\n  seeds")
    .replace("search: {method: random, trials: 5, seeds: [0]}\n", "")
)


def steps(history):
    """Step → its arms."""
    found = {}
    for arm in history.arms:
        if arm.design == "path" and arm.step:
            found.setdefault(arm.step, []).append(arm)
    return found


def check_path(history):
    """The laws of a path: where it starts and ends, what a step moves, and that it
    keeps the best of those trained."""
    way, found = history.path, steps(history)
    assert sorted(found) == list(range(1, len(way.groups) + 1))
    before, moved = way.start, ()
    for step, arms in sorted(found.items()):
        assert len(arms) == len(way.groups) - step + 1
        for arm in arms:
            (group,) = [g for g in way.groups if set(g) == set(arm.moved) - set(moved)]
            assert set(arm.moved) == {*moved, *group}
            assert {
                n for n in {*before, *arm.config} if before.get(n) != arm.config.get(n)
            } == set(group)
        (kept,) = [arm for arm in arms if arm.kept]
        means = [results.mean(history, arm) for arm in arms]
        assert results.mean(history, kept) == max(means)
        before, moved = kept.config, kept.moved
    assert before == way.target
