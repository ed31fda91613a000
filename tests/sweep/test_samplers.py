"""Samplers: what every one of them promises, in whatever process and after whatever interruption it is asked."""

import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import optuna
import pytest
from scipy import stats

from sweep import parameters, search
from sweep.errors import UnknownName
from sweep.parameters import Beta, Choice, Constant, IntUniform, Normal, Parameter, Uniform
from sweep.samplers import SAMPLERS, Observation, distribution, replayed, sampler
from sweep.spec import Metric, Search, StudySpec
from sweep.trial import State, configuration_key


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
# The space that each registered sampler is tried on; a new sampler fails here until it has one.
SPACES = {"tpe": CONTINUOUS, "random": CONTINUOUS, "grid": FINITE}
every_sampler = pytest.mark.parametrize("method", SAMPLERS)
guessing = pytest.mark.parametrize("method", [m for m in SAMPLERS if m != "grid"])


def study(method, seed=0, trials=30, goal="maximize", domain=None):
    wanted = Search(method=method, trials=trials, seed=seed, n_startup_trials=5 if method == "tpe" else None)
    return StudySpec("s", "own.py:train", Metric(name="m", goal=goal), domain or SPACES[method], search=wanted)


def value(config):
    return 1.0 + len(config) + (config.get("gamma") or 0.0) - abs(math.log10(config.get("rate", 1e-3)) + 3)


def observed(number, config, memory):
    """A made-up past: some fail, some are pruned, some still run."""
    state = (State.COMPLETE, State.COMPLETE, State.PRUNED, State.FAILED, State.COMPLETE, State.RUNNING)[number % 6]
    curve = {} if state is State.FAILED else {0: value(config) - 1, 1: value(config)}
    return Observation(config, state, value(config) if state is State.COMPLETE else None, curve, memory)


def through_the_log(observation):
    """The observation as a later process would have it."""
    plain = json.loads(json.dumps([observation.config, observation.memory]))
    return Observation(plain[0], observation.state, observation.value, observation.curve, plain[1])


def suggested(spec, number):
    """The first configurations of a search, each with what was observed of it."""
    past = []
    while len(past) < number:
        config, memory = search.suggest(spec, past)
        past.append(observed(len(past), config, memory))
    return past


def test_every_registered_sampler_is_tried_here():
    assert set(SPACES) == set(SAMPLERS)


@every_sampler
def test_every_value_is_in_its_domain_and_exactly_the_active_parameters_have_one(method):
    spec = study(method)
    for seen in suggested(spec, 20):
        drawn = {}
        for name in parameters.order(spec.parameters):
            parameter = spec.parameters[name]
            assert (name in seen.config) == parameters.is_active(parameter, drawn)
            if name in seen.config:
                assert parameters.contains(parameter.domain, seen.config[name]), (name, seen.config[name])
                drawn[name] = seen.config[name]
        assert set(drawn) == set(seen.config)


@every_sampler
def test_the_same_past_brings_the_same_suggestion(method):
    spec = study(method)
    past = suggested(spec, 12)
    assert search.suggest(spec, past) == search.suggest(spec, past)
    assert [o.config for o in suggested(spec, 12)] == [o.config for o in past]


@guessing
def test_another_seed_brings_other_suggestions(method):
    assert [o.config for o in suggested(study(method, seed=1), 8)] != [o.config for o in suggested(study(method), 8)]


@guessing
def test_no_two_suggestions_use_the_same_random_numbers(method):
    rates = [seen.config["rate"] for seen in suggested(study(method), 12)]
    assert len(set(rates)) == 12


@every_sampler
def test_what_a_sampler_remembers_is_json_and_survives_it(method):
    for seen in suggested(study(method), 12):
        assert through_the_log(seen).memory == seen.memory
        assert json.loads(json.dumps(seen.config, allow_nan=False)) == seen.config


@every_sampler
def test_a_search_replayed_from_the_log_goes_on_exactly_as_it_would_have(method):
    spec = study(method)
    lived = suggested(spec, 18)
    for crash in range(18):
        config, memory = search.suggest(spec, [through_the_log(seen) for seen in lived[:crash]])
        assert config == lived[crash].config
        assert memory == lived[crash].memory


ELSEWHERE = """
import json, sys
from tests_samplers import study, suggested
print(json.dumps([[o.config for o in suggested(study(m), 15)] for m in ("tpe", "random", "grid")]))
"""


def test_suggestions_do_not_depend_on_the_processs_hash_seed(tmp_path):
    shutil.copy(__file__, tmp_path / "tests_samplers.py")
    here = [[seen.config for seen in suggested(study(m), 15)] for m in ("tpe", "random", "grid")]
    for hash_seed in ("1", "2"):
        path = os.pathsep.join([str(tmp_path), *sys.path])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        done = subprocess.run([sys.executable, "-c", ELSEWHERE], env=environment, capture_output=True, check=True)
        assert json.loads(done.stdout) == here


@every_sampler
def test_a_finite_space_is_tried_completely_without_repeating_itself(method):
    size = parameters.size(FINITE)
    spec = study(method, trials=size, domain=FINITE)
    past = suggested(spec, size)
    keys = Counter(configuration_key(seen.config) for seen in past)
    assert set(keys.values()) == {1}
    assert set(keys) == {configuration_key(c) for c in parameters.grid(FINITE)}
    assert search.suggest(spec, past) is None


def test_the_grid_is_in_file_order():
    spec = study("grid")
    assert [seen.config for seen in suggested(spec, 9)] == list(itertools.islice(parameters.grid(FINITE), 9))


@guessing
@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_a_past_of_nothing_but_failures_is_no_obstacle(method, goal):
    spec = study(method, goal=goal)
    past = []
    for _ in range(8):
        config, memory = search.suggest(spec, past)
        past.append(Observation(config, State.FAILED, None, {}, memory))
    assert search.suggest(spec, past) is not None


@pytest.mark.parametrize("goal, sign", [("maximize", 1), ("minimize", -1)])
def test_tpe_finds_the_better_region_for_both_goals(goal, sign):
    late = []
    for seed in range(4):
        spec = study("tpe", seed, goal=goal, domain=space(scientific("x", Uniform(-5.0, 5.0))))
        past = []
        for _ in range(30):
            config, memory = search.suggest(spec, past)
            past.append(Observation(config, State.COMPLETE, -sign * (config["x"] - 2.0) ** 2, {}, memory))
        late += [abs(seen.config["x"] - 2.0) for seen in past[15:]]
    assert float(np.median(late)) < 1.5, "half of uniform draws are more than 2.5 away"


def test_tpe_takes_in_configurations_that_it_did_not_choose():
    spec = study("tpe")
    foreign = [Observation(c.config, c.state, c.value, c.curve, {}) for c in suggested(study("random"), 12)]
    trials = replayed(spec, foreign, optuna.samplers.RandomSampler()).trials
    assert [t.value for t in trials] == [seen.value for seen in foreign]
    assert search.suggest(spec, foreign) is not None


# --------------------------------------------------------------------------- random draws are distributed as promised


def drawn(domain, number=2000):
    spec = study("random", domain=space(scientific("x", domain)))
    return [sampler("random")(spec, [], seed)[0]["x"] for seed in range(number)]


@pytest.mark.parametrize(
    "domain, law",
    [
        (Uniform(2.0, 5.0), stats.uniform(2, 3)),
        (Uniform(1e-5, 1e-1, log=True), stats.loguniform(1e-5, 1e-1)),
        (Normal(1.0, 2.0), stats.norm(1, 2)),
        (Beta(2.0, 5.0), stats.beta(2, 5)),
        (Normal(1.0, 0.5, log=True), stats.lognorm(0.5, scale=math.e)),
    ],
)
def test_random_draws_follow_their_distribution(domain, law):
    assert stats.kstest(drawn(domain), law.cdf).pvalue > 1e-4


@pytest.mark.parametrize(
    "domain, shares",
    [
        (Choice(("a", "b", "c", "d")), dict.fromkeys("abcd", 0.25)),
        (Choice(("a", "b"), (0.9, 0.1)), {"a": 0.9, "b": 0.1}),
        (IntUniform(1, 4), dict.fromkeys((1, 2, 3, 4), 0.25)),
        (IntUniform(10, 20, step=5), dict.fromkeys((10, 15, 20), 1 / 3)),
        (IntUniform(1, 3, log=True), {n: math.log((n + 0.5) / (n - 0.5)) / math.log(7) for n in (1, 2, 3)}),
    ],
)
def test_random_choices_and_integers_have_their_shares(domain, shares):
    counts = Counter(drawn(domain))
    assert set(counts) == set(shares)
    expected = [2000 * share for share in shares.values()]
    assert stats.chisquare([counts[k] for k in shares], expected).pvalue > 1e-4


def test_a_stepped_range_reaches_both_its_ends():
    found = Counter(drawn(Uniform(0.0, 0.3, step=0.1)))
    assert set(found) == {0.0, 0.1, 0.2, 0.3}


def test_a_constant_has_nothing_to_search():
    with pytest.raises(TypeError, match="constant"):
        distribution(scientific("x", Constant(1)))


def test_an_unknown_method_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownName, match=r"'random_'; did you mean 'random'\?"):
        sampler("random_")
