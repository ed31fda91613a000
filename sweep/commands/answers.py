"""The output of `--json`: one model for each command.

`sweep schema COMMAND` prints a model's JSON schema. New versions add keys but never remove one. A
number that is not finite, or not known, is null.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Value = float | int | str | bool | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(_Part):
    """One violation in a study file; `line` is null if it has no line."""

    line: int | None
    key: str
    problem: str
    allowed: str


class CheckAnswer(_Part):
    """`sweep check FILE --json`; exit code 0 if `sound`, else 2."""

    file: str
    sound: bool
    name: str | None = None
    parameters: int | None = None
    trials: int | None = None
    notes: list[str] = []
    problems: list[Problem] = []


class PlannedArm(_Part):
    """An arm that the study file declares."""

    name: str
    design: str
    reference: str | None
    changes: dict[str, Any]
    from_search: list[str]


class PlannedLook(_Part):
    """The number of trials by the end of a look, if seeds are added until arms are decided."""

    seeds: int
    trials_likely: float
    trials_at_worst: int


class PlannedGpu(_Part):
    """What the probe proposes for `resources.gpu`.

    `gpu`: share of a GPU per trial, or the number of GPUs of a trial; 0: it used none. `at_once`:
    how many trials this machine's GPUs take at a time. `limit`: what allows no further one.
    `memory`, `free`: bytes that the trial took, and that were free before; null if it used no GPU.
    `busy`: fraction of an epoch in which a GPU computed; null if the GPU does not say.
    """

    gpu: float
    at_once: int
    limit: str
    memory: int | None = None
    free: int | None = None
    busy: float | None = None
    words: str


class PlanAnswer(_Part):
    """`sweep plan FILE --json`. Numbers of trials are upper limits.

    `optional`: how many trials depend on results. `tasks`: on how many tasks each arm is trained.
    `seconds`: the shortest and longest estimated wall-clock time; null with `--no-probe`.
    `gpus`: how many this machine has, and `gpu`: the proposed share; null with `--no-probe`, and
    `gpu` also on a machine without a GPU.
    """

    name: str
    trials: int
    search_trials: int
    retune_trials: int
    ablation_trials: int
    optional: int
    epochs: int | None
    runs_of_an_arm: int
    arms: list[PlannedArm]
    tasks: int = 1
    looks: list[PlannedLook] = []
    seconds: tuple[float, float] | None = None
    gpus: int | None = None
    gpu: PlannedGpu | None = None


class TrialAnswer(_Part):
    """A trial. `metrics` has the values at the epoch `selected`, `curves` those of every epoch."""

    trial: int
    stage: str
    label: str
    seed: int
    fold: int | None
    state: Literal["running", "paused", "complete", "pruned", "failed"]
    reason: str
    epochs: int
    seconds: float
    attempts: int
    config: dict[str, Any]
    selected: int | None
    metrics: dict[str, float | None]
    tags: list[str] = []
    notes: list[str] = []
    folder: str
    curves: dict[str, list[float | None]] | None = None


class StageAnswer(_Part):
    """A stage of a study and the states of its trials."""

    stage: Literal["search", "retune", "ablation"]
    planned: int
    complete: int
    pruned: int
    failed: int
    running: int
    paused: int
    seconds: float


class Failure(_Part):
    """A reason why trials failed, and their numbers."""

    reason: str
    trials: list[int]


class VerdictSoFar(_Part):
    """The verdict on an arm (on one task, if there are tasks); `final`: no more runs follow."""

    arm: str
    task: str | None
    verdict: Literal["helps", "hurts", "no difference", "undecided"]
    words: str
    detail: str
    pairs: int
    final: bool


class StudyStatus(_Part):
    """A study; `state` is `running`, `not started`, `killed`, or how its last session ended."""

    name: str
    folder: str
    state: str
    pid: int | None = None
    host: str | None = None
    damaged: bool = False
    metric: str | None = None
    goal: Literal["maximize", "minimize"] | None = None
    stages: list[StageAnswer] = []
    best: TrialAnswer | None = None
    verdicts: list[VerdictSoFar] = []
    failures: list[Failure] = []
    messages: list[str] = []
    tags: list[str] = []
    notes: list[str] = []


class StatusAnswer(_Part):
    """`sweep status [STUDY] --json`."""

    studies: list[StudyStatus]


class ShowAnswer(_Part):
    """`sweep show STUDY TRIAL|ARM --json`: one trial, or the trials behind an arm's row."""

    study: str
    arm: str | None = None
    trials: list[TrialAnswer]


class NoteAnswer(_Part):
    """A footnote with the trials it is about; a note without a mark is about the whole table."""

    mark: str
    text: str
    trials: list[int]


class TableAnswer(_Part):
    """A table at full precision: `rows` are records, as in the CSV and parquet files."""

    name: str
    title: str
    rows: list[dict[str, Value]]
    notes: list[NoteAnswer]


class VerdictAnswer(_Part):
    """The verdict on an arm; `task` is null if it covers all tasks, or if there are no tasks.

    `change`, `low` and `high` are relative to the arm's reference: in units of the metric, or, if
    `relative`, as a fraction of the reference's mean. `final`: no future run can change it.
    """

    arm: str
    task: str | None
    change: float | None
    low: float | None
    high: float | None
    relative: bool
    verdict: Literal["helps", "hurts", "no difference", "undecided"]
    words: str
    seeds: int
    final: bool


class ReportAnswer(_Part):
    """`sweep report STUDY --json`: the tables, the verdicts, and the written files.

    There are verdicts only if the study asks for them (`ablation.margin`, `until: decided`).
    `notes`: how the study file differs from the log that the tables are made from.
    """

    study: str
    tables: list[TableAnswer]
    files: list[str]
    verdicts: list[VerdictAnswer] = []
    notes: list[str] = []


class CompareAnswer(_Part):
    """`sweep compare STUDY… --json`."""

    studies: list[str]
    table: TableAnswer


class VerifyAnswer(_Part):
    """`sweep verify STUDY --json`; exit code 0 if `sound`, else 1."""

    study: str
    sound: bool
    problems: list[str]
    said: list[str]


ANSWERS: dict[str, type[BaseModel]] = {
    "check": CheckAnswer,
    "plan": PlanAnswer,
    "status": StatusAnswer,
    "report": ReportAnswer,
    "compare": CompareAnswer,
    "show": ShowAnswer,
    "verify": VerifyAnswer,
}
