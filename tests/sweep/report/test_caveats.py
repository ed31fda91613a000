"""Every reason not to believe a row is found, and names its trials."""

from dataclasses import asdict, replace

import pytest

from sweep.report import caveats, origins
from sweep.report.caveat import Caveat, merged
from sweep.report.evidence import gather


def texts(found):
    return [caveat.text for caveat in found]


def arm_of(writer, name):
    return next(arm for arm in writer.history().arms if arm.name == name)


def test_a_caveat_that_concerns_most_arms_is_one_note(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6 + seed / 50, best=1 if arm.name == "+ dice" else 2
        ),
    )
    found = caveats.all_caveats(gather(writer.history()))
    improving = [caveat for caveat in found if "still improving" in caveat.text]
    assert [caveat.arm for caveat in improving] == [None]
    assert improving[0].text.startswith(
        "All arms but + dice: val/f1 was still improving"
    )
    assert len(improving[0].trials) == 18


def test_a_caveat_of_few_arms_stays_with_them():
    odd = Caveat("b", "b: odd (trial 3)", (3,), "odd ({trials})")
    assert merged([odd], ["a", "b", "c"]) == [odd]


def test_a_metric_that_chose_its_epoch_is_called_optimistic(
    study, ladder_study, curve_to, run_all
):
    def said(report):
        writer = study(ladder_study.replace("{metrics: [test/f1, test/loss]}", report))
        run_all(
            writer, lambda arm, seed, _: curve_to(0.6 + seed / 50, **{"val/loss": 0.5})
        )
        return texts(caveats.selecting_metrics(gather(writer.history())))

    (found,) = said("{metrics: [test/f1, val/f1]}")
    assert found.startswith(
        "Selection bias: val/f1 is shown and also chose each run's epoch"
    )
    assert said("{metrics: [test/f1]}") == []
    assert said("{metrics: [val/f1], select: last}") == []
    by_loss = "{metrics: [val/f1], select_by: {name: val/loss, goal: minimize}}"
    assert said(by_loss) == []


def test_a_clean_study_marks_no_row(ladder):
    assert [c for c in caveats.all_caveats(gather(ladder)) if c.arm is not None] == []


def test_missing_failed_pruned_and_unfinished_runs_are_named(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if arm.name == "+ focal" and seed > 1 else curve_to(0.6)
        ),
    )
    config = arm_of(writer, "+ focal").config
    failed = writer.trial(
        config, [], seed=2, state="failed", reason="loss became NaN at epoch 0"
    )
    pruned = writer.trial(config, curve_to(0.6)[:1], seed=3, state="pruned")
    running = writer.trial(config, curve_to(0.6)[:1], seed=4, state="running")
    (caveat,) = caveats.incomplete(gather(writer.history()))
    assert caveat.arm == "+ focal"
    assert caveat.trials == (failed, pruned, running)
    assert (
        caveat.text
        == f"+ focal: 2 of 6 runs; left out: trial {failed} (seed 2) failed (loss"
        f" became NaN at epoch 0); trial {pruned} (seed 3) pruned; trial {running}"
        " (seed 4) has not finished; seed 5 has no trial"
    )


def test_a_metric_missing_at_the_selected_epoch_is_named(study, curve_to, run_all):
    writer = study()
    run_all(writer, lambda *_: curve_to(0.6))
    writer.events = [
        event
        | (
            {"metrics": {"val/f1": 0.9}}
            if event["event"] == "epoch" and event["trial"] == 7
            else {}
        )
        for event in writer.events
    ]
    found = texts(caveats.unreported(gather(writer.history())))
    assert "+ focal: test/f1 was not reported at the selected epoch by trial 7" in found


def test_a_trial_without_any_finite_value_of_the_studys_metric_is_left_out_and_named(
    study, curve_to, run_all
):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("baseline", 0) else curve_to(0.6)
        ),
    )
    number = writer.trial(
        arm_of(writer, "baseline").config, [{"val/f1": None, "test/f1": 0.9}], seed=0
    )
    evidence = gather(writer.history())
    assert number not in evidence.estimate("baseline", "test/f1")[1]
    assert (
        f"baseline: trial {number} never reported a finite val/f1, and is left out"
        in texts(caveats.unreported(evidence))
    )


def test_arms_with_another_budget_are_marked(study, ladder_study, curve_to, run_all):
    writer = study(ladder_study.replace("epochs: 3", "epochs: {values: [3, 9]}").replace(
        "dice_weight: 0.0}", "dice_weight: 0.0, epochs: 3}").replace(
        '"+ focal": {loss_type: focal}', '"+ focal": {loss_type: focal}\n      "+ long": {epochs: 9}').replace(
        '"+ dice": {dice_weight: 1.0}', '"+ dice": {dice_weight: 1.0, epochs: 3}'))  # fmt: skip
    run_all(writer, lambda arm, *_: curve_to(0.6, epochs=arm.config["epochs"]))
    (caveat,) = caveats.budgets(gather(writer.history()))
    assert caveat.arm == "+ long"
    assert "9 epochs, most arms 3" in caveat.text
    assert len(caveat.trials) == 6


def test_arms_in_another_precision_are_marked(study, ladder_study, curve_to, run_all):
    writer = study(
        ladder_study.replace(
            "dice_weight: {min",
            "precision: {values: [float32, bfloat16]}\n  dice_weight: {min",
        )
        .replace("dice_weight: 0.0}", "dice_weight: 0.0, precision: float32}")
        .replace("dice_weight: 1.0}", "dice_weight: 1.0, precision: bfloat16}")
        .replace(
            "{loss_type: ce}\nreport", "{loss_type: ce, precision: float32}\nreport"
        )
    )
    run_all(writer, lambda *_: curve_to(0.6))
    (caveat,) = caveats.precisions(gather(writer.history()))
    assert (caveat.arm, "bfloat16, most arms in float32" in caveat.text) == (
        "+ dice",
        True,
    )


def test_runs_still_improving_at_their_last_epoch_are_marked(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: curve_to(
            0.6, best=2 if (arm.name, seed) == ("+ dice", 1) else 1
        ),
    )
    (caveat,) = caveats.unconverged(gather(writer.history()))
    assert caveat.arm == "+ dice"
    assert "still improving at the last epoch of trial 13" in caveat.text


def test_an_early_stopped_run_is_not_called_still_improving(study, curve_to, run_all):
    writer = study()
    run_all(writer, lambda *_: curve_to(0.6, epochs=2, best=1))
    assert list(caveats.unconverged(gather(writer.history()))) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("code", "bbbb"), ("torch", "2.14.0"), ("device", "H200"), ("data", "d2")],
)
def test_rows_that_mix_environments_are_marked_with_the_odd_trials(
    study, curve_to, run_all, key, value
):
    writer = study()
    writer.session(**{key: "d1"} if key in ("device", "data") else {})
    run_all(
        writer,
        lambda arm, seed, _: (
            None if arm.name == "+ dice" and seed > 3 else curve_to(0.6)
        ),
    )
    writer.session(**{key: value})
    config = arm_of(writer, "+ dice").config
    odd = [writer.trial(config, curve_to(0.6), seed=seed) for seed in (4, 5)]
    (caveat,) = caveats.mixed_environments(gather(writer.history()))
    assert caveat.arm == "+ dice"
    assert caveat.trials == tuple(odd)
    assert f"ran with {key} {value}, most trials with" in caveat.text


def test_an_equal_machine_is_not_a_mixed_environment(study, curve_to, run_all):
    writer = study()
    run_all(writer, lambda arm, *_: None if arm.name == "+ dice" else curve_to(0.6))
    writer.session(platform="there", commit="c2")
    config = arm_of(writer, "+ dice").config
    for seed in range(6):
        writer.trial(config, curve_to(0.6), seed=seed)
    assert list(caveats.mixed_environments(gather(writer.history()))) == []


def test_a_trial_resumed_under_other_code_is_marked(study, curve_to, run_all):
    writer = study()
    run_all(
        writer,
        lambda arm, seed, _: (
            None if (arm.name, seed) == ("+ dice", 0) else curve_to(0.6)
        ),
    )
    number = writer.trial(
        arm_of(writer, "+ dice").config, curve_to(0.6)[:1], state="running"
    )
    writer.session(code="bbbb")
    writer.add("trial_started", trial=number, attempt=2, worker="w")
    for epoch, metrics in list(enumerate(curve_to(0.6)))[1:]:
        writer.add(
            "epoch",
            trial=number,
            epoch=epoch,
            metrics=metrics,
            seconds=1.0,
            checkpoint=None,
        )
    writer.add(
        "trial_finished", trial=number, state="complete", reason="", overhead=0.0
    )
    (caveat,) = caveats.mixed_environments(gather(writer.history()))
    assert f"trial {number} ran with code aaaa then bbbb" in caveat.text


FILLED = """
name: filled
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  loss_type: {values: [ce, focal]}
  learning_rate: {min: 0.001, max: 0.1, role: nuisance}
search: {method: random, trials: 2}
ablation: {baseline: {loss_type: ce}, designs: {arms: {focal: {loss_type: focal}}}}
"""


def test_values_from_the_search_and_untuned_nuisances_are_caveats(study):
    writer = study(FILLED)
    writer.decide({"learning_rate": 0.01})
    evidence = gather(writer.history())
    assert texts(caveats.filled_from_search(evidence)) == [
        "learning_rate was filled in from the search: 0.01"
    ]
    (caveat,) = origins.nuisances(evidence)
    assert "learning_rate) were not retuned for each arm" in caveat.text


def test_an_arm_that_also_differs_in_a_value_of_the_search_is_marked(study):
    writer = study(FILLED.replace(", role: nuisance", ""))
    best = {"ce": 0.01, "focal": 0.04}
    writer.decide(lambda name, stated: best[stated["loss_type"]])
    whole, marked = caveats.filled_from_search(gather(writer.history()))
    assert whole.arm is None
    assert "different values for different arms" in whole.text
    assert marked.arm == "focal"
    assert "learning_rate 0.04, and baseline 0.01" in marked.text
    assert "role: nuisance" in marked.text


def test_retuned_values_and_arms_without_them_are_caveats(study):
    text = FILLED.replace(
        "ablation: {", "ablation: {retune: {parameters: [learning_rate], trials: 8}, "
    )
    writer = study(text)
    baseline, focal = writer.decide({"learning_rate": 0.01})
    writer.trial(focal.config, [], stage="retune", seed=9, attributes={"arm": "focal"})
    caveat, variance = origins.nuisances(gather(writer.history()))
    assert "8 trials each (tpe)" in caveat.text
    assert variance.text.startswith("Each arm was retuned once")
    assert "baseline not yet; focal not yet" in caveat.text
    tuned = [replace(baseline, tuned={}), replace(focal, tuned={"learning_rate": 0.02})]
    writer.add("arms_decided", arms=[asdict(arm) for arm in tuned])
    caveat, _ = origins.nuisances(gather(writer.history()))
    assert (
        "baseline learning_rate=0.01 untuned: no trial completed; focal learning_rate=0.02"
        in caveat.text
    )


def test_selection_on_the_test_set_is_a_caveat(study, ladder_study, curve_to, run_all):
    writer = study(ladder_study.replace("{name: val/f1", "{name: test/f1"))
    run_all(writer, lambda *_: curve_to(0.6))
    assert any(
        "optimistic" in text
        for text in texts(caveats.selection(gather(writer.history())))
    )


def test_notices_of_the_study_are_caveats(study, curve_to, run_all):
    writer = study()
    run_all(writer, lambda *_: curve_to(0.6))
    writer.add(
        "notice", message="checkpoint of epoch 3 was corrupt; epoch 2 was used", trial=4
    )
    assert texts(caveats.notices(gather(writer.history()))) == [
        "trial 4: checkpoint of epoch 3 was corrupt; epoch 2 was used"
    ]


@pytest.mark.parametrize(
    ("seeds", "said"), [("[0]", "1 seed:"), ("[0, 1]", "2 seeds:")]
)
def test_fewer_than_three_seeds_are_a_caveat(
    study, ladder_study, curve_to, run_all, seeds, said
):
    writer = study(ladder_study.replace("[0, 1, 2, 3, 4, 5]", seeds))
    run_all(writer, lambda *_: curve_to(0.6))
    (caveat,) = caveats.few_seeds(gather(writer.history()))
    assert caveat.text.startswith(said)
