"""Which configuration a search tries next: what is enqueued first, and none of them twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.model import domains, grids
from sweep.model.domains import Beta, Choice, Constant, IntUniform, Normal, Uniform
from sweep.model.parameters import Parameter
from sweep.model.trial import State, configuration_key
from sweep.samplers import SAMPLERS, Observation
from sweep.search import suggestion
from sweep.spec import Metric, StudySpec

LOSS = {
    "epochs": Parameter("epochs", Constant(4), "fixed"),
    "loss": Parameter("loss", Choice(("ce", "focal")), "scientific"),
    "gamma": Parameter("gamma", Uniform(0.0, 4.0), "scientific", {"loss": ("focal",)}),
    "rate": Parameter("rate", Uniform(1e-4, 1e-1, log=True), "nuisance"),
}


def study(space=LOSS, method="random", trials=10, **search):
    wanted = SAMPLERS[method](trials=trials, **search)
    return StudySpec(
        "s", "own.py:train", Metric(name="m", goal="maximize"), space, search=wanted
    )


def suggested(spec, most, past=()):
    past = list(past)
    while len(past) < most and (found := suggestion.suggest(spec, past)) is not None:
        config, memory = found
        past.append(
            Observation(config, State.COMPLETE, float(len(past) % 3), memory=memory)
        )
    return past


# --------------------------------------------------------------------------- enqueued


@pytest.mark.parametrize("method", ["random", "tpe", "qmc", "cmaes"])
def test_enqueued_configurations_come_first_and_in_order_whatever_the_method(method):
    entries = (
        {"loss": "focal", "gamma": 2.0, "rate": 0.01},
        {"loss": "ce", "rate": 0.001},
    )
    past = suggested(study(method=method, enqueue=entries), 4)
    assert [seen.config for seen in past[:2]] == [
        {"epochs": 4, **entry} for entry in entries
    ]
    assert all("enqueued" not in seen.memory for seen in past[2:])


def test_what_an_entry_leaves_open_is_drawn_and_the_same_after_a_resume():
    spec = study(enqueue=({"loss": "focal"}, {"rate": 0.01}))
    past = suggested(spec, 2)
    assert set(past[0].config) == {"epochs", "loss", "gamma", "rate"}
    assert past[0].config["loss"] == "focal"
    assert past[1].config["rate"] == 0.01
    assert suggestion.suggest(spec, past[:1]) == (past[1].config, past[1].memory)


def test_entries_added_later_come_next_and_old_ones_are_not_repeated():
    first = {"loss": "ce", "rate": 0.001}
    past = suggested(study(enqueue=(first,)), 4)
    added = study(enqueue=({"loss": "ce", "rate": 0.002}, first))
    assert suggestion.suggest(added, past)[0]["rate"] == 0.002
    more = suggested(added, 6, past)
    assert [seen.config["rate"] for seen in more].count(0.001) == 1


def test_an_entry_that_the_search_has_tried_already_is_passed_over():
    past = suggested(study(), 3)
    tried = {name: past[1].config[name] for name in past[1].config if name != "epochs"}
    config, memory = suggestion.suggest(study(enqueue=(tried,)), past)
    assert config != past[1].config
    assert "enqueued" not in memory


def test_with_duplicates_an_entry_listed_twice_is_tried_twice():
    entry = {"loss": "ce", "rate": 0.001}
    past = suggested(study(enqueue=(entry, entry), duplicates=True), 4)
    assert [seen.config == {"epochs": 4, **entry} for seen in past] == [
        True,
        True,
        False,
        False,
    ]


# --------------------------------------------------------------------------- duplicates

DOMAINS = st.sampled_from(
    [
        Choice(("a", "b", "c")),
        Choice(("a", "b"), (0.95, 0.05)),
        IntUniform(1, 3),
        IntUniform(10, 40, log=True, step=10),
        Uniform(0.0, 0.2, step=0.1),
        Uniform(0.01, 0.1, log=True, step=0.03),
        Normal(0.0, 0.3, step=1.0),
        Normal(0.0, 0.5, log=True, step=1.0),
        Beta(0.5, 0.5, step=0.5),
    ]
)
METHODS = st.sampled_from(["random", "tpe", "qmc", "cmaes"])


@st.composite
def rounded_spaces(draw):
    """One or two parameters with few values, though some domains are without an end;
    the second may be conditional."""
    number = Parameter(
        "a",
        draw(st.sampled_from([IntUniform(1, 3), Normal(0.0, 0.3, step=1.0)])),
        "scientific",
    )
    when = draw(st.sampled_from([{}, {"a": (1,)}]))
    return {"a": number, "b": Parameter("b", draw(DOMAINS), "scientific", when)}


@settings(deadline=None, max_examples=25)
@given(
    space=rounded_spaces(),
    method=METHODS,
    enqueued=st.sampled_from([(), ({"a": 1},), ({"a": 1}, {"a": 2})]),
)
def test_no_configuration_is_tried_twice_and_a_space_is_used_up_before_the_search_ends(
    space, method, enqueued
):
    enqueued = tuple(
        entry for entry in enqueued if domains.contains(space["a"].domain, entry["a"])
    )
    spec = study(space, method, trials=12, enqueue=enqueued)
    past = suggested(spec, 12)
    assert len({configuration_key(seen.config) for seen in past}) == len(past)
    size = grids.size(space)
    if size is not None:
        assert len(past) == min(12, size)
    assert suggestion.used_up(spec, past) == (suggestion.suggest(spec, past) is None)


def test_a_rounded_space_without_an_end_is_used_up_when_nothing_new_is_drawn():
    space = {"a": Parameter("a", Normal(0.0, 0.01, step=1.0), "scientific")}
    spec = study(space)
    assert grids.size(space) is None
    past = suggested(spec, 5)
    assert [seen.config for seen in past] == [{"a": 0.0}]
    assert suggestion.used_up(spec, past)


def test_duplicates_are_tried_when_they_are_asked_for():
    space = {"a": Parameter("a", Choice(("x", "y")), "scientific")}
    assert len(suggested(study(space, duplicates=True), 10)) == 10
    assert len(suggested(study(space), 10)) == 2


def test_what_an_earlier_study_found_may_be_tried_here():
    space = {"a": Parameter("a", Choice(("x", "y")), "scientific")}
    prior = [Observation({"a": a}, State.COMPLETE, 0.5, prior=True) for a in ("x", "y")]
    assert suggestion.suggest(study(space, "tpe"), [], prior) is not None


def test_without_a_search_there_is_nothing_to_suggest():
    spec = StudySpec("s", "own.py:train", Metric(name="m", goal="maximize"), LOSS)
    assert suggestion.suggest(spec, []) is None
    assert suggestion.used_up(spec, [])


def test_seeds_of_questions_are_far_apart_and_fixed():
    questions = ((0, 0), (0, 1), (1, 0), (10, 0), (1, 10))
    seeds = {
        suggestion.seed_for(study, *numbers)
        for study in range(5)
        for numbers in questions
    }
    assert len(seeds) == 25
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert suggestion.seed_for(0, 1, 2) == suggestion.seed_for(0, 1, 2)
