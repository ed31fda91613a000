"""Which configuration a search tries next. A pure function of what the search has observed.

First comes what is enqueued, then what the sampler says; no configuration is tried twice, unless
`search.duplicates`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from sweep.model import equality, grids
from sweep.model.domains import Constant
from sweep.model.trial import State, configuration_key
from sweep.samplers import Memory, Observation
from sweep.samplers.drawing import draw_configuration
from sweep.spec import Search, StudySpec
from sweep.spec.completion import complete

_TRIES = 8  # how often a sampler is asked for a configuration that was not tried before
# random draws that bring nothing new: a space is used up, or nearly (what is left has 2
# % of the draws)
DRAWS = 200


def suggest(
    spec: StudySpec,
    observations: Sequence[Observation],
    prior: Sequence[Observation] = (),
    tried: Set[str] | None = None,
) -> tuple[dict[str, Any], Memory] | None:
    """A complete configuration that was not tried before, and what to remember with it.

    First what is enqueued, then what the sampler says. A configuration that was tried is shown to
    the sampler as one that runs, and it is asked again; if it insists, a random configuration is
    tried.

    Args:
        spec: with the search's settings and space.
        observations: of this search.
        prior: from earlier studies; the sampler knows them, and they may be tried here.
        tried: the keys of the configurations of `observations`, where the caller has them.

    Returns:
        None if there is no configuration left.

    """
    search = spec.search
    if search is None:
        return None
    excluded = _excluded(search, observations, tried)
    fallback = _untried(spec, search, len(observations), excluded)
    if fallback is None:
        return None
    enqueued = _enqueued(spec, search, observations, excluded)
    if enqueued is not None:
        return enqueued
    space = spec.search_space
    refused: list[Observation] = []
    for attempt in range(_TRIES):
        # Without a copy where nothing is added: there may be many.
        shown = [*prior, *observations, *refused] if prior or refused else observations
        seed = seed_for(search.seed, len(observations), attempt)
        drawn, memory = search.suggest(space, shown, seed)
        config, _ = complete(spec.parameters, drawn, None, "search")
        if configuration_key(config) not in excluded:
            return config, memory
        refused.append(Observation(config, State.RUNNING, memory=memory))
    return fallback, {}


def used_up(
    spec: StudySpec, observations: Sequence[Observation], tried: Set[str] | None = None
) -> bool:
    """Whether no configuration is left to try; arguments as for `suggest`."""
    search = spec.search
    if search is None:
        return True
    excluded = _excluded(search, observations, tried)
    return _untried(spec, search, len(observations), excluded) is None


def _untried(
    spec: StudySpec, search: Search, number: int, excluded: Set[str]
) -> dict[str, Any] | None:
    """A random configuration that is not excluded; None if the space is used up."""
    size = None if search.duplicates else grids.size(spec.parameters)
    if size is not None and len(excluded) >= size:
        return None
    for draw in range(DRAWS):
        config = _random(spec, {}, seed_for(search.seed, number, _TRIES + draw))
        if configuration_key(config) not in excluded:
            return config
    if size is None:
        return None
    for config in grids.grid(spec.parameters):
        if configuration_key(config) not in excluded:
            return config
    return None


def _excluded(
    search: Search, observations: Sequence[Observation], tried: Set[str] | None
) -> Set[str]:
    """The keys of the configurations that are not to be tried again."""
    if search.duplicates:
        return frozenset()
    if tried is not None:
        return tried
    return {configuration_key(observation.config) for observation in observations}


def _enqueued(
    spec: StudySpec,
    search: Search,
    observations: Sequence[Observation],
    excluded: Set[str],
) -> tuple[dict[str, Any], Memory] | None:
    """The first enqueued configuration that was not taken yet, completed; None if there is none."""
    if not search.enqueue:
        return None
    taken = [
        seen.memory["enqueued"] for seen in observations if "enqueued" in seen.memory
    ]
    for entry in search.enqueue:
        index = next(
            (i for i, each in enumerate(taken) if equality.same(entry, each)), None
        )
        if index is not None:
            del taken[index]
            continue
        for attempt in range(_TRIES):
            config = _random(
                spec, entry, seed_for(search.seed, len(observations), attempt)
            )
            if configuration_key(config) not in excluded:
                return config, {"enqueued": entry}
    return None


def _random(spec: StudySpec, stated: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A complete configuration: `stated`, and what it leaves open drawn at random."""
    space = dict(spec.parameters)
    for name in space.keys() & stated.keys():
        space[name] = replace(space[name], domain=Constant(stated[name]))
    config, _ = complete(
        spec.parameters, draw_configuration(space, seed), None, "search"
    )
    return config


def seed_for(study_seed: int, *numbers: int) -> int:
    """A seed for one question: 32 bits of BLAKE2b over the study's seed and the
    question's numbers.
    """
    text = ",".join(map(str, (study_seed, *numbers)))
    return int.from_bytes(
        hashlib.blake2b(text.encode(), digest_size=4).digest(), "little"
    )
