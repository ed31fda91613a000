"""Which configuration a search tries next: a pure function of its observations.

Enqueued configurations come first, then the sampler's suggestions. No configuration is tried twice,
unless `search.duplicates` is set.
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

_TRIES = 8  # attempts of a sampler to suggest a new configuration
# random draws without a new configuration after which a space counts as used up (the remaining
# configurations then have at most about 2 % of the probability)
DRAWS = 200


def suggest(
    spec: StudySpec,
    observations: Sequence[Observation],
    prior: Sequence[Observation] = (),
    tried: Set[str] | None = None,
) -> tuple[dict[str, Any], Memory] | None:
    """A complete configuration that was not tried before, and its memory.

    Enqueued configurations come first, then the sampler's suggestions. A suggestion that was tried
    before is shown to the sampler as running, and the sampler suggests again; after `_TRIES`
    attempts a random configuration is used.

    Args:
        spec: with the search's settings and space.
        observations: of this search.
        prior: from earlier studies, for the sampler; they may be tried again here.
        tried: the keys of the configurations of `observations`, if the caller has them.

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
        # without a copy if nothing is added, as there may be many
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
    """The keys of the configurations that must not be tried again."""
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
    """The first enqueued configuration that was not used yet, completed; None without any."""
    if not search.enqueue:
        return None
    used = [o.memory["enqueued"] for o in observations if "enqueued" in o.memory]
    for entry in search.enqueue:
        index = _index_of(entry, used)
        if index is not None:
            del used[index]
            continue
        for attempt in range(_TRIES):
            seed = seed_for(search.seed, len(observations), attempt)
            config = _random(spec, entry, seed)
            if configuration_key(config) not in excluded:
                return config, {"enqueued": entry}
    return None


def _index_of(entry: Any, entries: Sequence[Any]) -> int | None:
    """The position of an equal entry; None if there is none."""
    for index, other in enumerate(entries):
        if equality.same(entry, other):
            return index
    return None


def _random(spec: StudySpec, stated: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """A complete configuration: `stated`, with the other parameters drawn at random."""
    space = dict(spec.parameters)
    for name in space.keys() & stated.keys():
        space[name] = replace(space[name], domain=Constant(stated[name]))
    config, _ = complete(
        spec.parameters, draw_configuration(space, seed), None, "search"
    )
    return config


def seed_for(study_seed: int, *numbers: int) -> int:
    """A seed for one suggestion: 32 bits of BLAKE2b over the study's seed and these numbers."""
    text = ",".join(map(str, (study_seed, *numbers)))
    digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little")
