"""What is known of resuming a study's trainer: probed once, and recorded in the study's log.

Trials that pause are compared with each other, so a report must say whether a resumed curve equals
an uninterrupted one. `sweep plan` probes it (`sweep.session.resumption`), and so does a session
that trains such trials, unless its log or an earlier probe of this user has a finding. A finding is
kept under a hash of all that it depends on: the trainer's source, the versions of Python and
libraries, the device, the data, and the configuration with its seed. After an edit of the trainer
the hash is another one, and the trainer is probed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import get_args

import orjson

from sweep import durable, user_folders
from sweep.errors import CannotWrite, TrainerNotFound
from sweep.history.history import History
from sweep.model.events import Notice
from sweep.model.probe_events import ResumptionProbed
from sweep.provenance import environment
from sweep.search import population, search_stage
from sweep.session import preparation, resumption
from sweep.session.first_configuration import first_configuration
from sweep.session.resumption import Resumption, Verdict
from sweep.session.schedule import Schedule
from sweep.spec import StudySpec

LONGEST = 120.0  # seconds that a session's own probe may take
NOT_PROBED = (
    "whether a resumed curve equals an uninterrupted one was not probed (--no-probe): trials that "
    "pause are compared as if it did"
)

NOT_KNOWN = (
    "trials pause and resume, but it is unknown whether a resumed curve of this "
    "trainer equals an uninterrupted one; `sweep plan` and `sweep run` probe it"
)


def matters(spec: StudySpec) -> bool:
    """Whether the study's search pauses trials of a trainer that may resume them wrongly.

    On a CPU the bundled trainers go on as if never paused, which the tests of this project make
    sure of. On a GPU their operations may not be repeatable, so that they are probed as well.
    """
    pauses = spec.early_terminate.pauses or population.section(spec) is not None
    if not pauses:
        return False
    return spec.reference().kind != "bundled" or _uses_gpu(spec)


def _uses_gpu(spec: StudySpec) -> bool:
    """Whether a trial of the study may train on a GPU of this machine."""
    wanted = any(share.gpu != 0 for share in spec.resources.shares())
    return wanted and environment.gpus() > 0


def key_of(spec: StudySpec, recorded: Mapping[str, str]) -> str:
    """The hash of all that a finding depends on; "" if the trainer's source is unknown.

    Args:
        spec: the study.
        recorded: a session's environment, see `sweep.provenance.environment.describe`.
    """
    depends_on = environment.decisive(recorded)
    if depends_on is None:
        return ""
    pair = (0, None) if spec.search is None else spec.search.pairs[0]
    command = None if spec.command is None else spec.command.model_dump(mode="json")
    content = [
        depends_on,
        spec.trainer,
        command,
        first_configuration(spec),
        pair,
        resumption.EPOCHS,
    ]
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(text).hexdigest()[:32]


def known(key: str) -> Resumption | None:
    """The finding that this user has for a key; None if there is none."""
    path = _path(key)
    content = None if path is None else user_folders.read_own(path)
    if content is None:
        return None
    try:
        fields = orjson.loads(content)
        verdict, text = fields["verdict"], fields["text"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None  # an interrupted or foreign file: probed again
    if verdict not in get_args(Verdict) or not isinstance(text, str):
        return None
    return Resumption(verdict, text)


def keep(key: str, finding: Resumption) -> None:
    """Keep a finding for later commands of this user; without a cache folder nothing is lost."""
    path = _path(key)
    is_nothing = finding.verdict == "unknown"
    if is_nothing or path is None or not user_folders.ready(path.parent):
        return
    content = {"verdict": finding.verdict, "text": finding.text}
    with suppress(CannotWrite):
        durable.write_file(path, orjson.dumps(content), sync=False)


def probed(spec: StudySpec) -> Resumption:
    """Probe a study's trainer and keep the finding.

    Raises:
        TrainerNotFound: the study names no trainer that is there.
    """
    finding = resumption.probed(spec)
    keep(_key_here(spec), finding)
    return finding


def notes(spec: StudySpec) -> list[str]:
    """What `sweep check` says of resuming: the finding, or how to get one.

    [] if no trial of the study pauses.
    """
    if not matters(spec):
        return []
    try:
        finding = known(_key_here(spec))
    except TrainerNotFound:
        return []
    if finding is None:
        return [NOT_KNOWN]
    return [f"probed: {finding.text}"]


def ensure_recorded(schedule: Schedule, *, probe: bool) -> None:
    """Record what is known of resuming, before the search of a study trains; probe if need be.

    A session that is stopped while probing records nothing; the next one probes again.

    Args:
        schedule: of the study, whose session has begun.
        probe: False: what is not known is noted instead.
    """
    history = schedule.history
    if not matters(history.spec) or search_stage.over(history):
        return
    key = key_of(history.spec, history.sessions[-1].environment)
    if is_recorded(history, key):
        return
    finding = known(key)
    if finding is None and not probe:
        schedule.note_once(NOT_PROBED)
        return
    if finding is None:
        finding = _probed_now(schedule, key)
    if finding is not None:
        event = ResumptionProbed(finding.verdict, finding.text, key)
        is_equal = finding.verdict == "equal"
        schedule.record(event, Notice(f"probed: {finding.text}", caveat=not is_equal))


def is_recorded(history: History, key: str) -> bool:
    """Whether the log has a finding for a key."""
    recorded = history.resumption
    return recorded is not None and bool(key) and recorded.key == key


def _probed_now(schedule: Schedule, key: str) -> Resumption | None:
    """Probe within `LONGEST` seconds; None if the session is stopped meanwhile."""

    def stopped() -> bool:
        return bool(schedule.stop_reason)

    finding = resumption.probed(schedule.history.spec, stopped, LONGEST)
    if stopped():
        return None
    keep(key, finding)
    return finding


def _key_here(spec: StudySpec) -> str:
    """The key on this machine, as a session of the study would compute it."""
    trainer = spec.reference()
    return key_of(
        spec, environment.describe(trainer, preparation.shared_data(spec, trainer))
    )


def _path(key: str) -> Path | None:
    folder = user_folders.cache_folder()
    if folder is None or not key:
        return None
    return folder / f"resumption-{key}.json"
