"""Samplers: what every one of them promises, in whatever process and after whatever
interruption it is asked."""

import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import optuna
import pytest
from pydantic import TypeAdapter

from sweep.errors import UnknownName
from sweep.model import conditions, domains, grids
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State, configuration_key
from sweep.samplers import (
    SAMPLERS,
    AnySearch,
    Nsga2,
    Observation,
    distribution,
    replay,
    replayed,
    sampler_class,
)
from sweep.search import suggestion
from sweep.spec import Metric, StudySpec
from sweep.worker.local_run import LARGEST


def space(*parts):
    return {p.name: p for p in parts}


def scientific(name, domain, **when):
    return Parameter(name, domain, "scientific", when)


FINITE = space(
    scientific("epochs", Constant(4)),
    scientific("loss", Choice(("ce", "focal", "dice"))),
    scientific("gamma", Uniform(0.0, 0.3, step=0.1), loss=("focal",)),
    scientific("alpha", Choice((None, 0.25, [0.1, 0.9])), gamma=(0.1, 0.2)),
    scientific("layers", IntUniform(2, 6, step=2), loss=("ce", "focal")),
    scientific("flag", Choice((True, False, 1, 0)), loss=("dice",)),
)
CONTINUOUS = space(
    *FINITE.values(),
    scientific("rate", Uniform(1e-5, 1e-1, log=True)),
    scientific("width", IntUniform(1, 1000, log=True)),
    scientific("momentum", Uniform(0.5, 1.0)),
    scientific("noise", Normal(0.0, 1.0)),
    scientific("mixing", Beta(0.4, 0.4, step=0.125)),
    scientific("scale", Normal(0.0, 0.5, log=True, step=0.25), loss=("dice",)),
)
# Every kind of domain and a condition, and few of each: a Gaussian process takes its time.
SMALL = space(
    scientific("loss", Choice(("ce", "focal"))),
    scientific("gamma", Uniform(0.0, 0.3, step=0.1), loss=("focal",)),
    scientific("layers", IntUniform(2, 6, step=2)),
    scientific("rate", Uniform(1e-5, 1e-1, log=True)),
)
SMALL_FINITE = space(
    scientific("loss", Choice(("ce", "focal"))),
    scientific("gamma", Uniform(0.1, 0.2, step=0.1), loss=("focal",)),
    scientific("layers", IntUniform(2, 6, step=2)),
)


@dataclass(frozen=True)
class Case:
    """What a sampler is tried on: a space it can search for ever (if it can), one it
    uses up, and for how long."""

    space: dict
    finite: dict = None
    asks: int = 20

    def __post_init__(self):
        object.__setattr__(self, "finite", self.finite or FINITE)


# A new sampler fails here until it has a case.
CASES = {
    "tpe": Case(CONTINUOUS),
    "gp": Case(SMALL, SMALL_FINITE, asks=7),
    "gp_multifidelity": Case(CONTINUOUS, SMALL_FINITE, asks=14),
    "cmaes": Case(CONTINUOUS, SMALL_FINITE),
    "nsga2": Case(CONTINUOUS),
    "qmc": Case(CONTINUOUS),
    "random": Case(CONTINUOUS),
    "grid": Case(FINITE),
    "brute_force": Case(FINITE),
    "pbt": Case(CONTINUOUS),
}
OBJECTIVES = ({"name": "m", "goal": "maximize"}, {"name": "size", "goal": "minimize"})
STARTUP = {"tpe": 5, "gp": 3, "gp_multifidelity": 5, "cmaes": 5}
MODELLING = [method for method, sampler in SAMPLERS.items() if sampler.learns]
every_sampler = pytest.mark.parametrize("method", SAMPLERS)
guessing = pytest.mark.parametrize(
    "method", [m for m in SAMPLERS if not SAMPLERS[m].exhaustive]
)
GOALS = ("maximize", "minimize")


def study(method, seed=0, trials=30, goal="maximize", domain=None, **search):
    several = OBJECTIVES if method == "nsga2" else ()
    startup = {"n_startup_trials": STARTUP[method]} if method in STARTUP else {}
    wanted = SAMPLERS[method](
        trials=trials, seed=seed, objectives=several, **startup, **search
    )
    return StudySpec(
        "s",
        "own.py:train",
        Metric(name="m", goal=goal),
        domain or CASES[method].space,
        search=wanted,
    )


def value(config):
    return (
        1.0
        + len(config)
        + (config.get("gamma") or 0.0)
        - abs(math.log10(config.get("rate", 1e-3)) + 3)
    )


def observed(number, config, memory):
    """A made-up past: some fail, some are pruned, some still run."""
    state = (
        State.COMPLETE,
        State.COMPLETE,
        State.PRUNED,
        State.FAILED,
        State.COMPLETE,
        State.RUNNING,
    )[number % 6]
    curve = {} if state is State.FAILED else {0: value(config) - 1, 1: value(config)}
    if state is not State.COMPLETE:
        return Observation(config, state, None, curve, memory)
    return Observation(
        config,
        state,
        value(config),
        curve,
        memory,
        values=(value(config), float(len(config))),
    )


def through_the_log(observation):
    """The observation as a later process would have it."""
    plain = json.loads(json.dumps([observation.config, observation.memory]))
    return replace(observation, config=plain[0], memory=plain[1])


def suggested(spec, number, past=()):
    """The first configurations of a search, each with what was observed of it."""
    past = list(past)
    while len(past) < number:
        config, memory = suggestion.suggest(spec, past)
        past.append(observed(len(past), config, memory))
    return past


def test_every_registered_sampler_is_tried_here():
    assert set(CASES) == set(SAMPLERS)


@pytest.mark.parametrize("goal", GOALS)
@every_sampler
def test_every_value_is_in_its_domain_and_exactly_the_active_parameters_have_one(
    method, goal
):
    spec = study(method, goal=goal)
    for seen in suggested(spec, CASES[method].asks):
        drawn = {}
        for name in conditions.order(spec.parameters):
            parameter = spec.parameters[name]
            assert (name in seen.config) == conditions.is_active(parameter, drawn)
            if name in seen.config:
                assert domains.contains(parameter.domain, seen.config[name]), (
                    name,
                    seen.config[name],
                )
                drawn[name] = seen.config[name]
        assert set(drawn) == set(seen.config)


@every_sampler
def test_the_same_observations_give_the_same_suggestion(method):
    spec, number = study(method), CASES[method].asks // 2
    past = suggested(spec, number)
    assert suggestion.suggest(spec, past) == suggestion.suggest(spec, past)
    assert [o.config for o in suggested(spec, number)] == [o.config for o in past]


@pytest.mark.parametrize("method", [m for m in SAMPLERS if m != "grid"])
def test_another_seed_gives_other_suggestions(method):
    number = CASES[method].asks // 2
    assert [o.config for o in suggested(study(method, seed=1), number)] != [
        o.config for o in suggested(study(method), number)
    ]


@guessing
def test_no_two_suggestions_use_the_same_random_numbers(method):
    spec = study(method)
    # Later ones of these inherit, or move some coordinates of a point that was tried.
    inheriting = {
        "nsga2": Nsga2(trials=30).generation_size,
        "gp_multifidelity": STARTUP["gp_multifidelity"],
    }
    number = inheriting.get(method, CASES[method].asks)
    rates = [seen.config["rate"] for seen in suggested(spec, number)]
    assert len(set(rates)) == number


@every_sampler
def test_configurations_in_flight_differ(method):
    spec, running = study(method), []
    past = suggested(spec, CASES[method].asks // 2)
    for _ in range(4):
        config, memory = suggestion.suggest(spec, [*past, *running])
        running.append(Observation(config, State.RUNNING, None, {}, memory))
    assert len({configuration_key(seen.config) for seen in running}) == 4


@every_sampler
def test_what_a_sampler_remembers_is_json_survives_it_and_stays_small(method):
    for seen in suggested(study(method), CASES[method].asks):
        assert through_the_log(seen).memory == seen.memory
        assert len(json.dumps(seen.memory)) < 2000, "the log keeps it with every trial"
        assert json.loads(json.dumps(seen.config, allow_nan=False)) == seen.config


@every_sampler
def test_a_search_replayed_from_the_log_continues_exactly(method):
    spec, number = study(method), CASES[method].asks
    lived = suggested(spec, number)
    for crash in range(number):
        replay.forget()  # another process
        config, memory = suggestion.suggest(
            spec, [through_the_log(seen) for seen in lived[:crash]]
        )
        assert config == lived[crash].config
        assert memory == lived[crash].memory


ELSEWHERE = """
import json
from tests_samplers import CASES, study, suggested
print(json.dumps({m: [o.config for o in suggested(study(m), case.asks // 2)] for m, case in CASES.items()}))
"""


def test_suggestions_do_not_depend_on_the_processs_hash_seed(tmp_path):
    shutil.copy(__file__, tmp_path / "tests_samplers.py")
    here = {
        m: [seen.config for seen in suggested(study(m), case.asks // 2)]
        for m, case in CASES.items()
    }
    path = os.pathsep.join([str(tmp_path), *sys.path])
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == here


@every_sampler
def test_a_finite_space_is_tried_completely_without_repeating_itself(method):
    finite = CASES[method].finite
    size = grids.size(finite)
    spec = study(method, trials=size, domain=finite)
    past = suggested(spec, size)
    keys = Counter(configuration_key(seen.config) for seen in past)
    assert set(keys.values()) == {1}
    assert set(keys) == {configuration_key(c) for c in grids.grid(finite)}
    assert suggestion.suggest(spec, past) is None


def test_the_grid_is_in_file_order():
    spec = study("grid")
    assert [seen.config for seen in suggested(spec, 9)] == list(
        itertools.islice(grids.grid(FINITE), 9)
    )


@guessing
@pytest.mark.parametrize("goal", GOALS)
def test_a_sampler_suggests_after_nothing_but_failures(method, goal):
    spec = study(method, goal=goal)
    past = []
    for _ in range(8):
        config, memory = suggestion.suggest(spec, past)
        past.append(Observation(config, State.FAILED, None, {}, memory))
    assert suggestion.suggest(spec, past) is not None


@guessing
@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize(
    "values",
    [(0.0,), (-3.0,), (LARGEST, -LARGEST, 1.0), (5e-324, 0.0), (0.5, 0.5 + 1e-16)],
    ids=[
        "zero",
        "one and the same",
        "as large as counts",
        "as small as there is",
        "rounding alone",
    ],
)
def test_a_sampler_suggests_after_huge_tiny_or_equal_values(method, goal, values):
    spec, past, given = (
        study(method, goal=goal),
        list[Observation](),
        itertools.cycle(values),
    )
    for number in range(8):
        config, memory = suggestion.suggest(spec, past)
        seen = next(given)
        if number % 3 == 1:
            past.append(Observation(config, State.PRUNED, None, {0: seen}, memory))
        else:
            past.append(
                Observation(
                    config,
                    State.COMPLETE,
                    seen,
                    {0: seen, 1: seen},
                    memory,
                    values=(seen, seen),
                )
            )
    assert suggestion.suggest(spec, past) is not None


@pytest.mark.parametrize("method", MODELLING)
@pytest.mark.parametrize("goal, sign", [("maximize", 1), ("minimize", -1)])
def test_a_model_finds_the_better_region_for_both_goals(method, goal, sign):
    seeds, number = (1, 12) if method == "gp" else (4, 30)
    late = []
    for seed in range(seeds):
        spec = study(
            method, seed, goal=goal, domain=space(scientific("x", Uniform(-5.0, 5.0)))
        )
        past = []
        for _ in range(number):
            config, memory = suggestion.suggest(spec, past)
            past.append(
                Observation(
                    config, State.COMPLETE, -sign * (config["x"] - 2.0) ** 2, {}, memory
                )
            )
        late += [abs(seen.config["x"] - 2.0) for seen in past[number // 2 :]]
    assert float(np.median(late)) < 1.5, "half of uniform draws are more than 2.5 away"


@pytest.mark.parametrize("method", MODELLING)
def test_a_model_learns_from_configurations_it_did_not_suggest(method):
    spec = study(method)
    foreign = suggested(study("random", domain=CASES[method].space), 12)
    foreign = [Observation(c.config, c.state, c.value, c.curve, {}) for c in foreign]
    trials = replayed(
        spec.search_space, foreign, optuna.samplers.RandomSampler()
    ).trials
    assert [t.value for t in trials] == [seen.value for seen in foreign]
    assert suggestion.suggest(spec, foreign) is not None


@pytest.mark.parametrize("method", MODELLING)
def test_a_model_learns_from_a_warm_start(method):
    spec = study(method, domain=space(scientific("x", Uniform(-5.0, 5.0))))
    known = [-5.0 + 0.5 * i for i in range(20)]
    prior = [
        Observation({"x": x}, State.COMPLETE, -((x - 4.5) ** 2), prior=True)
        for x in known
    ]
    past = []
    for _ in range(5):
        config, memory = suggestion.suggest(spec, past, prior)
        past.append(Observation(config, State.RUNNING, None, {}, memory))
    assert float(np.median([seen.config["x"] for seen in past])) > 2.0


def test_a_constant_is_refused_as_a_search_parameter():
    with pytest.raises(TypeError, match="constant"):
        distribution(scientific("x", Constant(1)))


@every_sampler
def test_a_search_section_survives_a_round_trip(method):
    read = TypeAdapter(AnySearch)
    search = SAMPLERS[method](trials=8)
    assert read.validate_python(search.model_dump(mode="json")) == search


def test_a_search_without_a_method_is_tpe_and_an_old_name_is_read():
    read = TypeAdapter(AnySearch)
    assert read.validate_python({"trials": 3}).method == "tpe"
    assert (
        read.validate_python({"trials": 3, "method": "foretold"}).method
        == "gp_multifidelity"
    )
    assert sampler_class("foretold") is SAMPLERS["gp_multifidelity"]


def test_an_unknown_method_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"'random_'; did you mean 'random'\?"):
        sampler_class("random_")
