"""How much of the metric each parameter explains: here, or in a process beside this one.

Loading scikit-learn and fitting takes a second and more, as long as most of a report's figures
together; `Beside` does it while they are drawn. Optuna's fANOVA is not used, since it sees
log-uniform parameters linearly, and main effects in interactions and in noise.
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

NOISE = "\0noise"  # no study file can name a parameter so

_HOME = Path(__file__).parents[2]  # of the package, where it need not be installed

# Parameter → share of the variance, greatest first; NOISE → that of random numbers.
Shares = dict[str, float]


@dataclass(frozen=True)
class Question:
    """What explains the values of some configurations.

    Attributes:
        names: parameters that every one of them has.
        tried: configuration and value of each.
    """

    names: Sequence[str]
    tried: Sequence[tuple[Mapping[str, Any], float]]


def shares(space: SearchSpace, question: Question) -> Shares:
    """Share of the variance that each parameter explains alone (Hutter et al. 2014).

    Every parameter is seen on the scale that it is drawn on, a log-uniform one on its logarithm. A
    made-up parameter of random numbers is judged beside them: below its share, one says nothing.
    Where all values are equal, nothing explains anything.
    """
    inputs = []
    for name in question.names:
        given = [config[name] for config, _ in question.tried]
        inputs.append(_input(space.parameters[name].domain, given))
    generator = random.Random(0)
    inputs.append(Input([generator.random() for _ in question.tried]))
    with one_thread():
        explained = main_effects(inputs, [value for _, value in question.tried])
    names = [*question.names, NOISE]
    by_share = sorted(
        zip(names, explained.tolist(), strict=True), key=lambda pair: -pair[1]
    )
    return dict(by_share)


def _input(domain: Domain, given: Sequence[Any]) -> Input:
    """The values of a parameter on [0, 1], uniform over its domain.

    Of the values of a choice, and of a short range of steps, only those that occur count: a
    parent of the parameters asked about may have one of its values throughout.
    """
    if isinstance(domain, Choice | Constant):
        number = {key: at for at, key in enumerate(dict.fromkeys(map(identity, given)))}
        return Input([number[identity(value)] for value in given], levels=len(number))
    if isinstance(domain, Normal | Beta):
        return Input([probability(domain, value) for value in given])
    positions = [_position(domain, value) for value in given]
    stepped = not domain.log and (count(domain) or GRID + 1) <= GRID
    return Input(positions, tuple(sorted(set(positions))) if stepped else None)


def _position(domain: Uniform | IntUniform, value: float) -> float:
    """Where a number lies between its bounds, on their scale."""
    low, high, at = float(domain.low), float(domain.high), float(value)
    if domain.log:
        low, high, at = math.log(low), math.log(high), math.log(at)
    return min(max((at - low) / (high - low), 0.0), 1.0) if high > low else 0.5


class Beside:
    """`shares` of several questions, begun at once in a process of its own.

    Where none can be started, or it is killed, the answers are worked out in this one when they are
    asked for.
    """

    def __init__(self, space: SearchSpace, questions: Sequence[Question]):
        self._space, self._questions = space, questions
        self._answers: list[Shares] | None = None
        self._process = _started(space, questions) if questions else None
        if self._process is not None:
            weakref.finalize(
                self, _ended, *self._process
            )  # of a report that failed meanwhile

    def answers(self) -> list[Shares]:
        """One for each question; waits for them the first time."""
        if self._answers is None:
            self._answers = self._read_answers() or [
                shares(self._space, question) for question in self._questions
            ]
        return self._answers

    def _read_answers(self) -> list[Shares] | None:
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
    """The process and the file that it answers in.

    Files, since a pipe would hold up a process whose answer is not read.
    """
    asked = pickle.dumps(
        (space, [(question.names, question.tried) for question in questions])
    )
    path = os.pathsep.join(
        part for part in (str(_HOME), os.environ.get("PYTHONPATH", "")) if part
    )
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
    # no interpreter of its own (Python inside another program), no process or file left
    except OSError:
        answer.close()
        return None
    return process, answer


def _ended(process: subprocess.Popen[bytes], answer: IO[bytes]) -> None:
    process.kill()
    process.wait()
    answer.close()


def main() -> None:
    """Answer the questions on standard input, pickled by this module, as JSON on
    standard output.
    """
    space, questions = pickle.load(sys.stdin.buffer)  # noqa: S301  (from the process that began us)
    answers = [shares(space, Question(names, tried)) for names, tried in questions]
    sys.stdout.buffer.write(orjson.dumps(answers))


if __name__ == "__main__":
    main()
