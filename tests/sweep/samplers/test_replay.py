"""The replayed Optuna study that is kept between questions changes no answer."""

import random
from dataclasses import replace

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model.domains import Choice, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State
from sweep.samplers import Observation, SearchSpace, Tpe, replay

SPACE = {
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}),
    "rate": Parameter("rate", Uniform(1e-4, 1e-1, log=True), "nuisance"),
}
SPEC = SearchSpace(SPACE, "m", "maximize")
TPE = Tpe(trials=99, n_startup_trials=2)


def end(seen, state, generator):
    """What a running observation becomes."""
    curve = {epoch: generator.random() for epoch in range(generator.randint(1, 3))}
    if state is State.COMPLETE:
        return replace(seen, state=state, value=max(curve.values()), curve=curve)
    return replace(seen, state=state, curve={} if state is State.FAILED else curve)


def gone_on(seen, whole, generator):
    """What an observation of a paused trial becomes once it was promoted."""
    curve = {**seen.curve, len(seen.curve): generator.random()}
    if whole:
        return replace(
            seen, state=State.COMPLETE, value=max(curve.values()), curve=curve
        )
    return replace(seen, curve=curve)


def fresh(past, seed):
    kept = list(replay._last)
    replay.forget()
    answer = TPE.suggest(SPEC, past, seed)
    replay._last[:] = kept
    return answer


STEP = st.sampled_from(
    [
        *(
            "take",
            "take",
            "take",
            "refuse",
            "other",
            "complete",
            "complete",
            "prune",
            "fail",
        ),
        *("epoch", "promote", "finish"),
    ]
)
ENDS = {
    "complete": State.COMPLETE,
    "prune": State.PRUNED,
    "fail": State.FAILED,
    "epoch": State.RUNNING,
}


@settings(deadline=None, max_examples=25)
@given(steps=st.lists(STEP, min_size=5, max_size=20), seed=st.integers(0, 2**20))
def test_a_cached_study_suggests_as_one_replayed_from_scratch(steps, seed):
    generator, past = random.Random(seed), []
    replay.forget()
    for number, step in enumerate(steps):
        running = [i for i, seen in enumerate(past) if seen.state is State.RUNNING]
        if step in ENDS and running:
            chosen = generator.choice(running)
            past[chosen] = end(past[chosen], ENDS[step], generator)
        elif step in (
            "promote",
            "finish",
        ):  # a paused trial goes on to the next rung, or to its end
            paused = [i for i, seen in enumerate(past) if seen.state is State.PRUNED]
            if paused:
                chosen = generator.choice(paused)
                past[chosen] = gone_on(past[chosen], step == "finish", generator)
        elif step == "other":  # enqueued, or chosen by nobody here
            past.append(
                Observation(
                    {"loss": "focal", "gamma": generator.uniform(0, 4), "rate": 0.01},
                    State.RUNNING,
                )
            )
        else:
            config, memory = TPE.suggest(SPEC, past, seed + number)
            assert (config, memory) == fresh(past, seed + number)
            if step != "refuse":
                past.append(Observation(config, State.RUNNING, memory=memory))
    assert TPE.suggest(SPEC, past, seed) == fresh(past, seed)


@pytest.fixture
def added(monkeypatch):
    """The trials that are added to Optuna's study, beside those that it was asked for."""
    replay.forget()
    trials = []
    add_trial = optuna.Study.add_trial
    monkeypatch.setattr(
        optuna.Study,
        "add_trial",
        lambda study, trial: (trials.append(trial), add_trial(study, trial)),
    )
    return trials


def test_promoted_trials_are_not_replayed_again(added):
    past, generator = [], random.Random(0)
    for seed in range(6):
        config, memory = TPE.suggest(SPEC, past, seed)
        past.append(Observation(config, State.PRUNED, None, {0: 0.1 * seed}, memory))
        past[0] = gone_on(past[0], seed == 5, generator)
    assert added == []


def test_observations_that_only_grew_are_not_replayed_again(added):
    past = []
    for seed in range(6):
        config, memory = TPE.suggest(SPEC, past, seed)
        past.append(Observation(config, State.RUNNING, memory=memory))
        past = [
            end(seen, State.COMPLETE, random.Random(seed))
            if seen.state is State.RUNNING
            else seen
            for seen in past
        ]
    assert added == []


def test_a_changed_finished_configuration_is_replayed():
    replay.forget()
    past = []
    for seed in range(5):
        config, memory = TPE.suggest(SPEC, past, seed)
        past.append(
            Observation(config, State.COMPLETE, float(seed), {0: float(seed)}, memory)
        )
    TPE.suggest(SPEC, past, 5)
    past[2] = replace(
        past[2], state=State.RUNNING, value=None
    )  # --extend gave it another seed
    assert TPE.suggest(SPEC, past, 6) == fresh(past, 6)


def test_another_study_does_not_use_the_cached_one():
    replay.forget()
    past = [Observation({"loss": "ce", "rate": 0.01}, State.COMPLETE, 0.5)]
    TPE.suggest(SPEC, past, 0)
    minimized = replace(SPEC, goal="minimize")
    replay_of_it = replay.Replay(SPEC, past)
    assert not replay_of_it.extend(minimized, past)
    assert not replay_of_it.extend(
        replace(SPEC, parameters={**SPACE, "loss": SPACE["gamma"]}), past
    )
    assert replay_of_it.extend(SPEC, past)
