"""What looks like a secret is refused before anything is written, by its name and never
by its value."""

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
    "name",
    [
        "max_tokens",
        "token_dropout",
        "key_dim",
        "n_keys",
        "secretion",
        "compass",
        "monkey",
    ],
)
def test_names_of_ordinary_parameters(name):
    assert not secrets.looks_secret(name)


@pytest.mark.parametrize(
    "override",
    [
        {"api_key": SECRET},
        {"tracking_password": SECRET},
        {"data": f"https://me:{SECRET}@host/x"},
    ],
)
def test_a_secret_in_a_study_is_refused_and_nothing_is_written(home, override):
    (name,) = override
    small.write(home, ("epochs: 3", f"epochs: 3\n  {name}: none"))
    with pytest.raises(UsageError, match="seems to contain a secret") as refused:
        small.run(overrides=override)
    assert SECRET not in str(refused.value)
    assert next(iter(override)) in str(refused.value)
    assert not (home / "results").exists()


def test_a_secret_that_a_study_file_gains_later_is_refused(home):
    small.run()
    text = (
        (home / "study.yaml")
        .read_text()
        .replace("epochs: 3", f"epochs: 3\n  api_key: {SECRET}")
    )
    (home / "study.yaml").write_text(text)
    with pytest.raises(UsageError, match="api_key seems to contain a secret"):
        small.resume()


def test_numbers_choices_and_conditions_are_no_secrets(home):
    small.write(
        home,
        (
            "epochs: 3",
            "epochs: 3\n  max_tokens: 7\n  token_dropout: none\n  n_keys: few",
        ),
    )
    small.run()


def test_a_secret_of_a_command_is_refused_and_a_macro_is_none(home):
    def load(word):
        (home / "c.yaml").write_text(
            f"name: c\ncommand: [python, own.py, '{word}']\nmetric: {{name: f, goal: maximize}}\n"
            "parameters: {x: {values: [1, 2]}}\nsearch: {method: random, trials: 1}\n"
        )
        return spec.load(home / "c.yaml").canonical()

    with pytest.raises(UsageError, match="contain a secret"):
        secrets.refuse(load(f"--api-key={SECRET}"), "c.yaml")
    secrets.refuse(load("--api-key=${envvar:API_KEY}"), "c.yaml")
    secrets.refuse(load("--x=1"), "c.yaml")


def test_a_storage_s_address_holds_no_password():
    with pytest.raises(
        UsageError, match="--storage: its URI seems to contain a secret"
    ) as refused:
        run_target.check("serial", None, f"s3://me:{SECRET}@bucket/runs")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "words, shown",
    [
        (["sweep", "run", "--set", f"api_key={SECRET}"], "sweep run --set api_key=***"),
        (
            ["my.py", "--hf-token", SECRET, "--rate", "1"],
            "my.py --hf-token *** --rate 1",
        ),
        (["my.py", f"--db.password={SECRET}"], "my.py --db.password=***"),
        (["my.py", f"s3://me:{SECRET}@bucket"], "my.py s3://me:***@bucket"),
        (["my.py", "ghp_" + "a" * 36], "my.py ***"),
        (["sweep", "run", "tokens.yaml", "--set", "n_keys=3"], None),
    ],
)
def test_what_was_typed_is_recorded_without_its_secrets(words, shown):
    assert secrets.masked(words) == (shown or " ".join(words))


@pytest.mark.parametrize("value", ["${envvar:KEY}", "https://me:${envvar:KEY}@host/x"])
def test_a_value_from_the_environment_is_no_secret(value):
    secrets.refuse({"api_key": value}, "study.yaml", f"api_key: {value}")


@pytest.mark.parametrize(
    "key", ["sk-" + "a1" * 20, "hf_" + "a" * 34, "AKIA" + "A1" * 8]
)
def test_a_key_of_a_service_is_known_by_its_form_wherever_it_stands(key):
    for text in (f"note: {key}", f"# {key}"):
        with pytest.raises(
            UsageError, match="line 1 seems to contain a secret"
        ) as refused:
            secrets.refuse({}, "study.yaml", text)
        assert key not in str(refused.value)
    with pytest.raises(UsageError, match="note seems to contain a secret"):
        secrets.refuse({"note": key}, "study.yaml")


def test_a_secret_in_a_profile_that_is_not_chosen_is_found_by_its_line():
    text = f"name: a\nprofiles:\n  full:\n    api_key: {SECRET}\n"
    with pytest.raises(UsageError, match="line 4 seems to contain a secret"):
        secrets.refuse({}, "study.yaml", text)
    secrets.refuse(
        {}, "study.yaml", "# the password: see the wiki\nmax_tokens: 3\napi_key: null\n"
    )


def test_the_refusal_says_what_to_write():
    with pytest.raises(UsageError, match=r"write \$\{envvar:OPENAI_API_KEY\} instead"):
        secrets.refuse({"openai_api_key": SECRET}, "study.yaml")


def test_local_means_a_ray_of_our_own(monkeypatch):
    assert run_target.check("ray", "local", None) is None
    assert run_target.check("serial", "local", None) is None
    assert run_target.check("ray", "auto", None) == "auto"
