"""Build the JSON answer of a command, from the same values as its text."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import BaseModel

from sweep.ablation import ablation_stage, retune
from sweep.ablation.verdicts import asked
from sweep.commands.answers import (
    CheckAnswer,
    Failure,
    NoteAnswer,
    PlanAnswer,
    PlannedArm,
    PlannedGpu,
    PlannedLook,
    Problem,
    ReportAnswer,
    ShowAnswer,
    StageAnswer,
    StudyStatus,
    TableAnswer,
    TrialAnswer,
    VerdictAnswer,
    VerdictSoFar,
)
from sweep.errors import LogDamaged, StudyFileError
from sweep.history.history import History, Remarks
from sweep.live.ended import best
from sweep.live.verdicts import verdicts_so_far
from sweep.log.event_log import FILE_NAME
from sweep.log.lock import is_held
from sweep.model.lineage import failure_of
from sweep.model.trial import State, Trial, trial_folder
from sweep.safe_text import ascii_json, safe_json
from sweep.search import population, search_stage
from sweep.session import plan as planning
from sweep.spec import StudySpec
from sweep.study import Study

if TYPE_CHECKING:
    from sweep.report.evidence import Evidence
    from sweep.report.table import Table

_NONE = Remarks()


def tell(answer: BaseModel) -> None:
    """Print an answer, and nothing else, on standard output.

    A control character, or one that the output's encoding lacks, is written as a JSON escape.
    """
    content = answer.model_dump(mode="json")
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    text = safe_json(orjson.dumps(content, option=options).decode())
    sys.stdout.write(text if _can_all_be_written(text) else ascii_json(text))


def _can_all_be_written(text: str) -> bool:
    """Whether standard output can encode the text."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def sound(
    path: Path, spec: StudySpec, trials: int, notes: Iterable[str]
) -> CheckAnswer:
    """The answer of `check` for a valid study file."""
    return CheckAnswer(
        file=str(path),
        sound=True,
        name=spec.name,
        parameters=len(spec.parameters),
        trials=trials,
        notes=list(notes),
    )


def faulty(path: Path, error: StudyFileError) -> CheckAnswer:
    """The answer of `check` for a study file with violations."""
    problems = [
        Problem(
            line=each.line or None,
            key=each.key,
            problem=each.problem,
            allowed=each.allowed,
        )
        for each in error.violations
    ]
    return CheckAnswer(file=str(path), sound=False, problems=problems)


def plan(spec: StudySpec, measured: planning.Probe | None) -> PlanAnswer:
    """The answer of `plan`; without times and a share of a GPU if nothing was measured."""
    from sweep.commands import power_view

    planned = planning.plan(spec)
    seconds = None
    if measured is not None:
        seconds = power_view.seconds(spec, planned, measured)
    arms = [
        PlannedArm(
            name=arm.name,
            design=arm.design,
            reference=arm.reference,
            changes=dict(arm.changes),
            from_search=list(arm.filled),
        )
        for arm in planned.arms
    ]
    return PlanAnswer(
        name=spec.name,
        trials=planned.trials,
        search_trials=planned.search_trials,
        retune_trials=planned.retune_trials,
        ablation_trials=planned.ablation_trials,
        optional=planned.optional,
        epochs=planned.epochs,
        runs_of_an_arm=planned.pairs,
        arms=arms,
        tasks=planned.tasks,
        looks=_looks(spec, planned),
        seconds=seconds,
        gpus=None if measured is None else measured.gpus,
        gpu=None if measured is None else _gpu(spec, measured),
    )


def _gpu(spec: StudySpec, measured: planning.Probe) -> PlannedGpu | None:
    """The proposed share of a GPU; None on a machine without one."""
    from sweep.commands import power_view

    if not measured.gpus:
        return None
    share, use = power_view.gpu_share_of(spec, measured), measured.gpu
    return PlannedGpu(
        gpu=share.gpu,
        at_once=share.at_once,
        limit=share.limit,
        memory=None if use is None else use.memory,
        free=None if use is None else use.free,
        busy=None if use is None else use.busy,
        words=share.words,
    )


def _looks(spec: StudySpec, planned: planning.Plan) -> list[PlannedLook]:
    """The looks of a plan with their trials; none for a fixed number of seeds."""
    from sweep.commands import looks_view

    design = looks_view.design_of(spec, planned)
    if design is None:
        return []
    looks = []
    for cost in looks_view.costs(spec, design):
        likely = round(cost.likely, 1)
        look = PlannedLook(
            seeds=cost.seeds, trials_likely=likely, trials_at_worst=cost.worst
        )
        looks.append(look)
    return looks


def status(study: Study) -> StudyStatus:
    """One study in the answer of `status`; for a damaged log only that it is damaged."""
    try:
        history = study.history
    except LogDamaged as damage:
        folder = study.folder
        return StudyStatus(
            name=folder.name,
            folder=str(folder),
            state="damaged",
            damaged=True,
            messages=[str(damage)],
        )
    is_live = is_held(study.folder / FILE_NAME)
    session = history.sessions[-1] if history.sessions else None
    best_trial, remarks = best(history), history.remarks.get(None, _NONE)
    return StudyStatus(
        name=history.spec.name,
        folder=str(study.folder),
        state=_state(history, is_live),
        pid=session.pid if is_live and session is not None else None,
        host=session.host if is_live and session is not None else None,
        metric=history.spec.metric.name,
        goal=history.spec.metric.goal,
        stages=_stages(history),
        best=None if best_trial is None else trial(study, best_trial),
        verdicts=_verdicts(history, final=not is_live),
        failures=_failures(history),
        messages=[notice.message for notice in history.notices],
        tags=list(remarks.tags),
        notes=[text for _, text in remarks.notes],
    )


def _verdicts(history: History, *, final: bool) -> list[VerdictSoFar]:
    """The verdicts so far; `final`: no run is missing."""
    return [
        VerdictSoFar(
            arm=each.arm,
            task=each.task,
            verdict=each.found.judgement.verdict.value,
            words=each.words,
            detail=each.found.detail,
            pairs=each.found.judgement.n,
            final=final,
        )
        for each in verdicts_so_far(history)
    ]


def report(
    study: Study,
    evidence: Evidence,
    names: Sequence[str] | None,
    files: Sequence[Path],
    notes: Sequence[str],
) -> ReportAnswer:
    """The answer of `report`: the requested tables, or all of them, the files, and notes."""
    from sweep.report import build_tables
    from sweep.report.verdict_frame import verdict_rows

    tables = [table(each) for each in build_tables(evidence, names or None)]
    written = [str(path) for path in files]
    rows = verdict_rows(evidence) if asked(study.history) else []
    verdicts = [VerdictAnswer.model_validate(vars(row)) for row in rows]
    name = study.history.spec.name
    return ReportAnswer(
        study=name, tables=tables, files=written, verdicts=verdicts, notes=list(notes)
    )


def show(study: Study, arm: str | None, trials: Sequence[int]) -> ShowAnswer:
    """The answer of `show`: trials by their numbers, with their curves."""
    answers = [
        trial(study, study.history.trials[number], curves=True) for number in trials
    ]
    return ShowAnswer(study=study.history.spec.name, arm=arm, trials=answers)


def trial(study: Study, shown: Trial, *, curves: bool = False) -> TrialAnswer:
    """A trial of a study."""
    history = study.history
    report = history.spec.selected(shown)
    remarks = history.remarks.get(shown.number, _NONE)
    names = dict.fromkeys(name for each in shown.reports for name in each.metrics)
    curves_by_metric = {
        name: [each.metrics.get(name) for each in shown.reports] for name in names
    }
    return TrialAnswer(
        trial=shown.number,
        stage=shown.stage,
        label=shown.label,
        seed=shown.seed,
        fold=shown.fold,
        state=shown.state.value,
        reason=shown.reason,
        epochs=shown.epochs_trained,
        seconds=shown.seconds,
        attempts=shown.attempts,
        config=dict(population.as_trained(history.spec, shown)),
        selected=None if report is None else shown.epochs_done(report.epoch),
        metrics={} if report is None else dict(report.metrics),
        tags=list(remarks.tags),
        notes=[text for _, text in remarks.notes],
        folder=str(study.folder / "trials" / trial_folder(shown)),
        curves=curves_by_metric if curves else None,
    )


def table(report_table: Table) -> TableAnswer:
    """A table of a report."""
    rows = [
        {key: _finite(value) for key, value in row.items()}
        for row in report_table.records()
    ]
    notes = [
        NoteAnswer(mark=note.mark, text=note.text, trials=list(note.trials))
        for note in report_table.notes
    ]
    return TableAnswer(
        name=report_table.name, title=report_table.title, rows=rows, notes=notes
    )


def _finite(value: float | int | str | bool | None) -> float | int | str | bool | None:
    """The value, or None for a number that JSON cannot represent."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _state(history: History, is_live: bool) -> str:
    """What the study does: `running`, `not started`, `killed`, or how its last session ended."""
    if is_live:
        return "running"
    if not history.sessions:
        return "not started"
    return "killed" if history.running else history.sessions[-1].ended


def _stages(history: History) -> list[StageAnswer]:
    """The number of trials of each stage, planned and in each state."""
    planned = planning.plan(history.spec)
    answers = []
    for stage, total in (
        (search_stage.NAME, planned.search_trials),
        (retune.NAME, planned.retune_trials),
        (ablation_stage.NAME, planned.ablation_trials),
    ):
        trials = history.stage(stage)
        counts = {state.value: sum(t.state is state for t in trials) for state in State}
        if total or trials:
            seconds = sum(each.seconds for each in trials)
            fields = {"stage": stage, "planned": total, "seconds": seconds, **counts}
            answers.append(StageAnswer.model_validate(fields))
    return answers


def _failures(history: History) -> list[Failure]:
    """The reasons of failed trials, each with its trials."""
    failed: dict[str, list[int]] = {}
    for each in history.trials.values():
        if each.state is State.FAILED or failure_of(each) is not None:
            failed.setdefault(each.reason, []).append(each.number)
    for decided in history.population:
        for copy in decided.copies:
            if copy.failure:
                failed.setdefault(copy.failure, []).append(copy.trial)
    return [
        Failure(reason=reason, trials=numbers) for reason, numbers in failed.items()
    ]
