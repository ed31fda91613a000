"""Health rules: when each speaks, about which epoch, and that it speaks once."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep.spec.health_section import due

from sweep.model.trial import Report, Trial
from sweep.spec import Health, Metric
from sweep.stopping import health

MAXIMIZE = Metric(name="val/f", goal="maximize")
finite = st.floats(-1e3, 1e3)


def trial(stage="search", epochs=10, **curves):
    """A trial whose curves are lists; keys have `_` for `/`, and None is an epoch without a value."""
    length = max(map(len, curves.values()))
    reports = [
        Report(
            epoch, {name.replace("_", "/"): values[epoch] for name, values in curves.items()}, 1.0
        )
        for epoch in range(length)
    ]
    return Trial(3, stage, "search 3", {"epochs": epochs}, 0, reports=reports)


def found(rules, metric=MAXIMIZE, **fields):
    return health.findings(trial(**fields), Health.model_validate(rules), metric)


# --------------------------------------------------------------------------- milestones


@pytest.mark.parametrize(
    "moment, epochs, after",
    [
        ("0.04", 250, 10),
        ("0.2", 12, 3),
        ("0.6", 5, 3),
        ("0.01", 12, 1),
        ("1.0", 12, 12),
        ("10", 250, 10),
        ("1", 5, 1),
    ],
)
def test_a_milestone_is_due_after_a_share_of_the_epochs_rounded_up_or_a_number_of_them(
    moment, epochs, after
):
    assert due(moment, epochs) == after


def test_a_share_of_unknown_epochs_is_never_due():
    assert due("0.5", None) is None
    assert due("7", None) == 7


@pytest.mark.parametrize("moment", ["0", "-1", "0.0", "1.5", "nan", "soon"])
def test_what_is_no_moment_is_refused(moment):
    with pytest.raises(ValueError, match=r"."):
        due(moment, 10)


def test_a_missed_milestone_is_found_when_it_is_due_and_a_reached_one_never():
    rules = {"milestones": {"metric": "val/f", "at": {"0.2": 0.3, "0.5": 0.6}}}
    assert found(rules, val_f=[0.1]) == []
    (early,) = found(rules, val_f=[0.1, 0.2, 0.5, 0.6, 0.7])
    assert (early.rule, early.epoch) == ("milestones 0.2", 1)
    assert "best val/f 0.2 after 2 epochs, expected 0.3" in str(early)
    (late,) = found(rules, val_f=[0.4, 0.1, 0.1, 0.1, 0.1])
    assert (late.rule, late.epoch) == ("milestones 0.5", 4)


def test_a_milestone_looks_at_the_best_value_so_far_not_behind_it():
    rules = {"milestones": {"metric": "val/f", "at": {"3": 0.6}}}
    assert found(rules, val_f=[0.7, 0.1, 0.1]) == []
    (missed,) = found(rules, val_f=[0.1, 0.1, 0.1, 0.9])
    assert missed.epoch == 2


def test_where_less_is_better_a_milestone_is_an_upper_bound():
    rules = {"milestones": {"metric": "val/loss", "goal": "minimize", "at": {"2": 0.5}}}
    assert found(rules, val_loss=[1.0, 0.4]) == []
    assert [f.epoch for f in found(rules, val_loss=[1.0, 0.9])] == [1]


def test_a_metric_that_never_came_misses_its_milestone():
    (missed,) = found({"milestones": {"metric": "val/g", "at": {"2": 0.5}}}, val_f=[0.1, 0.2])
    assert "no val/g in 2 epochs" in missed.problem


# --------------------------------------------------------------------------- gap


def test_a_gap_between_training_and_validation_is_overfitting_said_once():
    rules = {"max_gap": {"train": "train/f", "val": "val/f", "above": 0.15}}
    (gap,) = found(rules, train_f=[0.5, 0.8, 0.9], val_f=[0.5, 0.6, 0.6])
    assert gap.epoch == 1
    assert "0.8 against val/f 0.6" in gap.problem
    assert found(rules, train_f=[0.5, 0.6], val_f=[0.5, 0.9]) == [], "validation may look better"


def test_the_gap_of_a_loss_has_the_other_sign():
    rules = {
        "max_gap": {"train": "train/loss", "val": "val/loss", "goal": "minimize", "above": 0.2}
    }
    assert [f.epoch for f in found(rules, train_loss=[1.0, 0.5], val_loss=[1.0, 0.9])] == [1]
    assert found(rules, train_loss=[1.0, 0.9], val_loss=[1.0, 0.5]) == []


# --------------------------------------------------------------------------- oscillation


@given(st.lists(finite, min_size=2, max_size=20))
def test_a_monotone_curve_does_not_oscillate(values):
    assert math.isclose(health.oscillation(sorted(values)), 0, abs_tol=1e-9)
    assert math.isclose(health.oscillation(sorted(values, reverse=True)), 0, abs_tol=1e-9)


@given(st.lists(finite, min_size=2, max_size=20), st.floats(1e-3, 1e3))
def test_oscillation_is_a_share_it_does_not_know_the_curves_scale(values, scale):
    once, scaled = health.oscillation(values), health.oscillation([v * scale for v in values])
    assert math.isclose(once, scaled, rel_tol=1e-6, abs_tol=1e-9)


def test_a_curve_that_jumps_by_a_tenth_either_way_oscillates_by_two_tenths():
    assert health.oscillation([1.1, 0.9, 1.1, 0.9, 1.1]) == pytest.approx(0.2, rel=0.03)
    assert health.oscillation([0.0, 0.0, 0.0]) == 0


def test_oscillation_is_found_in_the_first_window_that_has_it():
    rules = {"oscillation": {"metric": "train/loss", "window": 3, "above": 0.2}}
    (swing,) = found(rules, train_loss=[1.0, 0.9, 0.8, 1.4, 0.7, 1.4])
    assert swing.epoch == 4
    assert "lower the learning rate" in swing.advice
    assert found(rules, train_loss=[1.0, 0.5]) == [], "fewer reports than the window"


@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=12), st.integers(3, 6), st.floats(0.01, 2))
def test_the_rule_finds_the_first_window_whose_oscillation_is_above_the_bound(
    values, window, above
):
    rules = {"oscillation": {"metric": "train/loss", "window": window, "above": above}}
    sizes = {
        end: health.oscillation(values[end - window : end])
        for end in range(window, len(values) + 1)
    }
    if any(math.isclose(size, above) for size in sizes.values()):
        return
    first = next((end - 1 for end, size in sizes.items() if size > above), None)
    assert [f.epoch for f in found(rules, train_loss=values)] == ([] if first is None else [first])


# --------------------------------------------------------------------------- what is done


def test_only_the_search_is_stopped_unless_the_ablation_asks_for_it():
    gap = {"train": "train/f", "val": "val/f", "above": 0.1}
    curves = {"train_f": [0.9], "val_f": [0.1]}

    def action(stage, **more):
        (finding,) = found({"max_gap": gap | more}, stage=stage, **curves)
        return finding.action

    assert [action(stage) for stage in ("search", "retune", "ablation")] == ["warn"] * 3
    assert [action(stage, action="stop") for stage in ("search", "retune", "ablation")] == [
        "stop",
        "stop",
        "warn",
    ]
    assert action("ablation", ablation_action="stop") == "stop"


@given(st.lists(finite, min_size=1, max_size=12), st.lists(finite, min_size=1, max_size=12))
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
