"""Trials whose curves are lists, and what a study's health rules find in them."""

from sweep.model.trial import Report, Trial
from sweep.stopping.health import Health


def trial(stage="search", epochs=10, **curves):
    """A trial whose curves are lists; keys have `_` for `/`, and None is an epoch
    without a value."""
    length = max(map(len, curves.values()))
    reports = [
        Report(
            epoch,
            {name.replace("_", "/"): values[epoch] for name, values in curves.items()},
            1.0,
        )
        for epoch in range(length)
    ]
    return Trial(3, stage, "search 3", {"epochs": epochs}, 0, reports=reports)


def found(rules, goal="maximize", **fields):
    return Health.model_validate(rules).findings(trial(**fields), goal)
