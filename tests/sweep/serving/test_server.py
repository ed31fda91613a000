"""The page in a browser: while a study runs, after it was killed, and when it has ended."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from sweep.errors import UsageError
from sweep.serving import server
from sweep.study import Study

pytestmark = pytest.mark.timeout(180)
TRAINER = """
import time
from pathlib import Path

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        while epoch == 3 and Path(__file__).with_name("hold").exists():
            time.sleep(0.05)
        if run.report(epoch, {"val/f1": 0.5 + epoch / 100 + run.seed / 1000}):
            break
"""
STUDY = """
trainer: train.py:train
metric: {name: val/f1, goal: maximize}
parameters: {epochs: 12, width: {values: [1, 2]}}
ablation:
  baseline: {width: 1}
  seeds: [0]
  designs: {arms: {wide: {width: 2}}}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "train.py").write_text(TRAINER, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


@pytest.fixture
def start(project):
    """`start("run", "study.yaml")`: a command at work in the project; ended with the test."""
    started = []

    def run(*words):
        command = [sys.executable, "-m", "sweep", *words]
        process = subprocess.Popen(
            command,
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def page():
    """A page of a real Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("NOT CHECKED: no Chromium is installed, see .ci/test-extras")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        yield browser.new_page(viewport={"width": 400, "height": 800})
        browser.close()


def wait_for(path):
    for _ in range(300):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} did not appear")


def test_it_follows_a_study_that_runs_is_killed_and_ends(start, project, page):
    log = project / "results" / "study" / "events.jsonl"
    expect = pytest.importorskip("playwright.sync_api").expect
    (project / "hold").touch()  # as long as it is there, the first trial does not end
    driver = start("run", "study.yaml", "--engine", "serial")
    wait_for(log)
    served = start("serve", "study", "--port", "0")
    address = re.search(r"http://\S+", served.stdout.readline())[0]
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.goto(address)
    now = page.locator("#now")

    page.wait_for_selector("#running-table tbody tr", timeout=60_000)
    assert "/12" in page.inner_text("#running-table tbody tr")
    expect(page.locator("#running-metric")).to_have_text("val/f1")
    value_cell = page.locator("#running-table tbody tr td").nth(4)
    expect(value_cell).to_have_text(re.compile(r"\d"), timeout=60_000)
    page.wait_for_selector("#chart .curve", timeout=60_000)
    page.focus("#chart")
    page.keyboard.press("ArrowRight")
    assert "seed 0" in page.inner_text("#hovered")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400

    os.kill(driver.pid, signal.SIGKILL)
    expect(now).to_have_text(re.compile("^killed"), timeout=60_000)

    (project / "hold").unlink()
    resumed = start("resume", "study", "--engine", "serial")
    assert resumed.wait(120) == 0, resumed.stdout.read()
    expect(now).to_have_text("done", timeout=60_000)
    assert page.locator("h2", has_text=re.compile("^Trials$")).count() == 1
    page.fill("#filter", "wide")
    assert page.locator("#trials-table tbody tr").count() == 1
    assert problems == []


def test_it_ends_with_the_process_that_started_it_and_its_open_pages(finished):
    command = [
        sys.executable,
        "-P",
        "-m",
        "sweep",
        "serve",
        str(finished.folder),
        "--port",
        "0",
    ]
    served = subprocess.Popen(
        [*command, "--with-its-starter"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = re.search(r"http://\S+", served.stdout.readline())[0]
    with urllib.request.urlopen(f"{address}updates", timeout=60) as page:
        assert page.readline().startswith(b"data: ")
        said = served.communicate(timeout=60)[
            0
        ]  # closes the pipe, as its starter's end would
    assert served.returncode == 0
    assert said == "the page has ended; the study is unchanged\n"


def test_a_port_that_is_taken_is_refused_with_a_cure(tmp_path):
    study = Study(tmp_path)
    with server._bound(0) as taken, pytest.raises(UsageError, match="--port 0"):
        server.serve(study, port=taken.getsockname()[1], say=print)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"sweep-ablation\[serve\]"):
        server.serve(Study(tmp_path), port=0, say=print)
