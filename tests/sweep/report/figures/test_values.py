"""What several figures read: arms without their doubles, curves of complete runs,
counts, what is missing."""

from sweep import report
from sweep.model.trial import State
from sweep.report.figures import values


def test_outcomes_are_counted_in_a_fixed_order():
    outcomes = [State.FAILED, State.COMPLETE, State.COMPLETE, State.PRUNED]
    assert values.counts(outcomes) == "2 complete, 1 pruned, 1 failed"
    assert values.counts([]) == ""


def test_arms_of_one_configuration_are_one_entry(full):
    names = values.distinct_arms(full)
    assert "baseline = loss_type=ce, dice_weight=0.0" in names.values()
    assert "loss_type=ce, dice_weight=0.0" not in names


def test_a_curve_has_the_epochs_that_every_run_reports(study, full_text):
    writer = study(full_text)
    arm = writer.decide({"focal_gamma": 2.0, "learning_rate": 0.001})[0]
    for seed, epochs in enumerate([4, 2]):
        curve = [{"val/f1": seed + epoch / 10} for epoch in range(epochs)]
        writer.trial(arm.config, curve, seed=seed)
    evidence = report.gather(writer.history(), metrics=["val/f1"])
    frame = values.curves(evidence, "baseline", "val/f1")
    assert list(frame.index) == [1, 2]
    assert frame.to_numpy().tolist() == [[0.0, 1.0], [0.1, 1.1]]


def test_missing_runs_of_the_arms_shown_are_named(wounded):
    said = values.left_out(wounded, ["+ focal"])
    assert said.startswith(" Runs are missing. + focal: 3 of 4 runs")
    assert "+ dice" not in said
    assert values.left_out(wounded, ["baseline"]) == ""


def test_a_caption_says_at_which_epoch_a_value_was_read(study, full, full_text):
    assert values.selection(full) == "each run at its best epoch by val/f1"
    last = study(full_text.replace("[test/f1]}", "[test/f1], select: last}"))
    assert (
        values.selection(report.gather(last.history())) == "each run at its last epoch"
    )
