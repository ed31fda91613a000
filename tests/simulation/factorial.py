"""Factorial effects by their own contrasts, where effects vary with the seed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from sweep.statistics.effects import analyse
from tests.simulation.line import COVERAGE, Line, Promise

OWN = Promise(0.94, 0.96)
LEVELS = list(itertools.product((0, 1), (0, 1)))
# Standard deviations over seeds of the first factor's effect, the second's, their interaction.
VARYING = {
    "no effect varies": (0.0, 0.0, 0.0),
    "the first factor's varies": (2.0, 0.0, 0.0),
    "the interaction varies": (0.0, 0.0, 2.0),
    "all vary": (2.0, 1.0, 3.0),
}


def lines(runs: int) -> Iterator[Line]:
    """Two factors of two levels; the first has an effect of 1."""
    for kind, spreads in VARYING.items():
        for n in (5, 8):
            yield from _measured(f"{kind}, {n} seeds", spreads, n, runs)


def _measured(
    case: str, spreads: tuple[float, ...], n: int, runs: int
) -> Iterator[Line]:
    generator = np.random.default_rng(n)
    levels = {"a": [a for a, _ in LEVELS] * n, "b": [b for _, b in LEVELS] * n}
    blocks = np.repeat(np.arange(n), 4).tolist()
    together, own = 0, np.zeros(3)
    for _ in range(runs):
        values = _values(generator, spreads, n).ravel()
        found = analyse(levels, values, blocks).effects
        inside = []
        for at, (effect, true) in enumerate(zip(found, (1.0, 0.0, 0.0), strict=True)):
            part = effect.parts[0]
            inside.append(part.contrast.low <= true <= part.contrast.high)
            own[at] += part.own_low <= true <= part.own_high
        together += all(inside)
    yield Line("factorial", case, "joint coverage", together / runs, runs, COVERAGE)
    for name, count in zip(("a", "b", "a × b"), own, strict=True):
        yield Line(
            "factorial", case, f"coverage of {name} alone", count / runs, runs, OWN
        )


def _values(
    generator: np.random.Generator, spreads: tuple[float, ...], n: int
) -> npt.NDArray[np.float64]:
    """(n, 4): noise of 1, a seed's own level, and effects that vary with it."""
    values = generator.normal(size=(n, 4)) + 3 * generator.normal(size=(n, 1))
    a, b, both = (spread * generator.normal(size=n) for spread in spreads)
    for cell, (first, second) in enumerate(LEVELS):
        # An interaction that is centred leaves the main effects alone.
        centred = (first - 0.5) * (second - 0.5)
        values[:, cell] += first * (1 + a) + second * b + centred * both
    return values
