"""An arm and a path: what a design decides on, as it comes back from the log."""

from sweep.history.event_records import from_record, to_record
from sweep.model.arm import AblationPath, Arm
from sweep.model.events import ArmsDecided

CONFIG = {"loss_type": "focal", "focal_gamma": 2.0, "layers": 3}


def through_the_log(*arms):
    return from_record({"seq": 0, "time": 1.0, **to_record(ArmsDecided(arms))}).arms


def test_an_arm_is_what_it_was_to_the_last_type_of_its_values():
    arm = Arm(
        "focal",
        CONFIG,
        "path",
        "baseline",
        "path 1",
        {"loss_type": "focal"},
        filled=("focal_gamma",),
        origin=4,
        step=2,
        kept=True,
        moved=("loss_type", "focal_gamma"),
        tuned={"layers": 3},
    )
    (read,) = through_the_log(arm)
    assert read == arm
    assert [type(value) for value in read.config.values()] == [str, float, int]
    assert isinstance(read.moved, tuple)


def test_an_arm_that_was_not_retuned_differs_from_one_that_nothing_was_found_for():
    waiting, kept = (
        Arm("a", CONFIG, "arms", "baseline", None, {}, tuned=tuned)
        for tuned in (None, {})
    )
    assert [arm.tuned for arm in through_the_log(waiting, kept)] == [None, {}]


def test_two_paths_of_one_content_are_equal():
    ends = {"start": CONFIG, "target": CONFIG | {"layers": 1}, "reference": "baseline"}
    assert AblationPath(**ends, groups=(("layers",),)) == AblationPath(
        **ends, groups=(("layers",),)
    )
