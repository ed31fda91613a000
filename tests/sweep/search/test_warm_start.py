"""A warm start: the sampler knows what earlier studies found; this study's trials and
results do not change."""

import shutil

import pytest

from sweep import study
from sweep.errors import StudyChanged, StudyNotFound, UsageError
from sweep.history.folding import fold
from sweep.log.reader import replay
from sweep.report import build_tables, gather

TRAINER = """
def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if config["x"] > config.get("fails_above", 9.0):
            raise RuntimeError("as told")
        if run.report(epoch, {"val/f": 10.0 - (config["x"] - 1.0) ** 2, "val/loss": 1.0}):
            break
"""
STUDY = """
name: NAME
trainer: trainer.py:train
metric: {name: val/f, goal: maximize}
parameters: {epochs: 2, x: {min: 0.0, max: 3.0}}
search: {method: tpe, trials: 12}
"""


@pytest.fixture
def run(tmp_path):
    """`run(name, (old, new), …)` runs the edited study under that name."""
    (tmp_path / "trainer.py").write_text(TRAINER)

    def run(name, *edits, resume=False, **options):
        text = STUDY.replace("NAME", name)
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / f"{name}.yaml").write_text(text)
        if resume:
            return study.resume(
                name, results=tmp_path / "results", engine="serial", **options
            )
        return study.run(
            tmp_path / f"{name}.yaml", results=tmp_path / "results", engine="serial"
        )

    return run


WARM = ("trials: 12}", "trials: 6, warm_start: [pilot]}")


def values(done):
    return [trial.config["x"] for trial in done.history.stage("search")]


def test_the_sampler_begins_where_the_earlier_study_ended(run):
    run("pilot")
    cold, warm = run("cold", ("trials: 12", "trials: 6")), run("warm", WARM)
    assert len(warm.history.stage("search")) == 6
    assert len(warm.history.prior) == 12
    away = [abs(x - 1.0) for x in values(warm)]
    assert sum(away) < sum(abs(x - 1.0) for x in values(cold)), (
        "the cold one has nothing but random draws"
    )


def test_earlier_configurations_are_neither_trials_nor_results_and_the_reader_is_told(
    run,
):
    run("pilot")
    warm = run("warm", WARM)
    said = [notice.message for notice in warm.history.notices]
    assert "the search was warm-started from pilot: 12 configurations" in said
    (table,) = build_tables(gather(warm.history), ["search"])
    assert "of 6 configurations" in table.title
    assert any(
        "warm-started from pilot, with 12 earlier configurations" in note.text
        for note in table.notes
    )


def test_a_resume_depends_neither_on_the_earlier_study_nor_on_what_became_of_it(
    run, tmp_path
):
    run("pilot")
    whole = run("warm", WARM)
    log = whole.folder / "events.jsonl"
    kept = log.read_bytes().splitlines(keepends=True)
    until = (
        next(
            i
            for i, line in enumerate(kept)
            if b'"event":"trial_finished","trial":2' in line
        )
        + 1
    )
    log.write_bytes(b"".join(kept[:until]))
    shutil.rmtree(tmp_path / "results" / "pilot")
    assert values(run("warm", WARM, resume=True)) == values(whole)


def test_a_study_killed_inside_its_first_write_takes_the_rest_over_when_it_resumes(run):
    run("pilot")
    whole = run("warm", WARM)
    log = whole.folder / "events.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    assert fold(replay(log).events).warm_starts == []
    resumed = run("warm", WARM, resume=True)
    assert len(resumed.history.warm_starts) == 1
    assert values(resumed) == values(whole)


def test_what_does_not_fit_is_left_out_and_named_with_counts(run):
    edits = [
        ("x: {min: 0.0, max: 3.0}", "x: {min: 0.0, max: 3.0}, fails_above: 2.5"),
        ("epochs: 2", "epochs: 1"),
    ]
    pilot = run("pilot", *edits)
    outside = sum(1.0 < x <= 2.5 for x in values(pilot))
    failed = sum(x > 2.5 for x in values(pilot))
    assert outside
    assert failed
    warm = run("warm", WARM, ("max: 3.0", "max: 1.0"))
    (event,) = warm.history.warm_starts
    assert event.left_out == {"with x outside its domain": outside, "failed": failed}
    said = next(
        notice.message
        for notice in warm.history.notices
        if "warm-started" in notice.message
    )
    assert f"{outside} with x outside its domain" in said
    assert "epochs 1 there, 2 here" in said
    assert "fails_above is not a parameter here" in said


def test_what_the_earlier_trials_read_and_is_another_now_is_named(run, tmp_path):
    (tmp_path / "labels.json").write_text("1")
    reads = TRAINER.replace(
        "    for epoch in",
        "    open(__file__[:-10] + 'labels.json').read()\n    for epoch in",
        1,
    )
    (tmp_path / "trainer.py").write_text(reads)
    pilot = run("pilot", ("trials: 12", "trials: 2"))
    assert "labels.json" in pilot.history.dependencies
    (tmp_path / "labels.json").write_text("2")
    warm = run("warm", ("trials: 12}", "trials: 3, warm_start: [pilot]}"))
    (event,) = warm.history.warm_starts
    assert "labels.json changed, since then" in event.differs


@pytest.mark.parametrize(
    "edit, error, words",
    [
        (
            ("name: val/f, goal: maximize", "name: val/loss, goal: minimize"),
            UsageError,
            "pilot maximizes val/f",
        ),
        (
            ("x: {min: 0.0, max: 3.0}", "x: {min: 5.0, max: 6.0}"),
            UsageError,
            "no configuration of pilot can be used",
        ),
        (("x: {min", "y: {min"), UsageError, "12 without y"),
        (
            ("[pilot]", "[pilott]"),
            StudyNotFound,
            "no study 'pilott'; studies in .*: pilot",
        ),
    ],
)
def test_an_earlier_study_that_cannot_help_is_refused_before_anything_is_written(
    run, tmp_path, edit, error, words
):
    run("pilot")
    with pytest.raises(error, match=words):
        run("warm", WARM, edit)
    assert not (tmp_path / "results" / "warm").exists()


def test_a_warm_start_cannot_be_added_to_a_study_that_has_begun(run):
    run("pilot")
    run("cold", ("trials: 12", "trials: 6"))
    with pytest.raises(StudyChanged, match=r"search\.warm_start"):
        run("cold", WARM, resume=True, extend=True)


def test_configurations_can_be_enqueued_into_a_study_that_has_begun(run):
    run("grown", ("trials: 12", "trials: 3"))
    grown = run(
        "grown",
        ("trials: 12", "trials: 5, enqueue: [{x: 1.25}]"),
        resume=True,
        extend=True,
    )
    assert values(grown)[3] == 1.25
    assert len(values(grown)) == 5
