"""What a drawing shows, and what the frames hold, for the tests of the figures."""

from __future__ import annotations

import numpy as np

from sweep import report


def lines(drawing):
    """Label → its line, over all axes."""
    return {
        line.get_label(): line for axes in drawing.figure.axes for line in axes.lines
    }


def values_of(evidence, arm, metric="test/f1"):
    """Seed → value of an arm's complete runs."""
    rows = report.results_frame(evidence.history)
    rows = rows[(rows["arm"] == arm) & (rows["state"] == "complete")]
    return dict(zip(rows["seed"], rows[metric], strict=True))


def differences(evidence, arm, reference="baseline"):
    """An arm's values minus its reference's, over the seeds that both have."""
    mine, theirs = values_of(evidence, arm), values_of(evidence, reference)
    return np.array(
        [mine[seed] - theirs[seed] for seed in sorted(mine.keys() & theirs.keys())]
    )


def lines_in(axes):
    """Label → its line, in one pair of axes."""
    return {line.get_label(): line for line in axes.lines}


def trials_of(evidence, state):
    """The trials of the search that are in a state."""
    return [trial for trial in evidence.history.stage("search") if trial.state == state]
