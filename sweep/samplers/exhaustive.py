"""Every configuration of a finite space."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sweep import parameters
from sweep.samplers.seam import Memory, Observation
from sweep.spec import StudySpec


def grid(spec: StudySpec, past: Sequence[Observation], seed: int) -> tuple[dict[str, Any], Memory]:
    """Every configuration once, in file order, the last parameter varying fastest. The seed has nothing to decide."""
    return next(itertools.islice(parameters.grid(spec.parameters), len(past), None)), {}
