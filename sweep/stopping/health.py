"""The health rules of a study file, held against one trial's curve. Pure.

| rule | broken when |
|---|---|
| `milestones` | after a share of the epochs, the metric's best value so far has not reached what was expected |
| `max_gap` | training looks better than validation by more than `above`: overfitting |
| `oscillation` | the last `window` values go up and down, beyond their trend, by more than `above` of their size |

Each rule (each milestone) speaks once a trial, at the first epoch at which it is broken. What it
says follows from the reports alone, so that a report made years later lists exactly what was said
while the study ran.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sweep.model.finding import Finding
from sweep.model.trial import Goal, Trial
from sweep.spec import Health, Metric
from sweep.spec.health_section import due, rules
from sweep.spec.schema import Action, HealthRule, MaxGap, Milestones, Oscillation


def findings(trial: Trial, health: Health, metric: Metric) -> list[Finding]:
    """Every rule that a trial has broken so far, in the order of the epochs.

    Args:
        trial: with its reports; its configuration's `epochs` is the budget that fractions refer to.
        health: the study's rules.
        metric: the study's, whose goal is that of a rule without one.
    """
    found: list[Finding] = []
    if health.milestones is not None:
        found += _milestones(trial, health.milestones, health.milestones.goal or metric.goal)
    if health.max_gap is not None:
        found += _gap(trial, health.max_gap, health.max_gap.goal or metric.goal)
    if health.oscillation is not None:
        found += _oscillates(trial, health.oscillation)
    return sorted(found, key=lambda finding: finding.epoch)


def may_stop(trial: Trial, health: Health) -> bool:
    """Whether a rule is there to stop a trial of this stage, not only to warn."""
    return any(_action(trial, rule) == "stop" for rule in rules(health).values())


def _action(trial: Trial, rule: HealthRule) -> Action:
    return rule.ablation_action if trial.stage == "ablation" else rule.action


def _milestones(trial: Trial, rule: Milestones, goal: Goal) -> Iterator[Finding]:
    epochs = trial.config.get("epochs")
    budget = (
        int(epochs) if isinstance(epochs, int | float) and not isinstance(epochs, bool) else None
    )
    curve = trial.curve(rule.metric)
    for moment, expected in rule.at.items():
        after = due(moment, budget)
        reached = next(
            (r.epoch for r in trial.reports if after is not None and r.epoch + 1 >= after), None
        )
        if after is None or reached is None:
            continue
        so_far = [value for epoch, value in curve.items() if epoch < after]
        best = None if not so_far else max(so_far) if goal == "maximize" else min(so_far)
        if best is None:
            problem = f"no {rule.metric} in {after} epochs"
        elif best < expected if goal == "maximize" else best > expected:
            problem = f"best {rule.metric} {best:.4g} after {after} epochs, expected {expected:.4g}"
        else:
            continue
        yield Finding(
            f"milestones {moment}",
            reached,
            _action(trial, rule),
            problem,
            "check the learning rate, the loss weights and the data before spending more on this configuration",
        )


def _gap(trial: Trial, rule: MaxGap, goal: Goal) -> Iterator[Finding]:
    training, validation = trial.curve(rule.train), trial.curve(rule.val)
    for epoch, value in training.items():
        if epoch not in validation:
            continue
        gap = value - validation[epoch] if goal == "maximize" else validation[epoch] - value
        if gap > rule.above:
            problem = (
                f"{rule.train} {value:.4g} against {rule.val} {validation[epoch]:.4g} at epoch {epoch}: a gap of "
                f"{gap:.4g}, above {rule.above:.4g}"
            )
            advice = "it overfits: more augmentation, dropout or weight decay, or fewer epochs"
            yield Finding("max_gap", epoch, _action(trial, rule), problem, advice)
            return


def _oscillates(trial: Trial, rule: Oscillation) -> Iterator[Finding]:
    curve = trial.curve(rule.metric)
    epochs, values = list(curve), list(curve.values())
    steps, sizes = [abs(b - a) for a, b in pairwise(values)], [abs(value) for value in values]
    for end in range(rule.window, len(values) + 1):
        start = end - rule.window
        size = _share(
            sum(steps[start : end - 1]), abs(values[end - 1] - values[start]), sum(sizes[start:end])
        )
        size *= rule.window / (rule.window - 1)
        if size > rule.above:
            problem = (
                f"{rule.metric} goes up and down by {size:.4g} of its size in the {rule.window} reports up to epoch "
                f"{epochs[end - 1]}, above {rule.above:.4g}"
            )
            advice = "lower the learning rate or focal_gamma"
            yield Finding("oscillation", epochs[end - 1], _action(trial, rule), problem, advice)
            return


def oscillation(values: Sequence[float]) -> float:
    """How much a curve goes up and down beyond its trend, as a share of its size.

    (Σ|xᵢ − xᵢ₋₁| − |x_last − x_first|) / ((n − 1) · mean|x|): 0 for a curve that only rises or only
    falls, however steeply; about 2a for one that jumps between 1 − a and 1 + a at every step. The
    curve's scale changes nothing.

    Args:
        values: at least two, in order.
    """
    walked = sum(abs(b - a) for a, b in pairwise(values))
    share = _share(walked, abs(values[-1] - values[0]), sum(map(abs, values)))
    return share * len(values) / (len(values) - 1)


def _share(walked: float, net: float, total: float) -> float:
    return max(walked - net, 0.0) / total if total else 0.0
