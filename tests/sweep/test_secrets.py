"""What looks like a secret is refused before anything is written, by its name and never by its value."""

import pytest

from sweep import secrets, spec
from sweep.errors import UsageError
from sweep.session import run_target
from tests.sweep import small

SECRET = "hunter2"


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "API_KEY",
        "openai_api_key",
        "db.password",
        "AWS_SECRET_ACCESS_KEY",
        "auth-token",
        "WANDB_API_KEY",
        "client_secret",
        "aws_session_token",
    ],
)
def test_names_of_secrets(name):
    assert secrets.looks_secret(name)


@pytest.mark.parametrize(
    "name", ["max_tokens", "token_dropout", "key_dim", "n_keys", "secretion", "compass", "monkey"]
)
def test_names_of_ordinary_parameters(name):
    assert not secrets.looks_secret(name)


@pytest.mark.parametrize(
    "override",
    [{"api_key": SECRET}, {"tracking_password": SECRET}, {"data": f"https://me:{SECRET}@host/x"}],
)
def test_a_secret_in_a_study_is_refused_and_nothing_is_written(home, override):
    (name,) = override
    small.write(home, ("epochs: 3", f"epochs: 3\n  {name}: none"))
    with pytest.raises(UsageError, match="holds a secret by its looks") as refused:
        small.run(overrides=override)
    assert SECRET not in str(refused.value)
    assert next(iter(override)) in str(refused.value)
    assert not (home / "results").exists()


def test_a_secret_that_a_study_file_gains_later_is_refused(home):
    small.run()
    text = (home / "study.yaml").read_text().replace("epochs: 3", f"epochs: 3\n  api_key: {SECRET}")
    (home / "study.yaml").write_text(text)
    with pytest.raises(UsageError, match="api_key holds a secret"):
        small.resume()


def test_numbers_choices_and_conditions_are_no_secrets(home):
    small.write(
        home, ("epochs: 3", "epochs: 3\n  max_tokens: 7\n  token_dropout: none\n  n_keys: few")
    )
    small.run()


def test_a_secret_of_a_command_is_refused_and_a_macro_is_none(home):
    def load(word):
        (home / "c.yaml").write_text(
            f"name: c\ncommand: [python, own.py, '{word}']\nmetric: {{name: f, goal: maximize}}\n"
            "parameters: {x: {values: [1, 2]}}\nsearch: {method: random, trials: 1}\n"
        )
        return spec.load(home / "c.yaml").canonical()

    with pytest.raises(UsageError, match="holds a secret"):
        secrets.refuse(load(f"--api-key={SECRET}"), "c.yaml")
    secrets.refuse(load("--api-key=${envvar:API_KEY}"), "c.yaml")
    secrets.refuse(load("--x=1"), "c.yaml")


def test_a_storage_s_address_holds_no_password():
    with pytest.raises(UsageError, match="--storage: its URI holds a secret") as refused:
        run_target.check("serial", None, f"s3://me:{SECRET}@bucket/runs")
    assert SECRET not in str(refused.value)


def test_an_environment_loses_its_secrets():
    environment = {"HOME": "/h", "AWS_SECRET_ACCESS_KEY": SECRET, "PROXY": f"http://a:{SECRET}@b"}
    assert secrets.without_secrets(environment) == {"HOME": "/h"}


def test_local_means_a_ray_of_our_own(monkeypatch):
    assert run_target.check("ray", "local", None) is None
    assert run_target.check("serial", "local", None) is None
    assert run_target.check("ray", "auto", None) == "auto"
