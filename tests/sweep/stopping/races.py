"""Trials, races between them, and rules under which each registered rule decides."""

from hypothesis import strategies as st

from sweep.model.trial import EXPLORES, Report, State, Trial
from sweep.stopping import (
    Asha,
    Hyperband,
    Median,
    NoRule,
    Patient,
    Percentile,
    Threshold,
    Wilcoxon,
)

METRIC = "m"
# A rule under which each registered rule decides; a new one fails in `test_registry`
# until it has one.
CASES = {
    "none": NoRule(),
    "asha": Asha(min_iter=1, eta=2),
    "median": Median(min_iter=1),
    "percentile": Percentile(percentile=50, n_startup_trials=2),
    "patient": Patient(patience=2),
    "threshold": Threshold(lower=-4, upper=4),
    "hyperband": Hyperband(min_iter=1, eta=2),
    "wilcoxon": Wilcoxon(),
}

values = st.floats(-5, 5, allow_nan=False).map(lambda v: round(v, 2))
curves = st.lists(st.lists(values, min_size=9, max_size=9), min_size=1, max_size=12)
goals = st.sampled_from(["maximize", "minimize"])


def trial(number, curve, state=State.RUNNING, epochs=None, explores=False):
    epochs = range(len(curve)) if epochs is None else epochs
    return Trial(
        number, "search", "s", {}, 0, state=state,
        reports=[Report(e, {METRIC: v}, 1.0) for e, v in zip(epochs, curve, strict=True)],
        attributes={"memory": {EXPLORES: True}} if explores else {},
    )  # fmt: skip


def play(rule, goal, curves, order):
    """Feed curves report by report in an order; the epochs after which each trial was stopped."""
    seen = {number: [] for number in range(len(curves))}
    stopped = {}
    for number in order:
        if number in stopped or len(seen[number]) == len(curves[number]):
            continue
        seen[number].append(curves[number][len(seen[number])])
        rivals = [
            trial(n, s, states(stopped, curves, n, s))
            for n, s in seen.items()
            if n != number and s
        ]
        if rule.stop_reason(trial(number, seen[number]), rivals, METRIC, goal):
            stopped[number] = len(seen[number])
    return stopped


def states(stopped, curves, number, seen):
    if number in stopped:
        return State.PRUNED
    return State.COMPLETE if len(seen) == len(curves[number]) else State.RUNNING


@st.composite
def races(draw):
    """Curves, and an order in which their reports arrive."""
    drawn = draw(curves)
    order = draw(st.permutations([n for n, curve in enumerate(drawn) for _ in curve]))
    return drawn, order
