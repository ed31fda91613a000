"""Pruners: the published rules, against Optuna and against their definitions, and what every pruner promises."""

import copy
import statistics

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import UnknownName
from sweep.model.trial import Report, State, Trial
from sweep.spec import EarlyTerminate
from sweep.stopping import PRUNERS, asha, brackets, hyperband, may_stop, median, pruner, rungs

METRIC = "m"
# A rule under which each registered pruner decides; a new pruner fails here until it has one.
RULES = {
    "none": EarlyTerminate(type="none"),
    "asha": EarlyTerminate(type="asha", min_iter=1, eta=2),
    "median": EarlyTerminate(type="median", min_iter=1),
    "percentile": EarlyTerminate(type="percentile", percentile=50, n_startup_trials=2),
    "patient": EarlyTerminate(type="patient", patience=2),
    "threshold": EarlyTerminate(type="threshold", lower=-4, upper=4),
    "hyperband": EarlyTerminate(type="hyperband", min_iter=1, eta=2),
    "wilcoxon": EarlyTerminate(type="wilcoxon"),
}

values = st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 2))
curves = st.lists(st.lists(values, min_size=9, max_size=9), min_size=1, max_size=12)
goals = st.sampled_from(["maximize", "minimize"])


def trial(number, curve, state=State.RUNNING, epochs=None):
    epochs = range(len(curve)) if epochs is None else epochs
    return Trial(
        number, "search", "s", {}, 0, state=state,
        reports=[Report(e, {METRIC: v}, 1.0) for e, v in zip(epochs, curve, strict=True)],
    )  # fmt: skip


def play(rule, goal, curves, order):
    """Feed curves report by report in an order; the epochs after which each trial was stopped."""
    decide = pruner(rule.type)
    seen = {number: [] for number in range(len(curves))}
    stopped = {}
    for number in order:
        if number in stopped or len(seen[number]) == len(curves[number]):
            continue
        seen[number].append(curves[number][len(seen[number])])
        rivals = [
            trial(n, s, states(stopped, curves, n, s)) for n, s in seen.items() if n != number and s
        ]
        if decide(trial(number, seen[number]), rivals, rule, METRIC, goal):
            stopped[number] = len(seen[number])
    return stopped


def states(stopped, curves, number, seen):
    if number in stopped:
        return State.PRUNED
    return State.COMPLETE if len(seen) == len(curves[number]) else State.RUNNING


@st.composite
def races(draw):
    """Curves, and an order in which their reports arrive."""
    drawn = draw(curves)
    order = draw(st.permutations([n for n, curve in enumerate(drawn) for _ in curve]))
    return drawn, order


# --------------------------------------------------------------------------- asha


def play_optuna(goal, curves, order, min_iter, eta):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rule = optuna.pruners.SuccessiveHalvingPruner(min_resource=min_iter, reduction_factor=eta)
    study = optuna.create_study(direction=goal, pruner=rule)
    trials = [study.ask() for _ in curves]
    seen, stopped = [0] * len(curves), {}
    for number in order:
        if number in stopped or seen[number] == len(curves[number]):
            continue
        trials[number].report(curves[number][seen[number]], seen[number] + 1)
        seen[number] += 1
        if trials[number].should_prune():
            stopped[number] = seen[number]
            study.tell(trials[number], state=optuna.trial.TrialState.PRUNED)
    return stopped


@given(races(), goals, st.integers(1, 3), st.integers(2, 4))
@settings(max_examples=60)
def test_asha_decides_as_optunas_successive_halving(race, goal, min_iter, eta):
    drawn, order = race
    rule = EarlyTerminate(type="asha", min_iter=min_iter, eta=eta)
    assert play(rule, goal, drawn, order) == play_optuna(goal, drawn, order, min_iter, eta)


def test_rungs_are_powers_of_eta_from_min_iter():
    assert rungs(2, 3, 60) == [2, 6, 18, 54]
    assert rungs(1, 2, 8) == [1, 2, 4, 8]
    assert rungs(5, 3, 4) == []


def test_a_trial_that_reports_only_every_few_epochs_is_judged_at_its_first_report_behind_a_rung():
    rule = EarlyTerminate(type="asha", min_iter=2, eta=2)
    good = trial(0, [0.9, 0.95], epochs=[4, 9])
    poor = trial(1, [0.1], epochs=[4])
    assert (
        asha(poor, [good], rule, METRIC, "maximize") == "rung 2: m 0.1, the best 1 of 2 reach 0.9"
    )
    between = trial(2, [0.99, 0.1], epochs=[7, 8])  # rungs 2, 4 and 8 lie before its first report
    assert asha(between, [good], rule, METRIC, "maximize") is None


def test_the_reason_names_rung_value_and_cutoff():
    rivals = [trial(n, [value]) for n, value in enumerate([0.9, 0.8, 0.7])]
    assert (
        asha(trial(3, [0.1]), rivals, RULES["asha"], METRIC, "maximize")
        == "rung 1: m 0.1, the best 2 of 4 reach 0.8"
    )


# --------------------------------------------------------------------------- median


def median_by_definition(own, rivals, min_iter, goal):
    """Golovin et al.

    2017: the trial's best against the median of completed rivals' means up to the same epoch.
    """
    if len(own) < min_iter or len(rivals) < 4:
        return False
    sign = 1 if goal == "maximize" else -1
    best = max(sign * value for value in own)
    return best < statistics.median(sign * statistics.fmean(rival[: len(own)]) for rival in rivals)


@given(curves, st.integers(1, 9), st.integers(1, 4), goals)
def test_median_stops_what_the_definition_stops(drawn, length, min_iter, goal):
    own, *rivals = drawn
    rule = EarlyTerminate(type="median", min_iter=min_iter)
    complete = [trial(n + 1, curve, State.COMPLETE) for n, curve in enumerate(rivals)]
    stopped = median(trial(0, own[:length]), complete, rule, METRIC, goal) is not None
    assert stopped == median_by_definition(own[:length], rivals, min_iter, goal)


def test_median_asks_completed_rivals_only():
    rivals = [trial(n, [1.0] * 3, State.COMPLETE) for n in range(3)]
    others = [
        trial(n, [1.0] * 3, state)
        for n, state in enumerate([State.PRUNED, State.FAILED, State.RUNNING], 3)
    ]
    assert median(trial(9, [0.0]), rivals + others, RULES["median"], METRIC, "maximize") is None
    fourth = trial(7, [1.0] * 3, State.COMPLETE)
    assert (
        median(trial(9, [0.0]), [*rivals, *others, fourth], RULES["median"], METRIC, "maximize")
        is not None
    )


# --------------------------------------------------------------------------- hyperband


def test_brackets_are_those_of_the_wandb_documentation():
    assert brackets(EarlyTerminate(type="hyperband", min_iter=3), 81) == [3, 9, 27, 81]
    assert brackets(EarlyTerminate(type="hyperband", max_iter=27, s=2), 27) == [3, 9]
    assert brackets(EarlyTerminate(type="hyperband", max_iter=10, s=9, eta=2), 10) == [1, 2, 5]


# The example of W&B's engine (`sweeps.hyperband_stopping`): five runs of a metric that is
# minimised.
WANDB_EXAMPLE = {"a": [10, 9], "b": [10, 10], "c": [10, 8, 8], "d": [10, 7, 7], "e": [10, 6, 6]}


def test_hyperband_compares_at_the_last_bracket_reached():
    rule = EarlyTerminate(type="hyperband", max_iter=5, s=2, eta=2)
    runs = {name: trial(n, curve) for n, (name, curve) in enumerate(WANDB_EXAMPLE.items())}
    decided = {
        name: hyperband(
            own, [rival for rival in runs.values() if rival is not own], rule, METRIC, "minimize"
        )
        for name, own in runs.items()
    }
    # At bracket 2 the values are 6, 7, 8, 9, 10; position 5/2 is the 8 of c, which is as good as
    # itself.
    assert {name for name, why in decided.items() if why} == {"a", "b"}
    assert decided["b"] == "bracket 2: best m 10 is behind 8, of 5 trials that got there"


def test_a_strict_hyperband_forgets_what_was_better_before_and_after_the_bracket():
    rivals = [trial(n, [0.5, 0.5, 0.5]) for n in range(1, 4)]
    own = trial(0, [0.9, 0.1, 0.9])
    lenient = EarlyTerminate(type="hyperband", min_iter=2, eta=2)
    assert hyperband(own, rivals, lenient, METRIC, "maximize") is None
    assert (
        hyperband(own, rivals, lenient.model_copy(update={"strict": True}), METRIC, "maximize")
        is not None
    )


@given(races(), goals, st.integers(1, 3), st.integers(2, 4), st.booleans())
@settings(max_examples=60)
def test_hyperband_decides_as_its_definition(race, goal, min_iter, eta, strict):
    drawn, order = race
    rule = EarlyTerminate(type="hyperband", min_iter=min_iter, eta=eta, strict=strict)
    sign = -1 if goal == "maximize" else 1

    def stops(own, rivals):
        """`hyperband_stop_runs`, written down again: everything is minimised."""
        curves_ = [[sign * v for v in curve] for curve in (own, *rivals)]
        bands = [min_iter * eta**k for k in range(9) if min_iter * eta**k <= len(own)]
        if not bands:
            return False
        at = sorted(c[bands[-1] - 1] for c in curves_ if len(c) >= bands[-1])
        value = curves_[0][bands[-1] - 1] if strict else min(curves_[0])
        return value > at[int(1.0 / eta * len(at))]

    seen = {number: [] for number in range(len(drawn))}
    for number in order:
        seen[number].append(drawn[number][len(seen[number])])
        rivals = [curve for n, curve in seen.items() if n != number]
        own = trial(number, seen[number])
        why = hyperband(own, [trial(n, c) for n, c in enumerate(rivals)], rule, METRIC, goal)
        assert (why is not None) == stops(seen[number], rivals)


# --------------------------------------------------------------------------- every pruner


def test_every_registered_pruner_is_tried_here():
    assert set(RULES) == set(PRUNERS)


every_pruner = pytest.mark.parametrize("name", PRUNERS)


@every_pruner
@given(race=races(), goal=goals)
@settings(max_examples=25)
def test_a_pruner_answers_the_same_again_and_changes_nothing(name, race, goal):
    drawn, _ = race
    own, *rivals = [
        trial(n, curve, State.COMPLETE if n % 2 else State.RUNNING) for n, curve in enumerate(drawn)
    ]
    before = copy.deepcopy((own, rivals))
    first = pruner(name)(own, rivals, RULES[name], METRIC, goal)
    assert pruner(name)(own, rivals, RULES[name], METRIC, goal) == first
    assert (own, rivals) == before
    assert first is None or METRIC in first, "the reason says what it is about"


@pytest.mark.parametrize(
    "name", [name for name in PRUNERS if name != "threshold"]
)  # whose range a leader may leave
@given(race=races(), goal=goals)
@settings(max_examples=25)
def test_a_trial_that_leads_at_every_epoch_is_never_stopped(name, race, goal):
    drawn, order = race
    lead = 10.0 if goal == "maximize" else -10.0
    drawn = [[lead] * 9, *drawn[1:]]
    assert 0 not in play(RULES[name], goal, drawn, order)


@every_pruner
@given(race=races())
@settings(max_examples=25)
def test_maximising_a_metric_is_minimising_its_negative(name, race):
    drawn, order = race
    turned = [[-value for value in curve] for curve in drawn]
    assert play(RULES[name], "maximize", drawn, order) == play(
        RULES[name], "minimize", turned, order
    )


@every_pruner
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
@pytest.mark.parametrize("constant", [-3.0, 0.0, 2.0])
def test_equal_trials_all_go_on(name, goal, constant):
    drawn = [[constant] * 9 for _ in range(8)]
    order = [n for _ in range(9) for n in range(8)]
    assert play(RULES[name], goal, drawn, order) == {}


@every_pruner
def test_a_pruner_with_nobody_to_compare_with_lets_go_on(name):
    assert pruner(name)(trial(0, [0.1]), [], RULES[name], METRIC, "maximize") is None


# --------------------------------------------------------------------------- until when


@pytest.mark.parametrize(
    "max_iter, config, allowed",
    [
        (None, {"epochs": 5}, [1, 2, 3, 4]),
        (3, {"epochs": 5}, [1, 2]),
        (None, {}, [1, 2, 3, 4, 5]),
        (9, {"epochs": 5}, [1, 2, 3, 4, 5]),
    ],
)
def test_nothing_is_stopped_from_max_iter_or_its_last_epoch_on(max_iter, config, allowed):
    rule = EarlyTerminate(type="asha", max_iter=max_iter)
    grown = [
        Trial(0, "search", "s", config, 0, reports=trial(0, [0.5] * length).reports)
        for length in range(1, 6)
    ]
    assert [len(t.reports) for t in grown if may_stop(t, rule)] == allowed


def test_an_unknown_pruner_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"'medain'; did you mean 'median'\?"):
        pruner("medain")
