"""The page answers this machine alone, changes nothing, and gives out files of trials only."""

import pytest
from starlette.testclient import TestClient

from sweep.serving.application import application
from sweep.serving.follower import Follower

HERE = "http://127.0.0.1:8000"


@pytest.fixture
def follower(finished):
    return Follower(finished)


@pytest.fixture
def ask(follower):
    return TestClient(application(follower, 8000), base_url=HERE)


def folder_of(ask):
    return ask.get("/trials.json").json()[0]["folder"]


def test_the_page_has_the_name_of_the_study_and_no_script_of_its_own(ask):
    answer = ask.get("/")
    assert answer.status_code == 200
    assert "<title>conditional</title>" in answer.text
    assert "<script>" not in answer.text


def test_every_trial_is_listed_the_last_one_first(ask, follower):
    numbers = [trial["number"] for trial in ask.get("/trials.json").json()]
    assert numbers == sorted(follower.study.history.trials, reverse=True)


def test_curves_count_epochs_from_one(ask):
    curves = ask.get("/curves.json").json()
    assert curves
    assert {curve["points"][0][0] for curve in curves} == {1}


def test_the_report_is_that_of_the_study(ask):
    assert "<table>" in ask.get("/report.html").text


@pytest.mark.parametrize("name", ["live.js", "live.css", "report.css"])
def test_files_of_the_page_are_there(ask, name):
    assert ask.get(f"/files/{name}").status_code == 200


@pytest.mark.parametrize("name", ["config.json", "history.jsonl", "output.txt"])
def test_a_trials_files_are_shown_as_text(ask, follower, name):
    folder = folder_of(ask)
    path = follower.study.folder / "trials" / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_text("as it is", encoding="utf-8")
    answer = ask.get(f"/trials/{folder}/{name}")
    assert answer.text == "as it is"
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "address",
    [
        "/trials/..%2f..%2f/config.json",
        "/trials/../events.jsonl",
        "/trials/x/latest.pt",
        "/files/..%2fpage.py",
    ],
)
def test_other_files_are_not_given_out(ask, address):
    assert ask.get(address).status_code == 404


def test_a_link_in_the_place_of_a_file_is_not_followed(ask, follower, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("SECRET", encoding="utf-8")
    folder = folder_of(ask)
    place = follower.study.folder / "trials" / folder / "command.txt"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(secret)
    assert ask.get(f"/trials/{folder}/command.txt").status_code == 404
    place.unlink()


@pytest.mark.parametrize("name", ["elsewhere.example:8000", "127.0.0.1:9999", ""])
def test_a_request_under_another_host_is_refused(ask, name):
    assert ask.get("/", headers={"host": name}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_methods_that_change_something_are_refused(ask, method):
    assert ask.request(method, "/").status_code == 405


def test_the_page_may_load_nothing_from_elsewhere(ask):
    policy = ask.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
