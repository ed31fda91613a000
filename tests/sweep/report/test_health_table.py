"""The health table: every trial that broke a rule."""

from tests.sweep.report.walked_path import STUDY, table, walked


def test_the_health_table_lists_every_trial_that_broke_a_rule(study):
    writer = walked(study)
    searched = writer.trial(
        {"epochs": 3}, [{"val/f1": 0.1}] * 3, stage="search", label="search 0"
    )
    history = writer.history()
    (found,) = table(history, "health")
    low = [
        t.number
        for t in history.trials.values()
        if t.best("val/f1", "maximize").metrics["val/f1"] < 0.6
    ]
    assert sorted(record["trial"] for record in found.records()) == sorted(low)
    assert found.records()[-1]["trial"] == searched, "ablation trials come first"
    assert all(
        record["epoch"] == 3 and record["action"] == "warned"
        for record in found.records()
    )
    assert any(
        f"{len(history.trials) - len(low)} of {len(history.trials)} trials broke no rule"
        in n.text
        for n in found.notes
    )


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
        "trial 0 stopped by a rule: pruned, without a result" in note.text
        for note in found.notes
    )


def test_a_study_without_health_rules_has_no_health_table(ladder):
    assert table(ladder, "health") == ()
