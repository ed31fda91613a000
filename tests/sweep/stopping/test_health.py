"""`health:` as a whole: what is done about what is found, and that nothing is taken back."""

from hypothesis import given
from hypothesis import strategies as st

from sweep.stopping.health import Health
from tests.sweep.stopping.unhealthy import found, trial

finite = st.floats(-1e3, 1e3)


def test_only_the_search_is_stopped_unless_the_ablation_asks_for_it():
    gap = {"train": "train/f", "val": "val/f", "above": 0.1}
    curves = {"train_f": [0.9], "val_f": [0.1]}

    def action(stage, **more):
        (finding,) = found({"max_gap": gap | more}, stage=stage, **curves)
        return finding.action

    assert [action(stage) for stage in ("search", "retune", "ablation")] == ["warn"] * 3
    assert [
        action(stage, action="stop") for stage in ("search", "retune", "ablation")
    ] == [
        "stop",
        "stop",
        "warn",
    ]
    assert action("ablation", ablation_action="stop") == "stop"


@given(
    st.lists(finite, min_size=1, max_size=12), st.lists(finite, min_size=1, max_size=12)
)
def test_what_is_found_early_is_never_taken_back(train_f, val_f):
    """So that a rule acts once, and a report lists what was said while the study ran."""
    length = min(len(train_f), len(val_f))
    rules = {
        "milestones": {"metric": "val/f", "at": {"0.3": 1.0, "4": 2.0}},
        "max_gap": {"train": "train/f", "val": "val/f", "above": 0.5},
        "oscillation": {"metric": "train/f", "window": 3, "above": 0.5},
    }
    whole = found(rules, train_f=train_f[:length], val_f=val_f[:length])
    for cut in range(1, length + 1):
        part = found(rules, train_f=train_f[:cut], val_f=val_f[:cut])
        assert part == [finding for finding in whole if finding.epoch < cut]
    assert len({finding.rule for finding in whole}) == len(whole)


def test_the_rules_that_are_given_say_which_metrics_they_name_and_where():
    rules = {
        "milestones": {"metric": "val/f", "at": {"3": 1.0}},
        "max_gap": {"train": "train/f", "val": "val/f", "above": 0.5},
    }
    health = Health.model_validate(rules)
    assert list(health.rules) == ["milestones", "max_gap"]
    assert health.metrics() == [
        (("health", "milestones", "metric"), "val/f"),
        (("health", "max_gap", "train"), "train/f"),
        (("health", "max_gap", "val"), "val/f"),
    ]


def test_it_may_stop_a_trial_only_where_a_rule_says_so():
    gap = {"train": "train/f", "val": "val/f", "above": 0.5}
    warns = Health.model_validate({"max_gap": gap})
    stops = Health.model_validate({"max_gap": gap | {"action": "stop"}})
    search, ablation = (trial(stage, val_f=[0.1]) for stage in ("search", "ablation"))
    assert [
        warns.may_stop(search),
        stops.may_stop(search),
        stops.may_stop(ablation),
    ] == [
        False,
        True,
        False,
    ]


def test_one_rule_that_stops_among_others_that_warn_may_stop_a_trial():
    gap = {"train": "train/f", "val": "val/f", "above": 0.1}
    shaking = {"metric": "val/f", "above": 0.1}
    mixed = Health.model_validate(
        {"max_gap": gap | {"action": "stop"}, "oscillation": shaking}
    )
    assert mixed.may_stop(trial(val_f=[0.1]))
