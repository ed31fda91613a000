"""What a `search` section may say, and what `sweep check` says of a method that cannot
do all of it."""

import re

import pytest

from sweep.errors import StudyFileError

STUDY = """\
trainer: trainer.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 20
  loss: {values: [ce, focal]}
  gamma: {min: 0.5, max: 4.0, when: {loss: focal}}
  rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}
  layers: {min: 1, max: 3}
search:
  method: tpe
  trials: 64
"""


@pytest.fixture
def load(loaded):
    def load(*edits, more=""):
        text = STUDY + more
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        return loaded(text)

    return load


@pytest.fixture
def refused(load, violations):
    """The one violation of a study file: line, key, problem and what is allowed."""

    def refused(*edits, more=""):
        (violation,) = violations(load, *edits, more=more)
        return (
            violation.line,
            violation.key,
            f"{violation.problem} / {violation.allowed}",
        )

    return refused


# --------------------------------------------------------------------------- enqueue


def test_known_good_configurations_are_read_with_their_values(load):
    wanted = load(
        more="  enqueue: [{rate: 1e-3}, {loss: focal, gamma: 2.0, layers: 3}]\n"
    )
    assert wanted.search.enqueue == (
        {"rate": 1e-3},
        {"loss": "focal", "gamma": 2.0, "layers": 3},
    )


@pytest.mark.parametrize(
    "entry, key, words",
    [
        (
            "{rat: 1e-3}",
            "search.enqueue[1].rat",
            "there is no parameter 'rat' / did you mean 'rate'",
        ),
        (
            "{rate: 1.0}",
            "search.enqueue[1].rate",
            "1.0 is outside .* a number from 0.0001 to 0.01",
        ),
        (
            "{layers: 2.5}",
            "search.enqueue[1].layers",
            "2.5 is outside .* an integer from 1 to 3",
        ),
        ("{epochs: 5}", "search.enqueue[1].epochs", "5 is outside .* exactly 20"),
        (
            "{gamma: 1.0}",
            "search.enqueue[1].gamma",
            "gamma exists only under loss: focal, which",
        ),
        ("{loss: ce, gamma: 1.0}", "search.enqueue[1].gamma", "exists only under"),
        ("{layers: 2}", "search.enqueue[1]", "is listed twice / .*duplicates: true"),
        ("{}", "search.enqueue[1]", "is empty"),
    ],
)
def test_an_enqueued_entry_that_is_not_a_configuration_is_refused_with_its_line(
    refused, entry, key, words
):
    line, where, said = refused(
        more=f"  enqueue:\n    - {{layers: 2}}\n    - {entry}\n"
    )
    assert (line, where) == (14, key)
    assert re.search(words, said), said


def test_more_entries_than_trials_are_refused(refused):
    _, key, said = refused(
        ("trials: 64", "trials: 1"), more="  enqueue: [{layers: 1}, {layers: 2}]\n"
    )
    assert (key, said) == (
        "search.trials",
        "2 configurations are enqueued, and trials is 1 / at least 2",
    )


# --------------------------------------------------------------------------- keys that
# mean something to some methods


@pytest.mark.parametrize(
    "method, more, key, words",
    [
        (
            "tpe",
            "sequence: sobol",
            "search.sequence",
            "is not a key of tpe / method: qmc",
        ),
        ("qmc", "sequence: sobool", "search.sequence", "did you mean 'sobol'"),
        (
            "random",
            "n_startup_trials: 3",
            "search.n_startup_trials",
            "is not a key of random",
        ),
        (
            "qmc",
            "warm_start: [other]",
            "search.warm_start",
            "has no effect: qmc does not use earlier results",
        ),
        (
            "gp",
            "warm_start: [other, other]",
            "search.warm_start[1]",
            "other is listed twice",
        ),
    ],
)
def test_a_key_without_effect_on_the_method_is_refused(
    refused, method, more, key, words
):
    _, where, said = refused(("method: tpe", f"method: {method}"), more=f"  {more}\n")
    assert where == key
    assert words in said


FINITE = (
    (
        "rate: {distribution: log_uniform_values, min: 1e-4, max: 1e-2, role: nuisance}",
        "rate: {values: [1, 2]}",
    ),
)


@pytest.mark.parametrize("method", ["grid", "brute_force"])
def test_a_method_that_tries_everything_once_needs_a_finite_space_and_no_number_of_trials(
    load, refused, method
):
    chosen = ("method: tpe\n  trials: 64", f"method: {method}")
    with pytest.raises(StudyFileError, match=r"gamma: is continuous and has no grid"):
        load(chosen)
    finite = (
        *FINITE,
        ("{min: 0.5, max: 4.0, when", "{values: [1.0, 2.0], when"),
        chosen,
    )
    assert load(*finite).search.trials == 18
    _, key, said = refused(*finite, more="  duplicates: true\n")
    assert key == "search.duplicates"
    assert f"{method} tries every configuration once" in said


def test_cmaes_without_a_number_that_every_configuration_has_is_refused(refused):
    edits = (
        *FINITE,
        ("layers: {min: 1, max: 3}", "layers: 2"),
        ("method: tpe", "method: cmaes"),
    )
    line, key, said = refused(*edits)
    assert (line, key) == (10, "search.method")
    assert "cmaes adapts numbers" in said


def test_a_retuning_by_cmaes_without_a_number_is_refused(refused):
    rate = FINITE[0][1].replace("]}", "], role: nuisance}")
    more = (
        "ablation: {baseline: {loss: ce, layers: 1}, retune: {parameters: [rate],"
        " trials: 4, method: cmaes}}\n"
    )
    _, key, _ = refused((FINITE[0][0], rate), more=more)
    assert key == "ablation.retune.method"


# --------------------------------------------------------------------------- notes


@pytest.mark.parametrize(
    "method, trials, words",
    [
        ("tpe", 20, None),
        ("random", 20, None),
        (
            "gp",
            20,
            "gp models parameters that exist in every configuration; tpe suggests gamma, each independently",
        ),
        ("gp", 2000, "2000 will be slow"),
        ("gp_multifidelity", 2000, None),
        ("cmaes", 200, "cmaes adapts rate, layers; tpe suggests loss, gamma"),
        ("cmaes", 20, "20 trials are fewer than the 10 generations of 6"),
        ("qmc", 20, "prefer 16 or 32 trials to 20"),
        ("qmc", 32, None),
    ],
)
def test_limits_of_a_method_on_this_space_are_noted(load, method, trials, words):
    notes = load(
        ("method: tpe", f"method: {method}"), ("trials: 64", f"trials: {trials}")
    ).notes
    assert all("study.yaml:10: search.method: " in note for note in notes)
    assert any(words in note for note in notes) if words else notes == ()


@pytest.mark.parametrize(
    "method, noted", [("tpe", True), ("gp", True), ("random", False), ("qmc", False)]
)
def test_probabilities_that_a_method_does_not_use_are_noted(load, method, noted):
    edits = (
        ("[ce, focal]", "[ce, focal], probabilities: [0.9, 0.1]"),
        ("method: tpe", f"method: {method}"),
    )
    assert (
        any("those of loss are not used" in note for note in load(*edits).notes)
        == noted
    )


@pytest.mark.parametrize("method", ["tpe", "gp", "cmaes", "gp_multifidelity", "random"])
def test_a_method_that_learns_only_from_complete_trials_is_noted_with_asha(
    load, method
):
    chosen = ("method: tpe", f"method: {method}")
    alone = load(chosen).notes
    beside = load(chosen, ("search:", "early_terminate: {type: asha}\nsearch:")).notes
    added = [
        note
        for note in beside
        if not any(note.partition(": ")[2] in old for old in alone)
    ]
    assert any("gp_multifidelity" in note for note in added) == (
        method in ("tpe", "gp", "cmaes")
    )
