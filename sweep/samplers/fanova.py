"""Parameter importance by functional ANOVA, in this process or in another one.

Loading scikit-learn and fitting takes more than a second, as long as most figures of a report
together; `BackgroundShares` does it while they are drawn. Optuna's fANOVA is not used: it treats
log-uniform parameters as linear, and attributes interactions and noise to main effects.
"""

from __future__ import annotations

import math
import os
import pickle
import random
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from sweep.model.distributions import probability
from sweep.model.domains import (
    Beta,
    Choice,
    Constant,
    Domain,
    IntUniform,
    Normal,
    Uniform,
    count,
)
from sweep.model.equality import identity
from sweep.model.search_space import SearchSpace
from sweep.samplers.main_effects import GRID, Input, main_effects
from sweep.samplers.threads import one_thread

NOISE = "\0noise"  # a name that no study file can give a parameter

_HOME = Path(__file__).parents[
    2
]  # the folder of the package, which need not be installed

# Parameter → share of the variance, greatest first; NOISE → share of random numbers.
Shares = dict[str, float]


@dataclass(frozen=True)
class Question:
    """The parameters and configurations to compute importances from.

    Attributes:
        names: parameters that every configuration has.
        tried: configuration and value of each.
    """

    names: Sequence[str]
    tried: Sequence[tuple[Mapping[str, Any], float]]


def shares(space: SearchSpace, question: Question) -> Shares:
    """Share of the variance that each parameter explains alone (Hutter et al. 2014).

    Every parameter is scaled as it is drawn, a log-uniform one by its logarithm. An artificial
    parameter with random values is included: a smaller share than its share is no evidence of
    importance. If all values are equal, all shares are 0.
    """
    inputs = []
    for name in question.names:
        values = [config[name] for config, _ in question.tried]
        inputs.append(_input(space.parameters[name].domain, values))
    generator = random.Random(0)
    inputs.append(Input([generator.random() for _ in question.tried]))
    with one_thread():
        explained = main_effects(inputs, [value for _, value in question.tried])
    names = [*question.names, NOISE]
    by_share = sorted(
        zip(names, explained.tolist(), strict=True), key=lambda pair: -pair[1]
    )
    return dict(by_share)


def _input(domain: Domain, values: Sequence[Any]) -> Input:
    """The values of a parameter on [0, 1], uniform over its domain.

    Of a choice, or of a short stepped range, only the values that occur count: a parent of the
    parameters in question may have the same value in all configurations.
    """
    if isinstance(domain, Choice | Constant):
        keys = [identity(value) for value in values]
        level_of = {key: level for level, key in enumerate(dict.fromkeys(keys))}
        return Input([level_of[key] for key in keys], levels=len(level_of))
    if isinstance(domain, Normal | Beta):
        return Input([probability(domain, value) for value in values])
    positions = [_position(domain, value) for value in values]
    stepped = not domain.log and (count(domain) or GRID + 1) <= GRID
    return Input(positions, tuple(sorted(set(positions))) if stepped else None)


def _position(domain: Uniform | IntUniform, value: float) -> float:
    """The position of a number between its bounds, on the domain's scale, 0 to 1."""
    low, high = float(domain.low), float(domain.high)
    if domain.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 0.5


class BackgroundShares:
    """`shares` of several questions, computed by another process in the background.

    If no process can be started, or it is killed, the answers are computed in this process when
    they are needed.
    """

    def __init__(self, space: SearchSpace, questions: Sequence[Question]):
        self._space, self._questions = space, questions
        self._answers: list[Shares] | None = None
        self._process = _started(space, questions) if questions else None
        if self._process is not None:
            # in case the report fails before it reads the answers
            weakref.finalize(self, _ended, *self._process)

    def answers(self) -> list[Shares]:
        """The shares of each question; waits for them the first time."""
        if self._answers is None:
            self._answers = self._read_answers() or [
                shares(self._space, question) for question in self._questions
            ]
        return self._answers

    def _read_answers(self) -> list[Shares] | None:
        """The answers of the process, once it has ended; None if it failed."""
        if self._process is None:
            return None
        process, answer = self._process
        failed = process.wait()
        with answer:
            answer.seek(0)
            return None if failed else orjson.loads(answer.read())


def _started(
    space: SearchSpace, questions: Sequence[Question]
) -> tuple[subprocess.Popen[bytes], IO[bytes]] | None:
    """The process, and the file that it writes its answers to.

    Files are used because a full pipe would block the process until its answer is read.
    """
    asked = pickle.dumps(
        (space, [(question.names, question.tried) for question in questions])
    )
    path = str(_HOME)
    if "PYTHONPATH" in os.environ:
        path += os.pathsep + os.environ["PYTHONPATH"]
    answer = tempfile.TemporaryFile()  # noqa: SIM115  (closed once it is read, or in `_ended`)
    try:
        with tempfile.TemporaryFile() as question:
            question.write(asked)
            question.seek(0)
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", __name__],
                stdin=question,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
    # Python is embedded in another program, or no process or file can be created
    except OSError:
        answer.close()
        return None
    return process, answer


def _ended(process: subprocess.Popen[bytes], answer: IO[bytes]) -> None:
    """Kill the process, and close the file of its answer."""
    process.kill()
    process.wait()
    answer.close()


def main() -> None:
    """Answer the questions from standard input (pickled) as JSON on standard output."""
    space, questions = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the parent process)
    answers = [shares(space, Question(names, tried)) for names, tried in questions]
    sys.stdout.buffer.write(orjson.dumps(answers))


if __name__ == "__main__":
    main()
