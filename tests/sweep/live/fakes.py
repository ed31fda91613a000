"""Histories with only what the live views read."""

from types import SimpleNamespace

from sweep.model.reports import Report
from sweep.model.trial import State, Trial


def trial(
    number=0, *, epochs=10, values=(), stage="search", seconds=2.0, first=0, **rest
):
    reports = [
        Report(first + epoch, {"val/f1": value}, seconds)
        for epoch, value in enumerate(values)
    ]
    config = {} if epochs is None else {"epochs": epochs}
    defaults = {"attempts": 1, "label": f"search {number}", "seed": 0}
    return Trial(number, stage, config=config, reports=reports, **defaults | rest)


def history(*trials):
    metric = SimpleNamespace(name="val/f1", goal="maximize")
    return SimpleNamespace(
        spec=SimpleNamespace(metric=metric),
        trials={each.number: each for each in trials},
        unfinished=lambda: [each for each in trials if each.state is State.RUNNING],
        stage=lambda name: [each for each in trials if each.stage == name],
    )
