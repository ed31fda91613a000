"""What a worker and its template process say to each other arrives as it was sent."""

import os
from pathlib import Path

import pytest

from sweep.model.trial import Assignment
from sweep.worker.channel import Channel, pair
from sweep.worker.exit_reason import Exit
from sweep.worker.job import Job
from sweep.worker.requests import Exited, Kill, Request, Started

JOB = Job("study", "own.py:train", "/project", "m", "maximize", path=("/more",))
GIVEN = Assignment(
    7, "a", {"lr": 0.1}, 5, None, None, 2, "/results/trial", 3, {3: "1" * 64}
)


@pytest.mark.parametrize(
    "said",
    [
        Request(JOB, GIVEN, Path("/results/trial")),
        Started(os.getpid(), "it imports anew"),
        Exited(Exit(9, 1_000, out_of_memory=True)),
        Kill(),
    ],
    ids=lambda said: type(said).__name__,
)
def test_it_arrives_as_it_was_sent(said):
    ours, theirs = pair()
    other = Channel(theirs)
    ours.send(said)
    assert other.receive(10.0) == said
    ours.close()
    other.close()
