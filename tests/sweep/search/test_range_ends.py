"""The best values of a search that lie at an end of a range, and those that only seem to."""

import random

import pytest

from sweep.history.task_view import on_task
from sweep.model.domains import Beta, Choice, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation
from sweep.search.range_ends import (
    CHANCE,
    ends_of,
    range_end_lines,
    range_ends,
)
from sweep.spec.tasks import tasks
from tests.sweep.conftest import METRIC

RATE = Uniform(1e-4, 0.1, log=True)


def found(domain, values, worth, goal="maximize", **others):
    """The ends named where one parameter has these values, each with its worth."""
    space = {"x": Parameter("x", domain, "nuisance")}
    space |= {
        name: Parameter(name, other, "nuisance") for name, other in others.items()
    }
    tried = [
        Observation({"x": value}, State.COMPLETE, worth(value)) for value in values
    ]
    return ends_of(space, tried, goal)


def spread(low, high, number=20):
    return [low + (high - low) * i / (number - 1) for i in range(number)]


def logarithmic(number=20):
    return [1e-4 * 1000 ** (i / (number - 1)) for i in range(number)]


def test_the_upper_end_is_named_with_its_value_and_range():
    (end,) = found(RATE, logarithmic(), lambda rate: rate)
    assert (end.name, end.side, end.value, end.leading) == ("x", "upper", 0.1, 4)
    assert end.sentence == (
        "x: the best value, 0.1, is at the upper end of its range, 0.0001 to 0.1, and the best 4 "
        "configurations are all near that end; a better value may lie beyond"
    )


def test_the_lower_end_is_named_and_a_goal_to_minimize_is_followed():
    (end,) = found(RATE, logarithmic(), lambda rate: -rate)
    assert end.side == "lower"
    (end,) = found(RATE, logarithmic(), lambda rate: rate, goal="minimize")
    assert (end.side, end.value) == ("lower", 1e-4)


def test_a_best_value_inside_the_range_names_no_end():
    assert found(RATE, logarithmic(), lambda rate: -abs(rate - 0.03)) == []


def test_the_distance_from_an_end_is_measured_on_the_scale_of_the_range():
    values = [*spread(0.01, 0.05, 30), 0.06]
    linear = Uniform(1e-4, 0.1)
    # 0.06 is within 8 % of the logarithmic range, and 40 % of the linear one
    assert found(linear, values, lambda rate: rate) == []
    values = [*logarithmic(30), 0.08]
    assert found(RATE, values, lambda rate: -abs(rate - 0.08))[0].value == 0.08


def test_one_lucky_configuration_at_an_end_is_not_enough():
    values = spread(1.0, 2.0)
    middle = {value: 1.0 - abs(value - 1.5) for value in values}
    middle[2.0] = 9.0  # the second best and all after it are inside
    assert found(Uniform(1.0, 2.0), values, middle.__getitem__) == []


def test_a_sampler_that_tried_little_else_gives_no_evidence():
    values = [*spread(1.9, 2.0, 18), 1.1, 1.2]
    worth = {value: -abs(value - 2.0) for value in values} | {1.1: -0.005}
    assert found(Uniform(1.0, 2.0), values, worth.__getitem__) == []


def test_more_parameters_need_more_evidence():
    values = spread(1.0, 2.0, 10)
    assert found(Uniform(1.0, 2.0), values, lambda value: value)
    others = {f"p{i}": Uniform(1.0, 2.0) for i in range(9)}
    assert found(Uniform(1.0, 2.0), values, lambda value: value, **others) == []


def test_equal_values_name_no_end():
    assert found(RATE, logarithmic(), lambda rate: 0.5) == []


@pytest.mark.parametrize(
    ("domain", "side"),
    [
        (Uniform(0.0, 0.5), "lower"),  # nothing below 0
        (Uniform(0.5, 1.0), "upper"),  # nothing above 1 of a share
        (IntUniform(1, 20), "lower"),  # nothing below 1 thing
        (Choice((0, 1, 2, 3, 4)), "lower"),
    ],
)
def test_an_end_that_cannot_move_is_not_named(domain, side):
    sign = 1 if side == "upper" else -1
    low, high = 0.0, 1.0
    if isinstance(domain, Choice):
        values = [*domain.choices] * 4
    else:
        low, high = domain.low, domain.high
        values = spread(low, high)
    if isinstance(domain, IntUniform):
        values = list(range(1, 21))
    noise = random.Random(0)

    def worth(value, sign=sign):
        return sign * value + noise.random() * 1e-3

    assert found(domain, values, worth) == []
    (end,) = found(domain, values, lambda value: -worth(value))
    assert end.side != side


@pytest.mark.parametrize(
    "domain",
    [Normal(0.0, 1.0), Beta(2.0, 2.0), Choice(("a", "b", "c")), Choice((8, 16))],
)
def test_a_domain_without_ends_names_none(domain):
    values = domain.choices if isinstance(domain, Choice) else spread(0.0, 1.0)
    worth = {value: float(index) for index, value in enumerate(values)}
    assert found(domain, list(values) * 8, worth.__getitem__) == []


def test_numbers_to_choose_from_have_ends():
    sizes = [16, 32, 64, 128, 256] * 4
    noise = random.Random(1)
    (end,) = found(
        Choice((256, 16, 64, 32, 128)), sizes, lambda size: size + noise.random()
    )
    assert (end.side, end.low, end.high, end.leading) == ("upper", 16, 256, 4)


def test_stopped_and_failed_configurations_rank_last_and_running_ones_do_not_count():
    space = {"x": Parameter("x", Uniform(1.0, 2.0), "nuisance")}
    complete = [
        Observation({"x": value}, State.COMPLETE, value) for value in (1.98, 1.99, 1.5)
    ]
    stopped = [
        Observation({"x": value}, State.PRUNED) for value in spread(1.0, 1.7, 17)
    ]
    running = [Observation({"x": 2.0}, State.RUNNING)] * 50
    assert ends_of(space, complete, "maximize") == []
    (end,) = ends_of(space, [*complete, *stopped, *running], "maximize")
    assert end.leading == 2
    failed = [Observation({"x": value}, State.FAILED) for value in spread(1.9, 2.0, 17)]
    assert ends_of(space, [*complete, *failed], "maximize") == []


def test_configurations_without_the_parameter_say_nothing_about_it():
    space = {
        "x": Parameter("x", Uniform(1.0, 2.0), "nuisance"),
        "kind": Parameter("kind", Choice(("a", "b")), "nuisance"),
    }
    having = [
        Observation({"x": value, "kind": "a"}, State.COMPLETE, value)
        for value in spread(1.0, 2.0)
    ]
    better = Observation({"kind": "b"}, State.COMPLETE, 9.0)
    assert ends_of(space, having, "maximize")
    assert ends_of(space, [*having, better], "maximize") == []


def test_noise_names_an_end_in_at_most_the_stated_share_of_searches():
    generator = random.Random(7)
    space = {
        name: Parameter(name, Uniform(1.0, 2.0), "nuisance") for name in ("a", "b", "c")
    }
    named = 0
    for _ in range(400):
        tried = []
        for _ in range(30):
            config = {name: generator.uniform(1.0, 2.0) for name in space}
            tried.append(Observation(config, State.COMPLETE, generator.random()))
        named += bool(ends_of(space, tried, "maximize"))
    assert named / 400 <= CHANCE


# --------------------------------------------------------------------------- studies

FILE = """
name: searched
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 1
  rate: {min: 1.0, max: 2.0}
search: {method: random, trials: 30, seeds: [3]}
"""
TASKS = FILE.replace(
    "  epochs: 1\n", "  epochs: 1\n  data: {values: [a, b], role: task}\n"
) + (
    "ablation:\n  seeds: [3]\n  baseline: {rate: 1.2}\n"
    "  designs: {arms: {slow: {rate: 1.5}}}\n"
)


@pytest.fixture
def rising(bench, workers):
    """`rising(text)`: the history of a study whose metric is the rate."""

    def worth(assignment, epoch):
        if epoch:
            return None
        return "metrics", {METRIC: assignment.config["rate"], "cost": 1.0}

    return lambda text: bench(text).run(workers(misbehave=worth))


def test_a_study_names_the_end_of_its_search(rising):
    (line,) = range_end_lines(rising(FILE))
    assert line.startswith("rate: the best value, ")


def test_each_task_that_is_searched_separately_names_its_ends(rising):
    history = rising(TASKS)
    lines = range_end_lines(history)
    assert [line.partition(": ")[0] for line in lines] == ["on a", "on b"]
    (end,) = range_ends(on_task(history, tasks(history.spec.parameters)[0]))
    assert end.name == "rate"


def test_a_search_over_all_tasks_names_its_ends_once(rising):
    text = TASKS.replace("trials: 30", "trials: 30, tasks: scaled")
    (line,) = range_end_lines(rising(text))
    assert line.startswith("rate: the best value, ")


def test_several_objectives_have_no_single_best_value(rising):
    text = FILE.replace(
        "seeds: [3]",
        "seeds: [3], objectives: [{name: val/f1, goal: maximize}, "
        "{name: cost, goal: minimize}]",
    )
    history = rising(text)
    assert {trial.state for trial in history.trials.values()} == {State.COMPLETE}
    assert range_end_lines(history) == []
