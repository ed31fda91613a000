"""What changed between two sessions (code, data, libraries, the clock) is refused and
named, or accepted and marked."""

import os
import time

import pytest

import sweep.study
from sweep import spec
from sweep.errors import StudyChanged, StudyExists
from sweep.log.reader import replay
from sweep.model.trial import State
from sweep.model.trial_events import TrialStarted
from sweep.provenance import environment
from sweep.session import changes
from sweep.study import load
from tests.sweep.session.half_way import resume, run_half_way
from tests.sweep.session.searches import populated

TRAINER = """
from own_model import score

def train(config, run):
    for epoch in range(run.restore(), config["epochs"]):
        if run.report(epoch, {"val/f1": score(config, run.seed, epoch)}):
            break
"""
MODEL = "def score(config, seed, epoch):\n    return config['rate'] + seed / 100 + epoch / 10\n"
STUDY = """
name: small
trainer: own.py:train
metric: {name: val/f1, goal: maximize}
parameters:
  epochs: 2
  rate: {values: [0.1, 0.3]}
  data: "folder:images"
ablation:
  baseline: {rate: 0.1}
  seeds: [0, 1, 2]
  designs: {arms: {fast: {rate: 0.3}}}
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with a study, its trainer, a module that the trainer imports, and data;
    it is the working folder."""
    (tmp_path / "own.py").write_text(TRAINER)
    (tmp_path / "own_model.py").write_text(MODEL)
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"123")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def half(home):
    """The study, killed half way: its log ends after some trials."""
    run_half_way(home)
    return home


def refused(half, **options):
    before = (half / "results/small/events.jsonl").read_bytes()
    with pytest.raises(StudyChanged) as caught:
        resume(**options)
    assert (half / "results/small/events.jsonl").read_bytes() == before, (
        "a refusal leaves the log as it was"
    )
    assert caught.value.exit_code == 3
    return str(caught.value)


def complete(study):
    return [trial.state for trial in study.history.trials.values()] == [
        State.COMPLETE
    ] * 6


def newer_torch(monkeypatch):
    original = environment._version
    monkeypatch.setattr(
        environment,
        "_version",
        lambda name: "99.0" if name == "torch" else original(name),
    )


# --------------------------------------------------------------------------- refused


def test_a_resume_without_changes_gives_no_notice(half):
    study = resume()
    assert complete(study)
    assert study.history.notices == []


def test_changed_code_is_refused_and_named_also_in_imported_files(
    half,
):
    (half / "own_model.py").write_text(MODEL + "# another line\n")
    message = refused(half)
    assert "own_model.py changed" in message
    assert "own.py changed" not in message
    assert "--accept-changes" in message


def test_a_new_library_version_is_refused_with_both_versions(half, monkeypatch):
    torch = load("small").history.sessions[-1].environment["torch"]
    newer_torch(monkeypatch)
    assert f"torch: {torch} → 99.0" in refused(half)


def test_changed_data_is_refused(half):
    (half / "images" / "b.png").write_bytes(b"45")
    assert "data: folder:images" in refused(half)


def test_data_of_the_same_size_and_time_with_other_contents_is_refused(half):
    file = half / "images" / "a.png"
    seen = file.stat()
    file.write_bytes(bytes(reversed(file.read_bytes())))
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert file.stat().st_size == seen.st_size
    assert "data: folder:images" in refused(half)


def test_data_copied_with_a_new_time_counts_as_unchanged(half):
    file = half / "images" / "a.png"
    os.utime(file, (0, 0))
    assert complete(resume())


def test_all_that_changed_is_listed_at_once(half, monkeypatch):
    newer_torch(monkeypatch)
    (half / "own.py").write_text(TRAINER + "\n")
    (half / "images" / "a.png").write_bytes(b"4567")
    message = refused(half)
    assert all(words in message for words in ("torch: ", "own.py changed", "data: "))


def test_changes_without_effect_on_results_are_ignored(half, monkeypatch):
    original = environment.describe
    other = {
        "platform": "another",
        "commit": "abc",
        "device": "another card",
        "sweep": "99",
    }
    monkeypatch.setattr(
        environment, "describe", lambda *asked: {**original(*asked), **other}
    )
    assert complete(resume())


def test_a_study_that_is_done_is_never_refused_for_what_changed(home):
    sweep.study.run("study.yaml", engine="serial")
    (home / "own_model.py").write_text(MODEL + "\n")
    assert complete(resume())


def test_a_study_that_is_done_is_refused_once_it_gets_more_work(home):
    sweep.study.run("study.yaml", engine="serial")
    (home / "own_model.py").write_text(MODEL + "\n")
    (home / "study.yaml").write_text(STUDY.replace("[0, 1, 2]", "[0, 1, 2, 3]"))
    assert "own_model.py changed" in refused(home, extend=True)


# --------------------------------------------------------------------------- accepted


def test_accepted_changes_are_noted_and_the_rows_that_mix_both_are_marked(half):
    (half / "own_model.py").write_text(MODEL + "# another line\n")
    study = resume(accept_changes=True)
    assert complete(study)
    assert (
        study.history.notices[0].message
        == "changes were accepted: own_model.py changed"
    )
    from sweep import report

    table = report.build_tables(report.gather(study.history), ["ablation"])[0]
    assert any("code" in note.text for note in table.notes), (
        "the footnote says which trials ran under other code"
    )


def test_an_accepted_change_is_not_refused_again(half):
    (half / "own_model.py").write_text(MODEL + "# another line\n")
    resume(accept_changes=True)
    assert complete(resume())


def test_code_that_is_edited_while_trials_run_is_noted(home):
    def edit(history, event):
        if isinstance(event, TrialStarted) and event.trial == 2:
            (home / "own_model.py").write_text(MODEL + "# edited meanwhile\n")

    study = sweep.study.run("study.yaml", engine="serial", listen=edit)
    (notice,) = study.history.notices
    assert "changed while trials were running: own_model.py changed" in notice.message


# --------------------------------------------------------------------------- one line
# that starts and goes on


def test_the_same_command_line_starts_and_resumes_a_study(home):
    line = {"engine": "serial", "go_on": True}
    assert complete(sweep.study.run("study.yaml", **line))
    path = home / "results/small/events.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:20]))
    assert complete(sweep.study.run("study.yaml", **line))
    assert complete(sweep.study.run("study.yaml", **line)), "and again, when it is done"
    assert len(load("small").history.sessions) == 3


def test_the_command_line_of_another_study_is_refused_with_the_difference(home):
    sweep.study.run("study.yaml", engine="serial")
    (home / "study.yaml").write_text(STUDY.replace("rate: 0.1}", "rate: 0.3}"))
    with pytest.raises(StudyExists, match=r"rate: 0\.1 → 0\.3"):
        sweep.study.run("study.yaml", engine="serial", go_on=True)


def test_the_same_command_line_does_not_resume_after_a_change(half):
    (half / "own_model.py").write_text(MODEL + "\n")
    with pytest.raises(StudyChanged, match=r"own_model\.py changed"):
        sweep.study.run("study.yaml", engine="serial", go_on=True)
    assert complete(
        sweep.study.run("study.yaml", engine="serial", go_on=True, accept_changes=True)
    )


# --------------------------------------------------------------------------- the clock


def test_a_clock_that_is_set_back_changes_neither_order_nor_durations(
    half, monkeypatch
):
    real = time.time
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: real() - 86_400)
        study = resume()
    assert complete(study)
    history = load("small").history
    assert history.sessions[1].started < history.sessions[0].started - 80_000
    events = replay(half / "results/small/events.jsonl").events
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert [trial.number for trial in history.trials.values()] == list(range(6))
    assert 0 <= history.seconds < 600
    assert all(0 <= trial.seconds < 60 for trial in history.trials.values())


def test_a_clock_that_jumps_while_trials_run_changes_no_duration(home, monkeypatch):
    real, jumps = time.time, iter(range(10**6))
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: real() + 3600 * (-1) ** next(jumps))
        study = sweep.study.run("study.yaml", engine="serial")
    assert complete(study)
    assert all(
        0 <= report.seconds < 60
        for t in study.history.trials.values()
        for report in t.reports
    )


class TestSeedsAddedByHand:
    """More seeds on a fixed design are taken in, and the table says what they cost."""

    def edited(self, home, old, new):
        text = (home / "study.yaml").read_text()
        assert old in text
        (home / "study.yaml").write_text(text.replace(old, new))

    def test_seeds_added_after_results_are_a_caveat_that_names_seeds_until_decided(
        self, home
    ):
        sweep.study.run("study.yaml", engine="serial")
        self.edited(home, "[0, 1, 2]", "[0, 1, 2, 3]")
        (notice,) = resume(extend=True).history.notices
        assert "seeds were added after results had been seen (3 → 4)" in notice.message
        assert "until: decided" in notice.message
        assert notice.caveat

    def test_a_margin_changed_after_results_is_a_caveat(self, home):
        sweep.study.run("study.yaml", engine="serial")
        self.edited(home, "  designs", "  margin: 0.1\n  designs")
        (notice,) = resume(extend=True).history.notices
        assert "(none → 0.1)" in notice.message

    def test_more_trials_are_not_a_caveat(self, home):
        sweep.study.run("study.yaml", engine="serial")
        self.edited(home, "fast: {rate: 0.3}", "fast: {rate: 0.3}, same: {rate: 0.1}")
        assert not resume(extend=True).history.notices

    @pytest.mark.parametrize(
        "old, new",
        [
            ("to: 4", "to: 9"),
            ("{from: 3, to: 4, until: decided}", "[0, 1, 2, 3]"),
            ("fast: {rate: 0.3}", "fast: {rate: 0.3}, same: {rate: 0.1}"),
        ],
    )
    def test_no_plan_of_looks_changes_once_an_arm_was_trained(self, home, old, new):
        self.edited(home, "[0, 1, 2]", "{from: 3, to: 4, until: decided}")
        sweep.study.run("study.yaml", engine="serial")
        self.edited(home, old, new)
        refusal = refused(home, extend=True)
        assert "must stay fixed while seeds are added until arms are decided" in refusal


def test_more_replacements_of_failed_members_are_more_work(tmp_path):
    """Decisions that were made stay; only later failures are handled otherwise."""
    texts = (
        populated(),
        populated().replace("interval: 2,", "interval: 2, replacements: 5,"),
    )
    specs = []
    for number, text in enumerate(texts):
        (tmp_path / "trainer.py").write_text("def train(config, run): pass\n")
        path = tmp_path / f"study-{number}.yaml"
        path.write_text(text)
        specs.append(spec.load(path))
    assert changes.only_adds_work(*specs)
    other = tmp_path / "other.yaml"
    other.write_text(populated().replace("interval: 2,", "interval: 4,"))
    assert not changes.only_adds_work(specs[0], spec.load(other))
