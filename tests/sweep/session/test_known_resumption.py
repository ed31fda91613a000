"""A finding on resuming is recorded once, and counts for the code that it was made with alone."""

import pytest

import sweep.study
from sweep import spec, user_folders
from sweep.log.event_log import FILE_NAME
from sweep.log.reader import replay
from sweep.session import known_resumption, resumption
from sweep.session.resumption import Resumption
from tests.sweep.session.test_resumption import FILE, TRAINER

WHOLE = TRAINER.replace("RESTORED", "model=model, optimizer=optimizer")
PART = TRAINER.replace("RESTORED", "model=model")
EQUAL = "a resumed curve equals an uninterrupted one"
SMALL = FILE.replace("epochs: 9", "epochs: 3").replace("trials: 4", "trials: 2")


@pytest.fixture
def there(tmp_path, monkeypatch):
    """A folder with a study whose trials pause; nothing is known of its trainer."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trainer.py").write_text(WHOLE)
    (tmp_path / "study.yaml").write_text(SMALL)
    return tmp_path


@pytest.fixture
def probes(monkeypatch):
    """Counts probes, which find what they are told to."""
    made = []

    def probed(spec, stopped=lambda: False, longest=None):
        made.append(longest)
        return probed.finds

    probed.finds = Resumption("equal", EQUAL)
    monkeypatch.setattr(resumption, "probed", probed)
    made_with = probed

    class Probes:
        count = property(lambda self: len(made))
        longest = property(lambda self: made[-1])

        def find(self, verdict, text):
            made_with.finds = Resumption(verdict, text)

    return Probes()


def run(folder, **options):
    return sweep.study.run("study.yaml", engine="serial", **options).history


def recorded(folder):
    log = folder / "results" / "probed" / FILE_NAME
    events = replay(log).events
    return [each for each in events if each["event"] == "resumption_probed"]


def test_a_run_probes_before_its_first_trial_and_records_the_finding(there):
    history = run(there)
    (event,) = recorded(there)
    assert (event["verdict"], event["text"]) == ("equal", EQUAL)
    assert history.resumption.text == EQUAL
    kinds = [
        each["event"] for each in replay(there / "results/probed" / FILE_NAME).events
    ]
    assert kinds.index("resumption_probed") < kinds.index("trial_created")
    assert f"probed: {EQUAL}" in [notice.message for notice in history.notices]


BUNDLED = """
name: probed
trainer: clip
metric: {name: val/macro_f1, goal: maximize}
parameters: {epochs: 9, learning_rate: {min: 0.001, max: 0.01}}
search: {method: random, trials: 4}
early_terminate: {type: asha, form: promote, min_iter: 1}
"""


@pytest.mark.parametrize(
    "gpus, resources, matters",
    [
        (0, "", False),
        (2, "", True),
        (2, "resources: {gpu: 0.5}", True),
        (2, "resources: {gpu: auto}", True),
        (2, "resources: {gpu: 0}", False),
    ],
)
def test_a_bundled_trainer_is_probed_on_a_gpu_only(
    there, monkeypatch, gpus, resources, matters
):
    """On a CPU the tests of this project show that it resumes to the last bit."""
    monkeypatch.setattr(known_resumption.environment, "gpus", lambda: gpus)
    (there / "study.yaml").write_text(BUNDLED + resources)
    loaded = spec.load(there / "study.yaml")
    assert known_resumption.matters(loaded) is matters
    (there / "study.yaml").write_text(BUNDLED.replace("promote", "stop") + resources)
    assert not known_resumption.matters(spec.load(there / "study.yaml"))


def test_a_trainer_that_loses_a_part_of_its_state_is_a_caveat_of_the_tables(there):
    (there / "trainer.py").write_text(PART)
    history = run(there)
    assert history.resumption.verdict == "different"
    (notice,) = (each for each in history.notices if "does not equal" in each.message)
    assert notice.caveat


def test_what_plan_has_probed_is_not_probed_again_by_run(there, probes):
    known_resumption.probed(spec.load(there / "study.yaml", import_trainer=True))
    assert probes.count == 1
    run(there)
    assert probes.count == 1
    assert len(recorded(there)) == 1


def test_a_session_probes_for_a_limited_time(there, probes):
    run(there)
    assert probes.longest == known_resumption.LONGEST


@pytest.mark.parametrize("change", ["code", "configuration"])
def test_a_finding_holds_only_for_the_environment_it_was_made_in(there, probes, change):
    wanted = spec.load(there / "study.yaml", import_trainer=True)
    known_resumption.probed(wanted)
    assert known_resumption.notes(wanted) == [f"probed: {EQUAL}"]
    if change == "code":
        (there / "trainer.py").write_text(WHOLE + "\n# edited\n")
    else:
        (there / "study.yaml").write_text(SMALL.replace("min: 0.1", "min: 0.2"))
    again = spec.load(there / "study.yaml", import_trainer=True)
    assert known_resumption.notes(again) == [known_resumption.NOT_KNOWN]


def test_a_resumed_study_whose_code_has_changed_is_probed_again(there, probes):
    run(there)
    (there / "trainer.py").write_text(WHOLE + "\n# edited\n")
    text = SMALL.replace("trials: 2", "trials: 3")
    (there / "study.yaml").write_text(text)
    sweep.study.resume("probed", engine="serial", extend=True, accept_changes=True)
    assert probes.count == 2
    assert len({event["key"] for event in recorded(there)}) == 2


def test_a_study_that_is_resumed_as_it_was_is_not_probed_again(there, probes):
    run(there)
    (there / "study.yaml").write_text(SMALL.replace("trials: 2", "trials: 3"))
    sweep.study.resume("probed", engine="serial", extend=True)
    assert probes.count == 1
    assert len(recorded(there)) == 1


def test_without_a_probe_it_is_noted_that_nothing_is_known(there, probes):
    history = run(there, probe=False)
    assert probes.count == 0
    (notice,) = (n for n in history.notices if "--no-probe" in n.message)
    assert notice.caveat
    assert history.resumption is None


def test_an_undecided_probe_is_repeated_by_the_next_command(there, probes):
    probes.find("unknown", "resuming was not probed: no data")
    wanted = spec.load(there / "study.yaml", import_trainer=True)
    known_resumption.probed(wanted)
    assert known_resumption.notes(wanted) == [known_resumption.NOT_KNOWN]


def test_a_search_that_pauses_nothing_is_not_probed(there, probes):
    (there / "study.yaml").write_text(SMALL.replace(", form: promote", ""))
    run(there)
    assert probes.count == 0
    wanted = spec.load(there / "study.yaml", import_trainer=True)
    assert known_resumption.notes(wanted) == []


@pytest.mark.parametrize("content", [b"", b"[]", b'{"verdict": "yes", "text": "x"}'])
def test_a_damaged_finding_file_is_ignored(there, probes, content):
    wanted = spec.load(there / "study.yaml", import_trainer=True)
    known_resumption.probed(wanted)
    (path,) = user_folders.cache_folder().glob("resumption-*.json")
    path.write_bytes(content)
    assert known_resumption.notes(wanted) == [known_resumption.NOT_KNOWN]
