"""Quasi-random points: they fill the space more evenly than random ones (Bergstra & Bengio 2012,
section 4.3).

Optuna's own sampler of this kind keeps its place in a sequence outside the trials, where a log does
not find it again, and leaves conditional parameters out. Here a point has a coordinate for every
parameter of the file, and its place in the sequence is remembered with the configuration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sweep.model import parameters
from sweep.model.parameters import Constant
from sweep.samplers.drawing import point
from sweep.samplers.protocol import Memory, Observation
from sweep.spec import StudySpec


def qmc(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """The next point of a scrambled Sobol' or Halton sequence (`search.sequence`), scrambled by
    `search.seed`.

    Each coordinate is put through the parameter's distribution, so that probabilities and
    logarithmic scales hold; the coordinates of parameters that a configuration does not have are
    passed over. Looks at no result. Sobol' points are balanced at powers of two (Owen 2020): prefer
    16 or 32 trials to 20. Source of the points: `scipy.stats.qmc`.
    """
    from scipy.stats import qmc as sequences

    study_seed, kind = (
        (0, None) if spec.search is None else (spec.search.seed, spec.search.sequence)
    )
    names = [
        name
        for name, parameter in spec.parameters.items()
        if not isinstance(parameter.domain, Constant)
    ]
    place = 1 + max((seen.memory["place"] for seen in past if "place" in seen.memory), default=-1)
    engine = {"sobol": sequences.Sobol, "halton": sequences.Halton}[kind or "sobol"]
    points = engine(len(names), scramble=True, seed=study_seed)
    if place:
        points.fast_forward(place)
    shares = dict(zip(names, points.random(1)[0].tolist(), strict=True))
    drawn: dict[str, Any] = {}
    for name in parameters.order(spec.parameters):
        if parameters.is_active(spec.parameters[name], drawn):
            drawn[name] = point(spec.parameters[name].domain, shares.get(name, 0.0))
    return drawn, {"place": place}
