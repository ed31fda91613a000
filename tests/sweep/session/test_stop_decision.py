"""Health rules while a study runs: what is said, what is stopped, and that only
complete trials are results."""

import pytest

from sweep import spec
from sweep.ablation import results
from sweep.model.trial import Assignment, Report, State, Trial
from sweep.session.stop_decision import judged, never_applies
from sweep.stopping import RULES as REGISTERED

STUDY = """
name: watched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 4
  x: {min: 0.0, max: 1.0}
search: {method: random, trials: 6, seeds: [0]}
ablation: {baseline: {x: 0.5}, seeds: [1, 2]}
health:
  milestones: {metric: val/f1, at: {0.5: 0.4}, RULE}
"""


@pytest.fixture
def watched(bench):
    """A finished study whose milestone has the given actions."""

    def watched(rule="action: warn"):
        return bench(STUDY.replace("RULE", rule)).run()

    return watched


def behind(history, stage):
    """Trials of a stage that were below the milestone when it was due: after 2 of 4 epochs."""
    return [
        t
        for t in history.stage(stage)
        if max(list(t.curve("val/f1").values())[:2]) < 0.4
    ]


def test_a_health_warning_names_trial_rule_and_advice_and_does_not_stop_the_trial(
    watched,
):
    history = watched()
    late = [*behind(history, "search"), *behind(history, "ablation")]
    assert late
    said = [notice for notice in history.notices if notice.rule]
    assert {notice.trial for notice in said} == {trial.number for trial in late}
    for notice in said:
        assert (notice.rule, notice.epoch) == ("milestones 0.5", 1)
        assert "after 2 epochs, expected 0.4; check the learning rate" in notice.message
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}


def test_a_stopped_trial_is_pruned_with_the_rule_as_its_reason_and_no_result(watched):
    history = watched("action: stop")
    late = behind(history, "search")
    assert late
    for trial in late:
        assert trial.state is State.PRUNED
        assert len(trial.reports) == 2
        assert trial.reason.startswith("health: milestones 0.5: best val/f1")
    healthy = [trial for trial in history.stage("search") if trial not in late]
    assert {trial.state for trial in healthy} == {State.COMPLETE}
    assert {trial.state for trial in history.stage("ablation")} == {State.COMPLETE}, (
        "the ablation is only warned"
    )


def test_an_ablation_run_is_stopped_only_if_the_study_asks_for_it_and_is_then_no_result(
    watched,
):
    history = watched("ablation_action: stop")
    (arm,) = history.arms
    late = behind(history, "ablation")
    assert late
    assert {trial.state for trial in late} == {State.PRUNED}
    assert not results.complete(history, arm)
    assert results.ended(history, arm), "it is not run again"


def test_a_trial_that_has_run_its_whole_budget_is_never_stopped(bench):
    text = STUDY.replace(
        "at: {0.5: 0.4}, RULE", "at: {4: 2.0}, action: stop, ablation_action: stop"
    )
    history = bench(text).run()
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}
    assert all("stopped" not in notice.message for notice in history.notices)


def test_a_stop_decision_survives_a_kill_before_it_is_carried_out(bench, workers):
    study = bench(STUDY.replace("RULE", "action: stop"))
    expected = {t.number: (t.state, t.reason) for t in study.run().stage("search")}
    lines = study.log.read_bytes().splitlines(keepends=True)
    cuts = [i + 1 for i, line in enumerate(lines) if b'"pruned":"health' in line]
    assert cuts
    for cut in cuts:
        copy = study.killed_copy(
            study.folder.with_name(f"cut-{cut}"), b"".join(lines[:cut])
        )
        history = copy.session(workers())
        assert {
            t.number: (t.state, t.reason) for t in history.stage("search")
        } == expected


# --------------------------------------------------------------------------- where a
# trial may be stopped


RULES = ["none", "asha", "median", "percentile", "patient", "hyperband"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("health", ["", "action: stop"])
def test_a_trial_whose_trainer_does_not_wait_is_never_stopped(bench, rule, health):
    text = STUDY.replace("RULE", health or "action: warn")
    more = {"patient": ", patience: 1", "percentile": ", percentile: 50"}.get(rule, "")
    text += f"early_terminate: {{type: {rule}{more}}}\n"
    history = bench(text).run()
    for trial in history.trials.values():
        numbers = judged(history.spec, trial)
        if trial.state is State.PRUNED and numbers is not None:
            assert trial.reports[-1].epoch + 1 in numbers


def test_a_trainer_of_an_ablation_waits_only_for_a_health_rule_that_may_stop_it(
    watched,
):
    assert all(
        judged(h.spec, t) == [] for h in [watched()] for t in h.stage("ablation")
    )
    history = watched("ablation_action: stop")
    assert {
        tuple(judged(history.spec, t) or ["any"]) for t in history.stage("ablation")
    } == {("any",)}


@pytest.mark.parametrize(
    "epoch, before, waits",
    [(0, -1, False), (2, 1, True), (3, 2, True), (4, 3, False), (9, 1, True)],
)
def test_a_rung_is_reached_at_the_first_report_at_or_after_it(epoch, before, waits):
    # Epoch 3 is the third one of a trainer that counts from 1, epoch 2 of one that counts from 0.
    given = Assignment(0, "a", {}, 0, None, None, 1, "here", None, {}, judged=[3, 9])
    assert given.judged_at(epoch, before) is waits


@pytest.mark.parametrize("rule, anywhere", [("median", True), ("wilcoxon", False)])
def test_a_trainer_waits_only_in_the_run_that_its_configuration_is_judged_by_while_it_runs(
    bench, rule, anywhere
):
    text = STUDY.replace("seeds: [0]", "seeds: [0, 1], folds: 3").partition("health:")[
        0
    ]
    history = bench(text + f"early_terminate: {{type: {rule}}}\n").run()
    for trial in history.stage("search"):
        ahead = (trial.seed, trial.fold) == (0, 0)
        assert judged(history.spec, trial) == (None if ahead and anywhere else [])


@pytest.mark.parametrize("rule", ["asha", "hyperband", "median", "percentile"])
def test_a_rule_counts_the_same_whether_a_trainer_counts_from_zero_or_from_one(rule):
    settings = {
        "asha": {"min_iter": 2, "eta": 2},
        "hyperband": {"min_iter": 2, "eta": 2},
        "median": {"min_iter": 3},
        "percentile": {"min_iter": 3, "percentile": 50, "n_startup_trials": 1},
    }[rule]
    chosen = REGISTERED[rule](**settings)
    answers = []
    for first in (0, 1):
        rivals = [
            numbered(n, first, 0.9 + 0.01 * n, State.COMPLETE) for n in range(1, 6)
        ]
        own = [numbered(0, first, 0.1, State.RUNNING, epochs) for epochs in range(1, 9)]
        answers.append(
            [
                chosen.stop_reason(trial, rivals, "m", "maximize") is not None
                for trial in own
            ]
        )
    assert answers[0] == answers[1]
    assert any(answers[0])


STEPS = """
name: steps
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 9, x: {min: 0.0, max: 1.0}}
search: {method: random, trials: 2}
"""


def reported(*epochs):
    reports = [Report(epoch, {"val/f1": 0.5}, 1.0) for epoch in epochs]
    return Trial(0, "search", "search 0", {"epochs": 9}, 0, reports=reports)


@pytest.mark.parametrize(
    "rule, epochs, noted",
    [
        ("{type: asha, min_iter: 3, eta: 3}", [100], True),
        ("{type: asha, min_iter: 3, eta: 3}", [0], False),
        ("{type: asha, min_iter: 3, eta: 3}", [1], False),
        ("{type: asha, min_iter: 3, eta: 3}", [100, 200], False),
        ("{type: asha, min_iter: 3, max_iter: 9}", [100], True),
        ("{type: median}", [100], True),
        ("{type: none}", [100], False),
    ],
)
def test_a_rule_that_can_stop_no_trial_is_named_at_the_first_report(
    tmp_path, rule, epochs, noted
):
    (tmp_path / "trainer.py").write_text("def train(config, run): ...")
    (tmp_path / "steps.yaml").write_text(STEPS + f"early_terminate: {rule}\n")
    said = never_applies(spec.load(tmp_path / "steps.yaml"), reported(*epochs))
    assert (said is not None) is noted
    assert (
        not noted or "the first report has number 100. Report epochs 0, 1, 2, …" in said
    )


def numbered(number, first, value, state, epochs=8):
    reports = [Report(first + n, {"m": value}, 1.0) for n in range(epochs)]
    return Trial(number, "search", "s", {"epochs": 8}, 0, state=state, reports=reports)


SETTINGS = {
    "asha": {"min_iter": 2, "eta": 2},
    "hyperband": {"min_iter": 2, "eta": 2},
    "median": {"min_iter": 3},
    "percentile": {
        "min_iter": 3,
        "interval": 2,
        "percentile": 50,
        "n_startup_trials": 1,
    },
    "threshold": {"min_iter": 3, "interval": 2, "lower": 0.4},
    "patient": {"patience": 1},
}


@pytest.mark.parametrize("every", [2, 3, 5])
@pytest.mark.parametrize("rule", SETTINGS)
def test_a_rule_counts_epochs_that_were_trained_whatever_a_trainer_reports(rule, every):
    chosen = REGISTERED[rule](**SETTINGS[rule])
    answers = {
        (first, dense): stops(chosen, first, every, dense)
        for first in (0, 1)
        for dense in (False, True)
    }
    expected = answers[0, True]
    assert any(expected)
    assert answers[1, True] == expected
    for first in (
        0,
        1,
    ):  # the second of the reports says what the first epoch is called
        assert answers[first, False][1:] == expected[1:]


def stops(rule, first, every, dense, epochs=30):
    """Whether the rule stops a falling trial after each validation, every so many epochs."""
    rivals = []
    for number in range(1, 6):
        reports = validated(first, every, dense, epochs, 0.9 + 0.01 * number, fall=0.0)
        rivals.append(run(number, State.COMPLETE, epochs, reports))
    found = []
    for trained in range(every, epochs, every):
        reports = validated(first, every, dense, trained, 0.5, fall=0.01)
        trial = run(0, State.RUNNING, epochs, reports)
        stopped = rule.may_stop(trial) and rule.stop_reason(
            trial, rivals, "m", "maximize"
        )
        found.append(bool(stopped))
    return found


def validated(first, every, dense, epochs, value, fall):
    reports = []
    for trained in range(1, epochs + 1):
        metrics = {"loss": 0.1}
        if trained % every == 0:
            metrics["m"] = value - fall * trained
        if dense or "m" in metrics:
            reports.append(Report(first + trained - 1, metrics, 1.0))
    return reports


def run(number, state, epochs, reports):
    return Trial(
        number, "search", "s", {"epochs": epochs}, 0, state=state, reports=reports
    )


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rule", SETTINGS)
def test_nothing_is_stopped_after_its_last_epoch_where_only_every_fifth_is_reported(
    rule, first
):
    chosen = REGISTERED[rule](**SETTINGS[rule])
    reports = validated(first, 5, False, 20, 0.1, fall=0.0)
    assert not chosen.may_stop(run(0, State.RUNNING, 20, reports))
    assert chosen.may_stop(run(0, State.RUNNING, 20, reports[:-1]))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rule", ["median", "percentile", "threshold", "patient"])
def test_the_epoch_that_a_reason_names_is_counted_from_one(rule, first):
    chosen = REGISTERED[rule](**SETTINGS[rule])
    rivals = [
        run(n, State.COMPLETE, 9, validated(first, 1, True, 9, 0.9, fall=0.0))
        for n in range(1, 6)
    ]
    trial = run(0, State.RUNNING, 9, validated(first, 1, True, 5, 0.3, fall=0.01))
    assert chosen.stop_reason(trial, rivals, "m", "maximize").startswith("epoch 5: ")
