"""Reuse: an identical complete trial of a neighbouring study is taken over with its
reports; nothing else ever is."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from sweep import study
from sweep.history.event_records import to_record
from sweep.log.event_log import EventLog
from sweep.model.events import DependenciesFound
from sweep.model.trial import State
from sweep.provenance import dependencies
from sweep.report import gather, show

TRAINER = """
from pathlib import Path

def train(config, run):
    with (Path(__file__).parent / "ran.txt").open("a") as file:
        file.write(f"{config['x']} {run.seed}\\n")
    for epoch in range(run.restore(), config["epochs"]):
        if config["x"] == config["fails_at"]:
            raise RuntimeError("as told")
        if run.report(epoch, {"val/f": config["x"] + run.seed / 100 + epoch / 10, "val/g": 1.0}):
            break
"""

STUDY = """
name: NAME
trainer: trainer.py:train
metric: {name: val/f, goal: maximize}
parameters: {epochs: 2, x: {min: 0.0, max: 3.0}, fails_at: -1.0}
reuse: true
ablation:
  baseline: {x: 0.0}
  seeds: [0, 1]
  designs: {one_at_a_time: {x: [1.0]}}
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run(name, *edits)` runs the study under that name; returns its history and the
    trainings it took."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trainer.py").write_text(TRAINER)

    def run(name, *edits, trainer=TRAINER):
        text = STUDY.replace("NAME", name)
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / f"{name}.yaml").write_text(text)
        (tmp_path / "trainer.py").write_text(trainer)
        ran = tmp_path / "ran.txt"
        ran.unlink(missing_ok=True)
        done = study.run(
            tmp_path / f"{name}.yaml", results=tmp_path / "results", engine="serial"
        )
        return done.history, ran.read_text().splitlines() if ran.exists() else []

    return run


def test_identical_trials_are_taken_over_with_their_reports(run):
    first, trained = run("first")
    assert len(trained) == 4
    second, trained = run("second")
    assert trained == []
    for mine, theirs in zip(second.trials.values(), first.trials.values(), strict=True):
        assert mine.state is State.COMPLETE
        assert mine.reused
        assert mine.attributes["reused"] == {"study": "first", "trial": theirs.number}
        assert [(r.epoch, r.metrics) for r in mine.reports] == [
            (r.epoch, r.metrics) for r in theirs.reports
        ]
        assert mine.attempts == 0


def test_what_the_other_study_did_not_run_is_trained(run):
    run("first")
    history, trained = run(
        "second", ("x: [1.0]", "x: [1.0, 2.0]"), ("seeds: [0, 1]", "seeds: [0, 1, 2]")
    )
    assert sorted(trained) == ["0.0 2", "1.0 2", "2.0 0", "2.0 1", "2.0 2"]
    assert sum(trial.reused for trial in history.trials.values()) == 4


def test_the_log_stays_readable_and_reusable_without_the_other_study(run, tmp_path):
    run("first")
    run("second")
    (tmp_path / "results" / "first" / "events.jsonl").unlink()
    assert all(
        t.reports
        for t in study.load(tmp_path / "results" / "second").history.trials.values()
    )
    third, trained = run("third")
    assert trained == []
    assert {t.attributes["reused"]["study"] for t in third.trials.values()} == {
        "second"
    }


@pytest.mark.parametrize(
    "edit",
    [
        ("reuse: true", "reuse: false"),
        ("epochs: 2", "epochs: 3"),
        ("name: val/f", "name: val/g"),
        ("goal: maximize", "goal: minimize"),
        ("seeds: [0, 1]", "seeds: [7, 8]"),
        ("seeds: [0, 1]", "seeds: [0, 1]\n  folds: 2"),
        ("fails_at: -1.0", "fails_at: -2.0"),
    ],
    ids=lambda edit: edit[1],
)
def test_nothing_is_reused_when_anything_differs(run, edit):
    run("first")
    history, trained = run("second", edit)
    assert len(trained) == len(history.trials)
    assert not any(trial.reused for trial in history.trials.values())


def test_other_code_is_never_reused(run):
    run("first")
    _, trained = run("second", trainer=TRAINER + "\n# another version\n")
    assert len(trained) == 4


@pytest.mark.parametrize("key", ["torch", "python", "code"])
def test_other_versions_are_never_reused(run, monkeypatch, key):
    from sweep.provenance import environment

    run("first")
    describe = environment.describe
    monkeypatch.setattr(
        environment, "describe", lambda *a, **k: {**describe(*a, **k), key: "0.0"}
    )
    _, trained = run("second")
    assert len(trained) == 4


def test_failed_trials_are_run_again(run):
    run("first", ("fails_at: -1.0", "fails_at: 1.0"))
    history, trained = run("second", ("fails_at: -1.0", "fails_at: 1.0"))
    assert trained == ["1.0 0", "1.0 1"]
    assert [t.reused for t in history.trials.values() if t.state is State.FAILED] == [
        False,
        False,
    ]


def test_pruned_trials_are_run_again(run):
    rule = "health: {milestones: {metric: val/f, at: {1: 9}, ablation_action: stop}}\nreuse: true"
    first, _ = run("first", ("reuse: true", rule))
    assert {t.state for t in first.trials.values()} == {State.PRUNED}
    _, trained = run("second")
    assert len(trained) == 4


def test_a_damaged_neighbour_is_left_out_and_named(run, tmp_path):
    run("first")
    log = tmp_path / "results" / "first" / "events.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([lines[0], *lines[2:]]))
    history, trained = run("second")
    assert len(trained) == 4
    (notice,) = [n.message for n in history.notices]
    assert notice.startswith("no trial of first is reused: ")


def test_reused_trials_are_marked_in_the_table_and_cost_nothing(run):
    run("first")
    history, _ = run("second")
    out = io.StringIO()
    Console(file=out, width=200).print(
        show(gather(history), tables=["ablation", "cost"])
    )
    text = " ".join(out.getvalue().split())
    assert "All arms: trials 0–3 reused from study first: same trainer, code" in text
    assert "4 trials were reused from other studies and needed no time here" in text


READS = TRAINER.replace(
    "    for epoch in",
    "    (Path(__file__).parent / 'labels.json').read_text()\n    for epoch in",
)


def why(history):
    return [
        notice.message for notice in history.notices if "not reused" in notice.message
    ]


def test_a_file_that_the_other_study_read_must_be_what_it_was(run, tmp_path):
    (tmp_path / "labels.json").write_text("[1]")
    first, _ = run("first", trainer=READS)
    assert "labels.json" in first.dependencies
    second, trained = run("second", trainer=READS)
    assert trained == []
    assert second.dependencies == {"labels.json": first.dependencies["labels.json"]}
    (tmp_path / "labels.json").write_text("[2]")
    third, trained = run("third", trainer=READS)
    assert len(trained) == 4
    assert why(third) == [
        f"trials of {name} with the same configuration are not reused: labels.json changed"
        for name in ("first", "second")
    ]


def test_a_library_that_the_other_study_imported_must_be_what_it_was(run, monkeypatch):
    run("first")
    monkeypatch.setattr(dependencies.distributions, "installed", lambda name: "9.9")
    other = DependenciesFound(distributions={"fancy": "1.0"})
    with EventLog(Path("results/first/events.jsonl")) as log:
        log.append(to_record(other))
    second, trained = run("second")
    assert len(trained) == 4
    assert "fancy: 1.0 → 9.9" in why(second)[0]


def test_a_file_that_this_study_depends_on_must_be_known_there(run, tmp_path):
    run("first")
    (tmp_path / "big.bin").write_bytes(b"1")
    depends = ("reuse: true", "reuse: true\ndepends_on: [big.bin]")
    history, trained = run("second", depends)
    assert len(trained) == 4
    assert "that study did not record big.bin" in why(history)[0]
    _, trained = run("third", depends)
    assert trained == []


def test_trials_from_before_a_change_are_not_reused(run, tmp_path):
    first, _ = run("first")
    known = first.dependencies
    changed = DependenciesFound(files=dict.fromkeys(known, "0" * 16) or {"a": "0" * 16})
    before = DependenciesFound(files={"a": "1" * 16})
    with EventLog(Path("results/first/events.jsonl")) as log:
        log.append(to_record(before), to_record(changed))
    history, trained = run("second")
    assert len(trained) == 4
    assert why(history)
