"""The JSON schema of study files: each rule and each method offers its own keys."""

import jsonschema
import pytest

from sweep.samplers import SAMPLERS
from sweep.spec import json_schema
from sweep.stopping import RULES

HEAD = {
    "trainer": "clip",
    "metric": {"name": "val/loss", "goal": "minimize"},
    "parameters": {"epochs": 3},
}


@pytest.fixture(scope="module")
def sound():
    validator = jsonschema.Draft202012Validator(json_schema())
    return lambda **sections: validator.is_valid(HEAD | sections)


@pytest.mark.parametrize("method", SAMPLERS)
def test_a_method_has_its_own_keys_and_no_others(sound, method):
    own = set(SAMPLERS[method].model_fields)
    other = next(
        k for k in ("sequence", "n_startup_trials", "population") if k not in own
    )
    search = {"method": method, "trials": 4}
    assert sound(search=search)
    assert not sound(search=search | {other: 3 if other != "sequence" else "sobol"})


def test_the_schema_lets_exhaustive_methods_omit_trials(sound):
    assert sound(search={"method": "grid"})
    assert not sound(search={"method": "random"})
    assert sound(search={"trials": 4})


def test_the_schema_accepts_the_old_name_of_a_method(sound):
    assert sound(search={"method": "foretold", "trials": 4})
    assert not sound(search={"method": "bayes", "trials": 4})


@pytest.mark.parametrize(
    "rule, is_sound",
    [
        ({"type": "asha", "eta": 2}, True),
        ({"type": "asha", "percentile": 5}, False),
        ({"type": "none", "eta": 2, "percentile": 5}, True),
        ({"type": "percentile"}, False),
        ({"min_iter": 3}, False),
        (
            {
                "type": "patient",
                "patience": 1,
                "rule": {"type": "median", "min_iter": 2},
            },
            True,
        ),
    ],
)
def test_the_schema_gives_each_rule_its_keys_and_type_none_all_of_them(
    sound, rule, is_sound
):
    assert sound(early_terminate=rule) is is_sound


def test_every_key_of_a_rule_and_of_a_method_has_a_hint():
    shared = json_schema()["$defs"]
    for section in [*RULES.values(), *SAMPLERS.values()]:
        described = shared.get(section.__name__, shared["EarlyTerminate"])
        keys = {key for key in described["properties"] if key != "type"}
        assert {
            k for k in keys if "description" not in described["properties"][k]
        } == set()
