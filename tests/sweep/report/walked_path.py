"""A finished study with one path of two steps, and a health rule that some trials broke."""

from dataclasses import asdict, replace

from sweep.ablation import designs, path
from sweep.report import build_tables
from sweep.report.evidence import gather

STUDY = """
name: s
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  loss_type: {values: [ce, focal]}
  dice_weight: {min: 0.0, max: 2.0}
search: {trials: 4, seeds: [0, 1]}
ablation:
  baseline: {loss_type: ce, dice_weight: 0.0}
  seeds: [1, 2, 3]
  designs: {arms: {far: {loss_type: focal, dice_weight: 1.0}}, path: {to: far}, top_k: 2}
health:
  milestones: {metric: val/f1, at: {3: 0.6}}
report: {metrics: [test/f1]}
"""


def texts(found):
    return [caveat.text for caveat in found]


def table(history, name):
    return build_tables(gather(history), [name])


def train(writer, arm, value):
    for seed in (1, 2, 3):
        curve = [{"val/f1": value + seed / 100, "test/f1": value - 0.1}] * 3
        writer.trial(arm.config, curve, seed=seed, label=arm.name)


def step(writer, start, target, name, number, before, *moved):
    config = path.mixed(writer.spec.parameters, start.config, target.config, moved)
    changes = {moved[-1]: config[moved[-1]]}
    return designs.Arm(
        name, config, "path", "baseline", before, changes, step=number, moved=moved
    )


def walked(study):
    """A study with one finished path: dice first, since it helps more; the other first
    step was not kept."""
    writer = study(STUDY)
    baseline, far = writer.decide()
    loss = step(
        writer, baseline, far, "path 1: loss_type=focal", 1, "baseline", "loss_type"
    )
    dice = step(
        writer, baseline, far, "path 1: dice_weight=1", 1, "baseline", "dice_weight"
    )
    last = step(
        writer,
        baseline,
        far,
        "path 2: loss_type=focal",
        2,
        dice.name,
        "dice_weight",
        "loss_type",
    )
    groups = [["loss_type"], ["dice_weight"]]
    writer.add(
        "path_started",
        start=baseline.config,
        target=far.config,
        reference="baseline",
        groups=groups,
    )
    writer.add(
        "arms_decided",
        arms=[
            asdict(loss),
            asdict(replace(dice, kept=True)),
            asdict(replace(last, kept=True)),
        ],
    )
    for arm, value in ((baseline, 0.5), (far, 0.7), (loss, 0.55), (dice, 0.62)):
        train(writer, arm, value)
    return writer
