"""The tables over tasks, from a log with known values."""

import pytest

from sweep.report import build_tables, figures, gather
from sweep.report.task_evidence import on_tasks, over_tasks
from tests.sweep.report.rows import by_row

NOISE = [0.0, 0.01, -0.01, 0.02, -0.02, 0.005]
GAIN = {"baseline": 0.0, "good": 0.1, "mixed": 0.05}


def text(tasks, report=""):
    return f"""
name: tasks
trainer: own_trainer:train
metric: {{name: val/f1, goal: maximize}}
parameters:
  epochs: 3
  data: {{values: [{", ".join(tasks)}], role: task}}
  loss: {{values: [ce, focal, dice]}}
ablation:
  baseline: {{loss: ce}}
  seeds: [0, 1, 2, 3, 4, 5]
  designs: {{arms: {{good: {{loss: focal}}, mixed: {{loss: dice}}}}}}
report: {{metrics: [test/f1]{report}}}
"""


@pytest.fixture
def evidence(study, curve_to, run_all):
    """`evidence(tasks, report=…)`: `good` gains 0.1 everywhere, `mixed` ±0.05 in turn."""

    def evidence(tasks, report="", without=(), size=lambda task: 1.0):
        writer = study(text(tasks, report))

        def curve(arm, seed, _):
            if arm.name in without:
                return None
            plain, _, task = arm.name.rpartition(" @ ")
            sign = -1 if plain == "mixed" and tasks.index(task) % 2 else 1
            noise = NOISE[seed] + NOISE[(seed + len(arm.name)) % 6] / 5
            return curve_to(size(task) * (0.6 + sign * GAIN[plain] + noise))

        run_all(writer, curve)
        writer.add("session_ended", reason="done")
        return gather(writer.history())

    return evidence


def table(evidence):
    (found,) = build_tables(evidence, ["tasks"])
    return found


def test_a_column_a_task_and_the_change_over_all(evidence):
    rows = by_row(table(evidence(["a", "b"], ", scale: one")))
    assert list(rows) == ["baseline", "good", "mixed"]
    assert rows["good"]["change"].values["mean"] == pytest.approx(0.1, abs=0.01)
    for task in "ab":
        change = rows["good"][f"{task}.change"].values
        assert change["low"] < 0.1 < change["high"]
        assert change["n"] == 6
    assert rows["good"]["wins"].text == "2/0/0"
    assert rows["good"]["rank"].values[""] == 1.0
    assert rows["baseline"]["rank"].values[""] == 2.5


def test_opposite_changes_are_never_averaged_without_saying_so(evidence):
    found = table(evidence(["a", "b"], ", scale: one"))
    (mark,) = by_row(found)["mixed"]["change"].marks
    (note,) = [note.text for note in found.notes if note.mark == mark]
    assert note.startswith("Better on a and worse on b, beyond the seeds' noise on both sides")


def test_tasks_of_another_scale_are_compared_by_relative_changes(evidence):
    found = table(evidence(["a", "b"], size=lambda task: 1.0 if task == "a" else 100.0))
    change = by_row(found)["good"]["change"]
    assert change.values["relative"] is True
    assert change.values["mean"] == pytest.approx(1 / 6, abs=0.03)
    assert change.text.endswith(" %")


def test_an_arm_that_lacks_a_task_has_no_change_over_tasks(evidence):
    found = table(evidence(["a", "b"], ", scale: one", without=("good @ b",)))
    good = by_row(found)["good"]
    assert good["change"].text == "–"
    assert good["rank"].text == "–"
    assert any(
        "good: no change over tasks: no pair" in n.text and " b" in n.text for n in found.notes
    )


def test_tasks_like_these_are_refused_below_five_and_warned_of_below_ten(evidence):
    few = table(evidence(["a", "b"], ", scale: one, tasks: like_these"))
    assert by_row(few)["good"]["change"].text == "–"
    assert any("at least 5" in note.text for note in few.notes)


def test_six_tasks_have_a_test_by_ranks_and_a_figure(evidence):
    six = evidence(list("abcdef"), ", scale: one, tasks: like_these")
    rows = by_row(table(six))
    assert rows["good"]["p"].values[""] == pytest.approx(3 / 32)  # 2/2⁶, three pairs
    assert any("6 tasks say little" in note.text for note in table(six).notes)
    drawing = figures.draw("critical_difference", six)
    assert drawing is not None
    assert "Wilcoxon" in drawing.caption


def test_fewer_tasks_have_neither(evidence):
    five = evidence(list("abcde"), ", scale: one")
    assert "p" not in [column.key for column in table(five).columns]
    assert figures.draw("critical_difference", five) is None


def test_what_describes_stands_apart_and_says_so(evidence):
    (found,) = build_tables(evidence(["a", "b"]), ["tasks_description"])
    rows = by_row(found)
    assert rows["good"]["improvement"].values[""] == 1.0
    assert any("support no verdict" in note.text for note in found.notes)


def test_every_other_table_is_made_once_a_task(evidence):
    found = build_tables(evidence(["a", "b"]))
    names = [each.name for each in found]
    assert names[:4] == ["tasks", "tasks_description", "ablation_a", "ablation_b"]
    assert names.count("cost") == 1
    (there,) = [each for each in found if each.name == "ablation_a"]
    assert list(by_row(there)) == ["baseline", "good", "mixed"]


def test_on_a_task_only_its_trials_are_seen(evidence):
    whole = evidence(["a", "b"])
    there = on_tasks(whole)["b"].history
    assert {trial.config["data"] for trial in there.trials.values()} == {"b"}
    assert len(there.stage("ablation")) == 18


def test_a_study_without_tasks_has_no_such_table(ladder):
    evidence = gather(ladder)
    assert over_tasks(evidence) is None
    assert build_tables(evidence, ["tasks", "tasks_description"]) == ()
