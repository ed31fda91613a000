"""The path table: every change that was tried, and the one that was kept."""

from dataclasses import asdict, replace

from tests.sweep.report.walked_path import table, walked


def test_the_path_table_shows_every_change_tried_and_marks_the_one_kept(study):
    (found,) = table(walked(study).history(), "path")
    rows = [(r["step"], r["change"], r["kept"], r["val/f1.n"]) for r in found.records()]
    assert rows == [
        (1, "dice_weight=1", True, 3),
        (1, "loss_type=focal", False, 3),
        (2, "loss_type=focal", True, 3),
    ]
    assert [round(r["val/f1.step.mean"], 6) for r in found.records()] == [
        0.12,
        0.05,
        0.08,
    ]


def test_an_unfinished_path_table_says_so(study):
    writer = walked(study)
    kept = [arm for arm in writer.history().arms if arm.step == 2]
    writer.add("arms_decided", arms=[asdict(replace(kept[0], kept=False))])
    (found,) = table(writer.history(), "path")
    assert any("has not reached its end" in note.text for note in found.notes)
    writer.add("arm_skipped", arm="path", reason="it stops before step 2")
    (found,) = table(writer.history(), "path")
    assert any("it stops before step 2" in note.text for note in found.notes)


def test_a_study_without_a_path_has_no_path_table(ladder):
    assert table(ladder, "path") == ()
