"""`qmc`: quasi-random points, which fill the space more evenly than random ones.

See Bergstra & Bengio (2012), section 4.3. Optuna's QMC sampler stores its position in the sequence
outside the trials, where a log cannot restore it, and leaves out conditional parameters. Here a
point has a coordinate for every parameter of the file, and each configuration stores its position
in the sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from sweep.model import conditions
from sweep.model.parameters import Parameters
from sweep.model.search_space import SearchSpace, searched
from sweep.samplers.drawing import point
from sweep.samplers.protocol import Memory, Observation
from sweep.samplers.section import Search

Sequence_ = Literal["sobol", "halton"]


class Qmc(Search):
    """The next point of a scrambled Sobol' or Halton sequence, scrambled by `seed`.

    Each coordinate is mapped through the parameter's distribution, which keeps probabilities and
    logarithmic scales; coordinates of inactive parameters are ignored. Results have no effect.
    Sobol' points are balanced at powers of two (Owen 2020): prefer 16 or 32 trials to 20. The
    points are from `scipy.stats.qmc`.

    Attributes:
        sequence: the sequence; None: `sobol`.
    """

    method: Literal["qmc"] = "qmc"
    sequence: Sequence_ | None = None

    def suggest(
        self, space: SearchSpace, observations: Sequence[Observation], seed: int
    ) -> tuple[dict[str, Any], Memory]:
        """The next point of the sequence."""
        return next_point(
            space.parameters, observations, self.sequence or "sobol", self.seed
        )

    def notes(self, parameters: Parameters) -> Iterator[str]:
        """Numbers of trials at which the points are balanced."""
        if self.sequence == "halton" or not self.trials & (self.trials - 1):
            return
        balanced = 2 ** (self.trials.bit_length() - 1)
        better = f"prefer {balanced} or {2 * balanced} trials to {self.trials}"
        yield f"Sobol' points are balanced at powers of two: {better}"


def next_point(
    space: Parameters,
    observations: Sequence[Observation],
    sequence: Sequence_,
    scramble: int,
) -> tuple[dict[str, Any], Memory]:
    """The configuration at the next point of a sequence, and its position in it.

    Args:
        space: the parameters.
        observations: of the search; those with a `place` in memory are from this sequence.
        sequence: its name.
        scramble: seed of the scrambling.
    """
    from scipy.stats import qmc as sequences

    names = searched(space)
    used = [o.memory["place"] for o in observations if "place" in o.memory]
    position = 1 + max(used, default=-1)
    engine = {"sobol": sequences.Sobol, "halton": sequences.Halton}[sequence]
    points = engine(len(names), scramble=True, seed=scramble)
    if position:
        points.fast_forward(position)
    shares = dict(zip(names, points.random(1)[0].tolist(), strict=True))
    config: dict[str, Any] = {}
    for name in conditions.order(space):
        if conditions.is_active(space[name], config):
            config[name] = point(space[name].domain, shares.get(name, 0.0))
    return config, {"place": position}
