"""How much of the metric each parameter explains, by Optuna's fANOVA: here, or in a process beside
this one.

Loading Optuna and scikit-learn and growing the forests takes a second and more, as long as most of
a report's figures together; `Beside` does it while they are drawn.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import warnings
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import orjson

from sweep.model.trial import State
from sweep.samplers.protocol import Observation
from sweep.samplers.replay import replayed
from sweep.samplers.threads import one_thread
from sweep.spec import StudySpec

TREES = 32
NOISE = "\0noise"  # no study file can name a parameter so

_HOME = Path(__file__).parents[2]  # of the package, where it need not be installed

Shares = dict[
    str, float
]  # parameter → share of the variance, greatest first; NOISE → that of random numbers


@dataclass(frozen=True)
class Question:
    """What explains the values of some configurations.

    Attributes:
        names: parameters that every one of them has.
        tried: configuration and value of each.
    """

    names: Sequence[str]
    tried: Sequence[tuple[Mapping[str, Any], float]]


def shares(spec: StudySpec, question: Question) -> Shares:
    """Share of the variance that each parameter explains alone (Hutter et al. 2014).

    A made-up parameter of random numbers is judged beside them: below its share, one says nothing.
    Where all values are equal, nothing explains anything.
    """
    import optuna
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    spec = replace(spec, search=None)  # the study's metric alone, whatever was searched for
    past = [Observation(config, State.COMPLETE, value) for config, value in question.tried]
    study = replayed(spec, past, optuna.samplers.RandomSampler(seed=0))
    generator = random.Random(0)
    noisy = optuna.create_study(direction=spec.metric.goal)
    for trial in study.trials:
        params = {name: trial.params[name] for name in question.names} | {NOISE: generator.random()}
        domains = {name: trial.distributions[name] for name in question.names}
        domains[NOISE] = optuna.distributions.FloatDistribution(0.0, 1.0)
        noisy.add_trial(
            optuna.trial.create_trial(params=params, distributions=domains, value=trial.value)
        )
    evaluator = FanovaImportanceEvaluator(n_trees=TREES, seed=0)
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        try:
            found = get_param_importances(noisy, evaluator=evaluator, normalize=False)
        except RuntimeError as error:
            if "zero total variance" not in str(error):
                raise
            found = dict.fromkeys([*question.names, NOISE], 0.0)
    return {name: float(share) for name, share in found.items()}


class Beside:
    """`shares` of several questions, begun at once in a process of its own.

    Where none can be started, or it is killed, the answers are worked out in this one when they are
    asked for.
    """

    def __init__(self, spec: StudySpec, questions: Sequence[Question]):
        self._spec, self._questions = spec, questions
        self._answers: list[Shares] | None = None
        self._process = _begun(spec, questions) if questions else None
        if self._process is not None:
            weakref.finalize(self, _ended, *self._process)  # of a report that failed meanwhile

    def answers(self) -> list[Shares]:
        """One for each question; waits for them the first time."""
        if self._answers is None:
            self._answers = self._heard() or [
                shares(self._spec, question) for question in self._questions
            ]
        return self._answers

    def _heard(self) -> list[Shares] | None:
        if self._process is None:
            return None
        process, said = self._process
        failed = process.wait()
        with said:
            said.seek(0)
            return None if failed else orjson.loads(said.read())


def _begun(
    spec: StudySpec, questions: Sequence[Question]
) -> tuple[subprocess.Popen[bytes], IO[bytes]] | None:
    """The process and the file that it answers in; files, since a pipe would hold up whoever is not read."""
    asked = {"spec": spec.canonical(), "questions": [[q.names, q.tried] for q in questions]}
    path = os.pathsep.join(part for part in (str(_HOME), os.environ.get("PYTHONPATH", "")) if part)
    said = tempfile.TemporaryFile()  # noqa: SIM115  (closed once it is read, or in `_ended`)
    try:
        with tempfile.TemporaryFile() as question:
            question.write(orjson.dumps(asked))
            question.seek(0)
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", __name__],
                stdin=question,
                stdout=said,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
    except (
        OSError
    ):  # no interpreter of its own (Python inside another program), no process or file left
        said.close()
        return None
    return process, said


def _ended(process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    process.kill()
    process.wait()
    said.close()


def main() -> None:
    """Answer the questions on standard input, as JSON, on standard output."""
    asked = orjson.loads(sys.stdin.buffer.read())
    spec = StudySpec.from_canonical(asked["spec"])
    found = [shares(spec, Question(names, tried)) for names, tried in asked["questions"]]
    sys.stdout.buffer.write(orjson.dumps(found))


if __name__ == "__main__":
    main()
