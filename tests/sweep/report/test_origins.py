"""Where arms and trials come from is said under the table; the health and path tables list what was tried."""

from dataclasses import asdict, replace

from sweep.ablation import designs, path
from sweep.report import build_tables, caveats, origins, trace
from sweep.report.evidence import gather

STUDY = """
name: s
trainer: own_trainer:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 3
  loss_type: {values: [ce, focal]}
  dice_weight: {min: 0.0, max: 2.0}
search: {trials: 4, seeds: [0, 1]}
ablation:
  baseline: {loss_type: ce, dice_weight: 0.0}
  seeds: [1, 2, 3]
  designs: {arms: {far: {loss_type: focal, dice_weight: 1.0}}, path: {to: far}, top_k: 2}
health:
  milestones: {metric: val/f1, at: {3: 0.6}}
report: {metrics: [test/f1]}
"""


def texts(found):
    return [caveat.text for caveat in found]


def table(history, name):
    return build_tables(gather(history), [name])


def train(writer, arm, value):
    for seed in (1, 2, 3):
        curve = [{"val/f1": value + seed / 100, "test/f1": value - 0.1}] * 3
        writer.trial(arm.config, curve, seed=seed, label=arm.name)


def step(writer, start, target, name, number, before, *moved):
    config = path.mixed(writer.spec.parameters, start.config, target.config, moved)
    changes = {moved[-1]: config[moved[-1]]}
    return designs.Arm(name, config, "path", "baseline", before, changes, step=number, moved=moved)


def walked(study):
    """A study with one finished path: dice first, since it helps more; the other first step was not kept."""
    writer = study(STUDY)
    baseline, far = writer.decide()
    loss = step(writer, baseline, far, "path 1: loss_type=focal", 1, "baseline", "loss_type")
    dice = step(writer, baseline, far, "path 1: dice_weight=1", 1, "baseline", "dice_weight")
    last = step(
        writer, baseline, far, "path 2: loss_type=focal", 2, dice.name, "dice_weight", "loss_type"
    )
    groups = [["loss_type"], ["dice_weight"]]
    writer.add(
        "path_started",
        start=baseline.config,
        target=far.config,
        reference="baseline",
        groups=groups,
    )
    writer.add(
        "arms_decided",
        arms=[asdict(loss), asdict(replace(dice, kept=True)), asdict(replace(last, kept=True))],
    )
    for arm, value in ((baseline, 0.5), (far, 0.7), (loss, 0.55), (dice, 0.62)):
        train(writer, arm, value)
    return writer


def test_the_path_table_shows_every_change_tried_and_marks_the_one_kept(study):
    (found,) = table(walked(study).history(), "path")
    rows = [(r["step"], r["change"], r["kept"], r["val/f1.n"]) for r in found.records()]
    assert rows == [
        (1, "dice_weight=1", True, 3),
        (1, "loss_type=focal", False, 3),
        (2, "loss_type=focal", True, 3),
    ]
    assert [round(r["val/f1.step.mean"], 6) for r in found.records()] == [0.12, 0.05, 0.08]


def test_the_ablation_table_has_only_the_arms_the_path_went_on_from(study):
    history = walked(study).history()
    (found,) = table(history, "ablation")
    names = [record["arm"] for record in found.records()]
    assert names == ["baseline", "far", "path 1: dice_weight=1", "path 2: loss_type=focal"]
    assert trace(history, "path 1: loss_type=focal").rows, "the others can still be traced"
    assert all(caveat.arm in (None, *names) for caveat in caveats.all_caveats(gather(history)))


def test_a_path_that_is_not_at_its_end_says_so(study):
    writer = walked(study)
    kept = [arm for arm in writer.history().arms if arm.step == 2]
    writer.add("arms_decided", arms=[asdict(replace(kept[0], kept=False))])
    (found,) = table(writer.history(), "path")
    assert any("has not reached its end" in note.text for note in found.notes)
    writer.add("arm_skipped", arm="path", reason="it ends before step 2")
    (found,) = table(writer.history(), "path")
    assert any("it ends before step 2" in note.text for note in found.notes)


def test_an_arm_that_was_not_trained_is_said_with_the_reason(study):
    writer = walked(study)
    writer.add("arm_skipped", arm="aggressive", reason="mean val/f1 of far is 0.72, not below 0.7")
    found = texts(origins.skipped(gather(writer.history())))
    assert found == ["aggressive was not trained: mean val/f1 of far is 0.72, not below 0.7"]


def test_the_best_of_the_search_name_their_trials_and_seeds_that_chose_them(study):
    writer = walked(study)
    best = designs.Arm("best 1", {"epochs": 3}, "top_k", "baseline", None, {}, origin=17)
    writer.add("arms_decided", arms=[asdict(best)])
    (found,) = origins.best_of_search(gather(writer.history()))
    assert found.text.endswith(
        "best 1 that of trial 17; seeds [1] also chose them, and are not fresh"
    )
    assert found.trials == (17,)


def test_the_health_table_lists_every_trial_that_broke_a_rule(study):
    writer = walked(study)
    searched = writer.trial({"epochs": 3}, [{"val/f1": 0.1}] * 3, stage="search", label="search 0")
    history = writer.history()
    (found,) = table(history, "health")
    low = [
        t.number
        for t in history.trials.values()
        if t.best("val/f1", "maximize").metrics["val/f1"] < 0.6
    ]
    assert sorted(record["trial"] for record in found.records()) == sorted(low)
    assert found.records()[-1]["trial"] == searched, "ablation trials come first"
    assert all(record["epoch"] == 2 and record["action"] == "warned" for record in found.records())
    assert any(
        f"{len(history.trials) - len(low)} of {len(history.trials)} trials broke no rule" in n.text
        for n in found.notes
    )


def test_an_arm_with_unhealthy_runs_is_marked(study):
    found = {caveat.arm: caveat for caveat in origins.unhealthy(gather(walked(study).history()))}
    assert set(found) == {"baseline", "path 1: loss_type=focal"}
    assert found["baseline"].text == "baseline: health rules broken: milestones 3 by trials 0–2"


def test_warnings_of_health_rules_are_not_repeated_as_notices(study):
    writer = walked(study)
    writer.add("notice", trial=0, message="milestones 3: late", rule="milestones 3", epoch=2)
    writer.add("notice", trial=None, message="the log was cut")
    assert texts(caveats.notices(gather(writer.history()))) == ["the log was cut"]


def test_a_trial_that_a_rule_stopped_is_called_stopped(study):
    writer = study(STUDY.replace("at: {3: 0.6}", "at: {2: 0.6}, action: stop"))
    writer.decide()
    writer.trial(
        {"epochs": 3},
        [{"val/f1": 0.1}] * 2,
        stage="search",
        state="pruned",
        reason="health: milestones 2: best …",
    )
    (found,) = table(writer.history(), "health")
    (record,) = found.records()
    assert record["action"] == "stopped"
    assert any(
        "trial 0 stopped by a rule: pruned, and no result" in note.text for note in found.notes
    )


def test_without_rules_or_a_path_there_is_no_such_table(ladder):
    assert table(ladder, "health") == ()
    assert table(ladder, "path") == ()
