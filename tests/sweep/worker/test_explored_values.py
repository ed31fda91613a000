"""Conformance: restoring a checkpoint undoes no explored value, wherever it is held.

Each case is a trainer's usual way to hold a value. It is trained with one value, restored under
another one, and must go on as it would have with the new one.
"""

import math

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

from sweep.adapters.snapshot import Snapshot
from sweep.errors import TrialError
from sweep.worker.local_run import LocalRun

OLD, NEW = 0.1, 0.04


def run(folder, **values):
    return LocalRun(folder, metric="m", explored=values, kept_after=[2])


def stepped(optimizer, schedule, times):
    for _ in range(times):
        optimizer.zero_grad()
        sum(
            p.square().sum() for g in optimizer.param_groups for p in g["params"]
        ).backward()
        optimizer.step()
        if schedule is not None and not isinstance(schedule, ReduceLROnPlateau):
            schedule.step()


def trained(folder, build, value, epochs):
    """An optimiser and its schedule after some epochs with a value, from a checkpoint if there is one."""
    optimizer, schedule = build(value)
    objects = {"optimizer": optimizer, **({"schedule": schedule} if schedule else {})}
    here = run(folder, rate=value)
    first = here.restore(**objects)
    at_once = optimizer.param_groups[0]["lr"]
    for epoch in range(first, epochs):
        stepped(optimizer, schedule, 3)
        here.report(epoch, {"m": 0.5})
    return optimizer, at_once


def weights():
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(3))]


OPTIMIZERS = {
    "sgd": lambda lr: torch.optim.SGD(weights(), lr=lr, momentum=0.5),
    "adamw": lambda lr: torch.optim.AdamW(weights(), lr=lr),
    "adam with a tensor": lambda lr: torch.optim.Adam(weights(), lr=torch.tensor(lr)),
    "rmsprop": lambda lr: torch.optim.RMSprop(weights(), lr=lr),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_learning_rate_in_an_optimiser_is_the_new_one(tmp_path, name):
    trained(tmp_path, lambda lr: (OPTIMIZERS[name](lr), None), OLD, 2)
    optimizer, at_once = trained(
        tmp_path, lambda lr: (OPTIMIZERS[name](lr), None), NEW, 2
    )
    assert float(at_once) == pytest.approx(NEW)
    assert optimizer.state_dict()["state"], "what the optimiser has learned stays"


SCHEDULES = {
    "step": lambda o: StepLR(o, 4, 0.5),
    "exponential": lambda o: ExponentialLR(o, 0.9),
    "cosine": lambda o: CosineAnnealingLR(o, 20),
    "lambda": lambda o: LambdaLR(o, lambda step: 1 / (1 + step)),
    "warm-up": lambda o: LinearLR(o, 0.1, total_iters=4),
    "sequential": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, total_iters=4), CosineAnnealingLR(o, 20)], [4]
    ),
    "one cycle": lambda o: OneCycleLR(
        o, max_lr=o.param_groups[0]["lr"], total_steps=40
    ),
    "plateau": lambda o: ReduceLROnPlateau(o),
    "sequential with a lambda": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, total_iters=2), LambdaLR(o, lambda step: 0.5**step)], [2]
    ),
    "chained": lambda o: ChainedScheduler(
        [ConstantLR(o, 0.5, total_iters=4), ExponentialLR(o, 0.9)]
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on_from_the_new_learning_rate(tmp_path, name):
    def build(lr):
        optimizer = torch.optim.SGD(weights(), lr=lr)
        return optimizer, SCHEDULES[name](optimizer)

    trained(tmp_path / "changed", build, OLD, 2)
    changed, _ = trained(tmp_path / "changed", build, NEW, 4)
    always_new, _ = trained(tmp_path / "new", build, NEW, 4)
    assert changed.param_groups[0]["lr"] == pytest.approx(
        always_new.param_groups[0]["lr"], rel=1e-6
    )


@pytest.mark.parametrize("factor", [1, 3])
@pytest.mark.parametrize("name", ["sequential", "sequential with a lambda", "chained"])
def test_a_schedule_of_schedules_follows_a_multiple_of_the_value(
    tmp_path, name, factor
):
    def build(value):
        optimizer = torch.optim.SGD(weights(), lr=factor * value)
        return optimizer, SCHEDULES[name](optimizer)

    trained(tmp_path / "changed", build, OLD, 2)
    changed, _ = trained(tmp_path / "changed", build, NEW, 4)
    always_new, _ = trained(tmp_path / "new", build, NEW, 4)
    rates = [each.param_groups[0]["lr"] for each in (changed, always_new)]
    assert rates[0] == pytest.approx(rates[1], rel=1e-6)


def test_a_plateau_that_has_lowered_the_rate_keeps_its_ratio(tmp_path):
    for value in (OLD, NEW):
        optimizer = torch.optim.SGD(weights(), lr=value)
        schedule = ReduceLROnPlateau(optimizer, patience=0)
        here = run(tmp_path, rate=value)
        first = here.restore(optimizer=optimizer, schedule=schedule)
        if first == 0:
            schedule.step(1.0)
            schedule.step(2.0)
        here.report(first, {"m": 0.5})
    assert optimizer.param_groups[0]["lr"] == pytest.approx(NEW / 10)


def test_a_flag_of_an_optimiser_is_the_new_one(tmp_path):
    for flag in (False, True):
        optimizer = torch.optim.SGD(weights(), lr=0.1, momentum=0.5, nesterov=flag)
        here = run(tmp_path, nesterov=flag)
        first = here.restore(optimizer=optimizer)
        here.report(first, {"m": 0.5})
    assert optimizer.param_groups[0]["nesterov"] is True


def test_every_group_and_every_setting_that_comes_from_the_value_follows_it(tmp_path):
    def build(value):
        a, b = weights(), weights()
        return torch.optim.AdamW(
            [{"params": a, "lr": value}, {"params": b, "lr": value / 10}],
            weight_decay=value / 2,
            betas=(1 - value, 0.999),
        ), None

    trained(tmp_path, build, OLD, 2)
    optimizer, _ = trained(tmp_path, build, NEW, 2)
    first, second = optimizer.param_groups
    assert (first["lr"], second["lr"]) == pytest.approx((NEW, NEW / 10))
    assert first["weight_decay"] == pytest.approx(NEW / 2)
    assert first["betas"] == pytest.approx((1 - NEW, 0.999))


def test_a_rate_that_training_itself_sets_from_the_first_one_follows_too(tmp_path):
    """`initial_lr` is no setting of an optimiser as it is built: the loop adds it."""

    def epoch_of(optimizer, epoch):
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
            group["lr"] = group["initial_lr"] / (epoch + 1)

    for value in (OLD, NEW):
        optimizer = torch.optim.SGD(weights(), lr=value)
        here = run(tmp_path, rate=value)
        first = here.restore(optimizer=optimizer)
        for epoch in range(first, first + 2):
            epoch_of(optimizer, epoch)
            here.report(epoch, {"m": 0.5})
    assert optimizer.param_groups[0]["lr"] == pytest.approx(NEW / 4)


def test_without_a_change_nothing_is_touched(tmp_path):
    def build(lr):
        optimizer = torch.optim.SGD(weights(), lr=lr)
        return optimizer, StepLR(optimizer, 2, 0.5)

    trained(tmp_path / "resumed", build, OLD, 2)
    resumed, _ = trained(tmp_path / "resumed", build, OLD, 4)
    whole, _ = trained(tmp_path / "whole", build, OLD, 4)
    assert resumed.state_dict()["param_groups"] == whole.state_dict()["param_groups"]


class Weighted(nn.Module):
    """A loss that holds its weight in a buffer, which its state carries."""

    def __init__(self, weight, learned=False):
        super().__init__()
        value = torch.tensor(float(weight))
        if learned:
            self.weight = nn.Parameter(value)
        else:
            self.register_buffer("weight", value)


def test_a_loss_weight_in_a_buffer_is_the_new_one(tmp_path):
    for value in (0.3, 0.45):
        loss = Weighted(value)
        here = run(tmp_path, weight=value)
        first = here.restore(loss=loss)
        here.report(first, {"m": 0.5})
    assert loss.weight.item() == pytest.approx(0.45)


def test_a_value_that_training_learns_further_is_refused_with_what_to_do(tmp_path):
    loss = Weighted(0.3, learned=True)
    here = run(tmp_path, temperature=0.3)
    here.restore(loss=loss)
    with torch.no_grad():
        loss.weight.fill_(0.7)
    here.report(0, {"m": 0.5})
    message = (
        r"temperature changes from 0.3 to 0.45, but run.restore\(loss=…\) restores weight to 0.7"
        r".*would have no effect. Take temperature out of search.parameters"
    )
    with pytest.raises(TrialError, match=message):
        run(tmp_path, temperature=0.45).restore(loss=Weighted(0.45, learned=True))


FORMS = {
    "its logarithm": math.log,
    "minus its logarithm": lambda value: -math.log(value),
    "a multiple": lambda value: 2 * value,
    "what is left of 1": lambda value: 1 - value,
    "the inverse of the softplus": lambda value: math.log(math.expm1(value)),
}


@pytest.mark.parametrize("shape", [(), (4,)])
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_the_value_is_carried_over_or_refused_if_it_was_trained(
    tmp_path, form, shape
):
    def held(value):
        module = nn.Module()
        module.scale = nn.Parameter(torch.full(shape, FORMS[form](value)))
        return module

    for folder, is_trained in ((tmp_path / "fixed", False), (tmp_path / "moved", True)):
        here = run(folder, temperature=OLD)
        module = held(OLD)
        here.restore(module=module)
        if is_trained:
            with torch.no_grad():
                module.scale.add_(torch.rand(shape))
        here.report(0, {"m": 0.5})
        again = held(NEW)
        if is_trained:
            with pytest.raises(
                TrialError, match=r"temperature .* would have no effect"
            ):
                run(folder, temperature=NEW).restore(module=again)
        else:
            run(folder, temperature=NEW).restore(module=again)
            assert torch.equal(again.scale, held(NEW).scale)


def test_a_word_that_an_object_keeps_is_the_new_one(tmp_path):
    class Named:
        def __init__(self, kind):
            self.kind = kind

        def state_dict(self):
            return {"kind": self.kind}

        def load_state_dict(self, state):
            self.kind = state["kind"]

    for kind in ("hinge", "focal"):
        loss = Named(kind)
        here = run(tmp_path, loss=kind)
        here.report(here.restore(loss=loss), {"m": 0.5})
    assert loss.kind == "focal"


def test_a_weight_of_the_model_that_merely_starts_otherwise_stays_as_trained(tmp_path):
    for start, value in ((0.5, 0.3), (0.9, 0.45)):
        model = Weighted(start, learned=True)
        here = run(tmp_path, weight=value)
        first = here.restore(model=model)
        if first == 0:
            with torch.no_grad():
                model.weight.fill_(7.0)
        here.report(first, {"m": 0.5})
    assert model.weight.item() == 7.0


def test_a_framework_that_restores_its_optimiser_itself_is_refused(tmp_path):
    snapshot = Snapshot(lambda: {"checkpoint": {"optimizer_states": []}})
    here = run(tmp_path, rate=OLD)
    here.restore(lightning=snapshot)
    here.report(0, {"m": 0.5})
    run(tmp_path, rate=OLD).restore(lightning=snapshot)
    with pytest.raises(
        TrialError, match=r"rate changed .* silently bring the old value back"
    ):
        run(tmp_path, rate=NEW).restore(lightning=snapshot)


def test_a_value_from_zero_is_added():
    from sweep.worker.explored_values import carried_over

    class Held:
        param_groups = ()

    saved = {"param_groups": [{"wd": 0.0, "params": [0]}], "state": {}}
    before, now = {"param_groups.0.wd": 0.0}, {"param_groups.0.wd": 0.5}
    changed = {"decay": (0.0, 0.5)}
    state = carried_over("o", Held(), saved, before, now, changed)
    assert state["param_groups"][0] == {"wd": 0.5, "params": [0]}
    assert saved["param_groups"][0]["wd"] == 0.0, "what was read stays as it was"
    assert math.isfinite(state["param_groups"][0]["wd"])
