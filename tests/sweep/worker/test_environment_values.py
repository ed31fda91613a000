"""A configuration's value from the environment reaches the trainer, and nothing that is written."""

import pytest

import sweep.study
from sweep.errors import TrialError
from sweep.worker.environment_values import filled, hide
from tests.sweep.commands.invoking import sweep as typed

SECRET = "hunter2-correct-horse"


def test_a_variable_is_filled_in_also_inside_a_text_or_a_list(monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    config = {
        "url": "postgres://me:${envvar:DB_PASSWORD}@host",
        "keys": ["${envvar:DB_PASSWORD}"],
    }
    assert filled(config | {"rate": 0.1, "home": "${HOME}"}) == {
        "url": f"postgres://me:{SECRET}@host",
        "keys": [SECRET],
        "rate": 0.1,
        "home": "${HOME}",
    }


def test_a_variable_that_is_not_set_is_named_with_its_parameter(monkeypatch):
    monkeypatch.delenv("API_KEY", raising=False)
    with pytest.raises(
        TrialError, match=r"the parameter api_key is .*variable API_KEY is not set"
    ):
        filled({"api_key": "${envvar:API_KEY}"})


def test_a_value_is_taken_out_of_a_text_again(monkeypatch):
    monkeypatch.setenv("API_KEY", SECRET)
    monkeypatch.setenv("SHORT", "1")
    content = [{"api_key": "${envvar:API_KEY}", "n": "${envvar:SHORT}"}, None]
    assert hide(f"bad key {SECRET} (1)", content) == "bad key ${envvar:API_KEY} (1)"
    assert hide("nothing", content) == "nothing"


TRAINER = """
def train(config, run):
    assert len(config["api_key"]) == 21, "the key did not arrive"
    for epoch in range(run.restore(), config["epochs"]):
        run.report(epoch, {"val/f1": config["rate"]})
    if config["rate"] > 0.2:
        raise ValueError(f"the server refuses {config['api_key']}")

def preload(config):
    assert len(config["api_key"]) == 21

train.preload = preload
"""
STUDY = """
name: keyed
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 2, api_key: none-yet, rate: {values: [0.1, 0.3]}}
search: {method: grid}
"""


def test_nothing_that_a_study_writes_holds_the_secret(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_KEY", SECRET)
    monkeypatch.setattr(
        "sys.argv", ["my.py", "--api-key", SECRET, f"--hf-token={SECRET}"]
    )
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "study.yaml").write_text(
        STUDY.replace("none-yet", '"${envvar:API_KEY}"')
    )
    done = sweep.study.run("study.yaml", engine="serial")
    states = [trial.state.value for trial in done.history.trials.values()]
    assert states == ["complete", "failed"]
    assert "refuses ${envvar:API_KEY}" in done.history.trials[1].reason
    for words in (["report", "keyed"], ["export", "keyed"], ["status", "keyed"]):
        code, said = typed(*words)
        assert code == 0
        assert SECRET not in said
    written = [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert len(written) > 10
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in "".join(capsys.readouterr())
