"""Hostile input in its short form: whatever is read is read, or refused in plain words, soon, and
nothing is executed.

`python -m tests.fuzz --minutes 10` is the long form.
"""

import gc
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import LogDamaged, StudyFileError
from sweep.spec import slugify
from tests.fuzz import bombs, corpus, mutations
from tests.fuzz.readers import READERS, SOUND, Broken, survives, watched

short = settings(max_examples=60)


@pytest.fixture(scope="module", autouse=True)
def _imported():
    """What the first study file makes Python import is not the time that another one takes."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        survives("study_file", SOUND.encode(), Path(folder), seconds=60)


@pytest.fixture(autouse=True)
def _collected():
    """What an earlier input left behind is not collected in the time of a later one."""
    gc.collect()


def given_to(reader, data):
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        return survives(reader, data, Path(folder))


# --------------------------------------------------------------------------- what is sound is read


@pytest.mark.parametrize("number", range(len(corpus.studies()) - 1))
def test_the_shipped_studies_are_read(number):
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for path in corpus.trainers():
            shutil.copy(path, folder)
        assert (
            survives(
                "study_file",
                corpus.studies()[number].encode(),
                Path(folder),
                seconds=10,
            )
            is None
        )


def test_the_log_and_the_checkpoint_are_read():
    assert given_to("event_log", corpus.written(corpus.records())) is None
    assert given_to("checkpoint", corpus.checkpoint()) is None


def test_a_cache_that_is_sound_is_used_and_gives_the_same_history():
    assert given_to("log_cache", corpus.log_cache()) is None


# --------------------------------------------------------------------------- what is broken


@short
@given(mutations.broken_bytes((corpus.log_cache(),)))
def test_caches_with_broken_bytes_change_nothing(data):
    assert given_to("log_cache", data) is None


@short
@given(mutations.broken_study())
def test_study_files_that_say_something_wrong(data):
    given_to("study_file", data)


@short
@given(mutations.broken_bytes(tuple(text.encode() for text in corpus.studies())))
def test_study_files_with_broken_bytes(data):
    given_to("study_file", data)


@short
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_study_files_of_anything(data):
    given_to("study_file", data)


@short
@given(
    st.sampled_from(
        [
            "epochs",
            "temperature",
            "search.trials",
            "search",
            "profiles.full.epochs",
            "name",
            "x",
            "",
            "a.b.c",
        ]
    ),
    st.text(max_size=40)
    | st.sampled_from(
        [
            "[" * 60,
            "*a",
            "&a [*a]",
            "!!python/name:os.system",
            "9" * 5000,
            "{<<: 1}",
            "\0",
        ]
    ),
)
def test_assignments_of_anything(key, value):
    given_to("assignment", f"{key}={value}".encode("utf-8", "surrogatepass"))


@short
@given(mutations.forged_log())
def test_records_with_a_right_checksum_and_nonsense_in_them(data):
    given_to("event_log", data)


@short
@given(mutations.broken_bytes((corpus.written(corpus.records()),)))
def test_logs_with_broken_bytes(data):
    given_to("event_log", data)


@short
@given(mutations.broken_bytes((corpus.checkpoint(),)))
def test_checkpoints_with_broken_bytes(data):
    given_to("checkpoint", data)


@short
@given(mutations.broken_bytes((b'{"0":"' + b"0" * 64 + b'","1":"x"}',)))
def test_indices_of_checkpoints_with_broken_bytes(data):
    given_to("checkpoint_index", data)


@short
@given(mutations.broken_bytes(corpus.METRICS))
def test_metrics_files_with_broken_bytes(data):
    given_to("metrics_file", data)


@short
@given(mutations.forged_json(corpus.TRIAL_CONFIG))
def test_configurations_of_trials_that_are_forged(data):
    given_to("trial_config", data)
    given_to("trial_history", data)


@short
@given(mutations.forged_json(corpus.MANIFEST))
def test_manifests_of_a_storage_that_are_forged(data):
    given_to("manifest", data)


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 100_000,
        b'{"a": ' + b"9" * 10_000 + b"}\n",
        b'{"a": ' + b"9" * 400 + b"}\n",
        b'"\n' * 9,
    ],
)
def test_metrics_files_built_to_break_their_reader(data):
    given_to("metrics_file", data)


# --------------------------------------------------------------------------- a record
# is refused with its line


@pytest.mark.parametrize(
    "event, field, value, words",
    [
        (
            "trial_created",
            "config",
            "a",
            r"events.jsonl:6: record 'trial_created': its config is 'a', not a mapping",
        ),
        (
            "epoch",
            "metrics",
            {"val/f1": "high"},
            r"events.jsonl:8: .*its metrics.val/f1 is 'high', not a number",
        ),
        ("epoch", "trial", 99, r"events.jsonl:8: .*99 is missing or unknown"),
        (
            "trial_finished",
            "state",
            "perfect",
            (
                r"events.jsonl:11: .*its state is 'perfect', not one of 'running',"
                r" 'paused', 'complete', 'pruned'"
            ),
        ),
        ("session_started", "pid", True, r"events.jsonl:2: .*its pid is True"),
        (
            "notice",
            "event",
            "teleported",
            r"events.jsonl:15: .*'teleported' is not an event that this version knows",
        ),
        ("study_created", "spec", {}, r"events.jsonl:1: "),
    ],
)
def test_a_forged_record_is_refused_with_its_line_and_field(event, field, value, words):
    forged = [dict(record) for record in corpus.records()]
    next(record for record in forged if record["event"] == event)[field] = value
    refused = given_to("event_log", corpus.written(forged))
    assert isinstance(refused, LogDamaged)
    assert re.search(words, str(refused))


@pytest.mark.parametrize("number", range(len(corpus.records())))
def test_a_record_that_does_not_say_what_it_is_is_refused_with_its_line(number):
    forged = [dict(record) for record in corpus.records()]
    del forged[number]["event"]
    refused = given_to("event_log", corpus.written(forged))
    assert isinstance(refused, LogDamaged)
    assert f"events.jsonl:{number + 1}: record None: " in str(refused)


# --------------------------------------------------------------------------- bombs


@pytest.mark.parametrize("name", bombs.STUDY_FILES)
def test_a_study_file_that_is_built_to_be_slow(name):
    text = bombs.STUDY_FILES[name]
    refused = given_to("study_file", text if isinstance(text, bytes) else text.encode())
    if refused is not None:
        assert isinstance(refused, StudyFileError)
        assert "study.yaml" in str(refused)


@pytest.mark.parametrize("name", bombs.checkpoints("x"))
def test_a_checkpoint_that_is_built_to_do_harm(name, tmp_path):
    marker = tmp_path / "executed"
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        assert (
            survives(
                "checkpoint",
                bombs.checkpoints(str(marker))[name],
                Path(folder),
                seconds=5,
            )
            is not None
        )
    assert not marker.exists()


# --------------------------------------------------------------------------- names that are paths


@given(
    st.text(max_size=600)
    | st.sampled_from(
        ["..", "../x", "/abs", "a/b", "\0", "CON", "nul", "~", "-rf", ".", "", "\udcff"]
    )
)
def test_a_name_is_one_plain_folder_whatever_it_is(name):
    slug = slugify(name)
    assert slug
    assert len(slug) <= 80
    assert slug.isascii()
    assert Path(slug).name == slug
    assert slug[0] not in ".-"


# --------------------------------------------------------------------------- the
# property itself can fail


def test_the_property_notices_slowness_writing_running_and_silence(
    tmp_path, monkeypatch
):
    def busy(data, folder):
        while data:
            sum(range(10_000))

    monkeypatch.setitem(
        READERS,
        "elsewhere",
        lambda data, folder: (folder.parent / "elsewhere").write_bytes(data),
    )
    monkeypatch.setitem(
        READERS, "runs", lambda data, folder: __import__("os").system("true")
    )
    monkeypatch.setitem(
        READERS,
        "silent",
        lambda data, folder: (_ for _ in ()).throw(StudyFileError("", [])),
    )
    folder = tmp_path / "own"
    folder.mkdir()
    for reader in ("elsewhere", "runs", "silent"):
        with pytest.raises(Broken):
            survives(reader, b"x", folder)
    monkeypatch.setitem(READERS, "slow", lambda data, folder: sum(range(3_000_000)))
    with pytest.raises(Broken, match="of CPU"):
        survives("slow", b"x", folder, seconds=0.001)
    with watched(folder):
        (folder / "inside").write_bytes(b"x")
