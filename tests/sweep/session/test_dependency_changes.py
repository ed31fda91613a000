"""What trials were found to depend on: a change between sessions is refused and named,
or marked."""

import os
import sys

import pytest

import sweep.study
from sweep.errors import StudyChanged, StudyFileError
from sweep.model.events import DependenciesFound
from sweep.model.trial import State
from sweep.report import gather
from sweep.report.caveats import all_caveats
from sweep.session import dependency_changes
from tests.sweep.session.half_way import resume, run_half_way

TRAINER = """
import importlib.util
import json
from pathlib import Path

import elsewhere
from fancy_library import factor

HERE = Path(__file__).parent
found = importlib.util.spec_from_file_location("plugin", HERE / "plugins" / "extra.py")
plugin = importlib.util.module_from_spec(found)
found.loader.exec_module(plugin)

def train(config, run):
    labels = json.loads((HERE / "labels.json").read_text())
    data = float(Path(config["data"]).read_text())
    score = config["rate"] * factor + elsewhere.more + plugin.more + labels["more"] + data
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f1": score + run.seed / 100 + epoch / 10}):
            break
"""
STUDY = """
name: small
trainer: own.py:train
metric: {{name: val/f1, goal: maximize}}
depends_on: [table.parquet]
parameters:
  epochs: 2
  rate: {{values: [0.1, 0.3]}}
  data: {data}
ablation:
  baseline: {{rate: 0.1}}
  seeds: [0, 1, 2]
  designs: {{arms: {{fast: {{rate: 0.3}}}}}}
"""


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A project, a folder on PYTHONPATH, a folder of installed libraries, and data elsewhere."""
    home, path = tmp_path / "project", tmp_path / "path"
    installed = tmp_path / "venv" / "site-packages"
    for folder in (home / "plugins", path, installed / "fancy_library-1.0.dist-info"):
        folder.mkdir(parents=True)
    (path / "elsewhere.py").write_text("more = 0\n")
    (installed / "fancy_library.py").write_text("factor = 1\n")
    version(installed, "1.0")
    record = "fancy_library.py,,\nfancy_library-1.0.dist-info/METADATA,,\n"
    (installed / "fancy_library-1.0.dist-info" / "RECORD").write_text(record)
    (tmp_path / "numbers.txt").write_text("0.5")
    (home / "own.py").write_text(TRAINER)
    (home / "plugins" / "extra.py").write_text("more = 0\n")
    (home / "labels.json").write_text('{"more": 0}')
    (home / "table.parquet").write_bytes(b"PAR1")
    (home / "study.yaml").write_text(STUDY.format(data=tmp_path / "numbers.txt"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(path), str(installed)]))
    monkeypatch.syspath_prepend(str(path))
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.chdir(home)
    yield tmp_path
    # Later tests in this process would find these modules and not their distribution.
    for name in ("elsewhere", "fancy_library"):
        sys.modules.pop(name, None)


def version(installed, number):
    text = f"Metadata-Version: 2.1\nName: fancy-library\nVersion: {number}\n"
    (installed / "fancy_library-1.0.dist-info" / "METADATA").write_text(text)


@pytest.fixture
def half(places):
    """The study, killed half way: its log ends after some trials."""
    run_half_way(places / "project")
    return places


CHANGES = {
    "a library of the trainer's": (
        lambda at: version(at / "venv/site-packages", "1.1"),
        "fancy-library: 1.0 → 1.1",
    ),
    "data: /a/file": (
        lambda at: (at / "numbers.txt").write_text("0.6"),
        "numbers.txt changed",
    ),
    "an own module on PYTHONPATH": (
        lambda at: (at / "path/elsewhere.py").write_text("more = 1  # one\n"),
        "path/elsewhere.py changed",
    ),
    "a module loaded by importlib": (
        lambda at: (at / "project/plugins/extra.py").write_text("more = 1  # one\n"),
        "plugins/extra.py changed",
    ),
    "JSON beside the trainer": (
        lambda at: (at / "project/labels.json").write_text('{"more": 1}'),
        "labels.json changed",
    ),
    "JSON that is gone": (
        lambda at: (at / "project/labels.json").unlink(),
        "labels.json is gone",
    ),
    "what the study file names": (
        lambda at: (at / "project/table.parquet").write_bytes(b"PAR2"),
        "table.parquet changed",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_dependency_is_refused_and_named(half, kind):
    change, words = CHANGES[kind]
    change(half)
    log = half / "project/results/small/events.jsonl"
    before = log.read_bytes()
    with pytest.raises(StudyChanged) as caught:
        resume()
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 3, (
        "and nothing else is said to have changed"
    )
    assert log.read_bytes() == before


def test_unchanged_dependencies_are_recorded_once_and_resume_without_a_notice(half):
    study = resume()
    history = study.history
    assert [trial.state for trial in history.trials.values()] == [State.COMPLETE] * 6
    assert history.notices == []
    assert {"labels.json", "plugins/extra.py", "own.py", "table.parquet"} <= set(
        history.dependencies
    )
    assert str(half / "numbers.txt") in history.dependencies
    assert history.distributions["fancy-library"] == "1.0"
    log = (half / "project/results/small/events.jsonl").read_text()
    assert log.count(DependenciesFound.kind) == 2, (
        "what the study names, and what trials used"
    )


def test_an_accepted_change_marks_the_rows_and_is_not_asked_about_again(half):
    (half / "project/labels.json").write_text('{"more": 1}')
    study = resume(accept_changes=True)
    said = [
        session.environment[dependency_changes.KEY]
        for session in study.history.sessions
    ]
    assert said[0] == "as first found"
    assert said[1].startswith("as accepted in session 2")
    assert [notice.message for notice in study.history.notices] == [
        "changes were accepted: labels.json changed"
    ]
    caveats = [caveat.text for caveat in all_caveats(gather(study.history))]
    assert any("dependencies as" in caveat for caveat in caveats)
    assert resume().history.notices == study.history.notices


def test_a_file_that_the_study_names_must_be_there(places):
    path = places / "project/study.yaml"
    path.write_text(path.read_text().replace("table.parquet", "tabel.parquet"))
    with pytest.raises(StudyFileError) as caught:
        sweep.study.run("study.yaml", engine="serial")
    (violation,) = caught.value.violations
    assert (violation.line, violation.key) == (5, "depends_on[0]")
    assert "tabel.parquet" in violation.problem


def test_the_first_report_of_a_trial_says_what_it_has_depended_on_so_far(half):
    path = half / "project/results/small/events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    first = next(
        i for i, line in enumerate(lines) if b'"epoch"' in line and b'"trial"' in line
    )
    path.write_bytes(b"".join(lines[: first + 1]))
    (half / "project/labels.json").write_text('{"more": 1}')
    with pytest.raises(StudyChanged, match=r"labels\.json changed"):
        resume()


def test_dependencies_are_found_in_trials_that_share_a_process(places):
    path = places / "project/study.yaml"
    path.write_text(path.read_text() + "resources: {isolation: shared}\n")
    history = sweep.study.run("study.yaml", engine="serial").history
    assert "labels.json" in history.dependencies
    assert str(places / "numbers.txt") in history.dependencies


def test_dependencies_are_found_in_trials_with_fresh_processes(places):
    """A trainer that starts a thread when it is imported cannot be forked."""
    path = places / "project/own.py"
    thread = (
        "import threading\nthreading.Thread(target=threading.Event().wait,"
        " daemon=True).start()\n"
    )
    path.write_text(TRAINER + thread)
    history = sweep.study.run("study.yaml", engine="serial").history
    assert any(
        "starts in a new process" in notice.message for notice in history.notices
    )
    assert {"labels.json", "plugins/extra.py", "own.py"} <= set(history.dependencies)
    assert history.distributions["fancy-library"] == "1.0"


def test_a_file_that_changes_while_trials_run_is_noted(places):
    path = places / "project/own.py"
    path.write_text(TRAINER.replace("    for epoch", CHANGING + "    for epoch", 1))
    history = sweep.study.run("study.yaml", engine="serial").history
    said = [notice.message for notice in history.notices]
    assert said == ["labels.json changed while trials were running"]


CHANGING = """
    if run.seed == 2 and config["rate"] > 0.2:
        (HERE / "new").write_text('{"more": 0, "by": "hand"}')
        (HERE / "new").replace(HERE / "labels.json")
"""
